"""What both sides gave for a step, compared: the finding of a claim that demands the same numbers."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Callable, List, Optional, Tuple

from likewise import nest
from likewise.comparison import Finding
from likewise.judging.judgement import Judgement, judge, unsteady
from likewise.judging.leaves import (
    IN_THE_REFERENCE,
    Arranged,
    Asked,
    Leaf,
    as_they_are,
    described,
    leaves_compared,
    place_in,
)
from likewise.modes import Step, the_call
from likewise.steps.drawing import Draws
from likewise.trial import Trial

__all__ = ["Arranged", "judged", "judged_apart_from_draws", "leaves_compared", "outputs_judged", "steady"]


def outputs_judged(name: str, trial: Trial) -> Tuple[Optional[Finding], List[Leaf], Optional[Judgement]]:
    """The outputs of the plain call, judged once for all claims that ask; a finding where they cannot be compared."""

    def judgement() -> Tuple[Optional[Finding], List[Leaf], Optional[Judgement]]:
        finding, leaves = leaves_compared(name, trial)
        return (
            finding,
            leaves,
            None if finding is not None else judge(Asked(trial, the_call, as_they_are, leaves), None),
        )

    found, leaves, judged_as = trial.remembered("outputs judged", judgement)
    return None if found is None else replace(found, claim=name), leaves, judged_as


def steady(name: str, trial: Trial, times: int) -> Finding:
    """Whether both sides give the same outputs at so many further runs from the same values."""
    finding, leaves = leaves_compared(name, trial)
    told = "" if finding is not None else unsteady(Asked(trial, the_call, as_they_are, leaves), times)
    return Finding(name, "different", 1, message=told) if told else finding or Finding(name, "identical", 1)


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
    if step is the_call and arranged is as_they_are and within is None and origin == IN_THE_REFERENCE:
        finding, leaves, judgement = outputs_judged(name, trial)
    else:
        finding, leaves = leaves_compared(name, trial, step, what=what, arranged=arranged, origin=origin)
        asked = Asked(trial, step, arranged, leaves, alone=origin != IN_THE_REFERENCE)
        judgement = None if finding is not None else judge(asked, within)
    if judgement is None:
        assert finding is not None  # it says why nothing can be judged
        return finding
    apart = [leaf.apart for leaf in leaves]
    message = "\n".join(described(what, leaf, origin) for leaf in leaves if leaf.apart.differing)
    if judgement.note:
        message += f"\n{judgement.note}"
    farthest = max(leaves, key=lambda leaf: (leaf.apart.mismatched > 0, leaf.apart.max_abs, leaf.apart.differing))
    return Finding(
        name,
        judgement.verdict,
        sum(each.compared for each in apart) if judgement.verdict is not None else 0,
        max_ulp=max(each.max_ulp for each in apart),
        max_abs=max(each.max_abs for each in apart),
        max_rel=max(each.max_rel for each in apart),
        rtol=max(each.max_rel for each in apart),
        atol=max(each.max_abs for each in apart),
        where=place_in(what, farthest.path, farthest.apart.index or ()) if farthest.apart.differing else "",
        signed_zeros=sum(each.signed_zeros for each in apart),
        jumps=judgement.jumps,
        insignificant=judgement.insignificant,
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
    if finding.holds or not any(trial.draws(place, step) for place in (0, 1)):
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
