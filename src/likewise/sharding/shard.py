"""A shard: one of several processes that share the batches of a law's test, and what they tell each other."""

from __future__ import annotations

import contextlib
import json
import os
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Iterator, List, Optional, Sequence

from likewise.files import write_whole

__all__ = ["Part", "Shard", "current", "taken"]


@dataclass(frozen=True)
class Part:
    """What a shard came to, as far as the law is judged by it as a whole; builtin types only.

    - executions: those that were run.
    - shown: the places of the law's breaks that were shown.
    - compared: the claims of which something was compared.
    - refused: whether a declared refusal was shown.
    - felt: whether the outputs were seen to depend on the inputs, if they do by their graph; None where nobody looked.
    """

    examples: int
    failed: bool
    executions: Sequence[str]
    shown: Sequence[int]
    compared: Sequence[str]
    refused: bool
    felt: Optional[bool] = None


@dataclass(frozen=True)
class Shard:
    """Shard ``number`` of ``count``, counted from 0; ``folder`` is where all of them note what they came to."""

    number: int
    count: int
    folder: Path

    def has(self, batch: int) -> bool:
        """Whether a batch is this shard's, by the batch's number."""
        return batch % self.count == self.number

    @property
    def own_folder(self) -> Path:
        """Where this shard leaves files that the others do not see."""
        return self.folder / str(self.number)

    def end(self, part: Part) -> Optional[List[Part]]:
        """Note what this shard came to; gives the one that ends last what the others did, and None to these."""
        self.folder.mkdir(parents=True, exist_ok=True)
        write_whole(self._note(self.number), json.dumps(asdict(part)).encode("utf-8"))
        notes = [self._note(number) for number in range(self.count)]
        if not all(note.exists() for note in notes):
            return None
        try:  # two that end at once see all notes, but only one of them can make this file
            os.close(os.open(str(self.folder / "last"), os.O_CREAT | os.O_EXCL))
        except FileExistsError:
            return None
        return [Part(**json.loads(note.read_text("utf-8"))) for note in notes if note != self._note(self.number)]

    def _note(self, number: int) -> Path:
        return self.folder / f"{number}.json"


_taken: List[Shard] = []


def current() -> Optional[Shard]:
    """The shard that the test which runs in this process is; None where it has all examples to itself."""
    return _taken[-1] if _taken else None


@contextlib.contextmanager
def taken(shard: Shard) -> Iterator[None]:
    """Within, tests of laws run this shard's examples alone."""
    _taken.append(shard)
    try:
        yield
    finally:
        _taken.pop()
