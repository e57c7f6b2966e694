"""Gradients by inputs and variables: the same for the same network in every mode; planted faults are found."""

from __future__ import annotations

from typing import Any, Callable, Tuple

import numpy as np
import pytest

from likewise import compare, gradients
from likewise.cell import current, keras, tensorflow
from likewise.comparison import Finding
from likewise.errors import LawError
from likewise.execution import usable_modes
from likewise.steps.differentiating import cotangent

FindOut = Callable[..., Finding]
Implementation = Callable[..., Any]

WHOLE = np.array([[0, 2, 1], [1, 1, 0]], "int32")


def mapped(function: Implementation) -> Implementation:
    """An implementation without variables."""
    return lambda: lambda *inputs: function(tensorflow(), *inputs)


def dense(**settings: Any) -> Implementation:
    return lambda: keras().layers.Dense(2, **settings)


def scaled(used: Callable[[Any, Any], Any]) -> Implementation:
    """An implementation with a kernel and a scale; ``used`` makes something of the scale."""

    def build() -> Any:
        tf, layer = tensorflow(), keras().layers.Dense(2)
        scale = tf.Variable([1.0, 2.0], name="scale", dtype=keras().backend.floatx())
        return lambda video: layer(video) * used(tf, scale)

    return build


def recurrent() -> Any:
    layers = keras().layers
    conv, lstm = layers.TimeDistributed(layers.Conv2D(2, 2)), layers.ConvLSTM2D(2, 2, return_sequences=True)
    return lambda video: lstm(conv(video))


def test_a_network_has_the_gradients_of_its_own(found: FindOut, modes: Tuple[str, ...]) -> None:
    for mode in modes:
        finding = found(gradients, dense(), dense(), mode)
        assert (finding.verdict, finding.compared, finding.message) == ("identical", 24 + 6 + 2, "")


def test_unknown_dimensions(found: FindOut, modes: Tuple[str, ...]) -> None:
    for mode in modes:
        if mode != "eager":
            finding = found(gradients, dense(), dense(), mode, dimensions=["unknown"])
            assert (finding.verdict, finding.compared) == ("identical", 32)


def test_gradients_through_a_recurrent_layer_after_a_run(found: FindOut, modes: Tuple[str, ...]) -> None:
    # In a graph of a TF2 process they fail for a forward pass that was built before the session ran.
    video = np.linspace(-1, 1, 2 * 3 * 4 * 4, dtype="float32").reshape(2, 3, 4, 4, 1)
    for mode in modes:
        finding = found(gradients, recurrent, recurrent, mode, inputs=video)
        assert finding.verdict == "identical", finding.message
        assert finding.compared > video.size


def test_a_cotangent_is_exact_and_the_same_in_every_dtype() -> None:
    tf = tensorflow()
    told = []
    for dtype in ("float64", "float32", "float16", "bfloat16"):
        with tf.Graph().as_default() as graph:
            given = tf.compat.v1.placeholder(dtype, (None, None))
            wanted = tf.cast(cotangent(given, 1), "float64")
            with tf.compat.v1.Session(graph=graph) as session:
                told.append(session.run(wanted, {given: np.zeros((40, 50))}))
    assert all(np.array_equal(each, told[0]) for each in told)
    assert set(np.unique(told[0] * 64)) == set(range(-127, 128, 2))
    assert abs(told[0].mean()) < 0.1
    assert len({row.tobytes() for row in told[0]}) == 40


def test_a_stopped_gradient_is_none_and_not_zeros(found: FindOut, modes: Tuple[str, ...]) -> None:
    flowing, stopped = scaled(lambda _, scale: scale), scaled(lambda tf, scale: tf.stop_gradient(scale))
    zeros = scaled(lambda tf, scale: tf.stop_gradient(scale) + 0 * scale)
    for mode in modes:
        finding = found(gradients, flowing, stopped, mode)
        assert finding.verdict == "different"
        assert finding.message.startswith("the gradient by scale:0 is None in the candidate: nothing flows; it is an ")
        assert finding.message.endswith("array in the reference")
        finding = found(gradients, stopped, zeros, mode)
        assert finding.verdict == "different"
        assert finding.message == (
            "the gradient by scale:0 is None in the reference: nothing flows; it is an array of zeros in the candidate"
        )
        assert found(gradients, stopped, stopped, mode).verdict == "identical"
        assert found(gradients, flowing, zeros, mode).verdict == "different"


def test_a_gradient_that_is_stopped_in_one_branch(found: FindOut, modes: Tuple[str, ...]) -> None:
    whole = mapped(lambda tf, x: x * tf.tanh(x))
    branch = mapped(lambda tf, x: x * tf.stop_gradient(tf.tanh(x)))
    for mode in modes:
        finding = found(gradients, whole, branch, mode)
        assert finding.verdict == "different"
        assert "entries of gradients['inputs'] differ" in finding.message


def test_another_formula_has_gradients_that_round(found: FindOut, modes: Tuple[str, ...]) -> None:
    tanh = mapped(lambda tf, x: tf.tanh(x))
    by_exp = mapped(lambda tf, x: 1 - 2 / (tf.exp(2 * x) + 1))
    for mode in modes:
        finding = found(gradients, tanh, by_exp, mode)
        assert (finding.verdict, finding.way) == ("rounding", "float64")


def test_at_a_kink_of_the_inputs_themselves_gradients_differ(found: FindOut, modes: Tuple[str, ...]) -> None:
    kinked = np.array([[0.0, 1.0, -1.0]], "float32")
    for mode in modes:
        finding = found(
            gradients,
            mapped(lambda tf, x: tf.nn.relu(x)),
            mapped(lambda tf, x: tf.where(x >= 0, x, tf.zeros_like(x))),
            mode,
            inputs=kinked,
        )
        assert (finding.verdict, finding.jumps) == ("different", 0)


def test_rows_that_are_looked_up_are_compared_as_a_whole(found: FindOut, modes: Tuple[str, ...]) -> None:
    def embedding() -> Any:
        return keras().layers.Embedding(4, 3)

    def by_one_hot(numbers: Any) -> Any:
        tf = tensorflow()
        table = keras().layers.Dense(3, use_bias=False, name="embedding")
        return table(tf.one_hot(tf.cast(numbers, "int32"), 4, dtype=keras().backend.floatx()))

    for mode in modes:
        finding = found(
            gradients, embedding, by_one_hot, mode, inputs=WHOLE, pair={"embedding/embeddings": "embedding/kernel"}
        )
        assert finding.verdict in ("identical", "rounding"), finding.message
        assert finding.compared == 12


def test_what_has_no_gradients_is_not_compared(found: FindOut, modes: Tuple[str, ...]) -> None:
    whole = mapped(lambda tf, x: x + 1)
    for mode in modes:
        finding = found(gradients, whole, whole, mode, inputs=WHOLE)
        assert (finding.verdict, finding.message) == (None, "the gradients have no entries")


def test_a_law_of_which_nothing_was_compared_does_not_hold() -> None:
    whole = mapped(lambda tf, x: x + 1)
    comparison = compare(whole, whole, inputs=WHOLE, claims=[gradients], modes=usable_modes(current())[:1])
    assert comparison.verdict == "not compared"
    assert not comparison


def test_several_inputs_and_outputs(found: FindOut, modes: Tuple[str, ...]) -> None:
    one = mapped(lambda tf, a, b, n: {"sum": a + b, "product": [a * b, None, n]})
    other = mapped(lambda tf, a, b, n: {"sum": a + b, "product": [a * tf.stop_gradient(b), None, n]})
    inputs = (np.ones((2, 3), "float32"), np.full((2, 3), 2, "float32"), WHOLE)
    for mode in modes:
        assert found(gradients, one, one, mode, inputs=inputs).compared == 12
        finding = found(gradients, one, other, mode, inputs=inputs)
        assert finding.verdict == "different"
        assert "6 of 6 entries of gradients['inputs[1]'] differ" in finding.message


def test_ulps_can_be_let_pass(found: FindOut, modes: Tuple[str, ...]) -> None:
    plain, moved = mapped(lambda tf, x: x * 2), mapped(lambda tf, x: x * 2.0000005)
    assert found(gradients, plain, moved, modes[0]).verdict == "different"
    finding = found(gradients.within(ulps=8), plain, moved, modes[0])
    assert (finding.verdict, finding.within, finding.way) == ("rounding", 8, "within 8 ULP")
    with pytest.raises(LawError, match="ulps=0"):
        gradients.within(ulps=0)


def test_one_side_cannot_be_differentiated(found: FindOut, modes: Tuple[str, ...]) -> None:
    def refusing() -> Any:
        tf = tensorflow()

        def identity(x: Any) -> Any:
            def backward(_: Any) -> Any:
                raise ValueError("no way back")

            return tf.identity(x), backward

        return tf.custom_gradient(identity)

    for mode in modes:
        finding = found(gradients, mapped(lambda tf, x: x), refusing, mode)
        assert finding.verdict == "different"
        assert finding.message.startswith("the candidate has no gradients: ValueError: ")
