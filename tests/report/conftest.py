from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any, Callable, Optional

import numpy as np
import pytest

from likewise.explanation import Condition, Explanation, LayerFault, OtherPairing, Sparse, Told
from likewise.running import LawRun, Witness
from likewise.witness.file import Checked, WitnessFile
from likewise.witness.reading import read
from likewise.witness.saving import save

#: Text that would be markup, were it not escaped.
HOSTILE = "<script>document.title = 'run'</script>\"'><b>&amp;"


@pytest.fixture
def witness(finished: Callable[..., LawRun], tmp_path: Path) -> Callable[..., WitnessFile]:
    """Makes a witness: of the outputs of both sides, with texts of any origin; unexplained unless that is given."""

    def made(
        reference: Any = None, candidate: Any = None, explanation: Optional[Explanation] = None, **changes: Any
    ) -> WitnessFile:
        run = finished(broken="outputs")
        assert run.failure is not None
        assert run.failure.evidence is not None
        evidence = run.failure.evidence
        if reference is not None:
            one, other = evidence.sides
            sides = (replace(one, outputs=reference), replace(other, outputs=candidate))
            evidence = replace(evidence, sides=sides)
        comparison = replace(run.failure.comparison, explanation=explanation)
        failure: Witness = replace(run.failure, comparison=comparison, evidence=evidence)
        return replace(read(save(failure, run, tmp_path)), **changes)

    return made


@pytest.fixture
def hostile(witness: Callable[..., WitnessFile], explanation: Explanation) -> WitnessFile:
    """A witness whose texts are all hostile."""
    honest = witness(explanation=explanation)
    assert honest.comparison is not None
    array = Sparse(HOSTILE, (), HOSTILE, (((), HOSTILE),), 2)
    why = Explanation(
        LayerFault(f"{HOSTILE}\n{HOSTILE}", HOSTILE, HOSTILE, HOSTILE, (HOSTILE,), HOSTILE, (HOSTILE, HOSTILE)),
        Condition(HOSTILE, HOSTILE, HOSTILE, (HOSTILE,)),
        Told((array,), ((array,), (array,)), (2, 2), 1, HOSTILE),
        OtherPairing(HOSTILE, {HOSTILE: HOSTILE}, HOSTILE),
        (HOSTILE,),
    )
    texts: Any = dict.fromkeys(("law", "statement", "claim", "message", "likewise", "repr"), HOSTILE)
    claims = {
        HOSTILE + name: replace(each, claim=HOSTILE, way=HOSTILE) for name, each in honest.comparison.claims.items()
    }
    sides = tuple(
        replace(
            side,
            title=HOSTILE,
            refusal=HOSTILE,
            no_graph=HOSTILE,
            variables=tuple(replace(each, name=HOSTILE, dtype=HOSTILE) for each in side.variables),
            outputs=tuple(replace(leaf, path=HOSTILE, dtype=HOSTILE) for leaf in side.outputs or ()),
        )
        for side in honest.sides
    )
    return replace(
        honest,
        **texts,
        cell={**dict.fromkeys(honest.cell, HOSTILE), HOSTILE: HOSTILE},
        comparison=replace(honest.comparison, claims=claims, explanation=why),
        check=Checked(HOSTILE, HOSTILE),
        sides=sides,
        path=Path(HOSTILE.replace("/", "")),
    )


@pytest.fixture
def video(witness: Callable[..., WitnessFile], explanation: Explanation) -> WitnessFile:
    """A witness, explained, with two outputs that differ: a video, and one of which the candidate lacks some."""
    one = np.zeros((2, 3, 4, 5, 2), "float32")
    other = one.copy()
    other[1, :, 3] = np.linspace(0, 1, 30, dtype="float32").reshape(3, 5, 2)
    other[0, 1, 1, 2, 0] = np.nan
    short = np.arange(6.0).reshape(2, 3)
    return witness({"states": [short], "video": one}, {"states": [short[:, :2]], "video": other}, explanation)
