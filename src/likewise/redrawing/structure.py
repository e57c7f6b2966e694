"""A structure that was built, compared for its case and for others; the last few are kept."""

from __future__ import annotations

import contextlib
from collections import OrderedDict
from dataclasses import replace
from typing import Any, Hashable, Iterator, Mapping, Optional, Sequence, Tuple

from likewise.claims import Claim, of_numbers, stackable
from likewise.comparing import comparison_of, findings_of
from likewise.comparison import Comparison
from likewise.execution import Execution
from likewise.inputs import inputs_of, seed_of
from likewise.judging import steady
from likewise.program import Source
from likewise.redrawing.stacking import independent, stacked
from likewise.trial import Trial, shared, tried

__all__ = ["Compared", "Kept", "Structure"]

#: Cases and what they came to, as one.
Compared = Tuple[Sequence[Any], Comparison]

#: How many structures are kept: as many as Hypothesis goes back to while it shrinks.
KEPT = 8


class Structure:
    """Both sides built in one execution for the sources' case, which is compared at once. To be closed.

    Of the further cases of this structure those claims are made that are ``of_numbers``; none where a side refuses the
    first case.

    - once, trusted: those of ``trial.tried``.
    """

    def __init__(
        self,
        way: Execution,
        reference: Source,
        candidate: Source,
        *,
        claims: Sequence[Claim],
        pair: Optional[Mapping[str, str]] = None,
        once: bool = False,
        trusted: bool = False,
    ) -> None:
        self._way = way
        self._reference, self._candidate = reference, candidate
        case = reference.case
        with contextlib.ExitStack() as stack:
            inputs, seed = inputs_of(case), seed_of(case)
            self._trial: Trial = stack.enter_context(
                tried(reference, candidate, inputs, way, pair=pair, seed=seed, once=once, trusted=trusted)
            )
            self.first = self._told(case, self._trial, claims)
            self._stack = stack.pop_all()
        self._claims = [claim for claim in claims if of_numbers(claim)] if self._trial.ran else []

    def close(self) -> None:
        """Let both programs go."""
        self._stack.close()

    @property
    def trial(self) -> Trial:
        """That of the first case."""
        return self._trial

    @property
    def serves(self) -> bool:
        """Whether it can stand for other cases of its structure: no claim broke but those that are made for each."""
        numbers = {claim.name for claim in self._claims}
        return bool(numbers) and numbers.issuperset(finding.claim for finding in self.first.broken)

    def again(self) -> Iterator[Compared]:
        """The first case once more, which tells what the programs compute where it runs eagerly."""
        for side in self._trial.sides:
            side.listen()
        yield from self.in_turn([self._reference.case])

    def steadied(self, times: int) -> Iterator[Compared]:
        """The first case, both programs run so many times more from the same values, where outputs are compared."""
        if times and "outputs" in {claim.name for claim in self._claims}:
            found = replace(steady("outputs", self._trial, times), execution=str(self._way))
            case = self._reference.case
            yield [case], comparison_of([self._way], self._reference, self._candidate, [found], [self._trial.pairing])

    def in_turn(self, cases: Sequence[Any]) -> Iterator[Compared]:
        """The comparison of each case by itself."""
        for case in cases if self._claims else ():
            values = shared(self._trial.pairing, seed_of(case))
            trial = self._trial.given(inputs=inputs_of(case), values=values)
            yield [case], self._told(case, trial, self._claims)

    def at_once(self, cases: Sequence[Any]) -> Iterator[Compared]:
        """All in one call, where that can be; where a claim breaks then, a case for which it may break alone.

        They have the first case's ``seed``.
        """
        comparison = self._together(cases)
        if comparison:
            yield cases, comparison
        elif comparison is not None:
            while len(cases) > 1:
                half = cases[: len(cases) // 2]
                comparison = self._together(half)
                cases = cases[len(half) :] if comparison or comparison is None else half
            yield from self.in_turn(cases)

    def _together(self, cases: Sequence[Any]) -> Optional[Comparison]:
        """Their comparison as one batch; None where they cannot be stacked."""
        claims = [claim for claim in self._claims if stackable(claim)]
        whole = stacked([self._trial.inputs, *map(inputs_of, cases)]) if cases and claims else None
        trial = None if whole is None else self._trial.given(inputs=whole)
        if trial is None or not trial.ran or not independent(self._trial, trial, 1 + len(cases)):
            return None
        return self._told(cases[0], trial, claims)

    def _told(self, case: Any, trial: Trial, claims: Sequence[Claim]) -> Comparison:
        again = replace(self._reference, case=case)
        pairings = [trial.pairing] if trial.ran else []
        return comparison_of([self._way], again, self._candidate, findings_of(trial, claims), pairings)


class Kept:
    """The structures that were built last, each with what it is known by; what is let go is closed."""

    def __init__(self) -> None:
        self._kept: OrderedDict[Hashable, Structure] = OrderedDict()

    def of(self, key: Hashable) -> Optional[Structure]:
        """The structure that is known by this."""
        found = self._kept.get(key)
        if found is not None:
            self._kept.move_to_end(key)
        return found

    def keep(self, key: Hashable, structure: Structure) -> None:
        """Keep one that is not kept so far, in the place of the one that nobody asked for longest."""
        self._kept[key] = structure
        while len(self._kept) > KEPT:
            self._kept.popitem(last=False)[1].close()

    def clear(self) -> None:
        """Let all go."""
        while self._kept:
            self._kept.popitem()[1].close()
