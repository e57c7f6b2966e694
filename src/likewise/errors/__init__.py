"""What likewise raises: one tree for a user's mistakes, and one failure for programs that differ."""

from __future__ import annotations

from typing import TYPE_CHECKING, Callable, Optional

if TYPE_CHECKING:
    from likewise.comparison import Comparison

__all__ = [
    "CellError",
    "ImplementationError",
    "InputError",
    "LawError",
    "LikewiseError",
    "NotEquivalent",
    "RecordError",
    "WitnessError",
]


class LikewiseError(Exception):
    """A mistake in how likewise was asked: the message says what was given and what would mend it."""


class CellError(LikewiseError):
    """This process cannot be the cell that was asked for (no TensorFlow, too old, set up too late …)."""


class ImplementationError(LikewiseError):
    """An implementation that is not one: it returns no callable, or changes from call to call."""


class InputError(LikewiseError):
    """Inputs, or the spec that describes them, that cannot be read."""


class LawError(LikewiseError):
    """A law that cannot be found, or that contradicts itself."""


class RecordError(LikewiseError):
    """A record file that cannot be read or written."""


class WitnessError(LikewiseError):
    """A witness file that cannot be read, or that nothing here can replay."""


class NotEquivalent(AssertionError):
    """Two implementations that are not the same network.

    ``comparison`` holds all that was compared, claim by claim. What explains it is looked for once the text
    is asked for, outside of Hypothesis, which raises many of these before it shows one.

    - explain: gives the comparison with its explanation; None where it is not the time for it.
    """

    def __init__(self, comparison: Comparison, explain: Optional[Callable[[], Optional[Comparison]]] = None) -> None:
        super().__init__()
        self.comparison = comparison
        self._explain = explain

    def __str__(self) -> str:
        explained = None if self._explain is None else self._explain()
        if explained is not None:
            self.comparison, self._explain = explained, None
        return str(self.comparison)
