"""The same variables after one step of an optimizer, and the same ones trained."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, Optional

import numpy as np

from likewise.cell import Cell
from likewise.claims import checked_ulps
from likewise.comparison import Finding, merged
from likewise.judging import Arranged, judged_apart_from_draws
from likewise.steps.optimizing import OPTIMIZERS, OptimizerStep
from likewise.trial import Trial

__all__ = ["Training", "training"]

#: How messages call the sum of what layers add to the loss by themselves.
LOSSES = "losses of its layers"


@dataclass(frozen=True)
class Training:
    """One optimizer step in training mode leaves the same in paired variables, and trains the same of them.

    Once with SGD with momentum and once with Adam, each from the shared values; to the loss is added what layers have
    of losses of their own (regularizers, ``add_loss``), and constraints hold after the step, as in ``fit``. What the
    optimizer keeps for a variable is compared, and so is the sum of those losses. In a session it is TF1's optimizer,
    else Keras's. Where both sides are Keras layers or models, what Keras does not track counts as not trained.
    """

    ulps: Optional[int] = None
    name: str = "training"

    def within(self, *, ulps: int) -> Training:
        """The claim that lets pass so many ULPs, as ``outputs.within`` does."""
        return replace(self, ulps=checked_ulps(ulps))

    def why_not(self, cell: Cell) -> Optional[str]:
        return None

    def compare(self, trial: Trial) -> Finding:
        found = [self._after(trial, OptimizerStep(optimizer)) for optimizer in OPTIMIZERS]
        return merged(found)[self.name]

    def _after(self, trial: Trial, step: OptimizerStep) -> Finding:
        arranged = _arranged(trial, step)
        if trial.ran:
            message = _trained_on_one_side(trial, step)
            if message:
                return Finding(self.name, "different", len(message.splitlines()), message=message)
        what = f"{step.optimizer} step"
        found = judged_apart_from_draws(self.name, trial, step, what=what, arranged=arranged, within=self.ulps)
        told = "" if found.holds else _lost(trial, step)
        return replace(found, message=f"{told}\n{found.message}") if told else found


def _arranged(trial: Trial, step: OptimizerStep) -> Arranged:
    seen = trial.seen(step) if trial.ran else ()
    lossy = any(each.outputs is not None and each.outputs.values["loss"].any() for each in seen)

    def arranged(side: int, values: Any) -> Any:
        if values is None:
            return None
        variables = trial.pairing.by_name(side, values["variables"])
        losses = {LOSSES: values["loss"]} if lossy else {}
        return {
            **losses,
            **variables,
            **{name: trial.pairing.by_name(side, each) for name, each in values["slots"].items()},
        }

    return arranged


def _lost(trial: Trial, step: OptimizerStep) -> str:
    """What is to be said of losses that layers of one side alone have; "" where there are none such."""
    sums = [np.zeros(()) if each.outputs is None else each.outputs.values["loss"] for each in trial.seen(step)]
    if all(each.any() for each in sums) or not any(each.any() for each in sums):
        return ""
    has, lacks = ("reference", "candidate") if sums[0].any() else ("candidate", "reference")
    return (
        f"layers of the {has} have losses of their own, {max(sums, key=abs):.3g} in all, and those of the {lacks} none"
    )


def _trained_on_one_side(trial: Trial, step: OptimizerStep) -> str:
    """What is wrong with which variables are trained; "" where nothing is."""
    seen = trial.seen(step)
    if any(each.outputs is None for each in seen):
        return ""
    slots = [each.outputs.values["slots"] for each in seen if each.outputs is not None]
    trained = [{place for each in found.values() for place in each} for found in slots]
    tracked = [side.program.tracked for side in trial.sides]
    if tracked[0] is not None and tracked[1] is not None:  # a function has no fit that would leave something out
        trained = [places & each.trained for places, each in zip(trained, tracked) if each is not None]
    wrong = []
    for one, other in trial.pairing.pairs:
        if (one in trained[0]) != (other in trained[1]):
            sides = ("reference", "candidate") if one in trained[0] else ("candidate", "reference")
            name = trial.pairing.reference[one].name
            place, its = (other, tracked[1]) if sides[1] == "candidate" else (one, tracked[0])
            why = (
                ""
                if its is None or place in its.tracked
                else ", where Keras does not track it: fit moves nothing of it"
            )
            wrong.append(f"{name} is trained in the {sides[0]}, but not in the {sides[1]}{why}")
    return "\n".join(wrong)


#: The same after one step of an optimizer, rounding apart.
training = Training()
