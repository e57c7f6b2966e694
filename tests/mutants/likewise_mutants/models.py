"""Networks of several layers: mistakes at one of them, or in their order."""

from __future__ import annotations

from typing import Any, Callable

from likewise.cell import keras
from likewise.laws.models import (
    ImageNetwork,
    SequenceNetwork,
    functional_images,
    image_layers,
    subclassed_sequences,
)
from likewise_mutants.mutant import Condition, above_one, changed, equal, planted, switched_on, unlike

IMAGES, SEQUENCES = "functional-is-sequential", "subclassed-is-functional"


def in_order(case: ImageNetwork, *names: str, **others: Any) -> Callable[[Any], Any]:
    """The network's layers in this order, some of them replaced by others."""
    layers = {**image_layers(case), **others}
    chain = [layers[name] for name in names or ("conv", "normalization", "pooling", "flat", "dense")]

    def call(image: Any) -> Any:
        for layer in chain:
            image = layer(image)
        return image

    return call


@planted(IMAGES, "outputs", "shapes", layer="Conv2D", condition=above_one("conv.strides"))
def strides_lost(case: ImageNetwork) -> Callable[[Any], Any]:
    return in_order(case, conv=keras().layers.Conv2D(**changed(case, "conv.strides", (1, 1)).conv.kwargs()))


@planted(IMAGES, "variables", layer="Conv2D", condition=switched_on("conv.use_bias"))
def bias_of_the_convolution_lost(case: ImageNetwork) -> Callable[[Any], Any]:
    return functional_images(changed(case, "conv.use_bias", False))


@planted(IMAGES, "outputs", layer="BatchNormalization", condition=unlike("normalization.epsilon", 0.1))
def epsilon_of_a_tenth(case: ImageNetwork) -> Callable[[Any], Any]:
    return functional_images(changed(case, "normalization.epsilon", 0.1))


@planted(IMAGES, "outputs", layer="AveragePooling2D", condition=above_one("pooling.pool_size"))
def average_for_max(case: ImageNetwork) -> Callable[[Any], Any]:
    return in_order(case, pooling=keras().layers.AveragePooling2D(**case.pooling.kwargs()))


@planted(IMAGES, "outputs", layer="GlobalMaxPooling2D")
def greatest_for_mean(case: ImageNetwork) -> Callable[[Any], Any]:
    return in_order(case, flat=keras().layers.GlobalMaxPooling2D())


@planted(IMAGES, "outputs", layer="Dense", condition=unlike("dense.activation", "linear"))
def last_activation_lost(case: ImageNetwork) -> Callable[[Any], Any]:
    return functional_images(changed(case, "dense.activation", "linear"))


@planted(IMAGES, "outputs", layer="Dropout")
def dropout_at_inference(case: ImageNetwork) -> Callable[[Any], Any]:
    network, dropout = in_order(case), keras().layers.Dropout(0.5)
    return lambda image: network(dropout(image, training=True))


@planted(IMAGES, "variables")
def normalization_left_out(case: ImageNetwork) -> Callable[[Any], Any]:
    return in_order(case, "conv", "pooling", "flat", "dense")


@planted(IMAGES, "outputs", condition=switched_on("normalization.scale"))
def pooled_before_normalization(case: ImageNetwork) -> Callable[[Any], Any]:
    """The same where gamma is positive, and where a pool is one entry."""
    return in_order(case, "conv", "pooling", "normalization", "flat", "dense")


@planted(IMAGES, "outputs", condition=unlike("conv.activation", "linear"))
def activation_after_normalization(case: ImageNetwork) -> Callable[[Any], Any]:
    """As the paper of batch normalization has it."""
    linear = keras().layers.Conv2D(**changed(case, "conv.activation", "linear").conv.kwargs())
    activation = keras().layers.Activation(case.conv.activation)
    return in_order(
        case, "conv", "normalization", "activation", "pooling", "flat", "dense", conv=linear, activation=activation
    )


@planted(IMAGES, "outputs", "shapes", "refusal", layer="MaxPooling2D", condition=equal("pooling.padding", "same"))
def edges_cut_off(case: ImageNetwork) -> Callable[[Any], Any]:
    return in_order(
        case, pooling=keras().layers.MaxPooling2D(**changed(case, "pooling.padding", "valid").pooling.kwargs())
    )


SEVERAL_STEPS = Condition("sequence.shape", "t > 1", lambda case: case.sequence.shape[1] > 1)


@planted(SEQUENCES, "outputs", layer="LSTM", condition=SEVERAL_STEPS)
def direction_flipped(case: SequenceNetwork) -> Callable[[Any], Any]:
    return subclassed_sequences(changed(case, "recurrent.go_backwards", not case.recurrent.go_backwards))


@planted(SEQUENCES, "outputs", "shapes", "refusal", layer="LSTM", condition=switched_on("recurrent.return_sequences"))
def last_output_for_the_sequence(case: SequenceNetwork) -> Callable[[Any], Any]:
    return subclassed_sequences(changed(case, "recurrent.return_sequences", False))


@planted(SEQUENCES, "outputs", layer="Dense", condition=unlike("dense.activation", "relu"))
def relu_at_the_first(case: SequenceNetwork) -> Callable[[Any], Any]:
    return subclassed_sequences(changed(case, "dense.activation", "relu"))


@planted(SEQUENCES, "outputs", layer="LayerNormalization", condition=unlike("normalization.epsilon", 0.1))
def layer_epsilon_of_a_tenth(case: SequenceNetwork) -> Callable[[Any], Any]:
    return subclassed_sequences(changed(case, "normalization.epsilon", 0.1))


@planted(SEQUENCES, "variables", layer="Dense", condition=switched_on("head.use_bias"))
def last_bias_lost(case: SequenceNetwork) -> Callable[[Any], Any]:
    return subclassed_sequences(changed(case, "head.use_bias", False))
