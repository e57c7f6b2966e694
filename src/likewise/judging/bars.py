"""Error bars: how far each entry of a side comes by the rounding of its own operations.

A side's graph is run with the result of each operation that rounds moved by an ULP at random (``modes.rounding``).
Where it has no such graph, or one that gives something else than the side does, its weights are moved instead.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, List, Optional, Sequence

import numpy as np

from likewise.judging.leaves import Asked
from likewise.trial import Observation
from likewise.verdict import BARS, BARS_OF_HALF, apart, is_floating, parts, root_mean_square, spread, units

__all__ = ["JUMP", "Bars", "bars_of"]

#: How many runs tell whether what was moved is another program.
ENOUGH = 24

#: Where a program jumps, it comes so many times as far as where it does not.
GAP = 2.0**10

#: A difference is a jump where it is so great a part of the entry, or of the greatest where there is none.
JUMP = 2.0**-10

#: How many more ULPs than its error bar an entry may be off: its last operation may be no better.
LEAST = 4.0

#: The same in half precision, in which results are rounded that were computed in float32.
LEAST_OF_HALF = 1.0


@dataclass(frozen=True)
class Bars:
    """What moved runs of a side gave, array by array.

    - moved: the arrays of each run.
    - traced: whether its operations were moved, not its weights, or the inputs where it has none.
    """

    moved: Sequence[Sequence[np.ndarray]]
    traced: bool

    def deviation(self, place: int) -> np.ndarray:
        """The standard deviation of the entries of an array of floats, as ``verdict.parts``."""
        return spread([parts(run[place]) for run in self.moved])

    def unjumping(self, place: int, values: np.ndarray) -> np.ndarray:
        """The deviation from ``values``, what it gave, without the runs in which the program jumps to other ones.

        That is far off beside a run in which it is moved; or not off at all in one, and by much in all others, on one
        side. (What loses all its digits comes to both sides.)
        """
        moved = np.stack([parts(run[place]) for run in self.moved])
        off = np.stack([apart(each, values) for each in moved])
        least = np.where(off > 0, off, np.inf).min(axis=0)
        greatest = np.max(np.abs(values), initial=0.0)
        one_sided = (moved >= values).all(axis=0) | (moved <= values).all(axis=0)
        never = (off == 0).any(axis=0) & one_sided & (least > JUMP * greatest)
        jumped = never | ~np.isfinite(off) | (off > GAP * np.maximum(least, units(values, np.float64)))
        return root_mean_square(np.where(jumped, 0.0, off), len(off))

    def allowed(self, place: int, values: np.ndarray, dtype: Any, other: Optional[np.ndarray] = None) -> np.ndarray:
        """How far each entry may be off for what its operations round; the entries are ``verdict.parts``.

        - other: the deviation of what it is held against, where that rounds, too.
        """
        half = np.dtype(dtype).itemsize == 2
        deviation = self.deviation(place)
        if other is not None:
            deviation = np.hypot(deviation, other)
        return (BARS_OF_HALF if half else BARS) * deviation + (LEAST_OF_HALF if half else LEAST) * units(values, dtype)

    def reached(self, place: int, values: np.ndarray) -> np.ndarray:
        """Where a run gave these values of an array that holds no floats."""
        return np.asarray(np.any([run[place] == values for run in self.moved], axis=0))


def bars_of(asked: Asked, side: int, arrays: Sequence[np.ndarray], times: int, *, wide: bool) -> Optional[Bars]:
    """The error bars of a side (0 or 1) from so many runs; None where none can be held against what it gave.

    - arrays: what it gave, unmoved.
    - wide: of its float64 program.
    """
    # Few runs may all lie on one side of what it gave.
    for count in sorted({times, max(times, ENOUGH)}):
        runs = _fitting(asked, asked.trial.sampled(side, asked.step, count, wide=wide) or (), side)
        if runs and _is_of(runs, arrays):
            return Bars(runs, traced=True)
    runs = _fitting(asked, asked.trial.jittered(side, max(times // 3, 8), asked.step, wide=wide), side)
    return Bars(runs, traced=False) if runs else None


def _fitting(asked: Asked, observed: Sequence[Observation], side: int) -> List[List[np.ndarray]]:
    # Moved values may be refused, or select other entries.
    found = [asked.fitting(seen, side) for seen in observed if seen.outputs is not None]
    return [each for each in found if each is not None]


def _is_of(runs: List[List[np.ndarray]], arrays: Sequence[np.ndarray]) -> bool:
    """Whether what was moved is the same program: a trace may be another one than what Python does eagerly."""
    for place, array in enumerate(arrays):
        moved = [run[place] for run in runs]
        if not is_floating(array.dtype):
            if not np.any([each == array for each in moved], axis=0).all():
                return False
            continue
        given, values = parts(array), [parts(each) for each in moved]
        off = np.stack([apart(given, each) for each in values]).min(axis=0)
        if (off > BARS * spread(values) + 16 * LEAST * units(given, array.dtype)).any():
            return False
    return True
