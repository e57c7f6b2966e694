"""How far two arrays are apart, and what that makes of them.

``identical``: the same bits, where 0.0 and -0.0 are one value and so are all NaNs.
``rounding``: other bits, by as much as the precision explains. ``different``: by more.
``refused``: both sides raised.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Iterable, Optional, Sequence, Tuple

import numpy as np

__all__ = [
    "JUMPS",
    "SHRINKS",
    "SPREADS",
    "VERDICTS",
    "Distance",
    "distance",
    "far_off",
    "gaps",
    "is_floating",
    "lasting",
    "reached",
    "rounding_in_double",
    "spread",
    "ulp_of_greatest",
    "worst",
]

Pair = Tuple[np.ndarray, np.ndarray]

#: From the best to the worst.
VERDICTS = ("refused", "identical", "rounding", "different")

#: A rounding difference shrinks by 2**-29 from float32 to float64. One that keeps more than the
#: square root of that is no rounding.
SHRINKS = 2.0**-15

#: How many times the spread that one ULP of jitter causes still counts as rounding.
SPREADS = 4.0

#: How many times as far as one move brings a continuous reference no other move brings it.
FAR = 1024.0

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


def lasting(near: Pair, wide: Pair) -> np.ndarray:
    """Where a difference does not shrink from one precision to double as a rounding difference does.

    - near, wide: both sides in their own precision, and computed again in double.

    A mask over the entries. Numbers that are no floats last where they differ in double as well.
    """
    return np.asarray(gaps(*wide) > rounding_in_double(near))


def rounding_in_double(near: Pair) -> float:
    """How far apart rounding alone may leave two numbers in double: what differs in their own precision, shrunk.

    What counts is the array's greatest difference there, at least one ULP of its greatest entry: a
    pair with the same bits may round in double.
    """
    if not is_floating(near[0].dtype):
        return 0.0
    return max(distance(*near).max_abs, ulp_of_greatest(near[0])) * SHRINKS


def far_off(near: Pair, wide: Pair, moved: np.ndarray) -> np.ndarray:
    """Where the candidate is much farther off than a continuous reference comes by any move, as one of them shows.

    - near, wide: both sides in their own precision, and computed again in double.
    - moved: the reference in double, inputs and weights moved by one ULP.

    A mask over the entries of floats; all False where nothing moves, which shows nothing. Both precisions have to tell
    the same difference, but for a sixty-fourth: what rounding makes of one is another each time.
    """
    reach = FAR * float(gaps(wide[0], moved).max(initial=0.0))
    if not is_floating(near[0].dtype) or reach == 0.0:
        return np.zeros(near[0].shape, bool)
    (one, other), (wide_one, wide_other) = ([_parts(each).astype(np.float64) for each in pair] for pair in (near, wide))
    with np.errstate(invalid="ignore", over="ignore"):  # NaN is the same as nothing
        found, expected = one - other, wide_one - wide_other
        same = (np.abs(found - expected) <= np.abs(expected) / 64).all(axis=-1)
    return np.asarray(same & (gaps(*wide) > reach))


def spread(one: np.ndarray, moved: Sequence[np.ndarray]) -> np.ndarray:
    """How far each entry comes, at most, when inputs and weights are moved by one ULP: see ``gaps``."""
    found = np.zeros(one.shape)
    for each in moved:
        found = np.maximum(found, gaps(one, each))
    return found


def reached(pair: Pair, moved: Sequence[np.ndarray], slack: float) -> np.ndarray:
    """Where the reference comes to what the candidate has, when inputs and weights are moved by one ULP.

    A mask over the entries of ``pair``. Numbers are reached that lie between two that the reference
    comes to, or no more than ``slack`` beyond; other values where it comes to the same.
    """
    one, other = pair
    values = [one, *moved]
    if not (is_floating(one.dtype) or np.issubdtype(one.dtype, np.integer)):
        return np.asarray(np.any([each == other for each in values], axis=0))
    places = np.stack([_parts(each).astype(np.float64) for each in values])
    wanted = _parts(other).astype(np.float64)
    with np.errstate(invalid="ignore"):  # NaN is reached by nothing
        between = (wanted >= np.fmin.reduce(places) - slack) & (wanted <= np.fmax.reduce(places) + slack)
    return np.asarray(between.all(axis=-1))


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
