"""Mutants of how a program is run: what only gradients, training and masks can tell."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Callable, Iterator, Optional

from likewise import nest
from likewise.auditing.mutant import Mutant, Sample, candidate_of
from likewise.cell import tensorflow
from likewise.program import Source, components
from likewise.trial import Trial

__all__ = ["mutants"]

KIND = "modes"


def mutants(_: Sample) -> Iterator[Mutant]:
    """One a mistake; a law is asked for those that its claims are about."""
    yield Mutant(
        "gradient stopped",
        KIND,
        "no gradient goes through the outputs",
        candidate=_stopped,
        needs=("gradients", "training"),
    )


def _stopped(trial: Trial) -> Optional[Source]:
    if trial.candidate.outputs is None:
        return None

    def around(call: Callable[[Any], Any], inputs: Any) -> Any:
        outputs = nest.map_leaves(components, call(inputs))
        return nest.map_leaves(lambda leaf: None if leaf is None else tensorflow().stop_gradient(leaf), outputs)

    return replace(candidate_of(trial), around=around)
