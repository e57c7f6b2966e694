from __future__ import annotations

from typing import Any, Callable, Tuple

import pytest

from likewise.cell import current, keras
from likewise.execution import usable_modes

Implementation = Callable[..., Any]


@pytest.fixture(scope="session")
def modes() -> Tuple[str, ...]:
    """The modes that this cell runs by default: under TF1 behavior there is the session alone."""
    return usable_modes(current())


@pytest.fixture(scope="session")
def dense() -> Callable[..., Implementation]:
    """Makes implementations that need no case: a Dense layer of so many units and other settings."""

    def with_settings(units: int = 2, **settings: Any) -> Implementation:
        return lambda: keras().layers.Dense(units, **settings)

    return with_settings


@pytest.fixture
def eager(modes: Tuple[str, ...]) -> None:
    """Of what runs eagerly: under TF1 behavior nothing does."""
    if "eager" not in modes:
        pytest.skip("nothing runs eagerly under TF1 behavior")
