"""Settings of pooling layers, valid from TensorFlow 1.15 to Keras 3."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Sequence

from hypothesis import strategies as st

from likewise_strategies import _check
from likewise_strategies._kept import sampled_from
from likewise_strategies._window import DATA_FORMATS, PADDINGS, STRIDES, Window, check_rank, output_size, windows

if TYPE_CHECKING:
    from hypothesis.strategies import DrawFn, SearchStrategy


@dataclass(frozen=True)
class PoolingConfig:
    """The settings of a Keras max or average pooling, as `kwargs()` hands them over.

    * `rank` is the number of spatial axes: 1, 2 or 3;
    * `pool_size` and `strides` are tuples of `rank` ints of at least 1; () stands for the pool's size in the last, as
      None does in Keras.

    Raises InvalidArgument where they are not.
    """

    rank: int
    pool_size: tuple[int, ...]
    strides: tuple[int, ...] = ()
    padding: str = "valid"
    data_format: str = "channels_last"

    def __post_init__(self) -> None:
        check_rank(self.rank)
        if self.strides == ():
            object.__setattr__(self, "strides", self.pool_size)
        for name in ("pool_size", "strides"):
            object.__setattr__(self, name, _check.sizes(name, getattr(self, name), 1, self.rank))

    def kwargs(self) -> dict[str, Any]:
        """Return the keyword arguments for `MaxPooling1D`, `AveragePooling2D` and the like.

        Those of rank 1 are ints, since old Kerases take no tuple there.
        """
        kwargs = {name: value for name, value in vars(self).items() if name != "rank"}
        if self.rank == 1:
            kwargs.update(pool_size=self.pool_size[0], strides=self.strides[0])
        return kwargs

    def output_size(self, size: Sequence[int]) -> tuple[int, ...]:
        """Return the spatial size of the output for an input of spatial size `size`, both `rank` ints."""
        return output_size(self, size, self.pool_size)


def pooling_configs(
    rank: int,
    *,
    size: Sequence[int] | None = None,
    min_pool: int = 1,
    max_pool: int | None = None,
    max_strides: int = STRIDES,
    paddings: Sequence[str] = PADDINGS,
    data_formats: Sequence[str] = ("channels_last",),
) -> SearchStrategy[PoolingConfig]:
    """Return a strategy for settings of max or average poolings, such that Keras accepts each.

    * `rank` is the number of spatial axes: 1, 2 or 3.
    * `size` is the spatial size of the input, `rank` ints. Pools then fit: no output is empty, and pools as large as
      the image come up often. Without it, a "valid" pooling may find its image too small.
    * `min_pool` and `max_pool` bound the pool's size along each axis, 5 at most by default.
    * `max_strides` bounds the strides along each axis; those of the pool's size, which may be more, come up often.
    * `paddings` and `data_formats` are what is drawn from, the plainest first. Where not even the smallest pool fits
      `size`, "valid" is left out. "channels_first" comes only where it is asked for: TensorFlow's kernels for the CPU
      refuse it.

    A `max_pool` left out is its default, or `min_pool` where that is more. Raises InvalidArgument for arguments out of
    range, bounds that exclude everything, and pools that cannot fit.
    """
    check_rank(rank)
    window = Window(
        rank,
        size=size,
        paddings=_check.choices("paddings", paddings, PADDINGS),
        min_kernel=min_pool,
        max_kernel=max_pool,
        max_strides=max_strides,
        max_dilation=1,
        kernel="pool",
    )
    return _pooling_configs(window, _check.choices("data_formats", data_formats, DATA_FORMATS))


@st.composite
def _pooling_configs(draw: DrawFn, window: Window, data_formats: Sequence[str]) -> PoolingConfig:
    drawn = draw(windows(window))
    own = draw(sampled_from((True, True, False)))
    return PoolingConfig(
        rank=window.rank,
        pool_size=drawn["kernel_size"],
        strides=() if own else drawn["strides"],
        padding=drawn["padding"],
        data_format=draw(sampled_from(data_formats)),
    )
