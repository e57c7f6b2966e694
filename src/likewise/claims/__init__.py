"""What must agree: one claim a file.

A claim is a value with a ``name``, ``why_not(cell)`` (why this cell cannot observe it, or None
where it can) and ``compare(trial)`` (its finding).
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any, Optional

from likewise.errors import LawError

if sys.version_info >= (3, 8):
    from typing import Protocol
else:
    from typing_extensions import Protocol

if TYPE_CHECKING:
    from likewise.cell import Cell
    from likewise.comparison import Finding
    from likewise.trial import Trial

__all__ = ["Claim", "checked_ulps", "of_numbers", "stackable"]


class Claim(Protocol):
    """One thing that must agree."""

    @property
    def name(self) -> str: ...

    def why_not(self, cell: Cell) -> Optional[str]:
        """Why this cell cannot observe it, or None where it can."""

    def compare(self, trial: Trial) -> Finding:
        """What this claim finds in a trial."""


def of_numbers(claim: Claim) -> bool:
    """Whether a claim's finding depends on the numbers and is had by running the graphs that are there.

    Such a claim says so by an attribute ``of_numbers``; it is made for several draws of data of each structure.
    """
    return bool(getattr(claim, "of_numbers", False))


def stackable(claim: Claim) -> bool:
    """Whether a claim that is ``of_numbers`` may be made for draws that are stacked along the batch.

    Such a claim says so by an attribute ``stackable``; what depends on how data are batched does not.
    """
    return bool(getattr(claim, "stackable", False))


def checked_ulps(ulps: Any) -> int:
    """The argument of a claim's ``within``. Raises LawError for what is no number of ULPs."""
    if isinstance(ulps, bool) or not isinstance(ulps, int) or ulps < 1:
        raise LawError(f"ulps={ulps!r}, but expected an int of at least 1; leave within() out to demand rounding alone")
    return ulps
