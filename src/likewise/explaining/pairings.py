"""Other pairings of variables, where the order of creation alone told which belongs to which."""

from __future__ import annotations

import itertools
import time
from typing import Dict, Iterator, List, Optional, Sequence, Tuple

import numpy as np

from likewise.explanation import OtherPairing
from likewise.judging import judged
from likewise.pairing import Pairing
from likewise.trial import Trial, Values

__all__ = ["other_pairing"]

#: As many other pairings are tried, in as many seconds, as it takes at most.
TRIES = 200
SECONDS = 10.0

Pairs = Tuple[Tuple[int, int], ...]


def other_pairing(trial: Trial, *, tries: int = TRIES, seconds: float = SECONDS) -> Optional[OtherPairing]:
    """The pairing with which the outputs of a trial are the same; None where there is none, or they are so already."""
    if not trial.ran or judged("outputs", trial).verdict != "different":
        return None
    deadline = time.monotonic() + seconds
    for pairs in itertools.islice(_others(trial.pairing), tries):
        if time.monotonic() > deadline:
            break
        again = trial.given(values=_values(trial.values, pairs))
        verdict = judged("outputs", again).verdict
        if verdict in ("identical", "rounding"):
            return _told(trial.pairing, pairs, verdict)
    return None


def _others(pairing: Pairing) -> Iterator[Pairs]:
    """The other pairs of the ambiguous variables.

    Groups of one length, such as the kernels and the biases of three layers, are first put into another order alike.
    """
    groups = pairing.ambiguous
    tried = {_pairs(groups, [range(len(group)) for group in groups])}
    for orders in itertools.chain(_alike(groups), _each(groups), _all(groups)):
        pairs = _pairs(groups, orders)
        if pairs not in tried:
            tried.add(pairs)
            yield pairs


def _alike(groups: Sequence[Pairs]) -> Iterator[List[Sequence[int]]]:
    for length in sorted({len(group) for group in groups}):
        for order in itertools.permutations(range(length)):
            yield [order if len(group) == length else range(len(group)) for group in groups]


def _each(groups: Sequence[Pairs]) -> Iterator[List[Sequence[int]]]:
    for place, chosen in enumerate(groups):
        for order in itertools.permutations(range(len(chosen))):
            yield [order if each == place else range(len(group)) for each, group in enumerate(groups)]


def _all(groups: Sequence[Pairs]) -> Iterator[List[Sequence[int]]]:
    # (a product of permutations would keep all of them in memory; these are made one by one)
    if not groups:
        yield []
        return
    for order in itertools.permutations(range(len(groups[0]))):
        for others in _all(groups[1:]):
            yield [order, *others]


def _pairs(groups: Sequence[Pairs], orders: Sequence[Sequence[int]]) -> Pairs:
    return tuple(
        (group[place][0], group[other][1]) for group, order in zip(groups, orders) for place, other in enumerate(order)
    )


def _values(values: Values, pairs: Pairs) -> Values:
    handed: Dict[int, np.ndarray] = dict(values[1])
    for one, other in pairs:
        if handed[other].size == values[0][one].size:  # (those of the same role may have another shape)
            handed[other] = values[0][one].astype(handed[other].dtype).reshape(handed[other].shape)
    return values[0], handed


def _told(pairing: Pairing, pairs: Pairs, verdict: str) -> OtherPairing:
    names = [[each.name.partition(":")[0] for each in side] for side in (pairing.reference, pairing.candidate)]
    pair = {names[0][one]: names[1][other] for one, other in pairs if (one, other) not in pairing.pairs}
    message = f"the same network ({verdict}) with its variables in another order; pair={pair!r}"
    sides = zip(names, (list(pair), list(pair.values())))
    told = [name for side, chosen in sides for name in chosen if side.count(name) > 1]
    if told or len(pair) < len([each for each in pairs if each not in pairing.pairs]):
        message += "\nsome variables have the same name, so that pair= cannot tell them apart: give their layers names"
    return OtherPairing(message, pair, verdict)
