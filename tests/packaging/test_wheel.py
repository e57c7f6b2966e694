"""The wheel holds both packages, and nothing else of the repository."""

from __future__ import annotations

import configparser
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import List

import pytest

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "hatchling", "build", "--target", "wheel", "--directory", str(folder)]
    subprocess.run(command, cwd=str(ROOT), check=True, stdout=subprocess.DEVNULL)
    (built,) = folder.glob("likewise-*.whl")
    return built


def names(wheel: Path) -> List[str]:
    with zipfile.ZipFile(str(wheel)) as archive:
        return archive.namelist()


def sources(package: Path) -> List[str]:
    return [f"{package.name}/{path.relative_to(package).as_posix()}" for path in package.rglob("*.py")]


def test_holds_every_module_of_both_packages(wheel: Path) -> None:
    expected = sources(ROOT / "src" / "likewise") + sources(ROOT / "strategies" / "likewise_strategies")
    assert sorted(name for name in names(wheel) if name.endswith(".py")) == sorted(expected)


def test_holds_nothing_beside_the_packages(wheel: Path) -> None:
    tops = {name.split("/")[0] for name in names(wheel)}
    assert {top for top in tops if not top.endswith(".dist-info")} == {"likewise", "likewise_strategies"}


@pytest.mark.parametrize("marker", ["likewise/py.typed", "likewise_strategies/py.typed"])
def test_says_that_it_is_typed(wheel: Path, marker: str) -> None:
    assert marker in names(wheel)


def test_holds_the_page_of_a_failure(wheel: Path) -> None:
    assert "likewise/report/page.html" in names(wheel)


def test_holds_the_license(wheel: Path) -> None:
    assert [name for name in names(wheel) if name.endswith("licenses/LICENSE")]


def test_declares_its_entry_points(wheel: Path) -> None:
    (place,) = [name for name in names(wheel) if name.endswith("entry_points.txt")]
    declared = configparser.ConfigParser()
    with zipfile.ZipFile(str(wheel)) as archive:
        declared.read_string(archive.read(place).decode())
    assert {section: dict(declared[section]) for section in declared.sections()} == {
        "console_scripts": {"likewise": "likewise.cli:main"},
        "hypothesis": {"likewise_strategies": "likewise_strategies._entry:register"},
        "pytest11": {"likewise": "likewise.pytest_plugin"},
    }
