"""The numbers that a program's graph holds: thresholds, mask values, clips, boundaries, epsilons."""

from __future__ import annotations

from typing import Any, Callable, Dict, Iterable, Iterator, List, Sequence, Set, Tuple

from likewise import nest
from likewise.cell import tensorflow
from likewise.modes.graph import Traced, bodies, node_of
from likewise.modes.transcript import looped
from likewise.trial import Trial

__all__ = [
    "BLIND",
    "COMPARING",
    "MOST",
    "WITHIN",
    "constants_of",
    "depends_on_inputs",
    "numbers_of",
    "reached",
    "sizes_of",
]

#: At most so many are kept, and of a table of more than ``TABLE`` none.
MOST, TABLE = 24, 16

#: Operations that compare.
COMPARING = ("Equal", "NotEqual", "Greater", "GreaterEqual", "Less", "LessEqual")

#: What integers are held against; all others are axes, sizes and places.
_AGAINST = (
    *COMPARING,
    *("Maximum", "Minimum", "ClipByValue", "FloorMod", "FloorDiv"),
)

#: Operations that hold a constant in themselves.
WITHIN = {"Relu6": (6.0,)}

#: Operations that tell nothing of the values that they are given.
BLIND = ("Shape", "ShapeN", "Size", "Rank", "ZerosLike", "OnesLike")


def constants_of(trial: Trial) -> Tuple[float, ...]:
    """The numbers in the graphs of both sides, in the order in which they appear; none of what cannot be traced."""
    return _of_both(trial, lambda traced: _numbers(traced.definition))


def sizes_of(trial: Trial) -> Tuple[int, ...]:
    """The numbers that both sides compare sizes with, and not values of the inputs."""
    return _of_both(trial, _sizes)


def _of_both(trial: Trial, numbers: Callable[[Traced], Iterable[Any]]) -> Tuple[Any, ...]:
    graphs = [side.graph() for side in trial.sides]
    found = [number for graph in graphs if graph is not None for number in numbers(graph)]
    return tuple(dict.fromkeys(found))[:MOST]


def depends_on_inputs(trial: Trial) -> bool:
    """Whether a path leads from values of the inputs to the reference's outputs; so it is where that is not known."""
    side = trial.sides[0]
    traced = side.graph()
    if traced is None:
        return True
    outputs = [node_of(name) for _, name in nest.flatten(traced.outputs) if name is not None]
    return not reached(traced, BLIND).isdisjoint(outputs)


def reached(traced: Traced, blind: Sequence[str]) -> Set[str]:
    """The nodes to which a path leads from the inputs, over no operation of a blind type."""
    following: Dict[str, List[Any]] = {}
    for node in traced.definition.node:
        for given in node.input:
            if not given.startswith("^"):
                following.setdefault(node_of(given), []).append(node)
    found, left = set(traced.inputs), list(traced.inputs)
    while left:
        for node in following.get(left.pop(), ()):
            if node.name not in found and node.op not in blind:
                found.add(node.name)
                left.append(node.name)
    return found


def _numbers(definition: Any) -> Iterator[float]:
    for nodes in bodies(definition):
        constants = {node.name: node for node in nodes if node.op == "Const"}
        for node in nodes:
            yield from WITHIN.get(node.op, ())
            if node.op == "Bucketize":
                yield from map(float, node.attr["boundaries"].list.f)
            for given in node.input:
                constant = constants.get(node_of(given))
                if constant is not None:
                    yield from _values(constant, compared=node.op in _AGAINST)


def _sizes(traced: Traced) -> Iterator[int]:
    """Integers that are compared with what is made of shapes alone; of constant shapes there are only constants."""
    nodes = {node.name: node for node in traced.definition.node}
    by_values = reached(traced, BLIND)
    for node in nodes.values():
        sources = [node_of(given) for given in node.input if not given.startswith("^")]
        if node.op in COMPARING and by_values.isdisjoint(sources) and not looped(node):
            for each in sources:
                numbers = numbers_of(nodes[each]) if nodes[each].op == "Const" else []
                yield from (number for number in numbers if isinstance(number, int))


def _values(node: Any, *, compared: bool) -> Iterator[float]:
    """The numbers of a constant: of an integer one those that are compared."""
    dtype = tensorflow().dtypes.as_dtype(node.attr["dtype"].type)
    if dtype.is_floating or (dtype.is_integer and compared):
        yield from numbers_of(node)


def numbers_of(node: Any) -> List[Any]:
    """The numbers of a constant, floats or integers; none of a great table and of what is no real number."""
    tf = tensorflow()
    dtype = tf.dtypes.as_dtype(node.attr["dtype"].type)
    if not (dtype.is_floating or dtype.is_integer):
        return []
    values = tf.make_ndarray(node.attr["value"].tensor).reshape(-1)
    if values.size > TABLE:
        return []
    # (float32's 0.1 is another number than Python's, and is what the program compares with)
    return [value if dtype.is_integer else float(value) for value in values.tolist()]
