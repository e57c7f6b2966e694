"""Records: of builtin types only, as docs/json.md has them, and read again whatever else is in the file."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any, Callable, Dict, Iterator

import numpy as np
import pytest

from likewise import record
from likewise.claims.names import names
from likewise.claims.outputs import outputs
from likewise.comparison import Finding
from likewise.errors import RecordError, WitnessError
from likewise.files import record_file
from likewise.law import Break
from likewise.running import LawRun
from likewise.tally import Tally

DOCS = Path(__file__).parents[2] / "docs" / "json.md"

RENAMED = Break(names, "it is renamed", where="keras<3")


def keep(run: LawRun, directory: Path) -> Dict[str, Any]:
    """Leave a run's record and witnesses in a directory, as `likewise run` does."""
    kept = record.document(run.cell, [record.law_record(run, directory)])
    record.append(kept, directory)
    return kept


def leaves(value: Any) -> Iterator[Any]:
    if isinstance(value, dict):
        for key, item in value.items():
            yield key
            yield from leaves(item)
    elif isinstance(value, list):
        for item in value:
            yield from leaves(item)
    else:
        yield value


def documented(heading: str) -> Dict[str, str]:
    """The fields in the table below a heading of docs/json.md, with their types."""
    (section,) = re.findall(
        rf"^##+ {heading}.*?$(.*?)(?=^##|\Z)", DOCS.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL
    )
    return dict(re.findall(r"^\| `(\w+)` \| ([^|]*) \|", section, re.MULTILINE))


@pytest.mark.parametrize(
    "heading, fields",
    [
        ("`cell`", record.CELL),
        ("`laws`", {**record.LAW, **record.LAW_LATER}),
        (r"`laws\[\].claims`", {**record.CLAIM, **record.CLAIM_LATER}),
        (r"`laws\[\].breaks`", record.BREAK),
        (r"`laws\[\].witness`", {**record.WITNESS, **record.WITNESS_LATER}),
    ],
)
def test_every_field_is_documented(heading: str, fields: Dict[str, Any]) -> None:
    words = {str: "string", int: "integer", bool: "boolean", list: "list", dict: "object", type(None): "null"}
    found = documented(heading)
    assert list(found) == list(fields)
    for name, kinds in fields.items():
        for kind in kinds:
            word = "number" if float in kinds and kind in (int, float) else words[kind]
            assert word in found[name], (name, kind)


def test_a_law_that_holds(finished: Callable[..., LawRun]) -> None:
    made = record.law_record(finished("plain-law"))
    assert {name: made[name] for name in ("name", "statement", "source", "declared", "ok", "problems", "seconds")} == {
        "name": "plain-law",
        "statement": "plain-law is what it says",
        "source": "a book",
        "declared": "holds",
        "ok": True,
        "problems": [],
        "seconds": 1.25,
    }
    assert (made["structures_per_second"], made["cases_per_second"]) == (0.0, 0.0)
    assert made["claims"]["outputs"] == {
        "verdict": "identical",
        "compared": 10,
        "max_ulp": 0,
        "max_abs": 0.0,
        "rtol": 0.0,
        "atol": 0.0,
        "way": "",
        "message": "",
        "execution": "eager",
        "max_rel": None,
        "where": "",
        "signed_zeros": 0,
        "jumps": 0,
        "insignificant": 0,
        "digits": None,
        "within": None,
    }
    assert made["renames"] == {"conv2d/kernel": "time_distributed/kernel"}
    assert (made["breaks"], made["witness"]) == ([], None)


def test_a_law_that_fails(finished: Callable[..., LawRun], tmp_path: Path) -> None:
    run = finished(broken="outputs")
    made = record.law_record(run, tmp_path)
    assert (made["ok"], made["declared"], made["problems"]) == (False, "holds", ["outputs does not hold"])
    assert run.failure is not None
    assert made["witness"] == {
        "claim": "outputs",
        "execution": "function[batch]",
        "case": repr(run.failure.case),
        "message": "outputs differ",
        "file": made["witness"]["file"],
        "unsaved": "",
        "page": None,
    }
    assert Path(made["witness"]["file"]).is_file()


def test_a_failure_has_a_page(finished: Callable[..., LawRun], tmp_path: Path) -> None:
    run = finished(broken="outputs", breaks=(RENAMED,))
    made = record.law_record(run, tmp_path, lambda file: Path(file).with_suffix(".html"))
    assert made["witness"]["page"] == str(Path(made["witness"]["file"]).with_suffix(".html"))
    assert [each["witness"]["page"] for each in made["breaks"]] == [None]
    old = {**made, "witness": {name: value for name, value in made["witness"].items() if name != "page"}}
    assert record.parsed(record.dumped(record.document(run.cell, [old])).encode())["laws"] == [old]


def test_a_page_that_cannot_be_written(finished: Callable[..., LawRun], tmp_path: Path) -> None:
    def refuse(file: str) -> Path:
        raise WitnessError(f"{file}: no room")

    made = record.law_record(finished(broken="outputs"), tmp_path, refuse)
    assert Path(made["witness"]["file"]).is_file()
    assert made["witness"]["page"] is None
    assert made["witness"]["unsaved"].endswith("no room")


def test_a_declared_break(finished: Callable[..., LawRun], tmp_path: Path) -> None:
    made = record.law_record(finished(breaks=(RENAMED,)), tmp_path)
    assert (made["ok"], made["declared"]) == (True, "breaks")
    (shown,) = made["breaks"]
    assert (shown["claim"], shown["where"], shown["because"], shown["found"]) == (
        "names",
        "keras<3",
        "it is renamed",
        True,
    )
    assert made["witness"] == shown["witness"]
    assert Path(shown["witness"]["file"]).is_file()


def test_a_break_elsewhere_is_not_declared_here(finished: Callable[..., LawRun]) -> None:
    made = record.law_record(finished(breaks=(RENAMED,), keras="3.1.0"))
    assert (made["declared"], made["breaks"]) == ("holds", [])


def test_a_failure_stands_before_a_declared_break(finished: Callable[..., LawRun]) -> None:
    made = record.law_record(finished(broken="outputs", breaks=(RENAMED,)))
    assert made["witness"]["claim"] == "outputs"


def test_a_case_that_no_file_can_hold(finished: Any, tmp_path: Path) -> None:
    class Local:
        inputs = np.zeros(2, "float32")

    finished.case = Local()
    made = record.law_record(finished(broken="outputs"), tmp_path)
    assert made["witness"]["file"] is None
    assert "cannot be written as plain data" in made["witness"]["unsaved"]


def test_builtin_types_only(finished: Callable[..., LawRun]) -> None:
    scalars = Finding("outputs", "rounding", np.int64(4), np.int32(7), np.float32(0.5), np.float64(1), np.float32(2))
    run = finished(findings={"outputs": scalars}, breaks=(RENAMED,))
    run.examples, run.seconds = np.int64(3), np.float32(2.5)
    made = record.document(run.cell, [record.law_record(run)])
    assert {type(leaf) for leaf in leaves(made)} <= {str, int, float, bool, type(None)}


def test_nan_and_infinity_are_valid_json() -> None:
    def refuse(constant: str) -> Any:
        raise AssertionError(f"{constant} is no JSON")

    text = record.dumped({"max_abs": float("nan"), "atol": [float("inf"), float("-inf")], "rtol": 0.5})
    assert json.loads(text, parse_constant=refuse) == {"max_abs": "nan", "atol": ["inf", "-inf"], "rtol": 0.5}


def test_nan_is_read_again(finished: Callable[..., LawRun], tmp_path: Path) -> None:
    keep(finished(findings={"outputs": Finding("outputs", "rounding", 1, 2, float("inf"))}), tmp_path)
    (document,), unreadable = record.read([tmp_path])
    assert document["laws"][0]["claims"]["outputs"]["max_abs"] == "inf"
    assert not unreadable


def test_what_is_kept_is_read(finished: Callable[..., LawRun], tmp_path: Path) -> None:
    kept = [keep(finished(name), tmp_path) for name in ("one-law", "other-law")]
    documents, unreadable = record.read([tmp_path])
    assert documents == [{**kept[0], "laws": [kept[0]["laws"][0], kept[1]["laws"][0]]}]
    assert not unreadable


def test_the_last_record_counts(finished: Callable[..., LawRun], tmp_path: Path) -> None:
    keep(finished("one-law", broken="names"), tmp_path)
    keep(finished("other-law"), tmp_path)
    last = keep(finished("one-law", numpy="1.26.5"), tmp_path)
    (document,), _ = record.read([tmp_path])
    assert [(law["name"], law["ok"]) for law in document["laws"]] == [("one-law", True), ("other-law", True)]
    assert document["cell"] == last["cell"]


def test_cells_stay_apart(finished: Callable[..., LawRun], tmp_path: Path) -> None:
    for changes in ({}, {"behavior": "compat1"}, {"machine": "aarch64"}, {"tensorflow": "2.8.4"}):
        keep(finished(**changes), tmp_path)
    documents, _ = record.read([tmp_path])
    assert len(documents) == 4


@pytest.mark.parametrize(
    "line, message",
    [
        (b"{half", "not a record"),
        (b"\xff\xfe", "not a record"),
        (b"[" * 100_000, "not a record"),
        (b"[]", "schema=None"),
        (b'{"schema": 2}', "schema=2, but this likewise reads schema=1"),
        (b'{"schema": 1}', "cell is missing"),
        (b'{"schema": 1, "cell": {"python": 3}}', "cell.python=3, but expected str"),
    ],
)
def test_an_unreadable_line_is_named(
    finished: Callable[..., LawRun], tmp_path: Path, line: bytes, message: str
) -> None:
    kept = keep(finished(), tmp_path)
    path = record_file(tmp_path, kept["cell"])
    path.write_bytes(line + b"\n" + path.read_bytes())
    documents, (error,) = record.read([tmp_path])
    assert documents == [kept]
    assert str(error).startswith(f"{path}:1: {message}")


@pytest.mark.parametrize(
    "damage, message",
    [
        (lambda law: law.pop("ok"), "laws[0].ok=None, but expected bool"),
        (lambda law: law.update(seconds="long"), "laws[0].seconds='long', but expected int or float"),
        (
            lambda law: law.update(cases_per_second="many"),
            "laws[0].cases_per_second='many', but expected int or float or NoneType",
        ),
        (lambda law: law["claims"].update(outputs=[]), "laws[0].claims['outputs'] is missing, or no object"),
        (lambda law: law["claims"]["outputs"].update(verdict="fine"), "laws[0].claims['outputs'].verdict='fine'"),
        (lambda law: law["breaks"][0].pop("because"), "laws[0].breaks[0].because=None, but expected str"),
        (lambda law: law["witness"].pop("case"), "laws[0].witness.case=None, but expected str"),
    ],
)
def test_a_damaged_record_is_named(finished: Callable[..., LawRun], damage: Callable[[Any], Any], message: str) -> None:
    run = finished(breaks=(RENAMED,))
    made = json.loads(record.dumped(record.document(run.cell, [record.law_record(run)])))
    damage(made["laws"][0])
    with pytest.raises(RecordError) as caught:
        record.parsed(record.dumped(made).encode())
    assert message in str(caught.value)


def test_rates(finished: Callable[..., LawRun]) -> None:
    run = finished()
    run.tally = Tally({"1", "2"}, set("abcde"))
    made = record.law_record(run)
    assert (made["structures_per_second"], made["cases_per_second"]) == (1.6, 4.0)
    run.seconds = 0.0
    made = record.law_record(run)
    assert (made["structures_per_second"], made["cases_per_second"]) == (None, None)
    assert record.parsed(record.dumped(record.document(run.cell, [made])).encode())["laws"] == [made]


def test_which_witness_is_of_what_failed(finished: Callable[..., LawRun]) -> None:
    because = Break(outputs, because="it does")
    for run, fails in ((finished(broken="outputs"), True), (finished(breaks=(because,)), False), (finished(), False)):
        law = record.law_record(run)
        assert law["failed"] == ("outputs" if fails else None)
        assert record.failing(law) == (law["witness"] if fails else None)
        earlier = {name: value for name, value in law.items() if name != "failed"}
        assert record.failing(earlier) == record.failing(law)


def test_a_record_of_an_earlier_likewise_is_read(finished: Callable[..., LawRun]) -> None:
    run = finished()
    made = record.document(run.cell, [record.law_record(run)])
    for name in record.LAW_LATER:
        del made["laws"][0][name]
    assert record.parsed(record.dumped(made).encode()) == made


def test_a_field_of_a_later_likewise_is_let_be(finished: Callable[..., LawRun]) -> None:
    run = finished()
    made = {**record.document(run.cell, [record.law_record(run)]), "later": 1}
    assert record.parsed(record.dumped(made).encode()) == made


def test_a_file_that_is_missing(tmp_path: Path) -> None:
    documents, (error,) = record.read([tmp_path / "none.jsonl"])
    assert not documents
    assert str(error) == f"{tmp_path / 'none.jsonl'}: cannot be read: No such file or directory"


def test_a_record_that_cannot_be_written(finished: Callable[..., LawRun], tmp_path: Path) -> None:
    (tmp_path / "taken").write_text("")
    with pytest.raises(RecordError, match="the record cannot be written"):
        keep(finished(), tmp_path / "taken")


def test_verdict_is_the_worst_that_is_not_declared(finished: Callable[..., LawRun]) -> None:
    rounding = {"outputs": Finding("outputs", "rounding", 1, 2, 1e-7)}
    assert record.verdict_of(record.law_record(finished())) == "identical"
    assert record.verdict_of(record.law_record(finished(findings=rounding, breaks=(RENAMED,)))) == "rounding"
    assert record.verdict_of(record.law_record(finished(broken="names"))) == "different"
    only = finished(breaks=(Break(outputs, "why"), RENAMED))
    assert record.verdict_of(record.law_record(only)) == ""
