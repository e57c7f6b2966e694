"""Mutants of the inputs: the candidate is fed with something else than the reference is."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Callable, Iterator, Optional

from likewise import nest
from likewise.auditing.mutant import Mutant, Sample, candidate_of
from likewise.cell import tensorflow
from likewise.execution import axis_names
from likewise.program import Source
from likewise.trial import Trial

__all__ = ["mutants"]

KIND = "inputs"

#: The letters of an axis of steps: of a video, of a sequence.
_STEPS = "dt"

#: Gives another tensor of the same shape and dtype for a tensor, the letters of its axes, and that of the axis meant.
_Change = Callable[[Any, str, str], Any]


def mutants(sample: Sample) -> Iterator[Mutant]:
    """Each input in turn."""
    trial = sample.trial
    several = len(trial.inputs.arrays) > 1
    for place, (array, letters) in enumerate(zip(trial.inputs.arrays, trial.inputs.axes)):
        axes = axis_names(array.ndim, letters)
        which = f"input {place}" if several else "the input"
        steps = next((letter for letter in axes if letter in _STEPS), "")
        if steps:
            yield _fed(f"time reversed in {which}", place, "its steps run backwards", steps, _reversed)
            yield _fed(f"a frame shifted in {which}", place, "its last step comes first", steps, _shifted)
            if "n" in axes:
                yield _fed(
                    f"batch and time mixed up in {which}", place, "its batch is taken for its steps", steps, _mixed
                )
        if "c" in axes:
            yield _fed(f"channels permuted in {which}", place, "its last channel comes first", "c", _shifted)
        yield _fed(f"{which} ignored", place, "zeros in its place", "", _ignored)


def _fed(name: str, place: int, changed: str, letter: str, change: _Change) -> Mutant:
    """The mutant that is fed with a changed input; it changes nothing where the axis is of length one."""

    def candidate(trial: Trial) -> Optional[Source]:
        if place >= len(trial.inputs.arrays):
            return None
        array = trial.inputs.arrays[place]
        axes = axis_names(array.ndim, trial.inputs.axes[place])
        if letter and (letter not in axes or array.shape[axes.index(letter)] < 2):
            return None

        def around(call: Callable[[Any], Any], inputs: Any) -> Any:
            leaves = [leaf for _, leaf in nest.flatten(inputs)]
            changed = change(leaves[place], axes, letter)
            changed.set_shape(leaves[place].shape)  # a graph is to know as much of it as before
            leaves[place] = changed
            return call(nest.pack(inputs, leaves))

        return replace(candidate_of(trial), around=around)

    return Mutant(name, KIND, changed, candidate=candidate)


def _reversed(tensor: Any, axes: str, letter: str) -> Any:
    return tensorflow().reverse(tensor, [axes.index(letter)])


def _shifted(tensor: Any, axes: str, letter: str) -> Any:
    return tensorflow().roll(tensor, shift=1, axis=axes.index(letter))


def _mixed(tensor: Any, axes: str, letter: str) -> Any:
    tf = tensorflow()
    order = list(range(len(axes)))
    batch, steps = axes.index("n"), axes.index(letter)
    order[batch], order[steps] = steps, batch
    return tf.reshape(tf.transpose(tensor, order), tf.shape(tensor))


def _ignored(tensor: Any, _axes: str, _letter: str) -> Any:
    return tensorflow().zeros_like(tensor)
