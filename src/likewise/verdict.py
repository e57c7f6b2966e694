"""How far two arrays are apart, what that makes of them, and how far the rounding of operations makes entries come.

``identical``: the same bits, where 0.0 and -0.0 are one value and so are all NaNs.
``rounding``: other bits, by as much as the operations round.
``imprecise``: the same in exact arithmetic, but one side loses far more digits than the other.
``different``: by more. ``refused``: both sides raised.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Iterable, Optional, Sequence, Tuple

import numpy as np

__all__ = [
    "BARS",
    "BARS_OF_HALF",
    "JUMPS",
    "VERDICTS",
    "Distance",
    "Pair",
    "apart",
    "digits",
    "distance",
    "gaps",
    "is_double",
    "is_floating",
    "mismatched",
    "parts",
    "root_mean_square",
    "spread",
    "ulp_of_greatest",
    "unit",
    "units",
    "worst",
]

Pair = Tuple[np.ndarray, np.ndarray]

#: From the best to the worst.
VERDICTS = ("refused", "identical", "rounding", "imprecise", "different")

#: How many standard deviations of what the rounding of operations makes of an entry still count as rounding. Each moves
#: by more than it loses, but an operation that adds up n numbers may lose sqrt(n) times as much as it is moved by.
BARS = 16.0

#: The same in half precision, whose sums are added up in float32.
BARS_OF_HALF = 4.0

#: A rounding difference of more ULPs than this, counted at the array's greatest entry, is looked at for a jump.
JUMPS = 256.0

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
    if not is_floating(one.dtype):
        unequal = np.asarray(one != other)
        first = tuple(int(i) for i in np.argwhere(unequal)[0]) if unequal.any() else None
        count = int(unequal.sum())
        return Distance(one.size, count, count, 0, 0, 0.0, 0.0, first)
    shape, compared = one.shape, one.size
    one, other = (_parts(each).reshape(compared, -1 if compared else 1) for each in (one, other))
    # Most entries have the same bits, and to compare the others in double precision takes much longer than to look.
    places = np.flatnonzero((_words(one) != _words(other)).any(axis=-1))
    one, other = one[places], other[places]
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
        place = places[int(np.argmax(mismatched if mismatched.any() else gap.max(axis=-1)))]
        farthest = tuple(int(i) for i in np.unravel_index(place, shape))
    signed_zeros = (wide_one == 0.0) & (wide_other == 0.0) & (np.signbit(wide_one) != np.signbit(wide_other))
    return Distance(
        compared=compared,
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


def is_floating(dtype: Any) -> bool:
    """Whether numbers of a dtype round: numpy's own floats, complex numbers, and bfloat16."""
    return bool(np.issubdtype(dtype, np.inexact)) or np.dtype(dtype).name == "bfloat16"


def _words(array: np.ndarray) -> np.ndarray:
    """The bits of floats as unsigned integers."""
    return np.ascontiguousarray(array).view(_UNSIGNED[array.dtype.itemsize]).reshape(array.shape)


def _ulp(one: np.ndarray, other: np.ndarray) -> np.ndarray:
    """Representable numbers between the two: the floats in order are the integers in order."""
    unsigned = _UNSIGNED[one.dtype.itemsize]
    top = unsigned(1) << unsigned(one.dtype.itemsize * 8 - 1)
    places = []
    for words in map(_words, (one, other)):
        negative = (words & top) != 0
        places.append(np.where(negative, top - (words & ~top), words | top))
    low, high = np.minimum(*places), np.maximum(*places)
    return np.asarray(high - low)


def is_double(dtype: Any) -> bool:
    """Whether numbers of a dtype have no more precise one to be computed in."""
    return np.dtype(dtype).name in ("float64", "complex128")


def parts(array: np.ndarray) -> np.ndarray:
    """Floats as float64, with a last axis of one, or for complex numbers with their two parts along it."""
    return _parts(array).astype(np.float64)


def unit(dtype: Any) -> float:
    """What no number of a dtype is told from zero by: its least normal one, for kernels may take less for zero.

    (TensorFlow sets its own threads so.) In half precision, which is computed in float32, the least of all.
    """
    name = np.dtype(dtype).name
    if name == "float16":
        return 2.0**-24
    return float(np.finfo({"bfloat16": np.float32, "complex64": np.float32}.get(name, dtype)).tiny)


def _binary_digits(dtype: Any) -> int:
    return {"bfloat16": 8, "float16": 11, "float32": 24, "complex64": 24}.get(np.dtype(dtype).name, 53)


def units(values: np.ndarray, dtype: Any) -> np.ndarray:
    """One ULP of each of these float64 numbers in a dtype, at least its ``unit``; 0 for what is not finite."""
    with np.errstate(invalid="ignore", over="ignore"):
        _, exponents = np.frexp(np.where(np.isfinite(values), values, 0.0))
    found = np.where(values == 0.0, 0.0, np.ldexp(1.0, exponents - _binary_digits(dtype)))
    return np.where(np.isfinite(values), np.maximum(found, unit(dtype)), 0.0)


def mismatched(one: np.ndarray, other: np.ndarray) -> np.ndarray:
    """Where one of two float64 numbers is NaN or infinite and the other is another one."""
    equal = (one == other) | (np.isnan(one) & np.isnan(other))
    return np.asarray(~equal & ~(np.isfinite(one) & np.isfinite(other)))


def apart(one: np.ndarray, other: np.ndarray) -> np.ndarray:
    """The absolute difference of float64 numbers: 0 where both are the same, infinite where they are ``mismatched``."""
    equal = (one == other) | (np.isnan(one) & np.isnan(other))
    with np.errstate(over="ignore", invalid="ignore"):
        return np.where(equal, 0.0, np.where(mismatched(one, other), np.inf, np.abs(one - other)))


def spread(moved: Sequence[np.ndarray]) -> np.ndarray:
    """The standard deviation of each float64 number over runs in which operations are moved.

    Runs in which it becomes NaN or infinite are left out; it is 0 where it becomes that in all.
    """
    runs = np.stack(list(moved))
    finite = np.isfinite(runs)
    count = np.maximum(finite.sum(axis=0), 1)
    with np.errstate(over="ignore", invalid="ignore"):
        kept = np.where(finite, runs, 0.0)
        # (sums of great numbers would be infinite)
        scale = np.maximum(np.abs(kept).max(axis=0), np.finfo(np.float64).tiny)
        scaled = kept / scale
        off = np.where(finite, scaled - scaled.sum(axis=0) / count, 0.0)
        found = root_mean_square(off, count) * scale
    # What is the same at each run does not move, whatever its mean is rounded to.
    still = (runs == runs[0]).all(axis=0)
    return np.where(still, 0.0, found)


def root_mean_square(off: np.ndarray, count: Any) -> np.ndarray:
    """The root of the sum of the squares over the first axis, by a count; squares of small numbers would be zero."""
    scale = np.maximum(np.abs(off).max(axis=0), np.finfo(np.float64).tiny)
    return np.asarray(scale * np.sqrt(((off / scale) ** 2).sum(axis=0) / count))


def digits(value: float, bar: float, dtype: Any) -> float:
    """How many decimal digits of a number its error bar leaves: none where the bar is as wide as the number."""
    most = _binary_digits(dtype) * np.log10(2.0)
    if not np.isfinite(bar) or (value == 0.0 and bar > 0.0):
        return 0.0
    return float(most if bar == 0.0 else min(max(np.log10(abs(value) / bar), 0.0), most))


def gaps(one: np.ndarray, other: np.ndarray) -> np.ndarray:
    """The absolute difference of each entry; infinite where it is one of NaNs, infinities, or what is no float."""
    if not is_floating(one.dtype):
        return np.where(np.asarray(one != other), np.inf, 0.0)
    one, other = _parts(one).astype(np.float64), _parts(other).astype(np.float64)
    equal = (one == other) | (np.isnan(one) & np.isnan(other))
    finite = np.isfinite(one) & np.isfinite(other)
    with np.errstate(over="ignore", invalid="ignore"):  # infinities cancel to NaN, which is passed over
        gap = np.where(equal, 0.0, np.where(finite, np.abs(one - other), np.inf))
    return np.asarray(gap.max(axis=-1))


def ulp_of_greatest(array: np.ndarray) -> float:
    """One ULP of the entry that is greatest in magnitude, leaving out NaN and infinity; 0.0 for what is no float.

    At least the least normal number, for kernels may take less for zero (TensorFlow sets its own threads so), but in
    half precision, which is computed in float32.
    """
    if not is_floating(array.dtype):
        return 0.0
    parts = _parts(array)
    finite = np.abs(parts[np.isfinite(parts.astype(np.float64))])
    if not finite.size:
        return 0.0
    greatest = finite.max()
    if greatest.dtype.name == "bfloat16":  # the upper half of a float32
        return float(np.spacing(np.float32(greatest))) * 2.0**16
    # (the greatest number of all has no neighbour above)
    below = greatest == np.finfo(greatest.dtype).max
    ulp = greatest - np.nextafter(greatest, 0) if below else np.spacing(greatest)
    return float(ulp if greatest.dtype.itemsize == 2 else max(ulp, np.finfo(greatest.dtype).tiny))
