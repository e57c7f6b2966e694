"""Pooling by hand and by reshaping: mistakes at windows, strides and padding."""

from __future__ import annotations

from typing import Any, Callable

from likewise.cell import keras, tensorflow
from likewise.laws.pooling import average_layer, max_layer
from likewise_mutants.mutant import above_one, changed, equal, planted
from likewise_strategies import PooledTensor

MAX, AVERAGE = "max-pooling-by-hand", "average-pooling-by-hand"
RESHAPING, GLOBAL = "max-pooling-by-reshaping", "global-average-pooling-by-hand"


def padded(case: PooledTensor, tensor: Any) -> Any:
    """Zeros around the tensor, as many as "same" pads."""
    config, sides = case.pooling, case.tensor.shape[1:-1]
    pads = []
    for side, count, pool, stride in zip(sides, config.output_size(sides), config.pool_size, config.strides):
        total = max((count - 1) * stride + pool - side, 0) if config.padding == "same" else 0
        pads.append((total // 2, total - total // 2))
    return tensorflow().pad(tensor, [(0, 0), *pads, (0, 0)])


@planted(MAX, "outputs", condition=equal("pooling.padding", "same"))
def zeros_are_entries(case: PooledTensor) -> Callable[[Any], Any]:
    layer = max_layer(changed(case, "pooling.padding", "valid"))
    return lambda tensor: layer(padded(case, tensor))


@planted(AVERAGE, "outputs", condition=equal("pooling.padding", "same"))
def padding_is_counted(case: PooledTensor) -> Callable[[Any], Any]:
    """As PyTorch does by default (count_include_pad)."""
    layer = average_layer(changed(case, "pooling.padding", "valid"))
    return lambda tensor: layer(padded(case, tensor))


@planted(MAX, "shapes", layer="MaxPooling", condition=above_one("pooling.strides"))
def strides_of_one(case: PooledTensor) -> Callable[[Any], Any]:
    return max_layer(changed(case, "pooling.strides", (1,) * case.pooling.rank))


@planted(AVERAGE, "shapes", "outputs", layer="AveragePooling")
def strides_of_the_pool(case: PooledTensor) -> Callable[[Any], Any]:
    return average_layer(changed(case, "pooling.strides", case.pooling.pool_size))


@planted(MAX, "outputs", layer="AveragePooling", condition=above_one("pooling.pool_size"))
def average_for_max(case: PooledTensor) -> Callable[[Any], Any]:
    return average_layer(case)


@planted(AVERAGE, "outputs", layer="MaxPooling", condition=above_one("pooling.pool_size"))
def max_for_average(case: PooledTensor) -> Callable[[Any], Any]:
    return max_layer(case)


@planted(MAX, "shapes", "outputs", "refusal", layer="MaxPooling")
def other_padding(case: PooledTensor) -> Callable[[Any], Any]:
    return max_layer(changed(case, "pooling.padding", {"same": "valid", "valid": "same"}[case.pooling.padding]))


@planted(AVERAGE, "outputs", condition=above_one("pooling.pool_size"))
def sum_for_mean(case: PooledTensor) -> Callable[[Any], Any]:
    """A mean times the pool's size."""
    layer, count = average_layer(case), 1
    for pool in case.pooling.pool_size:
        count *= pool
    return lambda tensor: layer(tensor) * count


# It takes several settings: on one axis a pool of several entries, and several windows.
@planted(RESHAPING, "outputs")
def windows_and_entries_swapped(case: PooledTensor) -> Callable[[Any], Any]:
    tf, (_, h, w, c) = tensorflow(), case.tensor.shape
    down, across = case.pooling.pool_size

    def call(image: Any) -> Any:
        return tf.reduce_max(tf.reshape(image, [-1, down, h // down, across, w // across, c]), axis=[1, 3])

    return call


@planted(RESHAPING, "shapes", layer="MaxPooling2D", condition=above_one("pooling.pool_size"))
def strides_forgotten(case: PooledTensor) -> Callable[[Any], Any]:
    return max_layer(changed(case, "pooling.strides", (1, 1)))


@planted(RESHAPING, "outputs", layer="AveragePooling2D", condition=above_one("pooling.pool_size"))
def mean_of_each_window(case: PooledTensor) -> Callable[[Any], Any]:
    return average_layer(case)


@planted(GLOBAL, "outputs", layer="GlobalMaxPooling")
def global_max(case: PooledTensor) -> Callable[[Any], Any]:
    return getattr(keras().layers, f"GlobalMaxPooling{case.pooling.rank}D")()  # type: ignore[no-any-return]


@planted(GLOBAL, "outputs", "shapes")
def channels_for_space(case: PooledTensor) -> Callable[[Any], Any]:
    """As if the channels came first."""
    axes = list(range(2, case.pooling.rank + 2))
    return lambda tensor: tensorflow().reduce_mean(tensor, axis=axes)
