"""The ways to run a case in this cell: modes, and the dimensions that their graphs know."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ContextManager, Iterable, List, Optional, Sequence, Tuple

import numpy as np

from likewise.cell import Cell
from likewise.errors import InputError
from likewise.modes import Running, Signature, Traits, eager, function, session, xla
from likewise.program import Program

__all__ = ["DIMENSIONS", "MODES", "Execution", "axis_names", "executions", "signature", "usable_modes", "weighted"]

MODES = {"eager": eager, "function": function, "session": session, "xla": xla}

#: What is left None in a graph: nothing, the batch, the batch and the steps, all but channels.
DIMENSIONS = ("static", "batch", "steps", "unknown")

_LETTERS = {"static": "", "batch": "n", "steps": "ndt"}


@dataclass(frozen=True)
class Execution:
    """One way to run a case: the mode, and the dimensions that its graph knows."""

    mode: str
    dimensions: str = "static"

    def opened(self, program: Program, inputs: object, shapes: Signature) -> ContextManager[Running]:
        """The program created in this mode, for inputs (nested arrays) of these static shapes."""
        return MODES[self.mode].opened(program, inputs, shapes)  # type: ignore[no-any-return]

    @property
    def traits(self) -> Traits:
        """Those of its mode."""
        return MODES[self.mode].TRAITS  # type: ignore[no-any-return]

    @property
    def any_batch(self) -> bool:
        """Whether what was built for a batch runs with one of another size."""
        return not self.traits.graphs or (self.traits.open_shapes and "n" in _LETTERS.get(self.dimensions, "n"))

    def __str__(self) -> str:
        return self.mode if self.dimensions == "static" else f"{self.mode}[{self.dimensions}]"


def usable_modes(cell: Cell, modes: Optional[Iterable[str]] = None, *, built: bool = False) -> Tuple[str, ...]:
    """The modes asked for, or those that this cell runs by default.

    - built: whether it is to run what exists already, such as a model that the user built.

    Raises InputError for an unknown mode and for one that the cell cannot run.
    """
    if modes is None:
        exists = built and cell.behavior == "v2"
        return tuple(
            name
            for name, mode in MODES.items()
            if mode.TRAITS.by_default and not mode.why_not(cell) and (mode.TRAITS.takes_built or not exists)
        )
    if isinstance(modes, str):
        raise InputError(f"modes={modes!r}, but expected a sequence, such as modes=({modes!r},)")
    for name in modes:
        if name not in MODES:
            raise InputError(f"modes={name!r}, but expected one of {', '.join(MODES)}")
        reason = MODES[name].why_not(cell)
        if reason:
            raise InputError(f"mode={name!r}, but {reason}")
    return tuple(dict.fromkeys(modes))


def executions(modes: Sequence[str], dimensions: Sequence[str]) -> List[Execution]:
    """Each mode with each choice of dimensions that makes a difference to it.

    Raises InputError for unknown dimensions.
    """
    for name in dimensions:
        if name not in DIMENSIONS:
            raise InputError(f"dimensions={name!r}, but expected one of {', '.join(DIMENSIONS)}")
    found: List[Execution] = []
    for mode in modes:
        kinds = tuple(dict.fromkeys(dimensions)) if MODES[mode].TRAITS.open_shapes else ("static",)
        found.extend(Execution(mode, kind) for kind in kinds)
    return found


def signature(arrays: Sequence[np.ndarray], axes: Sequence[str], dimensions: str) -> Signature:
    """The shape of each input as the graph knows it, None where it is left open.

    - axes: a letter an axis for each input, or "" where unnamed: see ``axis_names``.
    """
    shapes: Signature = []
    for array, letters in zip(arrays, axes):
        names = axis_names(array.ndim, letters)
        left_open = _LETTERS.get(dimensions, names.replace("c", ""))
        shapes.append(tuple(None if letter in left_open else int(size) for size, letter in zip(array.shape, names)))
    return shapes


def axis_names(rank: int, letters: str = "") -> str:
    """A letter for each axis of an input, such as "ndhwc".

    Where they are unnamed (``letters=""``), the first is the batch, the second the steps, the last the channels.
    """
    return (letters or ("nd" + "x" * rank)[: max(rank - 1, 1)] + "c")[:rank]


def weighted(ways: Sequence[Execution]) -> List[Execution]:
    """Each mode equally often, whatever the number of its dimensions; the plainest first."""
    modes = list(dict.fromkeys(way.mode for way in ways))
    counts = {mode: sum(way.mode == mode for way in ways) for mode in modes}
    most = max(counts.values())
    return [way for way in ways for _ in range(max(most // counts[way.mode], 1))]
