"""Mutants of how a program is run: what only gradients, training and masks can tell."""

from __future__ import annotations

import contextlib
from dataclasses import replace
from typing import Any, Callable, Iterator, List, Optional

from likewise import nest
from likewise.auditing.mutant import Mutant, Sample, built_by, candidate_of
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
        "training flag lost", KIND, "it is never in training mode", candidate=_untold, needs=("updates", "training")
    )
    yield Mutant(
        "updates lost",
        KIND,
        "a call leaves the variables that are not trained as they are",
        candidate=_without_updates,
        needs=("updates", "training"),
    )
    yield Mutant(
        "masks lost", KIND, "masks on inputs and outputs are taken off", candidate=_without_masks, needs=("masks",)
    )


def _untold(trial: Trial) -> Optional[Source]:
    return replace(candidate_of(trial), around=lambda call, inputs: call(inputs, training=False))


def _without_updates(trial: Trial) -> Optional[Source]:
    source = candidate_of(trial)
    if source.built or all(variable.trainable for variable in trial.pairing.candidate):
        return None
    made: List[Any] = []

    @contextlib.contextmanager
    def noting() -> Iterator[None]:
        def creator(next_creator: Any, **arguments: Any) -> Any:
            variable = next_creator(**arguments)
            if arguments.get("trainable") is False and not any(variable is known for known in made):
                made.append(variable)
            return variable

        with tensorflow().compat.v1.variable_creator_scope(creator):
            yield

    def build(case: Any) -> Any:
        made.clear()  # a source is built again in float64
        with noting():
            return source.implementation(case)

    def around(call: Callable[..., Any], inputs: Any) -> Any:
        with noting(), contextlib.ExitStack() as stack:
            for variable in made:
                stack.enter_context(_fixed(variable))
            return call(inputs)

    return replace(source, implementation=built_by(source, build), around=around)


@contextlib.contextmanager
def _fixed(variable: Any) -> Iterator[None]:
    """Let what is assigned to a variable be lost."""
    names = ("assign", "assign_add", "assign_sub")
    for name in names:
        setattr(variable, name, lambda *_, **__: tensorflow().identity(variable))
    try:
        yield
    finally:
        for name in names:
            delattr(variable, name)  # the method of its class is left


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
