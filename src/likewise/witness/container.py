"""The files that arrays lie in: numpy's ``.npz`` with a header of JSON text, written here and read from anyone.

There is no pickle in it. Whoever made a file, reading it takes no memory before its sizes were checked, and evaluates
nothing: numpy's own reader trusts the shape that a member states, and evaluates its head.
"""

from __future__ import annotations

import contextlib
import io
import json
import os
import re
import struct
import zipfile
import zlib
from pathlib import Path
from typing import IO, Any, Iterator, Sequence, Tuple

import numpy as np

from likewise.errors import WitnessError
from likewise.errors.raised import plain
from likewise.plain import DTYPES, why_not_read, without_nan

__all__ = ["LIMIT", "Container", "opened", "packed"]

#: The most that a file may hold, in bytes: far more than a shrunk case needs.
LIMIT = 2**28

#: What zipfile and numpy raise for a file that is not what it should be (RuntimeError where it is encrypted).
_DAMAGE = (zipfile.BadZipFile, zlib.error, struct.error, EOFError, RuntimeError, ValueError)

_HEADER_LIMIT = 2**20
_DIRECTORY_LIMIT = 2**16

#: What an array takes in a zip file's directory.
_ENTRY = 46 + len("array_1000.npy")

#: The head of an ``.npy`` as numpy writes it for plain arrays. numpy itself evaluates it, which takes any depth.
_NPY = re.compile(
    rb"\x93NUMPY\x01\x00..\{'descr': '(?P<dtype>[<>|](?:U\d{1,7}|%s))', 'fortran_order': (?P<fortran>True|False), "
    rb"'shape': \((?P<shape>[\d, ]{0,200})\), \} *\n" % "|".join(DTYPES).encode("ascii"),
    re.DOTALL,
)


def packed(header: Any, arrays: Sequence[np.ndarray]) -> bytes:
    """A file with this header and these arrays, each of one of ``plain.DTYPES``.

    Raises WitnessError for more than ``opened`` would read.
    """
    text = json.dumps(without_nan(header))
    size = sum(array.nbytes for array in arrays) + 4 * len(text)
    if size > LIMIT or len(text) > _HEADER_LIMIT or (len(arrays) + 1) * _ENTRY > _DIRECTORY_LIMIT:
        raise WitnessError(
            f"{len(arrays):,} arrays of {size:,} bytes with a header of {len(text):,} characters, but a file has at "
            f"most {_DIRECTORY_LIMIT // _ENTRY - 1:,}, {LIMIT:,} and {_HEADER_LIMIT:,}"
        )
    content = io.BytesIO()
    members = {"header": np.array(text)}
    members.update((_member(place), array) for place, array in enumerate(arrays))
    np.savez_compressed(content, **members)  # type: ignore[arg-type]
    return content.getvalue()


def _member(place: int) -> str:
    return f"array_{place}"


class Container:
    """An open file: ``header`` is what its JSON says, ``count`` how many arrays it has."""

    def __init__(self, archive: zipfile.ZipFile) -> None:
        sizes = {info.filename: info.file_size for info in archive.infolist()}
        if sum(sizes.values()) > LIMIT:
            raise WitnessError(f"{sum(sizes.values()):,} bytes unpacked, but a witness has at most {LIMIT:,}")
        if sizes.get("header.npy", LIMIT) > 4 * _HEADER_LIMIT + 128:
            raise WitnessError("not a witness: it has no header, or one that is too large")
        text = _array(archive, "header.npy")
        if text.dtype.kind != "U" or text.shape != ():
            raise WitnessError("not a witness: its header is no text")
        try:
            self.header = json.loads(str(text))
        except (ValueError, RecursionError) as error:
            raise WitnessError(f"its header is not JSON: {plain(str(error))}") from error
        wrong = why_not_read(self.header)
        if wrong:
            raise WitnessError(f"its header holds {wrong}")
        self.count = len(sizes) - 1
        self._archive = archive

    def arrays(self) -> Tuple[np.ndarray, ...]:
        """All arrays of the file."""
        return tuple(_array(self._archive, f"{_member(place)}.npy") for place in range(self.count))


@contextlib.contextmanager
def opened(path: Path) -> Iterator[Container]:
    """A file, whoever made it, to be read within.

    Raises WitnessError, as all that is raised within becomes one that names the file, for a file that is missing,
    broken, too large or no ``.npz`` with a header.
    """
    try:
        with path.open("rb") as file:
            _check_directory(file)
            with zipfile.ZipFile(file) as archive:
                yield Container(archive)
    except WitnessError as error:
        raise WitnessError(f"{path}: {error}") from error
    except OSError as error:
        raise WitnessError(f"{path}: cannot be read: {error.strerror or error}") from error
    except _DAMAGE as error:
        raise WitnessError(f"{path}: not a witness, or damaged: {error}") from error


def _check_directory(file: IO[bytes]) -> None:
    """Look at the end of the zip file, since ``ZipFile`` reads a directory of any length."""
    size = os.fstat(file.fileno()).st_size
    if size > LIMIT:
        raise WitnessError(f"{size:,} bytes, but a witness has at most {LIMIT:,}")
    file.seek(max(size - 42, 0))
    locator, end = file.read(20), file.read(22)
    if end[:4] != b"PK\5\6" or locator[:4] == b"PK\6\7":
        raise WitnessError("not a witness, or cut short: it does not end as an .npz file does")
    (length,) = struct.unpack("<L", end[12:16])
    if length > _DIRECTORY_LIMIT:
        raise WitnessError(f"a directory of {length:,} bytes, but a witness has one of at most {_DIRECTORY_LIMIT:,}")
    file.seek(0)


def _array(archive: zipfile.ZipFile, name: str) -> np.ndarray:
    """One array, read by its declared size; numpy's own reader would trust the shape that the member states."""
    try:
        info = archive.getinfo(name)
    except KeyError:
        raise WitnessError(f"it has no {name}") from None
    if info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        raise WitnessError(f"{name} is compressed in a way that numpy does not use")
    with archive.open(info) as member:
        content = member.read(info.file_size)  # with a number, no more than that is unpacked
    if len(content) != info.file_size:
        raise WitnessError(f"{name} is cut short")
    match = _NPY.match(content)
    if match is None:
        raise WitnessError(f"{name} is no array of numbers as numpy writes it")
    dtype = np.dtype(match.group("dtype").decode("ascii"))
    shape = tuple(int(length) for length in match.group("shape").split(b",") if length.strip())
    values = content[match.end() :]
    count = 1
    for length in shape:
        count *= length
    if dtype.itemsize == 0 or count * dtype.itemsize != len(values):
        raise WitnessError(f"{name} states the shape {shape}, which is not that of its {len(values):,} bytes")
    array = np.frombuffer(values, dtype, count) if count else np.zeros(shape, dtype)
    return array.reshape(shape, order="F" if match.group("fortran") == b"True" else "C")
