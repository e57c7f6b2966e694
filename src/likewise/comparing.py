"""Two implementations and a case, all the way to a comparison."""

from __future__ import annotations

import inspect
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, Generator, Iterable, Iterator, List, Mapping, Optional, Sequence, Tuple

from likewise.cell import current
from likewise.claims import Claim, of_numbers, stackable
from likewise.claims.outputs import outputs
from likewise.claims.refusal import refusal
from likewise.claims.shapes import shapes
from likewise.claims.variables import variables
from likewise.comparison import Comparison, Finding, merged
from likewise.errors import InputError, NotEquivalent
from likewise.execution import Execution, executions, usable_modes
from likewise.explaining.explained import explained_in
from likewise.inputs import inputs_of, seed_of
from likewise.pairing import Pairing
from likewise.program import NO_CASE, Source
from likewise.redrawing.stacking import independent, stacked
from likewise.trial import Reweigh, Trial, shared, tried

__all__ = ["DEFAULT_CLAIMS", "assert_equivalent", "compare", "compare_draws", "compare_in"]

#: What "the same network" means where nothing else is said.
DEFAULT_CLAIMS = (refusal, variables, shapes, outputs)


def compare(
    reference: Any,
    candidate: Any,
    case: Any = NO_CASE,
    *,
    inputs: Any = None,
    claims: Sequence[Claim] = DEFAULT_CLAIMS,
    modes: Optional[Sequence[str]] = None,
    dimensions: Sequence[str] = ("static", "unknown"),
    pair: Optional[Mapping[str, str]] = None,
    seed: Optional[int] = None,
    explain: bool = False,
) -> Comparison:
    """Run both implementations with the same weights and inputs, and compare them.

    - reference, candidate: implementations, that is functions ``case -> callable`` (without
      arguments where no case is given); or built layers or models; or, where no case is given,
      functions of the inputs that make their layers while they are called.
    - case: what both are built for; its attribute ``inputs`` is what they are fed with.
    - inputs: instead of the case's: a tensor, or a nested tuple, list or dict of tensors. A tuple
      is handed over one by one (to a Keras layer or model as a list), all else as one argument.
    - claims: what must agree. Where a side raises, ``refusal`` is looked at unasked.
    - modes: "eager", "function", "session", "xla"; default: all that this cell has but xla.
    - dimensions: what graphs know of the inputs' shapes: "static" all, "batch" all but the
      batch, "steps" neither batch nor steps, "unknown" only channels.
    - pair: names of variables, reference → candidate, that belong together.
    - seed: of the values that the variables get; default: the case's attribute ``seed``, else 0.
    - explain: where they differ, find the first layer that does, and whether another order of the variables mends it.

    Raises ImplementationError, InputError or CellError where the question itself is wrong.
    """
    cell = current()
    sources = Source("reference", reference, case), Source("candidate", candidate, case)
    if modes is None:
        modes = usable_modes(cell)
        if any(source.built for source in sources) and cell.behavior == "v2":
            modes = tuple(mode for mode in modes if mode != "session")
    ways = executions(usable_modes(cell, modes), dimensions)
    comparison = compare_in(ways, *sources, inputs=inputs, claims=claims, pair=pair, seed=seed)
    if comparison or not explain:
        return comparison
    return _explained(comparison, ways, *sources, inputs=inputs, pair=pair, seed=seed)


def _explained(
    comparison: Comparison,
    ways: Sequence[Execution],
    reference: Source,
    candidate: Source,
    *,
    inputs: Any,
    pair: Optional[Mapping[str, str]],
    seed: Optional[int],
) -> Comparison:
    """The comparison with its explanation, in the execution in which the first claim breaks."""
    broken = [finding.execution for finding in comparison.broken]
    way = next((way for way in ways if str(way) in broken), None)
    if way is None:
        return comparison
    fed, seed = inputs_of(reference.case, inputs), seed_of(reference.case) if seed is None else seed
    return replace(comparison, explanation=explained_in(way, reference, candidate, fed, pair=pair, seed=seed))


def compare_in(
    ways: Iterable[Execution],
    reference: Source,
    candidate: Source,
    *,
    inputs: Any = None,
    claims: Sequence[Claim],
    pair: Optional[Mapping[str, str]] = None,
    seed: Optional[int] = None,
    reweigh: Optional[Reweigh] = None,
) -> Comparison:
    """``compare`` in the given executions; ``reweigh`` is that of ``trial.tried``."""
    ways = list(ways)
    if not claims or not ways:
        raise InputError(
            f"claims={list(claims)!r} and executions={ways!r}: nothing would be compared; "
            "give at least one claim and one mode"
        )
    fed = inputs_of(reference.case, inputs)
    seed = seed_of(reference.case) if seed is None else seed
    findings: List[Finding] = []
    pairings: List[Pairing] = []
    for execution in ways:
        with tried(reference, candidate, fed, execution, pair=pair, seed=seed, reweigh=reweigh) as trial:
            findings.extend(_findings(trial, claims))
            if trial.ran:
                pairings.append(trial.pairing)
    return _comparison(ways, reference, candidate, findings, pairings)


def compare_draws(
    way: Execution,
    reference: Source,
    candidate: Source,
    cases: Sequence[Any],
    *,
    claims: Sequence[Claim],
    pair: Optional[Mapping[str, str]] = None,
    once: bool = False,
    stack: bool = False,
) -> Generator[Tuple[Sequence[Any], Comparison], None, None]:
    """``compare`` in one execution for the sources' case, and then for further cases of its structure.

    Both sides are built once. For the further cases those claims are made that are ``of_numbers``, and none where a
    side refuses the first. Each comparison comes with the cases that it is of. To be closed by whoever does not take
    all.

    - once: that of ``trial.tried``.
    - stack: run the further cases in one call, where no entry of the batch sees another; else none of them. They have
      the first's ``seed``.
    """
    fed, seed = inputs_of(reference.case), seed_of(reference.case)
    with tried(reference, candidate, fed, way, pair=pair, seed=seed, once=once) as trial:
        first = _comparison([way], reference, candidate, _findings(trial, claims), [trial.pairing] if trial.ran else [])
        yield [reference.case], first
        draws = _Draws(trial, reference, candidate, [claim for claim in claims if of_numbers(claim)])
        if trial.ran and draws.claims:
            yield from draws.stacked(cases) if stack else draws.in_turn(cases)


@dataclass(frozen=True)
class _Draws:
    """Further cases of a trial's structure, compared by its two programs."""

    trial: Trial
    reference: Source
    candidate: Source
    claims: Sequence[Claim]

    def in_turn(self, cases: Sequence[Any]) -> Iterator[Tuple[Sequence[Any], Comparison]]:
        """Each by itself."""
        for case in cases:
            yield [case], self._alone(case)

    def stacked(self, cases: Sequence[Any]) -> Iterator[Tuple[Sequence[Any], Comparison]]:
        """All in one call, where that can be; where a claim breaks then, a case for which it may break alone."""
        comparison = self._together(cases)
        if comparison:
            yield cases, comparison
        elif comparison is not None:
            while len(cases) > 1:
                half = cases[: len(cases) // 2]
                comparison = self._together(half)
                cases = cases[len(half) :] if comparison or comparison is None else half
            yield from self.in_turn(cases)

    def _alone(self, case: Any) -> Comparison:
        values = shared(self.trial.pairing, seed_of(case))
        return self._told(case, self.trial.given(inputs=inputs_of(case), values=values), self.claims)

    def _together(self, cases: Sequence[Any]) -> Optional[Comparison]:
        """Their comparison as one batch; None where they cannot be stacked."""
        claims = [claim for claim in self.claims if stackable(claim)]
        whole = stacked([self.trial.inputs, *map(inputs_of, cases)]) if cases and claims else None
        other = None if whole is None else self.trial.given(inputs=whole)
        if other is None or not other.ran or not independent(self.trial, other, 1 + len(cases)):
            return None
        return self._told(cases[0], other, claims)

    def _told(self, case: Any, trial: Trial, claims: Sequence[Claim]) -> Comparison:
        again = replace(self.reference, case=case)
        return _comparison([trial.execution], again, self.candidate, _findings(trial, claims), [trial.pairing])


def _findings(trial: Trial, claims: Sequence[Claim]) -> List[Finding]:
    cell, found = current(), []
    for claim in claims:
        reason = claim.why_not(cell)
        found.append(Finding(claim.name, None, message=reason) if reason else claim.compare(trial))
    if not trial.ran and refusal.name not in [claim.name for claim in claims]:
        found.append(refusal.compare(trial))
    return [finding.at(str(trial.execution)) for finding in found]


def _comparison(
    ways: Sequence[Execution],
    reference: Source,
    candidate: Source,
    findings: Sequence[Finding],
    pairings: Sequence[Pairing],
) -> Comparison:
    return Comparison(
        claims=merged(findings),
        renames=pairings[0].renames if pairings else {},
        modes=tuple(str(execution) for execution in ways),
        reference=reference.title,
        candidate=candidate.title,
        cell=str(current()),
        case="" if reference.case is NO_CASE else repr(reference.case),
        pairs=pairings[0].table() if pairings else (),
    )


def assert_equivalent(
    reference: Any,
    candidate: Any,
    case: Any = NO_CASE,
    *,
    inputs: Any = None,
    claims: Sequence[Claim] = DEFAULT_CLAIMS,
    modes: Optional[Sequence[str]] = None,
    dimensions: Sequence[str] = ("static", "unknown"),
    pair: Optional[Mapping[str, str]] = None,
    seed: Optional[int] = None,
) -> Comparison:
    """``compare``, raising NotEquivalent (an AssertionError) where the two differ; its text explains why."""
    __tracebackhide__ = True
    compared = partial(
        compare,
        reference,
        candidate,
        case,
        inputs=inputs,
        claims=claims,
        modes=modes,
        dimensions=dimensions,
        pair=pair,
        seed=seed,
    )
    comparison = compared()
    if not comparison:
        raise NotEquivalent(comparison, lambda: None if _in_hypothesis() else compared(explain=True))
    return comparison


def _in_hypothesis() -> bool:
    """Whether Hypothesis is at work: it takes the text of failures that it never shows."""
    frame = inspect.currentframe()
    while frame is not None:
        if str(frame.f_globals.get("__name__")).startswith("hypothesis."):
            return True
        frame = frame.f_back
    return False
