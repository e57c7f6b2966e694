"""Inputs and weights cut down to the few entries, as small and round as they go, that still differ."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Any, Dict, Iterator, List, Optional, Sequence, Tuple

import numpy as np

from likewise import nest
from likewise.claims import Claim
from likewise.comparison import Finding
from likewise.explanation import Smallest, filled
from likewise.inputs import Inputs
from likewise.trial import Trial, Values
from likewise.variable import Variable
from likewise.verdict import JUMPS, gaps, is_floating, ulp_of_greatest

__all__ = ["smallest_data"]

#: As often both sides are run, in as many seconds, as it takes at most.
TRIES = 400
SECONDS = 15.0


@dataclass
class _Data:
    """What is cut down: the leaves of the inputs, then the variables; a pair is one array."""

    trial: Trial
    arrays: List[np.ndarray]
    variables: Sequence[Tuple[Optional[int], Optional[int]]]

    @classmethod
    def of(cls, trial: Trial) -> _Data:
        pairing = trial.pairing
        variables: List[Tuple[Optional[int], Optional[int]]] = [
            *pairing.pairs,
            *((one, None) for one in pairing.only_reference),
            *((None, other) for other in pairing.only_candidate),
        ]
        arrays = list(trial.inputs.arrays)
        for one, other in variables:
            arrays.append(trial.values[0][one] if one is not None else trial.values[1][other])  # type: ignore[index]
        # (what has no axes may come as a number of numpy's, in which nothing can be put)
        return cls(trial, [np.asarray(array) for array in arrays], variables)

    def replaced(self, arrays: List[np.ndarray]) -> Trial:
        """Both sides run with these arrays instead."""
        count = len(self.trial.inputs.arrays)
        inputs = Inputs(nest.pack(self.trial.inputs.nested, arrays[:count]), self.trial.inputs.axes)
        values: Values = (dict(self.trial.values[0]), dict(self.trial.values[1]))
        for (one, other), array in zip(self.variables, arrays[count:]):
            if one is not None:
                values[0][one] = array
            if other is not None:
                own = self.trial.values[1][other]
                # Those of another size share no values: the candidate keeps its own.
                values[1][other] = array.astype(own.dtype).reshape(own.shape) if array.size == own.size else own
        return self.trial.given(inputs=inputs, values=values)

    def changeable(self) -> List[int]:
        """The arrays that may be cut down: of numbers and truth values, and no states of random generators."""
        count = len(self.trial.inputs.arrays)
        kinds = [
            (self.trial.pairing.reference[one] if one is not None else self.trial.pairing.candidate[other]).kind  # type: ignore[index]
            for one, other in self.variables
        ]
        return [
            place
            for place, array in enumerate(self.arrays)
            if array.size and array.dtype.kind in "fiubc" and (place < count or kinds[place - count] == "weight")
        ]


def smallest_data(trial: Trial, claim: Claim, *, tries: int = TRIES, seconds: float = SECONDS) -> Optional[Smallest]:
    """The smallest data with which a claim differs as it does in the trial; None where it needs no data to differ.

    First entries are made zero, many at once and then fewer, as long as the claim still differs; then what is left is
    rounded to 1, to whole numbers, and to one digit or two.
    """
    finding = claim.compare(trial)
    if finding.verdict not in ("different", "imprecise") or not trial.ran:
        return None
    data = _Data.of(trial)
    budget = _Budget(tries, time.monotonic() + seconds)
    cutter = _Cutter(data, claim, budget, _finite(trial), finding.verdict)
    if finding.max_abs is None and cutter.differs([np.zeros_like(array) for array in data.arrays]):
        return None  # names or shapes differ, whatever is in them
    # (what is far apart is no lost digits)
    arrays = cutter.cut(finding.verdict == "different" and _far(trial))
    if arrays is None:
        return None
    last, places = data.replaced(arrays), data.changeable()
    found: Finding = claim.compare(last)
    return Smallest(
        last.inputs.nested,
        last.values,
        (
            [_told(each) for each in trial.pairing.reference],
            [_told(each) for each in trial.pairing.candidate],
        ),
        (sum(int(np.count_nonzero(arrays[place])) for place in places), sum(arrays[place].size for place in places)),
        budget.used,
        found.message,
    )


def _told(variable: Variable) -> str:
    return variable.name.partition(":")[0] if variable.kind == "weight" else ""


@dataclass
class _Budget:
    tries: int
    deadline: float
    used: int = 0

    @property
    def left(self) -> bool:
        return self.used < self.tries and time.monotonic() < self.deadline


@dataclass
class _Cutter:
    data: _Data
    claim: Claim
    budget: _Budget
    finite: bool
    verdict: str

    def differs(self, arrays: List[np.ndarray], quickly: bool = False) -> bool:
        """Whether the claim differs with these arrays; where it need not be sure, by far more than rounding."""
        self.budget.used += 1
        trial = self.data.replaced(arrays)
        # What was a difference of numbers is to remain one, and not to become one of NaNs.
        if not trial.ran or (self.finite and not _finite(trial)):
            return False
        return _far(trial) if quickly else self.claim.compare(trial).verdict == self.verdict

    def cut(self, quickly: bool) -> Optional[List[np.ndarray]]:
        """The arrays cut down; if so, by quick looks that are checked at the end, and by sure ones where these err."""
        arrays = self.data.arrays
        for step in (self._zeroed, self._rounded):
            found = step(arrays, quickly)
            if quickly and not self.differs(found):
                found = step(arrays, False)
            arrays = found
        return arrays if self.differs(arrays) else None

    def _zeroed(self, arrays: List[np.ndarray], quickly: bool) -> List[np.ndarray]:
        places = self.data.changeable()
        for place in places:  # a whole array at once, where that goes
            arrays = self._tried(arrays, [(place, index) for index in _indices(arrays[place])], quickly)
        entries = [(place, index) for place in places for index in _indices(arrays[place])]
        size = max(len(entries) // 2, 1)
        while entries and self.budget.left:
            for start in range(0, len(entries), size):
                arrays = self._tried(arrays, entries[start : start + size], quickly)
            entries = [(place, index) for place in places for index in _indices(arrays[place])]
            if size == 1:
                break
            size = max(min(size, len(entries)) // 2, 1)
        return arrays

    def _tried(self, arrays: List[np.ndarray], entries: List[Tuple[int, Any]], quickly: bool) -> List[np.ndarray]:
        if not entries or not self.budget.left:
            return arrays
        changed = _with(arrays, dict.fromkeys(entries, 0))
        return changed if self.differs(changed, quickly) else arrays

    def _rounded(self, arrays: List[np.ndarray], quickly: bool) -> List[np.ndarray]:
        entries = [
            (place, index)
            for place in self.data.changeable()
            if arrays[place].dtype.kind != "b"
            for index in _indices(arrays[place])
        ]
        # All at once first, since each by itself takes a try.
        for choice in range(CHOICES):
            chosen = {entry: _rounder(arrays[entry[0]][entry[1]])[choice] for entry in entries}
            if self.budget.left and self.differs(_with(arrays, chosen), quickly):
                arrays = _with(arrays, chosen)
                break
        for entry in entries:
            value = arrays[entry[0]][entry[1]]
            for rounder in _rounder(value):
                if rounder == value or not self.budget.left:
                    break
                changed = _with(arrays, {entry: rounder})
                if self.differs(changed, quickly):
                    arrays = changed
                    break
        return arrays


#: How many values ``_rounder`` gives.
CHOICES = 5


def _rounder(value: Any) -> List[Any]:
    """Rounder values for one, the roundest first: 1, of its sign, a whole number, one digit and two.

    Of a complex number the first are 1 and the imaginary unit.
    """
    if not np.isfinite(value):
        return [value] * CHOICES
    if np.iscomplexobj(value):
        real, imaginary = ([0.0] * CHOICES if part == 0 else _rounder(part) for part in (value.real, value.imag))
        return [1.0, 1j, *(complex(*parts) for parts in zip(real[2:], imaginary[2:]))]
    number = float(value)
    sign = -1.0 if number < 0 else 1.0
    whole = sign * max(round(abs(number)), 1)
    return [1.0, sign, whole, float(f"{number:.0e}"), float(f"{number:.1e}")]


def _indices(array: np.ndarray) -> List[Any]:
    """The entries that are not zero."""
    return [tuple(int(each) for each in index) for index in np.argwhere(filled(array))]


def _with(arrays: List[np.ndarray], values: Dict[Tuple[int, Any], Any]) -> List[np.ndarray]:
    """The arrays with other entries; what the dtype has no such value of stays in it as it is cast."""
    changed = list(arrays)
    for place in {place for place, _ in values}:
        changed[place] = changed[place].copy()
    for (place, index), value in values.items():
        changed[place][index] = value
    return changed


def _pairs(trial: Trial) -> Iterator[Tuple[np.ndarray, np.ndarray]]:
    for (_, one), (_, other) in zip(trial.reference.leaves(), trial.candidate.leaves()):
        if one is not None and other is not None and (one.shape, one.dtype) == (other.shape, other.dtype):
            yield one, other


def _far(trial: Trial) -> bool:
    """Whether an output differs by far more than rounding does, so that nothing has to be computed again."""
    return any(
        is_floating(one.dtype)
        and bool((gaps(one, other) > JUMPS * max(ulp_of_greatest(one), ulp_of_greatest(other))).any())
        for one, other in _pairs(trial)
    )


def _finite(trial: Trial) -> bool:
    return all(
        bool(np.isfinite(each if each.dtype.kind == "c" else np.asarray(each, np.float64)).all())
        for pair in _pairs(trial)
        for each in pair
        if is_floating(each.dtype)
    )
