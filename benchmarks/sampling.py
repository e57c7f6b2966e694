"""Whose code a thread runs: its stack is looked at every millisecond, without slowing it as a tracing profiler does."""

from __future__ import annotations

import collections
import contextlib
import sys
import threading
from types import FrameType
from typing import Counter, Dict, Iterator, Mapping, Optional, Tuple

__all__ = ["Samples", "sampled"]

INTERVAL = 0.001


class Samples:
    """How often each owner's code was found running, and how often each line of it.

    ``owners`` maps the beginning of a module's name to whose it is; the first that fits counts. A sample belongs to
    the owner of the innermost frame that has one. So what is called in numpy or in the standard library counts for
    its caller.
    """

    def __init__(self, owners: Mapping[str, str]) -> None:
        self.owners = owners
        self.by_owner: Counter[str] = collections.Counter()
        self.by_line: Counter[Tuple[str, str]] = collections.Counter()

    def share(self, owner: str) -> float:
        """The share of all samples that is this owner's; 0.0 where none was taken."""
        return self.by_owner[owner] / max(sum(self.by_owner.values()), 1)

    def by_room(self, owner: str) -> Dict[str, int]:
        """How many of an owner's samples fell into each module right below its package."""
        rooms: Counter[str] = collections.Counter()
        for (whose, line), count in self.by_line.items():
            if whose == owner:
                rooms[line.partition(":")[0].split(".")[1]] += count
        return dict(rooms.most_common())

    def add(self, frame: Optional[FrameType]) -> None:
        while frame is not None:
            module = frame.f_globals.get("__name__") or ""
            for beginning, owner in self.owners.items():
                if module.startswith(beginning):
                    self.by_owner[owner] += 1
                    self.by_line[owner, f"{module}:{frame.f_lineno}"] += 1
                    return
            frame = frame.f_back
        self.by_owner["other"] += 1


@contextlib.contextmanager
def sampled(samples: Samples) -> Iterator[None]:
    """Sample what this thread runs within."""
    thread, finished = threading.get_ident(), threading.Event()

    def look() -> None:
        while not finished.wait(INTERVAL):
            samples.add(sys._current_frames().get(thread))  # noqa: SLF001  # documented, in spite of its name

    # A thread that computes gives way this often; by default it is five times as long as INTERVAL.
    before = sys.getswitchinterval()
    sys.setswitchinterval(INTERVAL / 10)
    looking = threading.Thread(target=look, daemon=True)
    looking.start()
    try:
        yield
    finally:
        finished.set()
        looking.join()
        sys.setswitchinterval(before)
