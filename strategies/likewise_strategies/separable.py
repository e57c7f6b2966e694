"""Settings of separable convolutions, valid from TensorFlow 1.15 to Keras 3."""

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
    fill,
    output_size,
    windows,
)
from likewise_strategies.layers import ACTIVATIONS

if TYPE_CHECKING:
    from hypothesis.strategies import DrawFn, SearchStrategy

_BOTH = (False, True)
_FILTERS, _MULTIPLIER = 4, 3


@dataclass(frozen=True)
class SeparableConvConfig:
    """The settings of a Keras separable convolution, as `kwargs()` hands them over.

    * `rank` is the number of spatial axes: 1 or 2;
    * `kernel_size`, `strides` and `dilation_rate` are tuples of `rank` ints of at least 1; () stands for ones in the
      last two. The strides are equal, since TensorFlow's depthwise convolution takes no others.

    Raises InvalidArgument where they are not.
    """

    rank: int
    filters: int
    kernel_size: tuple[int, ...]
    strides: tuple[int, ...] = ()
    padding: str = "valid"
    dilation_rate: tuple[int, ...] = ()
    depth_multiplier: int = 1
    activation: str = "linear"
    use_bias: bool = True
    data_format: str = "channels_last"

    def __post_init__(self) -> None:
        _check_rank(self.rank)
        fill(self)
        if len(set(self.strides)) > 1:
            raise InvalidArgument(
                f"strides={self.strides!r}: expected equal ones, since TensorFlow's depthwise convolution takes no "
                f"others; give {(max(self.strides),) * self.rank}"
            )

    def kwargs(self) -> dict[str, Any]:
        """Return the keyword arguments for `SeparableConv1D` or `SeparableConv2D`."""
        return {name: value for name, value in vars(self).items() if name != "rank"}

    def output_size(self, size: Sequence[int]) -> tuple[int, ...]:
        """Return the spatial size of the output for an input of spatial size `size`, both `rank` ints."""
        return output_size(self, size, self.kernel_size, self.dilation_rate)


def separable_conv_configs(
    rank: int,
    *,
    size: Sequence[int] | None = None,
    min_filters: int = 1,
    max_filters: int | None = None,
    min_kernel: int = 1,
    max_kernel: int | None = None,
    max_strides: int = STRIDES,
    max_dilation: int = DILATION,
    max_depth_multiplier: int = _MULTIPLIER,
    paddings: Sequence[str] = PADDINGS,
    activations: Sequence[str] = ACTIVATIONS,
    use_bias: Sequence[bool] = _BOTH,
    data_formats: Sequence[str] = ("channels_last",),
) -> SearchStrategy[SeparableConvConfig]:
    """Return a strategy for settings of separable convolutions, such that Keras accepts each.

    * `rank` is the number of spatial axes: 1 or 2.
    * `size` is the spatial size of the input, `rank` ints. Kernels then fit: no output is empty, and kernels as large
      as the image come up often. Without it, a "valid" convolution may find its image too small.
    * `min_filters` and `max_filters` bound the filters, 4 at most by default.
    * `min_kernel` and `max_kernel` bound the kernel along each axis, 5 at most by default.
    * `max_strides` and `max_dilation` bound strides and dilation rate along each axis. Where one of them is above 1,
      the other is 1: Keras refuses both at once. Strides are equal along all axes.
    * `max_depth_multiplier` bounds the number of depthwise outputs a channel.
    * `paddings`, `activations`, `use_bias` and `data_formats` are what is drawn from, the plainest first. Where not
      even the smallest kernel fits `size`, "valid" is left out. "channels_first" comes only where it is asked for:
      TensorFlow's kernels for the CPU refuse it.

    A `max_*` left out is its default, or the `min_*` where that is more. Raises InvalidArgument for arguments out of
    range, bounds that exclude everything, and kernels that cannot fit.
    """
    _check_rank(rank)
    window = Window(
        rank,
        size=size,
        paddings=_check.choices("paddings", paddings, PADDINGS),
        min_kernel=min_kernel,
        max_kernel=max_kernel,
        max_strides=max_strides,
        max_dilation=max_dilation,
    )
    return _separable_conv_configs(
        window,
        filters=_check.span("filters", min_filters, max_filters, _FILTERS),
        max_depth_multiplier=_check.at_least("max_depth_multiplier", max_depth_multiplier, 1),
        activations=_check.choices("activations", activations, ACTIVATIONS),
        use_bias=_check.choices("use_bias", use_bias, _BOTH),
        data_formats=_check.choices("data_formats", data_formats, DATA_FORMATS),
    )


@st.composite
def _separable_conv_configs(
    draw: DrawFn,
    window: Window,
    *,
    filters: tuple[int, int],
    max_depth_multiplier: int,
    activations: Sequence[str],
    use_bias: Sequence[bool],
    data_formats: Sequence[str],
) -> SeparableConvConfig:
    drawn = draw(windows(window))
    drawn["strides"] = (max(drawn["strides"]),) * window.rank
    return SeparableConvConfig(
        rank=window.rank,
        filters=draw(st.integers(*filters)),
        depth_multiplier=draw(st.integers(1, max_depth_multiplier)),
        activation=draw(sampled_from(activations)),
        use_bias=draw(sampled_from(use_bias)),
        data_format=draw(sampled_from(data_formats)),
        **drawn,
    )


def _check_rank(rank: int) -> None:
    if isinstance(rank, bool) or rank not in (1, 2):
        raise InvalidArgument(f"rank={rank!r}: expected the number of spatial axes; give 1 or 2")
