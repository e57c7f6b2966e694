"""Dense by hand: mistakes at a product, a bias and an activation."""

from __future__ import annotations

from typing import Any, Callable

from likewise.cell import keras, tensorflow
from likewise.laws.by_hand import activation, weight
from likewise.laws.dense import layer
from likewise_mutants.mutant import Condition, changed, planted, switched_on, unlike
from likewise_strategies import DenseTensor

LAW = "dense-by-hand"


@planted(LAW, "variables", layer="Dense", condition=switched_on("dense.use_bias"))
def bias_lost(case: DenseTensor) -> Callable[[Any], Any]:
    return layer(changed(case, "dense.use_bias", False))


@planted(LAW, "outputs", layer="Dense", condition=unlike("dense.activation", "linear"))
def activation_lost(case: DenseTensor) -> Callable[[Any], Any]:
    return layer(changed(case, "dense.activation", "linear"))


@planted(LAW, "outputs", condition=switched_on("dense.use_bias"))
def bias_after_the_activation(case: DenseTensor) -> Callable[[Any], Any]:
    """Right where the activation is linear, and else one place too late; and twice where there is a bias."""
    tf, config = tensorflow(), case.dense
    activate = activation(config.activation)
    kernel = weight("kernel", case.tensor.shape[-1], config.units)
    bias = weight("bias", config.units) if config.use_bias else None

    def call(tensor: Any) -> Any:
        outputs = tf.tensordot(tensor, kernel, axes=1)
        return activate(outputs) if bias is None else activate(outputs + bias) + bias

    return call


@planted(LAW, "variables", "outputs")
def kernel_of_pytorch(case: DenseTensor) -> Callable[[Any], Any]:
    """The kernel is (units, channels), as PyTorch keeps it."""
    tf, config = tensorflow(), case.dense
    activate = activation(config.activation)
    kernel = weight("kernel", config.units, case.tensor.shape[-1])
    bias = weight("bias", config.units) if config.use_bias else None

    def call(tensor: Any) -> Any:
        outputs = tf.tensordot(tensor, tf.transpose(kernel), axes=1)
        return activate(outputs if bias is None else outputs + bias)

    return call


@planted(LAW, "outputs", "precision")
def through_float16(case: DenseTensor) -> Callable[[Any], Any]:
    tf, dense = tensorflow(), layer(case)
    return lambda tensor: tf.cast(tf.cast(dense(tensor), "float16"), tensor.dtype)


@planted(LAW, "outputs", layer="Dropout")
def dropout_at_inference(case: DenseTensor) -> Callable[[Any], Any]:
    dense, dropout = layer(case), keras().layers.Dropout(0.5)
    return lambda tensor: dropout(dense(tensor), training=True)


@planted(
    LAW,
    "variables",
    "shapes",
    layer="Flatten",
    condition=Condition("tensor.shape", "three axes", lambda case: len(case.tensor.shape) == 3),
)
def flattened_before(case: DenseTensor) -> Callable[[Any], Any]:
    """Steps and channels are made one axis, as Keras did by itself before its version 2."""
    dense, flatten = layer(case), keras().layers.Flatten()
    return lambda tensor: dense(flatten(tensor) if len(case.tensor.shape) == 3 else tensor)
