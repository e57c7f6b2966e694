"""Where two arrays differ, as heat maps of any rank: over each axis, over space, and entry by entry.

Plain data, for whatever draws them. What is large is cut down, and says so: a cell may stand for a block of entries,
of which it shows the greatest difference; panels without a difference are left out, and of many those are kept that
differ most.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass, replace
from typing import Any, List, Optional, Sequence, Tuple

import numpy as np

__all__ = ["ALONE", "LEVELS", "LIMIT", "Entry", "Heat", "Panel", "Square", "heat"]

#: The level of the greatest difference; each level below is one of less than a third of it (of 10 ** -0.5); 0 is none.
LEVELS = 8

#: The level of an entry that is NaN, infinite or missing on one side alone.
ALONE = 9

#: As many cells as a panel may have along an axis, and as many panels as are shown.
SIDE = 16
PANELS = 16

#: As many entries as are looked at, for what is looked at takes a hundred bytes each, and files come from anyone.
LIMIT = 2**22

#: As many entries as are listed.
ENTRIES = 10

#: What Keras calls the axes of an output of this rank, where channels come last.
_NAMES = {
    1: ("batch",),
    2: ("batch", "channel"),
    3: ("batch", "time", "channel"),
    4: ("batch", "height", "width", "channel"),
    5: ("batch", "time", "height", "width", "channel"),
}

#: The axes that a panel has from top to bottom and from left to right; the last two for other ranks.
_PLANES = {4: (1, 2), 5: (2, 3)}


@dataclass(frozen=True)
class Square:
    """One cell of a panel: where it is, how much differs (a level), and that in words."""

    row: int
    column: int
    level: int
    text: str


@dataclass(frozen=True)
class Panel:
    """Cells in rows and columns.

    - title: which entries it shows, such as "[0, 2, :, :, 1]".
    - down, across: the names of its axes, "" for none.
    - text: what it shows, in words.
    """

    title: str
    down: str
    across: str
    rows: int
    columns: int
    squares: Tuple[Square, ...]
    text: str


@dataclass(frozen=True)
class Entry:
    """One entry: its index, the values on both sides ("" for none), and how far they are apart."""

    index: str
    reference: str
    candidate: str
    apart: str


@dataclass(frozen=True)
class Heat:
    """Where two arrays differ.

    - compared, differing, alone: entries in all; that differ; of these those that are NaN, infinite or missing on one
      side alone.
    - greatest: the greatest difference.
    - scale: a level and the least difference that has it.
    - overview: the greatest difference over each axis, and over space.
    - panels: entry by entry; ``left_out`` counts those that are not there, though they differ, and ``same`` those that
      do not differ.
    - entries: those that differ most.
    """

    compared: int
    differing: int
    alone: int
    greatest: float
    scale: Tuple[Tuple[int, float], ...]
    overview: Tuple[Panel, ...]
    panels: Tuple[Panel, ...]
    left_out: int
    same: int
    entries: Tuple[Entry, ...]


def heat(reference: np.ndarray, candidate: np.ndarray) -> Optional[Heat]:
    """The heat maps of two arrays of numbers; None where their ranks differ, so that no entry belongs to another, and
    where they have more than ``LIMIT`` entries.

    Of another shape, the entries that one side lacks count as alone.
    """
    if reference.ndim != candidate.ndim:
        return None
    entries = 1
    for length in map(max, zip(reference.shape, candidate.shape)):
        entries *= length  # in Python's integers: two long arrays may span a much larger one
    if entries > LIMIT:
        return None
    return _Heat(reference, candidate).made()


class _Heat:
    def __init__(self, reference: np.ndarray, candidate: np.ndarray) -> None:
        self.shape = tuple(map(max, zip(reference.shape, candidate.shape)))
        self.sides = [_Side(side, self.shape) for side in (reference, candidate)]
        one, other = self.sides
        with np.errstate(invalid="ignore", over="ignore"):
            equal = (one.values == other.values) | (np.isnan(one.values) & np.isnan(other.values))
            apart = np.abs(one.values - other.values)
        both = one.there & other.there
        self.alone = ~(both & (equal | (np.isfinite(one.values) & np.isfinite(other.values))))
        # Finite numbers may be farther apart than the greatest one.
        self.apart = np.nan_to_num(np.where(equal | self.alone, 0.0, apart), nan=0.0)
        self.greatest = float(self.apart.max()) if self.apart.size else 0.0
        # The greatest difference and whatever has none to be measured come first.
        self.rank = np.where(self.alone, np.inf, self.apart)

    def made(self) -> Heat:
        panels, left_out, same = self.panels()
        return Heat(
            compared=int(self.rank.size),
            differing=int((self.rank > 0).sum()),
            alone=int(self.alone.sum()),
            greatest=self.greatest,
            scale=tuple((level, self.greatest * 10 ** ((level - LEVELS - 1) / 2)) for level in range(LEVELS, 1, -1)),
            overview=tuple(self.overview()) if self.rank.size and self.rank.ndim > 1 else (),
            panels=panels,
            left_out=left_out,
            same=same,
            entries=self.entries(),
        )

    def name(self, axis: int) -> str:
        names = _NAMES.get(len(self.shape), ())
        return f"axis {axis}" + (f", {names[axis]}" if names else "")

    def overview(self) -> List[Panel]:
        """A strip over each axis of more than one entry, and a plane over space."""
        axes = range(len(self.shape))
        found = [
            replace(self.panel(f"over {self.name(axis)}", (None, axis), [slice(None)] * len(self.shape)), across="")
            for axis in axes
            if self.shape[axis] > 1
        ]
        if len(self.shape) in _PLANES:
            found.append(self.panel("over space", _PLANES[len(self.shape)], [slice(None)] * len(self.shape)))
        return found

    def panels(self) -> Tuple[Tuple[Panel, ...], int, int]:
        """Entry by entry: a plane for each index of the other axes; how many more there are that differ, or do not."""
        rank = len(self.shape)
        if self.rank.size == 0:
            return (), 0, 0
        down, across = _PLANES.get(rank, (rank - 2, rank - 1))
        plane = (down if rank > 1 else None, across if rank else None)
        others = [axis for axis in range(rank) if axis not in plane]
        if others:
            worst = self.rank.max(axis=tuple(axis for axis in plane if axis is not None))
            # The last axis goes slowest, so that a row of panels is time at one channel.
            order = sorted(
                itertools.product(*(range(self.shape[axis]) for axis in others)), key=lambda i: (i[0], i[::-1])
            )
        else:
            worst, order = np.asarray(self.rank.max()), [()]
        differing = [index for index in order if worst[index] > 0]
        kept = set(sorted(differing, key=lambda index: -worst[index])[:PANELS])
        made = []
        for index in (each for each in order if each in kept):
            selection: List[Any] = [slice(None)] * rank
            for axis, at in zip(others, index):
                selection[axis] = at
            title = f"[{', '.join(':' if isinstance(each, slice) else str(each) for each in selection)}]"
            made.append(self.panel(title, plane, selection))
        return tuple(made), len(differing) - len(made), len(order) - len(differing)

    def panel(self, title: str, plane: Tuple[Optional[int], Optional[int]], selection: Sequence[Any]) -> Panel:
        """The greatest difference of a selection of entries, over the axes of a plane; None is no axis."""
        steps = [_blocks(1 if axis is None else self.shape[axis]) for axis in plane]
        squares = []
        for row, column in itertools.product(*(range(len(parts)) for parts in steps)):
            block = list(selection)
            for axis, part in zip(plane, (steps[0][row], steps[1][column])):
                if axis is not None:
                    block[axis] = slice(*part)
            squares.append(self.square(row, column, block))
        down, across = ("" if axis is None else self.name(axis) for axis in plane)
        rank = self.rank[tuple(selection)]
        block_sizes = [parts[0][1] for parts in steps]
        if any(size > 1 for size in block_sizes):
            title += f", a cell is {block_sizes[0]} by {block_sizes[1]} entries"
        return Panel(
            title,
            down,
            across,
            rows=len(steps[0]),
            columns=len(steps[1]),
            squares=tuple(squares),
            text=f"{title}: {int((rank > 0).sum()):,} of {rank.size:,} entries differ, {self.told(rank)}",
        )

    def square(self, row: int, column: int, block: Sequence[Any]) -> Square:
        """The entry of a block that differs most, in words."""
        full = tuple(each if isinstance(each, slice) else slice(each, each + 1) for each in block)
        rank = self.rank[full]
        at = np.unravel_index(int(np.argmax(rank)), rank.shape)
        index = tuple((each.start or 0) + int(step) for each, step in zip(full, at))
        text = f"{_index(index)}: {self.values(index)}"
        if rank.size > 1:
            text = f"{rank.size:,} entries, {int((rank > 0).sum()):,} differ, most at {text}"
        return Square(row, column, self.level(float(rank.max())), text)

    def values(self, index: Tuple[int, ...]) -> str:
        one, other = (side.text(index) for side in self.sides)
        if not self.rank[index]:
            return f"both {one}"
        apart = "" if self.alone[index] else f", {self.apart[index]:.3g} apart"
        return f"{other}, but {one} in the reference{apart}"

    def told(self, rank: np.ndarray) -> str:
        if np.isinf(rank).any():
            return "some on one side alone"
        return f"by up to {float(rank.max()):.3g}"

    def level(self, rank: float) -> int:
        if rank == 0 or np.isinf(rank):
            return ALONE if rank else 0
        if not np.isfinite(self.greatest):
            return LEVELS
        return max(LEVELS - int(2 * np.log10(self.greatest / rank)), 1)

    def entries(self) -> Tuple[Entry, ...]:
        found = []
        flat = self.rank.reshape(-1)
        for place in np.argsort(-flat, kind="stable")[:ENTRIES]:
            if not flat[place]:
                break
            index = tuple(int(each) for each in np.unravel_index(int(place), self.shape))
            one, other = (side.text(index) for side in self.sides)
            found.append(Entry(_index(index), one, other, "" if self.alone[index] else f"{self.apart[index]:.6g}"))
        return tuple(found)


class _Side:
    """One array in a shape that may be greater: its values as numbers that can be subtracted, and which are there."""

    def __init__(self, array: np.ndarray, shape: Tuple[int, ...]) -> None:
        self.array = array
        part = tuple(map(slice, array.shape))
        self.values = np.zeros(shape, np.complex128 if array.dtype.kind == "c" else np.float64)
        self.values[part] = array
        self.there = np.zeros(shape, bool)
        self.there[part] = True

    def text(self, index: Tuple[int, ...]) -> str:
        return str(self.array[index]) if self.there[index] else "missing"


def _blocks(length: int) -> List[Tuple[int, int]]:
    """An axis in at most ``SIDE`` parts, each with its start and its end."""
    step = max(-(-length // SIDE), 1)
    return [(start, min(start + step, length)) for start in range(0, length, step)]


def _index(index: Tuple[int, ...]) -> str:
    return f"[{', '.join(map(str, index))}]"
