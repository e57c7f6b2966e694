"""Batch and layer normalization by hand: mistakes at epsilon, axes, statistics and parameters."""

from __future__ import annotations

from typing import Any, Callable, Optional, Sequence

from likewise.cell import keras, tensorflow
from likewise.laws.by_hand import weight
from likewise.laws.normalization import batch_layer, layer_layer
from likewise_mutants.mutant import Condition, changed, equal, planted, switched_on, unlike
from likewise_strategies import NormalizedTensor

BATCH, LAYER = "batch-normalization-by-hand", "layer-normalization-by-hand"

MORE_AXES = Condition("tensor.shape", "three axes or more", lambda case: len(case.tensor.shape) > 2)


@planted(BATCH, "outputs", layer="BatchNormalization", condition=unlike("normalization.epsilon", 1e-5))
def epsilon_of_pytorch(case: NormalizedTensor) -> Callable[[Any], Any]:
    return batch_layer(changed(case, "normalization.epsilon", 1e-5))


@planted(BATCH, "outputs", layer="BatchNormalization", condition=equal("normalization.epsilon", 1e-3))
def epsilon_of_1_0001e_3(case: NormalizedTensor) -> Callable[[Any], Any]:
    """A tiny difference: less than one ULP of most outputs."""
    epsilon = case.normalization.epsilon
    return batch_layer(changed(case, "normalization.epsilon", 1.0001e-3 if epsilon == 1e-3 else epsilon))


@planted(BATCH, "variables", layer="BatchNormalization", condition=switched_on("normalization.center"))
def center_lost(case: NormalizedTensor) -> Callable[[Any], Any]:
    return batch_layer(changed(case, "normalization.center", False))


@planted(BATCH, "variables", layer="BatchNormalization", condition=switched_on("normalization.scale"))
def scale_lost(case: NormalizedTensor) -> Callable[[Any], Any]:
    return batch_layer(changed(case, "normalization.scale", False))


@planted(BATCH, "outputs", layer="BatchNormalization")
def statistics_of_the_batch(case: NormalizedTensor) -> Callable[[Any], Any]:
    """The layer is called as in training."""
    layer = batch_layer(case)
    return lambda tensor: layer(tensor, training=True)  # type: ignore[call-arg]


@planted(BATCH, "variables", "outputs", "refusal", layer="BatchNormalization", condition=MORE_AXES)
def second_axis_for_features(case: NormalizedTensor) -> Callable[[Any], Any]:
    return batch_layer(changed(case, "normalization.axis", 1))


def batch_variant(case: NormalizedTensor, normalize: Callable[..., Any]) -> Callable[[Any], Any]:
    """Batch normalization by hand: ``normalize`` takes the tensor, mean, variance, gamma and beta (None for none)."""
    config, channels = case.normalization, case.tensor.shape[-1]
    gamma = weight("gamma", channels) if config.scale else None
    beta = weight("beta", channels) if config.center else None
    mean = weight("moving_mean", channels, trainable=False)
    variance = weight("moving_variance", channels, trainable=False)
    return lambda tensor: normalize(tensor, mean, variance, gamma, beta)


def scaled(tensor: Any, gamma: Any, beta: Any) -> Any:
    tensor = tensor if gamma is None else tensor * gamma
    return tensor if beta is None else tensor + beta


@planted(BATCH, "outputs")
def variance_for_deviation(case: NormalizedTensor) -> Callable[[Any], Any]:
    epsilon = case.normalization.epsilon
    return batch_variant(
        case, lambda x, mean, variance, gamma, beta: scaled((x - mean) / (variance + epsilon), gamma, beta)
    )


@planted(BATCH, "outputs")
def mean_not_taken_off(case: NormalizedTensor) -> Callable[[Any], Any]:
    tf, epsilon = tensorflow(), case.normalization.epsilon
    return batch_variant(
        case, lambda x, mean, variance, gamma, beta: scaled(x / tf.sqrt(variance + epsilon) + 0 * mean, gamma, beta)
    )


@planted(BATCH, "outputs", condition=switched_on("normalization.center"))
def gamma_times_beta(case: NormalizedTensor) -> Callable[[Any], Any]:
    """The product comes after the sum; where there is no gamma, the sum comes twice."""
    tf, epsilon = tensorflow(), case.normalization.epsilon

    def normalize(tensor: Any, mean: Any, variance: Any, gamma: Any, beta: Any) -> Any:
        normal = (tensor - mean) / tf.sqrt(variance + epsilon)
        if beta is None:
            return scaled(normal, gamma, beta)
        return normal + beta + beta if gamma is None else (normal + beta) * gamma

    return batch_variant(case, normalize)


@planted(LAYER, "outputs", layer="LayerNormalization", condition=equal("normalization.epsilon", 1e-6))
def epsilon_of_2e_6(case: NormalizedTensor) -> Callable[[Any], Any]:
    """A tiny difference, which only tensors of a small variance show."""
    epsilon = case.normalization.epsilon
    return layer_layer(changed(case, "normalization.epsilon", 2e-6 if epsilon == 1e-6 else epsilon))


@planted(LAYER, "variables", layer="LayerNormalization", condition=switched_on("normalization.scale"))
def layer_scale_lost(case: NormalizedTensor) -> Callable[[Any], Any]:
    return layer_layer(changed(case, "normalization.scale", False))


@planted(LAYER, "variables", layer="BatchNormalization")
def batch_for_layer(case: NormalizedTensor) -> Callable[[Any], Any]:
    kwargs = case.normalization.kwargs()
    return keras().layers.BatchNormalization(**kwargs)  # type: ignore[no-any-return]


def layer_variant(
    case: NormalizedTensor,
    *,
    axes: Sequence[int] = (-1,),
    less: int = 0,
    epsilon: Optional[float] = None,
    outside: bool = False,
    centered: bool = True,
) -> Callable[[Any], Any]:
    """Layer normalization by hand.

    - axes: those of mean and variance.
    - less: by how much the variance's divisor is less than the number of entries.
    - epsilon: instead of the case's.
    - outside: whether epsilon is added to the deviation, outside of the root.
    - centered: whether the mean is taken off.
    """
    tf, config, shape = tensorflow(), case.normalization, case.tensor.shape
    epsilon = config.epsilon if epsilon is None else epsilon
    gamma = weight("gamma", shape[-1]) if config.scale else None
    beta = weight("beta", shape[-1]) if config.center else None

    def call(tensor: Any) -> Any:
        mean = tf.reduce_mean(tensor, axis=list(axes), keepdims=True)
        apart = tensor - mean if centered else tensor
        variance = tf.reduce_mean(tf.square(apart), axis=list(axes), keepdims=True)
        if less:
            variance = variance * shape[-1] / (tf.cast(shape[-1] - less, tensor.dtype))
        deviation = tf.sqrt(variance) + epsilon if outside else tf.sqrt(variance + epsilon)
        return scaled(apart / deviation, gamma, beta)

    return call


@planted(LAYER, "outputs")
def epsilon_lost(case: NormalizedTensor) -> Callable[[Any], Any]:
    """NaN where all entries are the same."""
    return layer_variant(case, epsilon=0.0)


@planted(LAYER, "outputs")
def epsilon_outside_the_root(case: NormalizedTensor) -> Callable[[Any], Any]:
    return layer_variant(case, outside=True)


@planted(LAYER, "outputs")
def variance_of_a_sample(case: NormalizedTensor) -> Callable[[Any], Any]:
    """Divided by one less than the number of entries, as PyTorch's var does by default."""
    return layer_variant(case, less=1)


@planted(LAYER, "outputs")
def root_mean_square(case: NormalizedTensor) -> Callable[[Any], Any]:
    return layer_variant(case, centered=False)


@planted(LAYER, "outputs")
def over_the_batch(case: NormalizedTensor) -> Callable[[Any], Any]:
    return layer_variant(case, axes=(0,))


@planted(LAYER, "outputs", condition=MORE_AXES)
def over_all_axes(case: NormalizedTensor) -> Callable[[Any], Any]:
    return layer_variant(case, axes=range(1, len(case.tensor.shape)))
