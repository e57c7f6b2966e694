"""What TensorFlow and HDF5 write to the terminal by themselves, past Python: kept from it, line by line."""

from __future__ import annotations

import os
import re
import sys
import threading
from typing import IO, Any, Dict

__all__ = ["ENVIRONMENT", "Filter", "is_chatter", "ours", "wanted"]

#: Tells the process that is watched where the terminal is, by the number of an open file.
ENVIRONMENT = "LIKEWISE_STDERR"

#: Lines of a log (of errors those alone that miss a GPU), the line before them, and how HDF5 tells of what h5py asks in
#: vain.
_CHATTER = re.compile(
    rb"WARNING: All log messages before absl::|[IW]\d{4} |\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d+: [IW] |"
    rb"E\d{4} [^\]]*(?:cuda|computation_placer)|\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d+: E \S*cuda|"
    rb"HDF5-DIAG: |\s+#\d{3}: |\s+(?:major|minor): |"
    rb"To enable the following instructions: |Skipping registering GPU devices|pciBusID: |coreClock: "
)


def is_chatter(line: bytes) -> bool:
    """Whether nobody asked for a line."""
    return _CHATTER.match(line) is not None


def wanted() -> bool:
    """Whether the user asked for TensorFlow's log."""
    return os.environ.get("TF_CPP_MIN_LOG_LEVEL", "2") < "2"


class Filter:
    """Hands on to standard error what another process writes to ``writing``, without chatter, until ``close``.

    That process finds standard error itself in ``environment``, for ``ours``: what it writes there may move cursors.
    """

    def __init__(self) -> None:
        sys.stderr.flush()
        self.terminal = os.dup(2)
        reading, self.writing = os.pipe()
        self.environment: Dict[str, str] = {ENVIRONMENT: str(self.terminal)}
        self._thread = threading.Thread(target=self._hand_on, args=(reading,), daemon=True)
        self._thread.start()

    def begun(self) -> None:
        """The other process has its end of it."""
        os.close(self.writing)

    def close(self) -> None:
        """Hand on what is left."""
        self._thread.join(1.0)  # (longer only where a process that the other one started goes on)

    def _hand_on(self, reading: int) -> None:
        with open(reading, "rb", buffering=0) as lines:
            before = b""
            while True:
                content = lines.read(1 << 16)
                if not content:
                    break
                *whole, before = (before + content).split(b"\n")
                self._write(b"".join(line + b"\n" for line in whole if not is_chatter(line)))
            self._write(b"" if is_chatter(before) else before)

    def _write(self, content: bytes) -> None:
        while content:
            try:
                content = content[os.write(self.terminal, content) :]
            except OSError:  # noqa: PERF203  nobody reads any more
                return


def ours() -> None:
    """In the process that is watched: let Python write to the terminal itself."""
    number = os.environ.pop(ENVIRONMENT, None)
    if number is not None:
        options: Dict[str, Any] = {"encoding": sys.stderr.encoding, "errors": "backslashreplace", "buffering": 1}
        stream: IO[str] = open(int(number), "w", **options)  # noqa: SIM115  as long as the process
        sys.stderr = sys.__stderr__ = stream  # type: ignore[assignment, misc]
