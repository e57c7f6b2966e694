"""What error bars say of one array, entry by entry."""

from __future__ import annotations

from typing import Any, Iterable, List, NamedTuple, Optional, Sequence, Tuple

import numpy as np

from likewise.judging.bars import JUMP, Bars
from likewise.judging.leaves import Leaf
from likewise.verdict import Pair, apart, is_floating, parts, units

__all__ = ["CLOSE", "LOST", "Found", "Near", "other_function", "weighed"]

#: So many ULPs apart, both float32 results are as good as one another, if float64 shows the same function.
CLOSE = 64.0

#: No digit of a number means anything where the standard deviation of its moved runs is this part of it.
MEANT = 0.25

#: One side has lost digits where its error bar is so many times as wide as the other's: more than two digits.
LOST = 2.0**8


class Near(NamedTuple):
    """An array of both sides: as it is, and in float64 where that could be had."""

    leaf: Leaf
    wide: Optional[Pair]

    @property
    def floating(self) -> bool:
        """Whether its numbers round."""
        return is_floating(self.leaf.pair[0].dtype)

    @property
    def dtype(self) -> Any:
        """Of both sides."""
        return self.leaf.pair[0].dtype


class Found(NamedTuple):
    """What error bars say of one array, as masks over its entries (and the two parts of complex numbers).

    - differs: where it is more than rounding; alone: of these, where a side has it in its own precision alone, by side.
    - jumps, insignificant, unshown: as of ``Judgement``; unshown are those of which float64 has no digit left, either.
    - lost: where reference or candidate have lost far more digits than the other; bars: the error bars of both.
    """

    differs: np.ndarray
    alone: Tuple[np.ndarray, np.ndarray]
    jumps: np.ndarray
    insignificant: np.ndarray
    unshown: np.ndarray
    lost: Tuple[np.ndarray, np.ndarray]
    bars: Tuple[np.ndarray, np.ndarray]


@np.errstate(invalid="ignore", over="ignore")  # NaN is neither less nor more
def other_function(place: int, near: Near, bars: Sequence[Bars], *, continuous: bool) -> np.ndarray:
    """Where both float64 programs, whose bars these are, differ by more than their operations round.

    - continuous: whether none jumps. Where one does, the reference's jumps excuse a difference, and no other's.
    """
    if near.wide is None:
        return np.zeros(parts(near.leaf.pair[0]).shape if near.floating else near.leaf.pair[0].shape, bool)
    if not near.floating:
        wide, its_wide = near.wide
        return np.asarray((wide != its_wide) & ~bars[0].reached(place, its_wide))
    wide, its_wide = map(parts, near.wide)
    greater = np.maximum(np.abs(wide), np.abs(its_wide))
    its = bars[1].deviation(place) if continuous else bars[1].unjumping(place, its_wide)
    return np.asarray(apart(wide, its_wide) > bars[0].allowed(place, greater, np.float64, its))


def weighed(place: int, near: Near, bars: List[Bars], *, continuous: bool) -> Found:
    """What the bars of reference and candidate, and of both in float64 where that takes any, say of the array there."""
    with np.errstate(invalid="ignore", over="ignore"):  # NaN is neither less nor more
        return _weighed(place, near, bars, continuous=continuous) if near.floating else _exactly(place, near, bars)


def _weighed(place: int, near: Near, bars: List[Bars], *, continuous: bool) -> Found:
    one, other = map(parts, near.leaf.pair)
    apart_here = apart(one, other)
    ulps = np.maximum(units(one, near.dtype), units(other, near.dtype))
    deviations = [each.deviation(place) for each in bars[:2]]
    nothing = np.zeros(one.shape, bool)
    alone, unshown, overflown = (nothing, nothing), nothing, nothing
    if near.wide is None:
        # (a NaN or an infinity on one side only is infinitely far off)
        its = deviations[1] if continuous else bars[1].unjumping(place, other)
        differs = apart_here > bars[0].allowed(place, np.maximum(np.abs(one), np.abs(other)), near.dtype, its)
    else:
        wides = [parts(each) for each in near.wide]
        # Where both have overflown, to an infinity of whichever sign or to NaN, neither has a digit left.
        overflown = ~np.isfinite(one) & ~np.isfinite(other) & np.isfinite(wides[0]) & np.isfinite(wides[1])
        elsewhere = nothing
        if bars[2:]:
            elsewhere = other_function(place, near, bars[2:], continuous=continuous)
            unshown = (apart(*wides) > 0) & ~elsewhere
        for each, values in zip(bars[2:], wides):
            unshown = unshown & (each.deviation(place) >= MEANT * np.abs(values))
        off = []
        for side, values in enumerate((one, other)):
            beyond = apart(values, wides[side]) > bars[side].allowed(place, wides[side], near.dtype)
            off.append(beyond & ~overflown & (apart_here > CLOSE * ulps))
        alone = _both(each & ~elsewhere for each in off)
        differs = elsewhere | alone[0] | alone[1]
    far = ~differs & (apart_here > CLOSE * ulps)
    lost = _both(far & (deviations[side] > LOST * np.maximum(deviations[1 - side], ulps)) for side in (0, 1))
    return Found(
        differs,
        alone,
        nothing if continuous else far & (apart_here > JUMP * np.maximum(np.abs(one), np.abs(other))),
        far & (overflown | (deviations[0] >= MEANT * np.abs(one)) & (deviations[1] >= MEANT * np.abs(other))),
        unshown,
        lost,
        _both(deviations),
    )


def _exactly(place: int, near: Near, bars: List[Bars]) -> Found:
    """What holds no floats jumps by rounding, or else differs: only to a value that was reached."""
    one, other = near.leaf.pair
    nothing = np.zeros(one.shape, bool)
    unequal = np.asarray(one != other)
    if near.wide is None:
        differs = unequal & ~(bars[0].reached(place, other) | bars[1].reached(place, one))
        return Found(
            differs, (nothing, nothing), unequal & ~differs, nothing, nothing, (nothing, nothing), (one, other)
        )
    elsewhere = other_function(place, near, bars[2:], continuous=False) if bars[2:] else nothing
    alone = _both(
        unequal & (mine != exact) & ~bars[side].reached(place, exact) & ~elsewhere
        for side, (mine, exact) in enumerate(zip(near.leaf.pair, near.wide))
    )
    differs = elsewhere | alone[0] | alone[1]
    return Found(differs, alone, unequal & ~differs, nothing, nothing, (nothing, nothing), (one, other))


def _both(masks: Iterable[np.ndarray]) -> Tuple[np.ndarray, np.ndarray]:
    one, other = masks
    return one, other
