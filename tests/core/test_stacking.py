"""Draws stacked along the batch: one call for all of them, where no entry of a batch sees another."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass
from typing import Any, Callable, List, Sequence, Tuple

import numpy as np
import pytest
from hypothesis import strategies as st

from likewise import Law, bits, outputs, variables
from likewise.cell import current, keras, tensorflow
from likewise.claims import Claim
from likewise.examples import run_law
from likewise.execution import Execution
from likewise.inputs import Inputs
from likewise.program import Source
from likewise.redrawing.data import Redrawing
from likewise.redrawing.stacking import stacked
from likewise.redrawing.structure import Structure
from likewise_strategies import Tensor, data

Implementation = Callable[[Any], Callable[[Any], Any]]


@dataclass(frozen=True)
class Case:
    tensor: Tensor
    seed: int = data(default=0)

    @property
    def inputs(self) -> Tensor:
        return self.tensor


CASE = Case(Tensor((2, 3), axes="nc", seed=1))
FURTHER = Redrawing().drawn(CASE, 10, weights=False)


def compared(
    reference: Implementation,
    candidate: Implementation,
    *claims: Claim,
    case: Case = CASE,
    further: Sequence[Any] = FURTHER,
) -> List[Tuple[int, bool, List[str]]]:
    """For each comparison of how many cases it is, whether it holds, and the claims that were made."""
    # In TF1 sessions the batch has to be open, for a placeholder takes no other.
    way = Execution("eager") if current().behavior == "v2" else Execution("session", "batch")
    sources = Source("reference", reference, case), Source("candidate", candidate, case)
    with contextlib.closing(Structure(way, *sources, claims=claims or (outputs,))) as built:
        found = [([case], built.first), *built.at_once(further)]
    return [(len(cases), bool(comparison), list(comparison.claims)) for cases, comparison in found]


def doubled(_: Case) -> Callable[[Any], Any]:
    return lambda tensor: tensor * 2


def added(_: Case) -> Callable[[Any], Any]:
    return lambda tensor: tensor + tensor


def wrong_beyond(bound: float) -> Implementation:
    """Wrong for entries above a bound."""

    def implementation(_: Case) -> Callable[[Any], Any]:
        return lambda tensor: tensorflow().where(tensor > bound, tensor * 3, tensor * 2)

    return implementation


def test_all_in_one_comparison() -> None:
    assert compared(doubled, added) == [(1, True, ["outputs"]), (10, True, ["outputs"])]


def test_with_the_weights_of_the_first() -> None:
    def dense(_: Case) -> Any:
        return keras().layers.Dense(2)

    assert compared(dense, dense)[1:] == [(10, True, ["outputs"])]


def test_structure_is_compared_once_and_bits_depend_on_the_batch() -> None:
    assert compared(doubled, added, variables, outputs, bits) == [
        (1, True, ["variables", "outputs", "bits"]),
        (10, True, ["outputs"]),
    ]
    assert compared(doubled, added, variables, bits) == [(1, True, ["variables", "bits"])]


def test_the_one_that_differs_is_found_among_them() -> None:
    greatest = sorted(float(each.tensor.array().max()) for each in [CASE, *FURTHER])
    assert CASE.tensor.array().max() < greatest[-1]
    found = compared(doubled, wrong_beyond((greatest[-1] + greatest[-2]) / 2))
    assert found == [(1, True, ["outputs"]), (1, False, ["outputs"])]


def centred(_: Case) -> Callable[[Any], Any]:
    return lambda tensor: tensor - tensorflow().reduce_mean(tensor, axis=0, keepdims=True)


def reshaped(case: Case) -> Callable[[Any], Any]:
    return lambda tensor: tensorflow().reshape(tensor, case.tensor.shape) * 2


def summed(_: Case) -> Callable[[Any], Any]:
    return lambda tensor: tensorflow().reduce_sum(tensor)


@pytest.mark.parametrize("implementation", [centred, reshaped, summed])
def test_no_stack_where_a_batch_is_more_than_its_entries(implementation: Implementation) -> None:
    assert len(compared(implementation, implementation)) == 1


def test_the_candidate_alone_may_depend_on_the_batch() -> None:
    assert len(compared(doubled, reshaped)) == 1


def test_an_input_without_a_batch_is_not_stacked() -> None:
    array = np.ones((2, 3), "float32")
    together = stacked([Inputs((array, array), ("nc", "cn"))] * 3)
    assert together is not None
    assert [each.shape for each in together.arrays] == [(6, 3), (2, 9)]
    assert stacked([Inputs((array, array), ("nc", "wc"))] * 3) is None


def test_a_law_is_broken_by_a_draw_and_told_by_a_case_that_breaks_it_alone() -> None:
    mode, dimensions = ("eager", "static") if current().behavior == "v2" else ("session", "batch")
    cases = st.builds(lambda seed: Case(Tensor((1, 1), axes="nc", seed=seed)), st.integers(0, 10**6))
    law = Law("rarely-wrong", "it holds", cases, doubled, wrong_beyond(3.0), dimensions=[dimensions])
    run = run_law(law, examples=600, modes=[mode], explain=False)
    assert run.failure is not None
    assert run.failure.case.tensor.array().max() > 3.0
    assert run.failure.case.tensor.seed > 10**6, "it was drawn by Hypothesis, and by no stack"
