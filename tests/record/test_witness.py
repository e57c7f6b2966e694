"""Witness files hold all that a replay needs, and a broken or hostile one costs an error and nothing more."""

from __future__ import annotations

import io
import json
import pickle
import re
import struct
import tracemalloc
import zipfile
from pathlib import Path
from typing import Any, Callable, Dict, Optional

import numpy as np
import pytest

from likewise import witness
from likewise.errors import WitnessError
from likewise.execution import Execution
from likewise.running import LawRun

DOCS = Path(__file__).parents[2] / "docs" / "json.md"


@pytest.fixture
def saved(finished: Callable[..., LawRun], tmp_path: Path) -> Path:
    run = finished(broken="outputs")
    assert run.failure is not None
    return witness.save(run.failure, run, tmp_path)


def header_of(path: Path) -> Dict[str, Any]:
    with np.load(str(path), allow_pickle=False) as file:
        header: Dict[str, Any] = json.loads(str(file["header"]))
    return header


def remade(path: Path, *, array: Optional[np.ndarray] = None, **changes: Any) -> Path:
    """The same witness, honestly written with other contents."""
    header = {**header_of(path), **changes}
    members = {"array_0": np.zeros((1, 2, 1, 1, 1), "float32") if array is None else array}
    np.savez(str(path), header=np.array(json.dumps(header)), **members)  # type: ignore[arg-type]
    return path


def with_member(path: Path, name: str, content: bytes, compression: int = zipfile.ZIP_STORED) -> Path:
    """The same witness with one member's bytes replaced."""
    with zipfile.ZipFile(str(path)) as archive:
        members = {info.filename: archive.read(info) for info in archive.infolist()}
    members[name] = content
    with zipfile.ZipFile(str(path), "w", compression) as archive:
        for member, each in members.items():
            archive.writestr(member, each)
    return path


def npy(shape: str, content: bytes, descr: str = "'<f4'") -> bytes:
    header = f"{{'descr': {descr}, 'fortran_order': False, 'shape': {shape}, }}".encode().ljust(117) + b"\n"
    return b"\x93NUMPY\x01\x00" + struct.pack("<H", len(header)) + header + content


def refused(path: Path, message: str) -> None:
    with pytest.raises(WitnessError, match=message) as caught:
        witness.read(path)
    assert str(caught.value).startswith(f"{path}: ")


def test_what_was_saved_is_read(finished: Callable[..., LawRun], saved: Path) -> None:
    run = finished(broken="outputs")
    read = witness.read(saved)
    assert (read.law, read.claim, read.message, read.seed) == ("some-law", "outputs", "outputs differ", 5)
    assert read.execution == Execution("function", "batch")
    assert read.cell == run.cell.to_json()
    assert read.axes == ("ndhwc",)
    assert run.failure is not None
    (array,) = read.arrays
    assert array.tobytes() == run.failure.case.inputs.array().tobytes()


def test_every_header_field_is_documented(saved: Path) -> None:
    section = DOCS.read_text(encoding="utf-8").partition("## Witness files")[2]
    assert set(re.findall(r"^\| `(\w+)` \|", section, re.MULTILINE)) == set(header_of(saved))


def test_the_same_claim_takes_the_same_file(finished: Callable[..., LawRun], tmp_path: Path) -> None:
    paths = set()
    for _ in range(2):
        run = finished(broken="outputs")
        assert run.failure is not None
        paths.add(witness.save(run.failure, run, tmp_path))
    assert len(paths) == len(list((tmp_path / "witnesses").iterdir())) == 1


def test_no_pickle_is_in_it(saved: Path) -> None:
    with np.load(str(saved), allow_pickle=False) as file:
        assert all(file[name].dtype.kind in "fU" for name in file.files)


def test_a_file_that_cannot_be_written(finished: Callable[..., LawRun], tmp_path: Path) -> None:
    (tmp_path / "witnesses").write_text("")
    run = finished(broken="outputs")
    assert run.failure is not None
    with pytest.raises(WitnessError, match="cannot be written"):
        witness.save(run.failure, run, tmp_path)


def test_missing_file(tmp_path: Path) -> None:
    refused(tmp_path / "none.npz", "cannot be read: No such file or directory")


@pytest.mark.parametrize("content", [b"", b"text", b"PK\5\6" + bytes(18), pickle.dumps([1]), bytes(100)])
def test_other_files(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "other.npz").write_bytes(content)
    refused(tmp_path / "other.npz", "not a witness")


def test_another_npz(tmp_path: Path) -> None:
    np.savez(str(tmp_path / "other.npz"), weights=np.zeros(3))
    refused(tmp_path / "other.npz", "not a witness: it has no header")


def test_every_truncation_is_refused(saved: Path) -> None:
    content = saved.read_bytes()
    for length in range(0, len(content), 5):
        saved.write_bytes(content[:length])
        with pytest.raises(WitnessError):
            witness.read(saved)


def test_no_flipped_byte_is_worse_than_an_error(saved: Path) -> None:
    content = saved.read_bytes()
    refusals = 0
    for place in range(0, len(content), 2):
        saved.write_bytes(content[:place] + bytes([content[place] ^ 0xFF]) + content[place + 1 :])
        try:
            witness.read(saved)
        except WitnessError:
            refusals += 1
    assert refusals > len(content) // 4  # the others are times and attributes, which nobody reads


@pytest.mark.parametrize(
    "changes, message",
    [
        ({"witness": 2}, "witness=2, but this likewise .* reads witness=1"),
        ({"law": 1}, "law=1 in its header, but expected str"),
        ({"seed": -1}, "seed=-1 in its header"),
        ({"seed": 1.5}, "seed=1.5 in its header, but expected int"),
        ({"execution": {"mode": "os", "dimensions": "static"}}, "there is no such mode or dimensions"),
        ({"execution": {"mode": [], "dimensions": "static"}}, "there is no such mode or dimensions"),
        ({"execution": {}}, "there is no such mode or dimensions"),
        ({"axes": [1]}, r"axes=\[1\] in its header"),
        ({"cell": {"tensorflow": "\x1b[2J"}}, "expected what can be printed"),
        ({"arrays": 0}, "1 arrays, but its header counts 0"),
        ({"arrays": 10**9}, "1 arrays, but its header counts 1000000000"),
    ],
)
def test_headers_that_say_something_else(saved: Path, changes: Dict[str, Any], message: str) -> None:
    refused(remade(saved, **changes), message)


@pytest.mark.parametrize("text", ["{", "[]", "1", "[" * 100_000, '{"witness": 1}', "9" * 5000])
def test_headers_that_are_none(saved: Path, text: str) -> None:
    np.savez(str(saved), header=np.array(text), array_0=np.zeros(1))
    refused(saved, "header|witness=")


@pytest.mark.parametrize("header", [np.zeros(3), np.array(["{}"]), np.array(b"{}")])
def test_headers_that_are_no_text(saved: Path, header: np.ndarray) -> None:
    np.savez(str(saved), header=header)
    refused(saved, "its header is no text|is no array of numbers")


@pytest.mark.parametrize(
    "content, message",
    [
        (b"", "is no array of numbers"),
        (b"text", "is no array of numbers"),
        (npy("(2,)", bytes(4)), r"states the shape \(2,\), which is not that of its 4 bytes"),
        (npy("(1000000000000,)", bytes(4)), "states the shape"),
        (npy("(1 1,)", bytes(4)), "damaged"),
        (npy("(1,)", b"", "'<U0'"), "states the shape"),
        (npy("(1,)", bytes(4), "'<f3'"), "is no array of numbers"),
        (npy("(0, 9999999999999999999999)", b""), "damaged"),
        (npy("(-1,)", bytes(4)), "is no array of numbers"),
        (npy("(1,)", bytes(8), "'|O'"), "is no array of numbers"),
        (npy("(1,)", bytes(4), "[('a', '<f4')]"), "is no array of numbers"),
        (npy("(" * 1000 + ")" * 1000, b""), "is no array of numbers"),
        (b"\x93NUMPY\x02\x00" + bytes(200), "is no array of numbers"),
    ],
)
def test_arrays_that_are_none(saved: Path, content: bytes, message: str) -> None:
    refused(with_member(saved, "array_0.npy", content), message)


def test_a_pickled_array(saved: Path) -> None:
    content = io.BytesIO()
    np.save(content, np.array([{"a": 1}], dtype=object), allow_pickle=True)
    refused(with_member(saved, "array_0.npy", content.getvalue()), "is no array of numbers")


def test_a_compression_of_another_kind(saved: Path) -> None:
    refused(with_member(saved, "more.npy", b"", zipfile.ZIP_LZMA), "compressed in a way that numpy does not use")


def test_many_members(saved: Path) -> None:
    with zipfile.ZipFile(str(saved), "a") as archive:
        for number in range(2000):
            archive.writestr(f"{number}", b"")
    refused(saved, "a directory of .* bytes, but a witness has one of at most 65,536")


def test_a_larger_zip_format(saved: Path) -> None:
    content = saved.read_bytes()
    saved.write_bytes(content[:-22] + b"PK\6\7" + bytes(16) + content[-22:])
    refused(saved, "not a witness, or cut short")


def test_a_large_file(saved: Path) -> None:
    with saved.open("ab") as file:
        file.truncate(witness.LIMIT + 1)  # holes: nothing is written
    refused(saved, "268,435,457 bytes, but a witness has at most 268,435,456")


@pytest.mark.parametrize("honest", [True, False])
def test_a_bomb_is_refused_before_it_takes_memory(saved: Path, honest: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(witness, "LIMIT", 2**22)
    size = 2**24
    header = np.array(json.dumps({**header_of(saved), "arrays": 2}))
    content = io.BytesIO()
    np.savez_compressed(content, header=header, array_0=np.zeros(1), array_1=np.zeros(size, "int8"))
    size += 128
    told = struct.pack("<L", size if honest else 1128)
    saved.write_bytes(content.getvalue().replace(struct.pack("<L", size), told))
    tracemalloc.start()
    try:
        refused(saved, "bytes unpacked, but a witness has at most" if honest else "array_1.npy|damaged")
        assert tracemalloc.get_traced_memory()[1] < 2**20
    finally:
        tracemalloc.stop()
