"""What a program decides by its inputs, and which ways were never met in a run, is told."""

from __future__ import annotations

from typing import Any, Callable, List, Sequence

import numpy as np
import pytest

from likewise.cell import keras, tensorflow
from likewise.check import law_of
from likewise.evidence.constants import sizes_of
from likewise.evidence.decisions import Decisions
from likewise.evidence.looks import EAGER
from likewise.examples import run_law
from likewise.execution import Execution
from likewise.inputs import Inputs, inputs_of
from likewise.program import NO_CASE, Source
from likewise.redrawing.sizes import MOST, with_size
from likewise.running import LawRun
from likewise.spec import parsed
from likewise.trial import tried

X = np.linspace(-1, 1, 24, dtype="float32").reshape(2, 4, 3)


def unmet(build: Callable[[], Any], mode: str, arrays: Sequence[np.ndarray] = (X,), other: Any = None) -> List[str]:
    """What is told of a program that was run for some arrays, held against itself or another."""
    decisions = Decisions()
    sources = Source("reference", build), Source("candidate", other or build)
    for array in np.repeat(arrays, EAGER, axis=0):
        with tried(*sources, inputs_of(NO_CASE, array), Execution(mode), seed=3) as trial:
            decisions.look(trial, list)
    return decisions.unmet


def greater_than(number: float) -> Callable[[], Any]:
    return lambda: lambda x: tensorflow().where(x > number, x, 0 * x)


def at_most_six() -> Any:
    return tensorflow().nn.relu6


def clipped() -> Any:
    return lambda x: tensorflow().minimum(x, 10.0)


def masked() -> Any:
    return keras().layers.Masking(-5.0)


def branching() -> Any:
    tf = tensorflow()
    return lambda x: tf.cond(tf.reduce_sum(x) > 100, lambda: x, lambda: 2 * x)


def looping() -> Any:
    """Compares within a loop, where nothing is looked at."""
    tf = tensorflow()

    def call(x: Any) -> Any:
        return tf.while_loop(
            lambda i, _: i < 3, lambda i, y: (i + 1, tf.where(y > 1e6, y, y + x)), [tf.constant(0), 0 * x]
        )[1]

    return call


def by_size() -> Any:
    tf = tensorflow()
    return lambda x: tf.where(tf.shape(x)[1] > 7, 2 * x, x)


@pytest.mark.parametrize(
    "build, told",
    [
        (greater_than(0.0), []),
        (greater_than(2.0), ["Greater with 2 true"]),
        (at_most_six, ["a number above 6 (Relu6)"]),
        (clipped, ["a number above 10 (Minimum)"]),
        (branching, ["Greater with 100 true"]),
        (looping, []),
        (by_size, ["Greater with 7 true"]),
    ],
)
def test_what_was_never_met_is_told(modes: Any, build: Callable[[], Any], told: Sequence[str]) -> None:
    for mode in modes:
        assert unmet(build, mode) == list(told), mode


def test_a_mask_that_was_never_active_is_told(modes: Any) -> None:
    marked = X.copy()
    marked[0, 1] = -5
    for mode in modes:
        told = unmet(masked, mode)
        assert "NotEqual with -5 false" in told, mode
        assert "Any of NotEqual with -5 false" in told, mode
        assert unmet(masked, mode, [X, marked]) == [], mode


def test_what_one_side_alone_decides_is_told_of_it(modes: Any) -> None:
    for mode in modes:
        told = unmet(lambda: lambda x: x + 0, mode, other=clipped)
        assert told == ["a number above 10 (Minimum) in the candidate"], mode


def test_what_another_example_meets_is_met(modes: Any) -> None:
    for mode in modes:
        assert unmet(clipped, mode, [X, 20 * X]) == [], mode


def test_sizes_that_are_compared_are_known(modes: Any) -> None:
    for mode in modes:
        sources = Source("reference", by_size), Source("candidate", by_size)
        with tried(*sources, inputs_of(NO_CASE, X), Execution(mode, "unknown"), seed=3) as trial:
            assert 7 in sizes_of(trial), mode


def by_many_steps() -> Any:
    tf = tensorflow()
    return lambda x: tf.where(tf.shape(x)[1] > 20, 2 * x, x)


def by_no_steps() -> Any:
    return lambda x: x + 0


def run_of(reference: str, candidate: str, spec: str) -> LawRun:
    law = law_of(f"{__file__}:{reference}", f"{__file__}:{candidate}", [parsed(spec)])
    return run_law(law, examples=60, explain=False)


def test_a_size_that_a_program_compares_with_is_tried() -> None:
    run = run_of("by_no_steps", "by_many_steps", "float32[n t 2]")
    assert run.failure is not None
    assert run.failure.case.sizes["t"] == 21


def test_a_size_beyond_a_given_range_is_not_tried_and_told() -> None:
    run = run_of("by_no_steps", "by_many_steps", "float32[n t:1-6 2]")
    assert run.ok
    looks = run.decisions.looks
    assert looks.taken > 0
    where = f" in the {looks.taken} examples that were looked at" if looks.left_out else ""
    assert run.notes == [f"never seen{where}, so not shown: Greater with 20 true in the candidate"]


@pytest.mark.usefixtures("eager")
def test_eagerly_some_examples_are_looked_at() -> None:
    law = law_of(f"{__file__}:clipped", f"{__file__}:clipped", [parsed("float32[2 3]")])
    run = run_law(law, examples=EAGER + 1, modes=["eager"])
    assert (run.decisions.looks.taken, run.decisions.looks.left_out) == (2, EAGER - 1)


def test_some_of_the_greater_sizes_change_to_what_is_cheap() -> None:
    class Case:
        seed = 3

        def __init__(self, **sizes: int) -> None:
            self.sizes = sizes

        def resized(self, name: str, size: int) -> Case:
            return Case(**{**self.sizes, name: size})

    found = set()
    for Case.seed in range(100):
        found.add(with_size(Case(n=6, t=3), {"n": 6, "t": 6}, [7, 10 * MOST, 2]).sizes["n"])
        assert with_size(Case(n=6, t=3), {"n": 6, "t": 6}, [7]).sizes["t"] == 3
    assert found == {6, 7, 8}


def test_further_inputs_of_an_example_count() -> None:
    decisions = Decisions()
    sources = Source("reference", clipped), Source("candidate", clipped)
    with tried(
        *sources,
        inputs_of(NO_CASE, X),
        Execution("function" if tensorflow().executing_eagerly() else "session"),
        seed=3,
    ) as trial:
        decisions.look(trial, lambda: [Inputs(20 * X, ("",))])
    assert decisions.unmet == []
