"""The claims by name: what a law, a test, ``likewise check`` and ``likewise run`` may ask for.

A claim stands in the file of its name, and so does its value: ``likewise.claims.outputs.outputs``.
They are imported when they are asked for, since the command line names them in its help.
"""

from __future__ import annotations

import importlib
from typing import Iterable, Tuple

from likewise.claims import Claim
from likewise.errors import InputError

__all__ = ["NAMES", "named"]

#: All claims, in the order in which reports tell them. To add one, add its file and name it here.
NAMES = (
    "refusal",
    "variables",
    "shapes",
    "outputs",
    "precision",
    "bits",
    "gradients",
    "updates",
    "training",
    "names",
    "masks",
    "config",
    "saving",
    "checkpoint",
    "batch",
    "repeat",
    "initial",
)


def named(chosen: Iterable[str]) -> Tuple[Claim, ...]:
    """The claims of these names, each once, in the order given. Raises InputError for an unknown name."""
    chosen = list(dict.fromkeys(chosen))
    for name in chosen:
        if name not in NAMES:
            raise InputError(f"claim={name!r}, but expected one of {', '.join(NAMES)}")
    return tuple(getattr(importlib.import_module(f"likewise.claims.{name}"), name) for name in chosen)
