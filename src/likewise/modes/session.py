"""A TF1 graph and session: placeholders, initialized variables, loaded values, feeds."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Any, Iterator, Mapping, Optional

import numpy as np

from likewise import nest
from likewise.cell import Cell, tensorflow
from likewise.errors import ImplementationError
from likewise.modes import Outputs, Running, Signature, static_shape
from likewise.variable import own_variables

if TYPE_CHECKING:
    from likewise.program import Program

__all__ = ["opened", "why_not"]


def why_not(cell: Cell) -> Optional[str]:
    return None


@contextlib.contextmanager
def opened(program: Program, inputs: Any, signature: Signature) -> Iterator[Running]:
    v1 = tensorflow().compat.v1
    graph = _graph(program)
    with graph.as_default():
        leaves = [leaf for _, leaf in nest.flatten(inputs)]
        placeholders = [v1.placeholder(leaf.dtype, shape) for leaf, shape in zip(leaves, signature)]
        # Numbers are outputs, too, as they are in the other modes.
        outputs = nest.map_leaves(
            lambda leaf: None if leaf is None else v1.convert_to_tensor(leaf),
            program.create(nest.pack(inputs, placeholders)),
        )
        fetches = [leaf for _, leaf in nest.flatten(outputs)]
        made = program.catch.made
        slots = [v1.placeholder(variable.dtype.base_dtype, variable.shape) for variable in made]
        loads = [v1.assign(variable, slot) for variable, slot in zip(made, slots)]
        initializer = v1.variables_initializer(made)
    static = [static_shape(leaf) for leaf in fetches]
    with v1.Session(graph=graph) as session:
        session.run(initializer)

        def load(values: Mapping[int, np.ndarray]) -> None:
            session.run(
                [loads[place].op for place in values],
                {slots[place]: value for place, value in values.items()},
            )

        def run(inputs: Any) -> Outputs:
            feeds = {placeholder: leaf for placeholder, (_, leaf) in zip(placeholders, nest.flatten(inputs))}
            # A session fetches no None, though a program may well return one.
            fetched = iter(session.run([leaf for leaf in fetches if leaf is not None], feeds))
            found = [None if leaf is None else next(fetched) for leaf in fetches]
            return Outputs(nest.pack(outputs, found), static)

        yield Running(load, run, session)


def _graph(program: Program) -> Any:
    """A graph of its own, or the one in which the user built the layer."""
    tf = tensorflow()
    owned = own_variables(program.source.implementation) if program.source.built else []
    if not owned:
        return tf.Graph()
    if tf.executing_eagerly():
        raise ImplementationError(
            f"{program.source.title} was built eagerly, so it cannot run in a session; choose "
            "other modes, or give a function that builds it"
        )
    return owned[0].graph
