"""Where text and JSON go."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from likewise.errors import RecordError
from likewise.report.output import Output, write_text


def test_text_is_printed_as_it_is(capsys: pytest.CaptureFixture[str]) -> None:
    text = "[bold]x[/] {'a': 1} " + "y" * 1000
    Output().line(text)
    assert capsys.readouterr() == (text + "\n", "")


def test_json_on_standard_output_has_it_alone(capsys: pytest.CaptureFixture[str]) -> None:
    output = Output("-")
    output.line("told")
    output.json({"schema": 1})
    out, err = capsys.readouterr()
    assert json.loads(out) == {"schema": 1}
    assert err == "told\n"


def test_json_in_a_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    output = Output(str(tmp_path / "out.json"))
    output.line("told")
    output.json({"schema": 1})
    assert json.loads((tmp_path / "out.json").read_text()) == {"schema": 1}
    assert capsys.readouterr() == ("told\n", "")


def test_a_folder_that_is_missing_is_told_at_once(tmp_path: Path) -> None:
    with pytest.raises(RecordError, match="is no folder; make it first"):
        Output(str(tmp_path / "none" / "out.json"))


def test_a_file_that_cannot_be_written(tmp_path: Path) -> None:
    with pytest.raises(RecordError, match="cannot be written"):
        write_text(str(tmp_path / ("x" * 300)), "text")


def test_no_progress_where_there_is_no_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    with Output().progress("law", 10):
        pass
    assert capsys.readouterr() == ("", "")
