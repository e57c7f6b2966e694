"""Laws of ``Dense``."""

from __future__ import annotations

from typing import Any, Callable

from likewise.cell import keras, tensorflow
from likewise.law import Law
from likewise.laws.by_hand import activation, weight
from likewise_strategies import DenseTensor, dense_tensors

__all__ = ["LAWS", "by_hand", "layer"]


def by_hand(case: DenseTensor) -> Callable[[Any], Any]:
    """A product of the last axis with a matrix, a bias and an activation."""
    tf, config, channels = tensorflow(), case.dense, case.tensor.shape[-1]
    activate = activation(config.activation)
    kernel = weight("kernel", channels, config.units)
    bias = weight("bias", config.units) if config.use_bias else None

    def call(tensor: Any) -> Any:
        outputs = tf.tensordot(tensor, kernel, axes=1)
        return activate(outputs if bias is None else outputs + bias)

    return call


def layer(case: DenseTensor) -> Callable[[Any], Any]:
    """Dense."""
    return keras().layers.Dense(**case.dense.kwargs())  # type: ignore[no-any-return]


LAWS = (
    Law(
        "dense-by-hand",
        "Dense is the product of the last axis with its kernel, its bias, its activation",
        source="Keras's documentation of Dense",
        cases=dense_tensors(),
        reference=by_hand,
        candidate=layer,
    ),
)
