"""What outputs depend on is seen: the inputs, each variable, the constants of the programs."""

from __future__ import annotations

from typing import Any, Callable, Optional

import numpy as np
import pytest

from likewise import Law
from likewise.cell import keras, tensorflow
from likewise.evidence.constants import MOST, constants_of
from likewise.evidence.living import Living
from likewise.examples import run_law
from likewise.execution import Execution
from likewise.inputs import inputs_of
from likewise.program import NO_CASE, Source
from likewise.redrawing.data import Redrawing
from likewise.running import LawRun
from likewise.spec import SpecCase, cases, parsed
from likewise.trial import tried
from likewise_strategies import Tensor

X = np.linspace(-1, 1, 24, dtype="float32").reshape(2, 4, 3)


def law(build: Callable[[], Any], **options: Any) -> Law:
    return Law(
        "alive",
        "it is itself",
        cases=cases([parsed(options.pop("spec", "float32[n 3]"))]),
        reference=lambda _: build(),
        candidate=lambda _: build(),
        **options,
    )


def run_of(build: Callable[[], Any], mode: Optional[str] = None, **options: Any) -> LawRun:
    return run_law(law(build, **options), examples=6, modes=None if mode is None else [mode])


def seen_of(build: Callable[[], Any], mode: str) -> Living:
    living = Living()
    sources = Source("reference", build), Source("candidate", build)
    with tried(*sources, inputs_of(NO_CASE, X), Execution(mode), seed=3) as trial:
        living.look(trial, list)
    return living


def deaf() -> Any:
    return lambda x: 0 * x + 1


def half_dead() -> Any:
    one, other = keras().layers.Dense(2, name="alive"), keras().layers.Dense(2, name="dead")

    class Both(keras().layers.Layer):  # type: ignore[misc]
        def call(self, inputs: Any) -> Any:
            return one(inputs) + 0 * other(inputs)

    return Both()


def test_a_run_in_which_nothing_depends_on_the_inputs_fails(modes: Any) -> None:
    for mode in modes:
        run = run_of(deaf, mode)
        assert ["the outputs depend on no input" in problem for problem in run.problems] == [True]


@pytest.mark.parametrize("constant", [lambda x: tensorflow().zeros_like(x), lambda x: tensorflow().shape(x)])
def test_what_is_constant_by_its_graph_is_no_failure_and_is_told(modes: Any, constant: Any) -> None:
    for mode in modes:
        run = run_of(lambda: constant, mode)
        assert run.problems == []
        assert run.notes == [
            "the outputs depend on no value of the inputs: they were compared as the constants that they are"
        ]


def test_claims_that_compare_no_numbers_are_no_failure() -> None:
    from likewise import refusal, shapes

    assert run_of(deaf, claims=[refusal, shapes]).problems == []


def test_a_variable_that_nothing_depends_on_is_named(modes: Any) -> None:
    for mode in modes:
        living = seen_of(half_dead, mode)
        assert living.felt
        assert len(living.variables) == 4
        assert sorted(name.split("/")[-2] for name in living.unfelt) == ["dead", "dead"]


def test_many_variables_are_seen_by_their_gradients(eager: None) -> None:
    def deep() -> Any:
        return keras().Sequential([keras().layers.Dense(3) for _ in range(10)])

    living = seen_of(deep, "eager")
    assert list(living.variables.values()) == [True] * 20


def test_a_network_that_lives_has_nothing_to_tell() -> None:
    run = run_of(lambda: keras().layers.Dense(2))
    assert (run.problems, run.notes) == ([], [])


def relu_at_7() -> Any:
    return lambda x: tensorflow().where(x > 7.0, x, 0.0 * x) + tensorflow().nn.relu6(x)


def test_the_constants_of_both_sides_are_known(modes: Any) -> None:
    for mode in modes:
        sources = Source("reference", relu_at_7), Source("candidate", lambda: lambda x: x * 0.1)
        with tried(*sources, inputs_of(NO_CASE, X), Execution(mode)) as trial:
            found = constants_of(trial)
        assert {7.0, 6.0, float(np.float32(0.1))} <= set(found)


def test_axes_sizes_and_tables_are_no_constants_to_draw(modes: Any) -> None:
    table = np.arange(17, dtype="float32")

    def build() -> Any:
        def call(x: Any) -> Any:
            tf = tensorflow()
            y = tf.reduce_sum(tf.reshape(x, [2, 12]), axis=1)
            return tf.cast(y[:, None] + table, tf.int32) // 5

        return call

    for mode in modes:
        sources = Source("reference", build), Source("candidate", build)
        with tried(*sources, inputs_of(NO_CASE, X), Execution(mode)) as trial:
            assert constants_of(trial) == (5,)
    assert MOST > 8


def test_what_cannot_be_traced_has_none(eager: None) -> None:
    def build() -> Any:
        return lambda x: x * float(np.max(x.numpy()))

    sources = Source("reference", build), Source("candidate", build)
    with tried(*sources, inputs_of(NO_CASE, X), Execution("eager")) as trial:
        assert constants_of(trial) == ()


def case(kind: str, seed: int = 0) -> SpecCase:
    return SpecCase(Tensor((2, 3), "float32", kind, seed, "nc"), "n 3", seed)


def test_constants_are_drawn_where_landmarks_are() -> None:
    redrawing = Redrawing(constants=(7.0, 8.0))
    for kind in ("landmarks", "normal"):
        redrawing.note(case(kind))
    drawn = redrawing.drawn(case("normal"), 40)
    assert {(each.inputs.kind, each.inputs.values) for each in drawn} == {("normal", ()), ("landmarks", (7.0, 8.0))}
    assert redrawing.with_landmarks(case("landmarks")).inputs.values == (7.0, 8.0)
    plain = case("normal")
    assert redrawing.with_landmarks(plain) is plain


def test_of_many_constants_some_are_drawn_and_the_same_for_a_seed() -> None:
    redrawing = Redrawing(constants=tuple(map(float, range(20))))
    found = [redrawing.with_landmarks(case("landmarks", seed)).inputs.values for seed in range(60)]
    assert {len(each) for each in found} == {4}
    assert len({value for each in found for value in each}) == 20
    assert found[7] == redrawing.with_landmarks(case("landmarks", 7)).inputs.values


@pytest.mark.parametrize("mode", ["eager", "function"])
def test_thresholds_that_differ_are_seen(eager: None, mode: str) -> None:
    both = [lambda _, at=at: keras().layers.ReLU(threshold=at) for at in (1000.0, 1004.0)]
    found = Law("relus", "they agree", cases=cases([parsed("float32[n 3]")]), reference=both[0], candidate=both[1])
    run = run_law(found, examples=150, modes=[mode], shrink=False)
    assert run.problems == ["outputs does not hold"]
