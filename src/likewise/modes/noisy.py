"""A graph whose operations that round are moved, to be run as often as one likes."""

from __future__ import annotations

from typing import Any, Dict, Mapping, Sequence

import numpy as np

from likewise import nest
from likewise.cell import tensorflow
from likewise.modes.graph import Traced, Untraceable, bodies
from likewise.modes.operations import assigns, continuous
from likewise.modes.rounding import DRAWS, DRAWS_SIZE, moving

__all__ = ["Noisy"]

#: How far the states lie apart that runs draw from.
_APART = 2**40


class Noisy:
    """A traced step in a graph and session of its own, with operations that round moved. To be closed.

    - variables: TensorFlow's variable for each node that stands for one.
    - continuous: whether all its operations are known to be continuous.

    Raises Untraceable where the graph cannot stand alone.
    """

    def __init__(self, traced: Traced) -> None:
        tf = tensorflow()
        v1 = tf.compat.v1
        definition, taken = moving(traced.definition)
        self._assigns = any(assigns(node.op) for nodes in bodies(traced.definition) for node in nodes)
        graph = tf.Graph()
        with graph.as_default():
            try:
                v1.import_graph_def(definition, name="")
            except ValueError as error:  # such as an operation of the user's that another process would not know
                raise Untraceable(str(error)) from error
            self._loads: Dict[str, Any] = {}
            for name in traced.variables:
                node = graph.get_operation_by_name(name).outputs[0]
                variable = traced.variables[name]
                slot = v1.placeholder(variable.dtype.base_dtype, variable.shape)
                if node.dtype == tf.resource:
                    load = tf.raw_ops.AssignVariableOp(resource=node, value=slot)
                else:
                    load = tf.raw_ops.Assign(ref=node, value=slot).op
                self._loads[name] = load, slot
            state = tf.raw_ops.VarHandleOp(dtype=tf.int64, shape=[DRAWS_SIZE], shared_name=DRAWS)
            slot = v1.placeholder(tf.int64, [DRAWS_SIZE])
            begin = tf.raw_ops.AssignVariableOp(resource=state, value=slot)
        self._fetched = nest.map_leaves(lambda name: None if name is None else _tensor(taken, name), traced.outputs)
        self.variables = traced.variables
        self.continuous = continuous(traced.definition)
        self._inputs = traced.inputs
        self._constants = list(traced.constants.values())
        # One after the other, so that the same numbers are drawn for the same operations each time.
        config = v1.ConfigProto(
            inter_op_parallelism_threads=1, intra_op_parallelism_threads=1, use_per_session_threads=True
        )
        # To optimize takes longer than what it saves, and might take for one what is moved in two ways.
        config.graph_options.rewrite_options.disable_meta_optimizer = True
        config.graph_options.optimizer_options.opt_level = v1.OptimizerOptions.L0
        self._session = v1.Session(graph=graph, config=config)
        fetches = [name for _, name in nest.flatten(self._fetched) if name is not None]
        fed = [f"{name}:0" for name in (*self._inputs, *traced.constants)]
        self._run = self._session.make_callable(fetches, fed)
        self._begin = self._session.make_callable(begin, [slot])
        loads = [load for load, _ in self._loads.values()]
        self._load = self._session.make_callable(loads, [slot for _, slot in self._loads.values()])

    def runs(self, inputs: Sequence[np.ndarray], values: Mapping[str, np.ndarray], numbers: Sequence[int]) -> Any:
        """What the graph gives at each of these runs, which are the same whatever ran before: nested arrays.

        - inputs: in the order of ``nest.flatten``.
        - values: of the variables, by the names of their nodes.
        """
        given = [*inputs, *self._constants]
        found = []
        for place, number in enumerate(numbers):
            if place == 0 or self._assigns:
                self._load(*(values[name] for name in self._loads))
            self._begin(np.array([number * _APART] + [0] * (DRAWS_SIZE - 1), np.int64))
            each = iter(self._run(*given))
            leaves = [None if name is None else next(each) for _, name in nest.flatten(self._fetched)]
            found.append(nest.pack(self._fetched, leaves))
        return found

    def close(self) -> None:
        """Let the session go."""
        self._session.close()


def _tensor(taken: Mapping[str, str], name: str) -> str:
    """The tensor to be fetched for one of the traced graph's."""
    operation, _, place = name.partition(":")
    old = operation if place in ("", "0") else name
    new = taken.get(old, old)
    return new if ":" in new else f"{new}:0"
