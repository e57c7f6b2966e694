"""A graph whose operations that round are moved, to be run as often as one likes."""

from __future__ import annotations

from typing import Any, Dict, Mapping, Sequence

import numpy as np

from likewise import nest
from likewise.cell import tensorflow
from likewise.modes.graph import Traced, Untraceable, bodies
from likewise.modes.operations import assigns, continuous, draws
from likewise.modes.rounding import moving

__all__ = ["Noisy"]


class Noisy:
    """A traced step in a graph and session of its own, with operations that round moved. To be closed.

    - variables: TensorFlow's variable for each node that stands for one.
    - continuous: whether all its operations are known to be continuous.
    - draws: whether it draws random numbers.

    What a new session draws first is always the same. Raises Untraceable where the graph cannot stand alone.
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
        self._fetched = nest.map_leaves(lambda name: None if name is None else _tensor(taken, name), traced.outputs)
        self.variables = traced.variables
        self.continuous = continuous(traced.definition)
        self.draws = any(draws(node.op) for nodes in bodies(traced.definition) for node in nodes)
        self._inputs = traced.inputs
        self._constants = {f"{name}:0": value for name, value in traced.constants.items()}
        # One after the other, so that the same numbers are drawn for the same operations each time.
        config = v1.ConfigProto(
            inter_op_parallelism_threads=1, intra_op_parallelism_threads=1, use_per_session_threads=True
        )
        # To optimize takes longer than what it saves, and might take for one what is moved in two ways.
        config.graph_options.rewrite_options.disable_meta_optimizer = True
        self._session = v1.Session(graph=graph, config=config)

    def runs(self, inputs: Sequence[np.ndarray], values: Mapping[str, np.ndarray], times: int) -> Any:
        """What the graph gives at each of so many runs: nested arrays.

        - inputs: in the order of ``nest.flatten``.
        - values: of the variables, by the names of their nodes.
        """
        feeds = {**self._constants, **{f"{name}:0": array for name, array in zip(self._inputs, inputs)}}
        fetches = [name for _, name in nest.flatten(self._fetched) if name is not None]
        found = []
        for number in range(times):
            if number == 0 or self._assigns:
                self._session.run(
                    [load for load, _ in self._loads.values()],
                    {slot: values[name] for name, (_, slot) in self._loads.items()},
                )
            given = iter(self._session.run(fetches, feeds))
            leaves = [None if name is None else next(given) for _, name in nest.flatten(self._fetched)]
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
