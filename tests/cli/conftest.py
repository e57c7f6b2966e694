from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Callable, Dict, List, NamedTuple

import pytest

from likewise.cell import Cell
from likewise.cli import cli
from likewise.law import Law
from likewise.running import LawRun


class Ended(NamedTuple):
    """How a command ended: its exit code, what it told, and its errors."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


@pytest.fixture
def likewise(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Callable[..., Ended]:
    """Calls the command line in an empty directory."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("TF_CPP_MIN_LOG_LEVEL", "0")  # or the command would quiet the tests that follow, too

    def called(*arguments: Any) -> Ended:
        with pytest.raises(SystemExit) as stopped:
            cli([str(each) for each in arguments], prog_name="likewise")
        code = stopped.value.code
        assert isinstance(code, int)
        return Ended(code, *capsys.readouterr())

    return called


@pytest.fixture
def catalog(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Puts laws in place of the catalog."""

    def put(*laws: Law) -> None:
        monkeypatch.setattr("likewise.laws.catalog", lambda: {law.name: law for law in laws})

    return put


@pytest.fixture
def pretended(
    cell: Cell, catalog: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> Callable[..., List[Dict[str, Any]]]:
    """Puts finished runs, or what is raised instead, in place of running laws; gives what each was run with."""

    def pretend(*outcomes: Any) -> List[Dict[str, Any]]:
        left = list(outcomes)
        calls = []

        def run_law(law: Law, **options: Any) -> LawRun:
            calls.append(options)
            outcome = left.pop(0)
            if isinstance(outcome, BaseException):
                raise outcome
            assert isinstance(outcome, LawRun)
            return outcome

        known = [outcome for outcome in outcomes if isinstance(outcome, LawRun)]
        names = [outcome.law if isinstance(outcome, LawRun) else _named(known[0].law) for outcome in outcomes]
        catalog(*names)
        monkeypatch.setattr("likewise.cell._wanted", {})
        monkeypatch.setattr("likewise.cell._current", None)
        monkeypatch.setattr("likewise.cell.current", lambda: known[0].cell)
        monkeypatch.setattr("likewise.examples.run_law", run_law)
        monkeypatch.setattr("likewise.commands.run.waited", lambda: "9.5 s in all")
        return calls

    return pretend


def _named(law: Law) -> Law:
    return Law("stopped-law", law.statement, law.cases, law.reference, law.candidate, claims=law.claims)
