"""The different structures and cases that were tried, and how many in a second."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from typing import Any, Optional, Sequence, Set

from likewise.inputs import structure_of

__all__ = ["Tally", "digest", "per_second"]


@dataclass
class Tally:
    """They are kept as digests: there may be hundreds of thousands, and several processes put theirs together."""

    structures: Set[str] = field(default_factory=set)
    cases: Set[str] = field(default_factory=set)

    def note(self, cases: Sequence[Any]) -> None:
        """Count cases of one structure."""
        self.structures.add(digest(structure_of(cases[0])))
        self.cases.update(map(digest, cases))


def digest(value: Any) -> str:
    """What stands for a value where thousands are to be told apart; the same in each process."""
    return hashlib.sha256(repr(value).encode("utf-8")).hexdigest()[:16]


def per_second(count: int, seconds: float) -> Optional[float]:
    """A rate, None where no time was taken."""
    return round(float(count / seconds), 3) if seconds else None
