"""Values at which programs compare, with their neighbours: entry by entry, over whole steps, or everywhere."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Sequence, Tuple

import numpy as np

from likewise_strategies import bits

if TYPE_CHECKING:
    from numpy.typing import NDArray

Shape = Tuple[int, ...]

#: Those of any program.
_ALWAYS = (0, 1, -1)


def array(
    shape: Shape, dtype: str, seed: int, *, given: Sequence[float], bounds: tuple[int, int] | None
) -> NDArray[Any]:
    """Return an array of a float or integer dtype with some of the numbers `given` in it, decided by `seed`."""
    floating = np.dtype(dtype).kind == "f"
    # (those that are given count double)
    marks = _held([*_ALWAYS, *given, *given], dtype)
    if floating:
        found = bits.normal(seed, "normal", shape, dtype)
        near = np.stack([marks, marks, _next(marks, 1), _next(marks, -1)])
        near = near[:, np.isfinite(near).all(axis=0)]
    else:
        words = bits.raw(seed, "uniform", int(np.prod(shape, dtype=np.int64))).reshape(shape)
        found = words.astype(f"uint{np.dtype(dtype).itemsize * 8}").view(dtype)
        # (beyond the range they wrap around)
        near = np.stack([marks, marks, marks + marks.dtype.type(1), marks - marks.dtype.type(1)])
    found = _laid(found, near, seed)
    return found if bounds is None else within(found, bounds)


def within(values: NDArray[Any], bounds: tuple[int, int]) -> NDArray[Any]:
    """Return integers that are at least the first of `bounds` and below the second; those that are so stay."""
    low, count = np.uint64(bounds[0] % 2**64), bounds[1] - bounds[0]
    words = np.asarray(values).astype(np.int64 if values.dtype.kind == "i" else np.uint64).reshape(-1).view(np.uint64)
    with np.errstate(over="ignore"):
        offsets = words - low
        inside = (offsets if count >= 2**64 else offsets % np.uint64(count)) + low
    found: NDArray[Any] = inside.astype(f"uint{values.dtype.itemsize * 8}").view(values.dtype)
    return found.reshape(values.shape)


def _laid(values: NDArray[Any], near: NDArray[Any], seed: int) -> NDArray[Any]:
    """Return `values` with landmarks put in: `near` has two rows of these, and one of their neighbours on each side."""
    how = int(bits.integers(seed, "landmarks how", (), 8))
    if how == 0:  # one value everywhere
        return np.full_like(values, near[0, int(bits.integers(seed, "landmark", (), near.shape[1]))])
    steps = values.shape[:2] if values.ndim > 2 else values.shape[:1]
    over = values.shape if how < 4 or values.ndim < 2 else steps
    chosen = bits.integers(seed, "landmarks where", over, 2).astype(bool)
    which = bits.integers(seed, "which landmark", () if how in (1, 4, 5) else over, near.shape[1])
    side = bits.integers(seed, "which neighbour", over, len(near)) if over == values.shape else np.zeros(over, int)
    put = near[side, np.broadcast_to(which, over)]
    wide = over + (1,) * (values.ndim - len(over))
    return np.asarray(np.where(chosen.reshape(wide), put.reshape(wide), values), values.dtype)


def _next(values: NDArray[Any], way: int) -> NDArray[Any]:
    """Return the neighbours above (1) or below (-1); those of zero are the least of ``least_exponent``."""
    found = np.nextafter(values, values.dtype.type(way * np.inf))
    least = values.dtype.type(2.0 ** least_exponent(values.dtype))
    return np.asarray(np.where(np.abs(found) < least, way * least, found), values.dtype)


def least_exponent(dtype: Any) -> int:
    """Return the exponent of the least power of two whose neighbours are a normal number apart.

    Below, differences are subnormal numbers, which TensorFlow takes for zeros in some of its threads. (Half precision
    is computed in float32, where its subnormal numbers are normal.)
    """
    info = np.finfo(dtype)
    return int(info.minexp) + (0 if info.bits == 16 else int(info.nmant))


def _held(values: Sequence[float], dtype: str) -> NDArray[Any]:
    """Return those of the numbers that the dtype holds, rounded where it is a float one."""
    if np.dtype(dtype).kind == "f":
        greatest = float(np.finfo(dtype).max)
        return np.array([each for each in map(float, values) if abs(each) <= greatest], np.float64).astype(dtype)
    info = np.iinfo(dtype)
    whole = [int(each) for each in values if abs(each) < 2**64 and int(each) == each]
    return np.array([each for each in whole if info.min <= each <= info.max], dtype)
