"""Structures that were built: which serve other cases, and how many are kept."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, List, Tuple

import pytest

from likewise import outputs, variables
from likewise.cell import keras
from likewise.claims import Claim
from likewise.execution import Execution
from likewise.program import Source
from likewise.redrawing.structure import KEPT, Kept, Structure
from likewise_strategies import Tensor, data


@dataclass(frozen=True)
class Case:
    inputs: Tensor
    seed: int = data(default=0)


CASE, OTHER = (Case(Tensor((2, 3), axes="nc", seed=seed), seed=seed) for seed in (1, 2))


def built(candidate: Any, modes: Tuple[str, ...], *claims: Claim) -> Structure:
    sources = Source("reference", doubled, CASE), Source("candidate", candidate, CASE)
    return Structure(Execution(modes[0]), *sources, claims=claims or (outputs,))


def doubled(_: Case) -> Any:
    return lambda tensor: tensor * 2


def trebled(_: Case) -> Any:
    return lambda tensor: tensor * 3


def test_the_numbers_of_another_case_are_compared(modes: Tuple[str, ...]) -> None:
    structure = built(trebled, modes)
    ((cases, comparison),) = structure.in_turn([OTHER])
    assert cases == [OTHER]
    assert comparison.case == repr(OTHER)
    assert [finding.claim for finding in comparison.broken] == ["outputs"]
    structure.close()


def test_what_broke_by_structure_serves_no_other_case(modes: Tuple[str, ...]) -> None:
    def dense(_: Case) -> Any:
        return keras().layers.Dense(3)

    for candidate, claims, serves in (
        (doubled, (variables, outputs), True),
        (trebled, (variables, outputs), True),
        (dense, (variables, outputs), False),
        (doubled, (variables,), False),
    ):
        structure = built(candidate, modes, *claims)
        assert structure.serves is serves, candidate
        structure.close()


class Closable:
    def __init__(self, number: int, closed: List[int]) -> None:
        self.number, self.closed = number, closed

    def close(self) -> None:
        self.closed.append(self.number)


@pytest.fixture
def closed() -> List[int]:
    return []


def test_the_last_ones_are_kept_and_the_others_closed(closed: List[int]) -> None:
    kept = Kept()
    for number in range(KEPT):
        kept.keep(number, Closable(number, closed))  # type: ignore[arg-type]
    assert closed == []
    assert kept.of(0) is not None  # so it is not the one that nobody asked for longest
    kept.keep(KEPT, Closable(KEPT, closed))  # type: ignore[arg-type]
    assert closed == [1]
    assert kept.of(1) is None
    kept.clear()
    assert sorted(closed) == list(range(KEPT + 1))
    assert kept.of(0) is None
