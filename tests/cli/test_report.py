"""``likewise report``: all that can be read is shown, and what cannot is told."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Callable, Dict

import pytest

from likewise import record
from likewise.running import LawRun


def keep(run: LawRun, directory: Path) -> Dict[str, Any]:
    """Leave a run's record and witnesses in a directory, as `likewise run` does."""
    kept = record.document(run.cell, [record.law_record(run, directory)])
    record.append(kept, directory)
    return kept


@pytest.fixture
def _kept(finished: Any, tmp_path: Path) -> None:
    keep(finished("one-law"), tmp_path / ".likewise")
    keep(finished("one-law", tensorflow="2.8.4"), tmp_path / ".likewise")


@pytest.mark.usefixtures("_kept")
def test_table(likewise: Callable[..., Any]) -> None:
    ended = likewise("report")
    assert (ended.code, ended.err) == (0, "")
    assert [line.split() for line in ended.out.splitlines()[:3]] == [
        ["TensorFlow", "Keras", "behavior", "Python", "A"],
        ["2.8.4", "2.15.0", "v2", "3.11.7", "="],
        ["2.15.1", "2.15.0", "v2", "3.11.7", "="],
    ]
    assert "A  one-law: one-law is what it says" in ended.out


@pytest.mark.usefixtures("_kept")
def test_markdown(likewise: Callable[..., Any]) -> None:
    assert likewise("report", "--markdown", "table.md").out == ""
    assert Path("table.md").read_text(encoding="utf-8").startswith("| TensorFlow | Keras | behavior | Python | A |\n")
    assert likewise("report", "--markdown", "-").out == Path("table.md").read_text(encoding="utf-8")


@pytest.mark.usefixtures("_kept")
def test_json(likewise: Callable[..., Any]) -> None:
    told = likewise("report", "--json", "-").json
    assert told["schema"] == 1
    assert [(each["cell"]["tensorflow"], each["laws"][0]["name"]) for each in told["cells"]] == [
        ("2.15.1", "one-law"),
        ("2.8.4", "one-law"),
    ]


@pytest.mark.usefixtures("_kept")
def test_unreadable_lines(likewise: Callable[..., Any]) -> None:
    file = min(Path(".likewise").glob("*.jsonl"))
    with file.open("a") as opened:
        opened.write('{"schema": 1, "ce')
    ended = likewise("report")
    assert ended.code == 1
    assert ended.err.startswith(f"Error: {file}:2: not a record: ")
    assert [line.split()[-1] for line in ended.out.splitlines()[1:3]] == ["=", "="]


def test_a_law_that_failed(likewise: Callable[..., Any], finished: Any) -> None:
    keep(finished("one-law", broken="names"), Path(".likewise"))
    ended = likewise("report")
    assert ended.code == 1
    assert "✗  one-law on TensorFlow 2.15.1, Keras 2.15.0, v2: names does not hold\n" in ended.out


def test_several_directories(likewise: Callable[..., Any], finished: Any) -> None:
    for name, version in (("a", "2.8.4"), ("b", "2.9.3")):
        keep(finished(tensorflow=version), Path(name))
    told = likewise("report", "a", "b", "--json", "-").json
    assert [each["cell"]["tensorflow"] for each in told["cells"]] == ["2.8.4", "2.9.3"]


def test_nothing_to_show(likewise: Callable[..., Any]) -> None:
    ended = likewise("report")
    assert (ended.code, ended.out) == (2, "")
    assert ended.err == "Error: no records in .likewise; make some with `likewise run`, or run pytest on laws\n"


def test_a_directory_that_is_missing(likewise: Callable[..., Any]) -> None:
    assert likewise("report", "none").code == 2


def test_records_and_table_agree(likewise: Callable[..., Any], finished: Any) -> None:
    kept = keep(finished("one-law"), Path(".likewise"))
    assert likewise("report", "--json", "-").json["cells"] == [
        {"cell": kept["cell"], "laws": json.loads(record.dumped(kept["laws"]))}
    ]
