"""Activations written out: mistakes that show at a few values, or along another axis."""

from __future__ import annotations

from typing import Any, Callable

from likewise.cell import tensorflow
from likewise.laws.activations import Activated, gelu_by_hand
from likewise_mutants.mutant import Condition, planted


@planted("approximate-gelu-by-hand", "outputs")
def exact_gelu(case: Activated) -> Callable[[Any], Any]:
    """A tiny difference: 5e-4 at most."""
    return gelu_by_hand(case)


@planted("approximate-gelu-by-hand", "outputs")
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
