"""The graph of a step, to be looked at and never run."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Dict, Iterator, List, Set

from likewise import nest
from likewise.cell import tensorflow
from likewise.modes import Step

if TYPE_CHECKING:
    from likewise.program import Program

__all__ = ["NARROW", "WIDE", "narrowing", "narrows", "traced"]

#: The floating-point dtypes of less than double precision.
NARROW = ("float16", "bfloat16", "float32", "complex64")
WIDE = ("float64", "complex128")

#: The operations that give what is stored, as it is.
_STORED = ("Const", "ReadVariableOp", "VariableV2", "Identity")


def traced(program: Program, inputs: Any, step: Step) -> Any:
    """The ``GraphDef`` of a step, with what its outputs need and no more; raises what the program does.

    - inputs: nested arrays.

    In a session it is to be called where the program's own graph is the default one, to which it adds operations.
    """
    tf = tensorflow()
    if not tf.executing_eagerly():
        placeholder = tf.compat.v1.placeholder
        fed = nest.map_leaves(lambda leaf: placeholder(leaf.dtype, leaf.shape), inputs)
        outputs = step(program.call(fed))
        graph = tf.compat.v1.get_default_graph()
    else:
        specs = nest.map_leaves(lambda leaf: tf.TensorSpec(leaf.shape, leaf.dtype), inputs)

        def taken(given: Any) -> Any:
            return step(program.call(given))

        concrete = tf.function(taken, input_signature=[specs]).get_concrete_function()
        outputs, graph = concrete.outputs, concrete.graph
    return _needed(graph.as_graph_def(), [leaf.op.name for _, leaf in nest.flatten(outputs) if hasattr(leaf, "op")])


def _needed(definition: Any, names: List[str]) -> Any:
    """What operations of these names need; the functions that are called stay all."""
    nodes = {node.name: node for node in definition.node}
    wanted, left = set(), list(names)
    while left:
        name = left.pop()
        if name not in wanted:
            wanted.add(name)
            left.extend(given.lstrip("^").partition(":")[0] for given in nodes[name].input)
    pruned = type(definition)(library=definition.library)
    pruned.node.extend(node for node in definition.node if node.name in wanted)
    return pruned


def narrowing(definition: Any) -> str:
    """The first operation in a ``GraphDef`` that goes from double precision to a lesser one or back; "" for none.

    Such as "Cast float64 to float32". Variables and constants of a lesser precision lose nothing when they are cast.
    Functions that the graph calls, such as the bodies of loops, are looked into.
    """
    functions = {each.signature.name: each.node_def for each in definition.library.function}
    for nodes in _bodies(definition.node, functions, set()):
        kinds = {node.name: node.op for node in nodes}
        for node in nodes:
            if node.op == "Cast":
                source, target = (_name(node.attr[each].type) for each in ("SrcT", "DstT"))
                stored = kinds.get(node.input[0].partition(":")[0]) in _STORED
                if not (stored and source in NARROW) and narrows(source, target):
                    return f"Cast {source} to {target}"
    return ""


def narrows(source: str, target: str) -> bool:
    """Whether a cast from one dtype to another goes from double precision to a lesser one or back."""
    return (source in WIDE and target in NARROW) or (source in NARROW and target in WIDE)


def _bodies(nodes: Any, functions: Dict[str, Any], seen: Set[str]) -> Iterator[Any]:
    """These nodes, and those of each function that they call."""
    yield nodes
    for node in nodes:
        for name in [node.op, *_called(node)]:
            if name in functions and name not in seen:
                seen.add(name)
                yield from _bodies(functions[name], functions, seen)


def _called(node: Any) -> List[str]:
    values = node.attr.values()
    return [each.func.name for each in values] + [one.name for each in values for one in each.list.func]


def _name(number: int) -> str:
    return str(tensorflow().dtypes.as_dtype(number).name)
