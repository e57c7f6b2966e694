"""Where text and JSON go."""

from __future__ import annotations

import io
import json
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Optional

import pytest

from likewise.errors import RecordError
from likewise.report import output
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


@pytest.mark.parametrize(
    "examples, elapsed, asked, seconds, told, share",
    [
        (0, 0.0, 100, None, "0/100 examples", 0.0),
        (25, 10.0, 100, None, "25/100 examples, 2.5/s, 0:30 left", 0.25),
        (1500, 10.0, None, 100.0, "1,500 examples, 150.0/s, 1:30 left", 0.1),
        (25, 10.0, 100, 20.0, "25/100 examples, 2.5/s, 0:10 left", 0.5),
        (75, 10.0, 100, 200.0, "75/100 examples, 7.5/s, 0:03 left", 0.75),
        (130, 10.0, 100, None, "130/100 examples, 13.0/s, 0:00 left", 1.0),  # a counterexample is shrunk
        (9, 12.0, None, 10.0, "9 examples, 0.8/s, 0:00 left", 1.0),
    ],
)
def test_what_the_bar_tells(
    examples: int, elapsed: float, asked: Optional[int], seconds: Optional[float], told: str, share: float
) -> None:
    assert output.done(examples, elapsed, asked, seconds) == told
    assert output.share(examples, elapsed, asked, seconds) == pytest.approx(share)


def test_a_bar_where_there_is_a_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    monkeypatch.setenv("TERM", "xterm")
    terminal = Terminal()
    monkeypatch.setattr("sys.stderr", terminal)
    shown = Output()
    with shown.progress("some-law", 10) as update:
        update(SimpleNamespace(examples=4))
    told = terminal.getvalue()
    assert "some-law" in told
    assert "4/10 examples" in told


#: What writes to standard output more than a pipe holds, and then to a file.
WRITING = """
import sys
sys.path[:] = {path!r}
from likewise.report.output import Output
from rich.table import Table
output = Output({json!r})
table = Table("a")
for _ in range(3000):
    output.line("a line, and some more of it, so that it is a long one", style="red")
    output.show(table)
output.json({{"a": 1}})
sys.exit(7)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="a pipe ends otherwise there")
@pytest.mark.parametrize("to_a_file", [True, False])
def test_where_nobody_reads_any_more_all_is_done_all_the_same(tmp_path: Path, *, to_a_file: bool) -> None:
    target = str(tmp_path / "out.json") if to_a_file else "-"
    source = WRITING.format(path=sys.path, json=target)
    with subprocess.Popen([sys.executable, "-c", source], stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.close()
        errors = process.stderr.read()
    assert process.returncode == 7
    assert b"Error" not in errors
    if to_a_file:
        assert (tmp_path / "out.json").read_text("utf-8") == '{\n  "a": 1\n}\n'
