"""LIKEWISE_EXPECT: a session that runs on another TensorFlow or Keras than it was meant to fails."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from likewise.cell import Cell
from likewise.errors import CellError
from likewise.pytest_plugin import _expected, _mismatch_running

TEST = "def test_plain(): pass"

KERAS2 = Cell("3.11.7", "2.21.0", "2.21.0", 2, "v2", "strict", "2.4.6", "6.170.0", "0.1.0", "x86_64")
KERAS3 = Cell("3.11.7", "2.21.0", "3.15.1", 3, "v2", "strict", "2.4.6", "6.170.0", "0.1.0", "x86_64")


@pytest.fixture
def _runs_keras3(monkeypatch: pytest.MonkeyPatch) -> None:
    """A TensorFlow that takes no time to import."""
    monkeypatch.setattr("likewise.cell.current", lambda: KERAS3)
    versions = {"tensorflow": "2.21.0", "keras": "3.15.1", "tf-keras": "2.21.0", "numpy": np.__version__}
    monkeypatch.setattr("likewise.pytest_plugin._installed", versions.get)


@pytest.mark.usefixtures("_runs_keras3")
def test_met(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LIKEWISE_EXPECT", f"\n  tensorflow==2.21.0\nkeras==3.15.1\nnumpy=={np.__version__}\n")
    pytester.makepyfile(TEST)
    session = pytester.runpytest()
    assert session.ret == pytest.ExitCode.OK
    session.stdout.fnmatch_lines(["*= likewise =*", f"likewise 0.1.0: {KERAS3}"])


@pytest.mark.usefixtures("_runs_keras3")
@pytest.mark.parametrize("expected", ["tensorflow==2.15.1", "keras<3", "numpy<1", "tf-keras<2.16", "absent>=1"])
def test_not_what_is_installed(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch, expected: str) -> None:
    monkeypatch.setenv("LIKEWISE_EXPECT", expected)
    pytester.makepyfile("raise AssertionError('not even collected')")
    session = pytester.runpytest()
    assert session.ret == pytest.ExitCode.USAGE_ERROR
    session.stderr.fnmatch_lines([f"ERROR: LIKEWISE_EXPECT asks for {expected}, but * installed; *"])


@pytest.mark.usefixtures("_runs_keras3")
def test_not_what_runs(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LIKEWISE_EXPECT", "tf-keras==2.21.0")  # installed, but Keras 3 stands before it
    pytester.makepyfile(TEST)
    session = pytester.runpytest()
    session.assert_outcomes(passed=1)
    assert session.ret == pytest.ExitCode.TESTS_FAILED
    session.stdout.fnmatch_lines(["LIKEWISE_EXPECT asks for tf-keras==2.21.0, but Keras 3.15.1 ran; *"])


@pytest.mark.usefixtures("_runs_keras3")
def test_no_cell(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> None:
    def fails() -> Any:
        raise CellError("no TensorFlow is installed")

    monkeypatch.setattr("likewise.cell.current", fails)
    monkeypatch.setenv("LIKEWISE_EXPECT", "tensorflow==2.21.0")
    pytester.makepyfile(TEST)
    session = pytester.runpytest()
    assert session.ret == pytest.ExitCode.TESTS_FAILED
    session.stdout.fnmatch_lines(["LIKEWISE_EXPECT is set, but no TensorFlow is installed"])


def test_unreadable(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LIKEWISE_EXPECT", "tensorflow=2.15")
    session = pytester.runpytest()
    assert session.ret == pytest.ExitCode.USAGE_ERROR
    session.stderr.fnmatch_lines(["ERROR: LIKEWISE_EXPECT='tensorflow=2.15', but expected requirements, one a line*"])


@pytest.mark.parametrize(
    "expected, cell, met",
    [
        ("tensorflow==2.21.0", KERAS3, True),
        ("tensorflow==2.20.0", KERAS3, False),
        ("keras==3.15.1", KERAS3, True),
        ("keras==3.15.1", KERAS2, False),
        ("tf-keras>=2.16", KERAS2, True),
        ("tf-keras>=2.16", KERAS3, False),
        ("numpy<1.19", KERAS3, True),  # told by what is installed
    ],
)
def test_what_ran(expected: str, cell: Cell, met: bool) -> None:
    (requirement,) = _expected(expected)
    assert (_mismatch_running(requirement, dict(cell.to_json())) == "") is met


def test_markers_are_obeyed() -> None:
    assert _expected("numpy<1.19; python_version < '3'\n\nkeras==3.3.3") == _expected("keras==3.3.3")
