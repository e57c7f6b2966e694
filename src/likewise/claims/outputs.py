"""The same outputs: the same bits, or a difference that rounding explains."""

from __future__ import annotations

from dataclasses import dataclass
from typing import List, Optional, Tuple

import numpy as np

from likewise import nest
from likewise.cell import Cell
from likewise.comparison import Finding
from likewise.trial import Observation, Trial
from likewise.verdict import Distance, distance, spread_explains, vanishes

__all__ = ["Outputs", "compared_outputs", "outputs"]

Pair = Tuple[np.ndarray, np.ndarray]


@dataclass(frozen=True)
class Outputs:
    """The outputs agree: in structure, shape, dtype, NaNs and infinities, and in value.

    Values that differ in bits are computed again in float64: a rounding difference shrinks by
    nine digits, a real one stays. Where float64 cannot run, inputs and weights are moved by one
    ULP, and the difference is held against what that does.
    """

    name: str = "outputs"

    def why_not(self, cell: Cell) -> Optional[str]:
        return None

    def compare(self, trial: Trial) -> Finding:
        finding, paths, pairs = compared_outputs(self.name, trial)
        if finding is not None:
            return finding
        apart = [distance(one, other) for one, other in pairs]
        if not any(each.differing for each in apart):
            return _finding(self.name, "identical", apart)
        rounding, way = _is_rounding(trial, pairs, apart)
        verdict = "rounding" if rounding else "different"
        message = "\n".join(
            _described(path, pair, each) for path, pair, each in zip(paths, pairs, apart) if each.differing
        )
        return _finding(self.name, verdict, apart, way=way, message=message)


def compared_outputs(name: str, trial: Trial) -> Tuple[Optional[Finding], List[str], List[Pair]]:
    """Paths and pairs of the outputs that can be compared entry by entry, or else a finding."""
    if not trial.ran:
        return Finding(name, None, message="a side raised, so there are no outputs"), [], []
    one, other = trial.reference.leaves(), trial.candidate.leaves()
    layouts = [
        nest.layout(seen.outputs.values) for seen in (trial.reference, trial.candidate) if seen.outputs is not None
    ]
    wrong = []
    if layouts[0] != layouts[1]:
        wrong.append(f"outputs are {layouts[1]}, but {layouts[0]} in the reference")
    else:
        for (path, mine), (_, its) in zip(one, other):
            wrong.extend(
                f"outputs{path}.{field}={getattr(its, field)}, but {getattr(mine, field)} in the reference"
                for field in ("shape", "dtype")
                if mine is not None and getattr(its, field) != getattr(mine, field)
            )
    if wrong:
        return Finding(name, "different", max(len(one), 1), message="\n".join(wrong)), [], []
    paths = [path for path, leaf in one if leaf is not None]
    pairs = [(mine, its) for (_, mine), (_, its) in zip(one, other) if mine is not None]
    if sum(mine.size for mine, _ in pairs) == 0:
        return Finding(name, None, message="the outputs have no entries"), [], []
    return None, paths, pairs


def _is_rounding(trial: Trial, pairs: List[Pair], apart: List[Distance]) -> Tuple[bool, str]:
    if any(each.mismatched for each in apart):
        return False, ""  # a NaN, an infinity or an integer on one side only: no precision mends it
    reference, candidate = [one for one, _ in pairs], [other for _, other in pairs]
    wide = trial.precise()
    if wide is not None and all(_fits(_arrays(seen), reference) for seen in wide):
        wide_pairs = list(zip(_arrays(wide[0]), _arrays(wide[1])))
        return vanishes(pairs, wide_pairs), "float64"
    moved = [_arrays(seen) for seen in trial.jittered()]
    moved = [arrays for arrays in moved if _fits(arrays, reference)]
    return spread_explains(reference, candidate, moved), "jitter"


def _fits(arrays: List[np.ndarray], reference: List[np.ndarray]) -> bool:
    """Whether these are the reference's shapes: other values may be refused, or select other entries."""
    return [array.shape for array in arrays] == [array.shape for array in reference]


def _arrays(seen: Observation) -> List[np.ndarray]:
    return [leaf for _, leaf in seen.leaves() if leaf is not None]


def _finding(name: str, verdict: str, apart: List[Distance], way: str = "", message: str = "") -> Finding:
    return Finding(
        name,
        verdict,
        sum(each.compared for each in apart),
        max_ulp=max(each.max_ulp for each in apart),
        max_abs=max(each.max_abs for each in apart),
        rtol=max(each.max_rel for each in apart),
        atol=max(each.max_abs for each in apart),
        way=way,
        message=message,
    )


def _described(path: str, pair: Pair, apart: Distance) -> str:
    one, other = pair
    if apart.index is None:
        return ""
    at = f"outputs{path}[{', '.join(map(str, apart.index))}]"
    text = (
        f"{apart.differing:,} of {apart.compared:,} entries of outputs{path} differ, most at\n"
        f"{at} = {other[apart.index]}, but {one[apart.index]} in the reference"
    )
    if apart.mismatched:
        return f"{text}; NaN, infinity or another value on one side at {apart.mismatched:,}"
    return f"{text} ({apart.max_ulp:,} ULP, {apart.max_abs:.3g} absolute, {apart.max_rel:.3g} relative)"


#: The same outputs, rounding apart.
outputs = Outputs()
