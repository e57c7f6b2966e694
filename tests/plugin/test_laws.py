"""What the plugin makes of laws: records, the summary, and the session's exit status; on workers as in one process."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Dict, List

import pytest

#: Finished laws, made by hand, so that no TensorFlow is needed.
LAWS = """
import os
import time

import hypothesis.strategies as st
import pytest
from likewise import listening
from likewise.cell import Cell
from likewise.claims.outputs import outputs
from likewise.comparison import Finding
from likewise.execution import Execution
from likewise.law import Law
from likewise.running import LawRun

CELL = Cell("3.11.7", "2.21.0", "3.15.1", 3, "v2", "strict", "2.4.6", "6.170.0", "0.1.0", "x86_64")

def finish(name, *problems):
    law = Law(name, "they are the same", cases=st.none(), reference=int, candidate=int, claims=[outputs])
    verdict = "different" if problems else "rounding"
    run = LawRun(
        law, CELL, [Execution("eager")], examples=1500, seconds=2.0, problems=list(problems),
        findings={"outputs": Finding("outputs", verdict, 1234, max_ulp=3, max_abs=1e-7)},
    )
    for listener in listening.listeners:
        listener(run)

"""

HOLDING = "\n".join(f"def test_{name}(): finish({name!r})" for name in ("yew", "ash", "elm", "fir", "oak", "box"))

BREAKING = """
def test_lime():
    finish("lime", "outputs does not hold")
    raise AssertionError("lime")
"""


#: What such a law took.
TIMES = "2.0 s 0.0 structures/s 0.0 cases/s"


def section(session: pytest.RunResult) -> List[str]:
    """The lines below "= likewise =", up to the next rule, but for that of this process's cell."""
    (start,) = (place for place, line in enumerate(session.outlines) if " likewise " in line and line.startswith("="))
    lines = session.outlines[start + 1 :]
    lines = lines[: next(place for place, line in enumerate(lines) if line.startswith("="))]
    return [line for line in lines if not line.startswith("likewise ")]


def records(directory: Path) -> List[Dict[str, Any]]:
    return [json.loads(line) for file in directory.glob("*.jsonl") for line in file.read_text("utf-8").splitlines()]


def test_summary(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(LAWS + HOLDING + BREAKING)
    session = pytester.runpytest()
    assert session.ret == pytest.ExitCode.TESTS_FAILED
    *told, not_asked = [" ".join(line.split()) for line in section(session)]
    assert told == [
        *(f"rounding {name} 1,500 examples 3 ULP {TIMES}" for name in ("ash", "box", "elm", "fir")),
        f"failed lime 1,500 examples 3 ULP {TIMES}",
        "outputs does not hold",
        *(f"rounding {name} 1,500 examples 3 ULP {TIMES}" for name in ("oak", "yew")),
        "7 laws: 6 held, 1 failed; 10,500 examples in 14.0 s, 0.0 structures/s, 0.0 cases/s; 8,638 things compared",
    ]
    assert not_asked.startswith("not asked: refusal, variables, shapes, precision, bits, ")


def test_the_same_on_workers(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(LAWS + HOLDING + BREAKING)
    kept = pytester.path / ".likewise"
    alone = pytester.runpytest("-p", "no:xdist")
    kept.rename(pytester.path / "alone")
    spread = pytester.runpytest("-n", "2")
    assert spread.ret == alone.ret == pytest.ExitCode.TESTS_FAILED
    assert section(spread) == section(alone)
    found = sorted(records(kept), key=str)
    assert found == sorted(records(pytester.path / "alone"), key=str)
    assert [each["laws"][0]["name"] for each in found] == ["ash", "box", "elm", "fir", "lime", "oak", "yew"]


def test_records_are_read_by_the_reader(pytester: pytest.Pytester) -> None:
    from likewise.record import read

    pytester.makepyfile(LAWS + HOLDING)
    pytester.runpytest()
    (document,), unreadable = read([pytester.path / ".likewise"])
    assert document["cell"]["keras"] == "3.15.1"
    assert len(document["laws"]) == 6
    assert not unreadable


def test_records_that_cannot_be_written(pytester: pytest.Pytester) -> None:
    pytester.path.joinpath(".likewise").write_text("a file where the directory would be", "utf-8")
    pytester.makepyfile(LAWS + HOLDING)
    session = pytester.runpytest()
    assert session.ret == pytest.ExitCode.TESTS_FAILED
    session.stdout.fnmatch_lines(["*the record cannot be written: *"])


def test_a_law_of_a_fixture(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(
        LAWS
        + """
@pytest.fixture
def law():
    finish("before")
    yield
    finish("after")

def test_plain(law): pass
"""
    )
    pytester.runpytest().assert_outcomes(passed=1)
    assert [each["laws"][0]["name"] for each in records(pytester.path / ".likewise")] == ["before", "after"]


def test_a_worker_that_died(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(test_elm="def test_elm(): import os; os._exit(3)", test_ash=LAWS + HOLDING)
    session = pytester.runpytest("-n", "1")
    session.assert_outcomes(passed=6, failed=1)
    assert session.ret == pytest.ExitCode.TESTS_FAILED
    assert "worker gw0 died, and the records of test_elm.py::test_elm are lost with it" in section(session)
    assert len(records(pytester.path / ".likewise")) == 6


def test_a_worker_that_died_after_its_tests(pytester: pytest.Pytester) -> None:
    pytester.makeconftest(
        """
import os
def pytest_sessionfinish(session):
    if getattr(session.config, "workerinput", {}).get("workerid") == "gw0":
        os._exit(3)
"""
    )
    pytester.makepyfile(LAWS + HOLDING)
    session = pytester.runpytest("-n", "1")
    session.assert_outcomes(passed=6)
    assert session.ret == pytest.ExitCode.TESTS_FAILED
    assert "worker gw0 died" in section(session)
