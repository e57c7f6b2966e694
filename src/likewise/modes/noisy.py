"""A graph whose operations that round are moved, to be run as often as one likes."""

from __future__ import annotations

from collections import OrderedDict
from typing import Any, Mapping, Sequence

import numpy as np

from likewise import nest
from likewise.cell import tensorflow
from likewise.modes.alone import Alone
from likewise.modes.graph import Traced, bodies
from likewise.modes.operations import assigns, continuous, draws
from likewise.modes.rounding import DRAWS, DRAWS_SIZE, moving

__all__ = ["Noisy"]

#: How far the states lie apart that runs draw from.
_APART = 2**40

#: So many graphs are kept for programs that give the same ones when they are traced again, of at most so many bytes
#: with so many numbers in their variables.
KEPT = 32
KEPT_BYTES = 1 << 20
KEPT_NUMBERS = 1 << 16


class Noisy:
    """A traced step in a graph and session of its own, with operations that round moved. To be closed.

    - variables: TensorFlow's variable for each node that stands for one.
    - continuous: whether all its operations are known to be continuous.

    Raises Untraceable where the graph cannot stand alone.
    """

    def __init__(self, traced: Traced) -> None:
        self.variables = traced.variables
        self._constants = list(traced.constants.values())
        self._graph = _taken(traced)
        self.continuous = self._graph.continuous
        self._fetched = nest.map_leaves(
            lambda name: None if name is None else _tensor(self._graph.moved, name), traced.outputs
        )

    def runs(self, inputs: Sequence[np.ndarray], values: Mapping[str, np.ndarray], numbers: Sequence[int]) -> Any:
        """What the graph gives at each of these runs, which are the same whatever ran before: nested arrays.

        - inputs: in the order of ``nest.flatten``.
        - values: of the variables, by the names of their nodes.
        """
        found = []
        for place, number in enumerate(numbers):
            if place == 0 or self._graph.assigns:
                self._graph.alone.load(values)
            self._graph.begin(np.array([number * _APART] + [0] * (DRAWS_SIZE - 1), np.int64))
            each = iter(self._graph.run([*inputs, *self._constants]))
            leaves = [None if name is None else next(each) for _, name in nest.flatten(self._fetched)]
            found.append(nest.pack(self._fetched, leaves))
        return found

    def close(self) -> None:
        """Let the graph go."""
        self._graph.users -= 1
        _close_unused(self._graph)


class _Graph:
    """A graph whose operations that round are moved; ``users`` are the steps that run it."""

    def __init__(self, traced: Traced) -> None:
        tf = tensorflow()
        definition, self.moved = moving(traced.definition)
        self.continuous = continuous(traced.definition)
        self.assigns = any(assigns(node.op) for nodes in bodies(traced.definition) for node in nodes)
        self.users = 0
        self.alone = Alone(traced, definition)
        with self.alone.graph.as_default():
            state = tf.raw_ops.VarHandleOp(dtype=tf.int64, shape=[DRAWS_SIZE], shared_name=DRAWS)
            slot = tf.compat.v1.placeholder(tf.int64, [DRAWS_SIZE])
            begin = tf.raw_ops.AssignVariableOp(resource=state, value=slot)
        self.begin = self.alone.session.make_callable(begin, [slot])
        fetched = [_tensor(self.moved, name) for _, name in nest.flatten(traced.outputs) if name is not None]
        self.run = self.alone.fetching(fetched)


_kept: OrderedDict[Any, _Graph] = OrderedDict()


def _taken(traced: Traced) -> _Graph:
    """The graph of a step, made for it or kept."""
    key = _key(traced)
    graph = None if key is None else _kept.pop(key, None)
    if graph is None:
        graph = _Graph(traced)
    if key is not None:
        _kept[key] = graph
        if len(_kept) > KEPT:
            _close_unused(_kept.popitem(last=False)[1])
    graph.users += 1
    return graph


def _close_unused(graph: _Graph) -> None:
    if not graph.users and not any(each is graph for each in _kept.values()):
        graph.alone.close()


def _key(traced: Traced) -> Any:
    """What tells graphs apart; None for those that are not kept: great ones, and those whose draws go on."""
    numbers = sum(variable.shape.num_elements() or 0 for variable in traced.variables.values())
    if numbers > KEPT_NUMBERS or any(draws(node.op) for nodes in bodies(traced.definition) for node in nodes):
        return None
    # (reproducible in one process, which is enough)
    definition = traced.definition.SerializeToString(deterministic=True)
    if len(definition) > KEPT_BYTES:
        return None
    outputs = tuple(name for _, name in nest.flatten(traced.outputs))
    return definition, traced.inputs, outputs, tuple(traced.variables), tuple(traced.constants)


def _tensor(taken: Mapping[str, str], name: str) -> str:
    """The tensor to be fetched for one of the traced graph's."""
    operation, _, place = name.partition(":")
    old = operation if place in ("", "0") else name
    new = taken.get(old, old)
    return new if ":" in new else f"{new}:0"
