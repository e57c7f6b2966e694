"""TensorFlow refuses no setting that is drawn, and its outputs are as large as the settings tell: 2,000 draws.

Most layers are made and asked for the shape of their output, which is cheap, and where Keras refuses settings. A part
is called too: eagerly, or in a graph where TensorFlow 1 behavior rules.
"""

from __future__ import annotations

from functools import partial
from typing import Any, Callable

import numpy as np
import pytest
from hypothesis import strategies as st

from likewise.cell import keras, tensorflow
from likewise_strategies import conv_configs, conv_lstm_configs, conv_lstm_videos

CONVOLUTIONS_MADE = 1200  # of all three ranks together
CONVOLUTIONS_CALLED = 300
CONV_LSTMS_CALLED = 60  # of all ranks that this Keras has, together
VIDEOS_MADE = 400
VIDEOS_CALLED = 40


@st.composite
def layers(draw: st.DrawFn, rank: int, configs: Callable[..., st.SearchStrategy[Any]]) -> Any:
    """Return a strategy for a config, and a batch, a spatial size and a number of channels that it fits."""
    size = draw(st.tuples(*[st.integers(1, 7 if rank < 3 else 4)] * rank))
    return draw(configs(rank, size=size)), draw(st.integers(1, 2)), size, draw(st.integers(1, 3))


def made(name: str, config: Any) -> Any:
    return getattr(keras().layers, f"{name}{config.rank}D")(**config.kwargs())


def called(function: Callable[[np.ndarray[Any, Any]], Any], *shape: int) -> list[list[int | None]]:
    """Call a function on an array and return the shapes of its outputs; in a graph, lengths may be unknown."""
    tf = tensorflow()
    array = np.ones(shape, dtype="float32")
    if tf.executing_eagerly():
        outputs = function(array)
    else:
        with tf.Graph().as_default():
            outputs = function(array)
    outputs = outputs if isinstance(outputs, (list, tuple)) else [outputs]
    return [tf.TensorShape(output.shape).as_list() for output in outputs]


def in_turn(conv: Any, conv_lstm: Any, frames: Any, *, shape: tuple[int, ...]) -> Any:
    return conv_lstm(tensorflow().reshape(conv(frames), shape))


def fit(found: list[list[int | None]], expected: list[list[int]]) -> bool:
    known = [[length or other for length, other in zip(*pair)] for pair in zip(found, expected)]
    return [len(shape) for shape in found] == [len(shape) for shape in expected] and known == expected


def conv_shapes(config: Any, batch: int, size: tuple[int, ...]) -> list[list[int]]:
    return [[batch, *config.output_size(size), config.filters]]


def conv_lstm_shapes(config: Any, batch: int, steps: int, size: tuple[int, ...]) -> list[list[int]]:
    state = [batch, *config.output_size(size), config.filters]
    output = [batch, steps, *state[1:]] if config.return_sequences else state
    return [output, state, state] if config.return_state else [output]


@pytest.mark.parametrize("rank", [1, 2, 3])
def test_convolutions_made(draws: Any, rank: int) -> None:
    for config, batch, size, channels in draws(layers(rank, conv_configs), CONVOLUTIONS_MADE // 3):
        found = [list(made("Conv", config).compute_output_shape((batch, *size, channels)))]
        assert fit(found, conv_shapes(config, batch, size)), config


@pytest.mark.parametrize("rank", [1, 2, 3])
def test_convolutions_called(draws: Any, rank: int) -> None:
    for config, batch, size, channels in draws(layers(rank, conv_configs), CONVOLUTIONS_CALLED // 3):
        found = called(made("Conv", config), batch, *size, channels)
        assert fit(found, conv_shapes(config, batch, size)), config


def test_conv_lstms_called(draws: Any) -> None:
    ranks = [rank for rank in (1, 2, 3) if hasattr(keras().layers, f"ConvLSTM{rank}D")]
    assert 2 in ranks
    for rank in ranks:
        for config, batch, size, channels in draws(layers(rank, conv_lstm_configs), CONV_LSTMS_CALLED // len(ranks)):
            found = called(made("ConvLSTM", config), batch, 2, *size, channels)
            assert fit(found, conv_lstm_shapes(config, batch, 2, size)), config


def test_videos_made(draws: Any) -> None:
    for case in draws(conv_lstm_videos(), VIDEOS_MADE):
        n, d, h, w, c = case.video.shape
        frames = list(made("Conv", case.conv).compute_output_shape((n * d, h, w, c)))
        outputs = made("ConvLSTM", case.conv_lstm).compute_output_shape((n, d, *frames[1:]))
        found = [list(shape) for shape in (outputs if case.conv_lstm.return_state else [outputs])]
        assert fit([frames], conv_shapes(case.conv, n * d, (h, w))), case
        assert fit(found, conv_lstm_shapes(case.conv_lstm, n, d, case.conv.output_size((h, w)))), case


def test_videos_called(draws: Any) -> None:
    for case in draws(conv_lstm_videos(), VIDEOS_CALLED):
        n, d, h, w, c = case.video.shape
        size = case.conv.output_size((h, w))
        conv, conv_lstm = made("Conv", case.conv), made("ConvLSTM", case.conv_lstm)
        both = partial(in_turn, conv, conv_lstm, shape=(n, d, *size, case.conv.filters))
        assert fit(called(both, n * d, h, w, c), conv_lstm_shapes(case.conv_lstm, n, d, size)), case
