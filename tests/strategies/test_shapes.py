from __future__ import annotations

import re
from typing import Any, Callable

import pytest
from hypothesis import given
from hypothesis.errors import InvalidArgument

from likewise_strategies import image_shapes, sequence_shapes, vector_shapes, video_shapes

Shapes = Callable[..., Any]


@given(video_shapes())
def test_videos_are_small(shape: tuple[int, ...]) -> None:
    assert len(shape) == 5
    assert all(1 <= length <= high for length, high in zip(shape, (3, 5, 9, 9, 4)))


@given(image_shapes())
def test_images_are_small(shape: tuple[int, ...]) -> None:
    assert len(shape) == 4
    assert all(1 <= length <= high for length, high in zip(shape, (3, 9, 9, 4)))


@given(sequence_shapes())
def test_sequences_are_small(shape: tuple[int, ...]) -> None:
    assert len(shape) == 3
    assert all(1 <= length <= high for length, high in zip(shape, (3, 5, 4)))


@given(vector_shapes())
def test_vectors_are_small(shape: tuple[int, ...]) -> None:
    assert len(shape) == 2
    assert all(1 <= length <= high for length, high in zip(shape, (3, 4)))


@given(video_shapes(min_batch=2, max_batch=2, min_steps=7, min_side=3, max_side=4, min_channels=9, max_channels=10))
def test_bounds_are_kept(shape: tuple[int, ...]) -> None:
    n, d, h, w, c = shape
    assert (n, d) == (2, 7)
    assert {h, w} <= {3, 4}
    assert c in {9, 10}


@pytest.mark.parametrize(
    "shapes, rank", [(video_shapes, 5), (image_shapes, 4), (sequence_shapes, 3), (vector_shapes, 2)]
)
def test_the_smallest_shape_is_ones(smallest: Any, shapes: Shapes, rank: int) -> None:
    assert smallest(shapes(), lambda shape: True) == (1,) * rank


def test_borders_come_up_often(draws: Any) -> None:
    drawn = draws(video_shapes(), 1000)
    assert sum(h == w for _, _, h, w, _ in drawn) > 250
    assert sum(h != w for _, _, h, w, _ in drawn) > 250
    assert sum(1 in (h, w) for _, _, h, w, _ in drawn) > 100
    assert sum(d == 1 for _, d, *_ in drawn) > 100
    assert sum(d == c for _, d, _, _, c in drawn) > 100
    assert sum(1 in shape for shape in drawn) > 400


@pytest.mark.parametrize("shapes", [video_shapes, image_shapes, sequence_shapes, vector_shapes])
@pytest.mark.parametrize(
    "arguments, message",
    [
        ({"min_batch": 0}, "min_batch=0: expected an int of at least 1; give min_batch=1 or more"),
        ({"max_batch": 1.5}, "max_batch=1.5: expected an int of at least 1; give max_batch=1 or more"),
        ({"min_channels": True}, "min_channels=True: expected an int of at least 1; give min_channels=1 or more"),
        (
            {"min_channels": 3, "max_channels": 2},
            "max_channels=2: expected at least min_channels=3; raise max_channels or lower min_channels",
        ),
    ],
)
def test_bad_arguments_are_refused_at_once(shapes: Shapes, arguments: dict[str, Any], message: str) -> None:
    with pytest.raises(InvalidArgument, match=re.escape(message)):
        shapes(**arguments)


@pytest.mark.parametrize("shapes, name", [(video_shapes, "steps"), (video_shapes, "side"), (image_shapes, "side")])
def test_bad_bounds_are_named(shapes: Shapes, name: str) -> None:
    with pytest.raises(InvalidArgument, match=f"max_{name}=1: expected at least min_{name}=4; raise max_{name} or"):
        shapes(**{f"min_{name}": 4, f"max_{name}": 1})
