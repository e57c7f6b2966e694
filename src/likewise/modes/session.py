"""A TF1 graph and session: placeholders, initialized variables, loaded values, feeds."""

from __future__ import annotations

import contextlib
import sys
from typing import TYPE_CHECKING, Any, Callable, Dict, Iterator, List, Mapping, Optional, Sequence

import numpy as np

from likewise import nest
from likewise.cell import Cell, current, tensorflow
from likewise.errors import ImplementationError
from likewise.layers.wrapping import wrapped
from likewise.modes import Outputs, Running, Signature, Step, Traits, static_shape, the_call
from likewise.modes.graph import Traced, as_tensors, needed
from likewise.variable import Catch, own_variables

if TYPE_CHECKING:
    from likewise.program import Program

__all__ = ["INSIDE_A_LOOP", "TRAITS", "never_inside_loops", "opened", "why_not"]

#: What ``never_inside_loops`` raises: no fault of a program.
INSIDE_A_LOOP = "a session is run inside of a loop that is being built, where it would never end"


#: Its graph has no place for what exists already.
TRAITS = Traits(graphs=True, open_shapes=True, takes_built=False, by_default=True, naming=3)


def why_not(cell: Cell) -> Optional[str]:
    return None


@contextlib.contextmanager
def opened(program: Program, inputs: Any, signature: Signature) -> Iterator[Running]:
    v1 = tensorflow().compat.v1
    graph = _graph(program)
    with graph.as_default():
        leaves = [leaf for _, leaf in nest.flatten(inputs)]
        placeholders = [v1.placeholder(leaf.dtype, shape) for leaf, shape in zip(leaves, signature)]
        fed = nest.pack(inputs, placeholders)
        built: Dict[Step, Any] = {the_call: as_tensors(program.create(fed))}
        made = program.catch.made
        others: List[Any] = []
        slots = [v1.placeholder(variable.dtype.base_dtype, variable.shape) for variable in made]
        loads = [v1.assign(variable, slot) for variable, slot in zip(made, slots)]
        initializer = v1.variables_initializer(made)
    # (not as the default one: several are open at a time, and let go in any order)
    with contextlib.closing(v1.Session(graph=graph)) as session:
        session.run(initializer)
        program.catch.initialized(session.run)

        def load(values: Mapping[int, np.ndarray]) -> None:
            session.run(
                [loads[place].op for place in values],
                {slots[place]: value for place, value in values.items()},
            )

        def read() -> Dict[int, np.ndarray]:
            return dict(enumerate(session.run(list(made))))

        def build(step: Step) -> Any:
            """The step in the graph; variables that it makes of its own, such as an optimizer's, are initialized."""
            own = Catch()
            with graph.as_default(), session.as_default():
                with own.catching():
                    outputs = as_tensors(step(program.call(fed)))
                session.run(v1.variables_initializer(own.made))
            others.extend(own.made)
            return outputs

        def traced(step: Step, _: Any) -> Traced:
            if step not in built:
                built[step] = build(step)
            return _traced(graph, placeholders, built[step], [*made, *others])

        def run(inputs: Any, step: Step = the_call) -> Outputs:
            if step not in built:
                built[step] = build(step)
            outputs = built[step]
            fetches = [leaf for _, leaf in nest.flatten(outputs)]
            feeds = {placeholder: leaf for placeholder, (_, leaf) in zip(placeholders, nest.flatten(inputs))}
            # A session fetches no None, though a program may well return one.
            fetched = iter(session.run([leaf for leaf in fetches if leaf is not None], feeds))
            found = [None if leaf is None else next(fetched) for leaf in fetches]
            return Outputs(nest.pack(outputs, found), [static_shape(leaf) for leaf in fetches])

        yield Running(load, read, run, traced, session.run, session=session)


def _traced(graph: Any, placeholders: Sequence[Any], outputs: Any, variables: Sequence[Any]) -> Traced:
    """Of a step in a graph what its outputs need."""
    names = [leaf.op.name for _, leaf in nest.flatten(outputs) if leaf is not None]
    inputs = [placeholder.op.name for placeholder in placeholders]
    definition = needed(graph.as_graph_def(), [*names, *inputs])
    kept = {node.name for node in definition.node}
    found = {_node(each): each for each in variables}
    return Traced(
        definition,
        tuple(inputs),
        nest.map_leaves(lambda leaf: None if leaf is None else leaf.name, outputs),
        {name: each for name, each in found.items() if name in kept},
        {},
    )


def _node(variable: Any) -> str:
    """The name of the node that stands for a variable."""
    held = getattr(variable, "handle", None)
    return str(variable.op.name if held is None else held.op.name)


@contextlib.contextmanager
def never_inside_loops() -> Iterator[None]:
    """Within, a session that Keras runs while a ``while_loop`` of TF1 is being built raises: it would wait for ever.

    For the loop holds the lock of its graph until it is built, and a session wants it. Up to Keras 2 it runs one for
    the constants that its layers are given beside symbolic tensors, wherever that is.
    """
    if current().generation >= 3:
        yield
        return
    v1 = tensorflow().compat.v1

    def wrap(original: Callable[..., Any]) -> Callable[..., Any]:
        def get_session(*args: Any, **kwargs: Any) -> Any:
            lock = getattr(v1.get_default_graph(), "_group_lock", None)
            if lock is not None and lock._group_member_counts[0]:  # noqa: SLF001  of those who change the graph
                raise RuntimeError(INSIDE_A_LOOP)
            return original(*args, **kwargs)

        return get_session

    home = sys.modules[v1.keras.backend.get_session.__module__]
    with wrapped(home, "get_session", wrap):
        yield


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
