"""Importing the packages is cheap: pytest and Hypothesis do it in every session of every project."""

from __future__ import annotations

import subprocess
import sys
from typing import Set

import pytest

FRAMEWORKS = {"tensorflow", "keras", "tf_keras"}
FOR_PEOPLE = {"click", "jinja2", "rich"}  # what the command line and the reports are made with

REGISTER = "import likewise_strategies._entry as entry; entry.register()"


def imported_by(code: str) -> Set[str]:
    """Return the top-level modules that a fresh interpreter holds after running code."""
    code += "\nimport sys; print(*{name.partition('.')[0] for name in sys.modules})"
    return set(subprocess.check_output([sys.executable, "-c", code], universal_newlines=True).split())


@pytest.mark.parametrize(
    "code",
    ["import likewise", "import likewise.pytest_plugin", "import likewise_strategies", "import hypothesis", REGISTER],
)
def test_imports_no_framework(code: str) -> None:
    assert not imported_by(code) & FRAMEWORKS


def test_likewise_leaves_terminal_libraries_alone() -> None:
    assert not imported_by("import likewise") & FOR_PEOPLE


def test_pytest_plugin_leaves_likewise_alone() -> None:
    before = imported_by("import pytest, likewise")
    assert not (imported_by("import pytest, likewise.pytest_plugin") - before) & (FOR_PEOPLE | {"hypothesis", "numpy"})


@pytest.mark.parametrize("code", ["import likewise_strategies", REGISTER])
def test_strategies_stand_without_likewise(code: str) -> None:
    assert "likewise" not in imported_by(code)


def test_what_is_imported_is_seen() -> None:
    assert {"likewise", "json"} <= imported_by("import likewise, json")
