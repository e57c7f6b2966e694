"""Each example is a project of its own: it runs on the built wheel, in a fresh environment, outside this repository."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]

pytestmark = pytest.mark.wheel


def run(*command: object, cwd: Path = ROOT) -> str:
    """Run a command as another user would: without what this repository's own tests have set."""
    ours = ("PYTHONPATH", "VIRTUAL_ENV", "PYTEST_", "LIKEWISE_", "HYPOTHESIS_")
    environ = {name: value for name, value in os.environ.items() if not name.startswith(ours)}
    done = subprocess.run(
        [str(part) for part in command],
        check=False,  # the assertion below shows what was printed
        cwd=str(cwd),
        env=environ,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
    )
    assert done.returncode == 0, done.stdout
    return done.stdout


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the wheel that LIKEWISE_WHEEL names, or one built for these tests."""
    if os.environ.get("LIKEWISE_WHEEL"):
        return Path(os.environ["LIKEWISE_WHEEL"]).resolve()
    folder = tmp_path_factory.mktemp("wheel")
    if shutil.which("uv"):
        run("uv", "build", "--wheel", "--python", sys.executable, "--out-dir", folder)
    else:
        run(sys.executable, "-m", "pip", "wheel", "--no-deps", "--wheel-dir", folder, ROOT)
    (built,) = folder.glob("likewise-*.whl")
    return built


def installed(folder: Path, *what: object) -> Path:
    """Return the Python of a fresh environment in `folder` with that installed."""
    python = folder / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    if shutil.which("uv"):
        run("uv", "venv", "--python", sys.executable, folder)
        run("uv", "pip", "install", "--python", python, *what)
    else:
        run(sys.executable, "-m", "venv", folder)
        run(python, "-m", "pip", "install", *what)
    return python


def test_strategies_only(tmp_path: Path, wheel: Path) -> None:
    project = tmp_path / "project"
    shutil.copytree(str(ROOT / "examples" / "strategies_only"), str(project))
    python = installed(tmp_path / "environment", wheel, project)
    packages = run(python, "-c", "import pkgutil; print(*sorted(m.name for m in pkgutil.iter_modules()))").split()
    assert "likewise_strategies" in packages
    assert not {"tensorflow", "keras", "tf_keras"} & set(packages)
    output = run(python, "-m", "pytest", "-p", "no:cacheprovider", cwd=project)
    assert re.search(r"=+ 2 passed in ", output), output
