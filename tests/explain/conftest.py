from __future__ import annotations

import pytest

from likewise.cell import current
from likewise.execution import usable_modes


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Whoever asks for a mode is run in each that this cell runs by default."""
    if "mode" in metafunc.fixturenames:
        metafunc.parametrize("mode", usable_modes(current()))
