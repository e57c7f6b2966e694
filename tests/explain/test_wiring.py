"""A layer is not accused for what it gets: lost, swapped and repeated layers, and masks, are told by what is before."""

from __future__ import annotations

from typing import Any, Callable, Optional

import numpy as np
import pytest

from likewise.cell import current, keras, tensorflow
from likewise.execution import Execution, usable_modes
from likewise.explaining.naming import layer_at_fault
from likewise.explanation import LayerFault
from likewise.inputs import inputs_of
from likewise.program import NO_CASE, Source
from likewise.trial import tried
from likewise_strategies import bits

Implementation = Callable[[], Any]

ROWS: Any = bits.normal(1, "rows", (5, 6), "float32")
STEPS: Any = bits.normal(1, "steps", (2, 4, 3), "float32")
PADDED: Any = STEPS * np.array([[1, 1, 0, 0], [1, 0, 1, 1]], "float32")[:, :, None]


def fault(one: Implementation, other: Implementation, inputs: Any, mode: str = "") -> LayerFault:
    """What is said of the two; by default in the first mode of the cell."""
    sources = Source("reference", one), Source("candidate", other)
    with tried(*sources, inputs_of(NO_CASE, inputs), Execution(mode or usable_modes(current())[0])) as trial:
        found = layer_at_fault(trial)
    assert found is not None
    return found


def bidirectional(kind: str, *, turned: bool = True, swapped: bool = False, backwards: bool = True) -> Implementation:
    """Its two layers by hand."""

    def build() -> Any:
        layer = getattr(keras().layers, kind)
        there = layer(3, return_sequences=True)
        back = layer(3, return_sequences=True, go_backwards=backwards)

        def call(x: Any) -> Any:
            one, other = there(x), back(x)[:, ::-1] if turned else back(x)
            return tensorflow().concat([other, one] if swapped else [one, other], -1)

        return call

    return build


def wrapped(kind: str, **settings: Any) -> Implementation:
    return lambda: keras().layers.Bidirectional(getattr(keras().layers, kind)(3, return_sequences=True), **settings)


@pytest.mark.parametrize("wrong", [{"turned": False}, {"swapped": True}])
def test_what_comes_after_the_two_layers_of_bidirectional(wrong: Any, mode: str) -> None:
    found = fault(wrapped("GRU"), bidirectional("GRU", **wrong), STEPS, mode)
    assert found.between is not None, found.message
    assert found.between[0] == "GRU 'gru_1'", "the layer that goes backwards, which is right"
    assert found.between[1] == "the outputs"


def test_the_layer_of_two_that_is_wrong() -> None:
    found = fault(wrapped("SimpleRNN"), bidirectional("SimpleRNN", backwards=False), STEPS)
    assert found.name == "simple_rnn_1", found.message
    assert "backward_simple_rnn" in found.counterpart


def test_bidirectional_itself() -> None:
    found = fault(wrapped("SimpleRNN", merge_mode="sum"), wrapped("SimpleRNN", merge_mode="mul"), STEPS)
    assert (found.kind, found.side) == ("Bidirectional", "candidate"), found.message


def repeated(times: int) -> Implementation:
    def build() -> Any:
        first, last = keras().layers.Dense(6, activation="tanh"), keras().layers.Dense(2)

        def call(x: Any) -> Any:
            for _ in range(times):
                x = first(x)
            return last(x)

        return call

    return build


@pytest.mark.parametrize(
    "times, text", [(1, "what Dense 'dense' gives"), (3, "what the 3rd call of Dense 'dense' gives")]
)
def test_a_layer_that_is_called_as_often_as_it_should_not_be(times: int, text: str, mode: str) -> None:
    if times == 1:
        text = "it gets what Dense 'dense' gives,"
    found = fault(repeated(2), repeated(times), ROWS, mode)
    assert found.between == ("Dense 'dense'", "Dense 'dense_1'"), found.message
    assert text in found.message
    assert "but in the reference what the 2nd call of Dense 'dense' gives" in found.message


def chain(*names: str) -> Implementation:
    """Layers of one set in this order, or without some."""

    def build() -> Any:
        layers = keras().layers
        made = {
            "first": layers.Dense(6),
            "relu": layers.Activation("relu"),
            "norm": layers.LayerNormalization(),
            "second": layers.Dense(6),
        }

        def call(x: Any) -> Any:
            for name in names:
                x = made[name](x)
            return x

        return call

    return build


@pytest.mark.parametrize(
    "reference, candidate, gets, there",
    [
        ("first relu second", "first second", "Dense 'dense'", "Activation 'activation'"),
        ("first second", "first relu second", "Activation 'activation'", "Dense 'dense'"),
        ("first relu norm second", "first norm relu second", "Dense 'dense'", "Activation 'activation'"),
    ],
)
def test_layers_left_out_added_or_in_another_order(reference: str, candidate: str, gets: str, there: str) -> None:
    found = fault(chain(*reference.split()), chain(*candidate.split()), ROWS)
    assert found.name == "", "no layer of its own is wrong"
    assert f": it gets what {gets} gives," in found.message
    assert f"but in the reference what {there} gives" in found.message


def test_the_first_layer_may_be_the_one_that_gets_something_else() -> None:
    found = fault(chain("first", "norm"), chain("norm", "first"), ROWS)
    assert found.between == ("the inputs", "LayerNormalization 'layer_normalization'"), found.message


def residual(way: str) -> Implementation:
    def build() -> Any:
        layers = keras().layers
        one, other, last = layers.Dense(6, "relu"), layers.Dense(6, "relu"), layers.Dense(2)
        add = layers.Add()

        def call(x: Any) -> Any:
            y = one(x)
            z = other(y)
            if way == "none":
                return last(z)
            return last(y + z if way == "plus" else add([x if way == "input" else y, z]))

        return call

    return build


@pytest.mark.parametrize(
    "reference, candidate, layer, there",
    [
        ("plus", "none", "Dense 'dense_2'", "what operations after Dense 'dense_1' give"),
        ("add", "none", "Dense 'dense_2'", "what Add 'add' gives"),
        ("add", "input", "Add 'add'", "what Dense 'dense' gives and what Dense 'dense_1' gives"),
    ],
)
def test_a_residual_connection_that_is_lost(reference: str, candidate: str, layer: str, there: str) -> None:
    found = fault(residual(reference), residual(candidate), ROWS)
    assert found.message.startswith(f"{layer} of the candidate: it gets "), found.message
    assert f"but in the reference {there}" in found.message


def test_a_shared_layer_that_is_given_the_wrong_tensor() -> None:
    def sharing(wrong: bool) -> Implementation:
        def build() -> Any:
            layers = keras().layers
            one, other, shared = layers.Dense(6, "relu"), layers.Dense(6, "tanh"), layers.Dense(3)

            def call(x: Any) -> Any:
                left, right = one(x), other(x)
                return tensorflow().concat([shared(left), shared(left if wrong else right)], -1)

            return call

        return build

    found = fault(sharing(False), sharing(True), ROWS)
    assert "Dense 'dense_2' of the candidate, in its 2nd call: it gets what Dense 'dense' gives" in found.message
    assert "but in the reference what Dense 'dense_1' gives" in found.message


@pytest.mark.parametrize("layer", [True, False])
def test_branches_that_are_swapped(layer: bool) -> None:
    def branches(swapped: bool) -> Implementation:
        def build() -> Any:
            layers = keras().layers
            one, other, last = layers.Dense(4, "relu"), layers.Dense(4, "tanh"), layers.Dense(3)
            joined = layers.Concatenate() if layer else lambda each: tensorflow().concat(each, -1)

            def call(x: Any) -> Any:
                both = [one(x), other(x)]
                return last(joined(both[::-1] if swapped else both))

            return call

        return build

    found = fault(branches(False), branches(True), ROWS)
    before = "Concatenate 'concatenate'" if layer else "Dense 'dense_2'"
    assert found.between == ("Dense 'dense_1'", before), found.message


def test_within_a_model_it_is_told_between_which_of_its_layers() -> None:
    def model(relu: bool) -> Implementation:
        def build() -> Any:
            layers = keras().layers

            class Two(keras().Model):  # type: ignore[misc]
                def __init__(self) -> None:
                    super().__init__()
                    self.one, self.other = layers.Dense(6), layers.Dense(2)

                def call(self, x: Any) -> Any:
                    x = self.one(x)
                    return self.other(tensorflow().nn.relu(x) if relu else x * x)

            return Two()

        return build

    found = fault(model(True), model(False), ROWS)
    assert found.between is not None, found.message
    assert [each.partition(" ")[0] for each in found.between] == ["Dense", "Dense"], found.message


def test_what_is_given_in_another_dtype_is_not_told_as_another_shape() -> None:
    def counted(dtype: str) -> Implementation:
        def build() -> Any:
            tf = tensorflow()

            class Counted(keras().layers.Layer):  # type: ignore[misc]
                def call(self, x: Any) -> Any:
                    return tf.cast(tf.round(x), dtype)

            return Counted()

        return build

    found = fault(counted("int32"), counted("int64"), ROWS)
    assert "it gives int64, but int32 there" in found.message
    assert "shape" not in found.message


def masked(value: Optional[float], *, embedded: bool = False, lost: str = "") -> Implementation:
    """A mask, or none, on its way to a recurrent layer; it is lost in an operation or in a layer."""

    def build() -> Any:
        tf, layers = tensorflow(), keras().layers

        class Handed(layers.Layer):  # type: ignore[misc,name-defined]
            def __init__(self) -> None:
                super().__init__()
                self.supports_masking = lost != "layer"

            def call(self, x: Any) -> Any:
                return x * 1.0

        masking = None if value is None else layers.Masking(value)
        if embedded:
            masking = layers.Embedding(5, 3, mask_zero=value is not None)
        handed, recurrent = Handed(), layers.GRU(3)

        def call(x: Any) -> Any:
            x = handed(x if masking is None else masking(x))
            return recurrent(tf.identity(x) if lost == "operation" else x)

        return call

    return build


@pytest.mark.parametrize("side", ["reference", "candidate"])
def test_a_mask_that_a_side_has_alone(side: str, mode: str) -> None:
    values = (None, 0.0) if side == "candidate" else (0.0, None)
    found = fault(masked(values[0]), masked(values[1]), PADDED, mode)
    assert (found.name, found.kind, found.side) == ("masking", "Masking", side), found.message
    assert "it makes a mask that hides 3 of 8 steps" in found.message
    other = "reference" if side == "candidate" else "candidate"
    assert f"of the {other} gets the same values with no mask" in found.message


def test_a_mask_of_another_value() -> None:
    found = fault(masked(0.0), masked(-1.0), PADDED)
    assert (found.name, found.side, found.counterpart) == ("masking", "candidate", "Masking 'masking'"), found.message


def test_a_masking_layer_that_clears_what_it_hides() -> None:
    """Masking at -1 gives zeros for such steps: then the layers after it get other values, too."""
    found = fault(masked(-1.0), masked(None), np.where(PADDED == 0, np.float32(-1), PADDED))
    assert "Masking 'masking'" in found.message
    assert "gets the inputs" in found.message


def test_an_embedding_that_makes_none() -> None:
    found = fault(
        masked(0.0, embedded=True), masked(None, embedded=True), np.array([[1, 2, 0, 0], [3, 0, 4, 1]], "int32")
    )
    assert (found.kind, found.side, found.counterpart) == ("Embedding", "candidate", "Embedding 'embedding'")
    assert "gives a mask that hides 3 of 8 steps" in found.message


def test_a_mask_that_a_layer_does_not_hand_on() -> None:
    found = fault(masked(0.0, lost="layer"), masked(0.0), PADDED)
    assert (found.kind, found.counterpart) == ("Handed", "Handed 'handed'"), found.message


def test_a_mask_that_is_lost_between_layers() -> None:
    found = fault(masked(0.0, lost="operation"), masked(0.0), PADDED)
    assert found.between == ("Handed 'handed'", "GRU 'gru'"), found.message
    assert (found.name, found.side) == ("", "reference")
    assert "the mask is lost" in found.message
