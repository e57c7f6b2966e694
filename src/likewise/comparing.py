"""Two implementations and a case, all the way to a comparison."""

from __future__ import annotations

import inspect
from dataclasses import replace
from functools import partial
from typing import Any, Iterable, List, Mapping, Optional, Sequence, Tuple

from likewise.cell import current
from likewise.claims import Claim
from likewise.claims.outputs import outputs
from likewise.claims.precision import precision
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
from likewise.trial import Reweigh, Trial, tried

__all__ = ["DEFAULT_CLAIMS", "assert_equivalent", "compare", "compare_in", "comparison_of", "findings_of"]

#: What "the same network" means where nothing else is said.
DEFAULT_CLAIMS = (refusal, variables, shapes, outputs, precision)


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
    ways = executions(usable_modes(cell, modes, built=any(source.built for source in sources)), dimensions)
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
    named: List[Tuple[int, Pairing]] = []
    for execution in ways:
        with tried(reference, candidate, fed, execution, pair=pair, seed=seed, reweigh=reweigh) as trial:
            findings.extend(findings_of(trial, claims))
            if trial.ran:
                named.append((execution.traits.naming, trial.pairing))
    pairings = [pairing for _, pairing in sorted(named, key=lambda each: each[0])]
    return comparison_of(ways, reference, candidate, findings, pairings)


def findings_of(trial: Trial, claims: Sequence[Claim]) -> List[Finding]:
    """What these claims find in a trial; where a side raises, ``refusal`` is looked at unasked."""
    cell, found = current(), []
    for claim in claims:
        reason = claim.why_not(cell)
        found.append(Finding(claim.name, None, message=reason) if reason else claim.compare(trial))
    if not trial.ran and refusal.name not in [claim.name for claim in claims]:
        found.append(refusal.compare(trial))
    return [finding.at(str(trial.execution)) for finding in found]


def comparison_of(
    ways: Sequence[Execution],
    reference: Source,
    candidate: Source,
    findings: Sequence[Finding],
    pairings: Sequence[Pairing],
) -> Comparison:
    """What the findings in these executions come to; the first of the pairings tells which variable is which."""
    return Comparison(
        claims=merged(findings),
        renames=next(filter(None, (pairing.renames for pairing in pairings)), {}),
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
