"""The first layer whose inputs agree and whose output does not.

Each side's layers are taken in the order in which they end. A layer *agrees* where the other side has
its output somewhere: as what a layer gives or gets, or among the program's outputs. A layer at fault is one
whose inputs agree and whose output does not, and on which nothing depends that agrees again (the other side may well
do in one layer what this one does in two). Where the other side's same layer gets something else, it is not at fault,
but what comes before it.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Dict, List, Optional, Sequence

import numpy as np

from likewise import nest
from likewise.explaining.aligning import Match, Spot
from likewise.explaining.masks import masked_otherwise
from likewise.explaining.noting import Noted, Noting
from likewise.explaining.units import Seen, Unit, Units
from likewise.explaining.wiring import wired
from likewise.explanation import Apart, LayerFault
from likewise.trial import Trial

__all__ = ["first_that_differs", "of_other_variables"]

SIDES = ("reference", "candidate")
INPUTS, OUTPUTS = "the inputs", "the outputs"


def first_that_differs(trial: Trial) -> LayerFault:
    """Find it in a trial whose outputs differ; both sides have to have run."""
    layers = _Search(trial, Noting())
    found = layers.found()
    if found is None:
        # Where layers alone tell nothing, what the operations in between give may; a side may refuse to be traced.
        operations = _Search(trial, Noting(operations=True))
        found = layers.found_alone() if operations.refused else None
        found = found or operations.found()
    return found or LayerFault(
        "no layer can be named: the layers of both sides have no tensor in common after the inputs"
    )


def of_other_variables(trial: Trial) -> Optional[LayerFault]:
    """The layer that has a variable which the other side lacks, or lacks one; None where none can be named."""
    noting = Noting()
    if any(seen.refusal is not None for seen in trial.seen(noting)):
        return None
    pairing = trial.pairing
    owners = [_owners(noting.of(side.program)) for side in trial.sides]
    for place in pairing.only_candidate:
        if place in owners[1]:
            return _of_variable(owners[1][place], 1, f"it has {pairing.candidate[place]}, which the reference lacks")
    for place in pairing.only_reference:
        told = f"it lacks {pairing.reference[place]}, which the reference has"
        # The layer is the one that has what was created next to it there.
        near = sorted(pairing.pairs, key=lambda pair: abs(pair[0] - place))
        owned = [owners[1][other] for _, other in near if other in owners[1]]
        if owned:
            return _of_variable(owned[0], 1, told)
        if place in owners[0]:
            return _of_variable(owners[0][place], 0, f"it has {pairing.reference[place]}, which the candidate lacks")
    return None


def _owners(calls: Sequence[Noted]) -> Dict[int, Noted]:
    """By the place of a variable the innermost layer that has it."""
    found: Dict[int, Noted] = {}
    for noted in sorted(calls, key=lambda each: -len(each.variables)):
        found.update((place, noted) for place in noted.variables)
    return found


def _of_variable(noted: Noted, side: int, told: str) -> LayerFault:
    return noted.fault(f"{noted.title} of the {SIDES[side]}{noted.inside}: {told}", SIDES[side])


class _Search:
    def __init__(self, trial: Trial, noting: Noting) -> None:
        self.noting = noting
        self.calls = Units(trial, noting)
        self.refused = self.calls.refused
        self.operations = not self.refused and self.calls.operations

    def found(self) -> Optional[LayerFault]:
        """The layer at fault, or between which it goes wrong; None where nothing can be said."""
        if self.calls.refused:
            told = f"no layer can be named: a side refuses to have its layers watched: {self.calls.refused}"
        elif not any(self.calls.units):
            told = "no layer is called on either side, so none can be named"
        else:
            return self._named()
        return LayerFault(told) if self.noting.operations else None

    def found_alone(self) -> Optional[LayerFault]:
        """The same where nothing but the layers can be looked at."""
        self.operations = True
        return None if self.calls.refused or not any(self.calls.units) else self._named()

    def _named(self) -> Optional[LayerFault]:
        sides = [side for side in (1, 0) if self.calls.units[side]]
        suspects = [
            seen for side in sides for seen in self.calls.seen[side] if seen.gets_the_same and not seen.gives_the_same
        ]
        standing = [seen for seen in suspects if not self.calls.mended(seen)]
        for side in sides:
            own = [seen for seen in standing if seen.unit.side == side and not self.calls.is_of(seen, standing)]
            first = next((seen for seen in own if self._sure(seen)), None)
            # A side without layers, or without this one, may do the same in other steps: only its operations tell.
            if first is None and own and self.operations:
                first = own[0]
            if first is not None:
                # What is within a layer says more than that it is this one.
                inside = self._between(side, within=first) if self.calls.has_layers(first) else None
                return inside or self._of(first)
        if len(sides) == 1 and not self.operations:
            return None
        between = next(filter(None, map(self._between, sides)), None)
        mended = [
            seen
            for seen in suspects
            if self.calls.counterpart(seen) is not None and not self.calls.is_of(seen, suspects)
        ]
        return between or (self._at_fault(mended[0]) if mended else None)

    def _sure(self, seen: Seen) -> bool:
        """Whether the other side has a layer that it can be held against."""
        return self.calls.counterpart(seen) is not None or self._wired(seen) is not None

    def _wired(self, seen: Seen) -> Optional[LayerFault]:
        """That it gets something else than its like on the other side does."""
        counterpart = self.calls.counterpart(seen)
        if counterpart is not None:
            alike = counterpart.unit.noted.kind == seen.unit.noted.kind
            return wired(self.calls, seen, counterpart) if alike and not seen.unit.noted.cell else None
        twin = self.calls.twin(seen)
        return None if twin is None else wired(self.calls, seen, twin)

    def _of(self, first: Seen) -> LayerFault:
        """What is told of the first one that gets the same and does not give it."""
        # What is nowhere on the other side may come of a shape that is not there either: axes of length one
        # are left out where tensors are compared, so that a layer that merges them gives the same.
        earlier = [seen for seen in self.calls.seen[first.unit.side] if seen.unit.end < first.unit.start]
        reshaping = None if any(first.outputs) else self._reshaping(first.unit.side, earlier, same_values=False)
        outer = self._outermost(first)
        counterpart = self.calls.counterpart(outer)
        masked = None if counterpart is None else masked_otherwise(self.calls, outer, counterpart)
        return reshaping or masked or self._wired(first) or self._at_fault(first)

    def _at_fault(self, seen: Seen) -> LayerFault:
        seen = self._outermost(seen)
        counterpart = self.calls.counterpart(seen)
        if seen.unit.side == 0 and counterpart is not None:
            # Whose output is nowhere on the other side, where a layer makes something else: that one is at fault.
            seen, counterpart = counterpart, seen
        unit = seen.unit
        after: Optional[Apart] = _worst(seen.outputs)
        told = ""
        if counterpart is not None:
            matches = [self.calls.aligned.match(unit.side, spot, counterpart.unit.outputs) for spot in unit.outputs]
            after = _worst(matches)
            if len(unit.outputs) != len(counterpart.unit.outputs):
                told = f"it gives {len(unit.outputs)} tensors, but {len(counterpart.unit.outputs)} there"
            elif any(match is None for match in matches):
                told = self._unlike(unit, counterpart.unit)
        before = _worst(seen.inputs)
        noted = unit.noted
        title = "" if counterpart is None else counterpart.unit.noted.title
        fault = replace(noted.fault("", SIDES[unit.side]), counterpart=title, before=before, after=after)
        return replace(fault, message=_message(fault, unit, told))

    def _unlike(self, unit: Unit, other: Unit) -> str:
        """In which way the tensors that two layers give are of another kind; "" where it is in none."""
        shapes = self.calls.shapes(unit), self.calls.shapes(other)
        if shapes[0].made != shapes[1].made:
            return f"it gives the shape {shapes[0]}, but {shapes[1]} there"
        dtypes = [", ".join(self.calls.dtypes(each)) for each in (unit, other)]
        return "" if dtypes[0] == dtypes[1] else f"it gives {dtypes[0]}, but {dtypes[1]} there"

    def _outermost(self, seen: Seen) -> Seen:
        """Of a cell the layer that it belongs to: people write layers."""
        while seen.unit.noted.cell:
            caller = next(
                (each for each in self.calls.seen[seen.unit.side] if each.unit.calls == (seen.unit.noted.parent,)),
                None,
            )
            if caller is None or not caller.gets_the_same:
                break
            seen = caller
        return seen

    def _between(self, side: int, within: Optional[Seen] = None) -> Optional[LayerFault]:
        """Between the last layer that agrees and the first that gets something else.

        - within: the layer among whose own it has to lie; default: anywhere.
        """
        alone = {place for seen in self.calls.seen[side] if len(seen.unit.calls) > 1 for place in seen.unit.calls}
        tops = [seen for seen in self.calls.seen[side] if len(seen.unit.calls) > 1 or seen.unit.calls[0] not in alone]
        order = sorted((seen for seen in tops if not seen.unit.noted.cell), key=lambda seen: seen.unit.start)
        wrong = [seen for seen in order if not (seen.gets_the_same or seen.gives_the_same or self.calls.mended(seen))]
        # Of a layer that is called frame by frame there are two: stacked as steps, and as a batch.
        wrong = [
            seen
            for seen in wrong
            if not any(other.gets_the_same for other in order if other.unit.calls == seen.unit.calls)
        ]
        good = [seen for seen in self.calls.seen[side] if seen.gives_the_same]
        if within is not None:
            wrong = [seen for seen in wrong if self.calls.within(seen.unit, within.unit)]
            if not wrong:
                return None
        if wrong:
            first = wrong[0]
            earlier = [seen for seen in tops if seen.unit.end < first.unit.start and seen.gets_the_same]
            if not all(seen.gives_the_same or self.calls.mended(seen) for seen in earlier):
                return None
            return self._lies_between(side, [seen for seen in good if seen.unit.end < first.unit.start], first)
        if good and all(seen.gives_the_same for seen in tops if not self.calls.mended(seen)):
            reshaping = self._reshaping(side, order, same_values=True) if self._other_shapes() else None
            return reshaping or self._lies_between(side, good, None)
        return None

    def _lies_between(self, side: int, agreeing: List[Seen], first: Optional[Seen]) -> LayerFault:
        last = max(agreeing, key=lambda seen: seen.unit.end) if agreeing else None
        titles = (
            INPUTS if last is None else last.unit.noted.title,
            OUTPUTS if first is None else first.unit.noted.title,
        )
        before = Apart(0, 0.0) if last is None else _worst(last.outputs)
        after = _worst(first.inputs) if first is not None else self._outputs_apart()
        left, right = (f"{title}" for title in titles)
        message = (
            f"between {left} and {right} of the {SIDES[side]}, not in a layer\n"
            f"apart: {_told(before)} before, {_told(after)} after"
        )
        if first is None and self._other_shapes():
            message = "\n".join([*message.splitlines()[:1], self._other_shapes()])
            after = None
        return LayerFault(message, side=SIDES[side], between=titles, before=before, after=after)

    def _reshaping(self, side: int, order: List[Seen], *, same_values: bool) -> Optional[LayerFault]:
        """The first layer that makes another shape than its counterpart out of the same values.

        Or else one that makes a shape that no layer of the other side has.
        """
        known = self.calls.known_shapes(1 - side)
        for seen in sorted(order, key=lambda each: each.unit.noted.model):
            shapes, counterpart = self.calls.shapes(seen.unit), self.calls.counterpart(seen)
            its = None if counterpart is None else self.calls.shapes(counterpart.unit)
            if its is not None and its.given == shapes.given and its.made != shapes.made:
                told = f", but {its} there"
            elif known.issuperset(shapes.given) and known.isdisjoint(shapes.made):
                told = f", which no layer of the {SIDES[1 - side]} has"
            else:
                continue
            noted = seen.unit.noted
            lines = [
                f"{noted.title} of the {SIDES[side]}: it gives the shape {shapes}{told}",
                self._other_shapes() + (", with the same values" if same_values else ""),
            ]
            return replace(noted.fault("\n".join(filter(None, lines)), SIDES[side]), before=_worst(seen.inputs))
        return None

    def _other_shapes(self) -> str:
        """What is told where the outputs differ in shape, though they may have the same values."""
        shapes = [
            [np.shape(leaf) for _, leaf in nest.flatten(values["outputs"])] for values in self.calls.aligned.values
        ]
        told = [", ".join(map(str, each)) for each in shapes]
        return "" if shapes[0] == shapes[1] else f"the outputs have the shape {told[1]}, but {told[0]} in the reference"

    def _outputs_apart(self) -> Optional[Apart]:
        count = len(nest.flatten(self.calls.aligned.values[1]["outputs"]))
        spots = [Spot("outputs", (), place) for place in range(count)]
        return _worst([self.calls.aligned.match(1, spot, [spot]) for spot in spots])


def _worst(matches: Sequence[Optional[Match]]) -> Optional[Apart]:
    """The greatest distance; None where one has no shape that could be compared."""
    found = [None if match is None else match.apart for match in matches]
    if not found or any(each is None for each in found):
        return None
    return max((each for each in found if each is not None), key=lambda each: (each.max_abs, each.max_ulp))


def _told(apart: Optional[Apart]) -> str:
    return "not to be compared" if apart is None else str(apart)


def _message(fault: LayerFault, unit: Unit, told: str) -> str:
    times = f", called {len(unit.calls)} times" if len(unit.calls) > 1 else ""
    against = (
        f"against {fault.counterpart} of the {SIDES[1 - unit.side]}"
        if fault.counterpart
        else (f"and nothing in the {SIDES[1 - unit.side]} has its output")
    )
    lines = [f"{unit.noted.title} of the {fault.side}{unit.noted.inside}{times}: its inputs agree, its output does not"]
    lines.append(f"{against}; apart: {_told(fault.before)} before" + ("" if told else f", {_told(fault.after)} after"))
    return "\n".join([*lines, *([told] if told else [])])
