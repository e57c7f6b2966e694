"""Activations written out: mistakes that show at a few values, or along another axis."""

from __future__ import annotations

import math
from typing import Any, Callable

from likewise.cell import tensorflow
from likewise.laws.activations import Activated
from likewise_mutants.mutant import Condition, planted


@planted("gelu-by-hand", "outputs")
def gelu_by_tanh(_: Activated) -> Callable[[Any], Any]:
    """The approximation."""
    tf, factor = tensorflow(), math.sqrt(2.0 / math.pi)
    return lambda tensor: 0.5 * tensor * (1.0 + tf.tanh(factor * (tensor + 0.044715 * tensor**3)))


@planted("gelu-by-hand", "outputs")
def gelu_by_sigmoid(_: Activated) -> Callable[[Any], Any]:
    """The other approximation."""
    return lambda tensor: tensor * tensorflow().sigmoid(1.702 * tensor)


@planted("softmax-by-hand", "outputs")
def softmax_overflows(_: Activated) -> Callable[[Any], Any]:
    """The exponentials are taken as they are: infinite by infinite is NaN where entries are large."""
    tf = tensorflow()

    def call(tensor: Any) -> Any:
        exponentials = tf.exp(tensor)
        return exponentials / tf.reduce_sum(exponentials, axis=-1, keepdims=True)

    return call


@planted(
    "softmax-by-hand",
    "outputs",
    condition=Condition("tensor.shape", "three axes", lambda case: len(case.tensor.shape) == 3),
)
def softmax_over_the_second_axis(_: Activated) -> Callable[[Any], Any]:
    return lambda tensor: tensorflow().nn.softmax(tensor, axis=1)
