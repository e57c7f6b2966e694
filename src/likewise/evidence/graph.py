"""A side as a graph that TensorFlow runs without likewise: a GraphDef, and the names to feed, load and fetch by."""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from typing import Any, Dict, Iterable, List, Optional, Sequence, Set, Tuple

import numpy as np

from likewise import nest
from likewise.cell import tensorflow
from likewise.execution import Execution, signature
from likewise.inputs import Inputs
from likewise.program import Program, Source
from likewise.variable import Variable

__all__ = ["Graph", "graph_of", "run"]


@dataclass(frozen=True)
class Graph:
    """A program as a graph.

    - definition: a GraphDef, serialized, of no more than what is named here.
    - inputs: the placeholder of each input, in the order of ``nest.flatten``.
    - variables: in order of creation; there may be fewer than in other executions, where Keras counts what it runs.
    - loads: for each variable, the operation that loads it and the placeholder of its value.
    - outputs: the tensor of each output, in the order of ``nest.flatten``; None for None.
    """

    definition: bytes
    inputs: Tuple[str, ...]
    variables: Tuple[Variable, ...]
    loads: Tuple[Tuple[str, str], ...]
    outputs: Tuple[Optional[str], ...]


def graph_of(source: Source, inputs: Inputs, execution: Execution) -> Graph:
    """An implementation built in a graph: as a ``tf.function`` in it where the execution is one, else directly.

    Raises whatever the implementation raises there.
    """
    tf = tensorflow()
    v1 = tf.compat.v1
    program = Program(source)
    graph = tf.Graph()
    shapes = signature(inputs.arrays, inputs.axes, execution.dimensions)
    with warnings.catch_warnings(), graph.as_default():
        warnings.simplefilter("ignore")  # a program that warns is a program still
        placeholders = [v1.placeholder(array.dtype, shape) for array, shape in zip(inputs.arrays, shapes)]
        outputs = program.create(nest.pack(inputs.nested, placeholders))
        if execution.mode in ("function", "xla"):
            outputs = _traced(program, inputs, shapes, placeholders, xla=execution.mode == "xla")
        leaves = [None if leaf is None else v1.convert_to_tensor(leaf) for _, leaf in nest.flatten(outputs)]
        made = program.catch.made
        slots = [v1.placeholder(variable.dtype.base_dtype, variable.shape) for variable in made]
        loads = [v1.assign(variable, slot).op for variable, slot in zip(made, slots)]
    tensors = [*placeholders, *slots, *(leaf for leaf in leaves if leaf is not None)]
    wanted = {operation.name for operation in [*(tensor.op for tensor in tensors), *loads]}
    definition = _pruned(graph.as_graph_def(), wanted)
    return Graph(
        definition.SerializeToString(),
        tuple(tensor.name for tensor in placeholders),
        program.catch.described(),
        tuple((load.name, slot.name) for load, slot in zip(loads, slots)),
        tuple(None if leaf is None else leaf.name for leaf in leaves),
    )


def _traced(program: Program, inputs: Inputs, shapes: Sequence[Any], placeholders: List[Any], *, xla: bool) -> Any:
    tf = tensorflow()

    def taken(inputs: Any) -> Any:
        return program.call(inputs).outputs()

    specs = [tf.TensorSpec(shape, array.dtype) for shape, array in zip(shapes, inputs.arrays)]
    options = {"jit_compile": True} if xla else {}
    traced = tf.function(taken, input_signature=[nest.pack(inputs.nested, specs)], **options)
    return traced(nest.pack(inputs.nested, placeholders))


def _pruned(definition: Any, wanted: Set[str]) -> Any:
    """What the wanted nodes need, without what only debuggers and devices read."""
    nodes = {node.name: node for node in definition.node}
    reached = _reached(wanted, lambda name: (each.lstrip("^").partition(":")[0] for each in nodes[name].input))
    functions = {function.signature.name: function for function in definition.library.function}
    called = _reached(
        {name for node in reached for name in _called(nodes[node]) if name in functions},
        lambda name: (each for node in functions[name].node_def for each in _called(node) if each in functions),
    )
    kept = type(definition)()
    kept.versions.CopyFrom(definition.versions)
    kept.node.extend(node for node in definition.node if node.name in reached)
    kept.library.function.extend(each for each in definition.library.function if each.signature.name in called)
    kept.library.gradient.extend(each for each in definition.library.gradient if each.function_name in called)
    for node in [*kept.node, *(node for function in kept.library.function for node in function.node_def)]:
        node.ClearField("experimental_debug_info")
        node.ClearField("device")
        if "_class" in node.attr:  # it may name what is not kept
            del node.attr["_class"]
    return kept


def _reached(start: Iterable[str], following: Any) -> Set[str]:
    found: Set[str] = set()
    left = list(start)
    while left:
        name = left.pop()
        if name not in found:
            found.add(name)
            left.extend(following(name))
    return found


def _called(node: Any) -> List[str]:
    """The names of functions that a node may call; its operation may be one."""
    attributes = node.attr.values()
    return [
        node.op,
        *(each.func.name for each in attributes if each.HasField("func")),
        *(function.name for each in attributes for function in each.list.func),
    ]


def run(graph: Graph, inputs: Sequence[np.ndarray], values: Sequence[np.ndarray]) -> List[Optional[np.ndarray]]:
    """Load the variables' values, then run on inputs: what the script of a witness does.

    Raises whatever TensorFlow raises.
    """
    v1 = tensorflow().compat.v1
    definition = v1.GraphDef.FromString(graph.definition)
    with tensorflow().Graph().as_default(), v1.Session() as session:
        v1.import_graph_def(definition, name="")
        session.run([load for load, _ in graph.loads], {slot: value for (_, slot), value in zip(graph.loads, values)})
        feeds: Dict[str, np.ndarray] = dict(zip(graph.inputs, inputs))
        fetched = iter(session.run([name for name in graph.outputs if name is not None], feeds))
        return [None if name is None else next(fetched) for name in graph.outputs]
