"""What both sides gave for a step, compared: the same bits, a difference that rounding explains, or another.

No tolerance is chosen. Entries that differ in bits are computed again in float64 from the same
values: a rounding difference shrinks by nine digits, a real one lasts. Where float64 cannot run, or
rounds to less within, inputs and weights of the reference are moved by one ULP, and the difference is
held against what that does. Where a step jumps (a tie of a maximum, ``round``, a relu's kink under gradients), it is
the reference itself that comes as far when it is moved by one ULP: such entries are counted, and
are no difference. A reference that runs eagerly, in operations that are continuous, is moved once to see how far it
comes.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, Callable, List, NamedTuple, Optional, Tuple

import numpy as np

from likewise import nest
from likewise.comparison import Finding
from likewise.modes import Step, the_call
from likewise.steps.drawing import Draws
from likewise.trial import Observation, Trial
from likewise.verdict import (
    JUMPS,
    SPREADS,
    Distance,
    Pair,
    distance,
    far_off,
    gaps,
    is_floating,
    lasting,
    reached,
    rounding_in_double,
    spread,
    ulp_of_greatest,
)

__all__ = ["Arranged", "judged", "judged_apart_from_draws", "leaves_compared"]

#: What is compared of a side's values for a step: called with 0 for the reference or 1 for the candidate, and the
#: nested arrays that the step gave there.
Arranged = Callable[[int, Any], Any]

#: How many times the reference is moved by one ULP; a jump shows at each with a chance of one half or so.
JITTERS = 8
JITTERS_OF_JUMPS = 32

UNSTEADY = "the same values give something else at each run, so rounding explains nothing"

IN_THE_REFERENCE = "in the reference"


class _Leaf(NamedTuple):
    """One array of both sides, and how far they are apart."""

    path: str
    pair: Pair
    apart: Distance


def as_they_are(_: int, values: Any) -> Any:
    """The arrangement where the steps' values are compared as they come."""
    return values


def judged(
    name: str,
    trial: Trial,
    step: Step = the_call,
    *,
    what: str = "outputs",
    arranged: Arranged = as_they_are,
    within: Optional[int] = None,
    origin: str = IN_THE_REFERENCE,
) -> Finding:
    """The finding of a claim that demands the same numbers of a step.

    - what: how messages call the values.
    - origin: where messages say that the values of the trial's reference are.
    - arranged: picks from a side's values what is compared, and in which order.
    - within: ULPs that a user lets pass whatever they come from; None for none.

    Structure, shapes, dtypes, and NaNs and infinities by position and sign have to agree first.
    """
    finding, leaves = leaves_compared(name, trial, step, what=what, arranged=arranged, origin=origin)
    if finding is not None:
        return finding
    apart = [leaf.apart for leaf in leaves]
    judgement = _judge(trial, step, arranged, leaves, within)
    message = "\n".join(_described(what, leaf, origin) for leaf in leaves if leaf.apart.differing)
    if judgement.note:
        message += f"\n{judgement.note}"
    farthest = max(leaves, key=lambda leaf: (leaf.apart.mismatched > 0, leaf.apart.max_abs, leaf.apart.differing))
    return Finding(
        name,
        judgement.verdict,
        sum(each.compared for each in apart),
        max_ulp=max(each.max_ulp for each in apart),
        max_abs=max(each.max_abs for each in apart),
        max_rel=max(each.max_rel for each in apart),
        rtol=max(each.max_rel for each in apart),
        atol=max(each.max_abs for each in apart),
        where=_place(what, farthest) if farthest.apart.differing else "",
        signed_zeros=sum(each.signed_zeros for each in apart),
        jumps=judgement.jumps,
        within=within,
        way=judgement.way,
        message=message if judgement.verdict != "identical" else "",
    )


def judged_apart_from_draws(
    name: str, trial: Trial, step: Step, *, what: str, arranged: Arranged, within: Optional[int] = None
) -> Finding:
    """``judged``, leaving out what differs and depends on random numbers on both sides, which may draw others.

    (Keras 3 draws from states that are paired as variables are, so there both sides often draw the same.)
    """

    def all_judged(arranged: Arranged) -> Finding:
        return judged(name, trial, step, what=what, arranged=arranged, within=within)

    finding = all_judged(arranged)
    if finding.holds and not finding.jumps and finding.way != "jitter":
        return finding
    seen = trial.seen(Draws(step))
    if any(each.outputs is None for each in seen):  # what runs eagerly alone has no graph to read
        return finding
    sides = [nest.flatten(arranged(side, each.outputs.values)) for side, each in enumerate(seen) if each.outputs]
    draws = [(bool(one), bool(other)) for (_, one), (_, other) in zip(*sides)]
    if len(sides[0]) != len(sides[1]) or not any(any(each) for each in draws):
        return finding

    def only(wanted: Callable[[Tuple[bool, bool]], bool]) -> Arranged:
        def picked(side: int, values: Any) -> Any:
            found = arranged(side, values)
            kept = [leaf if wanted(drawn) else None for drawn, (_, leaf) in zip(draws, nest.flatten(found))]
            return nest.pack(found, kept)

        return picked

    # By chance one side may come to what the other is, so no jitter has a say in it.
    _, one_sided = leaves_compared(name, trial, step, what=what, arranged=only(lambda each: each[0] != each[1]))
    unlike = [leaf for leaf in one_sided if leaf.apart.differing]
    if unlike:
        paths = ", ".join(f"{what}{leaf.path}" for leaf in unlike)
        message = f"random numbers are drawn on one side only for {paths}"
        return replace(finding, verdict="different", way="", message=message)
    random = [all(each) for each in draws]
    note = f"{sum(random):,} of {len(random):,} {what} depend on random numbers, which each side draws for itself"
    found = all_judged(only(lambda each: not all(each)))
    if found.verdict is None:
        return replace(found, message=f"{note}, so they are not compared")
    return replace(found, message="\n".join(filter(None, [found.message, f"not compared: {note}"])))


def leaves_compared(
    name: str,
    trial: Trial,
    step: Step = the_call,
    *,
    what: str = "outputs",
    arranged: Arranged = as_they_are,
    origin: str = IN_THE_REFERENCE,
) -> Tuple[Optional[Finding], List[_Leaf]]:
    """The arrays that can be compared entry by entry, or else a finding that says why there are none."""
    if not trial.ran:
        return Finding(name, None, message=f"a side raised, so there are no {what}"), []
    seen = trial.seen(step)
    refused = [each.refusal for each in seen if each.refusal is not None]
    if len(refused) == 2:
        return Finding(name, None, message=f"neither side has {what}: {refused[0]} / {refused[1]}"), []
    if refused:
        side = "reference" if seen[0].refusal is not None else "candidate"
        return Finding(name, "different", 1, message=f"the {side} has no {what}: {refused[0]}"), []
    one, other = (arranged(side, _values(each)) for side, each in enumerate(seen))
    layouts = nest.layout(one), nest.layout(other)
    leaves = [(path, mine, its) for (path, mine), (_, its) in zip(nest.flatten(one), nest.flatten(other))]
    wrong = []
    if layouts[0] != layouts[1]:
        wrong.append(f"{what} are {layouts[1]}, but {layouts[0]} {origin}")
    else:
        wrong.extend(
            f"{what}{path}.{field}={getattr(its, field)}, but {getattr(mine, field)} {origin}"
            for path, mine, its in leaves
            for field in ("shape", "dtype")
            if mine is not None and getattr(its, field) != getattr(mine, field)
        )
    if wrong:
        return Finding(name, "different", max(len(leaves), 1), message="\n".join(wrong)), []
    compared = [_Leaf(path, (mine, its), distance(mine, its)) for path, mine, its in leaves if mine is not None]
    if sum(leaf.apart.compared for leaf in compared) == 0:
        return Finding(name, None, message=f"the {what} have no entries"), []
    return None, compared


@dataclass(frozen=True)
class _Judgement:
    verdict: str
    way: str = ""
    jumps: int = 0
    note: str = ""


def _judge(trial: Trial, step: Step, arranged: Arranged, leaves: List[_Leaf], within: Optional[int]) -> _Judgement:
    if not any(leaf.apart.differing for leaf in leaves):
        return _Judgement("identical")
    if any(leaf.apart.mismatched and is_floating(leaf.pair[0].dtype) for leaf in leaves):
        return _Judgement("different")  # a NaN or an infinity on one side only: no precision mends it
    if within is not None and all(
        leaf.apart.max_ulp <= within and is_floating(leaf.pair[0].dtype) for leaf in leaves if leaf.apart.differing
    ):
        return _Judgement("rounding", f"within {within} ULP")

    def moved(observations: List[Observation]) -> List[List[np.ndarray]]:
        # Other values may be refused, or select other entries.
        found = [_arrays(arranged, seen, 0) for seen in observations if seen.outputs is not None]
        return [each for each in found if _fits(each, leaves)]

    def by_jitter() -> _Judgement:
        return _by_jitter(leaves, lambda times: moved(trial.jittered(times, step)))

    judgement = _judged_by_float64(trial, step, arranged, leaves, moved)
    # What both sides agree upon in double precision is no chance; what else is told stands upon the reference's jitter,
    # and that of a program which is not steady would explain whatever its chance does.
    if judgement is not None and judgement.verdict == "rounding" and not judgement.jumps:
        return judgement
    if not _steady(leaves, moved([trial.again(step)])):
        return _Judgement("different", note=UNSTEADY)
    return by_jitter() if judgement is None else _unless_narrowed(judgement, trial, step, by_jitter)


def _unless_narrowed(
    judgement: _Judgement, trial: Trial, step: Step, by_jitter: Callable[[], _Judgement]
) -> _Judgement:
    """What float64 says; what jitter says where that is less, and a program rounds to float32 within, and back.

    Such a program keeps a rounding difference as a real one is kept. What is not heard while the programs run takes
    longer to find out than the jitter.
    """
    if judgement.verdict != "different" or all(trial.heard(side, step).precision_kept for side in (0, 1)):
        return judgement
    jittered = by_jitter()
    return jittered if jittered.verdict != "different" and trial.narrowed(step) else judgement


def _judged_by_float64(
    trial: Trial, step: Step, arranged: Arranged, leaves: List[_Leaf], moved: Callable[[List[Observation]], List[Any]]
) -> Optional[_Judgement]:
    """The judgement of float64; None where it cannot run."""
    wide = trial.precise(step)
    if wide is None:
        return None
    pairs = list(zip(*(_arrays(arranged, seen, side) for side, seen in enumerate(wide))))
    if not all(_fits(list(each), leaves) for each in zip(*pairs)):
        return None
    return _by_float64(
        leaves,
        pairs,
        lambda times: moved(trial.jittered(times, step)),
        lambda times: moved(trial.precisely_jittered(times, step)),
        lambda: trial.heard(0, step).continuous,
    )


def _steady(leaves: List[_Leaf], again: List[List[np.ndarray]]) -> bool:
    """Whether the reference, run again, gives what it gave, rounding apart (several threads may round otherwise)."""
    return all(
        bool((gaps(leaf.pair[0], array) <= JUMPS * ulp_of_greatest(leaf.pair[0])).all())
        for each in again
        for leaf, array in zip(leaves, each)
    )


Jitter = Callable[[int], List[List[np.ndarray]]]


def _by_float64(
    leaves: List[_Leaf], wide: List[Pair], jitter: Jitter, wide_jitter: Jitter, continuous: Callable[[], bool]
) -> _Judgement:
    """What lasts in float64 differs, unless the reference jumps there; what is far beyond rounding has to be a jump."""
    lasts = [lasting(leaf.pair, pair) for leaf, pair in zip(leaves, wide)]
    if _out_of_reach(leaves, lasts, wide, wide_jitter) and continuous():
        return _Judgement("different", "float64")
    slacks = [rounding_in_double(leaf.pair) for leaf in leaves]
    jumps = _count_jumps(lasts, wide, slacks, wide_jitter)
    if jumps < sum(int(each.sum()) for each in lasts):
        return _Judgement("different", "float64", jumps)
    singles = [leaf.pair for leaf in leaves]
    # What the precision explains, and is too much for a sum in another order: say that it jumps, where it does.
    slacks = [JUMPS * ulp_of_greatest(one) for one, _ in singles]
    far = [(gaps(*pair) > slack) & ~each for pair, slack, each in zip(singles, slacks, lasts)]
    jumps += _count_jumps(far, singles, slacks, jitter)
    return _Judgement("rounding", "float64", jumps, _jumping(jumps))


def _out_of_reach(leaves: List[_Leaf], lasts: List[np.ndarray], wide: List[Pair], wide_jitter: Jitter) -> bool:
    """Whether no move by one ULP brings a continuous reference to where the candidate is, at an entry that lasts."""
    if not any(last.any() for last in lasts):
        return False
    return any(
        bool((last & far_off(leaf.pair, pair, each)).any())
        for moved in wide_jitter(1)
        for leaf, last, pair, each in zip(leaves, lasts, wide, moved)
    )


def _by_jitter(leaves: List[_Leaf], jitter: Jitter) -> _Judgement:
    """Each array's greatest difference against the greatest spread, both without the entries that jump."""
    moved = jitter(JITTERS)
    beyond, slacks = [], []
    for place, leaf in enumerate(leaves):
        one = leaf.pair[0]
        spreads, least = spread(one, [each[place] for each in moved]), ulp_of_greatest(one)
        smooth = spreads[spreads <= JUMPS * max(least, float(np.median(spreads)))]
        slacks.append(SPREADS * max(float(smooth.max()) if smooth.size else 0.0, least) if least else 0.0)
        beyond.append(gaps(*leaf.pair) > slacks[-1])
    jumps = _count_jumps(beyond, [leaf.pair for leaf in leaves], slacks, jitter)
    if jumps < sum(int(each.sum()) for each in beyond):
        return _Judgement("different", "jitter", jumps)
    return _Judgement("rounding", "jitter", jumps, _jumping(jumps))


def _count_jumps(masks: List[np.ndarray], pairs: List[Pair], slacks: List[float], jitter: Jitter) -> int:
    """At how many entries of these masks the reference comes to what the candidate has, when it is moved by one ULP."""
    found = 0
    if any(mask.any() for mask in masks):
        for times in (JITTERS, JITTERS_OF_JUMPS):
            moved = jitter(times)
            found = sum(
                int((mask & reached(pair, [each[place] for each in moved], slack)).sum())
                for place, (mask, pair, slack) in enumerate(zip(masks, pairs, slacks))
            )
            # Where none jumps in eight tries, the others are not worth the time.
            if found in (0, sum(int(mask.sum()) for mask in masks)):
                break
    return found


def _jumping(jumps: int) -> str:
    entries = "1 entry" if jumps == 1 else f"{jumps:,} entries"
    return f"at {entries} the reference jumps as far when inputs and weights move by one ULP" if jumps else ""


def _arrays(arranged: Arranged, seen: Observation, side: int) -> List[np.ndarray]:
    return [leaf for _, leaf in nest.flatten(arranged(side, _values(seen))) if leaf is not None]


def _fits(arrays: List[np.ndarray], leaves: List[_Leaf]) -> bool:
    return [array.shape for array in arrays] == [leaf.pair[0].shape for leaf in leaves]


def _values(seen: Observation) -> Any:
    return None if seen.outputs is None else seen.outputs.values


def _place(what: str, leaf: _Leaf) -> str:
    index = leaf.apart.index or ()
    return f"{what}{leaf.path}[{', '.join(map(str, index))}]"


def _described(what: str, leaf: _Leaf, origin: str) -> str:
    apart, (one, other) = leaf.apart, leaf.pair
    if apart.index is None:
        return ""
    text = (
        f"{apart.differing:,} of {apart.compared:,} entries of {what}{leaf.path} differ, most at\n"
        f"{_place(what, leaf)} = {other[apart.index]}, but {one[apart.index]} {origin}"
    )
    if apart.mismatched:
        return f"{text}; NaN, infinity or another value on one side at {apart.mismatched:,}"
    return f"{text} ({apart.max_ulp:,} ULP, {apart.max_abs:.3g} absolute, {apart.max_rel:.3g} relative)"
