"""Laws of activations, written out."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, Callable, Sequence

import numpy as np
from hypothesis import strategies as st

from likewise.cell import current, keras, matches, tensorflow
from likewise.claims.precision import precision
from likewise.claims.refusal import refusal
from likewise.law import Break, Law
from likewise_strategies import KINDS, Tensor, data, sequence_shapes, tensors, vector_shapes

__all__ = [
    "LAWS",
    "Activated",
    "approximate_gelu",
    "approximate_gelu_by_hand",
    "gelu",
    "gelu_by_hand",
    "softmax",
    "softmax_by_hand",
]


#: Huge entries come up more often than elsewhere: exponentials overflow there.
_KINDS = (*KINDS, "huge", "huge", "huge")


@dataclass(frozen=True)
class Activated:
    """A tensor to which an activation is applied."""

    tensor: Tensor
    seed: int = data(default=0)

    @property
    def inputs(self) -> Tensor:
        """What an implementation is fed with: the tensor."""
        return self.tensor


@st.composite
def activated(draw: Any, *, kinds: Sequence[str] = _KINDS) -> Activated:
    """Return a strategy for Activated."""
    shape = draw(st.one_of(vector_shapes(), sequence_shapes()))
    return Activated(draw(tensors(shape, kinds=kinds, axes="nc" if len(shape) == 2 else "ntc")))


def gelu_by_hand(_: Activated) -> Callable[[Any], Any]:
    """The tensor times the probability that a normal variable is less."""
    tf = tensorflow()
    # tf.nn.gelu rounds these constants to float32, even in float64, where it is right to 1e-7 alone.
    root, half_root = float(np.float32(math.sqrt(2.0))), float(np.float32(math.sqrt(0.5)))
    if matches("tensorflow>=2.19", current().to_json()):
        return lambda tensor: tensor * 0.5 * (1.0 + tf.math.erf(tensor * half_root))
    return lambda tensor: tensor * 0.5 * (1.0 + tf.math.erf(tensor / root))


def gelu(_: Activated) -> Callable[[Any], Any]:
    """Keras's gelu, which is the exact one by default."""
    return keras().activations.gelu  # type: ignore[no-any-return]


def approximate_gelu_by_hand(_: Activated) -> Callable[[Any], Any]:
    """The approximation by the hyperbolic tangent."""
    tf, factor = tensorflow(), math.sqrt(2.0 / math.pi)

    def call(tensor: Any) -> Any:
        # As Keras has it: rounded to float32 first, in float64, too.
        cubic = tf.cast(tf.constant(0.044715, "float32"), tensor.dtype)
        return 0.5 * tensor * (1.0 + tf.tanh(factor * (tensor + cubic * tensor * tensor * tensor)))

    return call


def approximate_gelu(_: Activated) -> Callable[[Any], Any]:
    """Keras's gelu with ``approximate=True``."""
    activate = keras().activations.gelu
    return lambda tensor: activate(tensor, approximate=True)


def softmax_by_hand(_: Activated) -> Callable[[Any], Any]:
    """Exponentials of the distance from the greatest entry, and their share."""
    tf = tensorflow()

    def call(tensor: Any) -> Any:
        exponentials = tf.exp(tensor - tf.reduce_max(tensor, axis=-1, keepdims=True))
        return exponentials / tf.reduce_sum(exponentials, axis=-1, keepdims=True)

    return call


def softmax(_: Activated) -> Callable[[Any], Any]:
    """Keras's softmax, over the last axis."""
    return keras().activations.softmax  # type: ignore[no-any-return]


NO_GELU = Break(refusal, because="Keras has no gelu yet", where="tensorflow<2.4")

CANCELS = Break(
    precision,
    because="1 + erf(x / sqrt(2)) cancels where x is well below zero, and TensorFlow takes erfc",
    where="tensorflow>=2.19",
    cases=activated(kinds=("log-uniform",)),
)

LAWS = (
    Law(
        "gelu-by-hand",
        "gelu is the tensor times the standard normal distribution function of it",
        source="Hendrycks and Gimpel, 2016",
        cases=activated(),
        reference=gelu_by_hand,
        candidate=gelu,
        breaks=(NO_GELU, CANCELS),
    ),
    Law(
        "approximate-gelu-by-hand",
        "gelu(approximate=True) is x / 2 * (1 + tanh(sqrt(2 / pi) * (x + 0.044715 x^3)))",
        source="Hendrycks and Gimpel, 2016",
        cases=activated(),
        reference=approximate_gelu_by_hand,
        candidate=approximate_gelu,
        breaks=(NO_GELU,),
    ),
    Law(
        "softmax-by-hand",
        "softmax is the exponentials' share of their sum over the last axis",
        source="Keras's documentation of softmax",
        cases=activated(),
        reference=softmax_by_hand,
        candidate=softmax,
    ),
)
