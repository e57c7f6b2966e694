"""The post's own program, in this cell: the variables that it prints, and its result."""

from __future__ import annotations

from typing import Any, List

import numpy as np
import pytest
from packaging.version import Version

from likewise.cell import current, fresh_names, keras, tensorflow
from likewise.variable import describe

SHAPE = (2, 3, 8, 8, 3)


def convolve(inputs: Any, **names: str) -> Any:
    """The post's layers: a bare Conv2D, or one that is wrapped."""
    layers = keras().layers
    conv = layers.Conv2D(filters=10, kernel_size=(3, 3), strides=(1, 1))
    if len(inputs.shape) == 4:
        return conv(inputs)
    return layers.TimeDistributed(conv, input_shape=SHAPE[1:], **names)(inputs)


def seed_program() -> Any:
    """RAW, NEW and NEW1 of the post's second program, and its ConvLSTM2D."""
    tf, v1 = tensorflow(), tensorflow().compat.v1
    video = tf.constant(np.random.RandomState(0).rand(*SHAPE).astype(np.float32))
    with v1.variable_scope("RAW"):
        frames = convolve(tf.concat([video[:, i, ...] for i in range(SHAPE[1])], axis=0))
        parts = tf.split(frames, num_or_size_splits=SHAPE[1])
        raw = tf.concat([tf.expand_dims(part, axis=1) for part in parts], axis=1)
    with v1.variable_scope("NEW"):
        convolve(video)
    with v1.variable_scope("NEW1"):
        convolve(video, name="conv2d")
    return keras().layers.ConvLSTM2D(
        filters=1, kernel_size=(3, 3), strides=(1, 1), padding="valid", activation="tanh", return_sequences=True
    )(raw)


def expected_names() -> List[str]:
    cell = current()
    if cell.generation >= 3:
        return [
            "RAW/conv2d/kernel:0",
            "RAW/conv2d/bias:0",
            "NEW/time_distributed/conv2d_1/kernel:0",
            "NEW/time_distributed/conv2d_1/bias:0",
            "NEW1/conv2d/conv2d_2/kernel:0",
            "NEW1/conv2d/conv2d_2/bias:0",
            "conv_lstm2d/conv_lstm_cell/kernel:0",
            "conv_lstm2d/conv_lstm_cell/recurrent_kernel:0",
            "conv_lstm2d/conv_lstm_cell/bias:0",
        ]
    lstm = "conv_lst_m2d" if Version(cell.tensorflow) < Version("2.5") else "conv_lstm2d"
    return [
        "RAW/conv2d/kernel:0",
        "RAW/conv2d/bias:0",
        "NEW/time_distributed/kernel:0",
        "NEW/time_distributed/bias:0",
        "NEW1/conv2d/kernel:0",
        "NEW1/conv2d/bias:0",
        f"{lstm}/kernel:0",
        f"{lstm}/recurrent_kernel:0",
        f"{lstm}/bias:0",
    ]


@pytest.fixture
def graph() -> Any:
    with tensorflow().Graph().as_default() as made, fresh_names():
        yield made


@pytest.mark.filterwarnings("ignore:Do not pass an `input_shape`")
def test_prints_the_variables_of_the_post(graph: Any) -> None:
    seed_program()
    made = [describe(variable) for variable in tensorflow().compat.v1.global_variables()]
    assert [variable.name for variable in made if variable.kind == "weight"] == expected_names()
    # Keras 3 alone adds a variable, the state of ConvLSTM2D's generator; its name changes from release to release.
    others = [variable.kind for variable in made if variable.kind != "weight"]
    assert others == (["rng"] if current().generation >= 3 else [])


@pytest.mark.filterwarnings("ignore:Do not pass an `input_shape`")
def test_runs_to_a_video_of_one_channel(graph: Any) -> None:
    v1 = tensorflow().compat.v1
    outputs = seed_program()
    with v1.Session(graph=graph) as session:
        session.run(v1.global_variables_initializer())
        assert session.run(outputs).shape == (2, 3, 4, 4, 1)
