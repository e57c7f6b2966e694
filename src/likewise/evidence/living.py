"""Whether a program's outputs depend on its inputs and variables: what they do not depend on was not shown."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any, Callable, Dict, List, Optional, Sequence, Tuple

import numpy as np

from likewise import nest
from likewise.evidence.constants import constants_of, depends_on_inputs, sizes_of
from likewise.evidence.looks import Looks
from likewise.inputs import Inputs
from likewise.modes import Step
from likewise.program import Call
from likewise.steps.differentiating import differentiated
from likewise.trial import Observation, Trial
from likewise.values import inexact, value_of
from likewise_strategies import bits

__all__ = ["Living"]

#: So many ULPs an output has to move by, or it may be rounding.
MOVED = 64

#: How many other inputs are tried in an example, with as many other values of the variables.
TRIES = 6

#: In how many examples of a run it is looked, at most, eagerly and in graphs.
LOOKS = (12, 12)

#: How many variables are tried one by one, in an example and in a run: a graph runs in a millisecond. Eagerly gradients
#: come first where there are more than ``FEW``, for they take as long as two or three runs.
ONE_BY_ONE = (8, 48)
ONE_BY_ONE_IN_GRAPHS = (64, 512)
FEW = 2


@dataclass
class Living:
    """What was seen of the reference's outputs over a run.

    - felt: whether they were seen to depend on the inputs; None as long as nobody looked.
    - constant: whether no path leads from the inputs' values to them.
    - variables: for each variable by its name, whether they were seen to depend on it.
    - constants: the numbers that both sides hold; None as long as nobody looked.
    - sizes: the numbers that both sides compare sizes with.
    """

    felt: Optional[bool] = None
    constant: bool = False
    variables: Dict[str, bool] = field(default_factory=dict)
    constants: Optional[Tuple[float, ...]] = None
    sizes: Tuple[int, ...] = ()
    _looks: Looks = field(default_factory=lambda: Looks(*LOOKS))
    _runs: int = 0

    def look(self, trial: Trial, draw: Callable[[], Sequence[Inputs]]) -> None:
        """Look at an example that was run, unless all is known.

        - draw: gives other inputs of the same structure.
        """
        names = [each.name for each in trial.pairing.reference if each.kind == "weight"]
        known = self.felt and all(self.variables.get(name) for name in names)
        if not trial.ran or known:
            return
        failing = self.felt is False and not self.constant
        if not self._looks.due(graphs=trial.execution.traits.graphs, doubtful=bool(self.unfelt), failing=failing):
            return
        if self.constants is None:
            self.constants, self.sizes = constants_of(trial), sizes_of(trial)
        others = draw()
        inputs, base = _other_inputs(trial, 0, others), None
        left = self._left(trial)
        if not trial.execution.traits.graphs and len(left) > FEW:
            base = self._try_gradients(trial, inputs, left)
            left = self._left(trial)
        if any(array.size for array in trial.inputs.arrays) and not self.felt:
            base = base or _run(trial, inputs, trial.values[0])
            self.felt = _moved(trial.reference, base) or self._feels_inputs(trial, others)
            self.constant = not self.felt and not depends_on_inputs(trial)
        self._try_one_by_one(trial, inputs, left, base)

    @property
    def unfelt(self) -> List[str]:
        """The variables that the outputs were never seen to depend on."""
        return [name for name, felt in self.variables.items() if not felt]

    def _feels_inputs(self, trial: Trial, others: Sequence[Inputs]) -> bool:
        for number in range(1, TRIES):
            values = trial.values[0] if number < 2 else _other_values(trial, number)
            base = trial.reference if number < 2 else _run(trial, trial.inputs, values)
            if _moved(base, _run(trial, _other_inputs(trial, number, others), values)):
                return True
        return False

    def _left(self, trial: Trial) -> List[int]:
        """The places of the variables that the outputs were not yet seen to depend on."""
        return [
            place
            for place, each in enumerate(trial.sides[0].variables)
            if each.kind == "weight" and each.shape.count(0) == 0 and not self.variables.get(each.name)
        ]

    def _try_one_by_one(self, trial: Trial, inputs: Inputs, left: Sequence[int], base: Optional[Observation]) -> None:
        """Give each of these variables another value; ``base`` is what the inputs gave with the trial's, if known."""
        side, values = trial.sides[0], trial.values[0]
        most, in_all = ONE_BY_ONE_IN_GRAPHS if trial.execution.traits.graphs else ONE_BY_ONE
        for place in left[:most]:
            if self._runs >= in_all:
                return
            self._runs += 1
            variable = side.variables[place]
            other = side.cast({place: value_of(variable, trial.seed + 3, place)})[place]
            if other.tobytes() == values[place].tobytes():
                continue
            base = _run(trial, inputs, values) if base is None else base
            felt = _moved(base, _run(trial, inputs, {**values, place: other}))
            self.variables[variable.name] = self.variables.get(variable.name, False) or felt

    def _try_gradients(self, trial: Trial, inputs: Inputs, places: Sequence[int]) -> Optional[Observation]:
        """Note by whose gradient the outputs would move by more than rounding; gives what the inputs came to."""
        side, values = trial.sides[0], trial.values[0]
        wanted = [place for place in places if inexact(side.variables[place].dtype)]
        seen = side.loaded_and_seen(inputs, values, _gradients(wanted))
        if seen.outputs is None:
            return None
        outputs, gradients = seen.outputs.values
        base = replace(seen, outputs=replace(seen.outputs, values=outputs))
        moving = [leaf for _, leaf in base.leaves() if leaf is not None and leaf.dtype.kind in "fc" and leaf.size]
        least = max((MOVED * float(np.finfo(leaf.dtype).eps) * _greatest(leaf) for leaf in moving), default=np.inf)
        for place, leaf in zip(wanted, gradients):
            if leaf is not None and leaf.size and _greatest(leaf) * _greatest(values[place]) > least:
                self.variables[side.variables[place].name] = True
        return base


def _gradients(places: Sequence[int]) -> Step:
    def step(call: Call) -> Any:
        found = differentiated(call, places)
        return found.outputs, tuple(found.variables[place] for place in places)

    return step


def _greatest(array: np.ndarray) -> float:
    """The greatest magnitude; NaN where there is one, which is greater than nothing."""
    return float(np.abs(array).max())


def _run(trial: Trial, inputs: Inputs, values: Dict[int, np.ndarray]) -> Observation:
    return trial.sides[0].loaded_and_seen(inputs, values)


def _other_values(trial: Trial, number: int) -> Dict[int, np.ndarray]:
    side = trial.sides[0]
    return side.cast(
        {place: value_of(each, (trial.seed + number) % 2**64, place) for place, each in enumerate(side.variables)}
    )


def _other_inputs(trial: Trial, number: int, others: Sequence[Inputs]) -> Inputs:
    """Inputs that are likely to be felt: numbers near 1, of other seeds, and of what else there is another draw."""
    drawn = others[number % len(others)].arrays if others else trial.inputs.arrays
    leaves = []
    for place, (leaf, other) in enumerate(zip(trial.inputs.arrays, drawn)):
        stream = f"other input {place}, {number}"
        if leaf.dtype.kind in "fc":
            normal = bits.normal(trial.seed, stream, leaf.shape, "float64") * (1, 4, 16)[number % 3]
            leaves.append(np.asarray(normal).astype(leaf.dtype))
        elif others:
            leaves.append(other)
        elif leaf.dtype.kind == "b":
            leaves.append(np.asarray(bits.integers(trial.seed, stream, leaf.shape, 2).astype(bool)))
        else:
            leaves.append(np.roll(leaf, 1 + number))
    return Inputs(nest.pack(trial.inputs.nested, leaves), trial.inputs.axes)


def _moved(one: Observation, other: Observation) -> bool:
    """Whether outputs moved by more than rounding."""
    if one.outputs is None or other.outputs is None:
        return False
    pairs = zip(one.leaves(), other.leaves())
    return any(_apart(mine, its) for (_, mine), (_, its) in pairs if mine is not None and its is not None)


def _apart(one: np.ndarray, other: np.ndarray) -> bool:
    if one.shape != other.shape:
        return True
    if one.dtype.name == "bfloat16":
        epsilon, one, other = 2.0**-7, one.astype("float32"), other.astype("float32")
    elif one.dtype.kind in "fc":
        epsilon = float(np.finfo(one.dtype).eps)
    else:
        return bool(np.any(one != other))
    with np.errstate(all="ignore"):
        finite = np.isfinite(one) & np.isfinite(other)
        far = np.abs(one - other) > MOVED * epsilon * np.maximum(np.abs(one), np.abs(other))
        return bool(np.any(np.where(finite, far, np.isfinite(one) != np.isfinite(other))))
