"""What a mutant changed in all that is seen of the candidate, compared with the candidate as it is."""

from __future__ import annotations

from typing import List, Mapping, Sequence

import numpy as np

from likewise import nest
from likewise.comparison import Finding
from likewise.modes import the_call
from likewise.trial import Observation, Trial
from likewise.verdict import distance

__all__ = ["changed", "is_rounding", "same_values"]


def changed(before: Trial, after: Trial) -> str:
    """What differs in the candidate between two trials of one reference, for a person; "" where nothing does.

    Looked at are its variables, its outputs bit for bit, the shapes that it foretells, and whether it
    raises, for each step that the claims of the second trial have looked at.
    """
    for step in (the_call, *after.steps):
        found = _difference(before.seen(step)[1], after.seen(step)[1])
        if found:
            return found
    return ""


def _difference(one: Observation, other: Observation) -> str:
    if one.refusal is not None and other.refusal is not None:
        return ""  # what gives nothing can give nothing else; the types of errors are told, not demanded
    if other.refusal is not None:
        return f"it raises {other.refusal}"
    if one.refusal is not None:
        return "it runs where it raised"
    if one.variables != other.variables:
        return "its variables are " + ", ".join(map(str, other.variables))
    return _of_values(one, other) or _of_foretold(one, other)


def _of_values(one: Observation, other: Observation) -> str:
    if nest.layout(_values(one)) != nest.layout(_values(other)):
        return f"its outputs are {nest.layout(_values(other))}"
    for (path, mine), (_, its) in zip(one.leaves(), other.leaves()):
        if mine is None:
            continue
        if (mine.shape, mine.dtype) != (its.shape, its.dtype):
            return f"outputs{path} is {its.dtype.name}{list(its.shape)}, not {mine.dtype.name}{list(mine.shape)}"
        apart = distance(mine, its)
        if apart.mismatched:
            return (
                f"NaN, infinity or another value at {apart.mismatched:,} of {apart.compared:,} entries of outputs{path}"
            )
        if apart.differing:
            return f"{apart.differing:,} of {apart.compared:,} entries of outputs{path}, by up to {apart.max_abs:.3g}"
    return ""


def _of_foretold(one: Observation, other: Observation) -> str:
    for title, mine, its in (
        ("the graph's shapes are", _static(one), _static(other)),
        ("compute_output_shape gives", one.computed_shape, other.computed_shape),
    ):
        if str(mine) != str(its):
            return f"{title} {its}, not {mine}"
    return ""


def _values(seen: Observation) -> object:
    return None if seen.outputs is None else seen.outputs.values


def _static(seen: Observation) -> object:
    return None if seen.outputs is None else seen.outputs.static


def same_values(before: Mapping[int, np.ndarray], after: Mapping[int, np.ndarray]) -> bool:
    """Whether variables hold the same values, 0.0 and -0.0 being one."""
    return all(np.array_equal(value, after[place]) for place, value in before.items())


def is_rounding(before: Trial, after: Trial, findings: Sequence[Finding], *, by_its_making: bool) -> bool:
    """Whether what changed in the outputs is rounding and no more, and the claims have shown that.

    They have where each number was the same in float64 up to what float64 rounds, and none of the
    rest changed; for what is less than rounding by its making, any way will do.
    """
    told: List[Finding] = [finding for finding in findings if finding.verdict is not None]
    one, other = before.candidate, after.candidate
    return (
        any(finding.claim == "outputs" for finding in told)
        and before.ran
        and after.ran
        and (one.variables, str(_static(one)), str(one.computed_shape))
        == (other.variables, str(_static(other)), str(other.computed_shape))
        and all(finding.holds and (by_its_making or _shows_rounding(finding)) for finding in told)
    )


def _shows_rounding(finding: Finding) -> bool:
    return finding.verdict == "identical" or (finding.way in ("float64", "error bars") and not finding.jumps)
