"""Many draws of data in one call: put behind each other along the batch, where no entry of it sees another.

An eager call takes its time in Python, whatever the size of the batch.
"""

from __future__ import annotations

from typing import Any, Optional, Sequence

import numpy as np

from likewise import nest
from likewise.inputs import Inputs
from likewise.trial import Trial
from likewise.verdict import JUMPS, gaps, ulp_of_greatest

__all__ = ["independent", "stacked"]


def stacked(draws: Sequence[Inputs]) -> Optional[Inputs]:
    """The inputs of several draws as one batch, in their order; None where an input has no axis of the batch."""
    first = draws[0]
    axes = first.batch_axes
    if any(axis is None for axis in axes):
        return None
    leaves = [np.concatenate(arrays, axis=axis) for axis, arrays in zip(axes, zip(*(each.arrays for each in draws)))]
    return Inputs(nest.pack(first.nested, leaves), first.axes)


def independent(alone: Trial, whole: Trial, draws: int) -> bool:
    """Whether both sides give for the first of so many stacked draws what they give for it alone, rounding apart."""
    sides = ((alone.reference, whole.reference), (alone.candidate, whole.candidate))
    return all(
        _begins_with(all_of[1], one[1], draws)
        for mine, its in sides
        for one, all_of in zip(mine.leaves(), its.leaves())
        if one[1] is not None
    )


def _begins_with(whole: Any, alone: np.ndarray, draws: int) -> bool:
    if whole is None or whole.ndim != alone.ndim:
        return False
    longer = [axis for axis, (all_of, one) in enumerate(zip(whole.shape, alone.shape)) if all_of != one]
    if len(longer) != 1 or whole.shape[longer[0]] != draws * alone.shape[longer[0]]:
        return False
    first = whole[(slice(None),) * longer[0] + (slice(alone.shape[longer[0]]),)]
    # (the bits are the same for most)
    return alone.tobytes() == first.tobytes() or bool((gaps(alone, first) <= JUMPS * ulp_of_greatest(alone)).all())
