"""How a program is executed: eager, function (tf.function), xla, session (TF1 graph and session).

Each mode is a module with the same two functions and its ``TRAITS``:

- ``why_not(cell)``: why the mode cannot run in this cell, or None where it can;
- ``opened(program, inputs, signature)``: a context manager in which the program is created for
  inputs (nested arrays) of these static shapes; it gives the ``Running`` program.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Callable, Dict, List, Mapping, Optional, Sequence, Tuple

import numpy as np

if TYPE_CHECKING:
    from likewise.modes.graph import Traced
    from likewise.modes.transcript import Transcript
    from likewise.program import Call, Program

__all__ = ["Outputs", "Running", "Signature", "Step", "Traits", "prepare", "static_shape", "the_call"]

#: The shape of each input as a graph knows it, None where it is left open.
Signature = List[Tuple[Optional[int], ...]]

#: What is computed in a mode: from a call to nested tensors. Hashable, since a graph is built once for each.
Step = Callable[["Call"], Any]


@dataclass(frozen=True)
class Traits:
    """What the rest of likewise has to know of a mode.

    - graphs: whether a program is a graph, built once and then run in a millisecond; else each call runs its Python.
    - open_shapes: whether its graphs may leave dimensions open.
    - takes_built: whether, with behavior v2, it runs a layer or model that exists already.
    - by_default: whether it is run where no modes are asked for.
    - naming: where names of variables are not the same in all modes, those of the one with the least are told.
    """

    graphs: bool
    open_shapes: bool
    takes_built: bool
    by_default: bool
    naming: int


def prepare(step: Step, program: Program) -> None:
    """Let a step make variables of its own before it is traced: in its method ``prepare``, if it has one."""
    prepared = getattr(step, "prepare", None)
    if prepared is not None:
        prepared(program)


def the_call(call: Call) -> Any:
    """The plain step: the program is called, and its outputs are all."""
    return call.outputs()


@dataclass(frozen=True)
class Outputs:
    """What a run gave: nested arrays, and the shapes that its graph knew.

    ``static`` has one entry a leaf, in the order of ``nest.flatten``, None where the graph knows
    not even the rank; it is None itself in a mode that has no graph.
    """

    values: Any
    static: Optional[Sequence[Optional[Tuple[Optional[int], ...]]]]


def static_shape(tensor: Any) -> Optional[Tuple[Optional[int], ...]]:
    """The shape that a graph knows of a tensor; None where it knows no rank, or for None."""
    if tensor is None or tensor.shape.rank is None:
        return None
    return tuple(tensor.shape.as_list())


@dataclass(frozen=True)
class Running:
    """A program that was created and can be run, as often as one likes.

    ``load`` puts values into variables by their place, and ``read`` gives the values that all have
    now; ``run`` takes nested arrays and a step; ``first`` gives the outputs of the call that created the program,
    with the values that its variables had then, where there was one; ``session`` is TF1's, None where there is none.
    ``traced`` gives a step as a graph that takes nested arrays such as these, and ``value`` what one of its variables
    has now. ``heard`` runs the plain step as ``run`` does, and gives what was heard of it, too; None in a mode that has
    graphs.
    """

    load: Callable[[Mapping[int, np.ndarray]], None]
    read: Callable[[], Dict[int, np.ndarray]]
    run: Callable[..., Outputs]
    traced: Callable[[Step, Any], Traced]
    value: Callable[[Any], np.ndarray]
    first: Optional[Callable[[], Outputs]] = None
    session: Any = None
    heard: Optional[Callable[[Any], Tuple[Outputs, Transcript]]] = None
