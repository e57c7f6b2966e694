"""Eager execution: the program is called as Python runs it."""

from __future__ import annotations

import contextlib
from functools import partial
from typing import TYPE_CHECKING, Any, Dict, Iterator, Mapping, Optional, Tuple

import numpy as np

from likewise import nest
from likewise.cell import Cell, tensorflow
from likewise.modes import Outputs, Running, Signature, Step, Traits, the_call
from likewise.modes.graph import Traced, traced_function
from likewise.modes.transcript import Transcript, transcribed
from likewise.variable import own_variables

if TYPE_CHECKING:
    from likewise.program import Program

__all__ = ["TRAITS", "assign", "kept", "opened", "read", "to_arrays", "to_tensors", "value", "why_not"]


#: Eager tensors always know their shape.
TRAITS = Traits(graphs=False, open_shapes=False, takes_built=True, by_default=True, naming=0)


def why_not(cell: Cell) -> Optional[str]:
    if cell.behavior == "v2":
        return None
    return "behavior='compat1' has no eager execution; choose behavior v2"


@contextlib.contextmanager
def opened(program: Program, inputs: Any, signature: Signature) -> Iterator[Running]:
    with kept(program):
        created = program.create(to_tensors(inputs))

        def first() -> Outputs:
            return Outputs(to_arrays(created), None)

        def run(inputs: Any, step: Step = the_call) -> Outputs:
            outputs = step(program.call(to_tensors(inputs)))
            if step is the_call:
                program.as_before(outputs)
            return Outputs(to_arrays(outputs), None)

        def heard(inputs: Any) -> Tuple[Outputs, Transcript]:
            tensors = to_tensors(inputs)
            with transcribed(tensors, read(program).values()) as transcript:
                outputs = the_call(program.call(tensors))
            transcript.end(outputs)
            program.as_before(outputs)
            return Outputs(to_arrays(outputs), None), transcript

        def traced(step: Step, inputs: Any) -> Traced:
            return traced_function(program, inputs, [leaf.shape for _, leaf in nest.flatten(inputs)], step)

        yield Running(partial(assign, program), partial(read, program), run, traced, value, first, heard=heard)


@contextlib.contextmanager
def kept(program: Program) -> Iterator[None]:
    """Give a layer that the user built its own values back afterwards."""
    before = []
    if program.source.built:
        before = [(variable, variable.numpy()) for variable in own_variables(program.source.implementation)]
    try:
        yield
    finally:
        for variable, value in before:
            variable.assign(value)


def assign(program: Program, values: Mapping[int, np.ndarray]) -> None:
    """Load values into the program's variables."""
    for place, value in values.items():
        program.catch.made[place].assign(value)


def read(program: Program) -> Dict[int, np.ndarray]:
    """The values of the program's variables, by place."""
    return {place: variable.numpy() for place, variable in enumerate(program.catch.made)}


def value(variable: Any) -> np.ndarray:
    """What a variable has now."""
    return np.asarray(variable.numpy())


def to_tensors(inputs: Any) -> Any:
    """Nested arrays as nested eager tensors."""
    return nest.map_leaves(tensorflow().constant, inputs)


def to_arrays(outputs: Any) -> Any:
    """Nested eager tensors as nested arrays; None stays."""
    return nest.map_leaves(_to_array, outputs)


def _to_array(leaf: Any) -> Optional[np.ndarray]:
    if leaf is None:
        return None
    # (numpy cannot read bfloat16 of TensorFlow 1.15 by itself)
    return np.asarray(leaf.numpy() if hasattr(leaf, "numpy") else leaf)
