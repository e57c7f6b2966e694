"""An old checkpoint fits: what the reference saves loads into the candidate by name."""

from __future__ import annotations

import os
import tempfile
from dataclasses import dataclass
from functools import partial
from typing import Callable, Dict, List, Optional, Tuple

import numpy as np

from likewise.cell import Cell, current
from likewise.comparison import Finding
from likewise.errors.raised import let_pass
from likewise.formats import load_by_saver, load_weights, save_by_saver, save_weights
from likewise.trial import Refusal, Side, Trial
from likewise.verdict import distance

__all__ = ["Checkpoint", "checkpoint"]


@dataclass(frozen=True)
class Checkpoint:
    """A checkpoint of the reference, loaded by name into the candidate, computes the same.

    Two kinds are tried: in a session TF1's ``Saver``, by the names of the variables; and, where
    both programs are Keras models, ``save_weights``, by the names of the layers (Keras 3: by their
    places in the model, and in no session). The candidate's
    values are zeros before it loads.
    """

    name: str = "checkpoint"

    def why_not(self, cell: Cell) -> Optional[str]:
        return None

    def compare(self, trial: Trial) -> Finding:
        if not trial.ran:
            return Finding(self.name, None, message="a side raised, so there is no checkpoint")
        kinds: List[Kind] = []
        if trial.execution.mode == "session":
            kinds.append(("Saver", save_by_saver, load_by_saver))
        # Keras 3 reads and writes weights eagerly only.
        saves = trial.execution.mode != "session" or current().generation < 3
        if saves and all(hasattr(side.program.function, "save_weights") for side in trial.sides):
            kinds.append(("save_weights", save_weights, _load_weights))
        if not kinds:
            return Finding(self.name, None, message="no session, and no model that saves weights")
        wrong = []
        for title, save, load in kinds:
            problem = _round_trip(trial, save, load)
            if problem is not None:
                wrong.append(f"{title}: {problem}")
        return Finding(
            self.name,
            "different" if wrong else "identical",
            len(kinds),
            message="\n".join(wrong),
        )


Kind = Tuple[str, Callable[[Side, str], None], Callable[[Side, str], None]]


def _round_trip(trial: Trial, save: Callable[[Side, str], None], load: Callable[[Side, str], None]) -> Optional[str]:
    """Why a checkpoint does not carry over, or None where it does."""
    old, new = trial.sides
    old.load(trial.values[0])
    new.load({place: np.zeros_like(value) for place, value in trial.values[1].items()})
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "old")
        for who, side, step in (("reference", old, save), ("candidate", new, load)):
            try:
                step(side, path)
            except BaseException as error:  # noqa: BLE001, PERF203  whatever it raises, the checkpoint does not fit
                let_pass(error)
                return f"{_TITLES[step]} fails in the {who}: {Refusal.of(error, 'run')}"
    loaded = [leaf for _, leaf in new.observe(trial.inputs).leaves()]
    shared = [leaf for _, leaf in trial.candidate.leaves()]
    if len(loaded) != len(shared):
        return f"the candidate does not run with what it loaded: {new.refusal}"
    differing = sum(
        distance(one, other).differing for one, other in zip(shared, loaded) if one is not None and other is not None
    )
    if differing:
        return f"it loads, but not the weights: {differing:,} entries of the outputs are others"
    return None


_load_weights = partial(load_weights, by_name=True)

_TITLES: Dict[Callable[[Side, str], None], str] = {
    save_by_saver: "saving by name",
    load_by_saver: "loading by name",
    save_weights: "save_weights",
    _load_weights: "load_weights",
}

#: An old checkpoint loads by name and computes the same.
checkpoint = Checkpoint()
