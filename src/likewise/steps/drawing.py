"""Which arrays of a step depend on random numbers.

It is read off the graph: an array is random if an operation that draws is among those that it is computed from.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Dict, List, Set  # noqa: F401  (a comment names List)

from likewise import nest
from likewise.cell import tensorflow
from likewise.modes import Step, prepare
from likewise.modes.operations import draws
from likewise.program import Call, Program
from likewise.steps.assignments import begun

__all__ = ["Draws"]


@dataclass(frozen=True)
class Draws:
    """The step that tells, for each array of another step, whether it depends on random numbers."""

    step: Step

    def prepare(self, program: Program) -> None:
        """What the other step prepares."""
        prepare(self.step, program)

    def __call__(self, call: Call) -> Any:
        """The other step's structure with a bool for each array."""
        tf = tensorflow()
        if not tf.executing_eagerly():
            return nest.map_leaves(tf.constant, _drawn(self.step, call))
        told = []  # type: List[Any]  # (see training_mode)

        def traced() -> Any:
            told.append(_drawn(self.step, call))
            return tf.constant(0)

        self.prepare(call.program)
        tf.function(traced).get_concrete_function()
        return nest.map_leaves(tf.constant, told[-1])


def _drawn(step: Step, call: Call) -> Any:
    mark = begun()
    values = step(call)
    # What follows is no part of the program: AutoGraph would convert it, and takes seconds for it.
    return tensorflow().autograph.experimental.do_not_convert(_read_off)(values, mark)


def _read_off(values: Any, mark: int) -> Any:
    graph = tensorflow().compat.v1.get_default_graph()
    new = {operation.name for operation in graph.get_operations()[mark:]}
    functions = {each.signature.name: each.node_def for each in graph.as_graph_def().library.function}
    return nest.map_leaves(lambda leaf: leaf is not None and _is_drawn(leaf.op, new, functions), values)


def _is_drawn(operation: Any, new: Set[str], functions: Dict[str, Any]) -> bool:
    """Whether this operation depends, by data or by what its variables were assigned, on one that draws."""
    waiting, seen = [operation], set()
    while waiting:
        each = waiting.pop()
        if each.name in seen:
            continue
        seen.add(each.name)
        if each.name in new and _draws(each.node_def, functions):
            return True
        for given in each.inputs:
            waiting.append(given.op)
            if given.dtype == tensorflow().resource or given.dtype != given.dtype.base_dtype:
                waiting.extend(user for user in given.consumers() if user.name in new)
    return False


def _draws(node: Any, functions: Dict[str, Any]) -> bool:
    """Whether a node draws, or a function that it calls does."""
    if draws(node.op):
        return True
    called = [node.op]
    for value in node.attr.values():
        called.append(value.func.name)
        called.extend(each.name for each in value.list.func)
    return any(_draws(inside, functions) for name in called for inside in functions.get(name, ()))
