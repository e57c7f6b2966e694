"""Where a run stands, told to the process that watches it: a call that never ends can be ended from outside alone.

A program may hang inside TensorFlow, where it heeds no signal and lets no other thread of Python run. So the command
tells in a file which example it is at, and its parent (``likewise.cli.supervising``) reads that.
"""

from __future__ import annotations

import contextlib
import json
import os
from pathlib import Path
from typing import IO, Any, Dict, List, Mapping, Optional

from likewise.errors.raised import plain

__all__ = ["ENVIRONMENT", "Told", "beat", "done", "finished", "law", "lines", "rest", "start", "step", "told"]

#: The environment variable that names the folder in which a run tells where it stands; who watches sets it.
ENVIRONMENT = "LIKEWISE_PULSE"

#: What a run tells, as builtin types.
Told = Dict[str, Any]


class _Pulse:
    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.now: IO[bytes] = (folder / "now").open("wb", buffering=0)
        self.parent = os.getppid()
        self.state: Told = {"beats": 0, "state": "rest"}

    def tell(self, **changes: Any) -> None:
        self.state.update(changes)
        content = (json.dumps(self.state) + "\n").encode("ascii")
        self.now.seek(0)
        self.now.write(content)
        self.now.truncate(len(content))
        if os.getppid() != self.parent:  # nobody watches any more, so it was killed
            os._exit(1)


_pulse: Optional[_Pulse] = None


def start(run: Mapping[str, Any]) -> None:
    """Begin to tell where this run stands, if somebody watches; all else here does nothing before.

    - run: what is the same for all its laws.
    """
    global _pulse  # noqa: PLW0603  a process is one run
    folder = os.environ.get(ENVIRONMENT)
    if folder and os.path.isdir(folder) and _pulse is None:
        _pulse = _Pulse(Path(folder))
        (_pulse.folder / "run").write_text(json.dumps(run), encoding="ascii")


def law(about: Mapping[str, Any]) -> None:
    """Tell which law is tried from now on."""
    if _pulse is not None:
        (_pulse.folder / "law").write_text(json.dumps(about), encoding="ascii")


def beat(case: Any, execution: Any, *, examples: Optional[int] = None) -> None:
    """Tell that an example begins, or a comparison that explains one: from now on its time counts.

    - examples: the how many-eth of the law it is.
    """
    if _pulse is None:
        return
    from likewise.errors import WitnessError
    from likewise.plain import encoded  # who watches needs no numpy

    arrays: List[Any] = []
    content = None
    with contextlib.suppress(WitnessError, RecursionError):
        content = encoded(case, arrays)
    counted = {} if examples is None else {"examples": examples}
    _pulse.tell(
        beats=_pulse.state["beats"] + 1,
        state="example",
        case=None if arrays else content,
        repr=plain(repr(case)),
        execution={"mode": execution.mode, "dimensions": execution.dimensions},
        side="",
        step="",
        **counted,
    )


def step(side: str, name: str) -> None:
    """Tell what a side is asked: to build, load, run."""
    if _pulse is not None and _pulse.state["state"] == "example":
        _pulse.tell(side=side, step=name)


def rest() -> None:
    """Tell that no example is at hand: what is done now may take any time."""
    if _pulse is not None:
        _pulse.tell(state="rest", examples=0)


def finished(about: Mapping[str, Any]) -> None:
    """Hand over what is to be told of a law that has ended, so that it is not lost with a later one."""
    if _pulse is not None:
        rest()
        with (_pulse.folder / "laws").open("a", encoding="ascii") as file:
            file.write(json.dumps(about) + "\n")


def done() -> None:
    """Tell that this process ends by itself, having said all there is to say."""
    folder = os.environ.get(ENVIRONMENT)
    if folder:
        (Path(folder) / "done").touch()


def told(folder: Path, name: str) -> Told:
    """What a run told last ("run", "law", "now"), {} for nothing, and for what is just being written."""
    try:
        found = json.loads((folder / name).read_text(encoding="ascii"))
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def lines(folder: Path, name: str) -> List[Told]:
    """All that a run told of what came one after the other ("laws")."""
    file = folder / name
    return [json.loads(line) for line in file.read_text(encoding="ascii").splitlines()] if file.exists() else []
