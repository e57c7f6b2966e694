"""Where the shards of a run note what they came to; what a run that was killed left there is cleared by the next."""

from __future__ import annotations

import contextlib
import shutil
import sys
from pathlib import Path
from typing import IO, Optional

__all__ = ["Folder"]

#: Which a run keeps locked as long as it lives: the system lets go of a lock, however the process ends.
_LIVING = "living"


class Folder:
    """A folder of a run's own, ``path``, made at once; ``close`` removes it.

    - parent: where the folders of other runs may be, too. Those of runs that no longer live are removed.
    """

    def __init__(self, parent: Path, name: str) -> None:
        self.path = parent / name
        _clear(parent)
        self._lock: Optional[IO[bytes]] = None
        with contextlib.suppress(OSError):  # the shards will say what is wrong
            self.path.mkdir(parents=True, exist_ok=True)
            self._lock = (self.path / _LIVING).open("wb")
            _locked(self._lock)

    def close(self) -> None:
        """Remove the folder, and the one of all runs if it is empty."""
        if self._lock is not None:
            self._lock.close()
        shutil.rmtree(str(self.path), ignore_errors=True)
        with contextlib.suppress(OSError):
            self.path.parent.rmdir()


def _clear(parent: Path) -> None:
    with contextlib.suppress(OSError):
        for each in parent.iterdir():
            if each.is_dir() and not _lives(each):
                shutil.rmtree(str(each), ignore_errors=True)


def _lives(folder: Path) -> bool:
    try:
        with (folder / _LIVING).open("rb+") as file:
            return not _locked(file)
    except FileNotFoundError:
        return False  # older than these locks
    except OSError:
        return True


def _locked(file: IO[bytes]) -> bool:
    """Lock an open file, as long as it is open; False where another process has."""
    if sys.platform == "win32":
        import msvcrt

        try:
            msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
        except OSError:
            return False
    else:
        import fcntl

        try:
            fcntl.flock(file.fileno(), fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
    return True
