"""Where digits are lost is told: in which layer or operation, or between which; and smallest data that lose them."""

from __future__ import annotations

from typing import Any, Callable

import numpy as np
import pytest

from likewise import precision
from likewise.cell import current, keras, tensorflow
from likewise.execution import Execution, usable_modes
from likewise.explaining.naming import layer_at_fault
from likewise.explaining.smallest import smallest_data
from likewise.explanation import LayerFault
from likewise.inputs import inputs_of
from likewise.program import NO_CASE, Source
from likewise.trial import tried
from likewise_strategies import bits

Implementation = Callable[[], Any]

ROWS: Any = bits.normal(1, "rows", (5, 6), "float32")


def fault(one: Implementation, other: Implementation, inputs: Any, mode: str = "") -> LayerFault:
    sources = Source("reference", one), Source("candidate", other)
    with tried(*sources, inputs_of(NO_CASE, inputs), Execution(mode or usable_modes(current())[0])) as trial:
        assert precision.compare(trial).verdict == "imprecise"
        found = layer_at_fault(trial)
        smallest = smallest_data(trial, precision)
    assert found is not None
    assert smallest is not None
    assert 0 < smallest.entries[0] < smallest.entries[1] / 3
    return found


def normalized(squares: bool) -> Implementation:
    """A layer in a row; it may take a variance as the mean square less the squared mean."""

    def build() -> Any:
        tf, layers = tensorflow(), keras().layers

        class Norm(layers.Layer):  # type: ignore[misc,name-defined]
            def call(self, x: Any) -> Any:
                mean = tf.reduce_mean(x, -1, keepdims=True)
                if squares:
                    variance = tf.reduce_mean(x * x, -1, keepdims=True) - mean * mean
                else:
                    variance = tf.reduce_mean(tf.square(x - mean), -1, keepdims=True)
                return (x - mean) / tf.sqrt(tf.maximum(variance, 0.0) + 1e-3)

        first, norm, last = layers.Dense(6), Norm(), layers.Dense(3)
        return lambda x: last(norm(first(x) + 1000.0))

    return build


def test_the_layer_that_loses_them(mode: str) -> None:
    found = fault(normalized(False), normalized(True), ROWS, mode)
    assert (found.name, found.side) == ("norm", "candidate"), found.message
    assert "it loses digits\nof what it gets 7." in found.message


def test_the_reference_may_be_the_one_that_loses_them() -> None:
    assert fault(normalized(True), normalized(False), ROWS).side == "reference"


def test_between_two_layers() -> None:
    def there_and_back(far: bool) -> Implementation:
        def build() -> Any:
            first, last = keras().layers.Dense(6), keras().layers.Dense(3)
            return lambda x: last((first(x) + 1e4) - 1e4 if far else first(x))

        return build

    found = fault(there_and_back(False), there_and_back(True), ROWS)
    assert found.between == ("Dense 'dense'", "Dense 'dense_1'"), found.message
    assert (found.name, found.side) == ("", "candidate")


@pytest.mark.parametrize("scale", [1e-5, 1e-4])
def test_the_operation_where_there_are_no_layers(scale: float) -> None:
    tf = tensorflow()
    found = fault(
        lambda: lambda x: tf.tanh(x * 1.0),
        lambda: lambda x: 2 * tf.sigmoid(2 * x) - 1,
        (ROWS[:2, :3] * scale).astype("float32"),
    )
    assert "the operation Sub of the candidate is the first to lose digits" in found.message


def test_one_great_entry_hides_no_other_from_the_search() -> None:
    """Beside the least float32 a lost bias is nothing; an explanation has to see it all the same."""

    def scores(shifted: float) -> Implementation:
        def build() -> Any:
            tf = tensorflow()
            first, last = keras().layers.Dense(4), keras().layers.Activation("linear")

            def call(x: Any) -> Any:
                y = first(x) + shifted
                least = tf.fill(tf.shape(y), tf.constant(np.finfo("float32").min, y.dtype))
                return last(tf.where(tf.broadcast_to([[True, True, True, False]], tf.shape(y)), y, least))

            return call

        return build

    sources = Source("reference", scores(0.0)), Source("candidate", scores(0.5))
    with tried(*sources, inputs_of(NO_CASE, ROWS), Execution(usable_modes(current())[0])) as trial:
        found = layer_at_fault(trial)
    assert found is not None
    assert found.between is not None, found.message
    assert found.between[0].startswith("Dense"), found.message
