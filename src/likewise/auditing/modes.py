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
    yield Mutant(
        "masks lost", KIND, "masks on inputs and outputs are taken off", candidate=_without_masks, needs=("masks",)
    )


def _stopped(trial: Trial) -> Optional[Source]:
    return _through(trial, lambda inputs: inputs, lambda leaf: tensorflow().stop_gradient(leaf))


def _without_masks(trial: Trial) -> Optional[Source]:
    # Keras hangs a mask on a tensor, and another tensor does not have it.
    return _through(trial, _anew, lambda leaf: tensorflow().identity(leaf))


def _anew(inputs: Any) -> Any:
    return nest.map_leaves(lambda leaf: tensorflow().identity(leaf), inputs)


def _through(trial: Trial, before: Callable[[Any], Any], after: Callable[[Any], Any]) -> Optional[Source]:
    """The candidate with all its inputs changed, and then each of its outputs."""
    if trial.candidate.outputs is None:
        return None

    def around(call: Callable[[Any], Any], inputs: Any) -> Any:
        outputs = nest.map_leaves(components, call(before(inputs)))
        return nest.map_leaves(lambda leaf: None if leaf is None else after(leaf), outputs)

    return replace(candidate_of(trial), around=around)
