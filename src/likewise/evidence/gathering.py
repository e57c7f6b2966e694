"""What was seen of a counterexample, with all it takes to see it again: inputs, values, outputs, graphs."""

from __future__ import annotations

import zlib
from dataclasses import dataclass, replace
from typing import Any, List, Mapping, Optional, Tuple

import numpy as np

from likewise import nest
from likewise.errors.raised import let_pass
from likewise.evidence.graph import Graph, graph_of, run
from likewise.execution import Execution
from likewise.inputs import Inputs
from likewise.pairing import pair_variables
from likewise.program import Source
from likewise.trial import Refusal, Reweigh, Trial, tried
from likewise.variable import Variable
from likewise.verdict import distance

__all__ = ["GRAPH_LIMIT", "Evidence", "Seen", "gathered"]

#: The most that the graph of one side may take in a file, in bytes, compressed.
GRAPH_LIMIT = 2**17


@dataclass(frozen=True)
class Seen:
    """One side.

    - values: of the variables, by their place; bfloat16 ones as float32.
    - outputs: nested arrays; None where it refused.
    - graph: it as a graph; None where ``no_graph`` says why there is none.
    - places: for each variable of the graph, its place in ``variables``.
    - agrees: whether the graph gives the same bits as the execution, or is refused as it was.
    """

    title: str
    variables: Tuple[Variable, ...]
    values: Mapping[int, np.ndarray]
    outputs: Any
    refusal: Optional[Refusal]
    graph: Optional[Graph] = None
    places: Tuple[int, ...] = ()
    no_graph: str = ""
    agrees: bool = False


@dataclass(frozen=True)
class Evidence:
    """Both sides, reference and candidate, run in one execution on the same inputs.

    ``pairs`` are the places of variables that belong together.
    """

    inputs: Inputs
    sides: Tuple[Seen, Seen]
    pairs: Tuple[Tuple[int, int], ...]


def gathered(
    reference: Source,
    candidate: Source,
    inputs: Inputs,
    execution: Execution,
    *,
    pair: Optional[Mapping[str, str]] = None,
    seed: int = 0,
    reweigh: Optional[Reweigh] = None,
) -> Evidence:
    """Run both sides as ``tried`` does, and keep what is seen, with each side as a graph.

    Raises LikewiseError as ``tried`` does.
    """
    with tried(reference, candidate, inputs, execution, pair=pair, seed=seed, reweigh=reweigh) as trial:
        seen = _kept(trial)
    sources = (reference, candidate)
    one, other = (_with_graph(side, source, inputs, execution) for side, source in zip(seen, sources))
    return Evidence(inputs, (one, other), trial.pairing.pairs)


def _kept(trial: Trial) -> List[Seen]:
    return [
        Seen(
            side.program.source.title,
            observation.variables,
            values,
            None if observation.outputs is None else observation.outputs.values,
            observation.refusal,
        )
        for side, observation, values in zip(trial.sides, (trial.reference, trial.candidate), trial.values)
    ]


def _with_graph(side: Seen, source: Source, inputs: Inputs, execution: Execution) -> Seen:
    """The side with a graph of it that was run; a graph that says nothing of what was seen is left out."""
    try:
        graph = graph_of(source, inputs, execution)
    except BaseException as error:  # noqa: BLE001  whatever a program raises is why there is no graph
        let_pass(error)
        return replace(side, no_graph=f"a graph cannot be built: {Refusal.of(error, 'build')}")
    places = _places(graph, side)
    if places is None:
        names = ", ".join(map(str, graph.variables))
        return replace(side, no_graph=f"in a graph it has other variables: {names}")
    size = len(zlib.compress(graph.definition))
    if size > GRAPH_LIMIT:
        return replace(side, no_graph=f"its graph takes {size:,} bytes, and a witness keeps at most {GRAPH_LIMIT:,}")
    try:
        outputs = run(graph, inputs.arrays, [side.values[place] for place in places])
    except BaseException as error:  # noqa: BLE001  the same
        let_pass(error)
        if side.refusal is None:
            return replace(side, no_graph=f"its graph cannot be run: {Refusal.of(error, 'run')}")
        return replace(side, graph=graph, places=places, agrees=side.refusal.step == "run")
    return replace(side, graph=graph, places=places, agrees=side.refusal is None and _same(outputs, side.outputs))


def _places(graph: Graph, side: Seen) -> Optional[Tuple[int, ...]]:
    """Which variable each of the graph's is; None where one is of none, or of another shape."""
    found = dict(pair_variables(graph.variables, side.variables).pairs)
    for place, each in enumerate(graph.variables):
        if place not in found or side.variables[found[place]].shape != each.shape:
            return None
    return tuple(found[place] for place in range(len(graph.variables)))


def _same(outputs: List[Optional[np.ndarray]], seen: Any) -> bool:
    leaves = [leaf for _, leaf in nest.flatten(seen)]
    return len(outputs) == len(leaves) and all(
        one is other if one is None or other is None else _same_array(np.asarray(one), np.asarray(other))
        for one, other in zip(outputs, leaves)
    )


def _same_array(one: np.ndarray, other: np.ndarray) -> bool:
    return (one.shape, one.dtype) == (other.shape, other.dtype) and not distance(one, other).differing
