"""Laws of pooling layers, by hand and by reshaping."""

from __future__ import annotations

from functools import partial
from typing import Any, Callable, Sequence

from hypothesis import strategies as st

from likewise.cell import keras, tensorflow
from likewise.law import Law
from likewise_strategies import (
    PooledTensor,
    PoolingConfig,
    image_shapes,
    pooled_tensors,
    pooling_configs,
    sequence_shapes,
    video_shapes,
)

__all__ = [
    "LAWS",
    "average_by_hand",
    "average_layer",
    "global_average_by_hand",
    "global_average_layer",
    "max_by_hand",
    "max_by_reshaping",
    "max_layer",
    "pooled",
    "windows",
]


def windows(config: PoolingConfig, axis: int, side: int) -> Sequence[slice]:
    """Where the windows lie along the spatial axis of this place, without what lies outside."""
    pool, stride = config.pool_size[axis], config.strides[axis]
    count = -(-side // stride) if config.padding == "same" else (side - pool) // stride + 1
    before = max((count - 1) * stride + pool - side, 0) // 2 if config.padding == "same" else 0
    starts = [place * stride - before for place in range(count)]
    return [slice(max(start, 0), min(start + pool, side)) for start in starts]


def pooled(case: PooledTensor, reduce: Callable[..., Any], tensor: Any) -> Any:
    """Each spatial axis in turn: a window's entries are reduced to one."""
    tf = tensorflow()
    for place, side in enumerate(case.tensor.shape[1:-1]):
        axis = place + 1
        cuts = [(slice(None),) * axis + (window,) for window in windows(case.pooling, place, side)]
        cut = [reduce(tensor[each], axis=axis) for each in cuts]
        tensor = tf.stack(cut, axis=axis)
    return tensor


def max_by_hand(case: PooledTensor) -> Callable[[Any], Any]:
    """The greatest entry of each window."""
    return lambda tensor: pooled(case, tensorflow().reduce_max, tensor)


def average_by_hand(case: PooledTensor) -> Callable[[Any], Any]:
    """The mean of each window's entries, of those inside alone."""
    return lambda tensor: pooled(case, tensorflow().reduce_mean, tensor)


def max_layer(case: PooledTensor) -> Callable[[Any], Any]:
    """MaxPooling1D, MaxPooling2D or MaxPooling3D."""
    of_rank = getattr(keras().layers, f"MaxPooling{case.pooling.rank}D")
    return of_rank(**case.pooling.kwargs())  # type: ignore[no-any-return]


def average_layer(case: PooledTensor) -> Callable[[Any], Any]:
    """AveragePooling1D, AveragePooling2D or AveragePooling3D."""
    of_rank = getattr(keras().layers, f"AveragePooling{case.pooling.rank}D")
    return of_rank(**case.pooling.kwargs())  # type: ignore[no-any-return]


@st.composite
def tiled(draw: Any) -> PooledTensor:
    """Return a strategy for PooledTensor: images that pools tile without a rest."""
    pool = draw(st.tuples(st.integers(1, 3), st.integers(1, 3)))
    counts = draw(st.tuples(st.integers(1, 3), st.integers(1, 3)))
    n, _, _, c = draw(image_shapes(max_side=1))
    sides = tuple(each * count for each, count in zip(pool, counts))
    config = st.just(PoolingConfig(2, pool))
    case: PooledTensor = draw(pooled_tensors(shapes=st.just((n, *sides, c)), pooling=lambda *_, **__: config))
    return case


def max_by_reshaping(case: PooledTensor) -> Callable[[Any], Any]:
    """Height and width are each split in two axes, of windows and of entries in one; the greatest over the latter."""
    tf, (_, h, w, c) = tensorflow(), case.tensor.shape
    down, across = case.pooling.pool_size

    def call(image: Any) -> Any:
        split = tf.reshape(image, [-1, h // down, down, w // across, across, c])
        return tf.reduce_max(split, axis=[2, 4])

    return call


def global_average_by_hand(case: PooledTensor) -> Callable[[Any], Any]:
    """The mean over all spatial axes."""
    axes = list(range(1, case.pooling.rank + 1))
    return lambda tensor: tensorflow().reduce_mean(tensor, axis=axes)


def global_average_layer(case: PooledTensor) -> Callable[[Any], Any]:
    """GlobalAveragePooling1D, GlobalAveragePooling2D or GlobalAveragePooling3D."""
    return getattr(keras().layers, f"GlobalAveragePooling{case.pooling.rank}D")()  # type: ignore[no-any-return]


#: Of all three ranks; images most often, and small, since by hand each window is cut out.
_shapes = st.one_of(
    image_shapes(max_side=6), sequence_shapes(max_steps=6), image_shapes(max_side=6), video_shapes(max_side=4)
)

LAWS = (
    Law(
        "max-pooling-by-hand",
        "max pooling is the greatest entry of each window",
        source="Keras's documentation of MaxPooling2D",
        cases=pooled_tensors(shapes=_shapes),
        reference=max_by_hand,
        candidate=max_layer,
    ),
    Law(
        "average-pooling-by-hand",
        "average pooling is the mean of each window, padding not counted",
        source="Keras's documentation of AveragePooling2D",
        cases=pooled_tensors(shapes=_shapes),
        reference=average_by_hand,
        candidate=average_layer,
    ),
    Law(
        "max-pooling-by-reshaping",
        "MaxPooling2D whose pools tile the image is a reshape to windows and the greatest of each",
        source="Keras's documentation of MaxPooling2D",
        cases=tiled(),
        reference=max_by_reshaping,
        candidate=max_layer,
    ),
    Law(
        "global-average-pooling-by-hand",
        "global average pooling is the mean over all spatial axes",
        source="Lin, Chen and Yan, 2013",
        cases=pooled_tensors(shapes=_shapes, pooling=partial(pooling_configs, max_pool=1, max_strides=1)),
        reference=global_average_by_hand,
        candidate=global_average_layer,
    ),
)
