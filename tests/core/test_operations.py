"""What kinds of operations are heard while a program runs eagerly."""

from __future__ import annotations

from typing import Any, Callable

import numpy as np
import pytest

from likewise.cell import tensorflow
from likewise.modes.operations import heard

X = np.linspace(-1, 1, 24).reshape(2, 4, 3)


pytestmark = pytest.mark.usefixtures("eager")


def slope_of(function: Callable[[Any], Any], x: Any) -> Any:
    tf = tensorflow()
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = function(x)
    return tape.gradient(y, x)


def counted(x: Any) -> Any:
    tf = tensorflow()
    return tf.while_loop(lambda step, _: step < 3, lambda step, y: [step + 1, y * 0.5], [0, x])[1]


def within_a_function(x: Any) -> Any:
    tf = tensorflow()
    return tf.function(lambda y: tf.tanh(y))(x)  # noqa: PLW0108  a function of Python's


def assigned(x: Any) -> Any:
    tf = tensorflow()
    return tf.Variable(x).assign_add(x)


@pytest.mark.parametrize(
    "program, continuous",
    [
        (lambda x: tensorflow().tanh(x * 2.0 + x), True),
        (lambda x: tensorflow().nn.relu(tensorflow().matmul(x, x, transpose_b=True)), True),
        (lambda x: tensorflow().nn.convolution(x, x[:, :3], padding="VALID"), True),
        (counted, True),
        (lambda x: tensorflow().round(x), False),
        (lambda x: tensorflow().argmax(x, axis=1), False),
        (lambda x: tensorflow().where(x > 0, x, 2.0 * x), False),
        (lambda x: tensorflow().cast(x, "int32"), False),
        (lambda x: slope_of(tensorflow().nn.relu, x), False),
        (lambda x: slope_of(tensorflow().tanh, x), True),
        (assigned, True),
        (lambda x: tensorflow().cast(x, "float32"), False),
        (within_a_function, False),
    ],
)
def test_what_is_heard(program: Callable[[Any], Any], continuous: bool) -> None:
    x = tensorflow().constant(X)
    with heard() as operations:
        program(x)
    assert operations.count > 0
    assert operations.continuous is continuous


def test_nothing_is_heard_of_what_runs_afterwards() -> None:
    with heard() as operations:
        pass
    tensorflow().round(tensorflow().constant(X))
    assert operations.count == 0
