"""Strategies that are asked for at each draw and made once."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Any, Iterable

from hypothesis import strategies as st

if TYPE_CHECKING:
    from hypothesis.strategies import SearchStrategy


def sampled_from(values: Iterable[Any]) -> SearchStrategy[Any]:
    """Return Hypothesis's strategy for one of some hashable values: the same object each time.

    What Hypothesis finds out about a strategy it finds out for each object anew, which takes longer than to draw.
    """
    each = tuple(values)
    # (1 and True are equal, and not the same to draw)
    return _sampled_from(each, tuple(map(type, each)))


@functools.lru_cache(maxsize=1024)
def _sampled_from(values: tuple[Any, ...], _: tuple[type, ...]) -> SearchStrategy[Any]:
    return st.sampled_from(values)
