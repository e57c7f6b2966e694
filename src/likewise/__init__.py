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
    from likewise.claims.bits import bits
    from likewise.claims.checkpoint import checkpoint
    from likewise.claims.gradients import gradients
    from likewise.claims.names import names
    from likewise.claims.outputs import outputs
    from likewise.claims.refusal import both_refuse, refusal
    from likewise.claims.shapes import shapes
    from likewise.claims.training import training
    from likewise.claims.updates import updates
    from likewise.claims.variables import variables
    from likewise.comparing import assert_equivalent, compare
    from likewise.comparison import Comparison
    from likewise.errors import LikewiseError, NotEquivalent
    from likewise.law import Break, Law
    from likewise.witness import replay

__all__ = [
    "Break",
    "Comparison",
    "Law",
    "LikewiseError",
    "NotEquivalent",
    "assert_equivalent",
    "bits",
    "both_refuse",
    "checkpoint",
    "compare",
    "gradients",
    "keras",
    "names",
    "outputs",
    "refusal",
    "replay",
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
    "bits": "claims.bits",
    "both_refuse": "claims.refusal",
    "checkpoint": "claims.checkpoint",
    "compare": "comparing",
    "gradients": "claims.gradients",
    "keras": "cell",
    "names": "claims.names",
    "outputs": "claims.outputs",
    "refusal": "claims.refusal",
    "replay": "witness",
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
