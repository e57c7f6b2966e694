"""Inputs and weights are cut down to what still differs, and as round as it goes."""

from __future__ import annotations

from typing import Any, Callable, Optional

import numpy as np

from likewise import outputs, variables
from likewise.cell import keras, tensorflow
from likewise.claims import Claim
from likewise.comparing import compare_in
from likewise.execution import Execution
from likewise.explaining.smallest import smallest_data
from likewise.explanation import Explanation, Smallest
from likewise.inputs import Inputs, inputs_of
from likewise.program import NO_CASE, Source
from likewise.trial import tried
from likewise_strategies import bits

X: Any = bits.normal(1, "x", (3, 4), "float32")

Function = Callable[[Any], Any]


def dense(change: Function = lambda x: x, activation: str = "linear", units: int = 2) -> Callable[[], Any]:
    """A layer whose inputs are changed."""

    def build() -> Any:
        layer = keras().layers.Dense(units, activation=activation)
        return lambda x: layer(change(x))

    return build


def smallest(
    one: Any, other: Any, mode: str, inputs: Any = X, claim: Claim = outputs, **bounds: Any
) -> Optional[Smallest]:
    sources = Source("reference", one), Source("candidate", other)
    fed = inputs_of(NO_CASE, inputs)
    with tried(*sources, fed, Execution(mode)) as trial:
        found = smallest_data(trial, claim, **bounds)
    if found is not None:
        fed = Inputs(found.inputs, fed.axes)
        values = found.values
        again = compare_in([Execution(mode)], *sources, inputs=fed, claims=[claim], reweigh=lambda _, __: values)
        assert again.verdict == "different", "what is told differs still"
    return found


def test_one_input_and_one_weight_are_left(mode: str) -> None:
    found = smallest(dense(), dense(lambda x: x[:, ::-1]), mode)
    assert found is not None
    assert found.entries == (2, 22)
    assert np.abs(found.inputs).sum() == 1.0
    assert found.inputs.dtype == np.float32
    assert found.inputs.shape == (3, 4)
    assert sorted(np.unique(found.values[0][0])) == [0.0, 1.0]
    assert (found.values[0][0] == found.values[1][0]).all()


def test_a_constant_needs_nothing(mode: str) -> None:
    shifted = lambda: lambda x: keras().layers.Dense(2)(x) + 0.5  # noqa: E731
    found = smallest(lambda: keras().layers.Dense(2), shifted, mode)
    assert found is not None
    assert found.entries[0] == 0
    assert "all inputs are 0" in str(Explanation(smallest=found))


def test_a_threshold_is_kept(mode: str) -> None:
    """What is needed is more than 1, so 1 will not do."""
    tf = tensorflow()
    found = smallest(
        lambda: lambda x: x * 1.0, lambda: lambda x: tf.where(x > 2.2, x + 1.0, x), mode, inputs=X * np.float32(3)
    )
    assert found is not None
    assert found.entries[0] == 1
    (value,) = found.inputs[found.inputs != 0]
    assert value > 2.2
    assert float(f"{value:.1e}") == np.float64(str(value)), "two digits at most"


def test_a_tiny_difference_is_cut_down_by_sure_looks(mode: str) -> None:
    found = smallest(lambda: lambda x: x * 1.0, lambda: lambda x: x * (1 + 3e-7), mode)
    assert found is not None
    assert found.entries[0] == 1


def test_whole_numbers_and_truth_values(mode: str) -> None:
    tf = tensorflow()
    inputs = {"ids": np.arange(6).reshape(2, 3), "on": np.ones((2, 3), bool)}

    def of(sign: int) -> Callable[[], Any]:
        return lambda: lambda x: tf.where(x["on"], sign * x["ids"], x["ids"])

    found = smallest(of(1), of(-1), mode, inputs)
    assert found is not None
    assert found.inputs["ids"].dtype == inputs["ids"].dtype
    assert found.inputs["ids"].sum() == 1
    assert found.inputs["on"].sum() == 1
    assert found.entries == (2, 12)


def test_nothing_is_cut_down_where_data_do_not_matter(mode: str) -> None:
    assert smallest(dense(), dense(), mode) is None, "it does not differ"
    extra = lambda: lambda x: keras().layers.Dense(2)(keras().layers.Dense(4)(x))  # noqa: E731
    assert smallest(dense(), extra, mode, claim=variables) is None, "it differs whatever the data"


def test_tries_are_bounded(mode: str) -> None:
    found = smallest(dense(), dense(lambda x: x[:, ::-1]), mode, tries=5)
    assert found is not None
    assert found.entries[0] > 2
    late = smallest(dense(), dense(lambda x: x[:, ::-1]), mode, seconds=0.0)
    assert late is not None
    assert late.entries[0] >= found.entries[0]


def test_infinities_are_not_made(mode: str) -> None:
    """A division by what may become 0 is a difference of numbers still."""
    found = smallest(lambda: lambda x: 1.0 / (x * x + 0.0), lambda: lambda x: 1.1 / (x * x), mode)
    assert found is not None
    assert (found.inputs != 0).all()


def test_a_variable_without_axes_is_cut_down() -> None:
    def scaled(twice: bool) -> Callable[[], Any]:
        def build() -> Any:
            v = tensorflow().Variable(np.float32(2.5))
            return lambda x: x * tensorflow().cast(v if not twice else v * v, x.dtype)

        return build

    found = smallest(scaled(False), scaled(True), "eager" if tensorflow().executing_eagerly() else "session")
    assert found is not None
    assert found.entries == (2, 13)
    assert np.shape(found.values[0][0]) == ()


def test_an_input_without_axes_is_cut_down(mode: str) -> None:
    found = smallest(lambda: lambda x: x * 2, lambda: lambda x: x * 3, mode, inputs=np.float32(1.37))
    assert found is not None
    assert found.entries == (1, 1)
    assert "inputs = 1.0" in str(Explanation(smallest=found))
    assert "variables" not in str(Explanation(smallest=found)), "there are none"


def test_complex_numbers_are_cut_down_to_the_part_that_counts(mode: str) -> None:
    inputs = np.array([1.5 + 2.25j, 0.3 - 1j], "complex64")
    tf = tensorflow()
    found = smallest(lambda: lambda x: x * 1, lambda: lambda x: tf.math.conj(x * 1), mode, inputs=inputs)
    assert found is not None
    assert found.entries == (1, 2)
    assert [each for each in found.inputs if each] == [1j]


def first_greatest() -> Any:
    return lambda x: tensorflow().argmax(x, -1)


def last_greatest() -> Any:
    return lambda x: int(x.shape[-1]) - 1 - tensorflow().argmax(x[:, ::-1], -1)


def test_what_differs_at_ties_alone_is_told(mode: str) -> None:
    found = smallest(first_greatest, last_greatest, mode, np.round(X))
    assert found is not None
    assert found.exact
    assert "such as two that are equal" in str(Explanation(smallest=found)).replace("\n" + " " * 11, " ")


def test_what_differs_at_other_numbers_too_does_not_take_the_very_ones(mode: str) -> None:
    found = smallest(dense(), dense(lambda x: x[:, ::-1]), mode)
    assert found is not None
    assert not found.exact
