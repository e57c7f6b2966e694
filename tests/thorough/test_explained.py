"""Each planted mistake is explained: the layer at fault is named where there is one, the setting where it is one."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Dict, Optional, Tuple

import pytest

from likewise.cell import current
from likewise.examples import run_law
from likewise.execution import usable_modes
from likewise.explaining.explained import condition_near, explained_in
from likewise.explaining.nearby import Nearby
from likewise.inputs import inputs_of, seed_of
from likewise.laws import catalog
from likewise.program import Source
from likewise.running import Witness, declared_breaks
from likewise_mutants import MUTANTS, Mutant

_found: Dict[Tuple[str, str], Optional[Witness]] = {}


def failure_of(mutant: Mutant, mode: str) -> Witness:
    """The first counterexample that is found in a mode."""
    key = str(mutant), mode
    if key not in _found:
        law = replace(catalog()[mutant.law], candidate=mutant.candidate)
        _found[key] = run_law(law, examples=100, modes=[mode], shrink=False).failure
    failure = _found[key]
    assert failure is not None
    return failure


@pytest.mark.parametrize("mode", ["eager", "function", "session"])
@pytest.mark.parametrize("mutant", [mutant for mutant in MUTANTS if mutant.layer], ids=str)
def test_the_layer(mutant: Mutant, mode: str) -> None:
    assert mutant.layer is not None
    if mode not in usable_modes(current()):
        pytest.skip("TensorFlow runs it in sessions alone here")
    failure, law = failure_of(mutant, mode), catalog()[mutant.law]
    sides = Source("reference", law.reference, failure.case), Source("candidate", mutant.candidate, failure.case)
    told = explained_in(failure.way, *sides, inputs_of(failure.case), seed=seed_of(failure.case), pair=law.pair)
    assert told.troubles == ()
    assert told.layer is not None
    named = [*told.layer.path, *(title.partition(" ")[0] for title in told.layer.between or ())]
    assert any(name.startswith(mutant.layer) for name in named), f"{failure.case}\n{told.layer}"


@pytest.mark.parametrize("mutant", [mutant for mutant in MUTANTS if mutant.condition], ids=str)
def test_the_condition(mutant: Mutant) -> None:
    assert mutant.condition is not None
    failure, law = failure_of(mutant, usable_modes(current())[0]), catalog()[mutant.law]
    claims = [claim for claim in law.claims if claim.name != "bits"]

    def declared(claim: str, case: Any) -> bool:
        return bool(declared_breaks(law, current(), claim, case, failure.way))

    nearby = Nearby(failure.way, law.reference, mutant.candidate, claims, law.pair, declared)
    told = condition_near(failure.case, law.cases, nearby, tries=60, seconds=600.0)
    field = mutant.condition.setting
    named = [
        name for name in told.settings if name == field or (field.endswith("shape") and name.startswith(field[:-5]))
    ]
    assert named, f"{mutant.condition.text}, but told was {told.message}"
