"""Strategies that are made once, each for its own values."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from likewise_strategies._kept import sampled_from


def test_the_same_values_have_one_strategy() -> None:
    assert sampled_from((1, 2)) is sampled_from([1, 2])
    assert sampled_from((1, 2)) is not sampled_from((2, 1))


@pytest.mark.parametrize("values", [(1, 0), (True, False), (1.0, 0.0), ((1, (2,)), (2, (2, 4)))])
@given(data=st.data())
def test_what_is_drawn_is_of_the_values(values: Any, data: st.DataObject) -> None:
    drawn = data.draw(sampled_from(values))
    assert drawn in values
    assert type(drawn) is type(values[0])
