"""Lengths along several axes, drawn together: borders come up often, since bugs live where axes are equal or full."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING

from hypothesis import strategies as st

from likewise_strategies._kept import sampled_from

if TYPE_CHECKING:
    from hypothesis.strategies import DrawFn, SearchStrategy

EQUAL = "equal"
LARGEST = "largest"
FREE = "free"


# Kept, since what Hypothesis finds out about a strategy it finds out for each object anew.
@functools.lru_cache(maxsize=1024)
def sizes(low: int, highs: tuple[int, ...], forms: tuple[str, ...]) -> SearchStrategy[tuple[int, ...]]:
    """Return a strategy for tuples of ints, one an axis, from `low` to that axis's entry in `highs`.

    * `forms` are drawn from, the first being the plainest: FREE draws each axis, EQUAL makes all equal, LARGEST takes
      the highs.
    """
    return _sizes(low, highs, forms)


@st.composite
def _sizes(draw: DrawFn, low: int, highs: tuple[int, ...], forms: tuple[str, ...]) -> tuple[int, ...]:
    # Each form draws as much: were EQUAL shorter, examples would shrink to (2, 2) where (1, 2) is smaller.
    values = tuple(draw(st.integers(low, high)) for high in highs)
    form = draw(sampled_from(forms))
    if form == EQUAL:
        return (min(values[0], *highs),) * len(values)
    return tuple(highs) if form == LARGEST else values
