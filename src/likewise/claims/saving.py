"""What is saved and loaded computes the same."""

from __future__ import annotations

import os
import tempfile
from dataclasses import dataclass, replace
from typing import List, Optional, Tuple

from likewise.cell import Cell
from likewise.comparison import Finding, merged
from likewise.errors import LawError
from likewise.formats import FORMATS, Format
from likewise.holding import Unseen, each_alone, own
from likewise.trial import Trial

__all__ = ["Saving", "saving"]

NAMES = tuple(each.name for each in FORMATS)


@dataclass(frozen=True)
class Saving:
    """Each side, saved and loaded in each format that it has here, computes what it did.

    The formats: ``.keras``, ``.h5`` and SavedModel, which are loaded from the file alone (a layer is saved in a model
    around it, and the user's own classes are told by name); and ``save_weights``, ``tf.train.Checkpoint`` and TF1's
    ``Saver``, which a fresh program loads. A session has ``Saver`` and ``tf.train.Checkpoint``, and with Keras 2 the
    two of HDF5. A function has the Saver alone. Where one side cannot be saved or loaded and the other can, they
    differ; where neither can what Keras promises, both fail.
    """

    formats: Tuple[str, ...] = NAMES
    name: str = "saving"

    def by(self, *formats: str) -> Saving:
        """The claim for some formats alone. Raises LawError for one that is unknown."""
        for each in formats:
            if each not in NAMES:
                raise LawError(f"format={each!r}, but expected one of {', '.join(NAMES)}")
        return replace(self, formats=formats)

    def why_not(self, cell: Cell) -> Optional[str]:
        return None

    def compare(self, trial: Trial) -> Finding:
        if not trial.ran:
            return Finding(self.name, None, message="a side raised, so there is nothing to save")
        findings: List[Finding] = []
        for each in FORMATS:
            if each.name in self.formats:
                found = self._kept(trial, each)
                message = found.message and f"{each.name}: {found.message}"
                findings.append(replace(found, message=message))
        total = merged(findings)[self.name]
        # All formats that differ are told, and all reasons where none could be tried.
        told = [found.message for found in findings if found.verdict == total.verdict and found.message]
        return replace(total, message="\n".join(told))

    def _kept(self, trial: Trial, kind: Format) -> Finding:
        def found(place: int) -> Finding:
            reason = kind.why_not(trial.sides[place])
            if reason is not None:
                raise Unseen(reason)
            with tempfile.TemporaryDirectory() as folder:
                path = os.path.join(folder, "saved")
                with trial.remade(place, lambda side: kind.kept(side, path)) as loaded:
                    return own(self.name, loaded, "before it was saved")

        promised = all(map(kind.promised, trial.sides))
        from_file = f"come back from {kind.name}" if promised else ""
        return each_alone(self.name, "come back from its file", found, promised=from_file)


#: Saved and loaded, the same.
saving = Saving()
