"""Cases of layers that slide over an image, a sequence or a volume."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Callable, Sequence

from hypothesis import strategies as st
from hypothesis.errors import InvalidArgument

from likewise_strategies import _check
from likewise_strategies._parts import SEEDS, check_configs, checked_shapes
from likewise_strategies.arrays import Tensor, tensors
from likewise_strategies.layers import ConvConfig, conv_configs
from likewise_strategies.pooling import PoolingConfig, pooling_configs
from likewise_strategies.separable import SeparableConvConfig
from likewise_strategies.shapes import image_shapes
from likewise_strategies.splitting import data

if TYPE_CHECKING:
    from hypothesis.strategies import DrawFn, SearchStrategy

_AXES = {1: "ntc", 2: "nhwc", 3: "ndhwc"}


@dataclass(frozen=True)
class ConvImage:
    """An image and the settings of a two-dimensional convolution that fits it.

    * `image` has the shape (n, h, w, c), or (n, c, h, w) where `conv.data_format` is "channels_first";
    * `seed` is an int in [0, 2**64) for the weights, and data (see `split`).
    """

    image: Tensor
    conv: ConvConfig | SeparableConvConfig
    seed: int = data(default=0)

    @property
    def inputs(self) -> Tensor:
        """What an implementation is fed with: the image."""
        return self.image


@dataclass(frozen=True)
class PooledTensor:
    """An image, or another tensor with one to three spatial axes, and the settings of a pooling that fits it.

    * `tensor` has the shape (n, t, c), (n, h, w, c) or (n, d, h, w, c), by `pooling.rank`; c comes second where
      `pooling.data_format` is "channels_first";
    * `seed` is an int in [0, 2**64) for the weights of what comes after, and data (see `split`).
    """

    tensor: Tensor
    pooling: PoolingConfig
    seed: int = data(default=0)

    @property
    def inputs(self) -> Tensor:
        """What an implementation is fed with: the tensor."""
        return self.tensor


def conv_images(
    *,
    shapes: SearchStrategy[tuple[int, ...]] | None = None,
    conv: Callable[..., SearchStrategy[ConvConfig] | SearchStrategy[SeparableConvConfig]] = conv_configs,
    dtype: str = "float32",
    kinds: Sequence[str] | None = None,
) -> SearchStrategy[ConvImage]:
    """Return a strategy for `ConvImage`s.

    * `shapes` is a strategy for shapes (n, h, w, c), by default `image_shapes()`.
    * `conv` is called as `conv(2, size=(h, w))` and returns a strategy for the convolution that fits:
      `separable_conv_configs`, or to bound its settings `functools.partial(conv_configs, max_strides=1)`.
    * `dtype` and `kinds` are those of `tensors`.

    Raises InvalidArgument for bad arguments.
    """
    shapes = checked_shapes(shapes, image_shapes(), "(n, h, w, c)")
    check_configs("conv", conv, (ConvConfig, SeparableConvConfig), 2, size=None)
    tensors((1,), dtype, kinds=kinds)
    return _conv_images(shapes, conv, dtype, kinds)


def pooled_tensors(
    *,
    shapes: SearchStrategy[tuple[int, ...]] | None = None,
    pooling: Callable[..., SearchStrategy[PoolingConfig]] = pooling_configs,
    dtype: str = "float32",
    kinds: Sequence[str] | None = None,
) -> SearchStrategy[PooledTensor]:
    """Return a strategy for `PooledTensor`s.

    * `shapes` is a strategy for shapes (n, t, c), (n, h, w, c) or (n, d, h, w, c), by default `image_shapes()`.
    * `pooling` is called as `pooling(rank, size=...)` with the number and the lengths of the spatial axes, and returns
      a strategy for the pooling that fits.
    * `dtype` and `kinds` are those of `tensors`.

    Raises InvalidArgument for bad arguments.
    """
    shapes = checked_shapes(shapes, image_shapes(), "(n, t, c), (n, h, w, c) or (n, d, h, w, c)")
    check_configs("pooling", pooling, PoolingConfig, 2, size=None)
    tensors((1,), dtype, kinds=kinds)
    return _pooled_tensors(shapes, pooling, dtype, kinds)


@st.composite
def _conv_images(
    draw: DrawFn,
    shapes: SearchStrategy[tuple[int, ...]],
    conv: Callable[..., SearchStrategy[Any]],
    dtype: str,
    kinds: Sequence[str] | None,
) -> ConvImage:
    shape = _check.sizes("shapes", draw(shapes), 1, 4)
    config = draw(conv(2, size=shape[1:-1]))
    return ConvImage(draw(_images(shape, config.data_format, dtype, kinds)), config, draw(SEEDS))


@st.composite
def _pooled_tensors(
    draw: DrawFn,
    shapes: SearchStrategy[tuple[int, ...]],
    pooling: Callable[..., SearchStrategy[PoolingConfig]],
    dtype: str,
    kinds: Sequence[str] | None,
) -> PooledTensor:
    shape = _check.sizes("shapes", draw(shapes), 1)
    if len(shape) - 2 not in _AXES:
        raise InvalidArgument(f"shapes={shape!r}: expected one to three axes between batch and channels; give 3 to 5")
    config = draw(pooling(len(shape) - 2, size=shape[1:-1]))
    return PooledTensor(draw(_images(shape, config.data_format, dtype, kinds)), config, draw(SEEDS))


def _images(
    shape: tuple[int, ...], data_format: str, dtype: str, kinds: Sequence[str] | None
) -> SearchStrategy[Tensor]:
    """Return a strategy for tensors of a shape that is given with the channels last."""
    axes = _AXES[len(shape) - 2]
    if data_format == "channels_first":
        shape, axes = (shape[0], shape[-1], *shape[1:-1]), axes[0] + axes[-1] + axes[1:-1]
    return tensors(shape, dtype, kinds=kinds, axes=axes)
