"""A side held against itself, or against what is made of it, and whether both sides agree in it."""

from __future__ import annotations

import warnings
from dataclasses import dataclass, replace
from typing import Callable, List, Optional

from likewise.comparison import Finding, merged
from likewise.errors import ImplementationError
from likewise.errors.raised import let_pass, said
from likewise.judging import judged
from likewise.trial import Refusal, Trial

__all__ = ["SIDES", "Cannot", "Unseen", "each_alone", "own"]

SIDES = ("reference", "candidate")


class Unseen(Exception):
    """A side has nothing that could be held, such as a plain function, which has no config."""


class Cannot(Exception):
    """What is asked of a side fails."""


@dataclass(frozen=True)
class Held:
    """What came of one side: its finding, or else why it cannot do what is asked, or why there is nothing to see.

    ``unmade`` is for what it says by itself that it does not do (NotImplementedError, or Keras's safe mode).
    """

    finding: Optional[Finding] = None
    cannot: str = ""
    unseen: str = ""
    unmade: bool = False


def _held(find: Callable[[int], Finding], place: int) -> Held:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # as where a program is run: one that warns can do it still
            return Held(find(place))
    except Unseen as reason:
        return Held(unseen=str(reason))
    except ImplementationError as error:  # such as a rebuilt layer that goes on using the variables of the old one
        return Held(unseen=str(error))
    except Cannot as error:
        return Held(cannot=str(error), unmade=_says_so(error))
    except BaseException as error:  # noqa: BLE001  whatever a program raises, it cannot
        let_pass(error)
        return Held(cannot=str(Refusal.of(error, "run")), unmade=_says_so(error))


def _says_so(error: BaseException) -> bool:
    """Whether an error is how a program, or Keras, says that it promises no such thing."""
    # (a Lambda layer of Keras 3 is saved, and is loaded only by who says that its code may be run)
    told = said(error)
    return isinstance(error, NotImplementedError) or "safe_mode" in told or told.startswith("NotImplementedError")


def own(name: str, trial: Trial, origin: str) -> Finding:
    """The finding of a side's own trial (``Trial.itself``, ``Trial.remade``).

    - origin: where the numbers of the trial's reference are, for messages: "before it was saved".

    Raises Cannot where what the side is held against does not run.
    """
    if trial.candidate.refusal is not None:
        raise Cannot(str(trial.candidate.refusal))
    return judged(name, trial, origin=origin)


def each_alone(name: str, asked: str, find: Callable[[int], Finding], *, promised: str = "") -> Finding:
    """One finding of both sides, each held by itself; messages tell which side it is.

    Where one side cannot do what is asked and the other can, or has nothing to see, it is a difference. Where both
    cannot, nothing is compared, but for what Keras promises: there both fail. Nothing is compared, either, where what
    has no such thing by its own word stands against what has none.

    - asked: what is asked of a side, for messages: "be rebuilt from its config".
    - promised: the same, where Keras promises that every layer and model can do it: "come back from .keras".
    - find: what a side (0 the reference, 1 the candidate) comes to; it raises Unseen where there is nothing to see,
      and whatever a program may raise where it cannot.
    """
    sides = [_held(find, place) for place in range(len(SIDES))]
    findings: List[Finding] = []
    for who, side in zip(SIDES, sides):
        if side.finding is not None:
            start = f"the {who}: " if side.finding.holds else f"the {who} does not {asked}:\n"
            message = side.finding.message and start + side.finding.message
            findings.append(replace(side.finding, claim=name, message=message))
    unable = [f"the {who} cannot {asked}: {side.cannot}" for who, side in zip(SIDES, sides) if side.cannot]
    unseen = [f"the {who}: {side.unseen}" for who, side in zip(SIDES, sides) if side.unseen]
    unmade = not findings and all(side.unmade or side.unseen for side in sides)
    if len(unable) == 1 and not unmade:
        findings.append(Finding(name, "different", 1, message=unable[0]))
    elif promised and len(unable) == len(SIDES) and not all(side.unmade for side in sides):
        reasons = " / ".join(dict.fromkeys(side.cannot for side in sides))
        findings.append(Finding(name, "different", 1, message=f"both sides fail to {promised}: {reasons}"))
    elif not findings:
        findings.append(Finding(name, None, message="\n".join([*unable, *unseen])))
    found = merged(findings)[name]
    # All that differs is told, not the first side alone.
    wrong = [each.message for each in findings if each.verdict == "different"]
    return replace(found, message="\n".join(wrong)) if wrong else found
