from __future__ import annotations

import functools
import json
import shutil
import sys
from pathlib import Path
from typing import Any, Callable, Iterator, NamedTuple

import pytest

from likewise.cli import cli

EXAMPLE = Path(__file__).parent / "example"


class Ended(NamedTuple):
    """How a command ended: its exit code, what it told, and its errors."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


@pytest.fixture
def _modules_of_the_users(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Modules are imported from the current directory as in a new process, and forgotten afterwards."""
    monkeypatch.setattr(sys, "path", list(sys.path))
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    before = set(sys.modules)
    yield
    here = str(Path.cwd())
    for name in set(sys.modules) - before:
        if (getattr(sys.modules[name], "__file__", None) or "").startswith(here):
            del sys.modules[name]


@pytest.fixture
def check(
    likewise: Callable[..., Ended],
) -> Callable[..., Ended]:
    """Calls ``likewise check`` beside the example modules."""
    return functools.partial(likewise, "check")


@pytest.fixture
def likewise(
    _modules_of_the_users: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Callable[..., Ended]:
    """Calls the command line beside a copy of the example modules, where it may leave files."""
    for module in EXAMPLE.glob("*.py"):
        shutil.copy(str(module), str(tmp_path))
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("TF_CPP_MIN_LOG_LEVEL", "2")  # or the command would set it, for the tests that follow too

    def called(*arguments: str) -> Ended:
        with pytest.raises(SystemExit) as stopped:
            cli(arguments, prog_name="likewise")
        code = stopped.value.code
        assert isinstance(code, int)
        return Ended(code, *capsys.readouterr())

    return called
