"""Both sides raise, or neither does: errors are results."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Optional

from likewise.cell import Cell
from likewise.comparison import Finding
from likewise.trial import Trial

__all__ = ["Refusal", "both_refuse", "refusal"]


@dataclass(frozen=True)
class Refusal:
    """Either both implementations raise or neither; the types and messages are told.

    ``demanded`` asks that both do raise.
    """

    demanded: bool = False
    name: str = "refusal"

    def why_not(self, cell: Cell) -> Optional[str]:
        return None

    def compare(self, trial: Trial) -> Finding:
        one, other = trial.reference.refusal, trial.candidate.refusal
        if one is None and other is None:
            if self.demanded:
                return Finding(self.name, "different", 1, message="both run, and neither refuses")
            return Finding(self.name, "identical", 1)
        if one is not None and other is not None:
            return Finding(self.name, "refused", 1, message=f"both raised: {one} / {other}")
        raised = ("reference", one) if other is None else ("candidate", other)
        runs = "candidate" if other is None else "reference"
        return Finding(
            self.name,
            "different",
            1,
            message=f"the {raised[0]} raised {raised[1]}\nthe {runs} runs",
        )


#: Both raise, or neither.
refusal = Refusal()

#: Both raise.
both_refuse = Refusal(demanded=True)
