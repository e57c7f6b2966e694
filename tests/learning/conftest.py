from __future__ import annotations

from typing import Any, Callable, Dict, Tuple

import numpy as np
import pytest

from likewise import compare
from likewise.cell import current
from likewise.comparison import Finding
from likewise.execution import usable_modes

X = np.linspace(-1, 1, 24, dtype="float32").reshape(2, 4, 3)

FindOut = Callable[..., Finding]


@pytest.fixture(scope="session")
def modes() -> Tuple[str, ...]:
    """The modes that this cell runs by default: under TF1 behavior there is the session alone."""
    return usable_modes(current())


@pytest.fixture(scope="session")
def found() -> FindOut:
    """What one claim finds of two implementations, in one mode."""

    def finding(claim: Any, reference: Any, candidate: Any, mode: str, **options: Any) -> Finding:
        asked: Dict[str, Any] = {"inputs": X, "modes": [mode], "dimensions": ["static"], **options}
        return compare(reference, candidate, claims=[claim], **asked).claims[claim.name]

    return finding
