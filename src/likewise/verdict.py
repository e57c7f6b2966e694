"""How far two arrays are apart, and what that makes of them.

``identical``: the same bits, where 0.0 and -0.0 are one value and so are all NaNs.
``rounding``: other bits, by as much as the precision explains. ``different``: by more.
``refused``: both sides raised.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Iterable, Optional, Sequence, Tuple

import numpy as np

__all__ = ["VERDICTS", "Distance", "distance", "spread_explains", "vanishes", "worst"]

#: From the best to the worst.
VERDICTS = ("refused", "identical", "rounding", "different")

#: A rounding difference shrinks by 2**-29 from float32 to float64. One that keeps more than the
#: square root of that is no rounding.
SHRINKS = 2.0**-15

#: How many times the spread that one ULP of jitter causes still counts as rounding.
SPREADS = 4.0

#: numpy has no bfloat16: ml_dtypes gives it one, which holds the upper half of a float32.
_UNSIGNED = {2: np.uint16, 4: np.uint32, 8: np.uint64}


def worst(verdicts: Iterable[str]) -> str:
    """The worst of some verdicts; ValueError for none."""
    return max(verdicts, key=VERDICTS.index)


@dataclass(frozen=True)
class Distance:
    """How far two arrays of one shape and dtype are apart.

    ``max_ulp`` counts representable numbers between the two; it and ``max_abs``, ``max_rel`` leave
    out entries that are NaN or infinite on a side; those count in ``mismatched`` unless both sides
    have the same there. ``index`` is where they are farthest apart.
    """

    compared: int
    differing: int
    mismatched: int
    signed_zeros: int
    max_ulp: int
    max_abs: float
    max_rel: float
    index: Optional[Tuple[int, ...]]


def distance(one: np.ndarray, other: np.ndarray) -> Distance:
    """Compare two arrays of the same shape and dtype, entry by entry."""
    if not _is_floating(one.dtype):
        unequal = np.asarray(one != other)
        first = tuple(int(i) for i in np.argwhere(unequal)[0]) if unequal.any() else None
        count = int(unequal.sum())
        return Distance(one.size, count, count, 0, 0, 0.0, 0.0, first)
    one, other = _parts(one), _parts(other)
    wide_one, wide_other = one.astype(np.float64), other.astype(np.float64)
    both_nan = np.isnan(wide_one) & np.isnan(wide_other)
    equal = (wide_one == wide_other) | both_nan
    finite = np.isfinite(wide_one) & np.isfinite(wide_other)
    counting = finite & ~equal
    with np.errstate(over="ignore"):  # float64 numbers of other signs may be infinitely far apart
        gap = np.where(counting, np.abs(wide_one - np.where(finite, wide_other, 0.0)), 0.0)
    scale = np.where(counting, np.maximum(np.abs(wide_one), np.abs(wide_other)), 1.0)
    ulp = _ulp(one, other)[counting]
    mismatched = (~equal & ~finite).any(axis=-1)
    differing = (~equal).any(axis=-1)
    farthest: Optional[Tuple[int, ...]] = None
    if differing.any():
        # Not by the gap alone, which is infinite for some finite numbers, too.
        place = int(np.argmax(mismatched if mismatched.any() else gap.max(axis=-1)))
        farthest = tuple(int(i) for i in np.unravel_index(place, differing.shape))
    signed_zeros = (wide_one == 0.0) & (wide_other == 0.0) & (np.signbit(wide_one) != np.signbit(wide_other))
    return Distance(
        compared=int(differing.size),
        differing=int(differing.sum()),
        mismatched=int(mismatched.sum()),
        signed_zeros=int(signed_zeros.any(axis=-1).sum()),
        max_ulp=int(ulp.max()) if ulp.size else 0,
        max_abs=float(gap.max()) if gap.size else 0.0,
        max_rel=float((gap / scale).max()) if gap.size else 0.0,
        index=farthest,
    )


def _parts(array: np.ndarray) -> np.ndarray:
    """Real numbers with a last axis of one, complex ones with their two parts along it."""
    complex_parts = np.issubdtype(array.dtype, np.complexfloating)
    return np.stack([array.real, array.imag] if complex_parts else [array], axis=-1)


def _is_floating(dtype: Any) -> bool:
    return bool(np.issubdtype(dtype, np.inexact)) or np.dtype(dtype).name == "bfloat16"


def _ulp(one: np.ndarray, other: np.ndarray) -> np.ndarray:
    """Representable numbers between the two: the floats in order are the integers in order."""
    unsigned = _UNSIGNED[one.dtype.itemsize]
    top = unsigned(1) << unsigned(one.dtype.itemsize * 8 - 1)
    places = []
    for array in (one, other):
        words = np.ascontiguousarray(array).view(unsigned).reshape(array.shape)
        negative = (words & top) != 0
        places.append(np.where(negative, top - (words & ~top), words | top))
    low, high = np.minimum(*places), np.maximum(*places)
    return np.asarray(high - low)


def vanishes(single: Sequence[Tuple[np.ndarray, np.ndarray]], double: Sequence[Tuple[np.ndarray, np.ndarray]]) -> bool:
    """Whether what differs in single precision shrinks as a rounding difference does in double.

    Judged for each pair of arrays by its greatest difference, which counts as at least one ULP in
    single precision: a pair that has the same bits there may round in double.
    """
    for (one, other), (wide_one, wide_other) in zip(single, double):
        near, far = distance(one, other), distance(wide_one, wide_other)
        if near.mismatched or far.mismatched:
            return False
        if far.max_abs > max(near.max_abs, _ulp_of_greatest(one)) * SHRINKS:
            return False
    return True


def _ulp_of_greatest(array: np.ndarray) -> float:
    """One ULP of the entry that is greatest in magnitude, leaving out NaN and infinity."""
    if not _is_floating(array.dtype):
        return 0.0
    finite = np.abs(array[np.isfinite(array)])
    return float(np.spacing(finite.max())) if finite.size else 0.0


def spread_explains(
    reference: Sequence[np.ndarray],
    candidate: Sequence[np.ndarray],
    jittered: Sequence[Sequence[np.ndarray]],
) -> bool:
    """Whether the difference is within what one ULP in inputs and weights does to the reference.

    Judged for each array by its greatest difference; the spread is at least one ULP of its
    greatest entry.
    """
    for place, (one, other) in enumerate(zip(reference, candidate)):
        apart = distance(one, other)
        if apart.mismatched:
            return False
        if not apart.differing:
            continue
        spread = max((distance(one, moved[place]).max_abs for moved in jittered), default=0.0)
        if apart.max_abs > SPREADS * max(spread, _ulp_of_greatest(one)):
            return False
    return True
