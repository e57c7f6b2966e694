"""Neither side loses far more digits than the other where both are the same in exact arithmetic."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Optional

from likewise.cell import Cell
from likewise.comparison import Finding
from likewise.judging import outputs_judged
from likewise.judging.leaves import place_in
from likewise.trial import Trial

__all__ = ["Precision", "precision"]


@dataclass(frozen=True)
class Precision:
    """No output has an error bar far wider on one side than on the other.

    An error bar is how far an entry comes when the result of each operation is moved by one ULP (``likewise.judging``).
    Where it is 256 times as wide, that side keeps at least two digits less: a sum that cancels, a logarithm of what
    underflows. Looked at is where both outputs differ by more than a few ULP and are the same in exact arithmetic.
    """

    name: str = "precision"
    of_numbers: bool = True
    stackable: bool = True

    def why_not(self, cell: Cell) -> Optional[str]:
        return None

    def compare(self, trial: Trial) -> Finding:
        finding, leaves, judgement = outputs_judged(self.name, trial)
        if judgement is None or judgement.verdict in (None, "different"):
            if finding is not None and finding.verdict is None:
                return finding
            return Finding(self.name, None, message="the outputs differ, so there are no digits to be counted")
        compared = sum(leaf.apart.compared for leaf in leaves)
        found = Finding(self.name, judgement.verdict, compared, way=judgement.way)
        loss = judgement.loss
        if loss is None:
            return found
        one, other, exact = loss.values
        entry = place_in("outputs", loss.path, loss.index)
        which = 0 if loss.side == "reference" else 1
        message = (
            f"the same in exact arithmetic, but the {loss.side} loses its digits at {loss.entries:,} of {compared:,} "
            f"entries, most at\n{entry}, of which it keeps {loss.digits[which]:.1f} digits and the other side "
            f"{loss.digits[1 - which]:.1f}: {other} in the candidate, {one} in the reference, {exact} in float64"
        )
        return replace(found, verdict="imprecise", digits=loss.digits, where=entry, message=message)


#: Neither side loses far more digits than the other.
precision = Precision()
