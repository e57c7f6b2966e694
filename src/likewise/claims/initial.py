"""The same initial values: constants exactly, and what is drawn from the same distribution."""

from __future__ import annotations

import contextlib
import functools
import math
from dataclasses import dataclass, replace
from typing import Any, Callable, Dict, Iterator, List, Optional, Tuple

import numpy as np

from likewise.cell import Cell
from likewise.comparison import Finding
from likewise.layers.reseeding import reseeded
from likewise.program import Source
from likewise.trial import Side, Trial
from likewise.verdict import distance
from likewise_strategies import bits

__all__ = ["Initial", "initial"]

#: How often each side is built. What is a constant shows in the first few.
BUILDS = 48
FIRST = 3

#: How likely it is at most that a variable whose values come from one distribution is told for one that differs.
FALSE_ALARM = 1e-7

#: What is looked at of a variable, one number a build: entries of one build may depend on each other; builds do not.
_STATISTICS = {
    "mean": lambda x: x.mean(axis=1),
    "root mean square": lambda x: np.sqrt(np.square(x).mean(axis=1)),
    "greatest magnitude": lambda x: np.abs(x).max(axis=1),
    "least magnitude": lambda x: np.abs(x).min(axis=1),
    "first entry": lambda x: x[:, 0],
}  # type: Dict[str, Callable[[np.ndarray], np.ndarray]]

#: So much of its scale a statistic may be off by rounding alone.
SLACK = 1e-3

#: Values that are the same in each build may be computed otherwise: so many ULP are rounding.
ULPS = 4


@dataclass(frozen=True)
class Initial:
    """Paired variables begin with the same values, as each side's own initializers give them.

    Each side is built 3 times, and where anything is drawn 48 times, with other seeds for Keras's initializers. What
    is the same in each build is compared by itself; what is drawn by two-sample Kolmogorov-Smirnov tests of its mean,
    root mean square, greatest and least magnitude, and first entry, build by build. Whatever the distribution, one that
    is the same on both sides is told for another with a probability below 1e-7 a variable. A layer that was built
    before has no other initial values, and is not compared.
    """

    name: str = "initial"

    def why_not(self, cell: Cell) -> Optional[str]:
        return None

    def compare(self, trial: Trial) -> Finding:
        if not trial.ran:
            return Finding(self.name, None, message="a side raised, so nothing begins")
        if any(side.program.source.built for side in trial.sides):
            return Finding(self.name, None, message="a side was built before, so it begins with nothing of its own")
        pairs = [pair for pair in trial.pairing.pairs if trial.pairing.reference[pair[0]].kind == "weight"]
        if not pairs:
            return Finding(self.name, None, message="there is no pair of variables that are weights")
        drawing = _Drawing(trial)
        found = [_compared(drawing, one, other) for one, other in pairs]
        wrong = [
            f"{trial.pairing.reference[one].name} begins otherwise: {each.told}"
            for (one, _), each in zip(pairs, found)
            if each.verdict == "different"
        ]
        verdicts = [each.verdict for each in found]
        verdict = next((each for each in ("different", "rounding") if each in verdicts), "identical")
        way = "Kolmogorov-Smirnov" if any(each.drawn for each in found) else ""
        return Finding(self.name, verdict, len(pairs), way=way, message="\n".join(wrong))


@dataclass(frozen=True)
class _Found:
    verdict: str
    told: str = ""
    drawn: bool = False


class _Drawing:
    """Initial values of both sides, drawn as often as they are asked for."""

    def __init__(self, trial: Trial) -> None:
        self._trial = trial
        self._seeds = _seeds(trial.seed)
        self._builds: Tuple[List[Dict[int, np.ndarray]], ...] = ([], [])

    def values(self, side: int, place: int, builds: int) -> np.ndarray:
        """What a variable of a side (0 or 1) begins with in so many builds: a row of float64 numbers for each."""
        while len(self._builds[side]) < builds:
            self._builds[side].append(self._built(side))
        return np.stack([_numbers(each[place]) for each in self._builds[side][:builds]])

    def raw(self, side: int, place: int) -> np.ndarray:
        """The same of the first build, as it came."""
        return self._builds[side][0][place]

    def _built(self, side: int) -> Dict[int, np.ndarray]:
        trial = self._trial
        with contextlib.ExitStack() as stack:
            source = _with_seeds(trial.sides[side].program.source, self._seeds)
            return Side(source, trial.inputs, trial.execution, stack, trusted=True).read()


def _seeds(seed: int) -> Iterator[int]:
    count = 0
    while True:
        yield int(bits.integers(seed, f"initial {count}", (), 1 << 30)) + 1
        count += 1


def _with_seeds(source: Source, seeds: Iterator[int]) -> Source:
    """The source, whose initializers take their seeds from these."""
    implementation: Any = source.implementation

    @functools.wraps(implementation)
    def build(*arguments: Any, **keywords: Any) -> Any:
        with reseeded(seeds):
            return implementation(*arguments, **keywords)

    def around(call: Callable[..., Any], tensors: Any) -> Any:
        with reseeded(seeds):
            return call(tensors) if source.around is None else source.around(call, tensors)

    return replace(source, implementation=build, around=around)


def _numbers(values: np.ndarray) -> np.ndarray:
    """The entries in float64, complex ones as two."""
    flat = np.asarray(values).reshape(-1)
    if flat.dtype.kind == "c":
        return np.concatenate([flat.real, flat.imag]).astype(np.float64)
    return flat.astype(np.float64)


def _compared(drawing: _Drawing, one: int, other: int) -> _Found:
    first = [drawing.values(side, place, FIRST) for side, place in enumerate((one, other))]
    if first[0].shape != first[1].shape:
        return _Found("different", f"{first[1].shape[1]} numbers, but {first[0].shape[1]} in the reference")
    if not first[0].size:
        return _Found("identical")
    constant = [bool((each == each[0]).all()) for each in first]
    if all(constant):
        return _as_constants(drawing.raw(0, one), drawing.raw(1, other))
    if any(constant):
        drawn, fixed = ("candidate", "reference") if constant[0] else ("reference", "candidate")
        return _Found("different", f"it is drawn in the {drawn}, and always the same in the {fixed}")
    return _as_draws(*(drawing.values(side, place, BUILDS) for side, place in enumerate((one, other))))


def _as_constants(one: np.ndarray, other: np.ndarray) -> _Found:
    if one.dtype != other.dtype or one.dtype.kind not in "fc":
        one, other = _numbers(one), _numbers(other)
    apart = distance(one, other.reshape(one.shape))
    if not apart.differing:
        return _Found("identical")
    if apart.max_ulp <= ULPS and not apart.mismatched:
        return _Found("rounding")
    place = apart.index or ()
    return _Found("different", f"{other.reshape(one.shape)[place]:.6g}, but {one[place]:.6g} in the reference")


def _as_draws(one: np.ndarray, other: np.ndarray) -> _Found:
    scale = float(np.sqrt(np.square(np.concatenate([one, other])).mean()))
    found = []
    for name, statistic in _STATISTICS.items():
        these, those = statistic(one), statistic(other)
        found.append((_chance(these, those, SLACK * scale), name, float(np.median(these)), float(np.median(those))))
    chance, name, mine, its = min(found)
    if chance * len(_STATISTICS) >= FALSE_ALARM:
        return _Found("identical", drawn=True)
    told = f"its {name} is about {its:.3g}, but {mine:.3g} in the reference, in {len(one)} draws each"
    return _Found("different", f"{told} (Kolmogorov-Smirnov, p < {chance * len(_STATISTICS):.1g})", drawn=True)


def _chance(one: np.ndarray, other: np.ndarray, slack: float) -> float:
    """A bound on the probability that samples of one distribution are as far apart: two-sample Kolmogorov-Smirnov.

    It holds for samples of any size, and of distributions of any kind (Wei and Dudley, 2012). Numbers that are apart by
    no more than ``slack`` count as equal.
    """
    gap = max(_ahead(one, other, slack), _ahead(other, one, slack))
    return min(1.0, math.exp(1.0 - len(one) * gap * gap))


def _ahead(one: np.ndarray, other: np.ndarray, slack: float) -> float:
    """By how much more of one sample lies below a number than of the other below it and the slack."""
    at = np.sort(one)
    below = np.searchsorted(at, at, side="right") / len(one)
    its = np.searchsorted(np.sort(other), at + slack, side="right") / len(other)
    return float(max((below - its).max(), 0.0))


#: The same initial values.
initial = Initial()
