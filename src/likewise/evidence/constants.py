"""The numbers that a program's graph holds: thresholds, mask values, clips, boundaries, epsilons."""

from __future__ import annotations

from typing import Any, Iterator, List, Tuple

from likewise.cell import tensorflow
from likewise.modes import the_call
from likewise.modes.graph import bodies, traced
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
        with side.trying(), side.scope():
            found.extend(_numbers(traced(side.program, side.inputs.nested, the_call)))
    return tuple(dict.fromkeys(found))[:MOST]


def depends_on_inputs(trial: Trial) -> bool:
    """Whether a path leads from values of the inputs to the reference's outputs; so it is where that is not known."""
    side = trial.sides[0]
    with side.trying(), side.scope():
        return _depends(traced(side.program, side.inputs.nested, the_call))
    return True


def _numbers(definition: Any) -> Iterator[float]:
    for nodes in bodies(definition):
        constants = {node.name: node for node in nodes if node.op == "Const"}
        for node in nodes:
            yield from _WITHIN.get(node.op, ())
            if node.op == "Bucketize":
                yield from map(float, node.attr["boundaries"].list.f)
            for given in node.input:
                constant = constants.get(given.partition(":")[0])
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


def _depends(definition: Any) -> bool:
    tf = tensorflow()
    nodes = {node.name: node for node in definition.node}
    consumed = {given.lstrip("^").partition(":")[0] for node in definition.node for given in node.input}
    # (a placeholder that nothing takes is of an input that is not used)
    left, seen = [name for name, node in nodes.items() if name not in consumed and node.op != "Placeholder"], set()
    while left:
        node = nodes[left.pop()]
        if node.name in seen or node.op in _BLIND:
            continue
        seen.add(node.name)
        if node.op == "Placeholder" and tf.dtypes.as_dtype(node.attr["dtype"].type) != tf.resource:
            return True
        left.extend(given.partition(":")[0] for given in node.input if not given.startswith("^"))
    return False
