"""Where arrays differ, as heat maps of any rank."""

from __future__ import annotations

import tracemalloc
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from likewise.report.heat import ALONE, ENTRIES, LEVELS, LIMIT, PANELS, SIDE, Heat, Panel, heat


def of(reference: Any, candidate: Any) -> Heat:
    found = heat(np.asarray(reference), np.asarray(candidate))
    assert found is not None
    return found


def levels(panel: Panel) -> Any:
    grid = np.full((panel.rows, panel.columns), -1)
    for square in panel.squares:
        grid[square.row, square.column] = square.level
    return grid.tolist()


def video(*differing: Any, shape: Any = (2, 3, 4, 5, 2)) -> Any:
    one = np.zeros(shape, "float32")
    other = one.copy()
    for index, by in differing:
        other[index] += by
    return one, other


@given(st.lists(st.integers(0, 3), max_size=6), st.integers(0, 2**32 - 1), st.sampled_from(["f4", "c8", "i4", "?"]))
def test_every_rank(shape: Any, seed: int, dtype: str) -> None:
    random = np.random.RandomState(seed)
    one, another = (np.asarray(random.rand(*shape) * 9).astype(dtype) for _ in range(2))
    other = np.where(random.rand(*shape) < 0.5, one, another)
    found = of(one, other)
    apart = one != other
    assert found.compared == one.size
    assert found.differing == int(apart.sum())
    assert found.alone == 0
    assert len(found.entries) == min(found.differing, ENTRIES)
    shown = [square for panel in found.panels for square in panel.squares]
    assert sum(square.level > 0 for square in shown) == found.differing or found.left_out
    assert bool(found.panels) is bool(found.differing)
    assert len(found.panels) + found.left_out + found.same >= 1 or not one.size


def test_a_video_is_shown_frame_by_frame() -> None:
    found = of(*video(((1, 2, 3, 4, 0), 1.0), ((1, 0, 0, 0, 0), 0.5), ((0, 0, 1, 1, 1), 1e-3)))
    assert [(panel.title, panel.down, panel.across) for panel in found.panels] == [
        ("[0, 0, :, :, 1]", "axis 2, height", "axis 3, width"),
        ("[1, 0, :, :, 0]", "axis 2, height", "axis 3, width"),
        ("[1, 2, :, :, 0]", "axis 2, height", "axis 3, width"),
    ]
    assert (found.left_out, found.same) == (0, 9)
    grid = np.zeros((4, 5), int)
    grid[3, 4] = LEVELS
    assert levels(found.panels[2]) == grid.tolist()
    assert found.panels[2].squares[19].text == "[1, 2, 3, 4, 0]: 1.0, but 0.0 in the reference, 1 apart"
    assert found.panels[2].squares[0].text == "[1, 2, 0, 0, 0]: both 0.0"
    assert found.panels[2].text == "[1, 2, :, :, 0]: 1 of 20 entries differ, by up to 1"


def test_a_video_over_time_space_and_channels() -> None:
    found = of(*video(((1, 2, 3, 4, 0), 1.0), ((1, 0, 3, 4, 0), 1e-2)))
    strips = {panel.title: levels(panel) for panel in found.overview}
    assert strips["over axis 0, batch"] == [[0, LEVELS]]
    assert strips["over axis 1, time"] == [[LEVELS - 4, 0, LEVELS]]
    assert strips["over axis 2, height"] == [[0, 0, 0, LEVELS]]
    assert strips["over axis 4, channel"] == [[LEVELS, 0]]
    assert np.argwhere(strips["over space"]).tolist() == [[3, 4]]
    texts = [square.text for square in found.overview[1].squares]
    assert texts[0] == "80 entries, 1 differ, most at [1, 0, 3, 4, 0]: 0.01, but 0.0 in the reference, 0.01 apart"


def test_the_scale_goes_by_half_decades() -> None:
    by = [10 ** (-place / 2) for place in range(9)]
    found = of(np.zeros(9), np.array(by) * 1.01)
    (panel,) = found.panels
    assert levels(panel) == [[8, 7, 6, 5, 4, 3, 2, 1, 1]]
    assert [level for level, _ in found.scale] == list(range(LEVELS, 1, -1))
    assert all(np.isclose(least / 1.01, expected) for (_, least), expected in zip(found.scale, by[1:]))


@pytest.mark.parametrize(
    "one, other",
    [(np.nan, 1.0), (1.0, np.nan), (np.inf, 1.0), (np.inf, -np.inf), (np.nan, np.inf)],
)
def test_what_is_a_number_on_one_side_alone(one: float, other: float) -> None:
    found = of([one, 0.0, 5.0], [other, 0.0, 5.5])
    assert (found.differing, found.alone, found.greatest) == (2, 1, 0.5)
    assert levels(found.panels[0]) == [[ALONE, 0, LEVELS]]
    assert found.entries[0].apart == ""


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_what_is_no_number_on_both_sides(value: float) -> None:
    assert of([value, 0.0], [value, 0.0]).differing == 0


def test_the_greatest_numbers() -> None:
    found = of([1.7e308, 1.0], [-1.7e308, 2.0])
    assert found.differing == 2
    assert levels(found.panels[0])[0][0] == LEVELS


def test_entries_that_a_side_lacks() -> None:
    one = np.arange(6.0).reshape(2, 3)
    found = of(one, one[:, :2])
    assert levels(found.panels[0]) == [[0, 0, ALONE]] * 2
    assert [(entry.index, entry.reference, entry.candidate) for entry in found.entries] == [
        ("[0, 2]", "2.0", "missing"),
        ("[1, 2]", "5.0", "missing"),
    ]


def test_another_rank_has_no_map() -> None:
    assert heat(np.zeros((2, 3)), np.zeros(6)) is None


@pytest.mark.parametrize("shapes", [((1, 10**5), (10**5, 1)), ((LIMIT + 1,), (LIMIT + 1,))])
def test_what_would_take_too_much_memory_has_no_map(shapes: Any) -> None:
    arrays = [np.zeros(shape, "int8") for shape in shapes]
    tracemalloc.start()
    try:
        assert heat(*arrays) is None
        assert tracemalloc.get_traced_memory()[1] < 2**20
    finally:
        tracemalloc.stop()


def test_a_number_is_one_cell() -> None:
    found = of(1, 3)
    assert levels(found.panels[0]) == [[LEVELS]]
    assert found.overview == ()
    assert found.entries[0].index == "[]"


def test_what_is_large_is_cut_down() -> None:
    one = np.zeros((3, 50, 40, 30, 7), "float32")
    other = one.copy()
    other[:, :, 11:, 9, :] = 1
    found = of(one, other)
    assert len(found.panels) == PANELS
    assert found.left_out == 3 * 50 * 7 - PANELS
    for panel in [*found.panels, *found.overview]:
        assert panel.rows <= SIDE
        assert panel.columns <= SIDE
    assert found.panels[0].title == "[0, 0, :, :, 0], a cell is 3 by 2 entries"
    marked = {(square.row, square.column) for square in found.panels[0].squares if square.level}
    assert marked == {(row, 4) for row in range(3, 14)}
    (edge,) = [square for square in found.panels[0].squares if (square.row, square.column) == (3, 4)]
    assert edge.text == "6 entries, 1 differ, most at [0, 0, 11, 9, 0]: 1.0, but 0.0 in the reference, 1 apart"
