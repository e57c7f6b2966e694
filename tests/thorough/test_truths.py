"""Pairs of which it is known what is right, as somebody would have them checked."""

from __future__ import annotations

import pytest

from likewise.cell import current, matches
from likewise.check import claims_of, law_of
from likewise.errors import LikewiseError
from likewise.examples import run_law
from likewise.execution import usable_modes
from likewise.spec import parsed
from likewise_pairs.truths import TRUTHS, Truth


def judged(truth: Truth) -> str:
    """The verdict as the first failure has it, "same" without one, "error" for a question that is wrong, with why."""
    one, other = (f"likewise_pairs.truths:{name}" for name in (truth.reference, truth.candidate))
    try:
        law = law_of(
            one, other, [parsed(truth.spec)], claims=claims_of(truth.claims), modes=usable_modes(current())[:1]
        )
        run = run_law(law, examples=truth.examples, shrink=False)
    except LikewiseError as error:
        return f"error: {error}"
    if run.failure is not None:
        return f"{run.failure.comparison.verdict}: {run.failure.comparison}"
    return f"error: {run.problems}" if run.problems else "same"


@pytest.mark.parametrize("truth", TRUTHS, ids=str)
def test_is_judged_rightly(truth: Truth) -> None:
    if not matches(truth.where, current().to_json()):
        pytest.skip(f"only where {truth.where}")
    found = judged(truth)
    assert found.partition(":")[0] == truth.right, found


def test_each_kind_has_siblings() -> None:
    assert len({str(truth) for truth in TRUTHS}) == len(TRUTHS) >= 55
    assert {truth.right for truth in TRUTHS} == {"different", "imprecise", "same", "error"}
