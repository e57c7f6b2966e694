"""What both sides gave for a step, array by array: which can be compared, and how far they are apart."""

from __future__ import annotations

from typing import Any, Callable, List, NamedTuple, Optional, Tuple

import numpy as np

from likewise import nest
from likewise.comparison import Finding
from likewise.modes import Step, the_call
from likewise.trial import Observation, Trial
from likewise.verdict import Distance, Pair, distance

__all__ = [
    "IN_THE_REFERENCE",
    "Arranged",
    "Asked",
    "Leaf",
    "arrays_of",
    "as_they_are",
    "described",
    "leaves_compared",
    "place_in",
]

#: What is compared of a side's values for a step: called with 0 for the reference or 1 for the candidate, and the
#: nested arrays that the step gave there.
Arranged = Callable[[int, Any], Any]

IN_THE_REFERENCE = "in the reference"


class Leaf(NamedTuple):
    """One array of both sides, and how far they are apart."""

    path: str
    pair: Pair
    apart: Distance


class Asked(NamedTuple):
    """What is judged: a step of a trial, what is compared of it, and the arrays that both sides gave.

    - alone: whether one side is held against itself.
    """

    trial: Trial
    step: Step
    arranged: Arranged
    leaves: List[Leaf]
    alone: bool = False

    def who(self, side: int) -> str:
        """How notes call a side (0 or 1)."""
        return "it" if self.alone else ("the reference", "the candidate")[side]

    def fitting(self, seen: Observation, side: int) -> Optional[List[np.ndarray]]:
        """The arrays of another run of a side; None where they are others, as moved values may select other entries."""
        arrays = arrays_of(self.arranged, seen, side)
        return arrays if [array.shape for array in arrays] == [leaf.pair[0].shape for leaf in self.leaves] else None


def as_they_are(_: int, values: Any) -> Any:
    """The arrangement where the steps' values are compared as they come."""
    return values


def leaves_compared(
    name: str,
    trial: Trial,
    step: Step = the_call,
    *,
    what: str = "outputs",
    arranged: Arranged = as_they_are,
    origin: str = IN_THE_REFERENCE,
) -> Tuple[Optional[Finding], List[Leaf]]:
    """The arrays that can be compared entry by entry, or else a finding that says why there are none."""
    if not trial.ran:
        return Finding(name, None, message=f"a side raised, so there are no {what}"), []
    seen = trial.seen(step)
    refused = [each.refusal for each in seen if each.refusal is not None]
    if len(refused) == 2:
        return Finding(name, None, message=f"neither side has {what}: {refused[0]} / {refused[1]}"), []
    if refused:
        side = "reference" if seen[0].refusal is not None else "candidate"
        return Finding(name, "different", 1, message=f"the {side} has no {what}: {refused[0]}"), []
    one, other = (arranged(side, _values(each)) for side, each in enumerate(seen))
    layouts = nest.layout(one), nest.layout(other)
    leaves = [(path, mine, its) for (path, mine), (_, its) in zip(nest.flatten(one), nest.flatten(other))]
    wrong = []
    if layouts[0] != layouts[1]:
        wrong.append(f"{what} are {layouts[1]}, but {layouts[0]} {origin}")
    else:
        wrong.extend(
            f"{what}{path}.{field}={getattr(its, field)}, but {getattr(mine, field)} {origin}"
            for path, mine, its in leaves
            for field in ("shape", "dtype")
            if mine is not None and getattr(its, field) != getattr(mine, field)
        )
    if wrong:
        return Finding(name, "different", max(len(leaves), 1), message="\n".join(wrong)), []
    compared = [Leaf(path, (mine, its), distance(mine, its)) for path, mine, its in leaves if mine is not None]
    if sum(leaf.apart.compared for leaf in compared) == 0:
        return Finding(name, None, message=f"the {what} have no entries"), []
    return None, compared


def arrays_of(arranged: Arranged, seen: Observation, side: int) -> List[np.ndarray]:
    """The arrays of an observation, as they are arranged for this side."""
    return [leaf for _, leaf in nest.flatten(arranged(side, _values(seen))) if leaf is not None]


def _values(seen: Observation) -> Any:
    return None if seen.outputs is None else seen.outputs.values


def place_in(what: str, path: str, index: Tuple[int, ...]) -> str:
    """How messages call an entry."""
    return f"{what}{path}[{', '.join(map(str, index))}]"


def described(what: str, leaf: Leaf, origin: str) -> str:
    """How many entries of an array differ, and where most; "" where none does."""
    apart, (one, other) = leaf.apart, leaf.pair
    if apart.index is None:
        return ""
    text = (
        f"{apart.differing:,} of {apart.compared:,} entries of {what}{leaf.path} differ, most at\n"
        f"{place_in(what, leaf.path, apart.index)} = {other[apart.index]}, but {one[apart.index]} {origin}"
    )
    if apart.mismatched:
        return f"{text}; NaN, infinity or another value on one side at {apart.mismatched:,}"
    return f"{text} ({apart.max_ulp:,} ULP, {apart.max_abs:.3g} absolute, {apart.max_rel:.3g} relative)"
