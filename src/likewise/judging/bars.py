"""Error bars: how far each entry of a side comes by the rounding of its own operations.

A side's graph is run with the result of each operation that rounds moved by an ULP at random (``modes.rounding``). Where
it has no such graph, or one that gives something else than the side does, inputs and weights are moved instead.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, List, Optional, Sequence

import numpy as np

from likewise.judging.leaves import Arranged, Leaf, arrays_of, fits
from likewise.modes import Step
from likewise.trial import Observation, Trial
from likewise.verdict import BARS, BARS_OF_HALF, apart, is_floating, parts, spread, units

__all__ = ["Bars", "bars_of"]

#: How many more ULPs than its error bar an entry may be off: its last operation may be no better.
LEAST = 4.0


@dataclass(frozen=True)
class Bars:
    """What moved runs of a side gave, array by array.

    - moved: the arrays of each run.
    - traced: whether its operations were moved, not its inputs and weights.
    """

    moved: Sequence[Sequence[np.ndarray]]
    traced: bool

    def deviation(self, place: int) -> np.ndarray:
        """The standard deviation of the entries of an array of floats, as ``verdict.parts``."""
        return spread([parts(run[place]) for run in self.moved])

    def allowed(self, place: int, values: np.ndarray, dtype: Any) -> np.ndarray:
        """How far each entry may be off for what its operations round; the entries are ``verdict.parts``."""
        bars = BARS_OF_HALF if np.dtype(dtype).itemsize == 2 else BARS
        return bars * self.deviation(place) + LEAST * units(values, dtype)

    def reached(self, place: int, values: np.ndarray) -> np.ndarray:
        """Where a run gave these values of an array that holds no floats."""
        return np.asarray(np.any([run[place] == values for run in self.moved], axis=0))


def bars_of(
    trial: Trial,
    side: int,
    step: Step,
    arranged: Arranged,
    leaves: List[Leaf],
    arrays: Sequence[np.ndarray],
    times: int,
    *,
    wide: bool,
) -> Optional[Bars]:
    """The error bars of a side (0 or 1); None where no moved run can be held against what it gave.

    - arrays: what it gave, unmoved.
    - wide: of its float64 program.
    """
    sampled = trial.sampled(side, step, times, wide=wide)
    for seen, traced in ((sampled, True), (None, False)):
        if seen is None and traced:
            continue
        runs = _fitting(
            trial.jittered(side, max(times // 3, 8), step, wide=wide) if seen is None else seen, arranged, leaves, side
        )
        if runs and (not traced or _is_of(runs, arrays)):
            return Bars(runs, traced)
    return None


def _fitting(
    observed: Sequence[Observation], arranged: Arranged, leaves: List[Leaf], side: int
) -> List[List[np.ndarray]]:
    # Moved values may be refused, or select other entries.
    found = [arrays_of(arranged, seen, side) for seen in observed if seen.outputs is not None]
    return [each for each in found if fits(each, leaves)]


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
