"""The first layer whose inputs agree and whose output does not.

Each side's layers are taken in the order in which they end. A layer *agrees* where the other side has
its output somewhere: as what a layer gives or gets, or among the program's outputs. A layer at fault is one
whose inputs agree and whose output does not, and on which nothing depends that agrees again (the other side may well
do in one layer what this one does in two).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, Dict, FrozenSet, List, NamedTuple, Optional, Sequence, Tuple

import numpy as np

from likewise import nest
from likewise.explaining.aligning import Aligned, Match, Spot
from likewise.explaining.noting import Noted, Noting
from likewise.explanation import Apart, LayerFault
from likewise.trial import Trial

__all__ = ["first_that_differs", "of_other_variables"]

SIDES = ("reference", "candidate")
INPUTS, OUTPUTS = "the inputs", "the outputs"


@dataclass(frozen=True)
class Unit:
    """A call of a layer, or all calls of one layer frame by frame, as one."""

    side: int
    noted: Noted
    calls: Tuple[int, ...]
    inputs: Tuple[Spot, ...]
    outputs: Tuple[Spot, ...]
    start: int
    end: int


@dataclass(frozen=True)
class Seen:
    """A unit with what agrees of it."""

    unit: Unit
    inputs: Tuple[Optional[Match], ...]
    outputs: Tuple[Optional[Match], ...]

    @property
    def gets_the_same(self) -> bool:
        return all(match is not None and match.agrees for match in self.inputs)

    @property
    def gives_the_same(self) -> bool:
        return all(match is not None and match.agrees for match in self.outputs)


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
        self.trial = trial
        self.noting = noting
        self.aligned = Aligned(trial, noting)
        refused = [seen.refusal for seen in trial.seen(noting) if seen.refusal is not None]
        self.refused = f"{refused[0]}" if refused else ""
        if self.refused:
            return
        self.units = [self._units(side) for side in (0, 1)]
        self.pools = [self._pool(side) for side in (0, 1)]
        self.seen = [[self._seen(unit) for unit in units] for units in self.units]
        self.operations = any(values["operations"] for values in self.aligned.values)

    def found(self) -> Optional[LayerFault]:
        """The layer at fault, or between which it goes wrong; None where nothing can be said."""
        if self.refused:
            told = f"no layer can be named: a side refuses to have its layers watched: {self.refused}"
        elif not any(self.units):
            told = "no layer is called on either side, so none can be named"
        else:
            return self._named()
        return LayerFault(told) if self.noting.operations else None

    def found_alone(self) -> Optional[LayerFault]:
        """The same where nothing but the layers can be looked at."""
        self.operations = True
        return None if self.refused or not any(self.units) else self._named()

    def _named(self) -> Optional[LayerFault]:
        sides = [side for side in (1, 0) if self.units[side]]
        suspects = [
            seen for side in sides for seen in self.seen[side] if seen.gets_the_same and not seen.gives_the_same
        ]
        standing = [seen for seen in suspects if not self._mended(seen)]
        for side in sides:
            own = [seen for seen in standing if seen.unit.side == side and not self._is_of(seen, standing)]
            surest = [seen for seen in own if self._counterpart(seen) is not None]
            # A side without layers, or without this one, may do the same in other steps: only its operations tell.
            if surest or (own and self.operations):
                first = (surest or own)[0]
                # What is nowhere on the other side may come of a shape that is not there either: axes of length one
                # are left out where tensors are compared, so that a layer that merges them gives the same.
                earlier = [seen for seen in self.seen[side] if seen.unit.end < first.unit.start]
                reshaping = None if any(first.outputs) else self._reshaping(side, earlier, same_values=False)
                return reshaping or self._at_fault(first)
        if len(sides) == 1 and not self.operations:
            return None
        between = next(filter(None, map(self._between, sides)), None)
        mended = [seen for seen in suspects if self._counterpart(seen) is not None and not self._is_of(seen, suspects)]
        return between or (self._at_fault(mended[0]) if mended else None)

    def _units(self, side: int) -> List[Unit]:
        values = self.aligned.values[side]
        calls = self.noting.of(self.trial.sides[side].program)
        done = [place for place, noted in enumerate(calls) if noted.end >= 0 and values["calls"][place]["outputs"]]
        singles = [self._unit(side, (place,), calls, values) for place in done]
        groups: Dict[Tuple[int, int], List[int]] = {}
        for place in done:
            groups.setdefault((calls[place].layer, calls[place].parent), []).append(place)
        stacked = [
            self._unit(side, tuple(places), calls, values, axis)
            for places in groups.values()
            if len(places) > 1
            for axis in (1, 0)
        ]
        found = [unit for unit in (*singles, *stacked) if all(self.aligned.forms(side, spot) for spot in unit.outputs)]
        return sorted(found, key=lambda unit: (unit.end, len(unit.calls)))

    def _unit(
        self,
        side: int,
        places: Tuple[int, ...],
        calls: List[Noted],
        values: Any,
        axis: int = 0,
    ) -> Unit:
        spots = {
            part: tuple(Spot(part, places, each, axis) for each in range(len(values["calls"][places[0]][part])))
            for part in ("inputs", "outputs")
        }
        # What a layer gets from its own call before, such as the state of a cell, is no input of them all.
        inputs = tuple(spot for spot in spots["inputs"] if not self._fed_back(side, spot, len(spots["outputs"])))
        noted = [calls[place] for place in places]
        return Unit(side, noted[-1], places, inputs, spots["outputs"], noted[0].start, noted[-1].end)

    def _fed_back(self, side: int, spot: Spot, outputs: int) -> bool:
        return len(spot.calls) > 1 and all(
            any(
                self.aligned.same(side, Spot("inputs", (later,), spot.place), Spot("outputs", (earlier,), place))
                for place in range(outputs)
            )
            for earlier, later in zip(spot.calls, spot.calls[1:])
        )

    def _pool(self, side: int) -> List[Spot]:
        values = self.aligned.values[side]
        spots = [
            Spot(part, (), place)
            for part in ("inputs", "outputs")
            for place, _ in enumerate(nest.flatten(values[part]))
        ]
        for unit in self.units[side]:
            spots.extend((*unit.outputs, *unit.inputs))
        # (zeros are everywhere, and no sign that two tensors are the same)
        spots.extend(Spot("operations", (), key) for key, array in values["operations"].items() if np.any(array))
        return list(dict.fromkeys(spots))

    def _seen(self, unit: Unit) -> Seen:
        pool = self.pools[1 - unit.side]
        given = tuple(self.aligned.match(unit.side, spot, pool) for spot in unit.inputs)
        # The inputs of the program are no output of a layer, though they may look like one.
        after = [spot for spot in pool if spot.part != "inputs" or spot.calls]
        return Seen(unit, given, tuple(self.aligned.match(unit.side, spot, after) for spot in unit.outputs))

    def _mended(self, suspect: Seen) -> bool:
        """Whether something that depends on it, or that it is part of, agrees again.

        What sees one step alone is no sign of that: the cell of a recurrent layer, and a call of several.
        """
        several = {place for seen in self.seen[suspect.unit.side] for place in seen.unit.calls if seen.unit.calls[1:]}
        return any(
            later.gives_the_same
            and not later.unit.noted.cell
            and (later.unit.calls[1:] or later.unit.calls[0] not in several)
            and (self._within(suspect.unit, later.unit) or self._depends(later.unit, suspect.unit))
            for later in self.seen[suspect.unit.side]
            if later.unit.end > suspect.unit.end
        )

    def _is_of(self, model: Seen, suspects: List[Seen]) -> bool:
        """Whether it is a model, and one of its own layers is suspected, too: then the model says nothing more."""
        return model.unit.noted.model and any(
            each.unit.side == model.unit.side and not each.unit.noted.cell and self._within(each.unit, model.unit)
            for each in suspects
        )

    def _within(self, inner: Unit, outer: Unit) -> bool:
        return outer.start < inner.start and inner.end < outer.end

    def _depends(self, later: Unit, earlier: Unit) -> bool:
        """Whether it may: what it gets is traced back through the layers, and may come from any where it cannot be."""
        if later.start < earlier.end:
            return False
        side, units = later.side, self.units[later.side]
        left, known = list(later.inputs), set()
        while left:
            spot = left.pop()
            if spot in known:
                continue
            known.add(spot)
            if any(self.aligned.same(side, spot, each) for each in earlier.outputs):
                return True
            values = self.aligned.values[side]
            if any(self.aligned.same(side, spot, Spot("inputs", (), place)) for place in range(len(values["inputs"]))):
                continue
            givers = [
                unit
                for unit in units
                if unit.end < later.start and any(self.aligned.same(side, spot, each) for each in unit.outputs)
            ]
            if not givers:
                return True
            left.extend(given for unit in givers[:1] for given in unit.inputs)
        return False

    def _counterpart(self, seen: Seen) -> Optional[Seen]:
        """The layer of the other side that gets the same, with the same variables or of the same class."""
        unit = seen.unit
        found = []
        for other in self.seen[1 - unit.side]:
            if not other.gets_the_same or len(other.unit.inputs) != len(unit.inputs):
                continue
            alike = (self._shared(unit, other.unit), other.unit.noted.kind == unit.noted.kind)
            matches = [self.aligned.match(unit.side, spot, other.unit.inputs) for spot in unit.inputs]
            if any(alike) and all(match is not None and match.agrees for match in matches):
                found.append((alike, other))
        return max(found, key=lambda each: each[0])[1] if found else None

    def _shared(self, unit: Unit, other: Unit) -> bool:
        pairs = [pair[:: 1 - 2 * unit.side] for pair in self.trial.pairing.pairs]
        mine: FrozenSet[int] = frozenset(unit.noted.variables)
        return any(one in mine and its in other.noted.variables for one, its in pairs)

    def _at_fault(self, seen: Seen) -> LayerFault:
        seen = self._outermost(seen)
        counterpart = self._counterpart(seen)
        if seen.unit.side == 0 and counterpart is not None:
            # Whose output is nowhere on the other side, where a layer makes something else: that one is at fault.
            seen, counterpart = counterpart, seen
        unit = seen.unit
        after: Optional[Apart] = _worst(seen.outputs)
        told = ""
        if counterpart is not None:
            matches = [self.aligned.match(unit.side, spot, counterpart.unit.outputs) for spot in unit.outputs]
            after = _worst(matches)
            if len(unit.outputs) != len(counterpart.unit.outputs):
                told = f"it gives {len(unit.outputs)} tensors, but {len(counterpart.unit.outputs)} there"
            elif any(match is None for match in matches):
                shapes = [self._shapes(each.unit) for each in (seen, counterpart)]
                told = f"it gives the shape {shapes[0]}, but {shapes[1]} there"
        before = _worst(seen.inputs)
        noted = unit.noted
        title = "" if counterpart is None else counterpart.unit.noted.title
        fault = replace(noted.fault("", SIDES[unit.side]), counterpart=title, before=before, after=after)
        return replace(fault, message=_message(fault, unit, told))

    def _shapes(self, unit: Unit) -> _Shapes:
        values = self.aligned.values[unit.side]
        return _Shapes(*([_shape(values, spot) for spot in spots] for spots in (unit.inputs, unit.outputs)))

    def _outermost(self, seen: Seen) -> Seen:
        """Of a cell the layer that it belongs to: people write layers."""
        while seen.unit.noted.cell:
            caller = next(
                (each for each in self.seen[seen.unit.side] if each.unit.calls == (seen.unit.noted.parent,)),
                None,
            )
            if caller is None or not caller.gets_the_same:
                break
            seen = caller
        return seen

    def _between(self, side: int) -> Optional[LayerFault]:
        """Between the last layer that agrees and the first that gets something else."""
        alone = {place for seen in self.seen[side] if len(seen.unit.calls) > 1 for place in seen.unit.calls}
        tops = [seen for seen in self.seen[side] if len(seen.unit.calls) > 1 or seen.unit.calls[0] not in alone]
        order = sorted(tops, key=lambda seen: seen.unit.start)
        wrong = [seen for seen in order if not (seen.gets_the_same or seen.gives_the_same or self._mended(seen))]
        # Of a layer that is called frame by frame there are two: stacked as steps, and as a batch.
        wrong = [
            seen
            for seen in wrong
            if not any(other.gets_the_same for other in order if other.unit.calls == seen.unit.calls)
        ]
        good = [seen for seen in self.seen[side] if seen.gives_the_same]
        if wrong:
            first = wrong[0]
            earlier = [seen for seen in tops if seen.unit.end < first.unit.start and seen.gets_the_same]
            if not all(seen.gives_the_same or self._mended(seen) for seen in earlier):
                return None
            return self._lies_between(side, [seen for seen in good if seen.unit.end < first.unit.start], first)
        if good and all(seen.gives_the_same for seen in tops if not self._mended(seen)):
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
        pool = [spot for spot in self.pools[1 - side] if spot.part != "operations"]
        known = {_shape(self.aligned.values[1 - side], spot) for spot in pool}
        for seen in sorted(order, key=lambda each: each.unit.noted.model):
            shapes, counterpart = self._shapes(seen.unit), self._counterpart(seen)
            its = None if counterpart is None else self._shapes(counterpart.unit)
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
        shapes = [[np.shape(leaf) for _, leaf in nest.flatten(values["outputs"])] for values in self.aligned.values]
        told = [", ".join(map(str, each)) for each in shapes]
        return "" if shapes[0] == shapes[1] else f"the outputs have the shape {told[1]}, but {told[0]} in the reference"

    def _outputs_apart(self) -> Optional[Apart]:
        count = len(nest.flatten(self.aligned.values[1]["outputs"]))
        spots = [Spot("outputs", (), place) for place in range(count)]
        return _worst([self.aligned.match(1, spot, [spot]) for spot in spots])


class _Shapes(NamedTuple):
    """The shapes of what a layer is given, and of what it makes of that, which is how messages tell them."""

    given: List[Tuple[int, ...]]
    made: List[Tuple[int, ...]]

    def __str__(self) -> str:
        return ", ".join(map(str, self.made))


def _shape(values: Any, spot: Spot) -> Tuple[int, ...]:
    array = spot.of(values)
    return () if array is None else tuple(array.shape)


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
