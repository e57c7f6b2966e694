"""Called twice with the same inputs, a program gives the same."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Optional

from likewise.cell import Cell
from likewise.comparison import Finding
from likewise.holding import each_alone, own
from likewise.inputs import Inputs
from likewise.modes import Step
from likewise.trial import Observation, Side, Trial

__all__ = ["Repeat", "repeat"]


@dataclass(frozen=True)
class Repeat:
    """Each side gives the same at a second call, with nothing loaded in between.

    The state of an RNN, a random generator, a dropout that is left on and a counter show here.
    """

    name: str = "repeat"

    def why_not(self, cell: Cell) -> Optional[str]:
        return None

    def compare(self, trial: Trial) -> Finding:
        if not trial.ran:
            return Finding(self.name, None, message="a side raised, so there is nothing to repeat")

        def found(place: int) -> Finding:
            return own(self.name, trial.itself(place, _again), "at the first call")

        return each_alone(self.name, "give the same twice", found)


def _again(side: Side, inputs: Inputs, step: Step) -> Observation:
    """The second of two calls."""
    first = side.observe(inputs, step)
    return first if first.refusal is not None else side.observe(inputs, step)


#: Twice gives the same.
repeat = Repeat()
