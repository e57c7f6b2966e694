"""Convolutions by hand, causal and separable ones: mistakes at kernels, padding, strides and channels."""

from __future__ import annotations

from typing import Any, Callable, Sequence, Tuple

from likewise.cell import keras, tensorflow
from likewise.laws.by_hand import activation, weight
from likewise.laws.convolution import convolved, layer, padding
from likewise_mutants.mutant import Condition, above_one, changed, equal, planted, switched_on, unlike
from likewise_strategies import ConvImage, ConvSequence

CONV, CAUSAL, SEPARABLE = "conv2d-by-hand", "causal-conv1d-by-padding", "separable-conv2d-by-layers"


@planted(CONV, "outputs", condition=above_one("conv.kernel_size"))
def kernel_flipped(case: ConvImage) -> Callable[[Any], Any]:
    """A convolution as mathematics has it."""
    config: Any = case.conv
    activate = activation(config.activation)
    kernel = weight("kernel", *config.kernel_size, case.image.shape[3], config.filters)
    bias = weight("bias", config.filters) if config.use_bias else None

    def call(image: Any) -> Any:
        flipped = tensorflow().reverse(tensorflow().convert_to_tensor(kernel), axis=[0, 1])
        outputs = convolved(image, flipped, config, case.image.shape[1:3])
        return activate(outputs if bias is None else outputs + bias)

    return call


def with_padding(case: ConvImage, pads: Sequence[Tuple[int, int]]) -> Callable[[Any], Any]:
    """Conv2D of an image that is padded by hand."""
    tf, conv = tensorflow(), layer(changed(case, "conv.padding", "valid"))
    return lambda image: conv(tf.pad(image, [(0, 0), *pads, (0, 0)]))


@planted(CONV, "outputs", condition=equal("conv.padding", "same"))
def odd_zero_in_front(case: ConvImage) -> Callable[[Any], Any]:
    config: Any = case.conv
    return with_padding(case, [(after, before) for before, after in padding(config, case.image.shape[1:3])])


@planted(CONV, "outputs", "shapes", condition=equal("conv.padding", "same"))
def padding_of_pytorch(case: ConvImage) -> Callable[[Any], Any]:
    """Half of the kernel on each side, whatever the strides."""
    spans = [(kernel - 1) * rate for kernel, rate in zip(case.conv.kernel_size, case.conv.dilation_rate)]
    same = case.conv.padding == "same"
    return with_padding(case, [(-(-span // 2), -(-span // 2)) if same else (0, 0) for span in spans])


@planted(
    CONV,
    "shapes",
    "outputs",
    layer="Conv2D",
    condition=Condition("conv.strides", "strides differ", lambda case: len(set(case.conv.strides)) > 1),
)
def first_stride_for_both(case: ConvImage) -> Callable[[Any], Any]:
    return layer(changed(case, "conv.strides", case.conv.strides[:1] * 2))


@planted(CONV, "shapes", "outputs", "refusal", layer="Conv2D")
def strides_for_dilation(case: ConvImage) -> Callable[[Any], Any]:
    strides, dilation = case.conv.strides, case.conv.dilation_rate
    return layer(changed(changed(case, "conv.strides", dilation), "conv.dilation_rate", strides))


@planted(CONV, "outputs", layer="Conv2D", condition=unlike("conv.activation", "relu"))
def always_relu(case: ConvImage) -> Callable[[Any], Any]:
    return layer(changed(case, "conv.activation", "relu"))


@planted(CONV, "outputs", condition=switched_on("conv.use_bias"))
def bias_twice(case: ConvImage) -> Callable[[Any], Any]:
    conv = keras().layers.Conv2D(**{**case.conv.kwargs(), "activation": "linear"})
    activate = activation(case.conv.activation)

    def call(image: Any) -> Any:
        outputs = conv(image)
        return activate(outputs + tensorflow().convert_to_tensor(conv.bias) if case.conv.use_bias else outputs)

    return call


def in_front(case: ConvSequence, before: int, after: int = 0) -> Callable[[Any], Any]:
    """Conv1D of a sequence with so many zeros in front of it and behind it."""
    tf = tensorflow()
    conv = keras().layers.Conv1D(**{**case.conv.kwargs(), "padding": "valid"})
    return lambda sequence: conv(tf.pad(sequence, [(0, 0), (before, after), (0, 0)]))


@planted(CAUSAL, "shapes", "refusal", condition=above_one("conv.dilation_rate"))
def dilation_not_padded(case: ConvSequence) -> Callable[[Any], Any]:
    return in_front(case, case.conv.kernel_size[0] - 1)


@planted(CAUSAL, "outputs", condition=above_one("conv.kernel_size"))
def zeros_behind(case: ConvSequence) -> Callable[[Any], Any]:
    return in_front(case, 0, (case.conv.kernel_size[0] - 1) * case.conv.dilation_rate[0])


@planted(CAUSAL, "outputs", layer="Conv1D", condition=above_one("conv.kernel_size"))
def same_for_causal(case: ConvSequence) -> Callable[[Any], Any]:
    return keras().layers.Conv1D(**{**case.conv.kwargs(), "padding": "same"})  # type: ignore[no-any-return]


@planted(CAUSAL, "outputs", "shapes")
def one_step_late(case: ConvSequence) -> Callable[[Any], Any]:
    """As if the step itself were not to be seen."""
    span = (case.conv.kernel_size[0] - 1) * case.conv.dilation_rate[0]
    conv = in_front(case, span + 1)
    return lambda sequence: conv(sequence[:, :-1])


def in_turn(case: ConvImage, depthwise: Any = (), pointwise: Any = ()) -> Callable[[Any], Any]:
    """DepthwiseConv2D and Conv2D with other settings than the law's."""
    layers, config = keras().layers, case.conv
    first = {
        "kernel_size": config.kernel_size,
        "strides": config.strides,
        "padding": config.padding,
        "depth_multiplier": config.kwargs()["depth_multiplier"],
        "dilation_rate": config.dilation_rate,
        "use_bias": False,
        **dict(depthwise),
    }
    second = {
        "filters": config.filters,
        "kernel_size": 1,
        "activation": config.activation,
        "use_bias": config.use_bias,
        **dict(pointwise),
    }
    one, other = layers.DepthwiseConv2D(**first), layers.Conv2D(**second)
    return lambda image: other(one(image))


@planted(SEPARABLE, "variables", layer="DepthwiseConv2D")
def bias_in_between(case: ConvImage) -> Callable[[Any], Any]:
    return in_turn(case, depthwise={"use_bias": True})


@planted(SEPARABLE, "outputs", layer="DepthwiseConv2D", condition=unlike("conv.activation", "linear"))
def activation_in_between(case: ConvImage) -> Callable[[Any], Any]:
    return in_turn(case, depthwise={"activation": case.conv.activation})


@planted(SEPARABLE, "shapes", layer="Conv2D", condition=above_one("conv.strides"))
def strides_twice(case: ConvImage) -> Callable[[Any], Any]:
    return in_turn(case, pointwise={"strides": case.conv.strides})


@planted(SEPARABLE, "variables", "outputs", "shapes", layer="Conv2D")
def full_convolution(case: ConvImage) -> Callable[[Any], Any]:
    kwargs = case.conv.kwargs()
    del kwargs["depth_multiplier"]
    return keras().layers.Conv2D(**kwargs)  # type: ignore[no-any-return]


@planted(
    SEPARABLE,
    "outputs",
    condition=Condition(
        "conv.depth_multiplier", "depth_multiplier > 1", lambda case: case.conv.kwargs()["depth_multiplier"] > 1
    ),
)
def channels_in_another_order(case: ConvImage) -> Callable[[Any], Any]:
    """The depthwise outputs are ordered by multiplier first, as where each multiplier is a convolution of its own."""
    tf, layers, config = tensorflow(), keras().layers, case.conv
    multiplier, channels = config.kwargs()["depth_multiplier"], case.image.shape[3]
    depthwise = layers.DepthwiseConv2D(
        config.kernel_size,
        strides=config.strides,
        padding=config.padding,
        depth_multiplier=multiplier,
        dilation_rate=config.dilation_rate,
        use_bias=False,
    )
    pointwise = layers.Conv2D(config.filters, 1, activation=config.activation, use_bias=config.use_bias)
    order = [channel * multiplier + place for place in range(multiplier) for channel in range(channels)]
    return lambda image: pointwise(tf.gather(depthwise(image), order, axis=3))
