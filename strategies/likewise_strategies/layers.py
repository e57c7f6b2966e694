"""Settings of layers, valid from TensorFlow 1.15 to Keras 3."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Sequence

from hypothesis import strategies as st
from hypothesis.errors import InvalidArgument

from likewise_strategies import _check
from likewise_strategies._sizes import EQUAL, FREE, LARGEST, sizes

if TYPE_CHECKING:
    from hypothesis.strategies import DrawFn, SearchStrategy

#: The activations that every Keras from TensorFlow 1.15 on knows by these names, the plainest first.
ACTIVATIONS = ("linear", "relu", "tanh", "sigmoid", "elu", "selu", "softplus", "softsign")

#: What gates a recurrent layer: bounded, and known to every Keras.
RECURRENT_ACTIVATIONS = ("sigmoid", "hard_sigmoid", "tanh")

_PADDINGS = ("valid", "same")
_DATA_FORMATS = ("channels_last", "channels_first")
_BOTH = (False, True)

_FILTERS, _KERNEL, _STRIDES, _DILATION = 4, 5, 3, 3


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
        _fill(self)

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
        return _output_size(self, size)


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
        _fill(self)

    def kwargs(self) -> dict[str, Any]:
        """Return the keyword arguments for `ConvLSTM1D`, `ConvLSTM2D` or `ConvLSTM3D`."""
        return {name: value for name, value in vars(self).items() if name != "rank"}

    def output_size(self, size: Sequence[int]) -> tuple[int, ...]:
        """Return the spatial size of the output for an input of spatial size `size`, both `rank` ints."""
        return _output_size(self, size)


def conv_configs(
    rank: int,
    *,
    size: Sequence[int] | None = None,
    channels: int | None = None,
    min_filters: int = 1,
    max_filters: int | None = None,
    min_kernel: int = 1,
    max_kernel: int | None = None,
    max_strides: int = _STRIDES,
    max_dilation: int = _DILATION,
    max_groups: int = 1,
    paddings: Sequence[str] = _PADDINGS,
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
    _check_rank(rank)
    window = _Window(
        rank,
        size=size,
        paddings=_check.choices("paddings", paddings, (*_PADDINGS, "causal") if rank == 1 else _PADDINGS),
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
        data_formats=_check.choices("data_formats", data_formats, _DATA_FORMATS),
    )


def conv_lstm_configs(
    rank: int,
    *,
    size: Sequence[int] | None = None,
    min_filters: int = 1,
    max_filters: int | None = None,
    min_kernel: int = 1,
    max_kernel: int | None = None,
    max_strides: int = _STRIDES,
    max_dilation: int = _DILATION,
    paddings: Sequence[str] = _PADDINGS,
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
    _check_rank(rank)
    window = _Window(
        rank,
        size=size,
        paddings=_check.choices("paddings", paddings, _PADDINGS),
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
            "dropout": _rates("max_dropout", max_dropout),
            "recurrent_dropout": _rates("max_recurrent_dropout", max_recurrent_dropout),
        },
        data_formats=_check.choices("data_formats", data_formats, _DATA_FORMATS),
    )


class _Window:
    """How a kernel may lie on an image: what both kinds of layer draw alike."""

    def __init__(
        self,
        rank: int,
        *,
        size: Sequence[int] | None,
        paddings: Sequence[str],
        min_kernel: int,
        max_kernel: int | None,
        max_strides: int,
        max_dilation: int,
    ) -> None:
        self.rank = rank
        self.size = None if size is None else _check.sizes("size", size, 1, rank)
        self.kernel = _check.span("kernel", min_kernel, max_kernel, _KERNEL)
        self.max_strides = _check.at_least("max_strides", max_strides, 1)
        self.max_dilation = _check.at_least("max_dilation", max_dilation, 1)
        self.paddings = tuple(padding for padding in paddings if padding != "valid" or self._smallest_fits())
        if not self.paddings:
            raise InvalidArgument(
                f"size={size!r}: no kernel of min_kernel={min_kernel!r} fits with paddings={paddings!r}; "
                "lower min_kernel, or add 'same' to paddings"
            )
        self.spreads: list[str] = ["none"]
        self.spreads += ["strides"] if max_strides > 1 else []
        self.spreads += ["dilation"] if max_dilation > 1 else []

    def _smallest_fits(self) -> bool:
        return self.size is None or min(self.size) >= self.kernel[0]


@st.composite
def _windows(draw: DrawFn, window: _Window) -> dict[str, Any]:
    """Return a strategy for kernel_size, strides, padding and dilation_rate that go together."""
    low, high = window.kernel
    ones = (1,) * window.rank
    anything = (high,) * window.rank
    padding = draw(st.sampled_from(window.paddings))
    fitting = anything if window.size is None else tuple(min(high, side) for side in window.size)
    if padding == "valid":
        kernel = draw(sizes(low, fitting, (FREE, EQUAL, LARGEST)))
    else:
        kernel = draw(sizes(low, anything, (FREE, EQUAL)))
    strides = dilation = ones
    spread = draw(st.sampled_from(window.spreads))
    if spread == "strides":
        strides = draw(sizes(1, (window.max_strides,) * window.rank, (FREE, FREE, EQUAL)))
    elif spread == "dilation":
        highs = (window.max_dilation,) * window.rank
        if padding == "valid" and window.size is not None:
            highs = tuple(_widest(*axis) for axis in zip(window.size, kernel, highs))
        dilation = draw(sizes(1, highs, (FREE, FREE, EQUAL)))
    return {"kernel_size": kernel, "strides": strides, "padding": padding, "dilation_rate": dilation}


def _widest(side: int, kernel: int, dilation: int) -> int:
    """Return the largest rate up to `dilation` at which a kernel still fits a side."""
    return dilation if kernel == 1 else min(dilation, (side - 1) // (kernel - 1))


@st.composite
def _conv_configs(
    draw: DrawFn,
    window: _Window,
    *,
    groupings: Sequence[tuple[int, Sequence[int]]],
    activations: Sequence[str],
    use_bias: Sequence[bool],
    data_formats: Sequence[str],
) -> ConvConfig:
    groups, filters = draw(st.sampled_from(groupings))
    return ConvConfig(
        rank=window.rank,
        filters=draw(st.sampled_from(filters)),
        groups=groups,
        activation=draw(st.sampled_from(activations)),
        use_bias=draw(st.sampled_from(use_bias)),
        data_format=draw(st.sampled_from(data_formats)),
        **draw(_windows(window)),
    )


@st.composite
def _conv_lstm_configs(
    draw: DrawFn,
    window: _Window,
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
        activation=draw(st.sampled_from(activations)),
        recurrent_activation=draw(st.sampled_from(recurrent_activations)),
        data_format=draw(st.sampled_from(data_formats)),
        **{name: draw(st.sampled_from(values)) for name, values in switches.items()},
        **draw(_windows(window)),
    )


def _groupings(filters: tuple[int, int], channels: int | None, max_groups: int) -> Sequence[tuple[int, Sequence[int]]]:
    """Return each possible number of groups with the numbers of filters that it divides."""
    found = []
    for groups in range(1, max_groups + 1):
        divided = [number for number in range(filters[0], filters[1] + 1) if number % groups == 0]
        if divided and (groups == 1 or (channels or 1) % groups == 0):
            found.append((groups, divided))
    return found


def _rates(name: str, high: Any) -> Sequence[float]:
    if isinstance(high, bool) or not isinstance(high, (int, float)) or not 0 <= high < 1:
        raise InvalidArgument(f"{name}={high!r}: expected a number in [0, 1); give one, or 0 for no dropout")
    return (0.0, high / 2, float(high)) if high else (0.0,)


def _check_rank(rank: int) -> None:
    if isinstance(rank, bool) or rank not in (1, 2, 3):
        raise InvalidArgument(f"rank={rank!r}: expected the number of spatial axes; give 1, 2 or 3")


def _fill(config: Any) -> None:
    """Check a config's tuples, and put ones for empty ones."""
    _check_rank(config.rank)
    ones = (1,) * config.rank
    for name in ("kernel_size", "strides", "dilation_rate"):
        value = getattr(config, name)
        if name != "kernel_size" and value == ():
            value = ones
        object.__setattr__(config, name, _check.sizes(name, value, 1, config.rank))


def _output_size(config: Any, size: Sequence[int]) -> tuple[int, ...]:
    size = _check.sizes("size", size, 1, config.rank)
    if config.padding != "valid":
        return tuple(-(-side // stride) for side, stride in zip(size, config.strides))
    covered = ((kernel - 1) * rate + 1 for kernel, rate in zip(config.kernel_size, config.dilation_rate))
    output = tuple((side - cover) // stride + 1 for side, cover, stride in zip(size, covered, config.strides))
    if min(output) < 1:
        raise InvalidArgument(
            f"size={size!r}: the kernel of {config!r} does not fit; give a larger size, or padding='same'"
        )
    return output
