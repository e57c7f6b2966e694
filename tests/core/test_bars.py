"""Error bars of what moved runs gave: how wide they are, and what of it is a jump."""

from __future__ import annotations

from typing import Sequence

import numpy as np
import pytest

from likewise.judging.bars import Bars
from likewise.verdict import parts

GIVEN = np.array([1.0, 1.0])
ULP = 2.0**-52


def unjumping(runs: Sequence[float]) -> float:
    """The deviation of an entry that was 1 and became these, beside one that stays."""
    bars = Bars([[np.array([each, 1.0])] for each in runs], traced=True)
    with np.errstate(invalid="ignore"):  # as it is called
        deviation = bars.unjumping(0, parts(GIVEN)).reshape(-1)
    assert deviation[1] == 0
    return float(deviation[0])


def test_what_rounding_moves_counts_in_full() -> None:
    assert unjumping([1 + ULP, 1 - 2 * ULP, 1 + 3 * ULP, 1 - 4 * ULP]) == pytest.approx(np.sqrt(7.5) * ULP)


@pytest.mark.parametrize("other", [2.0, -1e30, np.inf, -np.inf, np.nan])
def test_a_run_that_jumps_does_not_count(other: float) -> None:
    assert unjumping([1 + ULP, 1 - ULP, 1 + ULP, other]) == pytest.approx(np.sqrt(3 / 4) * ULP)


@pytest.mark.parametrize("other", [2.0, np.inf, np.nan])
def test_a_program_that_only_jumps_is_not_moved_at_all(other: float) -> None:
    assert unjumping([1.0, other, 1.0, other]) == 0


def test_what_loses_all_its_digits_does_not_jump() -> None:
    assert unjumping([0.5, 2.0, -1.0, 3.0]) > 1


def test_a_bar_is_no_narrower_than_the_last_operation_rounds() -> None:
    bars = Bars([[GIVEN]] * 4, traced=True)
    assert (bars.allowed(0, parts(GIVEN), np.float64) == 4 * ULP).all()
    assert (bars.allowed(0, parts(GIVEN), np.float64, np.full_like(parts(GIVEN), 0.25)) > 0.25).all()
