from __future__ import annotations

from functools import partial
from typing import Any, Callable, List

import pytest
from hypothesis import HealthCheck, Phase, find, given, seed, settings
from hypothesis.strategies import SearchStrategy

Draws = Callable[[SearchStrategy[Any], int], List[Any]]


@pytest.fixture(scope="session")
def smallest() -> Callable[[SearchStrategy[Any], Callable[[Any], bool]], Any]:
    """The example that Hypothesis shrinks to, without the explanation that it adds at some length."""
    return partial(find, settings=settings(database=None, deadline=None, phases=[Phase.generate, Phase.shrink]))


@pytest.fixture(scope="session")
def draws() -> Draws:
    """Draws from a strategy, the same ones each time, for tests that count."""

    def drawn_from(strategy: SearchStrategy[Any], count: int) -> list[Any]:
        drawn = []

        @seed(1)
        @settings(
            max_examples=count,
            database=None,
            deadline=None,
            phases=[Phase.generate],
            suppress_health_check=[HealthCheck.too_slow],  # a loaded machine is no reason to fail
        )
        @given(strategy)
        def draw(value: Any) -> None:
            drawn.append(value)

        draw()
        assert len(drawn) == count
        return drawn

    return drawn_from
