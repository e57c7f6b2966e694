"""The same bits, rounding, lost digits, or a difference: entry by entry, with no tolerance that anybody chose.

The inputs and weights that both sides are given are exact: nobody moves them. Uncertain is what operations round.

- The same function? In float64 both sides agree within their error bars (``judging.bars``).
- The same in float32? Each side's result lies within its error bar of its own result in float64.
- As precise? Where both hold, one side's error bar is not far wider than the other's.

Error bars take a trace, so what needs none comes first. Where float64 tells both apart by a millionth of what float32
is off, they are one function: it is rounding where both are a few ULP apart, or each as near to it as neighbours of
what it is given would bring it. Where moderate numbers give something else in float64, by a thousand times what each
side's float32 result is off its own, in operations that are continuous, it is a difference. Where float64 cannot run,
the error bars are those of the precision at hand.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import List, Optional, Sequence

import numpy as np

from likewise.judging.bars import Bars, bars_of
from likewise.judging.leaves import Asked, Leaf
from likewise.judging.losses import Loss, loss_of, own_losses
from likewise.judging.weighing import CLOSE, Found, Near, other_function, weighed
from likewise.verdict import BARS, Pair, apart, is_double, is_floating, parts, spread, units

__all__ = ["Judgement", "judge", "unsteady"]

#: The same where there is no float64 to show that.
FEW = 4.0

#: Both functions are one where float64 tells them apart by no more than this part of what float32 is off.
MILLIONTH = 2.0**-20

#: A difference is none of rounding where it is so many times what either precision is off the other.
CLEAR = 2.0**10

#: At fewer entries than that both precisions may agree by chance, where rounding decides between two numbers.
FEW_CLEAR = 4

#: Numbers up to this one, and from its sixth power's inverse on, are moderate.
MODERATE = 16.0

#: How often what both sides are given is moved to see how far they come.
NUDGES = 4

#: From so few moved runs an error bar is taken at first: what lies within it is rounding.
FEW_TIMES = 6

#: From so many a difference is seen that is ``CLEAR``.
SOME_TIMES = 12

#: How many it takes to tell a difference; the greater number where operations jump, each by some chance.
TIMES = 24
TIMES_OF_JUMPS = 48

#: How often a side that gave something else when it was run again is run altogether.
AGAIN = 8


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


@np.errstate(invalid="ignore", over="ignore")
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
    near = [Near(leaf, None if wide is None else wide[place]) for place, leaf in enumerate(leaves)]
    if all(map(_is_close, near)):
        return Judgement("rounding", "4 ULP" if wide is None else "float64")
    told = unsteady(asked)
    if told:
        return Judgement("different", note=told)
    plain = _plainly(asked, near) if wide is not None and _continuous(asked) else None
    return plain or _by_bars(asked, near)


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


def _is_close(near: Near) -> bool:
    """Whether it needs no error bar to see that both sides are the same."""
    if not near.floating:
        return _is_equal(near)
    one, other = map(parts, near.leaf.pair)
    ulps = np.maximum(units(one, near.dtype), units(other, near.dtype))
    if near.wide is None:
        return bool((apart(one, other) <= FEW * ulps).all())
    return bool((_are_same(near) & (apart(one, other) <= CLOSE * ulps)).all())


def _is_equal(near: Near) -> bool:
    return not any((one != other).any() for one, other in (near.leaf.pair, near.wide or near.leaf.pair))


def _are_same(near: Near) -> np.ndarray:
    """Where float64 shows one function without an error bar."""
    assert near.wide is not None
    one, other, wide, its_wide = map(parts, (*near.leaf.pair, *near.wide))
    ulps = np.maximum(units(one, near.dtype), units(other, near.dtype))
    off = np.maximum(np.maximum(apart(one, wide), apart(other, its_wide)), ulps)
    return np.asarray(apart(wide, its_wide) <= MILLIONTH * off)


def _is_same(near: Sequence[Near]) -> bool:
    return all(
        _is_equal(each) if not each.floating else each.wide is not None and bool(_are_same(each).all()) for each in near
    )


def _are_stable(asked: Asked, near: Sequence[Near]) -> bool:
    """Whether both sides are off their float64 results by no more than neighbours of what they are given would be.

    That is what a backward stable algorithm does (N. J. Higham, "Accuracy and Stability of Numerical Algorithms", 1.5).
    """
    seen = asked.trial.nudged(NUDGES, asked.step)
    runs = [asked.fitting(each, 0) for each in seen if each.outputs is not None]
    fitting = [each for each in runs if each is not None]
    if len(fitting) < NUDGES:
        return False
    for place, each in enumerate(near):
        if each.floating and each.wide is not None:
            come = BARS * spread([parts(run[place]) for run in fitting])
            for values, exact in zip(map(parts, each.leaf.pair), map(parts, each.wide)):
                if not (apart(values, exact) <= come + FEW * units(values, each.dtype)).all():
                    return False
    return True


def _plainly(asked: Asked, near: Sequence[Near]) -> Optional[Judgement]:
    """What two continuous functions come to with few runs or none; None where it takes more."""
    if _is_same(near) and _are_stable(asked, near):
        return Judgement("rounding", "float64")
    if _is_moderate(asked) and _are_clear(near):
        return Judgement("different", "float64")
    return Judgement("different", "error bars") if _are_far(asked, near) else None


def _is_moderate(asked: Asked) -> bool:
    """Whether nothing that both sides are given is so great that it swallows another in float64, too."""
    trial = asked.trial
    for array in (*trial.inputs.arrays, *(value for side in trial.values for value in side.values())):
        if is_floating(array.dtype):
            given = np.abs(parts(array))
            if not ((given == 0) | ((given >= 1 / MODERATE**6) & (given <= MODERATE))).all():
                return False
    return True


def _are_clear(near: Sequence[Near]) -> bool:
    """Whether it needs no error bar to see that two continuous functions of moderate numbers differ.

    At nearly all entries where they do, and not at a few by chance, by far more than either precision is off the other,
    and by what counts beside the greatest entry. Where a side is the same in both precisions, it may have lost all.
    """
    clear = differing = shown = 0
    for each in near:
        if each.wide is None or not each.floating:
            return False
        one, other, wide, its_wide = map(parts, (*each.leaf.pair, *each.wide))
        ulps = np.maximum(units(wide, each.dtype), units(its_wide, each.dtype))
        offs = apart(one, wide), apart(other, its_wide)
        off = np.maximum(np.maximum(*offs), ulps)
        found = apart(wide, its_wide)
        greatest = np.max(np.maximum(np.abs(wide), np.abs(its_wide)), initial=0.0)
        far = found > np.maximum(CLEAR * off, MILLIONTH * greatest)
        clear += int(far.sum())
        shown += int((far & (offs[0] > 0) & (offs[1] > 0)).sum())
        differing += int((found > MILLIONTH * off).sum())
    return shown >= FEW_CLEAR and clear >= 0.9 * differing


def _are_far(asked: Asked, near: Sequence[Near]) -> bool:
    """Whether some runs show two continuous functions to differ by far more than their error bars in float64.

    At most of the entries where they do: at a few no run may have moved what moves them.
    """
    bars = [
        bars_of(asked, side, [(each.wide or each.leaf.pair)[side] for each in near], SOME_TIMES, wide=True)
        for side in (0, 1)
    ]
    if any(each is None or not each.traced for each in bars):
        return False
    one, other = (each for each in bars if each is not None)
    far = differing = 0
    for place, each in enumerate(near):
        if each.wide is not None and each.floating:
            values, its = map(parts, each.wide)
            allowed = one.allowed(place, np.maximum(np.abs(values), np.abs(its)), np.float64, other.deviation(place))
            far += int((apart(values, its) > CLEAR * allowed).sum())
            differing += int((~_are_same(each)).sum())
    return far > differing / 2


def unsteady(asked: Asked, times: int = 1) -> str:
    """Which side gives something else when it is run again from the same values, and how often; "" for none.

    - times: how often each is run again to find out.
    """
    for side in (0, 1):
        others = _others(asked, side, times)
        if others:
            more = max(AGAIN - times, 0)
            others += _others(asked, side, more)
            return (
                f"{asked.who(side)} is not steady: it gave something else in {others:,} of {times + more:,} further "
                "runs from the same values, so rounding explains nothing"
            )
    return ""


def _others(asked: Asked, side: int, times: int) -> int:
    """In how many further runs a side gives something else, rounding apart (several threads may round otherwise)."""
    found, arrays = 0, [leaf.pair[side] for leaf in asked.leaves]
    for seen in asked.trial.again(side, asked.step, times):
        again = asked.fitting(seen, side)
        found += again is None or not (
            all(
                one.tobytes() == other.tobytes() or _is_close(Near(leaf._replace(pair=(one, other)), None))
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


def _by_bars(asked: Asked, near: List[Near]) -> Judgement:
    continuous = _continuous(asked)
    counts = (FEW_TIMES, TIMES) if continuous else (FEW_TIMES, TIMES, TIMES_OF_JUMPS)
    try:
        wide: List[Bars] = []
        if any(each.wide is not None for each in near) and not _is_same(near):
            for times in counts:
                wide = _bars_of_both(asked, near, times, wide=True)
                differing = (
                    other_function(place, each, wide, continuous=continuous) for place, each in enumerate(near)
                )
                if not any(each.any() for each in differing):
                    break
            else:
                return Judgement("different", _way(wide))
        for times in counts:
            bars = [*_bars_of_both(asked, near, times, wide=False), *wide]
            found = [weighed(place, each, bars, continuous=continuous) for place, each in enumerate(near)]
            # (in few runs it may be by chance that one side is not moved at all)
            if not any(each.differs.any() or each.lost[0].any() or each.lost[1].any() for each in found):
                break
    except _NoBars:
        return Judgement("different", note="no run in which its rounding is moved gives what it gave")
    way = _way(bars)
    jumps, insignificant, unshown = (
        sum(int(getattr(each, name).sum()) for each in found) for name in ("jumps", "insignificant", "unshown")
    )
    if any(each.differs.any() for each in found):
        return Judgement("different", way, jumps, _alone(asked, near, found))
    compared = sum(leaf.leaf.apart.compared for leaf in near)
    if 2 * unshown >= compared:
        return Judgement(None, way, note="no digit of either side means anything here, in float64 either")
    notes = [_jumping(jumps), _meaningless(insignificant)]
    found = own_losses(asked, found)
    return Judgement("rounding", way, jumps, "\n".join(filter(None, notes)), insignificant, loss_of(near, found))


class _NoBars(Exception):
    """A side has no error bars that could be held against what it gave."""


def _way(bars: Sequence[Bars]) -> str:
    return "error bars" if all(each.traced for each in bars) else "jitter"


def _bars_of_both(asked: Asked, near: List[Near], times: int, *, wide: bool) -> List[Bars]:
    """The bars of reference and candidate, or of their float64 programs. Raises _NoBars where one has none."""
    found = []
    for side in (0, 1):
        arrays = [(each.wide if wide and each.wide else each.leaf.pair)[side] for each in near]
        bars = bars_of(asked, side, arrays, times, wide=wide)
        if bars is None:
            raise _NoBars
        found.append(bars)
    return found


def _alone(asked: Asked, near: Sequence[Near], found: Sequence[Found]) -> str:
    """Which side does something in its own precision that it does not in float64, where that is all; "" else."""
    for side in (0, 1):
        count = sum(int(each.alone[side].sum()) for each in found)
        if count and count == sum(int(each.differs.sum()) for each in found):
            dtype = next(each.dtype for each, told in zip(near, found) if told.alone[side].any())
            return (
                f"in {np.dtype(dtype).name} alone: in float64 both sides agree, and {asked.who(side)} is further off "
                f"its own float64 result than its operations round, at {_entries(count)}"
            )
    return ""


def _entries(count: int) -> str:
    return "1 entry" if count == 1 else f"{count:,} entries"


def _jumping(jumps: int) -> str:
    return f"at {_entries(jumps)} the reference jumps as far when what its operations round is moved" if jumps else ""


def _meaningless(count: int) -> str:
    return f"no digit of either side is significant at {_entries(count)}" if count else ""
