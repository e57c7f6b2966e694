"""Lengths along several axes, drawn together: borders come up often, since bugs live where axes are equal or full."""

from __future__ import annotations

from typing import TYPE_CHECKING, Sequence

from hypothesis import strategies as st

if TYPE_CHECKING:
    from hypothesis.strategies import DrawFn

EQUAL = "equal"
LARGEST = "largest"
FREE = "free"


@st.composite
def sizes(draw: DrawFn, low: int, highs: Sequence[int], forms: Sequence[str]) -> tuple[int, ...]:
    """Return a strategy for tuples of ints, one an axis, from `low` to that axis's entry in `highs`.

    * `forms` are drawn from, the first being the plainest: FREE draws each axis, EQUAL makes all equal, LARGEST takes
      the highs.
    """
    # Each form draws as much: were EQUAL shorter, examples would shrink to (2, 2) where (1, 2) is smaller.
    values = tuple(draw(st.integers(low, high)) for high in highs)
    form = draw(st.sampled_from(forms))
    if form == EQUAL:
        return (min(values[0], *highs),) * len(values)
    return tuple(highs) if form == LARGEST else values
