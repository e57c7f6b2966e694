"""The layer at fault is named, in each mode, for small pairs of programs with one mistake at a known place."""

from __future__ import annotations

from typing import Any, Callable, Dict, Optional, Tuple

import numpy as np
import pytest

from likewise.cell import keras, tensorflow
from likewise.execution import Execution
from likewise.explaining.naming import layer_at_fault
from likewise.explanation import LayerFault
from likewise.inputs import inputs_of
from likewise.program import NO_CASE, Source
from likewise.trial import tried
from likewise_strategies import bits

Implementation = Callable[[], Any]

VIDEO: Any = bits.normal(1, "video", (2, 3, 5, 5, 2), "float32")
ROWS: Any = bits.normal(1, "rows", (5, 6), "float32")
STEPS: Any = bits.normal(1, "steps", (2, 4, 3), "float32")


def fault(one: Implementation, other: Implementation, inputs: Any, mode: str) -> Optional[LayerFault]:
    """What is said of the two in a mode whose graph knows all dimensions."""
    sources = Source("reference", one), Source("candidate", other)
    with tried(*sources, inputs_of(NO_CASE, inputs), Execution(mode)) as trial:
        return layer_at_fault(trial)


def merged(*, activation: str = "relu", turned: bool = False, kernel: int = 3, **lstm: Any) -> Implementation:
    """A convolution of all frames as one batch, into a ConvLSTM2D."""

    def build() -> Any:
        tf, layers = tensorflow(), keras().layers
        conv = layers.Conv2D(3, kernel, activation=activation)
        recurrent = layers.ConvLSTM2D(2, 2, return_sequences=True, recurrent_activation="sigmoid", **lstm)

        def call(video: Any) -> Any:
            steps = reversed(range(3)) if turned else range(3)
            frames = conv(tf.concat([video[:, step] for step in steps], axis=0))
            return recurrent(tf.stack(tf.split(frames, 3), axis=1))

        return call

    return build


def wrapped(*, activation: str = "relu", kernel: int = 3, scale: float = 1.0, **lstm: Any) -> Implementation:
    """The same with TimeDistributed; what comes in between may be scaled."""

    def build() -> Any:
        layers = keras().layers
        conv = layers.TimeDistributed(layers.Conv2D(3, kernel, activation=activation))
        settings = {"recurrent_activation": "sigmoid", **lstm}
        recurrent = layers.ConvLSTM2D(2, 2, return_sequences=True, **settings)
        return lambda video: recurrent(conv(video) * scale if scale != 1.0 else conv(video))

    return build


def by_frame(*, activation: str = "relu", skipped: bool = False) -> Implementation:
    """The same, the convolution called frame by frame."""

    def build() -> Any:
        tf, layers = tensorflow(), keras().layers
        conv = layers.Conv2D(3, 3, activation=activation)
        recurrent = layers.ConvLSTM2D(2, 2, return_sequences=True, recurrent_activation="sigmoid")
        steps = (0, 1, 1) if skipped else (0, 1, 2)
        return lambda video: recurrent(tf.stack([conv(video[:, step]) for step in steps], axis=1))

    return build


@pytest.mark.parametrize(
    "reference, candidate, layers",
    [
        (merged(), wrapped(activation="tanh"), {"Conv2D"}),
        (merged(), wrapped(kernel=2), {"Conv2D"}),
        (merged(), wrapped(recurrent_activation="tanh"), {"ConvLSTM2D"}),
        (merged(), by_frame(activation="tanh"), {"Conv2D"}),
        (by_frame(), wrapped(activation="tanh"), {"Conv2D"}),
        (wrapped(), wrapped(go_backwards=True), {"ConvLSTM2D"}),
    ],
)
def test_convolution_into_recurrence(reference: Any, candidate: Any, layers: set, mode: str) -> None:  # type: ignore[type-arg]
    found = fault(reference, candidate, VIDEO, mode)
    assert found is not None
    assert layers & set(found.path), found.message
    assert found.counterpart
    assert found.before is not None
    assert found.before.max_abs < 1e-5, "its inputs agree"


def test_frames_turned_around_lie_before_the_convolution(mode: str) -> None:
    found = fault(wrapped(), merged(turned=True), VIDEO, mode)
    assert found is not None
    assert (found.kind, found.between and found.between[0]) == ("", "the inputs"), found.message
    assert "Conv2D" in str(found.between)


def test_a_frame_left_out_lies_before_the_convolution(mode: str) -> None:
    found = fault(merged(), by_frame(skipped=True), VIDEO, mode)
    assert found is not None
    assert found.between is not None, found.message
    assert found.between[0] == "the inputs"
    assert "Conv2D" in found.between[1]


def test_scaled_between_two_layers(mode: str) -> None:
    found = fault(merged(), wrapped(scale=1.5), VIDEO, mode)
    assert found is not None
    assert found.between is not None, found.message
    assert "Conv2D" in found.between[0]
    assert "ConvLSTM2D" in found.between[1]
    assert found.after is not None
    assert found.after.max_abs > 0.01


def dense(*, wrong: int = -1, scaled_after: int = -1, split: bool = False) -> Implementation:
    """Three layers in a row; one may have another activation, or its output be scaled."""

    def build() -> Any:
        layers = keras().layers
        activations = ["tanh" if place == wrong else "relu" for place in range(3)]
        if split:
            stack = [[layers.Dense(4), layers.Activation(each)] for each in activations]
        else:
            stack = [[layers.Dense(4, activation=each)] for each in activations]

        def call(x: Any) -> Any:
            for place, each in enumerate(stack):
                for layer in each:
                    x = layer(x)
                if place == scaled_after:
                    x = x * 1.01
            return x

        return call

    return build


@pytest.mark.parametrize("place", range(3))
def test_a_layer_in_a_row(place: int, mode: str) -> None:
    name = ["dense", "dense_1", "dense_2"][place]
    found = fault(dense(), dense(wrong=place), ROWS, mode)
    assert found is not None
    assert (found.name, found.kind, found.side) == (name, "Dense", "candidate")
    assert found.counterpart == f"Dense {name!r}"
    assert f"Dense {name!r} of the candidate" in found.message


@pytest.mark.parametrize("place", range(3))
def test_an_operation_in_a_row(place: int, mode: str) -> None:
    names = ["Dense 'dense'", "Dense 'dense_1'", "Dense 'dense_2'", "the outputs"]
    found = fault(dense(), dense(scaled_after=place), ROWS, mode)
    assert found is not None
    assert found.between == tuple(names[place : place + 2]), found.message


@pytest.mark.parametrize("place", [0, 2])
def test_two_layers_for_one_are_no_mistake(place: int, mode: str) -> None:
    """Dense with an activation is Dense and Activation; what comes after is at fault."""
    assert str(fault(dense(), dense(split=True), ROWS, mode)).count("all outputs agree") == 1
    found = fault(dense(scaled_after=place), dense(split=True), ROWS, mode)
    assert found is not None
    assert found.between is not None, found.message
    number = ["", "_1", "_2"][place]
    assert found.between[0] in (f"Dense 'dense{number}'", f"Activation 'activation{number}'")


def by_hand(*, wrong: int = -1, scaled_after: int = -1) -> Implementation:
    """The same three layers of operations and variables alone."""

    def build() -> Any:
        tf = tensorflow()
        shapes = [(6, 4), (4, 4), (4, 4)]
        kernels = [
            tf.Variable(np.zeros(shape, "float32"), name=f"kernel_{place}") for place, shape in enumerate(shapes)
        ]
        biases = [
            tf.Variable(np.zeros(shape[1], "float32"), name=f"bias_{place}") for place, shape in enumerate(shapes)
        ]

        def call(x: Any) -> Any:
            for place, pair in enumerate(zip(kernels, biases)):
                kernel, bias = (tf.cast(tf.convert_to_tensor(each), x.dtype) for each in pair)
                x = tf.matmul(x, kernel) + bias
                x = tf.tanh(x) if place == wrong else tf.nn.relu(x)
                if place == scaled_after:
                    x = x * 1.01
            return x

        return call

    return build


@pytest.mark.parametrize("place", range(3))
def test_a_side_without_layers_is_told_by_its_operations(place: int, mode: str) -> None:
    name = ["dense", "dense_1", "dense_2"][place]
    if place == 1:
        found, side = fault(dense(), by_hand(wrong=place), ROWS, mode), "reference"
    else:
        found, side = fault(by_hand(), dense(wrong=place), ROWS, mode), "candidate"
    assert found is not None
    assert (found.name, found.side, found.counterpart) == (name, side, ""), found.message


def test_without_any_layer_nothing_is_named(mode: str) -> None:
    found = fault(by_hand(), by_hand(wrong=1), ROWS, mode)
    assert found is not None
    assert not found.kind
    assert "no layer is called on either side" in found.message


def test_branches(mode: str) -> None:
    """What agrees in one branch is no excuse for the other."""

    def branches(activation: str) -> Implementation:
        def build() -> Any:
            layers = keras().layers
            left = [layers.Dense(4, activation=activation), layers.Dense(3)]
            right = [layers.Dense(4, activation="relu"), layers.Dense(3)]
            add = layers.Add()
            return lambda x: add([left[1](left[0](x)), right[1](right[0](x))])

        return build

    found = fault(branches("relu"), branches("tanh"), ROWS, mode)
    assert found is not None
    assert (found.name, found.kind) == ("dense", "Dense"), found.message


def test_models(mode: str) -> None:
    """Layers within layers: it is the innermost one at fault."""

    def model(rate: float) -> Implementation:
        def build() -> Any:
            layers = keras().layers
            inner = keras().Sequential([layers.Dense(4), layers.LayerNormalization(epsilon=rate), layers.Dense(3)])
            outer = keras().Sequential([layers.Dense(4), inner])
            return lambda x: outer(x)  # noqa: PLW0108

        return build

    found = fault(model(1e-3), model(0.5), ROWS, mode)
    assert found is not None
    assert found.kind == "LayerNormalization", found.message
    assert found.path[:2] == ("Sequential", "Sequential")


def test_the_layer_that_raises(mode: str) -> None:
    def flat(units: int, width: int) -> Implementation:
        def build() -> Any:
            layers = keras().layers
            first, second = layers.Dense(units), layers.Dense(2)
            reshape = layers.Reshape((width,))
            return lambda x: second(reshape(first(x)))

        return build

    found = fault(flat(4, 4), flat(4, 5), ROWS, mode)
    assert found is not None
    assert (found.kind, found.side) == ("Reshape", "candidate"), found.message
    assert "it raises for what Dense 'dense" in found.message

    found = fault(flat(4, 4), lambda: lambda x: 1 / 0, ROWS, mode)
    assert found is not None
    assert "outside of any layer" in found.message


def test_the_layer_whose_operation_raises_as_the_graph_runs(mode: str) -> None:
    def pooled(padding: str) -> Implementation:
        def build() -> Any:
            layers = keras().layers
            before, pool = layers.Activation("linear"), layers.MaxPooling2D(4, 1, padding)
            return lambda x: pool(before(x))

        return build

    sources = Source("reference", pooled("same")), Source("candidate", pooled("valid"))
    with tried(*sources, inputs_of(NO_CASE, VIDEO[:, 0, :3]), Execution(mode, "unknown")) as trial:
        found = layer_at_fault(trial)
    assert found is not None
    assert (found.kind, found.side) == ("MaxPooling2D", "candidate"), found.message


@pytest.mark.parametrize("more", [False, True])
def test_a_variable_that_a_side_lacks_though_the_outputs_agree(more: bool, mode: str) -> None:
    def normalized(scale: bool) -> Implementation:
        def build() -> Any:
            layers = keras().layers
            first, last = layers.LayerNormalization(axis=-1, scale=scale), layers.Activation("linear")
            return lambda x: last(first(x))

        return build

    # (of one channel there is nothing left to be scaled)
    found = fault(normalized(not more), normalized(more), ROWS[:, :1], mode)
    assert found is not None
    assert (found.kind, found.side) == ("LayerNormalization", "candidate"), found.message
    assert ("it has " if more else "it lacks ") in found.message
    assert "gamma" in found.message


def test_the_candidate_is_accused_where_it_gives_fewer_tensors(mode: str) -> None:
    def recurrent(state: bool) -> Implementation:
        return lambda: keras().layers.GRU(2, return_sequences=True, return_state=state)

    found = fault(recurrent(True), recurrent(False), STEPS, mode)
    assert found is not None
    assert (found.kind, found.side) == ("GRU", "candidate"), found.message


def test_layers_may_steer_by_the_values_of_tensors(mode: str) -> None:
    """AutoGraph still converts what a layer of the user's does, while it is watched."""

    def steering(scale: float) -> Implementation:
        def build() -> Any:
            tf, layers = tensorflow(), keras().layers

            class Steered(layers.Layer):  # type: ignore[misc,name-defined]
                def call(self, x: Any) -> Any:
                    return tf.cond(tf.reduce_sum(x) > 0, lambda: x * scale, lambda: x * (2 * scale))

            steered, dense = Steered(), layers.Dense(2)
            return lambda x: dense(steered(x))

        return build

    found = fault(steering(2.0), steering(3.0), ROWS, mode)
    assert found is not None
    assert found.kind == "Steered", found.message


def test_nothing_is_left_behind(mode: str) -> None:
    before: Dict[Any, Any] = {}
    layer = keras().layers.Layer
    before[layer] = layer.__call__
    fault(dense(), dense(wrong=1), ROWS, mode)
    assert layer.__call__ is before[layer]


def test_shapes_of_what_comes_out(mode: str) -> None:
    def of(units: int) -> Implementation:
        return lambda: keras().layers.Dense(units)

    found = fault(of(3), of(2), ROWS, mode)
    assert found is not None
    assert found.kind == "Dense"
    assert found.after is None
    assert "it gives the shape (5, 2), but (5, 3) there" in found.message


def recurrent(cell: str, wrong: bool) -> Tuple[Implementation, Implementation]:
    def layer() -> Any:
        return keras().layers.SimpleRNN(3, activation="tanh", return_sequences=True)

    def by_hand_with_cell() -> Any:
        tf, layers = tensorflow(), keras().layers
        steps = layers.SimpleRNNCell(3, activation="relu" if wrong else "tanh")

        def call(x: Any) -> Any:
            state = tf.zeros([2, 3], x.dtype)
            outputs = []
            for step in range(4):
                output, (state,) = steps(x[:, step], [state])
                outputs.append(output)
            return tf.stack(outputs, axis=1)

        return call

    return (layer, by_hand_with_cell) if cell == "candidate" else (by_hand_with_cell, layer)


def test_a_cell_called_by_hand(mode: str) -> None:
    for side in ("candidate", "reference"):
        agreeing = fault(*recurrent(side, wrong=False), STEPS, mode)
        assert agreeing is not None
        assert "all outputs agree" in agreeing.message
        found = fault(*recurrent(side, wrong=True), STEPS, mode)
        assert found is not None
        assert {"SimpleRNN", "SimpleRNNCell"} & set(found.path), found.message


def test_a_layer_that_gives_the_same_values_in_another_shape(mode: str) -> None:
    def build(flat: bool) -> Implementation:
        def implementation() -> Any:
            layers = keras().layers
            first, second, flatten = layers.Dense(1), layers.Dense(1), layers.Flatten()
            return lambda x: second(flatten(first(x)) if flat else first(x))

        return implementation

    found = fault(build(False), build(True), ROWS[:, None, :], mode)
    assert found is not None
    assert (found.kind, found.side) == ("Flatten", "candidate"), found.message
    assert "the outputs have the shape (5, 1), but (5, 1, 1) in the reference" in found.message
