"""Pairs of programs that are equal in exact arithmetic: whoever tells them apart is wrong, or tells of lost digits.

They import TensorFlow, so they are read when they are asked for, once the numerics are settled.
"""

from __future__ import annotations

import importlib
from typing import List

from likewise.cell import current, matches
from likewise_pairs.pair import Pair

__all__ = ["Pair", "equal", "imprecise"]

FAMILIES = ("sums", "writing", "formulas", "recurrent")


def equal() -> List[Pair]:
    """Those that round alike, up to a few ULPs, in this cell."""
    return [each for family in FAMILIES for each in _of(family)]


def imprecise() -> List[Pair]:
    """Those of which the candidate loses digits that the reference keeps."""
    return _of("imprecise")


def _of(family: str) -> List[Pair]:
    module = importlib.import_module(f"likewise_pairs.{family}")
    facts = current().to_json()
    return [each._replace(module=module.__name__) for each in module.PAIRS if matches(each.where, facts)]
