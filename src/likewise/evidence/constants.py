"""The numbers that a program's graph holds: thresholds, mask values, clips, boundaries, epsilons."""

from __future__ import annotations

from typing import Any, Iterator, List, Tuple

from likewise import nest
from likewise.cell import tensorflow
from likewise.modes.graph import Traced, bodies
from likewise.trial import Trial

__all__ = ["MOST", "constants_of", "depends_on_inputs"]

#: At most so many are kept, and of a table of more than ``TABLE`` none.
MOST, TABLE = 24, 16

#: What integers are compared with; all others are axes, sizes and places.
_COMPARING = (
    *("Equal", "NotEqual", "Greater", "GreaterEqual", "Less", "LessEqual"),
    *("Maximum", "Minimum", "ClipByValue", "FloorMod", "FloorDiv"),
)

#: Operations that hold a constant in themselves.
_WITHIN = {"Relu6": (6.0,)}

#: Operations that tell nothing of the values that they are given.
_BLIND = ("Shape", "ShapeN", "Size", "Rank", "ZerosLike", "OnesLike")


def constants_of(trial: Trial) -> Tuple[float, ...]:
    """The numbers in the graphs of both sides, in the order in which they appear; none of what cannot be traced."""
    found: List[float] = []
    for side in trial.sides:
        traced = side.traced(side.inputs)
        if traced is not None:
            found.extend(_numbers(traced.definition))
    return tuple(dict.fromkeys(found))[:MOST]


def depends_on_inputs(trial: Trial) -> bool:
    """Whether a path leads from values of the inputs to the reference's outputs; so it is where that is not known."""
    side = trial.sides[0]
    traced = side.traced(side.inputs)
    return traced is None or _depends(traced)


def _numbers(definition: Any) -> Iterator[float]:
    for nodes in bodies(definition):
        constants = {node.name: node for node in nodes if node.op == "Const"}
        for node in nodes:
            yield from _WITHIN.get(node.op, ())
            if node.op == "Bucketize":
                yield from map(float, node.attr["boundaries"].list.f)
            for given in node.input:
                constant = constants.get(_node(given))
                if constant is not None:
                    yield from _values(constant, compared=node.op in _COMPARING)


def _values(node: Any, *, compared: bool) -> Iterator[float]:
    """The numbers of a constant: of an integer one those that are compared."""
    tf = tensorflow()
    dtype = tf.dtypes.as_dtype(node.attr["dtype"].type)
    if not (dtype.is_floating or (dtype.is_integer and compared)):
        return
    values = tf.make_ndarray(node.attr["value"].tensor).reshape(-1)
    if values.size <= TABLE:
        for value in values.tolist():
            # (float32's 0.1 is another number than Python's, and is what the program compares with)
            yield value if dtype.is_integer else float(value)


def _depends(traced: Traced) -> bool:
    nodes = {node.name: node for node in traced.definition.node}
    left, seen = [_node(name) for _, name in nest.flatten(traced.outputs) if name is not None], set()
    while left:
        node = nodes[left.pop()]
        if node.name in seen or node.op in _BLIND:
            continue
        seen.add(node.name)
        if node.name in traced.inputs:
            return True
        left.extend(map(_node, (given for given in node.input if not given.startswith("^"))))
    return False


def _node(tensor: str) -> str:
    return tensor.partition(":")[0]
