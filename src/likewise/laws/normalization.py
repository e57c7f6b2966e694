"""Laws of normalization layers, by hand."""

from __future__ import annotations

from functools import partial
from typing import Any, Callable

from likewise.cell import keras, tensorflow
from likewise.law import Law
from likewise.laws.by_hand import weight
from likewise_strategies import NormalizedTensor, layer_normalization_configs, normalized_tensors

__all__ = ["LAWS", "batch_by_hand", "batch_layer", "layer_by_hand", "layer_layer"]


def batch_by_hand(case: NormalizedTensor) -> Callable[[Any], Any]:
    """The distance from the moving mean by the square root of the moving variance and epsilon; gamma and beta."""
    tf, config, channels = tensorflow(), case.normalization, case.tensor.shape[-1]
    gamma = weight("gamma", channels) if config.scale else None
    beta = weight("beta", channels) if config.center else None
    mean = weight("moving_mean", channels, trainable=False)
    variance = weight("moving_variance", channels, trainable=False)

    def call(tensor: Any) -> Any:
        outputs = (tensor - mean) / tf.sqrt(variance + config.epsilon)
        outputs = outputs if gamma is None else outputs * gamma
        return outputs if beta is None else outputs + beta

    return call


def batch_layer(case: NormalizedTensor) -> Callable[[Any], Any]:
    """BatchNormalization, which is called for inference."""
    return keras().layers.BatchNormalization(**case.normalization.kwargs())  # type: ignore[no-any-return]


def layer_by_hand(case: NormalizedTensor) -> Callable[[Any], Any]:
    """The distance from the mean of the last axis by the square root of its variance and epsilon; gamma and beta."""
    tf, config, channels = tensorflow(), case.normalization, case.tensor.shape[-1]
    gamma = weight("gamma", channels) if config.scale else None
    beta = weight("beta", channels) if config.center else None

    def call(tensor: Any) -> Any:
        apart = tensor - tf.reduce_mean(tensor, axis=-1, keepdims=True)
        variance = tf.reduce_mean(tf.square(apart), axis=-1, keepdims=True)
        outputs = apart / tf.sqrt(variance + config.epsilon)
        outputs = outputs if gamma is None else outputs * gamma
        return outputs if beta is None else outputs + beta

    return call


def layer_layer(case: NormalizedTensor) -> Callable[[Any], Any]:
    """LayerNormalization."""
    return keras().layers.LayerNormalization(**case.normalization.kwargs())  # type: ignore[no-any-return]


LAWS = (
    Law(
        "batch-normalization-by-hand",
        "BatchNormalization is, at inference, (x - mean) / sqrt(variance + epsilon) * gamma + beta",
        source="Ioffe and Szegedy, 2015",
        cases=normalized_tensors(),
        reference=batch_by_hand,
        candidate=batch_layer,
    ),
    Law(
        "layer-normalization-by-hand",
        "LayerNormalization is the same with the mean and the population variance of each last axis",
        source="Ba, Kiros and Hinton, 2016",
        cases=normalized_tensors(normalization=partial(layer_normalization_configs)),
        reference=layer_by_hand,
        candidate=layer_layer,
    ),
)
