"""The same variable names, once the renames that a law declares are applied."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import Mapping, Optional, Tuple

from likewise.cell import Cell
from likewise.comparison import Finding
from likewise.trial import Trial

__all__ = ["Names", "names"]


@dataclass(frozen=True)
class Names:
    """Paired variables have the same name, after ``renames`` (see ``renamed``)."""

    renames: Tuple[Tuple[str, str], ...] = ()
    name: str = "names"

    def renamed(self, renames: Mapping[str, str]) -> Names:
        """The claim for names that change in a known way.

        - renames: parts of the reference's names, between slashes, → what stands there in the
          candidate: ``{"conv2d": "time_distributed"}`` takes ``conv2d/kernel:0`` to
          ``time_distributed/kernel:0``, and ``{"conv2d": "time_distributed/conv2d"}`` nests.
        """
        return replace(self, renames=tuple(renames.items()))

    def expected(self, name: str) -> str:
        """What a name of the reference becomes in the candidate."""
        for old, new in self.renames:
            escaped = new.replace("\\", "\\\\")
            name = re.sub(rf"(?<![^/]){re.escape(old)}(?![^/:])", escaped, name)
        return name

    def why_not(self, cell: Cell) -> Optional[str]:
        return None

    def compare(self, trial: Trial) -> Finding:
        if not trial.ran:
            return Finding(self.name, None, message="a side raised, so there is no full list")
        pairing = trial.pairing
        pairs = [
            (pairing.reference[one].name, pairing.candidate[other].name)
            for one, other in pairing.pairs
            if pairing.reference[one].kind != "rng"
        ]
        wrong = [
            f"{one} is {other} in the candidate, but expected {self.expected(one)}"
            for one, other in pairs
            if other != self.expected(one)
        ]
        verdict = "different" if wrong else "identical"
        return Finding(self.name, verdict if pairs else None, len(pairs), message="\n".join(wrong))


#: The same variable names.
names = Names()
