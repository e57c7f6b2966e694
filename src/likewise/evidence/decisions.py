"""What programs decide by what they are given, and whether both ways were seen: what was not met was not shown.

It is read off the graphs: comparisons, branches, choices between two values, and the numbers of clips. Within the
bodies of loops and functions nothing is looked at.
"""

from __future__ import annotations

import contextlib
import math
from dataclasses import dataclass, field
from typing import Any, Callable, Dict, Iterator, List, Mapping, NamedTuple, Optional, Sequence, Set, Tuple

import numpy as np

from likewise.cell import tensorflow
from likewise.evidence.constants import BLIND, COMPARING, WITHIN, numbers_of, reached
from likewise.evidence.looks import Looks
from likewise.inputs import Inputs
from likewise.modes.alone import Alone
from likewise.modes.graph import Traced, Untraceable, node_of
from likewise.modes.transcript import looped
from likewise.trial import Side, Trial

__all__ = ["Decisions"]

#: In how many examples of a run it is looked, at most, eagerly and in graphs.
LOOKS = (8, math.inf)

_GATHERING = ("Any", "All")
_CHOOSING = {"Select": 0, "SelectV2": 0, "If": 0, "StatelessIf": 0, "Switch": 1}
_CLIPPING = ("Maximum", "Minimum")

#: How messages call them.
_CALLED = {"SelectV2": "Select", "StatelessIf": "If", "Switch": "cond"}


class _Site(NamedTuple):
    """A place where a program decides.

    - text: how messages call it.
    - tensor: what is fetched there.
    - bounds: numbers that the tensor may lie above or below; empty for a tensor of truth values.
    """

    text: str
    tensor: str
    bounds: Tuple[float, ...] = ()

    def seen(self, value: np.ndarray) -> Iterator[Tuple[str, bool]]:
        """Each way to decide, and whether a value shows it."""
        if not self.bounds:
            yield f"{self.text} true", bool(np.any(value))
            yield f"{self.text} false", not bool(np.all(value))
        for bound in self.bounds:
            yield f"a number above {bound:g} ({self.text})", bool(np.any(value > bound))
            yield f"a number below {bound:g} ({self.text})", bool(np.any(value < bound))


@dataclass
class Decisions:
    """Of each way to decide, by side and text, whether it was seen in a run, in the examples that were looked at."""

    looks: Looks = field(default_factory=lambda: Looks(*LOOKS))
    _met: Dict[Tuple[int, str, int], bool] = field(default_factory=dict)

    def look(self, trial: Trial, beside: Callable[[], Sequence[Inputs]]) -> None:
        """Look at an example that was run, unless both ways of all that is decided were seen.

        - beside: gives the further inputs that were compared in it.
        """
        if not trial.ran or (self.looks.taken and all(self._met.values())):
            return
        if not self.looks.due(graphs=trial.execution.traits.graphs):
            return
        for place, side in enumerate(trial.sides):
            counts: Dict[str, int] = {}
            for site, values in _seen(side, trial, place, beside):
                number = counts[site.text] = counts.get(site.text, 0) + 1
                for value in values:
                    for way, shown in site.seen(value):
                        key = place, way, number
                        self._met[key] = self._met.get(key, False) or shown

    @property
    def unmet(self) -> List[str]:
        """The ways to decide that were not seen, and on which side."""
        sides: Dict[str, Set[int]] = {}
        for (place, way, _), met in self._met.items():
            if not met:
                sides.setdefault(way, set()).add(place)
        named = (" in the reference", " in the candidate")
        return [way + (named[min(places)] if len(places) == 1 else "") for way, places in sides.items()]


def _seen(
    side: Side, trial: Trial, place: int, beside: Callable[[], Sequence[Inputs]]
) -> Iterator[Tuple[_Site, List[np.ndarray]]]:
    """Each place where a side decides, and what it was there for the inputs of the trial, and for those beside it."""
    heard = side.heard(trial.values[place])
    if heard is not None:
        for site in _sites(heard.graph):
            yield site, [heard.value(site.tensor)]
        return
    traced = side.traced(trial.inputs)
    sites = [] if traced is None else list(_sites(traced))
    if traced is None or not sites:
        return
    try:
        alone = Alone(traced)
    except Untraceable:
        return
    with contextlib.closing(alone):
        alone.load(side.given_to(traced.variables, trial.values[place]))
        run = alone.fetching([site.tensor for site in sites])
        runs = []
        for inputs in [trial.inputs, *beside()]:
            # (what a program raises for other inputs is told where claims compare it)
            with contextlib.suppress(tensorflow().errors.OpError):
                runs.append(run([*inputs.arrays, *traced.constants.values()]))
    for number, site in enumerate(sites):
        yield site, [np.asarray(values[number]) for values in runs]


def _sites(traced: Traced) -> Iterator[_Site]:
    """The places where the graph decides by its inputs' values or sizes."""
    graph = _Graph(traced)
    fetched: Set[str] = set()
    for node in traced.definition.node:
        site = graph.site(node) if graph.depths[node.name] == 0 and not looped(node) else None
        if site is not None and site.tensor not in fetched:
            fetched.add(site.tensor)
            yield site


class _Graph:
    """What is to be known of a graph to tell where it decides."""

    def __init__(self, traced: Traced) -> None:
        self.nodes = {node.name: node for node in traced.definition.node}
        self.constants = {name: numbers_of(node) for name, node in self.nodes.items() if node.op == "Const"}
        self.by_values = reached(traced, BLIND)
        self.by_any = reached(traced, ())
        self.depths = _depths(self.nodes)

    def site(self, node: Any) -> Optional[_Site]:
        """How an operation decides; None for one that does not."""
        given = [each if ":" in each else f"{each}:0" for each in node.input if not each.startswith("^")]
        if node.op in _CHOOSING:
            return self._choice(node.op, given[_CHOOSING[node.op]])
        if node.name not in self.by_values:
            return None
        text = self._truth(node)
        return _Site(text, f"{node.name}:0") if text else self._clip(node, given)

    def _choice(self, op: str, condition: str) -> Optional[_Site]:
        source = node_of(condition)
        # (where a graph knows all sizes, what compares them is given nothing but constants)
        if source not in self.by_any and self.nodes[source].op not in COMPARING:
            return None
        if self.nodes[source].op == "LoopCond":
            return None
        return _Site(self._truth(self.nodes[source]) or f"condition of {_CALLED.get(op, op)}", condition)

    def _truth(self, node: Any) -> str:
        """How messages call a comparison, or what is gathered of one; "" for what gives no truth values."""
        sources = [node_of(each) for each in node.input]
        if node.op in COMPARING:
            numbers = next((self.constants[each] for each in sources if each in self.constants), [])
            return f"{node.op} with {numbers[0]:g}" if len(numbers) == 1 else str(node.op)
        if node.op in _GATHERING:
            of = self._truth(self.nodes[sources[0]])
            return f"{node.op} of {of}" if of else str(node.op)
        return ""

    def _clip(self, node: Any, given: Sequence[str]) -> Optional[_Site]:
        if node.op in WITHIN:
            return _Site(node.op, given[0], WITHIN[node.op])
        if node.op == "Bucketize":
            return _Site(node.op, given[0], tuple(node.attr["boundaries"].list.f))
        if node.op in _CLIPPING:
            for place, each in enumerate(given):
                numbers = self.constants.get(node_of(each), [])
                if len(numbers) == 1:
                    return _Site(node.op, given[1 - place], tuple(numbers))
        return None


def _depths(nodes: Mapping[str, Any]) -> Dict[str, int]:
    """In how many loops and branches of TensorFlow 1 operations lie: what is within one cannot be fetched."""
    found: Dict[str, int] = {}
    loops: Set[str] = set()
    for node in nodes.values():
        if node.op == "Merge" and any(nodes[node_of(each)].op in ("NextIteration", "Enter") for each in node.input):
            loops.add(node.name)
    # (in the order in which they follow each other; what comes back from an iteration is no predecessor)
    left = list(nodes)
    while left:
        name = left[-1]
        node = nodes[name]
        before = [node_of(each) for each in node.input if nodes[node_of(each)].op != "NextIteration"]
        missing = [each for each in before if each not in found]
        if name in found or not missing:
            left.pop()
            deepest = max((found[each] for each in before), default=0)
            if node.op == "Enter" or (node.op == "Switch" and nodes[node_of(node.input[1])].op != "LoopCond"):
                deepest += 1
            elif node.op == "Exit" or (node.op == "Merge" and name not in loops):
                deepest -= 1
            found.setdefault(name, deepest)
        else:
            left.extend(missing)
    return found
