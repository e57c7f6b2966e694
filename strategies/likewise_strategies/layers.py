"""Settings of layers, valid from TensorFlow 1.15 to Keras 3."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Sequence

from hypothesis import strategies as st
from hypothesis.errors import InvalidArgument

from likewise_strategies import _check
from likewise_strategies._kept import sampled_from
from likewise_strategies._window import (
    DATA_FORMATS,
    DILATION,
    PADDINGS,
    STRIDES,
    Window,
    check_rank,
    fill,
    output_size,
    windows,
)

if TYPE_CHECKING:
    from hypothesis.strategies import DrawFn, SearchStrategy

#: The activations that every Keras from TensorFlow 1.15 on knows by these names, the plainest first.
ACTIVATIONS = ("linear", "relu", "tanh", "sigmoid", "elu", "selu", "softplus", "softsign")

#: What gates a recurrent layer: bounded, and known to every Keras.
RECURRENT_ACTIVATIONS = ("sigmoid", "hard_sigmoid", "tanh")

_BOTH = (False, True)

_FILTERS = 4


@dataclass(frozen=True)
class ConvConfig:
    """The settings of a Keras convolution, as `kwargs()` hands them over.

    * `rank` is the number of spatial axes: 1, 2 or 3;
    * `kernel_size`, `strides` and `dilation_rate` are tuples of `rank` ints of at least 1; () stands for ones in the
      last two.

    Raises InvalidArgument where they are not.
    """

    rank: int
    filters: int
    kernel_size: tuple[int, ...]
    strides: tuple[int, ...] = ()
    padding: str = "valid"
    dilation_rate: tuple[int, ...] = ()
    groups: int = 1
    activation: str = "linear"
    use_bias: bool = True
    data_format: str = "channels_last"

    def __post_init__(self) -> None:
        fill(self)

    def kwargs(self) -> dict[str, Any]:
        """Return the keyword arguments for `Conv1D`, `Conv2D` or `Conv3D`.

        `groups` is among them only where it is not 1, because it came with TensorFlow 2.3.
        """
        kwargs = {name: value for name, value in vars(self).items() if name != "rank"}
        if self.groups == 1:
            del kwargs["groups"]
        return kwargs

    def output_size(self, size: Sequence[int]) -> tuple[int, ...]:
        """Return the spatial size of the output for an input of spatial size `size`, both `rank` ints."""
        return output_size(self, size, self.kernel_size, self.dilation_rate)


@dataclass(frozen=True)
class ConvLSTMConfig:
    """The settings of a Keras convolutional LSTM, as `kwargs()` hands them over.

    * `rank` is the number of spatial axes: 1, 2 or 3;
    * `kernel_size`, `strides` and `dilation_rate` are tuples of `rank` ints of at least 1; () stands for ones in the
      last two.

    Raises InvalidArgument where they are not.
    """

    rank: int
    filters: int
    kernel_size: tuple[int, ...]
    strides: tuple[int, ...] = ()
    padding: str = "valid"
    dilation_rate: tuple[int, ...] = ()
    activation: str = "tanh"
    recurrent_activation: str = "sigmoid"
    use_bias: bool = True
    unit_forget_bias: bool = True
    return_sequences: bool = False
    return_state: bool = False
    go_backwards: bool = False
    dropout: float = 0.0
    recurrent_dropout: float = 0.0
    data_format: str = "channels_last"

    def __post_init__(self) -> None:
        fill(self)

    def kwargs(self) -> dict[str, Any]:
        """Return the keyword arguments for `ConvLSTM1D`, `ConvLSTM2D` or `ConvLSTM3D`."""
        return {name: value for name, value in vars(self).items() if name != "rank"}

    def output_size(self, size: Sequence[int]) -> tuple[int, ...]:
        """Return the spatial size of the output for an input of spatial size `size`, both `rank` ints."""
        return output_size(self, size, self.kernel_size, self.dilation_rate)


def conv_configs(
    rank: int,
    *,
    size: Sequence[int] | None = None,
    channels: int | None = None,
    min_filters: int = 1,
    max_filters: int | None = None,
    min_kernel: int = 1,
    max_kernel: int | None = None,
    max_strides: int = STRIDES,
    max_dilation: int = DILATION,
    max_groups: int = 1,
    paddings: Sequence[str] = PADDINGS,
    activations: Sequence[str] = ACTIVATIONS,
    use_bias: Sequence[bool] = _BOTH,
    data_formats: Sequence[str] = ("channels_last",),
) -> SearchStrategy[ConvConfig]:
    """Return a strategy for settings of convolutions, such that Keras accepts each.

    * `rank` is the number of spatial axes: 1, 2 or 3.
    * `size` is the spatial size of the input, `rank` ints. Kernels then fit: no output is empty, and kernels as large
      as the image come up often. Without it, a "valid" convolution may find its image too small.
    * `channels` is the number of channels of the input, which `groups` has to divide.
    * `min_filters` and `max_filters` bound the filters, 4 at most by default.
    * `min_kernel` and `max_kernel` bound the kernel along each axis, 5 at most by default.
    * `max_strides` and `max_dilation` bound strides and dilation rate along each axis. Where one of them is above 1,
      the other is 1: Keras refuses both at once.
    * `max_groups` bounds the groups; more than 1 needs `channels`, and TensorFlow 2.3 (on a CPU, often more than that).
    * `paddings`, `activations`, `use_bias` and `data_formats` are what is drawn from, the plainest first. Where not
      even the smallest kernel fits `size`, "valid" is left out. "causal" is for rank 1. "channels_first" comes only
      where it is asked for: TensorFlow's kernels for the CPU refuse it.

    A `max_*` left out is its default, or the `min_*` where that is more. Raises InvalidArgument for arguments out of
    range, bounds that exclude everything, and kernels that cannot fit.
    """
    check_rank(rank)
    window = Window(
        rank,
        size=size,
        paddings=_check.choices("paddings", paddings, (*PADDINGS, "causal") if rank == 1 else PADDINGS),
        min_kernel=min_kernel,
        max_kernel=max_kernel,
        max_strides=max_strides,
        max_dilation=max_dilation,
    )
    filters = _check.span("filters", min_filters, max_filters, _FILTERS)
    if channels is not None:
        _check.at_least("channels", channels, 1)
    if _check.at_least("max_groups", max_groups, 1) > 1 and channels is None:
        raise InvalidArgument(
            f"max_groups={max_groups!r}: groups have to divide the channels of the input; give channels= too"
        )
    return _conv_configs(
        window,
        groupings=_groupings(filters, channels, max_groups),
        activations=_check.choices("activations", activations, ACTIVATIONS),
        use_bias=_check.choices("use_bias", use_bias, _BOTH),
        data_formats=_check.choices("data_formats", data_formats, DATA_FORMATS),
    )


def conv_lstm_configs(
    rank: int,
    *,
    size: Sequence[int] | None = None,
    min_filters: int = 1,
    max_filters: int | None = None,
    min_kernel: int = 1,
    max_kernel: int | None = None,
    max_strides: int = STRIDES,
    max_dilation: int = DILATION,
    paddings: Sequence[str] = PADDINGS,
    activations: Sequence[str] = ACTIVATIONS,
    recurrent_activations: Sequence[str] = RECURRENT_ACTIVATIONS,
    use_bias: Sequence[bool] = _BOTH,
    unit_forget_bias: Sequence[bool] = _BOTH,
    return_sequences: Sequence[bool] = _BOTH,
    return_state: Sequence[bool] = _BOTH,
    go_backwards: Sequence[bool] = _BOTH,
    max_dropout: float = 0.0,
    max_recurrent_dropout: float = 0.0,
    data_formats: Sequence[str] = ("channels_last",),
) -> SearchStrategy[ConvLSTMConfig]:
    """Return a strategy for settings of convolutional LSTMs, such that Keras accepts each.

    * `rank` is the number of spatial axes: 1, 2 or 3 (TensorFlow has ranks 1 and 3 from 2.6 on).
    * `size` is the spatial size of the input, `rank` ints. Kernels then fit: no output is empty, and kernels as large
      as the image come up often. Without it, a "valid" convolution may find its image too small.
    * `min_filters` and `max_filters` bound the filters, 4 at most by default.
    * `min_kernel` and `max_kernel` bound the kernel along each axis, 5 at most by default.
    * `max_strides` and `max_dilation` bound strides and dilation rate along each axis. Where one of them is above 1,
      the other is 1: Keras refuses both at once.
    * `max_dropout` and `max_recurrent_dropout` bound the dropouts, which are off by default; less than 1.
    * the others, in the plural or named as the setting, are what is drawn from, the plainest first. Where not even the
      smallest kernel fits `size`, the padding "valid" is left out. "channels_first" comes only where it is asked for:
      TensorFlow's kernels for the CPU refuse it.

    A `max_*` left out is its default, or the `min_*` where that is more. Raises InvalidArgument for arguments out of
    range, bounds that exclude everything, and kernels that cannot fit.
    """
    check_rank(rank)
    window = Window(
        rank,
        size=size,
        paddings=_check.choices("paddings", paddings, PADDINGS),
        min_kernel=min_kernel,
        max_kernel=max_kernel,
        max_strides=max_strides,
        max_dilation=max_dilation,
    )
    filters = _check.span("filters", min_filters, max_filters, _FILTERS)
    switches = {
        "use_bias": use_bias,
        "unit_forget_bias": unit_forget_bias,
        "return_sequences": return_sequences,
        "return_state": return_state,
        "go_backwards": go_backwards,
    }
    return _conv_lstm_configs(
        window,
        filters=filters,
        activations=_check.choices("activations", activations, ACTIVATIONS),
        recurrent_activations=_check.choices("recurrent_activations", recurrent_activations, RECURRENT_ACTIVATIONS),
        switches={
            **{name: _check.choices(name, values, _BOTH) for name, values in switches.items()},
            "dropout": _check.rates("max_dropout", max_dropout),
            "recurrent_dropout": _check.rates("max_recurrent_dropout", max_recurrent_dropout),
        },
        data_formats=_check.choices("data_formats", data_formats, DATA_FORMATS),
    )


@st.composite
def _conv_configs(
    draw: DrawFn,
    window: Window,
    *,
    groupings: Sequence[tuple[int, Sequence[int]]],
    activations: Sequence[str],
    use_bias: Sequence[bool],
    data_formats: Sequence[str],
) -> ConvConfig:
    groups, filters = draw(sampled_from(groupings))
    return ConvConfig(
        rank=window.rank,
        filters=draw(sampled_from(filters)),
        groups=groups,
        activation=draw(sampled_from(activations)),
        use_bias=draw(sampled_from(use_bias)),
        data_format=draw(sampled_from(data_formats)),
        **draw(windows(window)),
    )


@st.composite
def _conv_lstm_configs(
    draw: DrawFn,
    window: Window,
    *,
    filters: tuple[int, int],
    activations: Sequence[str],
    recurrent_activations: Sequence[str],
    switches: dict[str, Sequence[Any]],
    data_formats: Sequence[str],
) -> ConvLSTMConfig:
    return ConvLSTMConfig(
        rank=window.rank,
        filters=draw(st.integers(*filters)),
        activation=draw(sampled_from(activations)),
        recurrent_activation=draw(sampled_from(recurrent_activations)),
        data_format=draw(sampled_from(data_formats)),
        **{name: draw(sampled_from(values)) for name, values in switches.items()},
        **draw(windows(window)),
    )


def _groupings(filters: tuple[int, int], channels: int | None, max_groups: int) -> Sequence[tuple[int, Sequence[int]]]:
    """Return each possible number of groups with the numbers of filters that it divides."""
    found = []
    for groups in range(1, max_groups + 1):
        divided = [number for number in range(filters[0], filters[1] + 1) if number % groups == 0]
        if divided and (groups == 1 or (channels or 1) % groups == 0):
            found.append((groups, tuple(divided)))
    return found
