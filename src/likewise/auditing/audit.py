"""The audit of a law: its candidate is broken on purpose, and each mutant has to be noticed.

The examples are drawn once and shared by all mutants, and so is all that is seen of the reference.
A mutant is tried until a claim notices it. Where none does, it is equivalent if it is shown that
it changed nothing, or nothing but rounding; else it survived.
"""

from __future__ import annotations

import statistics
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Callable, Dict, List, Optional, Sequence, Tuple

import hypothesis
from hypothesis.errors import FailedHealthCheck, Unsatisfiable

from likewise.auditing import (
    entries,
    inputs,
    keeping,
    masking,
    modes,
    outputs,
    refusals,
    settings,
    states,
    variables,
)
from likewise.auditing.changes import changed, is_rounding, same_values
from likewise.auditing.mutant import Mutant, Sample
from likewise.cell import Cell, current
from likewise.claims import Claim
from likewise.claims.refusal import refusal
from likewise.comparison import Finding
from likewise.errors import LawError, LikewiseError
from likewise.examples import one_of_ways
from likewise.execution import Execution, executions, usable_modes
from likewise.inputs import inputs_of, seed_of
from likewise.judging import steady
from likewise.program import Source
from likewise.redrawing.draws import STEADIED
from likewise.running import declared_breaks
from likewise.tally import Tally, per_second
from likewise.trial import Trial, tried

if TYPE_CHECKING:
    from likewise.law import Law

__all__ = ["KINDS", "OUTCOMES", "Audit", "Outcome", "audit_law"]

#: What makes mutants, by kind; in this order they are listed.
KINDS = (variables, inputs, outputs, entries, settings, refusals, modes, masking, states, keeping)

#: In how many examples a mutant that rounds by its making is tried, where the law does not claim bits.
ENOUGH_TO_ROUND = 10

#: What changed where a variable has other values that nothing came of.
NOTHING_COMPUTED = "its values, and nothing that is computed from them"

#: A mutant that has changed nothing at all in so many examples is equivalent.
ENOUGH_UNCHANGED = 40

#: What may become of a mutant.
OUTCOMES = ("killed", "survived", "equivalent", "not claimed", "not made")


@dataclass
class Outcome:
    """What became of a mutant.

    - outcome: "killed", "survived", "equivalent", "not claimed" (it takes a claim that the law does
      not make) or "not made" (no example has a place for it).
    - claim: the claim that noticed it; None where none did, or likewise itself refused the mutant.
    - examples: where it was killed, the number of the example that did it, counted from 1; else how
      many examples it was tried in.
    - why: what the claim found, what changed unnoticed, or why nothing could change.
    """

    mutant: Mutant
    outcome: str = ""
    claim: Optional[str] = None
    examples: int = 0
    why: str = ""
    #: In how many examples it left all values as they were, raised, changed something, and that only by rounding, or
    #: where a declared break keeps the claims from telling.
    _left: int = 0
    _refused: int = 0
    _changed: int = 0
    _rounded: int = 0
    _untold: int = 0
    #: In how many examples it changed the values of a variable, and nothing that is computed from them.
    _idle: int = 0

    @property
    def open(self) -> bool:
        """Whether it is still to be tried."""
        unchanged = self.examples >= ENOUGH_UNCHANGED and not self._changed
        return not self.outcome and not unchanged

    def to_json(self) -> Dict[str, Any]:
        """The fields of a record, as ``docs/json.md`` has them."""
        return {
            "name": self.mutant.name,
            "kind": self.mutant.kind,
            "changed": self.mutant.changed,
            "outcome": self.outcome,
            "claim": self.claim,
            "examples": self.examples,
            "why": self.why,
        }

    def kill(self, number: int, claim: Optional[str], why: str) -> None:
        """Note that this example showed it."""
        self.outcome, self.examples, self.claim, self.why = "killed", number, claim, why

    def leave(self) -> None:
        """Note an example in which it left all values as they were."""
        self.examples += 1
        self._left += 1

    def survive(self, what: str, *, refused: bool, rounds: bool, untold: bool) -> None:
        """Note an example in which no claim noticed it, and what it changed there, "" for nothing."""
        self.examples += 1
        self._refused += refused
        if what:
            self._changed += 1
            self._rounded += rounds
            self._untold += untold and not rounds
            self._idle += what == NOTHING_COMPUTED
            if not rounds and self.why in ("", NOTHING_COMPUTED):
                self.why = what

    def conclude(self, *, seen: bool) -> None:
        """Say what it is, once all examples are done.

        - seen: whether other values of its variable were noticed.
        """
        if self.outcome:
            return
        number = "1 example" if self.examples == 1 else f"{self.examples} examples"
        if self.examples == 0:
            self.outcome, self.why = "not made", "no example has a place for it"
        elif self._changed and self._changed == self._idle and seen:
            self.outcome, self.why = (
                "equivalent",
                f"the candidate computes what it did, bit for bit, in each of {number}",
            )
        elif self._changed > self._rounded + self._untold or (self._changed and not self._rounded):
            self.outcome = "survived"
        elif self._rounded:
            self.outcome = "equivalent"
            others = f"in {self._untold} a declared break hides it" if self._untold else "bit for bit in the others"
            self.why = f"within rounding in {self._rounded} of {number}, {others}, and no claim demands the bits"
        else:
            self.outcome, self.why = "equivalent", f"{self._as_before}, in each of {number}"

    @property
    def _as_before(self) -> str:
        if self._left == self.examples:
            return "the values are those that they were"
        if self._refused == self.examples:
            return "the candidate raises as it did"
        return "the candidate computes what it did, bit for bit"


@dataclass
class Audit:
    """What the mutants of a law came to in this cell. True where the law notices all that it could.

    - problems: why the audit shows nothing, apart from its mutants; empty where it does.
    - examples: how many were run.
    """

    law: Law
    cell: Cell
    ways: Sequence[Execution]
    outcomes: List[Outcome] = field(default_factory=list)
    problems: List[str] = field(default_factory=list)
    examples: int = 0
    seconds: float = 0.0
    tally: Tally = field(default_factory=Tally)

    def __bool__(self) -> bool:
        return not (self.survived or self.unseen or self.problems)

    @property
    def killed(self) -> List[Outcome]:
        """The mutants that a claim noticed."""
        return self._of("killed")

    @property
    def survived(self) -> List[Outcome]:
        """The mutants that changed something, which no claim noticed."""
        return self._of("survived")

    @property
    def equivalent(self) -> List[Outcome]:
        """The mutants that were shown to change nothing that the law is about."""
        return self._of("equivalent")

    @property
    def unseen(self) -> List[str]:
        """The variables of the candidate that may have any values, for all that the claims notice."""
        seen = {each.mutant.variable for each in self.killed}
        return list(
            dict.fromkeys(each.mutant.variable for each in self.survived if each.mutant.variable not in {"", *seen})
        )

    @property
    def score(self) -> Optional[float]:
        """The share of killed mutants among those that are not equivalent; None without any."""
        count = len(self.killed) + len(self.survived)
        return len(self.killed) / count if count else None

    @property
    def median_examples(self) -> Optional[float]:
        """How many examples it took to kill a mutant, in the median; None where none was killed."""
        numbers = [each.examples for each in self.killed]
        return float(statistics.median(numbers)) if numbers else None

    def _of(self, outcome: str) -> List[Outcome]:
        return [each for each in self.outcomes if each.outcome == outcome]

    def note(self, case: Any) -> None:
        """Count an example."""
        self.examples += 1
        self.tally.note([case])

    def to_json(self) -> Dict[str, Any]:
        """The fields of a record, as ``docs/json.md`` has them."""
        return {
            "law": self.law.name,
            "ok": bool(self),
            "problems": list(self.problems),
            "score": self.score,
            "killed": len(self.killed),
            "survived": len(self.survived),
            "equivalent": len(self.equivalent),
            "unseen": self.unseen,
            "median_examples": self.median_examples,
            "examples": self.examples,
            "structures": len(self.tally.structures),
            "cases": len(self.tally.cases),
            "seconds": round(self.seconds, 3),
            "structures_per_second": per_second(len(self.tally.structures), self.seconds),
            "cases_per_second": per_second(len(self.tally.cases), self.seconds),
            "modes": [str(way) for way in self.ways],
            "mutants": [each.to_json() for each in self.outcomes],
        }

    def __str__(self) -> str:
        counts = f"{len(self.killed)} mutants killed, {len(self.survived)} survived, {len(self.equivalent)} equivalent"
        lines = [f"{self.law.name}: {counts}"]
        lines.extend(f"    {problem}" for problem in self.problems)
        lines.extend(f"    survived: {each.mutant.name} ({each.mutant.changed}): {each.why}" for each in self.survived)
        if self.unseen:
            lines.append(f"    no claim sees the values of {', '.join(self.unseen)}")
        return "\n".join(lines)


def audit_law(
    law: Law,
    *,
    examples: int = 100,
    seed: int = 0,
    modes: Optional[Sequence[str]] = None,
    progress: Optional[Callable[[Audit], None]] = None,
) -> Audit:
    """Try the mutants of a law's candidate, each in so many examples or until a claim notices it.

    - modes: default: the first of the law's that this cell has, since one is enough to notice.
    - progress: called after each example.

    Raises LawError for ``examples`` below 1 and for cases that cannot be drawn.
    """
    if examples < 1:
        raise LawError(f"examples={examples!r}, but expected at least 1")
    cell = current()
    usable = usable_modes(cell, modes or law.modes)
    audit = Audit(law, cell, executions(usable if modes else usable[:1], law.dimensions))
    started = time.monotonic()
    drawn = _drawn(law, audit.ways, examples, seed)
    choices = settings.choices_of(case for case, _ in drawn)
    known: Dict[Tuple[str, str], Outcome] = {}
    for case, way in drawn:
        audit.note(case)
        reference, candidate = Source("reference", law.reference, case), Source("candidate", law.candidate, case)
        seeded = seed_of(case)
        with tried(
            reference, candidate, inputs_of(case), way, pair=law.pair, seed=seeded, once=True, trusted=True
        ) as trial:
            sample = Sample(trial, choices)
            for mutant in (mutant for kind in KINDS for mutant in kind.mutants(sample)):
                known.setdefault((mutant.kind, mutant.name), _started(law, mutant))
            example = _Example(audit, trial, case, way)
            for outcome in known.values():
                if outcome.open:
                    example.attempt(outcome)
        audit.seconds = time.monotonic() - started
        if progress is not None:
            progress(audit)
    names = [kind.KIND for kind in KINDS]
    audit.outcomes = sorted(known.values(), key=lambda each: names.index(each.mutant.kind))
    seen = {each.mutant.variable for each in audit.killed}
    for outcome in audit.outcomes:
        outcome.conclude(seen=outcome.mutant.variable in seen)
    if not audit.killed and not audit.survived:
        audit.problems.append("no mutant could be killed, so nothing shows that the law can fail")
    return audit


def _started(law: Law, mutant: Mutant) -> Outcome:
    if mutant.needs and not {claim.name for claim in law.claims} & set(mutant.needs):
        return Outcome(mutant, "not claimed", why=f"the law does not claim {' or '.join(mutant.needs)}")
    return Outcome(mutant)


def _drawn(law: Law, ways: Sequence[Execution], examples: int, seed: int) -> List[Tuple[Any, Execution]]:
    found: List[Tuple[Any, Execution]] = []

    @hypothesis.seed(seed)
    @hypothesis.settings(
        max_examples=examples,
        phases=[hypothesis.Phase.generate],
        database=None,
        deadline=None,
        derandomize=False,
        print_blob=False,
    )
    @hypothesis.given(case=law.cases, execution=one_of_ways(ways))
    def note(case: Any, execution: Execution) -> None:
        found.append((case, execution))

    try:
        note()
    except (FailedHealthCheck, Unsatisfiable) as error:
        raise LawError(f"the cases of law {law.name} cannot be drawn from: {error}") from error
    return found


@dataclass
class _Example:
    """The law as it is on one example, in which mutants are tried."""

    audit: Audit
    trial: Trial
    case: Any
    way: Execution
    _found: Dict[str, Finding] = field(default_factory=dict)

    def attempt(self, outcome: Outcome) -> None:
        """Try a mutant, and note what came of it."""
        mutant, trial = outcome.mutant, self.trial
        if mutant.rounds and outcome.examples >= ENOUGH_TO_ROUND and "bits" not in self._claimed:
            return
        candidate = None if mutant.candidate is None else mutant.candidate(trial)
        values = None if mutant.values is None or not trial.ran else mutant.values(trial)
        if candidate is None and values is None:
            return
        if values is not None and same_values(trial.values[1], values):
            outcome.leave()
            return
        try:
            self._judge(outcome, trial.varied(candidate, values))
        except LikewiseError as error:  # it was changed into something that likewise does not take
            outcome.kill(self.audit.examples, None, str(error))

    def _judge(self, outcome: Outcome, mutated: Trial) -> None:
        findings: List[Finding] = []
        for claim in self._claims(mutated):
            finding = claim.compare(mutated)
            findings.append(finding)
            if not finding.holds and self._should_hold(claim):
                lines = finding.message.splitlines()
                outcome.kill(self.audit.examples, claim.name, lines[0] if lines else "")
                return
        for claim in self._claims(mutated) if outcome.mutant.unsteady else ():
            finding = steady(claim.name, mutated, STEADIED)  # as for the first example of a run
            if claim.name == "outputs" and not finding.holds and self._should_hold(claim):
                outcome.kill(self.audit.examples, claim.name, finding.message)
                return
        # What breaks as it does without the mutant tells nothing of it.
        findings = [finding for finding in findings if finding.holds or not self._breaks_alike(finding)]
        what = changed(self.trial, mutated)
        if outcome.mutant.variable and not what:
            what = NOTHING_COMPUTED
        rounds = (
            bool(what)
            and not outcome.mutant.variable
            and is_rounding(self.trial, mutated, findings, by_its_making=outcome.mutant.rounds)
        )
        untold = any(not finding.holds for finding in findings)
        outcome.survive(what, refused=mutated.candidate.refusal is not None, rounds=rounds, untold=untold)

    @property
    def _claimed(self) -> List[str]:
        return [claim.name for claim in self.audit.law.claims]

    def _claims(self, trial: Trial) -> List[Claim]:
        claims = [claim for claim in self.audit.law.claims if claim.why_not(self.audit.cell) is None]
        # As a comparison does: where a side raises, refusal is looked at unasked.
        return claims if trial.ran or refusal.name in self._claimed else [*claims, refusal]

    def _should_hold(self, claim: Claim) -> bool:
        """Whether the claim holds for the law as it is, here; what breaks anyway notices no mutant."""
        if declared_breaks(self.audit.law, self.audit.cell, claim.name, self.case, self.way):
            return False
        found = self._without_mutant(claim)
        if not found.holds:
            problem = f"{claim.name} does not hold without any mutant; see: likewise run {self.audit.law.name}"
            if problem not in self.audit.problems:
                self.audit.problems.append(problem)
        return found.holds

    def _breaks_alike(self, finding: Finding) -> bool:
        if finding.max_ulp is not None:
            return False  # its message tells of the farthest entry alone
        claims = [claim for claim in self.audit.law.claims if claim.name == finding.claim]
        return any(self._without_mutant(claim).message == finding.message for claim in claims)

    def _without_mutant(self, claim: Claim) -> Finding:
        if claim.name not in self._found:
            self._found[claim.name] = claim.compare(self.trial)
        return self._found[claim.name]
