"""What a witness file says; ``docs/json.md`` tells the fields of its header."""

from __future__ import annotations

import shlex
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Mapping, Optional, Tuple, Union

import numpy as np

from likewise.comparison import Comparison
from likewise.errors import WitnessError
from likewise.execution import Execution
from likewise.plain import decoded
from likewise.variable import Variable

__all__ = ["FORMAT", "READ", "Checked", "Leaf", "SavedGraph", "SavedSide", "WitnessFile", "options_for"]

FORMAT = 2

#: The formats that are read; the first held neither values nor outputs.
READ = (1, 2)


@dataclass(frozen=True)
class Leaf:
    """One output: its path and what was in it.

    ``dtype`` is TensorFlow's name of it: the values of bfloat16 are float32. ``array`` is None for what is no array
    of numbers; then ``text`` says what it is.
    """

    path: str
    dtype: str
    shape: Tuple[int, ...]
    array: Optional[np.ndarray]
    text: str = ""


@dataclass(frozen=True)
class SavedGraph:
    """One side as a graph; see ``likewise.evidence.graph.Graph``. All names come with places of arrays.

    ``agrees``: whether it gave the bits, or the refusal, that the execution had.
    """

    definition: int
    inputs: Tuple[Tuple[str, int], ...]
    loads: Tuple[Tuple[str, str, int], ...]
    outputs: Tuple[Optional[str], ...]
    agrees: bool


@dataclass(frozen=True)
class SavedSide:
    """What was seen of one side: its variables with their values, and its outputs or its refusal.

    ``outputs`` is None where it refused; ``graph`` is None where ``no_graph`` says why.
    """

    title: str
    variables: Tuple[Variable, ...]
    values: Tuple[np.ndarray, ...]
    outputs: Optional[Tuple[Leaf, ...]]
    refusal: str
    graph: Optional[SavedGraph]
    no_graph: str


@dataclass(frozen=True)
class Checked:
    """Which two implementations ``likewise check`` compared: ``MODULE:NAME`` each, and what it was told to pair.

    A replay imports neither by itself, since a file may come from anyone.
    """

    reference: str
    candidate: str
    pair: Mapping[str, str] = field(default_factory=dict)

    @property
    def options(self) -> str:
        """What tells ``likewise replay`` of them."""
        return f"--reference {shlex.quote(self.reference)} --candidate {shlex.quote(self.candidate)}"


def options_for(law: str) -> str:
    """What tells ``likewise replay`` of a law: nothing of those in the catalog, which it finds by their names."""
    from likewise.laws import catalog  # which takes longer to import than a file to read

    return "" if law in catalog() else "--law MODULE:NAME"


@dataclass(frozen=True)
class WitnessFile:
    """What a witness file says.

    ``case`` and ``inputs`` are encoded still: decoding them needs the modules of their classes. ``comparison`` is
    None and ``sides`` is empty for a file of format 1, and where a side could not be run again to be written down.
    ``check`` is None where a law was run that has a place of its own.
    """

    path: Path
    format: int
    law: str
    statement: str
    claim: str
    message: str
    execution: Execution
    seed: int
    cell: Mapping[str, Union[str, int]]
    likewise: str
    case: Any
    repr: str
    inputs: Any
    axes: Tuple[str, ...]
    arrays: Tuple[np.ndarray, ...]
    comparison: Optional[Comparison] = None
    sides: Tuple[SavedSide, ...] = ()
    pairs: Tuple[Tuple[int, int], ...] = ()
    check: Optional[Checked] = None

    @property
    def options(self) -> str:
        """What ``likewise replay`` has to be told besides the file."""
        return options_for(self.law) if self.check is None else self.check.options

    def decoded(self, value: Any) -> Any:
        """``case`` or ``inputs`` as it was. Raises WitnessError where its classes are not imported."""
        try:
            return decoded(value, self.arrays)
        except WitnessError as error:
            raise WitnessError(f"{self.path}: {error}") from error
        except RecursionError:
            raise WitnessError(f"{self.path}: its case is nested too deeply") from None
