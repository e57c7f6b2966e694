"""What must agree: one claim a file.

A claim is a value with a ``name`` and ``compare(trial) -> Finding``.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

if sys.version_info >= (3, 8):
    from typing import Protocol
else:
    from typing_extensions import Protocol

if TYPE_CHECKING:
    from likewise.comparison import Finding
    from likewise.trial import Trial

__all__ = ["Claim"]


class Claim(Protocol):
    """One thing that must agree."""

    @property
    def name(self) -> str: ...

    def compare(self, trial: Trial) -> Finding:
        """What this claim finds in a trial."""
