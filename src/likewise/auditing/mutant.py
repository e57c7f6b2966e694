"""A mutant: a small mistake, made in the candidate on purpose."""

from __future__ import annotations

import functools
from dataclasses import dataclass, field
from typing import Any, Callable, Dict, List, Mapping, Optional, Tuple

import numpy as np

from likewise.program import Source
from likewise.trial import Trial

__all__ = ["Choices", "Mutant", "Path", "Sample", "built_by", "candidate_of"]

#: The way to a setting in a case: names of fields, and places in tuples.
Path = Tuple[Any, ...]

#: The values that a setting takes in the examples of a law.
Choices = Mapping[Path, List[Any]]


@dataclass(frozen=True)
class Mutant:
    """A change of the candidate; plain but for the two functions that make it.

    - name: what was done, such as "zeroed conv2d/kernel"; the same in every example.
    - kind: what was changed, a file each; see ``KINDS`` of the audit.
    - changed: what it changes, for a person.
    - candidate: another candidate for a trial, None where this change cannot be made there.
    - values: other values for the candidate's variables, None where this change cannot be made there.
    - needs: names of claims, one of which a law has to make to be asked for this mutant; () for all laws.
    - variable: the variable whose value it changes.
    - rounds: whether the change is less than rounding, by its making.
    - unsteady: whether what it gives changes from call to call, which a run of the law looks for.
    """

    name: str
    kind: str
    changed: str
    candidate: Optional[Callable[[Trial], Optional[Source]]] = None
    values: Optional[Callable[[Trial], Optional[Dict[int, np.ndarray]]]] = None
    needs: Tuple[str, ...] = ()
    variable: str = ""
    rounds: bool = False
    unsteady: bool = False


@dataclass(frozen=True)
class Sample:
    """What mutants are made from: a trial of the law as it is, and the values that its settings take."""

    trial: Trial
    choices: Choices = field(default_factory=dict)


def candidate_of(trial: Trial) -> Source:
    """The candidate of a trial."""
    return trial.sides[1].program.source


def built_by(source: Source, build: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """``build`` under the name of the implementation that it stands for."""
    return functools.wraps(source.implementation)(build)
