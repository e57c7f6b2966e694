"""Settings of normalization layers, valid from TensorFlow 1.15 to Keras 3."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Sequence

from hypothesis import strategies as st
from hypothesis.errors import InvalidArgument

from likewise_strategies import _check

if TYPE_CHECKING:
    from hypothesis.strategies import SearchStrategy

#: What is added to variances: Keras's default, what other frameworks take, and much.
EPSILONS = (1e-3, 1e-5, 1e-6, 0.1)

#: How much of a moving average stays at an update: Keras's default, and what others take.
MOMENTA = (0.99, 0.9, 0.5)

_BOTH = (False, True)


@dataclass(frozen=True)
class BatchNormalizationConfig:
    """The settings of a Keras `BatchNormalization`, as `kwargs()` hands them over.

    * `axis` is the axis of the features, an int other than 0, the batch; `momentum` and `epsilon` are numbers in
      [0, 1]. Raises InvalidArgument where they are not.
    """

    axis: int = -1
    momentum: float = 0.99
    epsilon: float = 1e-3
    center: bool = True
    scale: bool = True

    def __post_init__(self) -> None:
        _check_axis("axis", self.axis, self.axis)
        _check.numbers("momentum", (self.momentum,), 0, 1)
        _check.numbers("epsilon", (self.epsilon,), 0, 1)

    def kwargs(self) -> dict[str, Any]:
        """Return the keyword arguments for `BatchNormalization`."""
        return dict(vars(self))


@dataclass(frozen=True)
class LayerNormalizationConfig:
    """The settings of a Keras `LayerNormalization`, as `kwargs()` hands them over.

    * `axis` is the axis that is normalized over, or a tuple of some, ints other than 0, the batch; `epsilon` is a
      number in [0, 1]. Raises InvalidArgument where they are not.
    """

    axis: int | tuple[int, ...] = -1
    epsilon: float = 1e-3
    center: bool = True
    scale: bool = True

    def __post_init__(self) -> None:
        _check_axes("axis", self.axis, self.axis)
        _check.numbers("epsilon", (self.epsilon,), 0, 1)

    def kwargs(self) -> dict[str, Any]:
        """Return the keyword arguments for `LayerNormalization`."""
        axis = list(self.axis) if isinstance(self.axis, tuple) else self.axis
        return {**vars(self), "axis": axis}


def batch_normalization_configs(
    *,
    axes: Sequence[int] = (-1,),
    momenta: Sequence[float] = MOMENTA,
    epsilons: Sequence[float] = EPSILONS,
    center: Sequence[bool] = _BOTH,
    scale: Sequence[bool] = _BOTH,
) -> SearchStrategy[BatchNormalizationConfig]:
    """Return a strategy for settings of batch normalizations, such that Keras accepts each.

    * `axes` are the axes of the features to draw from, ints other than 0, the batch. Others than the last come only
      where they are asked for: the tensor has to have them.
    * `momenta` and `epsilons` are numbers in [0, 1] to draw from.
    * `center` and `scale` are what is drawn from, the plainest first.

    Raises InvalidArgument for arguments out of range.
    """
    return st.builds(
        BatchNormalizationConfig,
        axis=_drawn_axes(axes, _check_axis),
        momentum=st.sampled_from(_check.numbers("momenta", momenta, 0, 1)),
        epsilon=st.sampled_from(_check.numbers("epsilons", epsilons, 0, 1)),
        center=st.sampled_from(_check.choices("center", center, _BOTH)),
        scale=st.sampled_from(_check.choices("scale", scale, _BOTH)),
    )


def layer_normalization_configs(
    *,
    axes: Sequence[int | tuple[int, ...]] = (-1,),
    epsilons: Sequence[float] = EPSILONS,
    center: Sequence[bool] = _BOTH,
    scale: Sequence[bool] = _BOTH,
) -> SearchStrategy[LayerNormalizationConfig]:
    """Return a strategy for settings of layer normalizations, such that Keras accepts each.

    * `axes` are the axes to draw from, or tuples of some, ints other than 0, the batch. Others than the last come only
      where they are asked for: the tensor has to have them, and a graph has to know their lengths.
    * `epsilons` are numbers in [0, 1] to draw from.
    * `center` and `scale` are what is drawn from, the plainest first.

    Raises InvalidArgument for arguments out of range.
    """
    return st.builds(
        LayerNormalizationConfig,
        axis=_drawn_axes(axes, _check_axes),
        epsilon=st.sampled_from(_check.numbers("epsilons", epsilons, 0, 1)),
        center=st.sampled_from(_check.choices("center", center, _BOTH)),
        scale=st.sampled_from(_check.choices("scale", scale, _BOTH)),
    )


def _drawn_axes(axes: Any, check: Any) -> SearchStrategy[Any]:
    if not isinstance(axes, (tuple, list)) or not axes:
        raise InvalidArgument(f"axes={axes!r}: expected a tuple of one axis or more; give axes=(-1,) for the last")
    for axis in axes:
        check("axes", axes, axis)
    return st.sampled_from(tuple(axes))


def _check_axis(name: str, value: Any, axis: Any) -> None:
    if isinstance(axis, bool) or not isinstance(axis, int) or axis == 0:
        raise InvalidArgument(
            f"{name}={value!r}: {axis!r} is no axis of features; give an int other than 0, the batch, such as -1"
        )


def _check_axes(name: str, value: Any, axes: Any) -> None:
    if axes == ():
        raise InvalidArgument(f"{name}={value!r}: () normalizes over nothing; give one axis or more, such as (-2, -1)")
    for axis in axes if isinstance(axes, tuple) else (axes,):
        _check_axis(name, value, axis)
