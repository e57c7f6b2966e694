"""Inputs and weights cut down to the few entries, as small and round as they go, that still differ."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Callable, Iterator, List, NamedTuple, Optional, Sequence, Tuple

import numpy as np

from likewise import nest
from likewise.claims import Claim
from likewise.comparison import Finding
from likewise.explanation import Smallest, filled
from likewise.inputs import Inputs
from likewise.trial import Trial, Values
from likewise.variable import Variable
from likewise.verdict import JUMPS, gaps, is_floating, ulp_of_greatest
from likewise_strategies import bits

__all__ = ["smallest_data"]

#: As often both sides are run, in as many seconds, as it takes at most.
TRIES = 400
SECONDS = 15.0

#: So often all numbers are moved to see whether it takes the very ones, each by at most so many ULP.
MOVES = 3
FARTHEST = 1024


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
    if cutter.shown is None or cutter.shown.arrays is not arrays:
        cutter.differs(arrays)
    shown = cutter.shown
    if shown is None or shown.arrays is not arrays:
        return None
    places = data.changeable()
    return Smallest(
        shown.trial.inputs.nested,
        shown.trial.values,
        (
            [_told(each) for each in trial.pairing.reference],
            [_told(each) for each in trial.pairing.candidate],
        ),
        (sum(int(np.count_nonzero(arrays[place])) for place in places), sum(arrays[place].size for place in places)),
        budget.used,
        shown.finding.message,
        cutter.takes_exact(arrays),
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


class _Shown(NamedTuple):
    """Arrays with which the claim differs, and what was seen of them."""

    arrays: List[np.ndarray]
    trial: Trial
    finding: Finding


#: Entries of arrays: the place of the array, and that of the entry in it once it is flat; a row is an entry.
_Entries = np.ndarray

#: What becomes of entries of an array.
_Change = Callable[[np.ndarray], np.ndarray]


@dataclass
class _Cutter:
    data: _Data
    claim: Claim
    budget: _Budget
    finite: bool
    verdict: str
    #: The last that were seen to differ for sure.
    shown: Optional[_Shown] = None

    def differs(self, arrays: List[np.ndarray], quickly: bool = False) -> bool:
        """Whether the claim differs with these arrays; where it need not be sure, by far more than rounding."""
        self.budget.used += 1
        trial = self.data.replaced(arrays)
        # What was a difference of numbers is to remain one, and not to become one of NaNs.
        if not trial.ran or (self.finite and not _finite(trial)):
            return False
        if quickly:
            return _far(trial)
        finding = self.claim.compare(trial)
        if finding.verdict == self.verdict:
            self.shown = _Shown(arrays, trial, finding)
        return finding.verdict == self.verdict

    def cut(self, quickly: bool) -> List[np.ndarray]:
        """The arrays cut down; if so, by quick looks that are checked at the end, and by sure ones where these err."""
        arrays = self.data.arrays
        for step in (self._zeroed, self._rounded):
            found = step(arrays, quickly)
            if quickly and found is not arrays and not self.differs(found):
                found = step(arrays, False)
            arrays = found
        return arrays

    def takes_exact(self, arrays: List[np.ndarray]) -> bool:
        """Whether the claim holds once all floats are moved a little, each by itself; False where there are none."""
        places = [place for place in self.data.changeable() if arrays[place].dtype.kind == "f"]
        for number in range(MOVES if places else 0):
            moved = list(arrays)
            for place in places:
                moved[place] = _moved(arrays[place], self.data.trial.seed, f"moved {number} {place}")
            trial = self.data.replaced(moved)
            if not trial.ran or not self.claim.compare(trial).holds:
                return False
        return bool(places)

    def _zeroed(self, arrays: List[np.ndarray], quickly: bool) -> List[np.ndarray]:
        places = self.data.changeable()
        for place in places:  # a whole array at once, where that goes
            arrays = self._tried(arrays, _filled(arrays, [place]), np.zeros_like, quickly)
        entries = _filled(arrays, places)
        size = max(len(entries) // 2, 1)
        while len(entries) and self.budget.left:
            for start in range(0, len(entries), size):
                arrays = self._tried(arrays, entries[start : start + size], np.zeros_like, quickly)
            entries = _filled(arrays, places)
            if size == 1:
                break
            size = max(min(size, len(entries)) // 2, 1)
        return arrays

    def _rounded(self, arrays: List[np.ndarray], quickly: bool) -> List[np.ndarray]:
        places = [place for place in self.data.changeable() if arrays[place].dtype.kind != "b"]
        entries = _filled(arrays, places)
        # All at once first, since each by itself takes a try.
        for rounded in ROUNDED:
            found = self._tried(arrays, entries, rounded, quickly)
            if found is not arrays:
                arrays = found
                break
        for entry in range(len(entries)):
            if not self.budget.left:
                break
            for rounded in ROUNDED:
                one = entries[entry : entry + 1]
                if _is_so(arrays, one, rounded):
                    break
                found = self._tried(arrays, one, rounded, quickly)
                if found is not arrays:
                    arrays = found
                    break
        return arrays

    def _tried(self, arrays: List[np.ndarray], entries: _Entries, change: _Change, quickly: bool) -> List[np.ndarray]:
        """The arrays with these entries changed, or as they were where the claim does not differ then."""
        if not len(entries) or not self.budget.left:
            return arrays
        changed = _with(arrays, entries, change)
        return changed if self.differs(changed, quickly) else arrays


def _of_parts(rounded: _Change) -> _Change:
    """The same for complex numbers, whose parts are rounded; a part that is zero and what is not finite stay."""

    def of(values: np.ndarray) -> np.ndarray:
        parts = [values.real, values.imag] if np.iscomplexobj(values) else [values]
        done = []
        for part in parts:
            number = part.astype(np.float64)
            kept = (number == 0) | ~np.isfinite(number)
            done.append(np.where(kept, number, rounded(np.where(kept, 1.0, number))))
        return np.asarray(done[0] + 1j * done[1] if len(done) > 1 else done[0])

    return of


def _digits(count: int) -> _Change:
    """To so many significant digits."""

    def of(numbers: np.ndarray) -> np.ndarray:
        exponents = np.floor(np.log10(np.abs(numbers))) - (count - 1)
        # (powers of ten are exact from 0 on, so what is below is divided by them)
        powers = 10.0 ** np.abs(exponents)
        up = exponents >= 0
        scaled = np.where(up, numbers / powers, numbers * powers)
        return np.asarray(np.where(up, np.round(scaled) * powers, np.round(scaled) / powers))

    return of


#: Rounder values for others, the roundest first: 1, the imaginary unit, of the sign, whole numbers, one digit and two.
ROUNDED: Sequence[_Change] = (
    np.ones_like,
    lambda values: np.full_like(values, 1j) if np.iscomplexobj(values) else np.ones_like(values),
    _of_parts(np.sign),
    _of_parts(lambda numbers: np.sign(numbers) * np.maximum(np.round(np.abs(numbers)), 1)),
    _of_parts(_digits(1)),
    _of_parts(_digits(2)),
)


def _filled(arrays: Sequence[np.ndarray], places: Sequence[int]) -> _Entries:
    """The entries of these arrays that are not zero."""
    found = [np.flatnonzero(filled(arrays[place])) for place in places]
    rows = [np.stack([np.full_like(each, place), each], axis=1) for place, each in zip(places, found)]
    return np.concatenate([np.zeros((0, 2), np.intp), *rows])


def _with(arrays: List[np.ndarray], entries: _Entries, change: _Change) -> List[np.ndarray]:
    """The arrays with these entries changed."""
    changed = list(arrays)
    for place in np.unique(entries[:, 0]).tolist():
        array = arrays[place].copy()
        chosen = entries[entries[:, 0] == place, 1]
        array.flat[chosen] = _held(change(array.flat[chosen]), array.flat[chosen])
        changed[place] = array
    return changed


def _is_so(arrays: List[np.ndarray], entry: _Entries, change: _Change) -> bool:
    """Whether an entry is already what the change makes of it."""
    place = int(entry[0, 0])
    return _with(arrays, entry, change)[place].tobytes() == arrays[place].tobytes()


def _held(values: np.ndarray, instead: np.ndarray) -> np.ndarray:
    """The values in the dtype of others, which stay where it does not hold them."""
    dtype = instead.dtype
    found: np.ndarray = instead.copy()
    if dtype.kind in "iu":
        info = np.iinfo(dtype)
        # (the greatest integers are no float64)
        fits = (values >= info.min) & (values <= min(info.max, 2**62))
    else:
        with np.errstate(over="ignore"):
            fits = np.isfinite(values.astype(dtype))
    found[fits] = values[fits]
    return found


def _moved(array: np.ndarray, seed: int, stream: str) -> np.ndarray:
    """Each entry moved by up to 1,024 ULP, by some number of its own; zeros as numbers of 2^-60 are."""
    steps = bits.integers(seed, stream, array.shape, 2 * FARTHEST).astype(np.float64) - FARTHEST + 0.5
    sizes = np.maximum(np.abs(array.astype(np.float64)), 2.0**-60 if array.dtype.itemsize > 2 else 2.0**-8)
    moved = array + steps * float(np.finfo(array.dtype).eps) * sizes
    return np.asarray(np.where(np.isfinite(moved), moved, array)).astype(array.dtype)


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
