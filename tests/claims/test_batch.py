"""``batch``: what mixes the entries of a batch gives something else for one alone."""

from __future__ import annotations

from typing import Any, Callable, Tuple

import numpy as np
import pytest

from likewise import batch
from likewise.cell import keras, tensorflow
from likewise.comparison import Finding
from likewise_strategies import Tensor

FindOut = Callable[..., Finding]

ASKED = "give one at a time what it gives all at once"


def dense() -> Any:
    return keras().layers.Dense(2)


def mapped(function: Callable[..., Any]) -> Callable[..., Any]:
    """An implementation without variables."""
    return lambda: lambda *inputs: function(tensorflow(), *inputs)


def centred() -> Any:
    """A layer and a mean over the batch taken off, which sees all entries."""
    layer = dense()

    def call(video: Any) -> Any:
        outputs = layer(video)
        return outputs - tensorflow().reduce_mean(outputs, axis=0, keepdims=True)

    return call


def test_one_at_a_time(found: FindOut, modes: Tuple[str, ...]) -> None:
    for dimensions in ("static", "unknown"):
        finding = found(batch, dense, dense, modes=modes, dimensions=[dimensions])
        assert finding.verdict in ("identical", "rounding")
        assert finding.compared == 2 * 2 * 4 * 2 * len(modes)


def test_a_layer_that_mixes_the_batch(found: FindOut, modes: Tuple[str, ...]) -> None:
    for mode in modes:
        finding = found(batch, dense, centred, modes=[mode])
        assert finding.verdict == "different"
        assert finding.message.startswith(f"the candidate does not {ASKED}:\n")
        assert "the reference does not" not in finding.message
        assert found(batch, centred, dense, modes=[mode]).message.startswith(f"the reference does not {ASKED}:\n")


def test_some_of_a_large_batch(found: FindOut) -> None:
    video = np.ones((1000, 2), "float32")
    last = mapped(lambda tf, x: x + tf.cast(tf.shape(x)[0] > 1, x.dtype) * tf.reverse(tf.cumsum(x, axis=0), [0]) * 0)
    assert found(batch, last, last, inputs=video).verdict == "identical"
    mixed = mapped(lambda tf, x: tf.concat([x[:-1], x[-1:] + tf.cast(tf.shape(x)[0], x.dtype)], axis=0))
    assert found(batch, last, mixed, inputs=video).verdict == "different"


def test_the_batch_is_where_the_axes_say(found: FindOut) -> None:
    time_first = Tensor((3, 2, 4), axes="dnc", seed=1)
    along = mapped(lambda tf, x: tf.cumsum(x, axis=0))
    across = mapped(lambda tf, x: tf.cumsum(x, axis=1))
    assert found(batch, along, along, inputs=time_first).verdict == "identical"
    finding = found(batch, along, across, inputs=time_first)
    assert finding.message.startswith(f"the candidate does not {ASKED}:\n")


def test_an_input_without_a_batch_is_given_whole(found: FindOut) -> None:
    scaled = mapped(lambda tf, x, scale: x * tf.reduce_sum(scale))
    inputs = (np.ones((2, 3), "float32"), Tensor((5,), axes="c", seed=1))
    finding = found(batch, scaled, scaled, inputs=inputs)
    assert (finding.verdict, finding.compared) == ("identical", 12)


def test_outputs_without_a_batch(found: FindOut) -> None:
    constant = mapped(lambda tf, x: (x, tf.ones([3])))
    total = mapped(lambda tf, x: (x, tf.reduce_sum(x, axis=[0, 1])))
    assert found(batch, constant, constant).verdict == "identical"
    finding = found(batch, constant, total)
    assert finding.verdict == "different"
    assert "entries of outputs[1] differ" in finding.message


def test_outputs_of_each_with_each(found: FindOut) -> None:
    each_with_each = mapped(lambda tf, x: tf.matmul(x, x, transpose_b=True))
    finding = found(batch, mapped(lambda tf, x: x), each_with_each, inputs=np.ones((3, 2), "float32"))
    assert "outputs.shape=(1, 1), but (3, 3) all at once" in finding.message


def test_frames_merged_into_the_batch_are_not_compared(found: FindOut) -> None:
    merged = mapped(lambda tf, x: tf.reshape(x, [-1, 3]))
    finding = found(batch, merged, merged)
    assert finding.verdict is None
    assert "outputs has the shape (8, 3) for a batch of 2 and (4, 3) for one" in finding.message


@pytest.mark.parametrize(
    "inputs, told",
    [
        (np.ones((1, 3), "float32"), "1"),
        (np.float32(2), "none"),
        ((np.ones((2, 3), "float32"), np.ones((3, 3), "float32")), "2, 3"),
    ],
)
def test_no_batch_to_compare(found: FindOut, inputs: Any, told: str) -> None:
    plain = mapped(lambda tf, *x: x[0])
    finding = found(batch, plain, plain, inputs=inputs)
    assert finding.verdict is None
    assert finding.message == f"the inputs have batches of {told}, but expected one of 2 or more"


def test_a_side_that_takes_one_size_only(found: FindOut) -> None:
    fixed = mapped(lambda tf, x: tf.reshape(x, [2, 12]))
    finding = found(batch, mapped(lambda tf, x: tf.reshape(x, [-1, 12])), fixed)
    assert finding.verdict == "different"
    assert finding.message.startswith(f"the candidate cannot {ASKED}: ")
    finding = found(batch, fixed, fixed)
    assert finding.verdict is None
    assert f"the reference cannot {ASKED}: " in finding.message
