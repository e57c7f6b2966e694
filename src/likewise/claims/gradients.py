"""The same gradients by the inputs and by the trained variables, for a cotangent that looks random."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, Dict, List, Optional

from likewise.cell import Cell
from likewise.claims import checked_ulps
from likewise.comparison import Finding
from likewise.judging import Arranged, judged
from likewise.program import Call
from likewise.steps.differentiating import differentiated
from likewise.trial import Trial

__all__ = ["Gradients", "gradients"]


def differentiating(call: Call) -> Dict[str, Any]:
    """The step: gradients by "inputs" (by their paths) and by "variables" (by place), None where nothing flows."""
    found = differentiated(call, call.program.trained)
    return {"inputs": found.inputs, "variables": found.variables}


@dataclass(frozen=True)
class Gradients:
    """The gradients agree, by each floating-point input and each pair of variables that both sides train.

    Outputs get the same cotangent on both sides, in every mode. A gradient that is None, where nothing flows, is
    another than one of zeros. Eagerly and in ``tf.function`` a GradientTape finds them, in a session
    ``tf.gradients``; not in training mode.
    """

    ulps: Optional[int] = None
    name: str = "gradients"

    def within(self, *, ulps: int) -> Gradients:
        """The claim that lets pass so many ULPs, as ``outputs.within`` does."""
        return replace(self, ulps=checked_ulps(ulps))

    def why_not(self, cell: Cell) -> Optional[str]:
        return None

    def compare(self, trial: Trial) -> Finding:
        arranged = _arranged(trial)
        missing = _missing(trial, arranged) if trial.ran else []
        if missing:
            return Finding(self.name, "different", len(missing), message="\n".join(missing))
        return judged(self.name, trial, differentiating, what="gradients", arranged=arranged, within=self.ulps)


def _arranged(trial: Trial) -> Arranged:
    def arranged(side: int, values: Any) -> Any:
        if values is None:
            return None
        by_name = trial.pairing.by_name(side, values["variables"], where=lambda variable: variable.trainable)
        return {**values["inputs"], **by_name}

    return arranged


def _missing(trial: Trial, arranged: Arranged) -> List[str]:
    """A text for each gradient that only one side has."""
    seen = trial.seen(differentiating)
    if any(each.outputs is None for each in seen):
        return []
    one, other = (arranged(side, each.outputs.values) for side, each in enumerate(seen) if each.outputs is not None)
    found = []
    for name in one:
        if (one[name] is None) != (other[name] is None):
            side, value = ("reference", other[name]) if one[name] is None else ("candidate", one[name])
            has = "an array of zeros" if not value.any() else "an array"
            whose = "candidate" if side == "reference" else "reference"
            found.append(f"the gradient by {name} is None in the {side}: nothing flows; it is {has} in the {whose}")
    return found


#: The same gradients, rounding apart.
gradients = Gradients()
