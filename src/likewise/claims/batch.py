"""One at a time equals all at once: no entry of a batch sees another."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, List, Optional, Tuple

import numpy as np

from likewise import nest
from likewise.cell import Cell, tensorflow
from likewise.comparison import Finding
from likewise.holding import Unseen, each_alone, own
from likewise.inputs import Inputs
from likewise.modes import Outputs, Step
from likewise.program import Call
from likewise.trial import Observation, Side, Trial
from likewise.verdict import gaps

__all__ = ["Batch", "OneByOne", "batch"]

#: So many entries of a batch are tried by themselves: the first, the last, and some between.
MOST = 8


@dataclass(frozen=True)
class Batch:
    """Each side gives for one entry of the batch alone what it gives for it among all.

    The batch is the axis ``n`` of inputs whose axes are named, and else the first; outputs have it
    where one entry makes them shorter. An output without such an axis has to be the same for each
    entry alone. With a batch of one there is nothing to compare.
    """

    name: str = "batch"

    def why_not(self, cell: Cell) -> Optional[str]:
        return None

    def compare(self, trial: Trial) -> Finding:
        if not trial.ran:
            return Finding(self.name, None, message="a side raised, so there is no batch")
        axes = trial.inputs.batch_axes
        sizes = {array.shape[axis] for array, axis in zip(trial.inputs.arrays, axes) if axis is not None}
        if len(sizes) != 1 or sizes <= {0, 1}:
            told = ", ".join(str(size) for size in sorted(sizes)) or "none"
            return Finding(self.name, None, message=f"the inputs have batches of {told}, but expected one of 2 or more")
        count = sizes.pop()
        places = sorted({int(place) for place in np.linspace(0, count - 1, min(count, MOST)).round()})
        look = _Look(OneByOne(axes, tuple(places)), count)

        def found(place: int) -> Finding:
            return own(self.name, trial.itself(place, look), "all at once")

        return each_alone(self.name, "give one at a time what it gives all at once", found)


@dataclass(frozen=True)
class OneByOne:
    """The step that gives the outputs of all inputs, and of each of these places of the batch alone."""

    axes: Tuple[Optional[int], ...]
    places: Tuple[int, ...]

    def __call__(self, call: Call) -> Any:
        return {
            "all": call.outputs(),
            "alone": [call.outputs_of(self._only(call.inputs, each)) for each in self.places],
        }

    def _only(self, inputs: Any, place: int) -> Any:
        leaves = [
            leaf if axis is None else tensorflow().gather(leaf, [place], axis=axis)
            for (_, leaf), axis in zip(nest.flatten(inputs), self.axes)
        ]
        return nest.pack(inputs, leaves)


@dataclass(frozen=True)
class _Look:
    """The outputs of all, with what each entry gives alone put in its place."""

    step: OneByOne
    count: int

    def __call__(self, side: Side, inputs: Inputs, step: Step) -> Observation:
        seen = side.observe(inputs, self.step)
        if seen.outputs is None:
            return seen
        values = seen.outputs.values
        whole, alone = nest.flatten(values["all"]), [nest.flatten(each) for each in values["alone"]]
        leaves = [
            leaf if leaf is None else self._put_together(path, leaf, [each[place][1] for each in alone])
            for place, (path, leaf) in enumerate(whole)
        ]
        return replace(seen, outputs=Outputs(nest.pack(values["all"], leaves), None))

    def _put_together(self, path: str, whole: np.ndarray, alone: List[np.ndarray]) -> np.ndarray:
        """What the entries alone gave, in the shape of what all gave, as far as there is one."""
        shape = alone[0].shape
        longer = [axis for axis, (all_of, one) in enumerate(zip(whole.shape, shape)) if all_of != one]
        if len(shape) != whole.ndim or len(longer) > 1:
            return alone[0]  # the shape is the difference
        if not longer:
            return _farthest(whole, alone)
        axis = longer[0]
        if whole.shape[axis] != self.count or shape[axis] != 1:
            raise Unseen(
                f"outputs{path} has the shape {whole.shape} for a batch of {self.count} and {shape} for one, so it "
                "has no axis of the batch"
            )
        found: np.ndarray = whole.copy()
        for place, each in zip(self.step.places, alone):
            found[(slice(None),) * axis + (slice(place, place + 1),)] = each
        return found


def _farthest(whole: np.ndarray, alone: List[np.ndarray]) -> np.ndarray:
    """The first that is about as far off as any: of two that are equally far, rounding must not choose another."""
    chosen = alone[0]
    for each in alone[1:]:
        if gaps(whole, each).max(initial=0.0) > 2 * gaps(whole, chosen).max(initial=0.0):
            chosen = each
    return chosen


#: One at a time equals all at once.
batch = Batch()
