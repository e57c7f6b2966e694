"""The same outputs: the same bits, or a difference that rounding explains."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Optional

from likewise.cell import Cell
from likewise.claims import checked_ulps
from likewise.comparison import Finding
from likewise.judging import judged
from likewise.trial import Trial

__all__ = ["Outputs", "outputs"]


@dataclass(frozen=True)
class Outputs:
    """The outputs agree: in structure, shape, dtype, NaNs and infinities, and in value.

    ``likewise.judging`` tells rounding from a difference; nobody chooses a tolerance.
    """

    ulps: Optional[int] = None
    name: str = "outputs"
    of_numbers: bool = True
    stackable: bool = True

    def within(self, *, ulps: int) -> Outputs:
        """The claim that lets pass so many ULPs, wherever they come from; every report says so.

        For differences that are known and real. Raises LawError for less than 1.
        """
        return replace(self, ulps=checked_ulps(ulps))

    def why_not(self, cell: Cell) -> Optional[str]:
        return None

    def compare(self, trial: Trial) -> Finding:
        return judged(self.name, trial, within=self.ulps)


#: The same outputs, rounding apart.
outputs = Outputs()
