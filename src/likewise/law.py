"""Laws: cases, a reference, a candidate and claims, with a name and a statement."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Callable, Mapping, Optional, Sequence, Tuple

import hypothesis
from hypothesis.strategies import SearchStrategy

from likewise.claims import Claim
from likewise.comparing import DEFAULT_CLAIMS
from likewise.errors import LawError
from likewise.execution import DIMENSIONS

if TYPE_CHECKING:
    from likewise.auditing.audit import Audit

__all__ = ["Break", "Law"]


@dataclass(frozen=True)
class Break:
    """A claim of a law that is known not to hold somewhere; it has to be shown wherever it applies.

    Where a break applies, a run demands that a counterexample is found, so that a law that starts
    to hold there fails the run until the break is taken out.

    - claim: the claim that breaks.
    - because: why, for the tables.
    - where: the condition on the cell, mode and dimensions, such as "keras>=3 and
      dimensions==unknown"; "" for everywhere.
    - when: the condition on the case; outside of it the claim must hold.
    - cases: where to look for a counterexample, if the law's own cases seldom meet ``when``.
    """

    claim: Claim
    because: str
    where: str = ""
    when: Optional[Callable[[Any], bool]] = None
    cases: Optional[SearchStrategy[Any]] = None


@dataclass(frozen=True)
class Law:
    """Two ways of writing a network, and what must agree between them.

    - name: lower case, with dashes; how it is asked for on the command line.
    - statement: one line that a reader can hold to be true or false.
    - cases: strategy of cases.
    - reference, candidate: implementations, functions ``case -> callable``.
    - claims: what must agree.
    - breaks: where it is known not to.
    - source: where the statement comes from.
    - modes: those in which it is said to hold; None for all that a cell runs by default.
    - dimensions: what graphs know of the shapes, drawn for each example.
    - pair: names of variables that belong together, reference → candidate.
    - free: of cases that are drawn for specs, the dimensions whose size may be any, and the greatest that is drawn.
    - located: where reference and candidate are found, ``MODULE:NAME`` each, for a law that has no place of its own.

    Raises LawError for a name of another form, no claims, and a break of a claim it does not make.
    """

    name: str
    statement: str
    cases: SearchStrategy[Any]
    reference: Callable[[Any], Any]
    candidate: Callable[[Any], Any]
    claims: Sequence[Claim] = DEFAULT_CLAIMS
    breaks: Sequence[Break] = ()
    source: str = ""
    modes: Optional[Sequence[str]] = None
    dimensions: Sequence[str] = DIMENSIONS
    pair: Optional[Mapping[str, str]] = None
    located: Optional[Tuple[str, str]] = None
    free: Mapping[str, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if not re.match(r"[a-z0-9]+(-[a-z0-9]+)*\Z", self.name):
            raise LawError(
                f"name={self.name!r}, but expected lower-case words joined by dashes, such as 'time-distributed-conv2d'"
            )
        claimed = [claim.name for claim in self.claims]
        if not claimed or len(set(claimed)) != len(claimed):
            raise LawError(f"claims={claimed!r} of law {self.name}, but expected at least one, each once")
        for each in self.breaks:
            if each.claim.name not in claimed:
                raise LawError(
                    f"breaks={each.claim.name!r}, but law {self.name} claims "
                    f"{', '.join(claimed)}; add the claim or take the break out"
                )

    def claiming(self, claims: Sequence[Claim]) -> Law:
        """This law with these claims alone.

        Those that it makes itself stay as it makes them, with their breaks; what is added is said to hold everywhere.
        """
        own = {claim.name: claim for claim in self.claims}
        names = [claim.name for claim in claims]
        return replace(
            self,
            claims=tuple(own.get(claim.name, claim) for claim in claims),
            breaks=tuple(each for each in self.breaks if each.claim.name in names),
        )

    def test(self, *, settings: Optional[hypothesis.settings] = None) -> Callable[[], None]:
        """This law as an ordinary ``@given`` test function, for pytest or to be called.

        It raises NotEquivalent where the law breaks and should hold, with the smallest example,
        and AssertionError where a declared break is not to be found, or nothing was compared.

        - settings: Hypothesis's; default: the loaded profile's. The deadline is always off.
        """
        from likewise.examples import law_test

        return law_test(self, settings)

    def audit(self, *, examples: int = 100, seed: int = 0, modes: Optional[Sequence[str]] = None) -> Audit:
        """Whether this law can fail: its candidate is broken on purpose, and each mutant should be noticed.

        True where no mutant survived and no variable is unseen, so that ``assert law.audit()`` is a test.

        - examples: in how many a mutant is tried, at most.
        - seed: what decides the examples.
        - modes: default: the first of the law's that this cell has.

        Raises LawError for examples below 1, and for cases that cannot be drawn.
        """
        from likewise.auditing.audit import audit_law

        return audit_law(self, examples=examples, seed=seed, modes=modes)
