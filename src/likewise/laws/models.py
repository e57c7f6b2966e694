"""Laws of the ways to put layers together: Sequential, functional, subclassed."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import Any, Callable, Dict

from hypothesis import strategies as st

from likewise.cell import keras
from likewise.law import Law
from likewise_strategies import (
    BatchNormalizationConfig,
    ConvConfig,
    DenseConfig,
    LayerNormalizationConfig,
    LSTMConfig,
    PoolingConfig,
    Tensor,
    batch_normalization_configs,
    conv_images,
    data,
    dense_configs,
    layer_normalization_configs,
    lstm_configs,
    pooling_configs,
    recurrent_sequences,
)

__all__ = [
    "LAWS",
    "ImageNetwork",
    "SequenceNetwork",
    "functional_images",
    "functional_sequences",
    "image_layers",
    "sequence_layers",
    "sequential_images",
    "subclassed_sequences",
]


@dataclass(frozen=True)
class ImageNetwork:
    """An image and a network of layers that fit it and each other: what classifies images is built like this."""

    image: Tensor
    conv: ConvConfig
    normalization: BatchNormalizationConfig
    pooling: PoolingConfig
    dense: DenseConfig
    seed: int = data(default=0)

    @property
    def inputs(self) -> Tensor:
        """What an implementation is fed with: the image."""
        return self.image


@dataclass(frozen=True)
class SequenceNetwork:
    """A sequence and a network of layers that fit it and each other."""

    sequence: Tensor
    dense: DenseConfig
    recurrent: LSTMConfig
    normalization: LayerNormalizationConfig
    head: DenseConfig
    seed: int = data(default=0)

    @property
    def inputs(self) -> Tensor:
        """What an implementation is fed with: the sequence."""
        return self.sequence


#: Without those at which batch normalization breaks in Keras 2: it has a law of its own.
_EPSILONS = (1e-3, 0.1)


@st.composite
def image_networks(draw: Any) -> ImageNetwork:
    """Return a strategy for ImageNetwork."""
    case = draw(conv_images())
    size = case.conv.output_size(case.image.shape[1:3])
    return ImageNetwork(
        case.image,
        case.conv,
        draw(batch_normalization_configs(epsilons=_EPSILONS)),
        draw(pooling_configs(2, size=size)),
        draw(dense_configs()),
        case.seed,
    )


@st.composite
def sequence_networks(draw: Any) -> SequenceNetwork:
    """Return a strategy for SequenceNetwork."""
    # Of a single unit the normalization leaves nothing: what is computed before it would be unseen.
    lstm = partial(lstm_configs, min_units=2, return_state=(False,))
    case = draw(recurrent_sequences(recurrent=lstm))
    return SequenceNetwork(
        case.sequence,
        draw(dense_configs()),
        case.recurrent,
        draw(layer_normalization_configs(epsilons=_EPSILONS)),
        draw(dense_configs()),
        case.seed,
    )


def image_layers(case: ImageNetwork) -> Dict[str, Any]:
    """The layers by what they are in the case, in the order in which they are applied."""
    layers = keras().layers
    return {
        "conv": layers.Conv2D(**case.conv.kwargs()),
        "normalization": layers.BatchNormalization(**case.normalization.kwargs()),
        "pooling": layers.MaxPooling2D(**case.pooling.kwargs()),
        "flat": layers.GlobalAveragePooling2D(),
        "dense": layers.Dense(**case.dense.kwargs()),
    }


def sequence_layers(case: SequenceNetwork) -> Dict[str, Any]:
    """The layers by what they are in the case, in the order in which they are applied."""
    layers = keras().layers
    return {
        "dense": layers.Dense(**case.dense.kwargs()),
        "recurrent": layers.LSTM(**case.recurrent.kwargs()),
        "normalization": layers.LayerNormalization(**case.normalization.kwargs()),
        "head": layers.Dense(**case.head.kwargs()),
    }


def _functional(layers: Dict[str, Any], *shape: Any) -> Any:
    inputs = keras().Input(shape)
    outputs = inputs
    for layer in layers.values():
        outputs = layer(outputs)
    return keras().Model(inputs, outputs)


def sequential_images(case: ImageNetwork) -> Callable[[Any], Any]:
    """A Sequential model."""
    return keras().Sequential(list(image_layers(case).values()))  # type: ignore[no-any-return]


def functional_images(case: ImageNetwork) -> Callable[[Any], Any]:
    """A functional model, whose input leaves height and width open."""
    return _functional(image_layers(case), None, None, case.image.shape[3])  # type: ignore[no-any-return]


def functional_sequences(case: SequenceNetwork) -> Callable[[Any], Any]:
    """A functional model, whose input leaves the number of steps open."""
    return _functional(sequence_layers(case), None, case.sequence.shape[2])  # type: ignore[no-any-return]


def subclassed_sequences(case: SequenceNetwork) -> Callable[[Any], Any]:
    """A model of a class of its own, which calls its layers one after the other."""

    class Network(keras().Model):  # type: ignore[misc]
        def __init__(self) -> None:
            super().__init__()
            self.parts = list(sequence_layers(case).values())

        def call(self, inputs: Any) -> Any:
            for part in self.parts:
                inputs = part(inputs)
            return inputs

    return Network()


LAWS = (
    Law(
        "functional-is-sequential",
        "a functional model of a chain of layers is the Sequential model of them",
        source="Keras's guide to the Sequential model",
        cases=image_networks(),
        reference=sequential_images,
        candidate=functional_images,
    ),
    Law(
        "subclassed-is-functional",
        "a Model whose call goes through a chain of layers is the functional model of them",
        source="Keras's guide to subclassing",
        cases=sequence_networks(),
        reference=functional_sequences,
        candidate=subclassed_sequences,
    ),
)
