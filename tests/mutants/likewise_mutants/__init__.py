"""Mistakes that people make when they rewrite a network, each planted on purpose: a file a pair of programs."""

from __future__ import annotations

import importlib
from typing import Tuple

from likewise_mutants.mutant import Condition, Kill, Mutant, killed, spared

__all__ = ["MUTANTS", "PAIRS", "Condition", "Kill", "Mutant", "killed", "spared"]

PAIRS = (
    "wrappers",
    "dense",
    "activations",
    "lstm",
    "rnn",
    "bidirectional",
    "normalization",
    "pooling",
    "convolution",
    "models",
)

#: All of them, pair by pair, in the order in which they stand in the files.
MUTANTS: Tuple[Mutant, ...] = tuple(
    mutant
    for pair in PAIRS
    for mutant in vars(importlib.import_module(f"likewise_mutants.{pair}")).values()
    if isinstance(mutant, Mutant)
)
