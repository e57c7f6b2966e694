"""The graph of a step, to be looked at, or to be run with its operations moved (``modes.noisy``)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Dict, Iterable, Iterator, List, Mapping, Set, Tuple

import numpy as np

from likewise import nest
from likewise.cell import tensorflow
from likewise.modes import Signature, Step, prepare

if TYPE_CHECKING:
    from likewise.program import Program

__all__ = [
    "NARROW",
    "Traced",
    "Untraceable",
    "as_tensors",
    "bodies",
    "called",
    "needed",
    "node_of",
    "of_function",
    "traced_function",
]

#: The floating-point dtypes of less than double precision.
NARROW = ("float16", "bfloat16", "float32", "complex64")


class Untraceable(Exception):
    """A step whose graph cannot stand alone, such as one that looks values up in a table."""


@dataclass(frozen=True)
class Traced:
    """A step as a graph.

    - definition: the ``GraphDef``, with what the outputs need and no more.
    - inputs: the placeholder of each input, in the order of ``nest.flatten``.
    - outputs: nested names of tensors, None for None.
    - variables: TensorFlow's variable for each node that stands for one.
    - constants: the value of each further placeholder.
    """

    definition: Any
    inputs: Tuple[str, ...]
    outputs: Any
    variables: Mapping[str, Any]
    constants: Mapping[str, np.ndarray]


def traced_function(program: Program, inputs: Any, signature: Signature, step: Step) -> Traced:
    """The step as ``tf.function`` traces it, where TensorFlow executes eagerly; raises what the program raises.

    - inputs: nested arrays.
    - signature: what is to be known of their shapes.

    Raises Untraceable where it uses a resource that is no variable.
    """
    tf = tensorflow()
    specs = nest.pack(
        inputs, [tf.TensorSpec(shape, leaf.dtype) for shape, (_, leaf) in zip(signature, nest.flatten(inputs))]
    )
    told = []  # type: List[Any]  # (see training_mode)

    def taken(given: Any) -> Any:
        told.append(as_tensors(step(program.call(given))))
        return told[-1]

    prepare(step, program)
    concrete = tf.function(taken, input_signature=[specs]).get_concrete_function()
    return of_function(program, concrete, told[-1])


def of_function(program: Program, concrete: Any, outputs: Any) -> Traced:
    """The graph of one of TensorFlow's concrete functions.

    - outputs: nested tensors within its graph, None for None.

    Raises Untraceable where it uses a resource that is no variable.
    """
    tf = tensorflow()
    captured = list(concrete.captured_inputs)
    placeholders = [tensor.op.name for tensor in concrete.inputs]
    given, inner = placeholders[: len(placeholders) - len(captured)], placeholders[len(placeholders) - len(captured) :]
    known = {id(each.handle): each for each in [*program.catch.made, *concrete.graph.variables]}
    variables: Dict[str, Any] = {}
    constants: Dict[str, np.ndarray] = {}
    for name, outer in zip(inner, captured):
        if id(outer) in known:
            variables[name] = known[id(outer)]
        elif outer.dtype in (tf.resource, tf.variant):
            raise Untraceable(f"it uses a {outer.dtype.name} that is no variable")
        else:
            constants[name] = np.asarray(outer)
    definition = needed(concrete.graph.as_graph_def(), [*given, *(leaf.op.name for leaf in _tensors(outputs))])
    kept = {node.name for node in definition.node}
    for node in definition.node:
        if node.name in variables:
            _as_variable(node, variables[node.name])
    return Traced(
        definition,
        tuple(given),
        nest.map_leaves(lambda leaf: None if leaf is None else leaf.name, outputs),
        {name: each for name, each in variables.items() if name in kept},
        {name: each for name, each in constants.items() if name in kept},
    )


def as_tensors(outputs: Any) -> Any:
    """Nested outputs, as tensors of the graph that is being made, of numbers, too; None for None."""
    convert = tensorflow().convert_to_tensor
    return nest.map_leaves(lambda leaf: None if leaf is None else convert(leaf), outputs)


def _as_variable(node: Any, variable: Any) -> None:
    """Let a node that stands for a variable from elsewhere be the variable."""
    name = node.name
    node.Clear()
    node.name, node.op = name, "VarHandleOp"
    node.attr["dtype"].type = variable.dtype.base_dtype.as_datatype_enum
    node.attr["shape"].shape.CopyFrom(variable.shape.as_proto())
    node.attr["shared_name"].s = name.encode()


def _tensors(outputs: Any) -> List[Any]:
    return [leaf for _, leaf in nest.flatten(outputs) if leaf is not None]


def node_of(given: str) -> str:
    """The node that an input of another names: a tensor of it, or with "^" that it has to be done before."""
    return given.lstrip("^").partition(":")[0]


def needed(definition: Any, names: Iterable[str]) -> Any:
    """What operations of these names need; the functions that are called stay all."""
    nodes = {node.name: node for node in definition.node}
    wanted, left = set(), list(names)
    while left:
        name = left.pop()
        if name not in wanted:
            wanted.add(name)
            left.extend(map(node_of, nodes[name].input))
    pruned = type(definition)(library=definition.library, versions=definition.versions)
    pruned.node.extend(node for node in definition.node if node.name in wanted)
    return pruned


def bodies(definition: Any) -> Iterator[Any]:
    """The nodes of a ``GraphDef``, and those of each function that they call, such as the bodies of loops."""
    return _bodies(definition.node, {each.signature.name: each.node_def for each in definition.library.function}, set())


def _bodies(nodes: Any, functions: Dict[str, Any], seen: Set[str]) -> Iterator[Any]:
    yield nodes
    for node in nodes:
        for name in called(node):
            if name in functions and name not in seen:
                seen.add(name)
                yield from _bodies(functions[name], functions, seen)


def called(node: Any) -> List[str]:
    """The names of functions that a node may call; its operation may be one."""
    values = node.attr.values()
    return [node.op, *(each.func.name for each in values), *(one.name for each in values for one in each.list.func)]
