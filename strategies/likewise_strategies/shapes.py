"""Shapes of what networks are fed with."""

from __future__ import annotations

from typing import TYPE_CHECKING, Sequence

from hypothesis import strategies as st

from likewise_strategies._check import span
from likewise_strategies._sizes import EQUAL, FREE, sizes

if TYPE_CHECKING:
    from hypothesis.strategies import DrawFn, SearchStrategy

_BATCH, _STEPS, _SIDE, _CHANNELS = 3, 5, 9, 4


def video_shapes(
    *,
    min_batch: int = 1,
    max_batch: int | None = None,
    min_steps: int = 1,
    max_steps: int | None = None,
    min_side: int = 1,
    max_side: int | None = None,
    min_channels: int = 1,
    max_channels: int | None = None,
) -> SearchStrategy[tuple[int, ...]]:
    """Return a strategy for shapes of videos (tuples (n, d, h, w, c) of int >= 1).

    * `min_batch` and `max_batch` bound n, 3 by default;
    * `min_steps` and `max_steps` bound d, 5 by default;
    * `min_side` and `max_side` bound h and w, 9 by default; they are often equal;
    * `min_channels` and `max_channels` bound c, 4 by default.

    A `max_*` left out is its default, or the `min_*` where that is more. Raises InvalidArgument for bounds that are not
    ints of at least 1, or that exclude everything.
    """
    batch = span("batch", min_batch, max_batch, _BATCH)
    steps = span("steps", min_steps, max_steps, _STEPS)
    side = span("side", min_side, max_side, _SIDE)
    channels = span("channels", min_channels, max_channels, _CHANNELS)
    return _shapes((batch, steps), side, channels)


def image_shapes(
    *,
    min_batch: int = 1,
    max_batch: int | None = None,
    min_side: int = 1,
    max_side: int | None = None,
    min_channels: int = 1,
    max_channels: int | None = None,
) -> SearchStrategy[tuple[int, ...]]:
    """Return a strategy for shapes of images (tuples (n, h, w, c) of int >= 1).

    * `min_batch` and `max_batch` bound n, 3 by default;
    * `min_side` and `max_side` bound h and w, 9 by default; they are often equal;
    * `min_channels` and `max_channels` bound c, 4 by default.

    A `max_*` left out is its default, or the `min_*` where that is more. Raises InvalidArgument for bounds that are not
    ints of at least 1, or that exclude everything.
    """
    batch = span("batch", min_batch, max_batch, _BATCH)
    side = span("side", min_side, max_side, _SIDE)
    channels = span("channels", min_channels, max_channels, _CHANNELS)
    return _shapes((batch,), side, channels)


def sequence_shapes(
    *,
    min_batch: int = 1,
    max_batch: int | None = None,
    min_steps: int = 1,
    max_steps: int | None = None,
    min_channels: int = 1,
    max_channels: int | None = None,
) -> SearchStrategy[tuple[int, ...]]:
    """Return a strategy for shapes of sequences (tuples (n, t, c) of int >= 1).

    * `min_batch` and `max_batch` bound n, 3 by default;
    * `min_steps` and `max_steps` bound t, 5 by default;
    * `min_channels` and `max_channels` bound c, 4 by default.

    A `max_*` left out is its default, or the `min_*` where that is more. Raises InvalidArgument for bounds that are not
    ints of at least 1, or that exclude everything.
    """
    batch = span("batch", min_batch, max_batch, _BATCH)
    steps = span("steps", min_steps, max_steps, _STEPS)
    channels = span("channels", min_channels, max_channels, _CHANNELS)
    return st.tuples(*(st.integers(*bounds) for bounds in (batch, steps, channels)))


def vector_shapes(
    *,
    min_batch: int = 1,
    max_batch: int | None = None,
    min_channels: int = 1,
    max_channels: int | None = None,
) -> SearchStrategy[tuple[int, ...]]:
    """Return a strategy for shapes of vectors (tuples (n, c) of int >= 1).

    * `min_batch` and `max_batch` bound n, 3 by default;
    * `min_channels` and `max_channels` bound c, 4 by default.

    A `max_*` left out is its default, or the `min_*` where that is more. Raises InvalidArgument for bounds that are not
    ints of at least 1, or that exclude everything.
    """
    batch = span("batch", min_batch, max_batch, _BATCH)
    channels = span("channels", min_channels, max_channels, _CHANNELS)
    return st.tuples(st.integers(*batch), st.integers(*channels))


@st.composite
def _shapes(
    draw: DrawFn, leading: Sequence[tuple[int, int]], side: tuple[int, int], channels: tuple[int, int]
) -> tuple[int, ...]:
    low, high = side
    first = tuple(draw(st.integers(*bounds)) for bounds in leading)
    sides = draw(sizes(low, (high, high), (FREE, FREE, EQUAL)))
    return (*first, *sides, draw(st.integers(*channels)))
