"""The layer at fault, on data by which layers can be told from each other; or the layer that raises."""

from __future__ import annotations

import contextlib
from dataclasses import replace
from typing import Optional

import numpy as np

from likewise import nest
from likewise.claims.precision import precision
from likewise.explaining.digits import losing_digits
from likewise.explaining.layers import SIDES, first_that_differs, of_other_variables
from likewise.explaining.noting import raising
from likewise.explanation import LayerFault
from likewise.inputs import Inputs
from likewise.judging import judged
from likewise.trial import Side, Trial
from likewise_strategies import bits

__all__ = ["layer_at_fault", "normal"]

#: How often other inputs are drawn, to find some with which the outputs differ too.
DRAWS = 3


def layer_at_fault(trial: Trial) -> Optional[LayerFault]:
    """What can be said of it; None where both sides refuse."""
    if not trial.ran:
        return _raiser(trial)
    differing = _differing(trial)
    if differing is None:
        found = precision.compare(trial)
        if found.verdict == "imprecise":
            return losing_digits(trial, found)
        return of_other_variables(trial) or LayerFault("none: all outputs agree")
    return first_that_differs(differing)


def _differing(trial: Trial) -> Optional[Trial]:
    """The trial with normal inputs if the outputs differ so, as itself if they do, else None.

    The inputs that break a law are often zeros or all the same, in which all layers look alike.
    """
    for seed in range(DRAWS):
        livelier = trial.given(inputs=normal(trial.inputs, seed))
        if livelier.ran and judged("outputs", livelier).verdict == "different":
            return livelier
    return trial if judged("outputs", trial).verdict == "different" else None


def normal(inputs: Inputs, seed: int) -> Inputs:
    """The inputs with normal values in place of the floating-point ones."""
    leaves = [
        bits.normal(seed, f"livelier {place}", leaf.shape, "float64").astype(leaf.dtype)
        if np.issubdtype(leaf.dtype, np.floating)
        else leaf
        for place, leaf in enumerate(inputs.arrays)
    ]
    return Inputs(nest.pack(inputs.nested, leaves), inputs.axes)


def _raiser(trial: Trial) -> Optional[LayerFault]:
    refusing = [side for side, seen in enumerate((trial.reference, trial.candidate)) if seen.refusal is not None]
    if len(refusing) == 2:
        return None
    side = refusing[0]
    with contextlib.ExitStack() as stack, raising() as raised:
        again = Side(trial.sides[side].program.source, trial.inputs, trial.execution, stack)
        refusal = again.loaded_and_seen(trial.inputs, trial.values[side]).refusal
    noted, giver = raised("" if refusal is None else refusal.message)
    if noted is None:
        return LayerFault(f"none: the {SIDES[side]} raises outside of any layer", side=SIDES[side])
    message = f"{noted.title} of the {SIDES[side]}{noted.inside}: it raises"
    if giver is None:
        return noted.fault(message, SIDES[side])
    fault = noted.fault(f"{message} for what {giver.title} gives it", SIDES[side])
    return replace(fault, between=(giver.title, noted.title))
