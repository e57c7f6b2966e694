"""Whether a case breaks a law: both sides built once, and tried with several draws of data."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Callable, List, Mapping, Optional, Sequence

from hypothesis.errors import InvalidArgument

from likewise.cell import current
from likewise.claims import Claim
from likewise.claims.refusal import refusal
from likewise.comparison import Finding
from likewise.errors import InputError
from likewise.execution import Execution
from likewise.explaining.naming import normal
from likewise.inputs import Inputs, inputs_of, seed_of
from likewise.program import Source
from likewise.trial import Trial, shared, tried

__all__ = ["Nearby"]

#: With how many draws of data a case is tried before it is said to pass.
DRAWS = 6


@dataclass
class Nearby:
    """Tries cases in one execution.

    - declared: whether a claim is known to break for a case, which is no failure.
    - lively: whether the floating-point inputs are drawn anew, as normal ones: the cases that are drawn have zeros and
      constants among them, with which little shows.
    """

    way: Execution
    reference: Callable[[Any], Any]
    candidate: Callable[[Any], Any]
    claims: Sequence[Claim]
    pair: Optional[Mapping[str, str]]
    declared: Callable[[str, Any], bool]
    lively: bool = True

    def fails(self, case: Any) -> Optional[bool]:
        """Whether a claim breaks that should hold; None where both sides refuse the case, or it is none."""
        try:
            return self._fails(case, inputs_of(case))
        except (InputError, InvalidArgument):  # a neighbour may have settings that do not fit each other: it is no case
            return None

    def _fails(self, case: Any, inputs: Inputs) -> Optional[bool]:
        sources = Source("reference", self.reference, case), Source("candidate", self.candidate, case)
        if self.lively:
            inputs = normal(inputs, 0)
        seed, compared = seed_of(case), False
        with tried(*sources, inputs, self.way, pair=self.pair, seed=seed, once=True, trusted=True) as trial:
            for draw in range(DRAWS if self.lively else 1):
                again = trial
                if draw:
                    values = shared(trial.pairing, seed + draw)
                    again = trial.given(inputs=normal(inputs, draw), values=values)
                findings = self._findings(again)
                if any(not finding.holds and not self.declared(finding.claim, case) for finding in findings):
                    return True
                compared = compared or any(finding.verdict in ("identical", "rounding") for finding in findings)
                if not trial.ran:
                    break
        return False if compared else None

    def _findings(self, trial: Trial) -> List[Finding]:
        claims = [claim for claim in self.claims if claim.why_not(current()) is None]
        found = [claim.compare(trial) for claim in claims]
        if not trial.ran and refusal.name not in [claim.name for claim in self.claims]:
            found.append(refusal.compare(trial))
        return found
