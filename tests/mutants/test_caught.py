"""Each planted mistake is caught by its law within 100 examples, by a claim that says why, and where it should show."""

from __future__ import annotations

import pytest

from likewise.laws import catalog
from likewise_mutants import MUTANTS, Mutant, killed, spared

#: To see that a mistake does not show elsewhere; few, for every cell of the matrix runs them.
ELSEWHERE = 5


@pytest.mark.parametrize("mutant", MUTANTS, ids=str)
def test_is_caught(mutant: Mutant) -> None:
    kill = killed(mutant, examples=100)
    assert kill is not None, f"{mutant} went unnoticed in 100 examples"
    assert kill.examples <= 100
    assert mutant.claims & kill.claims, f"{mutant} was caught by {sorted(kill.claims)}"
    assert mutant.condition is None or mutant.condition.holds(kill.case), f"{mutant} shows with {kill.case}"


@pytest.mark.parametrize("mutant", [mutant for mutant in MUTANTS if mutant.condition], ids=str)
def test_shows_nowhere_else(mutant: Mutant) -> None:
    assert mutant.condition is not None
    run = spared(mutant, mutant.condition, examples=ELSEWHERE)
    assert run.failure is None, f"{mutant} shows without {mutant.condition.text}: {run.failure}"


def test_they_are_many_and_of_many_pairs() -> None:
    assert len(MUTANTS) >= 60
    assert len({mutant.law for mutant in MUTANTS}) >= 6
    assert sum(mutant.layer is not None for mutant in MUTANTS) >= 20
    assert sum(mutant.condition is not None for mutant in MUTANTS) >= 15


def test_each_stands_once() -> None:
    assert len({str(mutant) for mutant in MUTANTS}) == len(MUTANTS)
    assert {mutant.law for mutant in MUTANTS} <= set(catalog())


@pytest.mark.parametrize("mutant", MUTANTS, ids=str)
def test_may_be_caught_by_what_its_law_claims(mutant: Mutant) -> None:
    assert mutant.claims
    assert mutant.claims <= {claim.name for claim in catalog()[mutant.law].claims}
