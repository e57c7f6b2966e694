"""The table of all cells: sorted, marked, with what stands below it."""

from __future__ import annotations

import io
from typing import Any, Callable, Dict, List

import pytest
from rich.console import Console

from likewise import record
from likewise.claims.names import names
from likewise.claims.outputs import outputs
from likewise.comparison import Finding
from likewise.errors import RecordError
from likewise.law import Break
from likewise.report.matrix import LEGEND, markdown, matrix, only, terminal
from likewise.running import LawRun

NESTED = Break(names, "the path is nested", where="keras>=3")
OTHER = Break(outputs, "other outputs", where="keras>=3")
ROUNDING = {"outputs": Finding("outputs", "rounding", 1, 2, 1e-7)}


def document(*runs: LawRun) -> Dict[str, Any]:
    return record.document(runs[0].cell, [record.law_record(run) for run in runs])


@pytest.fixture
def documents(finished: Callable[..., LawRun]) -> List[Dict[str, Any]]:
    keras3 = {"tensorflow": "2.21.0", "keras": "3.15.1", "generation": 3}
    return [
        document(
            finished("one-law", breaks=(NESTED, OTHER), **keras3),
            finished("two-law", breaks=(NESTED,), **keras3),
            finished("three-law", broken="outputs", **keras3),
        ),
        document(finished("one-law", behavior="compat1"), finished("three-law", behavior="compat1")),
        document(finished("one-law"), finished("two-law", findings=ROUNDING), finished("three-law")),
        document(finished("one-law", tensorflow="2.9.0", keras="2.9.0")),
    ]


def test_markdown(documents: List[Dict[str, Any]]) -> None:
    assert markdown(matrix(documents)) == (
        "| TensorFlow | Keras | behavior | Python | A | B | C |\n"
        "| --- | --- | --- | --- | :-: | :-: | :-: |\n"
        "| 2.9.0 | 2.9.0 | v2 | 3.11.7 | = |  |  |\n"
        "| 2.15.1 | 2.15.0 | compat1 | 3.11.7 | = |  | = |\n"
        "| 2.15.1 | 2.15.0 | v2 | 3.11.7 | = | ~ | = |\n"
        "| 2.21.0 | 3.15.1 | v2 | 3.11.7 | ≠¹˒² | ≠¹ | ✗ |\n"
        "\n"
        f"{LEGEND}.\n"
        "\n"
        "- **A** `one-law`: one-law is what it says\n"
        "- **B** `two-law`: two-law is what it says\n"
        "- **C** `three-law`: three-law is what it says\n"
        "\n"
        "1. names, where keras>=3: the path is nested\n"
        "2. outputs, where keras>=3: other outputs\n"
        "\n"
        "- ✗ three-law on TensorFlow 2.21.0, Keras 3.15.1, v2: outputs does not hold\n"
    )


def test_terminal(documents: List[Dict[str, Any]]) -> None:
    console = Console(width=80, record=True, file=io.StringIO())
    console.print(terminal(matrix(documents)))
    assert [line.rstrip() for line in console.export_text().splitlines()] == [
        "TensorFlow  Keras   behavior  Python   A    B   C",
        "2.9.0       2.9.0   v2        3.11.7   =",
        "2.15.1      2.15.0  compat1   3.11.7   =        =",
        "2.15.1      2.15.0  v2        3.11.7   =    ~   =",
        "2.21.0      3.15.1  v2        3.11.7  ≠¹˒²  ≠¹  ✗",
    ]


@pytest.mark.parametrize("field, values", [("numerics", ("native", "strict")), ("machine", ("aarch64", "x86_64"))])
def test_what_cells_differ_in_is_shown(finished: Callable[..., LawRun], field: str, values: Any) -> None:
    table = matrix([document(finished(**{field: value})) for value in values])
    assert table.headings[-1] == field
    assert [cell[-1] for cell, _ in table.rows] == list(values)


def test_versions_are_sorted_as_versions(finished: Callable[..., LawRun]) -> None:
    versions = ["2.10.0", "2.9.0rc1", "my-build", "2.9.0", "1.15.5"]
    table = matrix([document(finished(tensorflow=version)) for version in versions])
    assert [cell[0] for cell, _ in table.rows] == ["my-build", "1.15.5", "2.9.0rc1", "2.9.0", "2.10.0"]


def test_many_laws_have_letters(finished: Callable[..., LawRun]) -> None:
    table = matrix([document(*(finished(f"law-{number}") for number in range(30)))])
    assert [letter for letter, _, _ in table.laws][24:] == ["Y", "Z", "AA", "AB", "AC", "AD"]


def test_a_bar_does_not_split_a_column(finished: Callable[..., LawRun]) -> None:
    assert "| a\\|b |" in markdown(matrix([document(finished(tensorflow="a|b"))]))


def test_brief_puts_cells_alike_into_one_row(documents: List[Dict[str, Any]], finished: Callable[..., LawRun]) -> None:
    """Rounding apart, and by generations of Keras."""
    alike = document(finished("one-law", tensorflow="2.16.2", keras="2.16.0", findings=ROUNDING))
    table = matrix(only([*documents, alike], ["one-law"]), brief=True)
    assert table.headings == ("TensorFlow", "Keras", "behavior", "Python")
    assert table.rows == (
        (("2.9.0 to 2.16.2", "2.9.0 to 2.16.0", "v2, compat1", "3.11.7"), ("~",)),
        (("2.21.0", "3.15.1", "v2", "3.11.7"), ("≠¹˒²",)),
    )


def test_one_law_of_the_records(documents: List[Dict[str, Any]]) -> None:
    table = matrix(only(documents, ["three-law", "one-law"]))
    assert [name for _, name, _ in table.laws] == ["three-law", "one-law"]
    assert only(documents, []) == documents
    with pytest.raises(RecordError, match="did you mean two-law"):
        only(documents, ["twolaw"])


def test_what_breaks_in_its_bits_alone_holds_up_to_rounding(finished: Callable[..., LawRun]) -> None:
    keras3 = {"tensorflow": "2.21.0", "keras": "3.15.1", "generation": 3}
    found = document(
        finished("one-law", breaks=(NESTED,), **keras3), finished("two-law", breaks=(NESTED, OTHER), **keras3)
    )
    for law in found["laws"]:
        law["breaks"][0]["claim"] = "bits"
    ((_, marks),) = matrix([found]).rows
    assert marks == ("~¹", "≠¹˒²")
