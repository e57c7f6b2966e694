"""What the shards of a run leave behind, where the run was killed."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

import pytest

from likewise.sharding.folder import Folder


def test_a_folder_is_there_and_goes(tmp_path: Path) -> None:
    folder = Folder(tmp_path / "shards", "a")
    assert folder.path.is_dir()
    folder.close()
    assert list(tmp_path.iterdir()) == []


def test_runs_that_live_are_let_be(tmp_path: Path) -> None:
    one = Folder(tmp_path, "one")
    (one.path / "0.json").write_text("{}")
    other = Folder(tmp_path, "other")
    other.close()
    assert (one.path / "0.json").exists()
    one.close()
    assert not one.path.exists()


def test_what_a_killed_run_left_is_cleared(tmp_path: Path) -> None:
    source = (
        f"import sys, time; sys.path[:] = {sys.path!r}; from pathlib import Path; "
        "from likewise.sharding.folder import Folder; "
        f"folder = Folder(Path({str(tmp_path)!r}), 'killed'); (folder.path / 'begun').touch(); time.sleep(600)"
    )
    process = subprocess.Popen([sys.executable, "-c", source])
    try:
        for _ in range(300):
            if (tmp_path / "killed" / "begun").exists():
                break
            time.sleep(0.1)
        Folder(tmp_path, "during").close()
        assert (tmp_path / "killed").exists()
    finally:
        process.kill()
        process.wait()
    (tmp_path / "a file").touch()
    Folder(tmp_path, "after").close()
    assert sorted(each.name for each in tmp_path.iterdir()) == ["a file"]


def test_what_an_older_likewise_left_is_cleared(tmp_path: Path) -> None:
    (tmp_path / "old" / "0").mkdir(parents=True)
    Folder(tmp_path, "new").close()
    assert not (tmp_path / "old").exists()


@pytest.mark.skipif(sys.platform == "win32", reason="no such permissions")
def test_a_folder_that_cannot_be_made_stops_nothing(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    Folder(tmp_path / "file", "a").close()
