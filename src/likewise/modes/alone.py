"""A traced graph in a session of its own, to be run as often as one likes."""

from __future__ import annotations

from typing import Any, Callable, Dict, Mapping, Optional, Sequence

import numpy as np

from likewise.cell import tensorflow
from likewise.modes.graph import Traced, Untraceable

__all__ = ["Alone"]


class Alone:
    """A traced step in a graph and session of its own. To be closed.

    - definition: a ``GraphDef`` made of the traced one, with the same variables; default: the traced one.

    Raises Untraceable where the graph cannot stand alone.
    """

    def __init__(self, traced: Traced, definition: Optional[Any] = None) -> None:
        tf = tensorflow()
        v1 = tf.compat.v1
        self.graph = tf.Graph()
        loads: Dict[str, Any] = {}
        with self.graph.as_default():
            try:
                v1.import_graph_def(traced.definition if definition is None else definition, name="")
            except ValueError as error:  # such as an operation of the user's that another process would not know
                raise Untraceable(str(error)) from error
            for name, variable in traced.variables.items():
                node = self.graph.get_operation_by_name(name).outputs[0]
                slot = v1.placeholder(variable.dtype.base_dtype, variable.shape)
                if node.dtype == tf.resource:
                    load = tf.raw_ops.AssignVariableOp(resource=node, value=slot)
                else:
                    load = tf.raw_ops.Assign(ref=node, value=slot).op
                loads[name] = load, slot
        self._fed = [f"{name}:0" for name in (*traced.inputs, *traced.constants)]
        # One after the other, so that the same numbers are drawn for the same operations each time.
        config = v1.ConfigProto(
            inter_op_parallelism_threads=1, intra_op_parallelism_threads=1, use_per_session_threads=True
        )
        # To optimize takes longer than what it saves, and might take for one what is moved in two ways.
        config.graph_options.rewrite_options.disable_meta_optimizer = True
        config.graph_options.optimizer_options.opt_level = v1.OptimizerOptions.L0
        self.session = v1.Session(graph=self.graph, config=config)
        self._names, slots = list(loads), [slot for _, slot in loads.values()]
        self._load = self.session.make_callable([load for load, _ in loads.values()], slots)

    def load(self, values: Mapping[str, np.ndarray]) -> None:
        """Put values into the variables, by the names of their nodes."""
        self._load(*(values[name] for name in self._names))

    def fetching(self, names: Sequence[str]) -> Callable[[Sequence[np.ndarray]], Sequence[np.ndarray]]:
        """What gives the tensors of these names for the inputs, in the order of ``nest.flatten``, and the constants."""
        run = self.session.make_callable(list(names), self._fed)
        return lambda given: run(*given)

    def close(self) -> None:
        """Let the session go."""
        self.session.close()
