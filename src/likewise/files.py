"""The files that runs leave behind: where they lie, and how they are written whole or not at all."""

from __future__ import annotations

import contextlib
import os
import re
import sys
import zlib
from pathlib import Path
from typing import Iterator, List, Mapping, Union

__all__ = ["DIRECTORY", "append_line", "read_lines", "record_file", "witness_file", "write_whole"]

#: Where records and witnesses go, in the working directory or in pytest's root.
DIRECTORY = ".likewise"

#: As much of a law's name as goes into the name of a file, which has 255 letters at most.
_NAME = 100


def record_file(directory: Path, cell: Mapping[str, Union[str, int]]) -> Path:
    """The file that holds a cell's records, a line a law."""
    return directory / f"{_slug(cell)}.jsonl"


def witness_file(directory: Path, cell: Mapping[str, Union[str, int]], law: str, claim: str) -> Path:
    """The file that holds the last witness of a law's claim in a cell."""
    if len(law) > _NAME:  # one that is made of paths
        law = f"{law[: _NAME - 9]}-{zlib.crc32(law.encode('utf-8')):08x}"
    return directory / "witnesses" / f"{law}-{claim}-{_slug(cell)}.npz"


def _slug(cell: Mapping[str, Union[str, int]]) -> str:
    python = "".join(str(cell["python"]).split(".")[:2])
    text = f"tensorflow-{cell['tensorflow']}-keras-{cell['keras']}-{cell['behavior']}-{cell['numerics']}-py{python}"
    return re.sub(r"[^A-Za-z0-9.+-]", "-", text)


def write_whole(path: Path, content: bytes) -> None:
    """Put ``content`` in place of the file, in one step: whoever reads sees the old one or the new one.

    What is no regular file (a pipe, a device) is written to as it is. Raises OSError.
    """
    path = Path(os.path.realpath(str(path)))  # a link stays a link
    if path.exists() and not path.is_file():
        path.write_bytes(content)
        return
    beside = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        beside.write_bytes(content)
        os.replace(str(beside), str(path))
    except BaseException:
        with contextlib.suppress(FileNotFoundError):
            beside.unlink()
        raise


def append_line(path: Path, line: str) -> None:
    """Append a line, whole or not at all, whoever else is appending; makes the directory.

    A last line that a crash left unterminated is terminated first, so that it swallows nothing.
    Raises OSError; then the file is as long as before.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    content = line.encode("utf-8") + b"\n"
    descriptor = os.open(str(path), os.O_RDWR | os.O_APPEND | os.O_CREAT | getattr(os, "O_BINARY", 0), 0o666)
    try:
        with _locked(descriptor):
            size = os.fstat(descriptor).st_size
            if size and _last_byte(descriptor, size) != b"\n":
                content = b"\n" + content
            _write_at_once(descriptor, content, size)
    finally:
        os.close(descriptor)


def _last_byte(descriptor: int, size: int) -> bytes:
    os.lseek(descriptor, size - 1, os.SEEK_SET)
    return os.read(descriptor, 1)


def _write_at_once(descriptor: int, content: bytes, size: int) -> None:
    try:
        written = os.write(descriptor, content)
        if written != len(content):
            raise OSError(f"only {written} of {len(content)} bytes could be written")
    except BaseException:
        os.ftruncate(descriptor, size)
        raise


def read_lines(path: Path) -> List[bytes]:
    """The lines of a file while nobody appends, without their ends. Raises OSError."""
    with path.open("rb") as file, _locked(file.fileno()):
        return file.read().split(b"\n")


@contextlib.contextmanager
def _locked(descriptor: int) -> Iterator[None]:
    """Hold the advisory lock of an open file; whoever else asks for it waits."""
    if sys.platform == "win32":
        import msvcrt

        os.lseek(descriptor, 0, os.SEEK_SET)
        msvcrt.locking(descriptor, msvcrt.LK_LOCK, 1)
        try:
            yield
        finally:
            os.lseek(descriptor, 0, os.SEEK_SET)
            msvcrt.locking(descriptor, msvcrt.LK_UNLCK, 1)
    else:
        import fcntl

        fcntl.flock(descriptor, fcntl.LOCK_EX)
        try:
            yield
        finally:
            fcntl.flock(descriptor, fcntl.LOCK_UN)
