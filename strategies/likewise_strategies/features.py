"""Cases of layers that work on the features of a tensor of any rank."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Callable, Sequence

from hypothesis import strategies as st
from hypothesis.errors import InvalidArgument

from likewise_strategies import _check
from likewise_strategies._parts import SEEDS, check_configs, checked_shapes
from likewise_strategies.arrays import Tensor, tensors
from likewise_strategies.dense import DenseConfig, dense_configs
from likewise_strategies.normalization import (
    BatchNormalizationConfig,
    LayerNormalizationConfig,
    batch_normalization_configs,
)
from likewise_strategies.shapes import image_shapes, sequence_shapes, vector_shapes, video_shapes
from likewise_strategies.splitting import data

if TYPE_CHECKING:
    from hypothesis.strategies import DrawFn, SearchStrategy

_AXES = {2: "nc", 3: "ntc", 4: "nhwc", 5: "ndhwc"}
_FORM = "(n, c), (n, t, c), (n, h, w, c) or (n, d, h, w, c)"


@dataclass(frozen=True)
class DenseTensor:
    """A tensor and the settings of a dense layer.

    * `tensor` has the shape (n, c), (n, t, c), (n, h, w, c) or (n, d, h, w, c);
    * `seed` is an int in [0, 2**64) for the weights, and data (see `split`).
    """

    tensor: Tensor
    dense: DenseConfig
    seed: int = data(default=0)

    @property
    def inputs(self) -> Tensor:
        """What an implementation is fed with: the tensor."""
        return self.tensor


@dataclass(frozen=True)
class NormalizedTensor:
    """A tensor and the settings of a batch or layer normalization.

    * `tensor` has the shape (n, c), (n, t, c), (n, h, w, c) or (n, d, h, w, c);
    * `seed` is an int in [0, 2**64) for the weights, and data (see `split`).
    """

    tensor: Tensor
    normalization: BatchNormalizationConfig | LayerNormalizationConfig
    seed: int = data(default=0)

    @property
    def inputs(self) -> Tensor:
        """What an implementation is fed with: the tensor."""
        return self.tensor


def dense_tensors(
    *,
    shapes: SearchStrategy[tuple[int, ...]] | None = None,
    dense: Callable[..., SearchStrategy[DenseConfig]] = dense_configs,
    dtype: str = "float32",
    kinds: Sequence[str] | None = None,
) -> SearchStrategy[DenseTensor]:
    """Return a strategy for `DenseTensor`s.

    * `shapes` is a strategy for shapes of two to five axes, by default `vector_shapes()` and `sequence_shapes()`.
    * `dense` is called without arguments and returns a strategy for the layer. To bound its settings:
      `dense=functools.partial(dense_configs, activations=("relu",))`.
    * `dtype` and `kinds` are those of `tensors`.

    Raises InvalidArgument for bad arguments.
    """
    shapes = checked_shapes(shapes, st.one_of(vector_shapes(), sequence_shapes()), _FORM)
    check_configs("dense", dense, DenseConfig)
    tensors((1,), dtype, kinds=kinds)
    return st.builds(DenseTensor, _features(shapes, dtype, kinds), dense(), SEEDS)


def normalized_tensors(
    *,
    shapes: SearchStrategy[tuple[int, ...]] | None = None,
    normalization: Callable[
        ..., SearchStrategy[BatchNormalizationConfig] | SearchStrategy[LayerNormalizationConfig]
    ] = batch_normalization_configs,
    dtype: str = "float32",
    kinds: Sequence[str] | None = None,
) -> SearchStrategy[NormalizedTensor]:
    """Return a strategy for `NormalizedTensor`s.

    * `shapes` is a strategy for shapes of two to five axes, by default `vector_shapes()`, `sequence_shapes()`,
      `image_shapes()` and `video_shapes()`, with sides of 4 at most.
    * `normalization` is called without arguments and returns a strategy for the layer:
      `layer_normalization_configs`, or to bound its settings `functools.partial` of one.
    * `dtype` and `kinds` are those of `tensors`.

    Raises InvalidArgument for bad arguments, and for an axis that the tensor has not.
    """
    shapes = checked_shapes(
        shapes,
        st.one_of(vector_shapes(), sequence_shapes(), image_shapes(max_side=4), video_shapes(max_side=4)),
        _FORM,
    )
    check_configs("normalization", normalization, (BatchNormalizationConfig, LayerNormalizationConfig))
    tensors((1,), dtype, kinds=kinds)
    return _normalized_tensors(shapes, normalization(), dtype, kinds)


@st.composite
def _features(draw: DrawFn, shapes: SearchStrategy[tuple[int, ...]], dtype: str, kinds: Sequence[str] | None) -> Tensor:
    shape = _check.sizes("shapes", draw(shapes), 1)
    if len(shape) not in _AXES:
        raise InvalidArgument(f"shapes={shape!r}: expected a shape of two to five axes; give {_FORM}")
    tensor: Tensor = draw(tensors(shape, dtype, kinds=kinds, axes=_AXES[len(shape)]))
    return tensor


@st.composite
def _normalized_tensors(
    draw: DrawFn,
    shapes: SearchStrategy[tuple[int, ...]],
    normalization: SearchStrategy[Any],
    dtype: str,
    kinds: Sequence[str] | None,
) -> NormalizedTensor:
    tensor = draw(_features(shapes, dtype, kinds))
    config = draw(normalization)
    rank = len(tensor.shape)
    axes = config.axis if isinstance(config.axis, tuple) else (config.axis,)
    for axis in axes:
        if not -rank < axis < rank:
            raise InvalidArgument(
                f"axis={config.axis!r}: a tensor of shape {tensor.shape} has no such axis of features"
            )
    return NormalizedTensor(tensor, config, draw(SEEDS))
