"""TensorFlow refuses no setting of dense, recurrent, normalization, pooling and separable layers that is drawn.

Each layer is called: eagerly, or in a graph where TensorFlow 1 behavior rules; and its output is as large as the
settings tell.
"""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np
import pytest
from hypothesis import strategies as st

from likewise.cell import current, keras, tensorflow
from likewise_strategies import (
    conv_images,
    conv_sequences,
    dense_tensors,
    gru_configs,
    image_shapes,
    layer_normalization_configs,
    lstm_configs,
    normalized_tensors,
    pooled_tensors,
    recurrent_sequences,
    separable_conv_configs,
    sequence_shapes,
    simple_rnn_configs,
    video_shapes,
)

CALLED = 100
RECURRENT_CALLED = 30


def called(layer: Any, shape: tuple[int, ...]) -> list[list[int | None]]:
    """Call a layer on an array and return the shapes of its outputs; in a graph, lengths may be unknown."""
    tf = tensorflow()
    array = np.ones(shape, dtype="float32")
    if tf.executing_eagerly():
        outputs = layer(array)
    else:
        with tf.Graph().as_default():
            outputs = layer(array)
    outputs = outputs if isinstance(outputs, (list, tuple)) else [outputs]
    return [tf.TensorShape(output.shape).as_list() for output in outputs]


def fit(found: list[list[int | None]], expected: list[list[int]]) -> bool:
    known = [[length or other for length, other in zip(*pair)] for pair in zip(found, expected)]
    return [len(shape) for shape in found] == [len(shape) for shape in expected] and known == expected


def test_dense_layers(draws: Any) -> None:
    for case in draws(dense_tensors(), CALLED):
        found = called(keras().layers.Dense(**case.dense.kwargs()), case.tensor.shape)
        assert fit(found, [[*case.tensor.shape[:-1], case.dense.units]]), case


@pytest.mark.parametrize(
    "layer, configs, states",
    [("LSTM", lstm_configs, 2), ("GRU", gru_configs, 1), ("SimpleRNN", simple_rnn_configs, 1)],
)
def test_recurrent_layers(draws: Any, layer: str, configs: Any, states: int) -> None:
    both = partial(configs, unroll=(False, True), max_dropout=0.5, max_recurrent_dropout=0.5)
    for case in draws(recurrent_sequences(recurrent=both), RECURRENT_CALLED):
        config = case.recurrent
        if layer == "GRU" and current().generation == 3 and current().behavior == "compat1" and config.use_bias:
            continue  # Keras 3 builds no such GRU in a TF1 graph: the law gru-by-hand declares it
        n, t, _ = case.sequence.shape
        output = [n, t, config.units] if config.return_sequences else [n, config.units]
        expected = [output, *[[n, config.units]] * states] if config.return_state else [output]
        found = called(getattr(keras().layers, layer)(**config.kwargs()), case.sequence.shape)
        assert fit(found, expected), case


def test_batch_normalizations(draws: Any) -> None:
    for case in draws(normalized_tensors(), CALLED):
        found = called(keras().layers.BatchNormalization(**case.normalization.kwargs()), case.tensor.shape)
        assert fit(found, [list(case.tensor.shape)]), case


def test_layer_normalizations(draws: Any) -> None:
    shapes = st.one_of(sequence_shapes(), image_shapes(max_side=4))
    several = partial(layer_normalization_configs, axes=(-1, 1, (1, -1)))
    for cases in (
        normalized_tensors(normalization=layer_normalization_configs),
        normalized_tensors(shapes=shapes, normalization=several),
    ):
        for case in draws(cases, CALLED // 2):
            found = called(keras().layers.LayerNormalization(**case.normalization.kwargs()), case.tensor.shape)
            assert fit(found, [list(case.tensor.shape)]), case


@pytest.mark.parametrize("kind", ["MaxPooling", "AveragePooling"])
def test_pooling_layers(draws: Any, kind: str) -> None:
    shapes = st.one_of(sequence_shapes(), image_shapes(), video_shapes(max_side=4))
    for case in draws(pooled_tensors(shapes=shapes), CALLED):
        layer = getattr(keras().layers, f"{kind}{case.pooling.rank}D")(**case.pooling.kwargs())
        n, *size, c = case.tensor.shape
        assert fit(called(layer, case.tensor.shape), [[n, *case.pooling.output_size(size), c]]), case


def test_separable_convolutions_of_images(draws: Any) -> None:
    for case in draws(conv_images(conv=separable_conv_configs), CALLED):
        found = called(keras().layers.SeparableConv2D(**case.conv.kwargs()), case.image.shape)
        n, *size, _ = case.image.shape
        assert fit(found, [[n, *case.conv.output_size(size), case.conv.filters]]), case


def test_separable_convolutions_of_sequences(draws: Any) -> None:
    separable = st.tuples(st.integers(1, 7), st.integers(1, 3)).flatmap(
        lambda shape: st.tuples(st.just(shape), separable_conv_configs(1, size=shape[:1]))
    )
    for (steps, channels), config in draws(separable, CALLED):
        found = called(keras().layers.SeparableConv1D(**config.kwargs()), (2, steps, channels))
        assert fit(found, [[2, *config.output_size((steps,)), config.filters]]), config


def test_causal_convolutions(draws: Any) -> None:
    for case in draws(conv_sequences(), CALLED):
        n, t, _ = case.sequence.shape
        found = called(keras().layers.Conv1D(**case.conv.kwargs()), case.sequence.shape)
        assert fit(found, [[n, *case.conv.output_size((t,)), case.conv.filters]]), case
