"""Mutants of what a program remembers and shares: from call to call, from entry to entry, from layer to layer.

What is kept from call to call is kept in Python, so there are such mutants only where each run calls the program.
"""

from __future__ import annotations

import contextlib
from dataclasses import replace
from typing import Any, Callable, Iterator, List, Optional

from likewise import nest
from likewise.auditing.mutant import Mutant, Sample, built_by, candidate_of
from likewise.cell import keras, tensorflow
from likewise.layers.wrapping import wrapped
from likewise.program import Source, components
from likewise.trial import Trial
from likewise.verdict import is_floating

__all__ = ["mutants"]

KIND = "states"

#: Which calls go wrong.
EACH = 7

#: How much one entry of the batch has of the one before it.
PART = 0.125

#: The seed that all share that draw, and the names of their classes, which those of others are made of.
SEED = 7
RANDOM = {
    "layers": ("Dropout", "GaussianDropout", "GaussianNoise"),
    "initializers": ("Orthogonal", "RandomNormal", "RandomUniform", "TruncatedNormal", "VarianceScaling"),
}

_Leaf = Callable[[Any], Any]


def mutants(_: Sample) -> Iterator[Mutant]:
    """One a mistake; a law is asked for those that its claims are about."""
    calls: List[None] = []  # of all examples
    yield Mutant(
        "each seventh call wrong",
        KIND,
        "its outputs are one more in each seventh call",
        candidate=_counting(calls),
        needs=("outputs", "bits", "repeat"),
        unsteady=True,
    )
    yield Mutant(
        "a state kept", KIND, "its outputs are one more once it was called", candidate=_remembering, needs=("repeat",)
    )
    yield Mutant(
        "entries mixed up",
        KIND,
        f"each entry of the batch has {PART:.1%} of the one before it",
        candidate=_mixing,
        needs=("batch", "outputs", "bits"),
    )
    changed = "its layers and initializers that draw have one seed"
    yield Mutant("seeds shared", KIND, changed, candidate=_sharing, needs=("initial",))


def _counting(calls: List[None]) -> Callable[[Trial], Optional[Source]]:
    def wrong() -> bool:
        calls.append(None)
        return len(calls) % EACH == 0

    return lambda trial: _at_times(trial, wrong)


def _remembering(trial: Trial) -> Optional[Source]:
    calls: List[None] = []

    def wrong() -> bool:
        calls.append(None)
        return len(calls) > 1

    return _at_times(trial, wrong)


def _at_times(trial: Trial, wrong: Callable[[], bool]) -> Optional[Source]:
    if trial.execution.traits.graphs or trial.candidate.outputs is None:
        return None

    def around(call: Callable[[Any], Any], inputs: Any) -> Any:
        outputs = call(inputs)
        return _changed(outputs, lambda leaf: leaf + tensorflow().cast(1, leaf.dtype)) if wrong() else outputs

    return replace(candidate_of(trial), around=around)


def _mixing(trial: Trial) -> Optional[Source]:
    sizes = {size for size in _batches(trial) if size is not None}
    if trial.candidate.outputs is None or len(sizes) != 1:
        return None

    def mixed(leaf: Any) -> Any:
        return leaf + leaf.dtype.as_numpy_dtype(PART) * tensorflow().roll(leaf, 1, 0)

    def around(call: Callable[[Any], Any], inputs: Any) -> Any:
        return _changed(call(inputs), mixed)

    return replace(candidate_of(trial), around=around)


def _batches(trial: Trial) -> Iterator[Optional[int]]:
    """The sizes of the batch as the inputs have it, and the outputs along their first axis; 0 for none."""
    for array, axis in zip(trial.inputs.arrays, trial.inputs.batch_axes):
        yield None if axis is None else array.shape[axis]
    for _, array in trial.candidate.leaves():
        yield None if array is None else (array.shape or (0,))[0]


def _changed(outputs: Any, change: _Leaf) -> Any:
    """The outputs with each of floating-point numbers changed."""

    def changed(leaf: Any) -> Any:
        tensor = None if leaf is None else tensorflow().convert_to_tensor(leaf)
        if tensor is None or not is_floating(tensor.dtype.as_numpy_dtype):
            return leaf
        new = change(tensor)
        new.set_shape(tensor.shape)  # a graph is to know as much of it as before
        return new

    return nest.map_leaves(changed, nest.map_leaves(components, outputs))


def _sharing(trial: Trial) -> Optional[Source]:
    source = candidate_of(trial)
    if source.built:
        return None

    def build(case: Any) -> Any:
        with contextlib.ExitStack() as stack:
            for module, names in RANDOM.items():
                for name in names:
                    stack.enter_context(wrapped(getattr(getattr(keras(), module), name), "__init__", _seeded))
            return source.implementation(case)

    return replace(source, implementation=built_by(source, build))


def _seeded(original: Callable[..., None]) -> Callable[..., None]:
    def made(layer: Any, *arguments: Any, **keywords: Any) -> None:
        original(layer, *arguments, **{**keywords, "seed": SEED})

    return made
