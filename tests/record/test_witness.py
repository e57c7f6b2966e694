"""Witness files hold all that a replay needs, and a broken or hostile one costs an error and nothing more."""

from __future__ import annotations

import io
import json
import pickle
import re
import struct
import tracemalloc
import zipfile
from dataclasses import replace
from pathlib import Path
from typing import Any, Callable, Dict

import numpy as np
import pytest

from likewise.comparison import Finding
from likewise.errors import WitnessError
from likewise.execution import Execution
from likewise.explanation import Explanation
from likewise.plain import without_nan
from likewise.running import LawRun
from likewise.witness import container
from likewise.witness.file import Checked
from likewise.witness.reading import read
from likewise.witness.saving import save

DOCS = Path(__file__).parents[2] / "docs" / "json.md"


@pytest.fixture
def saved(finished: Callable[..., LawRun], tmp_path: Path) -> Path:
    run = finished(broken="outputs")
    assert run.failure is not None
    return save(run.failure, run, tmp_path)


def header_of(path: Path) -> Dict[str, Any]:
    with np.load(str(path), allow_pickle=False) as file:
        header: Dict[str, Any] = json.loads(str(file["header"]))
    return header


def arrays_of(path: Path) -> Dict[str, np.ndarray]:
    with np.load(str(path), allow_pickle=False) as file:
        return {name: file[name] for name in file.files if name != "header"}


def remade(path: Path, header: Dict[str, Any]) -> Path:
    """The same arrays, honestly written with another header."""
    members = arrays_of(path)
    np.savez(str(path), header=np.array(json.dumps(header)), **members)  # type: ignore[arg-type]
    return path


def changed(value: Any, path: str, new: Any) -> Any:
    """``value`` with what is found along a path such as "sides.0.graph" replaced."""
    first, _, rest = path.partition(".")
    copy: Any = list(value) if isinstance(value, list) else dict(value)
    key = int(first) if isinstance(value, list) else first
    copy[key] = changed(copy[key], rest, new) if rest else new
    return copy


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
        read(path)
    assert str(caught.value).startswith(f"{path}: ")


def test_what_was_saved_is_read(finished: Callable[..., LawRun], saved: Path) -> None:
    run = finished(broken="outputs")
    found = read(saved)
    assert (found.law, found.claim, found.message, found.seed) == ("some-law", "outputs", "outputs differ", 5)
    assert found.execution == Execution("function", "batch")
    assert found.cell == run.cell.to_json()
    assert found.axes == ("ndhwc",)
    assert run.failure is not None
    assert found.repr == repr(run.failure.case)
    assert found.decoded(found.inputs).tobytes() == run.failure.case.inputs.array().tobytes()
    assert found.comparison == run.failure.comparison


def test_both_sides_are_read(finished: Callable[..., LawRun], saved: Path) -> None:
    run = finished(broken="outputs")
    assert run.failure is not None
    assert run.failure.evidence is not None
    found = read(saved)
    assert found.pairs == ((0, 0),)
    for side, seen in zip(found.sides, run.failure.evidence.sides):
        assert (side.title, side.variables, side.refusal) == (seen.title, seen.variables, "")
        assert side.values[0].tobytes() == seen.values[0].tobytes()
        assert side.outputs is not None
        (leaf,) = side.outputs
        assert leaf.array is not None
        assert (leaf.path, leaf.dtype, leaf.shape) == ("", "float32", (1, 2, 1, 1, 2))
        assert leaf.array.tobytes() == seen.outputs.tobytes()
    graph = found.sides[0].graph
    assert graph is not None
    assert found.arrays[graph.definition].tobytes() == b"graph"
    assert (graph.inputs, graph.outputs, graph.agrees) == ((("x:0", 0),), ("y:0",), True)
    assert [(load, slot, found.arrays[place].shape) for load, slot, place in graph.loads] == [
        ("load", "slot:0", (1, 1, 1, 2))
    ]
    assert found.sides[1].no_graph == "a graph cannot be built: it is eager"


def test_equal_arrays_are_kept_once(saved: Path) -> None:
    assert len(arrays_of(saved)) == 5  # the input, both sides' kernel, two outputs, a graph


def test_outputs_that_are_no_numbers_are_told(finished: Callable[..., LawRun], tmp_path: Path) -> None:
    run = finished(broken="outputs")
    assert run.failure is not None
    assert run.failure.evidence is not None
    seen, other = run.failure.evidence.sides
    outputs = (None, np.array([b"a", b"b"], object), np.float32(2), np.array([], "float64"))
    evidence = replace(run.failure.evidence, sides=(replace(seen, outputs=outputs), other))
    side = read(save(replace(run.failure, evidence=evidence), run, tmp_path)).sides[0]
    assert side.outputs is not None
    assert [(leaf.path, leaf.dtype, leaf.shape, leaf.text) for leaf in side.outputs] == [
        ("[0]", "object", (), "None"),
        ("[1]", "object", (2,), "array([b'a', b'b'], dtype=object)"),
        ("[2]", "float32", (), ""),
        ("[3]", "float64", (0,), ""),
    ]
    assert side.outputs[2].array == 2


def test_numbers_that_json_lacks(finished: Callable[..., LawRun], tmp_path: Path) -> None:
    far = Finding("outputs", "different", 1, 2, float("nan"), float("inf"), float("inf"), message="far")
    run = finished(broken="outputs")
    assert run.failure is not None
    comparison = replace(run.failure.comparison, claims={"outputs": far})
    found = read(save(replace(run.failure, comparison=comparison), run, tmp_path)).comparison
    assert found is not None
    assert repr(found.claims["outputs"]) == repr(far)


@pytest.fixture
def explained(finished: Callable[..., LawRun], explanation: Explanation, tmp_path: Path) -> Path:
    run = finished(broken="outputs")
    assert run.failure is not None
    comparison = replace(run.failure.comparison, explanation=explanation)
    return save(replace(run.failure, comparison=comparison), run, tmp_path)


def explanation_in(path: Path) -> Explanation:
    comparison = read(path).comparison
    assert comparison is not None
    assert comparison.explanation is not None
    return comparison.explanation


def test_an_explanation_is_kept(explained: Path, explanation: Explanation) -> None:
    found = explanation_in(explained)
    assert replace(found, smallest=None) == replace(explanation, smallest=None)
    assert without_nan(found.to_json()) == without_nan(explanation.to_json())
    assert str(found) == str(explanation)


@pytest.mark.parametrize("part", ["layer", "condition", "smallest", "pairing"])
def test_parts_that_are_not_known(explained: Path, part: str) -> None:
    header = changed(header_of(explained), f"comparison.explanation.{part}", None)
    assert getattr(explanation_in(remade(explained, header)), part) is None


def test_a_file_that_is_older_than_explanations(explained: Path) -> None:
    header = header_of(explained)
    del header["comparison"]["explanation"], header["check"]
    found = read(remade(explained, header))
    assert found.comparison is not None
    assert (found.format, found.comparison.explanation, found.check) == (2, None, None)


def test_entries_that_were_not_counted(explained: Path) -> None:
    header = header_of(explained)
    del header["comparison"]["explanation"]["smallest"]["inputs"][0]["count"]
    told = explanation_in(remade(explained, header)).told
    assert told is not None
    assert told.inputs[0].count == 1


@pytest.mark.parametrize(
    "path, new, message",
    [
        ("", [], r"comparison.explanation=\[\], but expected an object"),
        ("layer", "no", "layer='no' in comparison.explanation, but expected dict or null"),
        ("troubles", None, "troubles=None in comparison.explanation, but expected list"),
        ("troubles", [1], r"explanation.troubles=\[1\], but expected texts"),
        ("layer.message", None, "message=None in comparison.explanation.layer, but expected str"),
        ("layer.path", [None], r"layer.path=\[None\], but expected texts"),
        ("layer.between", ["a"], r"between=\['a'\] in .*layer, but expected two texts"),
        ("layer.between", ["a", 1], "but expected two texts"),
        ("layer.before", 1, "before=1 in comparison.explanation.layer, but expected dict or null"),
        ("layer.after.max_ulp", 1.5, "max_ulp=1.5 in comparison.explanation.layer.after, but expected int"),
        ("layer.after.max_abs", "much", "max_abs='much' in .*layer.after, but expected a number"),
        ("layer.after.max_abs", 10**400, "max_abs=10+… in .*layer.after, but expected a number of 64 bits"),
        ("condition.failing", True, "failing=True in comparison.explanation.condition, but expected int"),
        ("condition.settings", [{}], r"condition.settings=\[\{\}\], but expected texts"),
        ("pairing.pair", {"a": 1}, r"pairing.pair=\[1\], but expected texts"),
        ("pairing.verdict", "fine", "verdict='fine' in .*pairing, but expected one of"),
        ("smallest.values", [[]], r"values=\[\[\]\] in .*smallest, but expected a list for each side"),
        ("smallest.values", [[], {}], "but expected a list for each side"),
        ("smallest.entries", [1], r"entries=\[1\] in .*smallest, but expected two numbers"),
        ("smallest.entries", [True, 1], "but expected two numbers"),
        ("smallest.inputs", [1], "smallest.inputs=1, but expected an object"),
        ("smallest.inputs.0.shape", ["2"], r"shape=\['2'\] in .*smallest.inputs, but expected numbers"),
        ("smallest.inputs.0.shape", [10**9] * 9, "but expected the index and value of an entry"),
        ("smallest.inputs.0.entries", [1], "smallest.inputs holds 1, but expected the index and value of an entry"),
        ("smallest.inputs.1.entries", [[[], 1.0]], "but expected the index and value of an entry"),
        ("smallest.values.0.0.entries", [[[3, 0], 1.0]], r"smallest.values holds .* of an entry of \[3, 1\]"),
        ("smallest.values.0.0.entries", [[[-1, 0], 1.0]], "of an entry of"),
        ("smallest.values.0.0.entries", [[[True, 0], 1.0]], "of an entry of"),
        ("smallest.values.0.0.entries", [[[0, 0], None]], "of an entry of"),
        ("smallest.values.0.0.entries", [[[0, 0], [1]]], "of an entry of"),
        ("smallest.values.0.0.count", 1, "count=1 in .*smallest.values, but it holds 2 entries"),
        ("smallest.values.0.0.count", True, "count=True in .*smallest.values"),
    ],
)
def test_explanations_that_say_something_else(explained: Path, path: str, new: Any, message: str) -> None:
    whole = f"comparison.explanation.{path}".rstrip(".")
    refused(remade(explained, changed(header_of(explained), whole, new)), message)


def test_a_shape_of_the_explanation_takes_no_memory(explained: Path) -> None:
    header = changed(header_of(explained), "comparison.explanation.smallest.inputs.1.shape", [10**9] * 9)
    header = changed(header, "comparison.explanation.smallest.inputs.1.entries", [])
    tracemalloc.start()
    told = explanation_in(remade(explained, header)).told
    assert told is not None
    assert told.inputs[1].shape == (10**9,) * 9
    assert tracemalloc.get_traced_memory()[1] < 2**24
    tracemalloc.stop()


def test_what_was_checked_is_kept(finished: Callable[..., LawRun], tmp_path: Path) -> None:
    run = finished(broken="outputs")
    assert run.failure is not None
    run.law = replace(run.law, located=("old.py:build", "my models/new.py:build"), pair={"a": "b"})
    found = read(save(run.failure, run, tmp_path)).check
    assert found == Checked("old.py:build", "my models/new.py:build", {"a": "b"})
    assert found.options == "--reference old.py:build --candidate 'my models/new.py:build'"


CHECKED = {"reference": "a:b", "candidate": "a:c", "pair": {}}


@pytest.mark.parametrize(
    "checked, message",
    [
        ([], r"check=\[\], but expected an object"),
        ({**CHECKED, "candidate": None}, "candidate=None in check, but expected str"),
        ({**CHECKED, "reference": "a:b\x1b[2J"}, "reference=.* in check, but expected what can be printed"),
        ({**CHECKED, "pair": {"a": 1}}, r"pair=\{'a': 1\} in check, but expected names"),
    ],
)
def test_checks_that_say_something_else(saved: Path, checked: Any, message: str) -> None:
    refused(remade(saved, changed(header_of(saved), "check", checked)), message)


def test_what_no_file_could_hold_is_not_written(finished: Callable[..., LawRun], tmp_path: Path) -> None:
    run = finished(broken="outputs")
    assert run.failure is not None
    with pytest.raises(WitnessError, match="but a file has at most"):
        save(replace(run.failure, case=tuple(np.full(1, each) for each in range(2000))), run, tmp_path)


def test_a_file_of_the_first_format(saved: Path) -> None:
    header = header_of(saved)
    later = ("statement", "comparison", "sides", "pairs")
    first = {name: value for name, value in header.items() if name not in later}
    array = arrays_of(saved)["array_0"]
    np.savez(str(saved), header=np.array(json.dumps({**first, "witness": 1, "arrays": 1})), array_0=array)
    found = read(saved)
    assert (found.format, found.law, found.statement, found.comparison, found.sides) == (1, "some-law", "", None, ())
    assert found.decoded(found.inputs).tobytes() == array.tobytes()


def test_every_header_field_is_documented(saved: Path) -> None:
    section = DOCS.read_text(encoding="utf-8").partition("## Witness files")[2]
    assert set(re.findall(r"^\| `(\w+)` \|", section, re.MULTILINE)) == set(header_of(saved))


def test_the_same_claim_takes_the_same_file(finished: Callable[..., LawRun], tmp_path: Path) -> None:
    paths = set()
    for _ in range(2):
        run = finished(broken="outputs")
        assert run.failure is not None
        paths.add(save(run.failure, run, tmp_path))
    assert len(paths) == len(list((tmp_path / "witnesses").iterdir())) == 1


def test_no_pickle_is_in_it(saved: Path) -> None:
    with np.load(str(saved), allow_pickle=False) as file:
        assert all(file[name].dtype.kind in "fuU" for name in file.files)


def test_a_file_that_cannot_be_written(finished: Callable[..., LawRun], tmp_path: Path) -> None:
    (tmp_path / "witnesses").write_text("")
    run = finished(broken="outputs")
    assert run.failure is not None
    with pytest.raises(WitnessError, match="cannot be written"):
        save(run.failure, run, tmp_path)


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
            read(saved)


def test_no_flipped_byte_is_worse_than_an_error(saved: Path) -> None:
    content = saved.read_bytes()
    refusals = 0
    for place in range(0, len(content), 2):
        saved.write_bytes(content[:place] + bytes([content[place] ^ 0xFF]) + content[place + 1 :])
        try:
            read(saved)
        except WitnessError:
            refusals += 1
    assert refusals > len(content) // 4  # the others are times and attributes, which nobody reads


@pytest.mark.parametrize(
    "path, new, message",
    [
        ("witness", 3, "witness=3, but this likewise .* reads 1 and 2"),
        ("law", 1, "law=1 in its header, but expected str"),
        ("law", "\x1b[2J", "law=.* in its header, but expected what can be printed"),
        ("claim", "a\n", "claim=.* in its header, but expected what can be printed"),
        ("seed", -1, "seed=-1 in its header"),
        ("seed", 1.5, "seed=1.5 in its header, but expected int"),
        ("seed", True, "seed=True in its header, but expected int"),
        ("execution", {"mode": "os", "dimensions": "static"}, "there is no such mode or dimensions"),
        ("execution", {"mode": [], "dimensions": "static"}, "there is no such mode or dimensions"),
        ("execution", {}, "there is no such mode or dimensions"),
        ("axes", [1], r"axes=\[1\] in its header"),
        ("cell", {"tensorflow": "2"}, "python=None in cell, but expected str"),
        ("cell.keras", "\x1b[2J", "expected what can be printed"),
        ("arrays", 0, "5 arrays, but its header counts 0"),
        ("arrays", 10**9, "5 arrays, but its header counts 1000000000"),
        ("comparison", None, "comparison=None in its header, but expected dict"),
        ("comparison.claims.outputs", [], r"comparison.claims\['outputs'\]=\[\], but expected an object"),
        ("comparison.claims.outputs.compared", "1", "compared='1' in comparison"),
        ("comparison.claims.outputs.verdict", "fine", "verdict='fine', but expected one of"),
        ("comparison.claims.outputs.max_abs", "much", "max_abs='much' in its comparison, but expected a number"),
        ("comparison.claims.outputs.max_ulp", False, "max_ulp=False in comparison"),
        ("comparison.modes", [1], "modes, renames or pairs of its comparison are no texts"),
        ("comparison.renames", {"a": 1}, "modes, renames or pairs of its comparison are no texts"),
        ("comparison.pairs", [["a"]], "modes, renames or pairs of its comparison are no texts"),
        ("sides", [], "0 sides in its header, but expected 2"),
        ("sides.0", 1, r"sides\[0\]=1, but expected an object"),
        ("sides.0.title", None, r"title=None in sides\[0\], but expected str"),
        ("sides.1.variables.0.name", 1, r"name=1 in sides\[1\].variables, but expected str"),
        ("sides.1.variables.0.array", 5, r"sides\[1\].variables is in array 5, but there are 5"),
        ("sides.1.variables.0.array", -1, r"is in array -1, but there are 5"),
        ("sides.1.variables.0.array", True, "array=True in sides"),
        ("sides.1.variables.0.shape", [1, 2], r"is in array 1 of shape \(1, 1, 1, 2\), but expected \[1, 2\]"),
        ("sides.0.outputs", {}, r"outputs=\{\} in sides\[0\], but expected list or null"),
        ("sides.0.outputs.0.array", 10**30, "is in array 10+, but there are 5"),
        ("sides.0.outputs.0.shape", [10**9] * 5, "is in array 2 of shape"),
        ("sides.0.outputs.0", {"path": "", "dtype": "", "shape": ["1"], "array": None, "text": ""}, "shape="),
        ("sides.0.graph", [], r"graph=\[\] in sides\[0\], but expected dict or null"),
        ("sides.0.graph.definition", 0, "is in array 0, but that holds no bytes"),
        ("sides.0.graph.inputs", [["x:0"]], "but expected names and the place of an array"),
        ("sides.0.graph.inputs", [["x:0", 9]], "is in array 9, but there are 5"),
        ("sides.0.graph.loads", [[1, "slot:0", 0]], "but expected names and the place of an array"),
        ("sides.0.graph.outputs", [1], r"sides\[0\].graph.outputs=\[1\], but expected names"),
        ("pairs", [[0, 1]], r"pairs holds \[0, 1\], but expected a place of a variable of either side"),
        ("pairs", [[0, 0, 0]], "but expected a place of a variable of either side"),
        ("pairs", [["0", 0]], "but expected a place of a variable of either side"),
    ],
)
def test_headers_that_say_something_else(saved: Path, path: str, new: Any, message: str) -> None:
    refused(remade(saved, changed(header_of(saved), path, new)), message)


def test_a_text_is_no_output(saved: Path) -> None:
    arrays = {**arrays_of(saved), "array_0": np.array("text")}
    np.savez(str(saved), header=np.array(json.dumps(header_of(saved))), **arrays)  # type: ignore[arg-type]
    refused(saved, "is in array 0 of shape")


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
        file.truncate(container.LIMIT + 1)  # holes: nothing is written
    refused(saved, "268,435,457 bytes, but a witness has at most 268,435,456")


@pytest.mark.parametrize("honest", [True, False])
def test_a_bomb_is_refused_before_it_takes_memory(saved: Path, honest: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(container, "LIMIT", 2**22)
    size = 2**24
    header = np.array(json.dumps({**header_of(saved), "witness": 1, "arrays": 2}))
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
