"""The command line as a whole: what it imports, how it fails."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import Any, Callable

import pytest

from likewise import __version__, commands, execution
from likewise.laws import catalog as known

MAIN = "from likewise.cli import main; main()"


def command(*arguments: str, code: str = MAIN, **env: str) -> subprocess.CompletedProcess[str]:
    """The command line in a process of its own; an empty environment variable is left out."""
    environment = {name: value for name, value in {**os.environ, **env}.items() if value}
    return subprocess.run(
        [sys.executable, "-c", code, *arguments], capture_output=True, text=True, env=environment, check=False
    )


@pytest.mark.parametrize("arguments", [["--help"], ["list"], ["list", "--json", "-"], ["run", "--help"], ["run", "x"]])
def test_no_framework_is_imported(arguments: Any) -> None:
    code = (
        "import atexit, sys\n"
        "atexit.register(lambda: print(*{'tensorflow', 'keras', 'tf_keras'} & set(sys.modules), 'ended'))\n" + MAIN
    )
    assert command(*arguments, code=code).stdout.splitlines()[-1] == "ended"


def test_what_can_be_chosen_is_what_there_is() -> None:
    assert set(commands.MODES) == set(execution.MODES)
    assert commands.DIMENSIONS == execution.DIMENSIONS


def test_commands(likewise: Callable[..., Any]) -> None:
    told = likewise("--help").out
    for name in ("list", "replay", "report", "run"):
        assert f"\n  {name} " in told


def test_the_module_is_the_command() -> None:
    told = subprocess.run([sys.executable, "-m", "likewise", "--version"], capture_output=True, text=True, check=False)
    assert told.stdout == f"likewise, version {__version__}\n"


def test_version(likewise: Callable[..., Any]) -> None:
    assert likewise("--version").out == f"likewise, version {__version__}\n"


def test_an_unknown_command(likewise: Callable[..., Any]) -> None:
    ended = likewise("rnu")
    assert ended.code == 2
    assert "No such command 'rnu'" in ended.err


def test_list(likewise: Callable[..., Any]) -> None:
    told = likewise("list").out
    for law in known().values():
        assert f"{law.name}\n    {law.statement}\n" in told
        for each in law.breaks:
            assert each.because in told


def test_list_as_json(likewise: Callable[..., Any]) -> None:
    told = likewise("list", "--json", "-").json
    assert [law["name"] for law in told["laws"]] == list(known())
    for law, described in zip(known().values(), told["laws"]):
        assert described == {
            "name": law.name,
            "statement": law.statement,
            "source": law.source,
            "claims": [claim.name for claim in law.claims],
            "breaks": [{"claim": each.claim.name, "where": each.where, "because": each.because} for each in law.breaks],
        }


def test_a_terminal_without_the_signs() -> None:
    code = (
        "from likewise import laws\n"
        "from likewise.law import Law\n"
        "law = next(iter(laws.catalog().values()))\n"
        "import dataclasses\n"
        "laws.catalog = lambda: {law.name: dataclasses.replace(law, statement='a ≠ b')}\n" + MAIN
    )
    ended = command("list", code=code, PYTHONIOENCODING="ascii", PYTHONUTF8="0")
    assert (ended.returncode, ended.stderr) == (0, "")
    assert "a ? b" in ended.stdout


@pytest.mark.parametrize("before, level, shown", [("", "2", "ERROR"), ("3", "3", "ERROR"), ("0", "0", "NOTSET")])
def test_tensorflow_is_quiet_unless_asked(before: str, level: str, shown: str) -> None:
    code = (
        "import atexit, json, logging, os\n"
        "name = lambda: logging.getLevelName(logging.getLogger('tensorflow').level)\n"
        "atexit.register(lambda: print(json.dumps([os.environ['TF_CPP_MIN_LOG_LEVEL'], name()])))\n" + MAIN
    )
    told = command("list", code=code, TF_CPP_MIN_LOG_LEVEL=before).stdout
    assert json.loads(told.splitlines()[-1]) == [level, shown]


def test_absl_is_quiet_though_it_is_imported_later() -> None:
    pytest.importorskip("absl")
    code = (
        "import atexit, logging\n"
        "def tell():\n"
        "    from absl import logging\n"
        "    logging.warning('not this'); logging.error('but this')\n"
        "atexit.register(tell)\n" + MAIN
    )
    ended = command("list", code=code, TF_CPP_MIN_LOG_LEVEL="")
    assert "not this" not in ended.stderr
    assert "but this" in ended.stderr
