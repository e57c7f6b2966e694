"""What a planted mistake is, and how it is tried against its law."""

from __future__ import annotations

import itertools
from dataclasses import dataclass, replace
from operator import attrgetter
from typing import Any, Callable, FrozenSet, List, NamedTuple, Optional

from likewise.cell import current
from likewise.examples import run_law
from likewise.execution import usable_modes
from likewise.law import Law
from likewise.laws import catalog
from likewise.running import LawRun


class Condition(NamedTuple):
    """The one setting under which alone a mistake shows.

    - setting: the path to it in the case, such as "conv.strides".
    - text: how one says it, such as "strides > 1".
    - holds: whether a case meets it.
    """

    setting: str
    text: str
    holds: Callable[[Any], bool]


@dataclass(frozen=True)
class Mutant:
    """A candidate that looks like its law's and is another network.

    - law: the name of the law that it breaks.
    - candidate: the implementation with the mistake.
    - claims: those of which one at least has to break; "refusal" is among them where some TensorFlow does not run the
      candidate, and the right one does run.
    - layer: the class of the one layer at fault, as Keras names it; None where none is, as in programs written by hand.
    - condition: the one setting under which alone it shows; None where it shows always, or where it takes several.
    """

    law: str
    candidate: Callable[[Any], Any]
    claims: FrozenSet[str]
    layer: Optional[str] = None
    condition: Optional[Condition] = None

    @property
    def name(self) -> str:
        """The name of the mistake, such as "bias_lost"."""
        return self.candidate.__name__

    def __str__(self) -> str:
        return f"{self.law}-{self.name}"


def planted(
    law: str,
    *claims: str,
    layer: Optional[str] = None,
    condition: Optional[Condition] = None,
) -> Callable[[Callable[[Any], Any]], Mutant]:
    """Make an implementation the Mutant that it is; the arguments are Mutant's."""
    return lambda candidate: Mutant(law, candidate, frozenset(claims), layer, condition)


def changed(case: Any, setting: str, value: Any) -> Any:
    """A case with another value for a setting, such as "conv.strides"."""
    name, _, rest = setting.partition(".")
    return replace(case, **{name: changed(getattr(case, name), rest, value) if rest else value})


def switched_on(setting: str) -> Condition:
    """The condition that a setting is True."""
    return Condition(setting, setting.rpartition(".")[2], attrgetter(setting))


def switched_off(setting: str) -> Condition:
    """The condition that a setting is False."""
    return Condition(setting, f"not {setting.rpartition('.')[2]}", lambda case: not attrgetter(setting)(case))


def equal(setting: str, value: Any) -> Condition:
    """The condition that a setting has a value."""
    name = setting.rpartition(".")[2]
    return Condition(setting, f"{name} == {value!r}", lambda case: attrgetter(setting)(case) == value)


def unlike(setting: str, value: Any) -> Condition:
    """The condition that a setting has another value."""
    name = setting.rpartition(".")[2]
    return Condition(setting, f"{name} != {value!r}", lambda case: attrgetter(setting)(case) != value)


def above_one(setting: str) -> Condition:
    """The condition that a setting, a number for each axis, is above 1 along some axis."""
    return Condition(setting, f"{setting.rpartition('.')[2]} > 1", lambda case: max(attrgetter(setting)(case)) > 1)


class Kill(NamedTuple):
    """How a mutant was caught: after so many examples, by these claims, with this case."""

    examples: int
    claims: FrozenSet[str]
    case: Any


def killed(mutant: Mutant, *, examples: int = 100) -> Optional[Kill]:
    """Try a mutant against its law; None where it survives.

    What the law declares as broken in this cell does not count: it would catch the right candidate, too.
    """
    held: List[int] = []
    law = replace(catalog()[mutant.law], candidate=mutant.candidate)
    run = _run(law, examples, progress=lambda so_far: held.append(so_far.examples))
    if run.failure is None:
        return None
    broken = frozenset(finding.claim for finding in run.failure.comparison.broken)
    # Hypothesis may go on to drive both sides apart, and runs the example again: the first that did not hold counts.
    first = next(number for number in itertools.count(1) if number not in held)
    return Kill(first, broken, run.failure.case)


def spared(mutant: Mutant, condition: Condition, *, examples: int) -> LawRun:
    """Try a mutant only where its condition does not hold, with the law's own candidate elsewhere."""
    law = catalog()[mutant.law]

    def outside(case: Any) -> Any:
        return law.candidate(case) if condition.holds(case) else mutant.candidate(case)

    # A mistake that does not show may yet round differently.
    claims = tuple(claim for claim in law.claims if claim.name != "bits")
    breaks = tuple(each for each in law.breaks if each.claim.name != "bits")
    return _run(replace(law, candidate=outside, claims=claims, breaks=breaks), examples)


def _run(law: Law, examples: int, progress: Optional[Callable[[LawRun], None]] = None) -> LawRun:
    # One mode is enough to catch it, and the first is the cheapest; so are the dimensions that are known best.
    best_known = replace(law, dimensions=law.dimensions[:1])
    modes = usable_modes(current())[:1]
    return run_law(best_known, examples=examples, modes=modes, shrink=False, progress=progress)
