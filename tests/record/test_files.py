"""Files are written whole or not at all, whoever else writes and whatever goes wrong."""

from __future__ import annotations

import errno
import os
import subprocess
import sys
from pathlib import Path
from typing import Any, Dict

import pytest

from likewise.files import append_line, read_lines, record_file, witness_file, write_whole

CELL: Dict[str, Any] = {
    "python": "3.11.7",
    "tensorflow": "2.15.1",
    "keras": "2.15.0",
    "behavior": "v2",
    "numerics": "strict",
}

APPENDING = """
import sys
from pathlib import Path
from likewise.files import append_line
for number in range(100):
    append_line(Path(sys.argv[1]), f"{sys.argv[2]} {number} " + sys.argv[2] * 20000)
"""


def test_a_file_a_cell() -> None:
    assert record_file(Path("d"), CELL) == Path("d/tensorflow-2.15.1-keras-2.15.0-v2-strict-py311.jsonl")


def test_a_witness_a_claim() -> None:
    assert witness_file(Path("d"), CELL, "law", "names").parts[:2] == ("d", "witnesses")


def test_a_law_whose_name_is_long_has_a_file_of_its_own(tmp_path: Path) -> None:
    names = ["check-" + "folder-" * 80 + end for end in ("one", "other")]
    files = [witness_file(tmp_path, CELL, name, "names") for name in names]
    for file in files:
        file.parent.mkdir(exist_ok=True)
        write_whole(file, b"")
    assert len(list(files[0].parent.iterdir())) == 2
    assert files[0].name.startswith("check-folder-")


def test_a_version_of_any_form_names_a_file_in_the_directory() -> None:
    assert record_file(Path("d"), {**CELL, "tensorflow": "../2 own/build"}).parent == Path("d")


def test_lines_are_appended(tmp_path: Path) -> None:
    path = tmp_path / "new" / "records"
    append_line(path, "one")
    append_line(path, "zwö")
    assert read_lines(path) == [b"one", "zwö".encode(), b""]


def test_an_unterminated_line_swallows_nothing(tmp_path: Path) -> None:
    path = tmp_path / "records"
    path.write_bytes(b"whole\nhal")
    append_line(path, "next")
    assert read_lines(path) == [b"whole", b"hal", b"next", b""]


def test_a_short_write_is_taken_back(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "records"
    append_line(path, "one")
    write = os.write
    monkeypatch.setattr(os, "write", lambda descriptor, content: write(descriptor, content[:3]))
    with pytest.raises(OSError, match="only 3 of 7 bytes"):
        append_line(path, "longer")
    assert path.read_bytes() == b"one\n"


@pytest.mark.parametrize("error", [OSError(errno.ENOSPC, "No space left on device"), KeyboardInterrupt()])
def test_an_interrupted_write_is_taken_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: BaseException
) -> None:
    path = tmp_path / "records"
    append_line(path, "one")
    write = os.write

    def fails(descriptor: int, content: bytes) -> int:
        write(descriptor, content[:3])
        raise error

    monkeypatch.setattr(os, "write", fails)
    with pytest.raises(type(error)):
        append_line(path, "longer")
    assert path.read_bytes() == b"one\n"


def test_processes_that_write_at_once_lose_nothing(tmp_path: Path) -> None:
    path = tmp_path / "records"
    writers = [subprocess.Popen([sys.executable, "-c", APPENDING, str(path), letter]) for letter in "abc"]
    assert [writer.wait() for writer in writers] == [0, 0, 0]
    lines = [line.split() for line in read_lines(path) if line]
    assert sorted(lines) == sorted(
        [letter, b"%d" % number, letter * 20000] for letter in (b"a", b"b", b"c") for number in range(100)
    )


def test_a_file_is_replaced(tmp_path: Path) -> None:
    path = tmp_path / "out.json"
    path.write_text("old")
    write_whole(path, b"new")
    assert path.read_bytes() == b"new"
    assert os.listdir(str(tmp_path)) == ["out.json"]


def test_a_file_that_cannot_be_replaced_stays(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "out.json"
    path.write_text("old")

    def fails(*paths: str) -> None:
        raise OSError(errno.EACCES, "Permission denied")

    monkeypatch.setattr(os, "replace", fails)
    with pytest.raises(PermissionError):
        write_whole(path, b"new")
    assert path.read_bytes() == b"old"
    assert os.listdir(str(tmp_path)) == ["out.json"]


def test_a_link_stays_a_link(tmp_path: Path) -> None:
    (tmp_path / "out.json").write_text("old")
    (tmp_path / "link").symlink_to("out.json")
    write_whole(tmp_path / "link", b"new")
    assert (tmp_path / "link").is_symlink()
    assert (tmp_path / "out.json").read_bytes() == b"new"


def test_what_is_no_file_is_written_to(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(str(pipe))
    reader = os.open(str(pipe), os.O_RDONLY | os.O_NONBLOCK)
    try:
        write_whole(pipe, b"content")
        assert os.read(reader, 100) == b"content"
    finally:
        os.close(reader)
    assert pipe.is_fifo()
