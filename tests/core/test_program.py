"""Implementations of every kind taken, and those that are none."""

from __future__ import annotations

import functools
import re
from typing import Any, Callable, List, Tuple

import numpy as np
import pytest

from likewise import Comparison, outputs
from likewise import compare as compare_in_all
from likewise.cell import keras, tensorflow
from likewise.errors import ImplementationError
from likewise.program import NO_CASE, Program, Source

X = np.arange(6, dtype="float32").reshape(2, 3)


def compare(*implementations: Any, **options: Any) -> Comparison:
    """In each mode, but for known dimensions alone, which is half of the time."""
    return compare_in_all(*implementations, **{"dimensions": ["static"], **options})


def source(implementation: Any, case: Any = NO_CASE) -> Source:
    return Source("candidate", implementation, case)


def layer(case: int) -> Any:
    return keras().layers.Dense(case)


def plain() -> Any:
    return keras().layers.Dense(2)


def in_tf1_style(video: Any) -> Any:
    """Makes its layer while it is called, as the post has it."""
    return keras().layers.Dense(2)(video)


def of_two(one: Any, other: Any) -> Any:
    return keras().layers.Dense(2)(one) + other


class Own:
    """A callable that is no function."""

    def __call__(self, case: int) -> Any:
        return layer(case)


def functional(units: int = 2) -> Any:
    inputs = keras().layers.Input((3,))
    return keras().Model(inputs, keras().layers.Dense(units)(inputs))


def sequential(units: int = 2) -> Any:
    return keras().Sequential([keras().layers.Dense(units)])


def subclassed() -> Any:
    class Net(keras().Model):  # type: ignore[misc]
        def __init__(self) -> None:
            super().__init__()
            self.dense = keras().layers.Dense(2)

        def call(self, inputs: Any) -> Any:
            return self.dense(inputs)

    return Net()


WITH_A_CASE: List[Callable[[Any], Any]] = [layer, Own(), lambda case: layer(case + 0), functools.partial(layer)]


@pytest.mark.parametrize("implementation", WITH_A_CASE, ids=["function", "object", "lambda", "partial"])
def test_a_function_of_the_case(implementation: Any) -> None:
    assert compare(layer, implementation, 2, inputs=X).verdict == "identical"


def test_a_class_is_a_function_of_the_case() -> None:
    assert compare(layer, keras().layers.Dense, 2, inputs=X).verdict == "identical"


def test_none_is_a_case() -> None:
    def implementation(case: Any) -> Any:
        assert case is None
        return plain()

    assert compare(implementation, implementation, None, inputs=X).verdict == "identical"


@pytest.mark.parametrize("implementation", [plain, functional, sequential, subclassed, in_tf1_style])
def test_without_a_case(implementation: Any) -> None:
    found = compare(plain, implementation, inputs=X)
    assert found.verdict == "identical"
    assert found.claims["variables"].compared == 2 * len(found.modes)


def test_models_built_for_a_case() -> None:
    assert compare(functional, sequential, 3, inputs=X).verdict == "identical"


def test_tf1_style_on_both_sides() -> None:
    assert compare(in_tf1_style, in_tf1_style, inputs=X).verdict == "identical"


def test_tf1_style_of_several_inputs() -> None:
    found = compare(of_two, of_two, inputs=(X, np.ones((2, 2), "float32")))
    assert found.verdict == "identical"
    assert found.claims["variables"].compared == 2 * len(found.modes)


def test_a_built_layer_against_its_builder() -> None:
    built = plain()
    built.build((None, 3))
    assert compare(plain, built, inputs=X).verdict == "identical"


def test_a_layer_that_is_not_built_yet() -> None:
    assert compare(plain, keras().layers.Dense(2), inputs=X).verdict == "identical"


def test_a_built_layer_needs_no_case() -> None:
    assert compare(layer, keras().layers.Dense(2), 2, inputs=X).verdict == "identical"


def test_a_tuple_is_handed_over_one_by_one() -> None:
    def add(one: Any, other: Any) -> Any:
        return one + other

    assert compare(lambda: add, keras().layers.Add, inputs=(X, X)).verdict == "identical"


@pytest.mark.parametrize("inputs", [[X, X], {"a": X, "b": (X, X)}], ids=["list", "dict"])
def test_all_else_is_one_argument(inputs: Any) -> None:
    seen = []

    def implementation() -> Any:
        def function(given: Any) -> Any:
            seen.append(type(given))
            return given["a"] + given["b"][1] if isinstance(given, dict) else given[0] + given[1]

        return function

    found = compare(implementation, implementation, inputs=inputs)
    assert found.verdict == "identical"
    assert set(seen) == {type(inputs)}


def test_a_model_of_a_dict() -> None:
    def model() -> Any:
        inputs = {name: keras().layers.Input((3,), name=name) for name in "ab"}
        return keras().Model(inputs, keras().layers.Add()([inputs["a"], inputs["b"]]))

    def by_hand() -> Any:
        return lambda given: given["a"] + given["b"]

    assert compare(by_hand, model, inputs={"a": X, "b": X}).verdict == "identical"


@pytest.mark.parametrize(
    "implementation, case, message",
    [
        (3, NO_CASE, "=3, but expected a function that returns a callable, a built layer or a model"),
        ("layer", 2, "='layer', but expected a function"),
        (lambda: 3, NO_CASE, "returned 3, but expected a callable that maps inputs to outputs; return the function"),
        (lambda: None, NO_CASE, "returned None, but expected a callable"),
        (lambda case: [case] * 50, 2, "returned list [2, 2, 2"),
        (plain, 2, "=plain cannot be called with the case alone; write it as a function of one argument"),
        (of_two, 2, "=of_two cannot be called with the case alone"),
    ],
)
def test_what_is_no_implementation(implementation: Any, case: Any, message: str) -> None:
    with pytest.raises(ImplementationError, match=re.escape(message)):
        source(implementation, case).build()
    with pytest.raises(ImplementationError, match=re.escape(message)):
        compare(implementation, implementation, case, inputs=X)


def test_a_function_of_the_case_where_none_was_given() -> None:
    def implementation(case: Any) -> Any:
        return lambda video: video

    with pytest.raises(ImplementationError, match=r"maps inputs to outputs=.*expected a tensor; .* give the case"):
        compare(implementation, implementation, inputs=X)


def test_titles() -> None:
    assert source(plain).title == "candidate=plain"
    assert source(keras().layers.Dense(2, name="head")).title == "candidate=head"
    assert source(functools.partial(plain)).title == "candidate=partial"


def test_variables_from_outside(modes: Tuple[str, ...]) -> None:
    made = plain()
    made.build((None, 3))

    def implementation() -> Any:
        return lambda video: made(video + 0)

    if "eager" in modes:
        with pytest.raises(
            ImplementationError, match=r"candidate.*uses the variable .*kernel.* create its layers inside"
        ):
            compare(plain, implementation, inputs=X)
    else:  # a graph of its own knows them not, and says so itself
        found = compare(plain, implementation, inputs=X)
        assert found.verdict == "different"
        assert "graph" in found.claims["refusal"].message


def test_one_more_layer_at_each_call(modes: Tuple[str, ...]) -> None:
    def implementation() -> Any:
        calls: List[int] = []

        def function(video: Any) -> Any:
            calls.append(len(calls))
            for _ in calls:
                video = keras().layers.Dense(3)(video)
            return video

        return function

    if "eager" in modes:
        with pytest.raises(ImplementationError, match="created one more variable"):
            compare(implementation, implementation, inputs=X)
    else:  # a session calls it once
        assert compare(implementation, implementation, inputs=X, claims=[outputs]).verdict == "identical"


@pytest.mark.parametrize("mode", ["eager", "function"])
def test_another_structure_at_each_call(modes: Tuple[str, ...], mode: str) -> None:
    def implementation() -> Any:
        calls: List[int] = []

        def function(video: Any) -> Any:
            calls.append(len(calls))
            return (video,) * len(calls)

        return function

    if mode in modes:
        with pytest.raises(ImplementationError) as caught:
            compare(implementation, implementation, inputs=X, modes=[mode])
        assert "gave outputs (*) when it was first called, but (*, *) when it was called again" in str(caught.value)
    else:  # a session calls it once
        assert compare(implementation, implementation, inputs=X, claims=[outputs]).verdict == "identical"


def test_lists_and_tuples_are_the_same_structure(modes: Tuple[str, ...]) -> None:
    def implementation() -> Any:
        calls: List[int] = []

        def function(video: Any) -> Any:
            calls.append(len(calls))
            return [video, None] if len(calls) % 2 else (video, None)

        return function

    assert compare(implementation, implementation, inputs=X, modes=modes).verdict == "identical"


def test_a_program_notes_its_variables_and_calls_again() -> None:
    program = Program(source(in_tf1_style))
    with tensorflow().Graph().as_default():
        program.create(tensorflow().constant(X))
        with program.again():
            assert program.function is not None
            program.function(tensorflow().constant(X))
    assert [each.role for each in program.catch.described()] == ["kernel", "bias"]


def test_names_do_not_depend_on_what_was_made_before() -> None:
    for _ in range(2):
        program = Program(source(in_tf1_style))
        with tensorflow().Graph().as_default():
            program.create(tensorflow().constant(X))
        assert [each.name.partition(":")[0] for each in program.catch.described()] == ["dense/kernel", "dense/bias"]
        with tensorflow().Graph().as_default():
            in_tf1_style(tensorflow().constant(X))


@pytest.mark.parametrize("made", [functional, sequential, plain])
def test_computed_shapes(made: Callable[[], Any]) -> None:
    program = Program(source(made))
    with tensorflow().Graph().as_default():
        program.create(tensorflow().constant(X))
    found = program.computed_shape((None, 3))
    assert list(found) == [None, 2] or found.as_list() == [None, 2]


def test_a_function_computes_no_shape() -> None:
    program = Program(source(in_tf1_style))
    with tensorflow().Graph().as_default():
        program.create(tensorflow().constant(X))
    assert program.computed_shape((None, 3)) is None
