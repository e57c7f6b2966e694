"""A graph whose operations that round are moved, to be run as often as one likes."""

from __future__ import annotations

from typing import Any, Mapping, Sequence

import numpy as np

from likewise import nest
from likewise.cell import tensorflow
from likewise.modes.alone import Alone
from likewise.modes.graph import Traced, bodies
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
        definition, taken = moving(traced.definition)
        self.variables = traced.variables
        self.continuous = continuous(traced.definition)
        self._alone = Alone(traced, definition)
        with self._alone.graph.as_default():
            state = tf.raw_ops.VarHandleOp(dtype=tf.int64, shape=[DRAWS_SIZE], shared_name=DRAWS)
            slot = tf.compat.v1.placeholder(tf.int64, [DRAWS_SIZE])
            begin = tf.raw_ops.AssignVariableOp(resource=state, value=slot)
        self._begin = self._alone.session.make_callable(begin, [slot])
        self._fetched = nest.map_leaves(lambda name: None if name is None else _tensor(taken, name), traced.outputs)
        self._run = self._alone.fetching([name for _, name in nest.flatten(self._fetched) if name is not None])
        self._assigns = any(assigns(node.op) for nodes in bodies(traced.definition) for node in nodes)

    def runs(self, inputs: Sequence[np.ndarray], values: Mapping[str, np.ndarray], numbers: Sequence[int]) -> Any:
        """What the graph gives at each of these runs, which are the same whatever ran before: nested arrays.

        - inputs: in the order of ``nest.flatten``.
        - values: of the variables, by the names of their nodes.
        """
        found = []
        for place, number in enumerate(numbers):
            if place == 0 or self._assigns:
                self._alone.load(values)
            self._begin(np.array([number * _APART] + [0] * (DRAWS_SIZE - 1), np.int64))
            each = iter(self._run(inputs))
            leaves = [None if name is None else next(each) for _, name in nest.flatten(self._fetched)]
            found.append(nest.pack(self._fetched, leaves))
        return found

    def close(self) -> None:
        """Let the session go."""
        self._alone.close()


def _tensor(taken: Mapping[str, str], name: str) -> str:
    """The tensor to be fetched for one of the traced graph's."""
    operation, _, place = name.partition(":")
    old = operation if place in ("", "0") else name
    new = taken.get(old, old)
    return new if ":" in new else f"{new}:0"
