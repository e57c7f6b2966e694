"""Where a side loses its digits: the layer or operation that is further off its float64 result than its inputs."""

from __future__ import annotations

from typing import Any, List, Optional, Sequence, Tuple

import numpy as np

from likewise import nest
from likewise.comparison import Finding
from likewise.explaining.noting import Noting
from likewise.explanation import LayerFault
from likewise.trial import Trial
from likewise.verdict import is_floating

__all__ = ["losing_digits"]

SIDES = ("reference", "candidate")

#: So many times further off than what it gets is what a layer gives that loses digits.
LOST = 2.0**6

#: How far float32 is off a number at least.
HALF_ULP = 2.0**-24


def losing_digits(trial: Trial, finding: Finding) -> LayerFault:
    """Where the digits are lost that a finding of the claim ``precision`` misses."""
    kept = finding.digits or (0.0, 0.0)
    side = 0 if kept[0] < kept[1] else 1
    return (
        _layer(trial, side)
        or _operation(trial, side)
        or LayerFault(f"the {SIDES[side]} loses its digits, and it cannot be told where", side=SIDES[side])
    )


def _layer(trial: Trial, side: int) -> Optional[LayerFault]:
    noting = Noting()
    values = _values(trial, side, noting)
    if values is None:
        return None
    calls = noting.of(trial.sides[side].program)
    # In the order in which they end, so that a layer comes before the one that calls it.
    for place in sorted(range(len(calls)), key=lambda each: calls[each].end):
        noted, both = calls[place], [each["calls"][place] for each in values]
        given, made = (_off(*(each[part] for each in both)) for part in ("inputs", "outputs"))
        if noted.end >= 0 and not noted.cell and made > LOST * max(given, HALF_ULP):
            told = (
                f"{noted.title} of the {SIDES[side]}{noted.inside}: it loses digits\n"
                f"of what it gets {_digits(given)} are right, of what it gives {_digits(made)}"
            )
            return noted.fault(told, SIDES[side])
    if not calls or not any(each.end >= 0 for each in calls):
        return None
    return _between(side, calls, values)


def _between(side: int, calls: Sequence[Any], values: Sequence[Any]) -> Optional[LayerFault]:
    """Where what layers give is right, and what a later one gets, or the program gives, is not."""
    last = "the inputs"
    worst = HALF_ULP
    for place in sorted(range(len(calls)), key=lambda each: calls[each].start):
        both = [each["calls"][place] for each in values]
        if calls[place].cell or calls[place].end < 0:
            continue
        given = _off(*(each["inputs"] for each in both))
        if given > LOST * worst:
            return _lies(side, (last, calls[place].title), worst, given)
        last, worst = calls[place].title, max(worst, _off(*(each["outputs"] for each in both)))
    given = _off(*([leaf for _, leaf in nest.flatten(each["outputs"])] for each in values))
    return _lies(side, (last, "the outputs"), worst, given) if given > LOST * worst else None


def _lies(side: int, titles: Tuple[str, str], before: float, after: float) -> LayerFault:
    last, title = titles
    message = (
        f"between {last} and {title} of the {SIDES[side]}, not in a layer: digits are lost\n"
        f"of what comes before {_digits(before)} are right, of what comes after {_digits(after)}"
    )
    return LayerFault(message, side=SIDES[side], between=titles)


def _operation(trial: Trial, side: int) -> Optional[LayerFault]:
    values = _values(trial, side, Noting(operations=True))
    if values is None:
        return None
    worst = HALF_ULP
    for key, array in values[0]["operations"].items():
        exact = values[1]["operations"].get(key)
        off = _off([array], [exact])
        if off > LOST * worst:
            told = (
                f"the operation {key.partition(' ')[0]} of the {SIDES[side]} is the first to lose digits\n"
                f"of what comes before it {_digits(worst)} are right, of what it gives {_digits(off)}"
            )
            return LayerFault(told, side=SIDES[side])
        worst = max(worst, off)
    return None


def _values(trial: Trial, side: int, noting: Noting) -> Optional[Tuple[Any, Any]]:
    """What a side's step gave, and what it gave in float64; None where it gave nothing."""
    precise = trial.precise(noting)
    exact = None if precise is None else precise[side].outputs
    seen = trial.seen(noting)[side].outputs
    if exact is None or seen is None:
        return None
    both = seen.values, exact.values
    return both if len(both[0]["calls"]) == len(both[1]["calls"]) else None


def _off(one: List[Any], exact: List[Any]) -> float:
    """How far arrays are off, as a part of their entries: the worst; 0 for what cannot be compared."""
    worst = 0.0
    for mine, its in zip(one, exact):
        if mine is None or its is None or mine.shape != its.shape or not mine.size or not is_floating(mine.dtype):
            continue
        with np.errstate(all="ignore"):
            apart = np.abs(mine.astype(np.complex128) - its)
            found = np.where(apart == 0, 0.0, apart / np.abs(its))
            worst = max(worst, float(np.nanmax(np.where(np.isnan(found), 0.0, np.minimum(found, 1.0)))))
    return worst


def _digits(off: float) -> str:
    """In words how many decimal digits are left."""
    number = abs(float(np.log10(max(off, HALF_ULP))))
    return f"{number:.1f} digits"
