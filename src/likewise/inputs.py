"""The inputs that both sides are fed with: nested arrays, and the names of their axes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Optional, Tuple

import numpy as np

from likewise import nest
from likewise.errors import InputError
from likewise.program import NO_CASE
from likewise_strategies import Tensor, bits, split

__all__ = ["Inputs", "inputs_of", "seed_of", "structure_of"]


@dataclass(frozen=True)
class Inputs:
    """``nested`` as the user gave it, with numpy arrays for leaves; ``axes`` a leaf, "" unnamed."""

    nested: Any
    axes: Tuple[str, ...]

    @property
    def arrays(self) -> Tuple[np.ndarray, ...]:
        """The leaves, in the order of ``nest.flatten``."""
        return tuple(leaf for _, leaf in nest.flatten(self.nested))

    @property
    def batch_axes(self) -> Tuple[Optional[int], ...]:
        """The axis of the batch of each leaf: ``n`` where axes are named, else the first; None where it has none."""
        return tuple(
            None if array.ndim == 0 or (letters and "n" not in letters) else max(letters.find("n"), 0)
            for array, letters in zip(self.arrays, self.axes)
        )

    def same_bits(self, other: Inputs) -> bool:
        """Whether the leaves of both have the same dtypes, shapes and bits."""
        return self is other or (
            len(self.arrays) == len(other.arrays)
            and all(
                (mine.dtype, mine.shape) == (its.dtype, its.shape) and mine.tobytes() == its.tobytes()
                for mine, its in zip(self.arrays, other.arrays)
            )
        )

    def astype(self, dtype: str) -> Inputs:
        """The same with the floating-point leaves in ``dtype``, and complex ones with such parts."""
        kinds = {"f": dtype, "c": {"float64": "complex128"}.get(dtype, "complex64")}
        return Inputs(
            nest.map_leaves(lambda leaf: leaf.astype(kinds.get(leaf.dtype.kind, leaf.dtype)), self.nested), self.axes
        )

    def moved(self, seed: int, stream: str) -> Inputs:
        """The same with each floating-point entry moved by one ULP, up or down."""
        leaves = [moved_by_one_ulp(leaf, seed, f"{stream} input {place}") for place, leaf in enumerate(self.arrays)]
        return Inputs(nest.pack(self.nested, leaves), self.axes)


def moved_by_one_ulp(values: np.ndarray, seed: int, stream: str) -> np.ndarray:
    """Each floating-point value as its neighbour, up or down; zeros, infinities and other dtypes stay.

    Kernels may take subnormal numbers for zeros (TensorFlow sets its threads so, and not the caller's). So a
    subnormal number becomes zero or the least normal one of its sign.
    """
    if values.dtype.kind != "f":
        return values
    up = bits.integers(seed, stream, values.shape, 2).astype(bool)
    infinity = np.asarray(np.inf, values.dtype)
    with np.errstate(over="ignore", invalid="ignore"):  # the greatest number's neighbour is infinity; NaN compares
        moved = np.where(up, np.nextafter(values, infinity), np.nextafter(values, -infinity))
        if values.dtype.itemsize > 2:  # half precision is computed in float32, where its subnormal numbers are normal
            least = np.finfo(values.dtype).tiny
            moved = np.where(np.abs(values) < least, np.copysign(up.astype(values.dtype) * least, values), moved)
    return np.where(np.isfinite(moved) & np.isfinite(values) & (values != 0), moved, values)


def inputs_of(case: Any, inputs: Any = None) -> Inputs:
    """The inputs given, else the case's own (its attribute ``inputs``).

    Leaves may be arrays, numbers, eager tensors or ``likewise_strategies.Tensor``; ``Inputs`` are
    taken as they are. Raises InputError where there are none, or a leaf is no tensor.
    """
    if isinstance(inputs, Inputs):
        return inputs
    given = inputs
    if given is None:
        given = getattr(case, "inputs", None)
    if given is None:
        what = "no case" if case is NO_CASE else f"case={type(case).__name__} has no 'inputs'"
        raise InputError(
            f"inputs=None and {what}, so there is nothing to feed; give inputs=, or a case with an attribute 'inputs'"
        )
    leaves = nest.flatten(given)
    return Inputs(
        nest.pack(given, [_array(path, leaf) for path, leaf in leaves]),
        tuple(leaf.axes if isinstance(leaf, Tensor) else "" for _, leaf in leaves),
    )


def seed_of(case: Any) -> int:
    """What decides the values of a case's variables: its attribute ``seed``, else 0."""
    return int(getattr(case, "seed", 0))


def structure_of(case: Any) -> Any:
    """What of a case decides the graph; the case itself where it is no frozen dataclass, and all of it may."""
    try:
        return split(case)[0]
    except TypeError:
        return case


def _array(path: str, leaf: Any) -> np.ndarray:
    try:
        array = leaf.array() if isinstance(leaf, Tensor) else np.asarray(leaf)
    except (NotImplementedError, TypeError, ValueError):  # how symbolic tensors refuse
        array = None
    if array is None or array.dtype == object:
        raise InputError(
            f"inputs{path}={leaf!r}, but expected an array, a number, an eager tensor or a likewise_strategies.Tensor"
        )
    return array
