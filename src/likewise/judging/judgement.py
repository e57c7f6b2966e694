"""The same bits, rounding, lost digits, or a difference: entry by entry, with no tolerance that anybody chose.

The inputs and weights that both sides are given are exact: nobody moves them. Uncertain is what operations round.

- The same function? In float64 both sides agree within their error bars (``judging.bars``).
- The same in float32? Each side's result lies within its error bar of its own result in float64.
- As precise? Where both hold, one side's error bar is not far wider than the other's.

Error bars take a trace, so what needs none comes first: where both float32 results are a few ULP apart, and the float64
ones a millionth of an ULP, it is rounding; where the float64 ones differ by a thousand times as much as each side's
float32 result is off its own, in operations that are continuous, it is a difference. Where float64 cannot run, the
error bars are those of the precision at hand.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, List, NamedTuple, Optional, Sequence, Tuple

import numpy as np

from likewise.judging.bars import Bars, bars_of
from likewise.judging.leaves import Asked, Leaf
from likewise.verdict import Pair, apart, digits, is_double, is_floating, mismatched, parts, spread, units

__all__ = ["Judgement", "Loss", "judge", "unsteady"]

#: So many ULPs apart, both float32 results are as good as one another, if float64 shows the same function.
CLOSE = 64.0

#: The same where there is no float64 to show that.
FEW = 4.0

#: Both functions are one where float64 tells them apart by no more than this part of what float32 is off.
MILLIONTH = 2.0**-20

#: A difference is none of rounding where it is so many times what either precision is off the other.
CLEAR = 2.0**10

#: At fewer entries than that both precisions may agree by chance, where rounding decides between two numbers.
FEW_CLEAR = 4

#: One side has lost digits where its error bar is so many times as wide as the other's: more than two digits.
LOST = 2.0**8

#: No digit of a number means anything where the standard deviation of its moved runs is this part of it.
MEANT = 0.25

#: How many moved runs an error bar is taken from; the greater number where operations jump, each by some chance.
TIMES = 24
TIMES_OF_JUMPS = 96

#: How often what a side is given is moved to see how far it comes whatever it computes.
JITTERS = 8

#: How often a side that gave something else when it was run again is run altogether.
AGAIN = 8

SIDES = ("reference", "candidate")


@dataclass(frozen=True)
class Loss:
    """Where one side keeps far fewer digits than the other.

    - side: "reference" or "candidate", which loses them.
    - entries: at how many entries.
    - path, index: of the array and the entry where most are lost.
    - digits: the decimal digits that reference and candidate keep there.
    - values: what reference and candidate have there, and the reference's in float64.
    """

    side: str
    entries: int
    path: str
    index: Tuple[int, ...]
    digits: Tuple[float, float]
    values: Tuple[float, ...]


@dataclass(frozen=True)
class Judgement:
    """What the differing bits of both sides come to.

    - verdict: "identical", "rounding" or "different"; None where no digit means anything.
    - way: what showed it: "float64", "error bars", "jitter", "4 ULP", "within N ULP"; "" where nothing had to.
    - jumps: entries where rounding makes an operation that jumps give another value.
    - insignificant: entries of which neither side has a digit left.
    - loss: where one side is far less precise.
    """

    verdict: Optional[str]
    way: str = ""
    jumps: int = 0
    note: str = ""
    insignificant: int = 0
    loss: Optional[Loss] = None


class _Near(NamedTuple):
    """An array of both sides: as it is, and in float64 where that could be had."""

    leaf: Leaf
    wide: Optional[Pair]

    @property
    def floating(self) -> bool:
        return is_floating(self.leaf.pair[0].dtype)

    @property
    def dtype(self) -> Any:
        return self.leaf.pair[0].dtype


def judge(asked: Asked, within: Optional[int]) -> Judgement:
    """What the differences of these arrays come to.

    - within: ULPs that a user lets pass whatever they come from; None for none.
    """
    leaves = asked.leaves
    if not any(leaf.apart.differing for leaf in leaves):
        return Judgement("identical")
    if within is not None and all(_lets_pass(leaf, within) for leaf in leaves if leaf.apart.differing):
        return Judgement("rounding", f"within {within} ULP")
    wide = _in_float64(asked)
    near = [_Near(leaf, None if wide is None else wide[place]) for place, leaf in enumerate(leaves)]
    if all(map(_is_close, near)):
        return Judgement("rounding", "4 ULP" if wide is None else "float64")
    told = unsteady(asked)
    if told:
        return Judgement("different", note=told)
    if _are_clear(near) and _continuous(asked):
        return Judgement("different", "float64")
    return _by_bars(asked, near)


def _continuous(asked: Asked) -> bool:
    return all(asked.trial.continuous(side, asked.step) for side in (0, 1))


def _lets_pass(leaf: Leaf, within: int) -> bool:
    return is_floating(leaf.pair[0].dtype) and leaf.apart.max_ulp <= within and not leaf.apart.mismatched


def _in_float64(asked: Asked) -> Optional[List[Optional[Pair]]]:
    """The arrays of both sides in float64, None for one that has no more than it had; None where float64 cannot run."""
    doubles = [is_double(leaf.pair[0].dtype) for leaf in asked.leaves]
    seen = None if all(doubles) else asked.trial.precise(asked.step)
    if seen is None:
        return None
    one, other = (asked.fitting(each, side) for side, each in enumerate(seen))
    if one is None or other is None:
        return None
    return [None if double else pair for double, pair in zip(doubles, zip(one, other))]


def _is_close(near: _Near) -> bool:
    """Whether it needs no error bar to see that both sides are the same."""
    if not near.floating:
        return not any((one != other).any() for one, other in (near.leaf.pair, near.wide or near.leaf.pair))
    one, other = map(parts, near.leaf.pair)
    ulps = np.maximum(units(one, near.dtype), units(other, near.dtype))
    if near.wide is None:
        return bool((apart(one, other) <= FEW * ulps).all())
    wide, its_wide = map(parts, near.wide)
    off = np.maximum(np.maximum(apart(one, wide), apart(other, its_wide)), ulps)
    same = apart(wide, its_wide) <= MILLIONTH * off
    return bool((same & (apart(one, other) <= CLOSE * ulps)).all())


def _are_clear(near: Sequence[_Near]) -> bool:
    """Whether it needs no error bar to see that two continuous functions differ.

    At nearly all entries where they do, and not at a few by chance, by far more than either precision is off the other.
    """
    clear = differing = 0
    for each in near:
        if each.wide is None or not each.floating:
            return False
        one, other, wide, its_wide = map(parts, (*each.leaf.pair, *each.wide))
        ulps = np.maximum(units(wide, each.dtype), units(its_wide, each.dtype))
        off = np.maximum(np.maximum(apart(one, wide), apart(other, its_wide)), ulps)
        found = apart(wide, its_wide)
        clear += int((found > CLEAR * off).sum())
        differing += int((found > MILLIONTH * off).sum())
    return clear >= max(FEW_CLEAR, 0.9 * differing)


def unsteady(asked: Asked, times: int = 1) -> str:
    """Which side gives something else when it is run again from the same values, and how often; "" for none.

    - times: how often each is run again to find out.
    """
    for side, who in enumerate(SIDES):
        others = _others(asked, side, times)
        if others:
            more = max(AGAIN - times, 0)
            others += _others(asked, side, more)
            return (
                f"the {who} is not steady: it gave something else in {others:,} of {times + more:,} further runs from "
                "the same values, so rounding explains nothing"
            )
    return ""


def _others(asked: Asked, side: int, times: int) -> int:
    """In how many further runs a side gives something else, rounding apart (several threads may round otherwise)."""
    found, arrays = 0, [leaf.pair[side] for leaf in asked.leaves]
    for seen in asked.trial.again(side, asked.step, times):
        again = asked.fitting(seen, side)
        found += again is None or not (
            all(
                one.tobytes() == other.tobytes() or _is_close(_Near(leaf._replace(pair=(one, other)), None))
                for one, other, leaf in zip(arrays, again, asked.leaves)
            )
            or _within_bars(asked, side, again)
        )
    return found


def _within_bars(asked: Asked, side: int, again: List[np.ndarray]) -> bool:
    arrays = [leaf.pair[side] for leaf in asked.leaves]
    bars = bars_of(asked, side, arrays, TIMES, wide=False)
    if bars is None or not bars.traced or asked.trial.draws(side, asked.step):
        return False
    return all(
        bool((apart(parts(one), parts(other)) <= bars.allowed(place, parts(one), one.dtype)).all())
        if is_floating(one.dtype)
        else bool((bars.reached(place, other) | (one == other)).all())
        for place, (one, other) in enumerate(zip(arrays, again))
    )


class _Found(NamedTuple):
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


def _by_bars(asked: Asked, near: List[_Near]) -> Judgement:
    found: List[_Found] = []
    continuous = _continuous(asked)
    way = "error bars"
    for times in (TIMES,) if continuous else (TIMES, TIMES_OF_JUMPS):
        bars = _all_bars(asked, near, times)
        if bars is None:
            return Judgement("different", note="no run in which its rounding is moved gives what it gave")
        if not all(each.traced for each in bars):
            way = "jitter"
        found = [_weighed(place, each, bars, continuous=continuous) for place, each in enumerate(near)]
        if not any(each.differs.any() for each in found):
            break
    jumps, insignificant, unshown = (
        sum(int(getattr(each, name).sum()) for each in found) for name in ("jumps", "insignificant", "unshown")
    )
    if any(each.differs.any() for each in found):
        return Judgement("different", way, jumps, _alone(near, found))
    compared = sum(leaf.leaf.apart.compared for leaf in near)
    if 2 * unshown >= compared:
        return Judgement(None, way, note="no digit of either side means anything here, in float64 either")
    notes = [_jumping(jumps), _meaningless(insignificant)]
    found = _own_losses(asked, found)
    return Judgement("rounding", way, jumps, "\n".join(filter(None, notes)), insignificant, _loss(near, found))


def _own_losses(asked: Asked, found: List[_Found]) -> List[_Found]:
    """Without the digits that are lost to what is computed, however it is written.

    A sum that cancels may come out exactly in one order, and not in another. That is no loss of the other order's own
    where the more precise side comes as far when what it is given is moved by one ULP.
    """
    for side in (0, 1):
        if not any(each.lost[side].any() for each in found):
            continue
        seen = asked.trial.jittered(1 - side, JITTERS, asked.step)
        fitting = [asked.fitting(each, 1 - side) for each in seen if each.outputs is not None]
        runs = [each for each in fitting if each is not None]
        for place, each in enumerate(found):
            if each.lost[side].any() and runs:
                given = spread([parts(run[place]) for run in runs])
                lost = list(each.lost)
                lost[side] = lost[side] & (each.bars[side] > LOST * given)
                found[place] = each._replace(lost=(lost[0], lost[1]))
    return found


def _all_bars(asked: Asked, near: List[_Near], times: int) -> Optional[List[Bars]]:
    """The bars of reference and candidate, and then of both in float64, where some array has that."""
    found = []
    for wide in (False, True):
        if wide and all(each.wide is None for each in near):
            break
        for side in (0, 1):
            arrays = [(each.wide if wide and each.wide else each.leaf.pair)[side] for each in near]
            bars = bars_of(asked, side, arrays, times, wide=wide)
            if bars is None:
                return None
            found.append(bars)
    return found


def _weighed(place: int, near: _Near, bars: List[Bars], *, continuous: bool) -> _Found:
    if not near.floating:
        return _weighed_exactly(place, near, bars)
    one, other = map(parts, near.leaf.pair)
    apart_here = apart(one, other)
    ulps = np.maximum(units(one, near.dtype), units(other, near.dtype))
    deviations = [each.deviation(place) for each in bars[:2]]
    nothing = np.zeros(one.shape, bool)
    overflows, alone = (nothing, nothing), (nothing, nothing)
    unshown = nothing
    if near.wide is None:
        differs = apart_here > bars[0].allowed(place, np.maximum(np.abs(one), np.abs(other)), near.dtype, bars[1])
    else:
        wides = [parts(each) for each in near.wide]
        apart_wide = apart(*wides)
        greater = np.maximum(np.abs(wides[0]), np.abs(wides[1]))
        other_function = apart_wide > bars[2].allowed(place, greater, np.float64, bars[3])
        unshown = (apart_wide > 0) & ~other_function
        for each, values in zip(bars[2:], wides):
            unshown = unshown & (each.deviation(place) >= MEANT * np.abs(values))
        off = []
        for side, values in enumerate((one, other)):
            beyond = apart(values, wides[side]) > bars[side].allowed(place, wides[side], near.dtype)
            off.append(beyond & (apart_here > CLOSE * ulps))
        # What overflows in float32, and is a number in float64, has lost its digits there.
        overflows = tuple(  # type: ignore[assignment]  # two of them
            off[side] & mismatched(values, wides[side]) & ~other_function for side, values in enumerate((one, other))
        )
        alone = tuple(  # type: ignore[assignment]
            off[side] & ~overflows[side] & ~other_function for side in (0, 1)
        )
        differs = other_function | alone[0] | alone[1]
    far = ~differs & (apart_here > CLOSE * ulps)
    lost = tuple(
        far & ((deviations[side] > LOST * np.maximum(deviations[1 - side], ulps)) | overflows[side]) for side in (0, 1)
    )
    return _Found(
        differs,
        alone,
        far & ~np.asarray(continuous),
        far & (deviations[0] >= MEANT * np.abs(one)) & (deviations[1] >= MEANT * np.abs(other)),
        unshown,
        lost,  # type: ignore[arg-type]
        tuple(np.where(overflows[side], np.inf, deviations[side]) for side in (0, 1)),  # type: ignore[arg-type]
    )


def _weighed_exactly(place: int, near: _Near, bars: List[Bars]) -> _Found:
    """What holds no floats jumps by rounding, or else differs: only to a value that was reached."""
    one, other = near.leaf.pair
    nothing = np.zeros(one.shape, bool)
    unequal = np.asarray(one != other)
    if near.wide is None:
        differs = unequal & ~(bars[0].reached(place, other) | bars[1].reached(place, one))
        return _Found(
            differs, (nothing, nothing), unequal & ~differs, nothing, nothing, (nothing, nothing), (one, other)
        )
    wide, its_wide = near.wide
    other_function = np.asarray(wide != its_wide) & ~bars[2].reached(place, its_wide)
    alone = tuple(
        unequal & (mine != exact) & ~bars[side].reached(place, exact) & ~other_function
        for side, (mine, exact) in enumerate(zip(near.leaf.pair, near.wide))
    )
    differs = other_function | alone[0] | alone[1]
    return _Found(differs, alone, unequal & ~differs, nothing, nothing, (nothing, nothing), (one, other))  # type: ignore[arg-type]


def _alone(near: Sequence[_Near], found: Sequence[_Found]) -> str:
    """Which side does something in its own precision that it does not in float64, where that is all; "" else."""
    for side, who in enumerate(SIDES):
        count = sum(int(each.alone[side].sum()) for each in found)
        if count and count == sum(int(each.differs.sum()) for each in found):
            dtype = next(each.dtype for each, told in zip(near, found) if told.alone[side].any())
            return (
                f"in {np.dtype(dtype).name} alone: in float64 both sides agree, and the {who} is further off its own "
                f"float64 result than its operations round, at {_entries(count)}"
            )
    return ""


def _loss(near: Sequence[_Near], found: Sequence[_Found]) -> Optional[Loss]:
    """Where most digits are lost, by the side that loses most."""
    worst: Optional[Tuple[float, int, int, int]] = None
    for leaf, told in enumerate(found):
        for side in (0, 1):
            for place in np.flatnonzero(told.lost[side]):
                # (a bar of 0 is less than any other, and one that is infinite more)
                ratio = math.inf
                if np.isfinite(told.bars[side].flat[place]) and told.bars[1 - side].flat[place] > 0.0:
                    ratio = math.log(told.bars[side].flat[place]) - math.log(told.bars[1 - side].flat[place])
                if worst is None or ratio > worst[0]:
                    worst = ratio, leaf, side, int(place)
    if worst is None:
        return None
    _, leaf, side, place = worst
    one, other = map(parts, near[leaf].leaf.pair)
    exact = parts((near[leaf].wide or near[leaf].leaf.pair)[0])
    values = float(one.flat[place]), float(other.flat[place]), float(exact.flat[place])
    kept = tuple(
        digits(
            values[2] if near[leaf].wide is not None else values[which],
            float(found[leaf].bars[which].flat[place]),
            near[leaf].dtype,
        )
        for which in (0, 1)
    )
    index = tuple(int(each) for each in np.unravel_index(place, one.shape))[:-1]
    entries = sum(int(each.lost[side].any(axis=-1).sum()) for each in found if each.lost[side].ndim)
    return Loss(SIDES[side], entries, near[leaf].leaf.path, index, (kept[0], kept[1]), values)


def _entries(count: int) -> str:
    return "1 entry" if count == 1 else f"{count:,} entries"


def _jumping(jumps: int) -> str:
    return f"at {_entries(jumps)} the reference jumps as far when what its operations round is moved" if jumps else ""


def _meaningless(count: int) -> str:
    return f"no digit of either side is significant at {_entries(count)}" if count else ""
