"""Laws of convolutions: by hand, causal by padding, separable in two layers."""

from __future__ import annotations

from itertools import product
from typing import Any, Callable, List, Sequence, Tuple

from likewise.cell import keras, tensorflow
from likewise.law import Law
from likewise.laws.by_hand import activation, weight
from likewise_strategies import (
    ConvConfig,
    ConvImage,
    ConvSequence,
    SeparableConvConfig,
    conv_images,
    conv_sequences,
    image_shapes,
    separable_conv_configs,
)

__all__ = [
    "LAWS",
    "by_hand",
    "causal_by_padding",
    "causal_layer",
    "convolved",
    "layer",
    "padding",
    "separable_by_layers",
    "separable_layer",
]


def padding(config: ConvConfig, size: Sequence[int]) -> List[Tuple[int, int]]:
    """How many zeros "same" puts before and after each spatial axis; the odd one comes after."""
    if config.padding == "valid":
        return [(0, 0)] * config.rank
    pads = []
    sides = zip(size, config.output_size(size), config.kernel_size, config.strides, config.dilation_rate)
    for side, count, kernel, stride, rate in sides:
        total = max((count - 1) * stride + (kernel - 1) * rate + 1 - side, 0)
        pads.append((total // 2, total - total // 2))
    return pads


def convolved(image: Any, kernel: Any, config: ConvConfig, size: Sequence[int]) -> Any:
    """The sum over the kernel's places: the image, shifted and strided, times a matrix (c, filters)."""
    tf = tensorflow()
    padded = tf.pad(image, [(0, 0), *padding(config, size), (0, 0)])
    terms = []
    for place in product(*map(range, config.kernel_size)):
        cut = [slice(None)]
        for at, rate, stride, count in zip(place, config.dilation_rate, config.strides, config.output_size(size)):
            cut.append(slice(at * rate, at * rate + (count - 1) * stride + 1, stride))
        terms.append(tf.tensordot(padded[tuple(cut)], kernel[place], axes=1))
    return tf.add_n(terms)


def by_hand(case: ConvImage) -> Callable[[Any], Any]:
    """Padding, a sum of shifted images times matrices, a bias and an activation."""
    config, (_, h, w, c) = case.conv, case.image.shape
    assert isinstance(config, ConvConfig)
    conv = config  # as mypy knows it in the closure
    activate = activation(conv.activation)
    kernel = weight("kernel", *conv.kernel_size, c, conv.filters)
    bias = weight("bias", conv.filters) if conv.use_bias else None

    def call(image: Any) -> Any:
        outputs = convolved(image, kernel, conv, (h, w))
        return activate(outputs if bias is None else outputs + bias)

    return call


def layer(case: ConvImage) -> Callable[[Any], Any]:
    """Conv2D."""
    return keras().layers.Conv2D(**case.conv.kwargs())  # type: ignore[no-any-return]


def causal_by_padding(case: ConvSequence) -> Callable[[Any], Any]:
    """As many zeros in front as the dilated kernel looks back, and a Conv1D that pads nothing."""
    tf, config = tensorflow(), case.conv
    conv = keras().layers.Conv1D(**{**config.kwargs(), "padding": "valid"})
    before = (config.kernel_size[0] - 1) * config.dilation_rate[0]
    return lambda sequence: conv(tf.pad(sequence, [(0, 0), (before, 0), (0, 0)]))


def causal_layer(case: ConvSequence) -> Callable[[Any], Any]:
    """Conv1D whose padding is "causal"."""
    return keras().layers.Conv1D(**case.conv.kwargs())  # type: ignore[no-any-return]


def separable_by_layers(case: ConvImage) -> Callable[[Any], Any]:
    """DepthwiseConv2D without bias and activation, then Conv2D with a kernel of one pixel."""
    layers, config = keras().layers, case.conv
    assert isinstance(config, SeparableConvConfig)
    depthwise = layers.DepthwiseConv2D(
        config.kernel_size,
        strides=config.strides,
        padding=config.padding,
        depth_multiplier=config.depth_multiplier,
        dilation_rate=config.dilation_rate,
        use_bias=False,
    )
    pointwise = layers.Conv2D(config.filters, 1, activation=config.activation, use_bias=config.use_bias)
    return lambda image: pointwise(depthwise(image))


def separable_layer(case: ConvImage) -> Callable[[Any], Any]:
    """SeparableConv2D."""
    return keras().layers.SeparableConv2D(**case.conv.kwargs())  # type: ignore[no-any-return]


LAWS = (
    Law(
        "conv2d-by-hand",
        "Conv2D is a sum over the kernel's places of the padded image, shifted and strided, times a matrix",
        source="Keras's documentation of Conv2D, TensorFlow's notes on padding",
        cases=conv_images(shapes=image_shapes(max_side=7)),
        reference=by_hand,
        candidate=layer,
    ),
    Law(
        "causal-conv1d-by-padding",
        'Conv1D with padding "causal" is zeros in front of the sequence and padding "valid"',
        source="van den Oord et al., 2016",
        cases=conv_sequences(),
        reference=causal_by_padding,
        candidate=causal_layer,
    ),
    Law(
        "separable-conv2d-by-layers",
        "SeparableConv2D is DepthwiseConv2D, then Conv2D with a kernel of one pixel",
        source="Keras's documentation of SeparableConv2D",
        cases=conv_images(conv=separable_conv_configs),
        reference=separable_by_layers,
        candidate=separable_layer,
    ),
)
