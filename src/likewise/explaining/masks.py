"""A layer that gets the same values on both sides, and another mask: who makes the mask, or where it is lost."""

from __future__ import annotations

from dataclasses import replace
from typing import List, Optional

import numpy as np

from likewise.explaining.aligning import Spot
from likewise.explaining.units import Seen, Unit, Units
from likewise.explanation import LayerFault

__all__ = ["masked_otherwise"]

SIDES = ("reference", "candidate")


def masked_otherwise(units: Units, seen: Seen, counterpart: Seen) -> Optional[LayerFault]:
    """What is told of two layers that get the same values with other masks; None where the masks are the same."""
    mine, its = (seen, counterpart) if seen.unit.side == 1 else (counterpart, seen)
    got = _mask(units, mine.unit, "masks"), _mask(units, its.unit, "masks")
    if _same(*got):
        return None
    return _handed_on(units, mine) or _made(units, mine, its) or _lost(units, mine, its)


def _handed_on(units: Units, last: Seen) -> Optional[LayerFault]:
    """The first layer that gets the same, mask and all, and gives another mask than the other side's."""
    for seen in units.seen[1]:
        if seen.unit.end > last.unit.start or seen.unit.noted.cell or len(seen.unit.calls) > 1:
            continue
        other = _beside(units, seen)
        if other is None or not _same(*(_mask(units, each.unit, "masks") for each in (seen, other))):
            continue
        one, its = (_mask(units, each.unit, "made") for each in (seen, other))
        if not _same(one, its):
            noted = seen.unit.noted
            told = f"{noted.title} of the candidate{noted.inside}: it gets the same, and gives {_hiding(one)},\n"
            told += f"but {other.unit.noted.title} of the reference gives {_hiding(its)}"
            return replace(noted.fault(told, SIDES[1]), counterpart=other.unit.noted.title)
    return None


def _beside(units: Units, seen: Seen) -> Optional[Seen]:
    """The other side's layer of the same class that gets and gives the same values."""
    for other in units.seen[1 - seen.unit.side]:
        spots = [(seen.unit.inputs, other.unit.inputs), (seen.unit.outputs, other.unit.outputs)]
        if other.unit.noted.kind == seen.unit.noted.kind and all(
            len(mine) == len(its) and all(_agree(units, seen.unit.side, *pair) for pair in zip(mine, its))
            for mine, its in spots
        ):
            return other
    return None


def _agree(units: Units, side: int, one: Spot, other: Spot) -> bool:
    match = units.aligned.match(side, one, [other])
    return match is not None and match.agrees


def _made(units: Units, mine: Seen, its: Seen) -> Optional[LayerFault]:
    """The layer that makes the mask which one side's layer gets, where the other side has no such layer."""
    for seen, other in ((its, mine), (mine, its)):
        mask = _mask(units, seen.unit, "masks")
        if mask is None:
            continue
        makers = [each for each in units.seen[seen.unit.side] if _same(_mask(units, each.unit, "made"), mask)]
        makers = [each for each in makers if each.unit.end < seen.unit.start]
        if makers and _beside(units, makers[0]) is None:
            maker, side = makers[0].unit.noted, seen.unit.side
            told = f"{maker.title} of the {SIDES[side]}{maker.inside}: it makes {_hiding(mask)};\n"
            got = _hiding(_mask(units, other.unit, "masks"))
            told += f"{other.unit.noted.title} of the {SIDES[1 - side]} gets the same values with {got}"
            return replace(maker.fault(told, SIDES[side]), counterpart=other.unit.noted.title)
    return None


def _lost(units: Units, mine: Seen, its: Seen) -> LayerFault:
    """That it is lost on the way to a layer: after the last one that hands it on."""
    got = [_mask(units, each.unit, "masks") for each in (mine, its)]
    of, wanted = (mine, got[1]) if got[0] is None or got[1] is not None else (its, got[0])
    side, title = of.unit.side, of.unit.noted.title
    giving = [
        each.unit
        for each in units.seen[side]
        if each.unit.end < of.unit.start and _same(_mask(units, each.unit, "made"), wanted)
    ]
    last = giving[-1].noted.title if giving else "the inputs"
    message = f"between {last} and {title} of the {SIDES[side]}: the mask is lost;\n"
    message += f"{title} gets the same values, and on the other side {_hiding(wanted)}"
    return LayerFault(message, side=SIDES[side], between=(last, title))


def _mask(units: Units, unit: Unit, part: str) -> Optional[np.ndarray]:
    """The first mask that a layer gets ("masks") or gives ("made"), as of one axis for steps; None for none.

    A mask that hides nothing is none.
    """
    calls = units.aligned.values[unit.side]["calls"]
    found: List[np.ndarray] = [each for call in unit.calls[:1] for each in calls[call][part] if each is not None]
    return None if not found or bool(np.all(found[0])) else np.asarray(found[0])


def _same(one: Optional[np.ndarray], other: Optional[np.ndarray]) -> bool:
    if one is None or other is None:
        return one is other
    return one.shape == other.shape and bool((one == other).all())


def _hiding(mask: Optional[np.ndarray]) -> str:
    if mask is None:
        return "no mask, or one that hides nothing"
    return f"a mask that hides {mask.size - int(np.count_nonzero(mask)):,} of {mask.size:,} steps"
