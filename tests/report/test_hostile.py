"""What records hold is shown, whoever wrote it, and does nothing; what cannot be shown is a clear error."""

from __future__ import annotations

import json
import re
from typing import Any, Callable, Dict

import pytest

from likewise import record
from likewise.errors import RecordError
from likewise.report.matrix import markdown, matrix, terminal
from likewise.report.output import Output
from likewise.running import LawRun

HOSTILE = "a|b <b>c</b> [d](http://e) `f` *g* _h_ \x1b[31m\ni &lt; ~~j~~ :smile: [red]k[/]\r\n# l"


def nested(depth: int) -> Any:
    found: Any = []
    for _ in range(depth):
        found = [found]
    return found


@pytest.fixture
def document(finished: Callable[..., LawRun]) -> Dict[str, Any]:
    run = finished("one-law", broken="outputs")
    return json.loads(record.dumped(record.document(run.cell, [record.law_record(run)])))  # type: ignore[no-any-return]


@pytest.fixture
def hostile(document: Dict[str, Any]) -> Dict[str, Any]:
    """A record of which all texts are hostile."""
    law = document["laws"][0]
    document["laws"] = [{**law, "name": HOSTILE, "statement": HOSTILE, "problems": [HOSTILE]}]
    document["cell"].update(dict.fromkeys(("tensorflow", "keras", "python"), HOSTILE))
    return document


def test_the_terminal_shows_text_as_it_is(capsys: pytest.CaptureFixture[str]) -> None:
    output = Output()
    output.line("models:a and :smile: [red]b[/red] [/] \x1b[2Jc\rd \ud800")
    output.error(":a: [b]")
    told = capsys.readouterr()
    assert told.out == "models:a and :smile: [red]b[/red] [/]  [2Jc d  \n"
    assert told.err == ":a: [b]\n"


def test_a_table_shows_text_as_it_is(capsys: pytest.CaptureFixture[str], hostile: Dict[str, Any]) -> None:
    Output().show(terminal(matrix([hostile])))
    told = capsys.readouterr().out
    assert ":smile: [red]k[/]" in told
    assert "\x1b" not in told
    assert len(told.splitlines()) == 2


def test_markdown_is_read_as_it_stands(hostile: Dict[str, Any]) -> None:
    made = markdown(matrix([hostile]))
    assert made.isprintable() or all(line.isprintable() for line in made.splitlines())
    titles, _, row = made.splitlines()[:3]
    separators = re.compile(r"(?<!\\)\|")
    assert len(separators.findall(titles)) == len(separators.findall(row))
    for active in ("<b>", "[d]", " `f`", " *g*", " _h_", "~~j", " &lt;"):
        assert not re.search(r"(?<!\\)" + re.escape(active.strip()), made), active
    assert r"\# l" not in made.splitlines()
    assert not any(line.startswith("# l") for line in made.splitlines())


@pytest.mark.parametrize("text", ["- a", "# a", "> a", "1. a", "= a", "~~~"])
def test_markdown_begins_no_block(text: str, document: Dict[str, Any]) -> None:
    document["laws"][0]["problems"] = []
    document["laws"][0]["statement"] = text
    marker = markdown(matrix([document])).split("`one-law`: ")[1]
    assert marker.startswith("\\")


def test_a_version_that_is_none_is_sorted_all_the_same(document: Dict[str, Any]) -> None:
    for version in ("9" * 5000, "", "1!" * 9, "0.0.0.0.0.dev999999999999"):
        document["cell"]["tensorflow"] = version
        assert len(markdown(matrix([document], brief=True))) < 20_000


@pytest.mark.parametrize("depth", [70, 300, 900, 100_000])
def test_a_record_that_is_nested_too_deeply(document: Dict[str, Any], depth: int) -> None:
    line = record.dumped(document)[:-1] + ', "more": ' + "[" * depth + "]" * depth + "}"
    with pytest.raises(RecordError, match=r"within each other|recursion|nested"):
        record.parsed(line.encode("utf-8"))


@pytest.mark.parametrize("where", ["name", "statement", "problems"])
def test_a_record_with_half_a_character(document: Dict[str, Any], where: str) -> None:
    document["laws"][0][where] = ["\ud800"] if where == "problems" else "\ud800"
    with pytest.raises(RecordError, match="half a character"):
        record.parsed(record.dumped(document).encode("utf-8"))


@pytest.mark.parametrize("number", ["1" * 5000, "1e999", "-Infinity", "NaN"])
def test_a_record_with_a_great_number(document: Dict[str, Any], number: str) -> None:
    text = record.dumped(document).replace('"examples": 100', f'"examples": {number}')
    error = ""
    try:
        record.parsed(text.encode("utf-8"))
    except RecordError as raised:
        error = str(raised)
    assert len(error) < 1000


def test_a_message_names_a_great_value_in_short(document: Dict[str, Any]) -> None:
    document["laws"][0]["name"] = nested(50)
    document["laws"][0]["ok"] = "x" * 10**6
    with pytest.raises(RecordError) as raised:
        record.parsed(record.dumped(document).encode("utf-8"))
    assert len(str(raised.value)) < 500
