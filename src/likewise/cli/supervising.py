"""The command run in a process of its own, which is ended where an example does not end, and its case kept.

A call that hangs in TensorFlow's C++ heeds no signal and lets no thread of Python run, and one that ends the process
(a segmentation fault, ``os._exit``) lets nobody tell of it. So who watches is another process, which imports next to
nothing until something has to be told.
"""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any, Dict, Iterator, Optional, Sequence, Tuple

from likewise.cli import chatter
from likewise.listening import pulse

__all__ = ["supervised"]

#: The commands that are watched: those that run examples.
_WATCHED = ("check", "run")

#: How the command begins in the process that is watched: the folder it is started from is no place for our modules.
_BEGIN = "import sys; sys.path[:] = [each for each in sys.path if each]; from likewise.cli import main; main()"

#: How often is looked, in seconds, and how long a process that was interrupted may take to end by itself.
_OFTEN = 0.25
_GRACE = 10.0

#: The process that is watched, and what stands between it and the terminal.
Child = Tuple["subprocess.Popen[bytes]", Optional[chatter.Filter]]

#: What ended by itself ends with: an interrupt, or what nobody foresaw.
_INTERRUPTED, _FAILED = 130, 3


def supervised(arguments: Sequence[str]) -> Optional[int]:
    """Run the command of these arguments in a process of its own and give its exit code; None where it needs none.

    Where an example does not end in time, or ends the process, the exit code is 1 and all is told here. What the
    examples before it found of the same law is lost then, and the laws after it are not tried.
    """
    name = next((each for each in arguments if not each.startswith("-")), "")
    if name not in _WATCHED or pulse.ENVIRONMENT in os.environ:
        return None
    with tempfile.TemporaryDirectory(prefix="likewise-") as folder:
        with _ending(_started(arguments, {**os.environ, pulse.ENVIRONMENT: folder})) as child:
            late = _watched(child, Path(folder))
        if late is None and (Path(folder) / "done").exists():
            return child.returncode
        return _told(Path(folder), late, child.returncode)


def _started(arguments: Sequence[str], environment: Dict[str, str]) -> Child:
    command = [sys.executable, "-c", _BEGIN, *arguments]
    if chatter.wanted() or sys.platform == "win32":  # where a process is handed no open files
        return subprocess.Popen(command, env=environment), None  # noqa: S603  it is this very command
    sieve = chatter.Filter()
    environment.update(sieve.environment)
    child = subprocess.Popen(command, env=environment, stderr=sieve.writing, pass_fds=[sieve.terminal])  # noqa: S603  the same
    sieve.begun()
    return child, sieve


@contextlib.contextmanager
def _ending(started: Child) -> Iterator[subprocess.Popen[bytes]]:
    """The child ends with this process, however that ends; only a kill leaves it, until its next example."""

    def stop(number: int, _: Any) -> None:
        sys.exit(128 + number)

    child, sieve = started
    before = signal.signal(signal.SIGTERM, stop)
    try:
        yield child
    finally:
        signal.signal(signal.SIGTERM, before)
        if child.poll() is None:
            child.kill()
        child.wait()
        if sieve is not None:
            sieve.close()


def _watched(child: subprocess.Popen[bytes], folder: Path) -> Optional[float]:
    """Wait for the child; gives how many seconds an example took that was ended, None where it needed no ending."""
    seen, since, interrupted = 0, time.monotonic(), 0.0
    while True:
        try:
            child.wait(_OFTEN)
        except subprocess.TimeoutExpired:
            pass
        except KeyboardInterrupt:  # which the child hears as well
            if interrupted:
                sys.exit(_INTERRUPTED)
            interrupted = time.monotonic()
        else:
            return None
        if interrupted and time.monotonic() - interrupted > _GRACE:
            sys.exit(_INTERRUPTED)
        now = pulse.told(folder, "now")
        if now.get("state") != "example" or now["beats"] != seen:
            seen, since = now.get("beats", 0), time.monotonic()
            continue
        limit, took = pulse.told(folder, "run").get("timeout", 0), time.monotonic() - since
        if limit and took > limit:
            child.kill()
            child.wait()
            return float(limit)


def _told(folder: Path, late: Optional[float], code: int) -> int:
    """Tell of the example that was ended, or that ended its process, as a command tells of a failure."""
    now, run, law = (pulse.told(folder, name) for name in ("now", "run", "law"))
    if sys.stderr.isatty():
        sys.stderr.write("\x1b[?25h\r\x1b[K")  # what a bar leaves behind where it cannot end
    if now.get("state") != "example" or not run or not law:
        sys.stderr.write(f"likewise stopped, and nothing was shown: its process {_ended(code)}\n")
        return _FAILED
    from likewise.cli.telling import tell

    happened = f"did not end in {late:g} s" if late is not None else f"ended its process, which {_ended(code)}"
    seconds = time.time() - (folder / "law").stat().st_mtime
    tell(now, run, law, pulse.lines(folder, "laws"), happened=happened, seconds=seconds)
    return 1


def _ended(code: int) -> str:
    if code >= 0:
        return f"ended with exit code {code}"
    with contextlib.suppress(ValueError):
        return f"was ended by {signal.Signals(-code).name}"
    return f"was ended by signal {-code}"
