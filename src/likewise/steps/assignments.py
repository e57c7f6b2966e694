"""What a call assigns to the program's variables, also in a TF1 graph, where nobody runs it unasked."""

from __future__ import annotations

from typing import Any, Dict, List, Sequence

from likewise.cell import tensorflow
from likewise.program import Call
from likewise.steps.differentiating import in_session

__all__ = ["assigned_since", "begun", "values_after"]

#: How TF1's branches and loops take in what they use.
_WAYS_IN = ("Enter", "RefEnter", "Switch", "RefSwitch")


def begun() -> int:
    """A mark for ``assigned_since``: how many operations the graph has; 0 without one."""
    tf = tensorflow()
    return 0 if tf.executing_eagerly() else len(tf.compat.v1.get_default_graph().get_operations())


def assigned_since(mark: int, call: Call) -> List[Any]:
    """The operations on the program's variables that a TF1 graph got since then; elsewhere they run by themselves.

    All of them, whether Keras keeps them in ``layer.updates``, in a collection or, as Keras 3 does, nowhere: what
    ``tf.function`` would run. Those of frozen layers are left out, as Keras leaves them out.
    """
    if not in_session():
        return []
    frozen = call.program.unmoved
    names = {variable.op.name for place, variable in enumerate(call.variables) if place not in frozen}
    graph = tensorflow().compat.v1.get_default_graph()
    found = []
    for operation in graph.get_operations()[mark:]:
        of_variable = any(each.op.name in names for each in operation.inputs)
        # What TF1 does in a branch or loop runs with it, and cannot be asked for.
        if of_variable and graph.is_fetchable(operation) and operation.type not in _WAYS_IN:
            found.append(operation)
    return found


def values_after(call: Call, operations: Sequence[Any]) -> Dict[int, Any]:
    """The values of all variables but counters and random states, by place, once these operations have run."""
    found = {}
    described = call.program.described()
    with tensorflow().control_dependencies(list(operations)):
        for place, variable in enumerate(call.variables):
            if described[place].kind == "weight":
                found[place] = variable.read_value()
    return found
