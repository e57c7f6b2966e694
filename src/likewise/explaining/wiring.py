"""A layer that gets something else than the same layer of the other side does: what goes wrong is before it."""

from __future__ import annotations

from typing import List, Optional, Tuple

from likewise.explaining.aligning import Spot
from likewise.explaining.units import Seen, Unit, Units
from likewise.explanation import Apart, LayerFault

__all__ = ["wired"]

INPUTS = "the inputs"


def wired(units: Units, seen: Seen, twin: Seen) -> Optional[LayerFault]:
    """What is told of two calls of one layer that get tensors of the same shapes, but not the same ones.

    Where the texts would be the same, that of the layers before. None where each gets the same, in the same order, and
    where the shapes differ (as where frames are merged).

    - twin: the call of the other side that stands for it.
    """
    mine, its = (seen, twin) if seen.unit.side == 1 else (twin, seen)
    shapes = [units.shapes(each.unit).given for each in (mine, its)]
    if shapes[0] != shapes[1]:
        return None
    pairs = zip(mine.unit.inputs, its.unit.inputs)
    matches = [units.aligned.match(1, one, [other]) for one, other in pairs]
    if all(match is not None and match.agrees for match in matches):
        return None
    given = [_given(units, each.unit) for each in (mine, its)]
    texts = [" and ".join(dict.fromkeys(text for text, _ in each)) for each in given]
    if texts[0] == texts[1]:
        texts = [" and ".join(text for text, _ in each) for each in given]
    if texts[0] == texts[1]:
        return _before(units, mine, its)
    noted = mine.unit.noted
    named = "" if its.unit.noted.title == noted.title else f" {its.unit.noted.title} gets"
    message = (
        f"{noted.title} of the candidate{noted.inside}{_which(units, mine.unit)}: it gets {texts[0]},\n"
        f"but in the reference{named} {texts[1]}"
    )
    apart = [None if match is None else match.apart for match in matches]
    after = None if any(each is None for each in apart) else max(filter(None, apart), key=_size)
    return LayerFault(message, side="candidate", between=(given[0][0][1], noted.title), after=after)


def _before(units: Units, mine: Seen, its: Seen) -> Optional[LayerFault]:
    """The same of the layers that give the inputs, where these have the same names on both sides."""
    for one, other in zip(mine.unit.inputs, its.unit.inputs):
        match = units.aligned.match(1, one, [other])
        givers = units.giver(mine.unit, one), units.giver(its.unit, other)
        if (match is None or not match.agrees) and givers[0] is not None and givers[1] is not None:
            both = [
                next(seen for seen in units.seen[side] if seen.unit is giver) for side, giver in zip((1, 0), givers)
            ]
            return wired(units, *both)
    return None


def _size(apart: Apart) -> Tuple[float, int]:
    return apart.max_abs, apart.max_ulp


def _given(units: Units, unit: Unit) -> List[Tuple[str, str]]:
    """For each input what it is, and after which layer it comes."""
    found = []
    for spot in unit.inputs:
        giver = units.giver(unit, spot)
        if giver is not None:
            title = giver.noted.title
            nth = _nth(units, giver)
            found.append((f"what {f'the {nth} call of ' if nth else ''}{title} gives", title))
        elif units.is_input(unit.side, spot):
            count = len(units.aligned.values[unit.side]["inputs"])
            found.append((INPUTS if count == 1 else f"input {_place(units, unit, spot)}", INPUTS))
        else:
            ended = [
                each
                for each in units.units[unit.side]
                if each.end < unit.start and not each.noted.cell and not units.within(unit, each)
            ]
            if ended:
                title = max(ended, key=lambda each: each.end).noted.title
                found.append((f"what operations after {title} give", title))
            else:
                found.append((f"what operations make of {INPUTS}", INPUTS))
    return found


def _place(units: Units, unit: Unit, spot: Spot) -> int:
    count = len(units.aligned.values[unit.side]["inputs"])
    return next(place for place in range(count) if units.aligned.same(unit.side, spot, Spot("inputs", (), place)))


def _which(units: Units, unit: Unit) -> str:
    nth = _nth(units, unit)
    return f", in its {nth} call" if nth else ""


def _nth(units: Units, unit: Unit) -> str:
    """Which call of its layer it is, such as "2nd"; "" where it is the only one."""
    calls = [each for each in units.units[unit.side] if each.noted.layer == unit.noted.layer and each.nth >= 0]
    if len(calls) < 2:
        return ""
    number = unit.nth + 1
    ending = "th" if number % 100 in (11, 12, 13) else {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")
    return f"{number}{ending}"
