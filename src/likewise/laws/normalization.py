"""Laws of normalization layers, by hand."""

from __future__ import annotations

from functools import partial
from typing import Any, Callable

from likewise.cell import keras, tensorflow
from likewise.claims.outputs import outputs
from likewise.law import Break, Law
from likewise.laws.by_hand import weight
from likewise_strategies import (
    NormalizedTensor,
    batch_normalization_configs,
    image_shapes,
    layer_normalization_configs,
    normalized_tensors,
    vector_shapes,
)

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


def _clamped(case: NormalizedTensor) -> bool:
    """Whether the fused kernel normalizes, with an epsilon below its least one."""
    return len(case.tensor.shape) in (4, 5) and case.normalization.epsilon < 1.001e-5


CLAMPED = "the fused kernel takes an epsilon below 1.001e-5, which cuDNN asks for, as 1.001e-5, on the CPU, too"

#: Where the clamp is seen best.
_small_epsilons = normalized_tensors(
    shapes=image_shapes(max_side=3),
    normalization=partial(batch_normalization_configs, epsilons=(1e-6,), center=(False,)),
    kinds=("normal",),
)


def _overflows(case: NormalizedTensor) -> bool:
    """Whether each entry is its own mean, and may be infinite by its deviation."""
    large = case.tensor.kind in ("huge", "log-uniform")
    return large and case.tensor.shape[-1] == 1 and case.normalization.center


def _overflows_unfused(case: NormalizedTensor) -> bool:
    """Whether, on top, the fused kernel is not used."""
    return _overflows(case) and case.normalization.epsilon < 1.001e-5


OVERFLOWS = (
    "it computes x / deviation + (beta - mean / deviation), which is NaN in float32 where both quotients are infinite: "
    "the difference of x and its mean should be zero"
)

_huge = normalized_tensors(
    shapes=vector_shapes(max_channels=1),
    normalization=partial(layer_normalization_configs, epsilons=(1e-12,), center=(True,)),
    kinds=("huge",),
)

LAWS = (
    Law(
        "batch-normalization-by-hand",
        "BatchNormalization is, at inference, (x - mean) / sqrt(variance + epsilon) * gamma + beta",
        source="Ioffe and Szegedy, 2015",
        cases=normalized_tensors(),
        reference=batch_by_hand,
        candidate=batch_layer,
        breaks=(
            Break(
                outputs, CLAMPED, where="tensorflow<2.12 and behavior==compat1", when=_clamped, cases=_small_epsilons
            ),
            Break(outputs, CLAMPED, where="tensorflow<2.4 and behavior==v2", when=_clamped, cases=_small_epsilons),
        ),
    ),
    Law(
        "layer-normalization-by-hand",
        "LayerNormalization is the same with the mean and the population variance of each last axis",
        source="Ba, Kiros and Hinton, 2016",
        # Keras's default, and one that is so small that entries seldom hide it.
        cases=normalized_tensors(normalization=partial(layer_normalization_configs, epsilons=(1e-3, 1e-6))),
        reference=layer_by_hand,
        candidate=layer_layer,
        breaks=(
            Break(outputs, OVERFLOWS, where="keras>=3", when=_overflows, cases=_huge),
            Break(outputs, OVERFLOWS, where="tensorflow<2.1", when=_overflows, cases=_huge),
            Break(outputs, OVERFLOWS, where="tensorflow>=2.1 and keras<3", when=_overflows_unfused, cases=_huge),
        ),
    ),
)
