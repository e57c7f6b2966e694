"""The same outputs and variables after a call in training mode: moving averages, states of recurrent layers."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, Dict, Optional

from likewise.cell import Cell
from likewise.claims import checked_ulps
from likewise.comparison import Finding
from likewise.judging import judged_apart_from_draws
from likewise.program import Call
from likewise.steps.assignments import assigned_since, begun, values_after
from likewise.trial import Trial

__all__ = ["Updates", "updates"]


def updating(call: Call) -> Dict[str, Any]:
    """The step: "outputs" in training mode, and what the "variables" are then, by place."""
    mark = begun()
    outputs = call.outputs(training=True)
    return {"outputs": outputs, "variables": values_after(call, assigned_since(mark, call))}


@dataclass(frozen=True)
class Updates:
    """A call in training mode gives the same outputs, and leaves the same values in paired variables.

    Counters and the states of random generators are apart. What depends on random numbers, such as behind dropout,
    is compared where both sides draw the same, and else left out.
    """

    ulps: Optional[int] = None
    name: str = "updates"

    def within(self, *, ulps: int) -> Updates:
        """The claim that lets pass so many ULPs, as ``outputs.within`` does."""
        return replace(self, ulps=checked_ulps(ulps))

    def why_not(self, cell: Cell) -> Optional[str]:
        return None

    def compare(self, trial: Trial) -> Finding:
        def arranged(side: int, values: Any) -> Any:
            if values is None:
                return None
            return {"outputs": values["outputs"], **trial.pairing.by_name(side, values["variables"])}

        return judged_apart_from_draws(self.name, trial, updating, what="updates", arranged=arranged, within=self.ulps)


#: The same after a call in training mode, rounding apart.
updates = Updates()
