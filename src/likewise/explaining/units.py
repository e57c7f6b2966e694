"""The calls of both sides' layers, each with what agrees of it, and how they hang together."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, Dict, FrozenSet, List, NamedTuple, Optional, Tuple

import numpy as np

from likewise import nest
from likewise.explaining.aligning import Aligned, Match, Spot
from likewise.explaining.noting import Noted, Noting
from likewise.trial import Trial

__all__ = ["Seen", "Shapes", "Unit", "Units"]


@dataclass(frozen=True)
class Unit:
    """A call of a layer, or all calls of one layer frame by frame, as one.

    ``nth`` counts the calls of the layer: of a single one which it is, from 0; of all -1.
    """

    side: int
    noted: Noted
    calls: Tuple[int, ...]
    inputs: Tuple[Spot, ...]
    outputs: Tuple[Spot, ...]
    start: int
    end: int
    nth: int = -1


@dataclass(frozen=True)
class Seen:
    """A unit with what agrees of it."""

    unit: Unit
    inputs: Tuple[Optional[Match], ...]
    outputs: Tuple[Optional[Match], ...]

    @property
    def gets_the_same(self) -> bool:
        """Whether all that it gets is on the other side, too."""
        return all(match is not None and match.agrees for match in self.inputs)

    @property
    def gives_the_same(self) -> bool:
        """Whether all that it gives is."""
        return all(match is not None and match.agrees for match in self.outputs)


class Shapes(NamedTuple):
    """The shapes of what a layer is given, and of what it makes of that, which is how messages tell them."""

    given: List[Tuple[int, ...]]
    made: List[Tuple[int, ...]]

    def __str__(self) -> str:
        return ", ".join(map(str, self.made))


class Units:
    """All calls of both sides' layers, in the order in which they end.

    ``refused`` tells why there are none, where a side refuses to have its layers watched.
    """

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

    def _units(self, side: int) -> List[Unit]:
        values = self.aligned.values[side]
        calls = self.noting.of(self.trial.sides[side].program)
        done = [place for place, noted in enumerate(calls) if noted.end >= 0 and values["calls"][place]["outputs"]]
        of_layer: Dict[int, List[int]] = {}
        groups: Dict[Tuple[int, int], List[int]] = {}
        singles = []
        for place in done:
            nth = len(of_layer.setdefault(calls[place].layer, []))
            of_layer[calls[place].layer].append(place)
            groups.setdefault((calls[place].layer, calls[place].parent), []).append(place)
            singles.append(replace(self._unit(side, (place,), calls, values), nth=nth))
        stacked = [
            self._unit(side, tuple(places), calls, values, axis)
            for places in groups.values()
            if len(places) > 1
            for axis in (1, 0)
        ]
        # (a layer that gets nothing but its own outputs is called one time after another, and no step beside a step)
        stacked = [unit for unit in stacked if unit.inputs]
        found = [unit for unit in (*singles, *stacked) if all(self.aligned.forms(side, spot) for spot in unit.outputs)]
        return sorted(found, key=lambda unit: (unit.end, len(unit.calls)))

    def _unit(self, side: int, places: Tuple[int, ...], calls: List[Noted], values: Any, axis: int = 0) -> Unit:
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

    def mended(self, suspect: Seen) -> bool:
        """Whether something that depends on it, or that it is part of, agrees again.

        What sees one step alone is no sign of that: the cell of a recurrent layer, and a call of several.
        """
        several = {place for seen in self.seen[suspect.unit.side] for place in seen.unit.calls if seen.unit.calls[1:]}
        return any(
            later.gives_the_same
            and not later.unit.noted.cell
            and (later.unit.calls[1:] or later.unit.calls[0] not in several)
            and (self.within(suspect.unit, later.unit) or self.depends(later.unit, suspect.unit))
            for later in self.seen[suspect.unit.side]
            if later.unit.end > suspect.unit.end
        )

    def has_layers(self, outer: Seen) -> bool:
        """Whether it calls layers of its own."""
        return any(
            not each.unit.noted.cell and self.within(each.unit, outer.unit) for each in self.seen[outer.unit.side]
        )

    def is_of(self, model: Seen, suspects: List[Seen]) -> bool:
        """Whether it is a model, and one of its own layers is suspected, too: then the model says nothing more."""
        return model.unit.noted.model and any(
            each.unit.side == model.unit.side and not each.unit.noted.cell and self.within(each.unit, model.unit)
            for each in suspects
        )

    def within(self, inner: Unit, outer: Unit) -> bool:
        """Whether one is called by the other."""
        return outer.start < inner.start and inner.end < outer.end

    def depends(self, later: Unit, earlier: Unit) -> bool:
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
            if self.is_input(side, spot):
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

    def is_input(self, side: int, spot: Spot) -> bool:
        """Whether a tensor is one of the program's inputs."""
        count = len(self.aligned.values[side]["inputs"])
        return any(self.aligned.same(side, spot, Spot("inputs", (), place)) for place in range(count))

    def giver(self, unit: Unit, spot: Spot) -> Optional[Unit]:
        """The layer's call that gave one of its inputs; None where that is no layer's output as it is."""
        earlier = [each for each in self.units[unit.side] if each.end < unit.start and each.nth >= 0]
        # (the last one that ended: a layer in between may have handed it on as it was)
        return next(
            (
                each
                for each in reversed(earlier)
                if not each.noted.cell and any(self.aligned.same(unit.side, spot, out) for out in each.outputs)
            ),
            None,
        )

    def counterpart(self, seen: Seen) -> Optional[Seen]:
        """The layer of the other side that gets the same, with the same variables or of the same class.

        One whose own output agrees is none: it is not what this one stands against. One of the same class alone is
        none where another has the variables, and one of another class is none where the same layer is called there.
        """
        unit = seen.unit
        owned = any(self.shared(unit, other) for other in self.units[1 - unit.side])
        twin = self.twin(seen)
        same_layer = owned and twin is not None and self.shapes(twin.unit).given == self.shapes(unit).given
        found = []
        for other in self.seen[1 - unit.side]:
            if not other.gets_the_same or len(other.unit.inputs) != len(unit.inputs):
                continue
            if other.gives_the_same and not seen.gives_the_same:
                continue
            alike = (self.shared(unit, other.unit), other.unit.noted.kind == unit.noted.kind)
            matches = [self.aligned.match(unit.side, spot, other.unit.inputs) for spot in unit.inputs]
            enough = all(alike) if same_layer else alike[0] if owned else alike[1]
            if enough and all(match is not None and match.agrees for match in matches):
                found.append((alike, other))
        return max(found, key=lambda each: each[0])[1] if found else None

    def twin(self, seen: Seen) -> Optional[Seen]:
        """The call of the other side that stands for this one, whatever it gets; None where that is not sure.

        It is of the same class, has the same variables, and is as manieth of its layer; of layers without variables
        both sides have to call as many of the class, and in the same order.
        """
        unit = seen.unit
        if unit.nth < 0 or unit.noted.cell:
            return None
        if self._own(unit):
            found = [
                other
                for other in self.seen[1 - unit.side]
                if other.unit.noted.kind == unit.noted.kind
                and other.unit.nth == unit.nth
                and self._own(other.unit) == self._handed(unit)
            ]
            return found[0] if len(found) == 1 else None
        mine, its = (
            [each for each in self.seen[side] if each.unit.nth >= 0 and each.unit.noted.kind == unit.noted.kind]
            for side in (unit.side, 1 - unit.side)
        )
        return its[mine.index(seen)] if len(mine) == len(its) and seen in mine else None

    def shared(self, unit: Unit, other: Unit) -> bool:
        """Whether they have variables that are paired."""
        return bool(self._handed(unit) & self._own(other))

    def _own(self, unit: Unit) -> FrozenSet[int]:
        """The places of its variables, without what random generators count with."""
        described = self.trial.sides[unit.side].variables
        return frozenset(place for place in unit.noted.variables if described[place].kind == "weight")

    def _handed(self, unit: Unit) -> FrozenSet[int]:
        """The places of the other side's variables that its own are paired with."""
        own = self._own(unit)
        pairs = (pair[:: 1 - 2 * unit.side] for pair in self.trial.pairing.pairs)
        return frozenset(its for mine, its in pairs if mine in own)

    def shapes(self, unit: Unit) -> Shapes:
        """Those of its inputs and outputs."""
        values = self.aligned.values[unit.side]
        return Shapes(*([_shape(values, spot) for spot in spots] for spots in (unit.inputs, unit.outputs)))

    def known_shapes(self, side: int) -> FrozenSet[Tuple[int, ...]]:
        """The shapes that a side's layers, its inputs and its outputs have."""
        pool = (spot for spot in self.pools[side] if spot.part != "operations")
        return frozenset(_shape(self.aligned.values[side], spot) for spot in pool)

    def dtypes(self, unit: Unit) -> List[str]:
        """Those of its outputs."""
        found = (spot.of(self.aligned.values[unit.side]) for spot in unit.outputs)
        return ["" if array is None else array.dtype.name for array in found]


def _shape(values: Any, spot: Spot) -> Tuple[int, ...]:
    array = spot.of(values)
    return () if array is None else tuple(array.shape)
