"""How much was done in a second."""

from __future__ import annotations

from typing import Optional

__all__ = ["per_second"]


def per_second(count: int, seconds: float) -> Optional[float]:
    """A rate, None where no time was taken."""
    return round(float(count / seconds), 3) if seconds else None
