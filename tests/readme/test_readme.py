"""What the README tells people to write runs as it is written."""

from __future__ import annotations

import re
import shlex
import sys
from pathlib import Path
from typing import Any, Dict, Iterator, List

import pytest
from hypothesis import settings

from likewise.cell import current
from likewise.claims.catalog import NAMES
from likewise.cli import cli

README = (Path(__file__).parents[2] / "README.md").read_text(encoding="utf-8")


def blocks(language: str) -> List[str]:
    """Return the README's blocks of code in a language."""
    return re.findall(rf"^```{language}\n(.*?)^```$", README, flags=re.MULTILINE | re.DOTALL)


MODULES = {block.split()[1]: block for block in blocks("python") if block.startswith("# ")}
TESTS = {
    name: block for block in blocks("python") for name in re.findall(r"^(?:def )?(test_\w+)", block, flags=re.MULTILINE)
}


@pytest.fixture
def few_examples(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Tries little, since only that it runs is in question, and keeps these laws out of the session's records."""
    settings.register_profile("readme", settings(max_examples=5))
    settings.load_profile("readme")
    monkeypatch.setattr("likewise.examples.listeners", [])
    yield
    settings.load_profile("likewise-tests")  # which conftest.py in the root loads


def test_every_block_is_run() -> None:
    assert sorted([*MODULES.values(), *TESTS.values()]) == sorted(blocks("python"))


def test_the_table_of_claims_has_all() -> None:
    (table,) = re.findall(r"^\| claim \| what is observed \|\n\|.*\n((?:\| .*\n)+)", README, flags=re.MULTILINE)
    assert set(re.findall(r"^\| `(\w+)` \|", table, flags=re.MULTILINE)) == set(NAMES)


def test_first_law_has_ten_lines() -> None:
    assert len([line for line in TESTS["test_dense_is_conv3d"].splitlines() if line]) == 10


@pytest.mark.usefixtures("few_examples")
@pytest.mark.parametrize("name", sorted(TESTS))
def test_block_passes(name: str) -> None:
    namespace: Dict[str, Any] = {}
    exec(compile(TESTS[name], f"README.md, {name}", "exec"), namespace)
    namespace[name]()


@pytest.mark.parametrize("module, code", [("models", 0), ("rewritten", 1)])
def test_command_tells_whether_it_is_the_same_network(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], module: str, code: int
) -> None:
    (block,) = (block for block in blocks("console") if f"likewise check {module}:" in block)
    (command,) = re.findall(r"^\$ likewise (check .*)$", block, flags=re.MULTILINE)
    (tmp_path / f"{module}.py").write_text(MODULES[f"{module}.py"], encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.setenv("TF_CPP_MIN_LOG_LEVEL", "0")  # or the command would quiet the tests that follow, too
    sys.modules.pop(module, None)  # other tests write a module of this name, too
    with pytest.raises(SystemExit) as stopped:
        cli([*shlex.split(command), "--examples", "5"], prog_name="likewise")
    sys.modules.pop(module, None)
    assert stopped.value.code == code
    told = capsys.readouterr().out
    # In session mode, TF1 behavior, other layers are called on the way.
    if code and current().behavior == "v2":
        (layer,) = re.findall(r"^    layer +(.*)$", block, flags=re.MULTILINE)
        assert layer in told
        # (how many cases are tried, and so what else is told, is a matter of time)
        assert re.search(r"condition  (all \d+ with|.*, seen only where) t > 1", told)


def test_audit_finds_the_law_that_forgot_outputs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (block,) = (block for block in blocks("console") if "likewise audit" in block)
    (command,) = re.findall(r"^\$ likewise (audit .*)$", block, flags=re.MULTILINE)
    (tmp_path / "laws.py").write_text(MODULES["laws.py"], encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("TF_CPP_MIN_LOG_LEVEL", "0")  # as above
    with pytest.raises(SystemExit) as stopped:
        cli([*shlex.split(command), "--examples", "15"], prog_name="likewise")
    assert stopped.value.code == 1
    told = capsys.readouterr().out
    if current().generation == 3:  # the names are those of Keras 3
        shown = [line for line in block.splitlines() if "survived:" in line or "no claim notices" in line]
        assert len(shown) == 5
        assert [line for line in shown if line not in told] == []
