"""What is equal in exact arithmetic is told the same, and lost digits as such; the benchmark tries many more."""

from __future__ import annotations

from typing import Sequence

import pytest

import likewise_pairs
from likewise import outputs
from likewise.cell import current
from likewise.check import claims_of, law_of
from likewise.examples import run_law
from likewise.execution import usable_modes
from likewise.running import LawRun
from likewise.spec import parsed
from likewise_pairs import Pair

#: Few, and in one mode, for there are more than a hundred pairs; in sessions each takes a graph of its own.
EXAMPLES = 4
MORE = 25 if usable_modes(current())[0] == "eager" else 8

#: As many as a user has by default.
MOST = 100


def run(pair: Pair, examples: int, claims: Sequence[str] = ()) -> LawRun:
    specs = [parsed(spec) for spec in pair.specs]
    law = law_of(*pair.sides, specs, claims=claims_of(claims or pair.claims), modes=usable_modes(current())[:1])
    return run_law(law, examples=examples, shrink=False)


def told(run: LawRun) -> str:
    comparison = "" if run.failure is None else f"{run.failure.case}\n{run.failure.comparison}"
    return "\n".join([*run.problems, comparison])


def some() -> Sequence[Pair]:
    """All of them; every fourth where there are only sessions."""
    return likewise_pairs.equal()[:: 1 if usable_modes(current())[0] == "eager" else 4]


@pytest.mark.parametrize("pair", some(), ids=str)
def test_equal_pairs_are_the_same(pair: Pair) -> None:
    ended = run(pair, EXAMPLES)
    assert ended.ok, told(ended)


@pytest.mark.parametrize("pair", likewise_pairs.imprecise(), ids=str)
def test_lost_digits_are_told_and_are_no_difference(pair: Pair) -> None:
    ended = run(pair, MOST)
    assert ended.failure is not None
    assert (ended.failure.claim, ended.failure.comparison.verdict) == ("precision", "imprecise"), told(ended)
    ended = run(pair, MORE, [outputs.name])
    assert ended.ok, told(ended)


def test_there_are_enough_to_state_a_rate() -> None:
    pairs = likewise_pairs.equal()
    assert len(pairs) == len({str(pair) for pair in pairs})
    assert len(pairs) >= 100
    assert sum("gradients" in pair.claims for pair in pairs) >= 5
