"""A law tried on many cases: examples are drawn, each run in one execution, all tallied.

An example is a case and an execution, since structures are what costs: the modes share the
examples, and Hypothesis shrinks towards eager execution.
"""

from __future__ import annotations

import contextlib
import functools
import math
import time
import unittest
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Callable, Dict, Iterable, List, Optional, Sequence, Set, Tuple

import hypothesis
import numpy as np
from hypothesis import strategies as st
from hypothesis.errors import Flaky

from likewise.cell import Cell, matches
from likewise.claims import Claim, of_numbers
from likewise.claims.refusal import refusal
from likewise.comparing import compare_in
from likewise.comparison import Comparison, Finding, merged
from likewise.errors import LawError, NotEquivalent
from likewise.errors.raised import said, type_of
from likewise.evidence.decisions import Decisions
from likewise.evidence.gathering import Evidence
from likewise.evidence.living import Living
from likewise.execution import Execution, weighted
from likewise.explaining.explained import explained_of
from likewise.explaining.nearby import Nearby
from likewise.explanation import Explanation, Smallest
from likewise.inputs import Inputs, inputs_of
from likewise.listening import pulse
from likewise.pairing import Pairing
from likewise.program import Source
from likewise.redrawing.draws import Draws
from likewise.redrawing.structure import Compared
from likewise.releasing import release, spare
from likewise.sharding.shard import Part, Shard
from likewise.tally import Tally
from likewise.trial import Reweigh, Trial, Values

if TYPE_CHECKING:
    from likewise.law import Break, Law

__all__ = ["LawRun", "TimeIsUp", "Witness", "declared_breaks"]

#: How many more cases are drawn to find a declared break, beyond the law's own examples; those that its condition
#: leaves out cost next to nothing.
SEARCH = 1000

#: From how many ULPs on Hypothesis is driven towards a greater distance.
PUSHED = 16

#: After as many examples each memory is given back, which takes as long as two of them.
RELEASED = 250

#: What a time budget goes by.
clock = time.monotonic


@dataclass
class LawRun:
    """What a run of a law in this cell came to.

    ``problems`` is empty where the law behaved as declared. ``failure`` is the smallest example
    that broke it where it should hold; ``witnesses`` holds the smallest counterexample of each
    declared break, by claim. ``budget`` is how many seconds there are, None for no end of them;
    ``seconds`` how many it took, all imported before. ``shard`` is which of several processes this one is,
    None where it runs all; ``asked`` how many examples there will be, None where time decides; ``whole`` whether it
    judges the law as a whole; ``narrowed`` whether somebody chose fewer executions than the law has: what these do not
    compare is no problem of the run, as its findings say so.
    """

    law: Law
    cell: Cell
    ways: Sequence[Execution]
    budget: Optional[float] = None
    shard: Optional[Shard] = None
    asked: Optional[int] = None
    whole: bool = True
    narrowed: bool = False
    examples: int = 0
    seconds: float = 0.0
    findings: Dict[str, Finding] = field(default_factory=dict)
    renames: Dict[str, str] = field(default_factory=dict)
    problems: List[str] = field(default_factory=list)
    failure: Optional[Witness] = None
    witnesses: Dict[str, Witness] = field(default_factory=dict)
    tally: Tally = field(default_factory=Tally)
    _draws: Draws = field(init=False)
    _modes: Set[Execution] = field(default_factory=set)
    _last_case: Any = None
    #: The least ``naming`` of the executions that had renames.
    _renamed: Optional[int] = None
    _shown: Set[int] = field(default_factory=set)
    _searched: List[Break] = field(default_factory=list)
    _others: List[Part] = field(default_factory=list)
    _deadline: float = math.inf
    _late: bool = False
    #: What was seen of the programs beside what claims compare.
    living: Living = field(default_factory=Living)
    decisions: Decisions = field(default_factory=Decisions)
    #: The cases that failed in data drawn after theirs, with those data: the same case has to fail again.
    _failed: Dict[str, Any] = field(default_factory=dict)
    #: The case that was run before anything was known of the programs; it stays as it is.
    _unmarked: str = ""
    #: Whether each program is called a second time, for that is where one failed.
    _called_twice: bool = False
    #: Whether each program is run many times from the same values, for that is where one failed.
    _steadied: bool = False

    def __post_init__(self) -> None:
        self._draws = Draws(self.law, self.asked)

    def ran_in(self, way: Execution) -> None:
        """Note that an example was run in an execution."""
        self._modes.add(way)

    @property
    def ok(self) -> bool:
        """Whether the law behaved as declared."""
        return not self.problems

    @property
    def structures(self) -> int:
        """How many different structures were built."""
        return len(self.tally.structures)

    @property
    def cases(self) -> int:
        """How many different cases were tried; an example is one in one execution, or several of one structure."""
        return len(self.tally.cases)

    @property
    def modes(self) -> List[str]:
        """The executions that were run, in the order in which they were asked for."""
        return [str(way) for way in self.ways if way in self._modes]

    @property
    def breaks(self) -> List[Break]:
        """The declared breaks that apply here, in any of the executions, of claims that this cell can observe."""
        return [
            each
            for each in self.law.breaks
            if each.claim.why_not(self.cell) is None and any(map(self._applying(each), self.ways))
        ]

    def _applying(self, declared: Break) -> Callable[[Execution], bool]:
        return functools.partial(_applies, declared, self.cell)

    def try_example(self, case: Any, way: Execution) -> None:
        """Run one example; raises NotEquivalent where a claim breaks that should hold.

        Its structure is run with further draws of data, of which the first that fails is the failure. Raises LawError
        where it does not fail by itself.
        """
        __tracebackhide__ = True
        spare()
        self.examples += 1
        pulse.beat(case, way, examples=self.examples)
        if self.examples % RELEASED == 0:
            self._draws.close()
            release()
        first, once = way not in self._modes, not self._called_twice
        key = f"{way} {case!r}"
        self._unmarked = self._unmarked or key
        if key != self._unmarked:
            case = self._draws.with_landmarks(case)
        if key in self._failed:
            self._fail_with(self._failed[key], way, once=once)
        with self._draws.example(case, way, once=once, trusted=not first) as example:
            failing, ulps = self._first_failing(example.compared, way)
            if failing is None and first and not way.traits.graphs:
                # In graphs a program is not called again. Here the first example shows whether it can be.
                failing, _ = self._first_failing(example.again, way)
                self._called_twice = failing is not None
            if failing is None and (first or self._steadied):
                failing, _ = self._first_failing(example.steadied, way)
                self._steadied |= failing is not None
            if failing is None and example.built:
                self._look(example.trial, case)
        _push(ulps)
        if failing is not None and failing.case is not case:
            self._draws.always_stacked = True  # so that Hypothesis, which knows the first case alone, finds it again
            self._failed[key] = failing.case
        if failing is not None and not (example.built and failing.case is case):
            self._fail_with(failing.case, way, once=once)
            raise LawError(
                f"law {self.law.name} differs in {way} for data that are run after others, and not by themselves; "
                "an implementation must not build by fields of the case that are data (a tensor's kind, a seed), "
                f"nor keep anything but variables from call to call: case={case!r}"
            )
        if failing is not None:
            self._fail(failing)

    def _fail_with(self, case: Any, way: Execution, *, once: bool) -> None:
        """Run a case by itself; raises NotEquivalent where it fails."""
        __tracebackhide__ = True
        failing, _ = self._first_failing([([case], self._draws.alone(case, way, once=once))], way)
        if failing is not None:
            self._fail(failing)

    def _fail(self, failing: Witness) -> None:
        """Raises NotEquivalent; all from this line, by which Hypothesis tells failures apart."""
        __tracebackhide__ = True
        self.failure = failing
        raise NotEquivalent(failing.comparison)

    def _look(self, trial: Trial, case: Any) -> None:
        """Look at what the outputs depend on, as long as not all of that is known."""
        self.living.look(trial, lambda: self._draws.inputs_like(case, 2))
        self.decisions.look(trial, lambda: self._draws.compared_beside(case, trial.execution))
        self._draws.learn(self.living.constants or (), self.living.sizes)

    def _first_failing(self, compared: Iterable[Compared], way: Execution) -> Tuple[Optional[Witness], int]:
        """The first case for which a claim breaks that should hold, of these, all of one structure; None for none.

        And the largest distance between both sides, in ULPs, of what may yet turn out to be no rounding: where float64
        says that it is, a greater distance says no more.
        """
        ulps = 0
        for tried, comparison in compared:
            self._tally(tried, way, comparison)
            case = tried[0]
            unsure = [each for each in comparison.claims.values() if each.way not in ("", "float64", "error bars")]
            ulps = max([ulps, *(finding.max_ulp or 0 for finding in unsure)])
            for finding in comparison.broken:
                if not self._is_declared(finding.claim, case, way, comparison):
                    return Witness(case, way, finding.claim, comparison), ulps
        return None, ulps

    def _tally(self, cases: Sequence[Any], way: Execution, comparison: Comparison) -> None:
        self.tally.note(cases)
        self.ran_in(way)
        self._last_case = cases[0]
        self.findings = merged([*self.findings.values(), *comparison.claims.values()])
        if comparison.renames and (self._renamed is None or way.traits.naming < self._renamed):
            self.renames, self._renamed = dict(comparison.renames), way.traits.naming

    def _is_declared(self, claim: str, case: Any, way: Execution, comparison: Comparison) -> bool:
        declared = declared_breaks(self.law, self.cell, claim, case, way)
        self._shown.update(declared)
        if declared:
            found = Witness(case, way, claim, comparison)
            known = self.witnesses.get(claim)
            if known is None or found.size < known.size:
                self.witnesses[claim] = found
        return bool(declared)

    def explain(self) -> None:
        """Find out why the failure is one, and note it there; it takes up to a minute."""
        if self.failure is None:
            return
        failure, law = self.failure, self.law
        claims = {claim.name: claim for claim in (refusal, *law.claims)}
        nearby = Nearby(
            failure.way,
            law.reference,
            law.candidate,
            law.claims,
            law.pair,
            declared=lambda claim, case: bool(declared_breaks(self.law, self.cell, claim, case, failure.way)),
        )
        found = explained_of(failure.case, law.cases, nearby, claims[failure.claim])
        if isinstance(found.smallest, Smallest):
            failure = self._with(failure, found.smallest)
        self.failure = replace(failure, comparison=replace(failure.comparison, explanation=found))

    def _with(self, failure: Witness, smallest: Smallest) -> Witness:
        """The failure with these data, if the same claim breaks."""
        law, case = self.law, failure.case
        inputs = Inputs(smallest.inputs, inputs_of(case).axes)

        def reweigh(_: Pairing, __: Values) -> Values:
            return smallest.values

        comparison = compare_in(
            [failure.way],
            Source("reference", law.reference, case),
            Source("candidate", law.candidate, case),
            inputs=inputs,
            claims=law.claims,
            pair=law.pair,
            reweigh=reweigh,
        )
        if failure.claim not in [finding.claim for finding in comparison.broken]:
            return failure
        return replace(failure, comparison=comparison, inputs=inputs, reweigh=reweigh)

    def is_shown(self, declared: Break) -> bool:
        """Whether a counterexample of this very break was found."""
        return any(self.law.breaks[place] is declared for place in self._shown)

    def begin_batch(self) -> None:
        """Forget which kinds data had, so that what a batch of examples is made of depends on no other."""
        self._draws.forget_kinds()

    def try_in_time(self, case: Any, way: Execution) -> None:
        """``try_example`` where there is time for it, else raises TimeIsUp.

        What an example raises is shrunk and told however long it takes.
        """
        __tracebackhide__ = True
        self._check_time()
        try:
            self.try_example(case, way)
        except Exception:
            self._deadline = math.inf
            raise

    def _check_time(self) -> None:
        __tracebackhide__ = True
        if clock() >= self._deadline:
            raise TimeIsUp("no further example may begin")

    def search(self, declared: Break) -> None:
        """Look for a counterexample of a declared break that the examples did not happen to show."""
        ways = [way for way in self.ways if self._applying(declared)(way)]

        @hypothesis.settings(
            max_examples=SEARCH,
            phases=[hypothesis.Phase.generate],
            database=None,
            deadline=None,
            derandomize=True,
            print_blob=False,
            suppress_health_check=[hypothesis.HealthCheck.too_slow],  # drawing is; running is slower
        )
        @hypothesis.given(
            case=self.law.cases if declared.cases is None else declared.cases,
            execution=st.sampled_from(weighted(ways)),
        )
        def look(case: Any, execution: Execution) -> None:
            self._check_time()
            # Passed over rather than filtered out: a rare condition is no fault of the cases.
            if not self.is_shown(declared) and (declared.when is None or declared.when(case)):
                self.try_in_time(case, execution)
            if self.is_shown(declared):
                raise _Shown  # ends the search, once Hypothesis has seen it twice

        with contextlib.suppress(_Shown):
            look()
        self._searched.append(declared)

    def try_missing_ways(self) -> None:
        """Run the executions that no example happened to draw, on the last case."""
        __tracebackhide__ = True
        for way in self.ways:
            if way not in self._modes:
                self.try_in_time(self._last_case, way)

    def complete(self, batches: Iterable[None]) -> None:
        """Try the examples, then the executions and the breaks that they left out, and judge.

        - batches: tries a batch of examples with each step.

        Raises NotEquivalent where a claim breaks that should hold, with all noted here.
        """
        __tracebackhide__ = True
        started = clock()
        self.whole = self.shard is None
        ended = False
        if self.budget is not None:
            self._deadline = started + self.budget
        try:
            for _ in batches:
                if self.budget is not None:  # later there may be no time left
                    self._fill_in()
            ended = True
            self._end()
        except TimeIsUp:
            self._late = True
        except Flaky as error:
            self.problems.append(f"the same example gave another result when it was run again: {error}")
        except NotEquivalent:
            raise  # it is in self.failure
        except BaseException as error:
            self.problems.append(f"stopped by {type_of(error)}: {said(error)}")
            raise
        finally:
            self._draws.close()
            self.seconds = clock() - started
            if self.shard is not None and not ended:
                self.shard.end(self._part(failed=True))
            self.judge()

    def _end(self) -> None:
        """Complete the whole, where it falls to this process: to the shard that ends last, if none has failed."""
        __tracebackhide__ = True
        if self.shard is not None:
            others = self.shard.end(self._part(failed=False))
            if others is None or any(each.failed for each in others):
                return
            self._others = others
            for each in others:
                self._modes.update(way for way in self.ways if str(way) in each.executions)
                self._shown.update(each.shown)
            self.whole = True
        self._fill_in()

    def _part(self, *, failed: bool) -> Part:
        compared = [claim for claim, finding in self.findings.items() if finding.compared]
        felt = True if self.living.constant else self.living.felt
        return Part(self.examples, failed, self.modes, sorted(self._shown), compared, "refusal" in self.witnesses, felt)

    def _fill_in(self) -> None:
        """Try what the examples left out; what was tried is not tried again."""
        __tracebackhide__ = True
        self.try_missing_ways()
        for each in self.breaks:
            if not self.is_shown(each) and each not in self._searched and not self._out_of_sight(each.claim):
                self.search(each)

    def judge(self) -> None:
        """Note what is wrong with the run as a whole, once all examples are done; of a mere part, what failed in it."""
        if self.failure is not None:
            self.problems.append(f"{self.failure.claim} does not hold")
        if not self.whole:
            return
        parts = [self._part(failed=False), *self._others]
        examples = sum(part.examples for part in parts)
        compared = {claim for part in parts for claim in part.compared}
        missing = [str(way) for way in self.ways if way not in self._modes] if self._late else []
        if missing:
            self.problems.append(f"no time was left for {', '.join(missing)}; {self._more_time}")
        for each in self.breaks:
            if self.failure is not None or self.is_shown(each) or self._out_of_sight(each.claim):
                continue
            told = f"{each.claim.name} is declared to break where {each.where or 'ever'} ({each.because})"
            if self._late and each not in self._searched:
                self.problems.append(f"no time was left to find that {told}; {self._more_time}")
            else:
                self.problems.append(
                    f"{told}, but it held in all {examples} examples; take the break out, or narrow it"
                )
        if not compared:
            self.problems.append("nothing was compared, so nothing was shown")
        numbers = [claim.name for claim in self.law.claims if of_numbers(claim) and claim.name in compared]
        felt = [part.felt for part in parts if part.felt is not None]
        if self.failure is None and numbers and felt and not any(felt):
            self.problems.append(
                f"{', '.join(numbers)}: the outputs depend on no input in any of {examples} examples, so nothing was "
                "shown; claim other things alone where that is meant, or give inputs that reach the outputs"
            )
        # Of what this cell cannot observe the finding says so.
        observed = [claim.name for claim in self.law.claims if claim.why_not(self.cell) is None]
        unseen = [claim for claim in observed if claim not in compared and not self.narrowed]
        # Where a side refuses everything, as declared, there is nothing else to see.
        if self.failure is None and unseen and not any(part.refused for part in parts):
            self.problems.append(f"{', '.join(unseen)}: not compared in any of {examples} examples")

    @property
    def notes(self) -> List[str]:
        """What was not shown, though nothing is wrong with the run."""
        found = []
        if self.living.constant:
            found.append(
                "the outputs depend on no value of the inputs: they were compared as the constants that they are"
            )
        unfelt = self.living.unfelt
        if self.failure is None and unfelt and (self.living.felt or self.living.constant):
            found.append(f"nothing was shown of {_listed(unfelt)}: the outputs do not depend on it here")
        if self.failure is None and self.decisions.unmet:
            looks = self.decisions.looks
            where = f" in the {looks.taken:,} examples that were looked at" if looks.left_out else ""
            found.append(f"never seen{where}, so not shown: {'; '.join(self.decisions.unmet)}")
        return found

    def _out_of_sight(self, claim: Claim) -> bool:
        """Whether the executions that were chosen have not compared it in any example."""
        found = self.findings.get(claim.name)
        return self.narrowed and (found is None or not found.compared)

    @property
    def _more_time(self) -> str:
        return f"give more --seconds (seconds={self.budget:g}, examples={self.examples})"


@dataclass(frozen=True)
class Witness:
    """A counterexample: the case, the execution, the claim that it breaks and what was found.

    ``inputs`` and ``reweigh`` are what it was run with, where these are not the case's own and the drawn values;
    ``evidence`` is what was seen of it, where that is known already: else it is run again to be written down.
    """

    case: Any
    way: Execution
    claim: str
    comparison: Comparison
    inputs: Optional[Inputs] = None
    reweigh: Optional[Reweigh] = None
    evidence: Optional[Evidence] = None

    @property
    def explanation(self) -> Optional[Explanation]:
        """Why it is one, where that was looked for."""
        return self.comparison.explanation

    @property
    def size(self) -> float:
        """For picking the smallest: entries of the inputs, then the length of its text."""
        shape = getattr(getattr(self.case, "inputs", None), "shape", ())
        return float(np.prod(shape)) + len(repr(self.case)) / 1e6


class TimeIsUp(unittest.SkipTest):
    """The time budget is used up. Hypothesis lets such an exception, meant to skip a test, end its run at once."""


class _Shown(Exception):
    """A break that was searched for has been found."""


def _listed(names: Sequence[str], most: int = 8) -> str:
    more = f" and {len(names) - most} more" if len(names) > most else ""
    return ", ".join(names[:most]) + more


def _push(ulps: int) -> None:
    """Drive Hypothesis's search towards examples in which both sides are farther apart."""
    # (sums in another order are a few apart in any case: to climb there costs double precision at each step)
    if ulps >= PUSHED and hypothesis.currently_in_test_context():
        hypothesis.target(math.log2(1 + ulps), label="distance between both sides, log2 of ULPs")


def declared_breaks(law: Law, cell: Cell, claim: str, case: Any, way: Execution) -> List[int]:
    """The places in ``law.breaks`` of those that say of this example that the claim of this name breaks."""
    return [
        place
        for place, each in enumerate(law.breaks)
        if each.claim.name == claim and _applies(each, cell, way) and (each.when is None or each.when(case))
    ]


def _applies(declared: Break, cell: Cell, way: Execution) -> bool:
    """Whether a break is declared for this cell and execution, whatever the case."""
    return matches(declared.where, {**cell.to_json(), "mode": way.mode, "dimensions": way.dimensions})
