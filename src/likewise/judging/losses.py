"""Where one side keeps far fewer digits than the other, though both are the same in exact arithmetic."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import List, Optional, Sequence, Tuple

import numpy as np

from likewise.judging.leaves import Asked
from likewise.judging.weighing import LOST, Found, Near
from likewise.verdict import digits, parts, spread

__all__ = ["SIDES", "Loss", "loss_of", "own_losses"]

#: How often what a side is given is moved to see how far it comes whatever it computes.
JITTERS = 8

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


def own_losses(asked: Asked, found: List[Found]) -> List[Found]:
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


def loss_of(near: Sequence[Near], found: Sequence[Found]) -> Optional[Loss]:
    """Where most digits are lost, by the side that loses most."""
    worst: Optional[Tuple[float, int, int, int]] = None
    for leaf, told in enumerate(found):
        for side in (0, 1):
            for place in map(int, np.flatnonzero(told.lost[side])):
                # (a bar of 0 is less than any other, and one that is infinite more)
                ratio = math.inf
                if np.isfinite(told.bars[side].flat[place]) and told.bars[1 - side].flat[place] > 0.0:
                    ratio = math.log(told.bars[side].flat[place]) - math.log(told.bars[1 - side].flat[place])
                if worst is None or ratio > worst[0]:
                    worst = ratio, leaf, side, place
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
