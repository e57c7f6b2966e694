"""How the window of a convolution or a pool lies on an image: what their settings have in common."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Sequence

from hypothesis import strategies as st
from hypothesis.errors import InvalidArgument

from likewise_strategies import _check
from likewise_strategies._kept import sampled_from
from likewise_strategies._sizes import EQUAL, FREE, LARGEST, sizes

if TYPE_CHECKING:
    from hypothesis.strategies import DrawFn

PADDINGS = ("valid", "same")
DATA_FORMATS = ("channels_last", "channels_first")

KERNEL, STRIDES, DILATION = 5, 3, 3


class Window:
    """How a kernel may lie on an image: what all kinds of layer draw alike; `kernel` is how messages call it."""

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
        kernel: str = "kernel",
    ) -> None:
        self.rank = rank
        self.size = None if size is None else _check.sizes("size", size, 1, rank)
        self.kernel = _check.span(kernel, min_kernel, max_kernel, KERNEL)
        self.max_strides = _check.at_least("max_strides", max_strides, 1)
        self.max_dilation = _check.at_least("max_dilation", max_dilation, 1)
        self.paddings = tuple(padding for padding in paddings if padding != "valid" or self._smallest_fits())
        if not self.paddings:
            raise InvalidArgument(
                f"size={size!r}: no kernel of min_{kernel}={min_kernel!r} fits with paddings={paddings!r}; "
                f"lower min_{kernel}, or add 'same' to paddings"
            )
        self.spreads: list[str] = ["none"]
        self.spreads += ["strides", "strides"] if max_strides > 1 else []
        self.spreads += ["dilation", "dilation"] if max_dilation > 1 else []

    def _smallest_fits(self) -> bool:
        return self.size is None or min(self.size) >= self.kernel[0]


@st.composite
def windows(draw: DrawFn, window: Window) -> dict[str, Any]:
    """Return a strategy for kernel_size, strides, padding and dilation_rate that go together."""
    low, high = window.kernel
    ones = (1,) * window.rank
    anything = (high,) * window.rank
    padding = draw(sampled_from(window.paddings))
    fitting = anything if window.size is None else tuple(min(high, side) for side in window.size)
    if padding == "valid":
        kernel = draw(sizes(low, fitting, (FREE, EQUAL, LARGEST)))
    else:
        kernel = draw(sizes(low, anything, (FREE, EQUAL)))
    strides = dilation = ones
    spread = draw(sampled_from(window.spreads))
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


def check_rank(rank: int) -> None:
    """Raise InvalidArgument unless `rank` is a number of spatial axes."""
    if isinstance(rank, bool) or rank not in (1, 2, 3):
        raise InvalidArgument(f"rank={rank!r}: expected the number of spatial axes; give 1, 2 or 3")


def fill(config: Any) -> None:
    """Check a convolution's tuples, and put ones for empty ones."""
    check_rank(config.rank)
    ones = (1,) * config.rank
    for name in ("kernel_size", "strides", "dilation_rate"):
        value = getattr(config, name)
        if name != "kernel_size" and value == ():
            value = ones
        object.__setattr__(config, name, _check.sizes(name, value, 1, config.rank))


def output_size(
    config: Any, size: Sequence[int], kernel_size: Sequence[int], dilation_rate: Sequence[int] = ()
) -> tuple[int, ...]:
    """Return the spatial size of the output of a config with a rank, strides and padding; no rate stands for ones."""
    size = _check.sizes("size", size, 1, config.rank)
    if config.padding != "valid":
        return tuple(-(-side // stride) for side, stride in zip(size, config.strides))
    rates = dilation_rate or (1,) * config.rank
    covered = ((kernel - 1) * rate + 1 for kernel, rate in zip(kernel_size, rates))
    output = tuple((side - cover) // stride + 1 for side, cover, stride in zip(size, covered, config.strides))
    if min(output) < 1:
        raise InvalidArgument(
            f"size={size!r}: the kernel of {config!r} does not fit; give a larger size, or padding='same'"
        )
    return output
