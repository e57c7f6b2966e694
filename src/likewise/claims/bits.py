"""The same outputs bit for bit, which strict numerics makes a fair demand."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Optional

from likewise.cell import Cell
from likewise.comparison import Finding
from likewise.judging import leaves_compared
from likewise.trial import Trial

__all__ = ["Bits", "bits"]


@dataclass(frozen=True)
class Bits:
    """The outputs have the same bits, 0.0 and -0.0 and all NaNs being one.

    Not compared under native numerics: oneDNN rounds by how data is batched and aligned.
    """

    name: str = "bits"
    of_numbers: bool = True

    def why_not(self, cell: Cell) -> Optional[str]:
        return None if cell.numerics == "strict" else "numerics='native' promises no bits"

    def compare(self, trial: Trial) -> Finding:
        finding, leaves = leaves_compared(self.name, trial)
        if finding is not None:
            return finding
        apart = [leaf.apart for leaf in leaves]
        differing = sum(each.differing for each in apart)
        compared = sum(each.compared for each in apart)
        return Finding(
            self.name,
            "different" if differing else "identical",
            compared,
            max_ulp=max(each.max_ulp for each in apart),
            max_abs=max(each.max_abs for each in apart),
            signed_zeros=sum(each.signed_zeros for each in apart),
            message=f"{differing:,} of {compared:,} entries have other bits" if differing else "",
        )


#: The same outputs bit for bit.
bits = Bits()
