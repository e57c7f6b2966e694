"""likewise tells whether two ways of writing a neural network are the same network.

All names are loaded at their first use, so that a test run which merely has likewise installed
pays nothing for it.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any, List

__version__ = "0.1.0"

if TYPE_CHECKING:
    from likewise.cell import keras
    from likewise.claims.batch import batch
    from likewise.claims.bits import bits
    from likewise.claims.checkpoint import checkpoint
    from likewise.claims.config import config
    from likewise.claims.gradients import gradients
    from likewise.claims.initial import initial
    from likewise.claims.masks import masks
    from likewise.claims.names import names
    from likewise.claims.outputs import outputs
    from likewise.claims.precision import precision
    from likewise.claims.refusal import both_refuse, refusal
    from likewise.claims.repeat import repeat
    from likewise.claims.saving import saving
    from likewise.claims.shapes import shapes
    from likewise.claims.training import training
    from likewise.claims.updates import updates
    from likewise.claims.variables import variables
    from likewise.comparing import assert_equivalent, compare
    from likewise.comparison import Comparison
    from likewise.errors import LikewiseError, NotEquivalent
    from likewise.law import Break, Law
    from likewise.witness.replaying import replay

__all__ = [
    "Break",
    "Comparison",
    "Law",
    "LikewiseError",
    "NotEquivalent",
    "assert_equivalent",
    "batch",
    "bits",
    "both_refuse",
    "checkpoint",
    "compare",
    "config",
    "gradients",
    "initial",
    "keras",
    "masks",
    "names",
    "outputs",
    "precision",
    "refusal",
    "repeat",
    "replay",
    "saving",
    "shapes",
    "training",
    "updates",
    "variables",
]

_HOMES = {
    "Break": "law",
    "Comparison": "comparison",
    "Law": "law",
    "LikewiseError": "errors",
    "NotEquivalent": "errors",
    "assert_equivalent": "comparing",
    "batch": "claims.batch",
    "bits": "claims.bits",
    "both_refuse": "claims.refusal",
    "checkpoint": "claims.checkpoint",
    "compare": "comparing",
    "config": "claims.config",
    "gradients": "claims.gradients",
    "initial": "claims.initial",
    "keras": "cell",
    "masks": "claims.masks",
    "names": "claims.names",
    "outputs": "claims.outputs",
    "precision": "claims.precision",
    "refusal": "claims.refusal",
    "repeat": "claims.repeat",
    "replay": "witness.replaying",
    "saving": "claims.saving",
    "shapes": "claims.shapes",
    "training": "claims.training",
    "updates": "claims.updates",
    "variables": "claims.variables",
}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'likewise' has no attribute {name!r}")
    value = getattr(importlib.import_module(f"likewise.{_HOMES[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> List[str]:
    return sorted({*globals(), *__all__})
