"""``likewise run``, with runs that are pretended: what it tells, writes and ends with."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Callable

import pytest

from likewise.claims.names import names
from likewise.errors import ImplementationError
from likewise.law import Break

RENAMED = Break(names, "it is renamed", where="keras<3")

#: What three laws took.
TIMES = "60 examples in 3.8 s, 0.0 structures/s, 0.0 cases/s; 9.5 s in all"


@pytest.fixture
def _three(finished: Any, pretended: Callable[..., Any]) -> None:
    pretended(finished("one-law"), finished("two-law", breaks=(RENAMED,)), finished("three-law"))


@pytest.mark.usefixtures("_three")
def test_all_as_declared(likewise: Callable[..., Any]) -> None:
    ended = likewise("run", "--examples", 20, "--seed", 7)
    assert (ended.code, ended.err) == (0, "")
    lines = ended.out.splitlines()
    assert lines[0] == "likewise 0.1.0: TensorFlow 2.15.1, Keras 2.15.0, Python 3.11.7, behavior v2, numerics strict"
    assert lines[1] == "3 laws, 20 examples each, seed 7"
    assert [line.split()[:2] for line in lines[2:5]] == [
        ["identical", "one-law"],
        ["breaks", "two-law"],
        ["identical", "three-law"],
    ]
    assert "two-law: names breaks as declared where keras<3: it is renamed" in lines
    assert lines[-2] == f"3 laws: 2 held, 1 broke as declared; {TIMES}"
    assert lines[-1].startswith("not asked: refusal, variables, shapes, precision, bits, ")


def test_a_failure(likewise: Callable[..., Any], pretended: Callable[..., Any], finished: Any) -> None:
    pretended(finished("one-law"), finished("two-law", broken="outputs"))
    ended = likewise("run", "--examples", 20)
    assert ended.code == 1
    assert "FAILED two-law: two-law is what it says" in ended.out
    assert "    reproduce with: likewise run two-law --seed 0 --examples 20\n" in ended.out
    page, file = sorted(Path(".likewise/witnesses").iterdir())
    assert f"    witness: {file}\n    page: {page}\n    reproduce with: likewise replay {file}\n" in ended.out
    assert page.read_text(encoding="utf-8").startswith("<!DOCTYPE html>")
    told = "2 laws: 1 held, 1 failed; 40 examples in 2.5 s, 0.0 structures/s, 0.0 cases/s; 9.5 s in all"
    assert f"\n{told}\nnot asked: " in ended.out


@pytest.mark.parametrize(
    "place, options",
    [
        ({"numerics": "native"}, "--numerics native"),
        ({"behavior": "compat1"}, "--behavior compat1"),
        ({"tensorflow": "1.15.5"}, "--behavior v2"),
        ({"tensorflow": "1.15.5", "behavior": "compat1"}, ""),
    ],
)
def test_what_reproduces_a_failure_names_the_cell(
    likewise: Callable[..., Any], pretended: Callable[..., Any], finished: Any, place: Any, options: str
) -> None:
    pretended(finished("one-law", broken="outputs", **place))
    told = f"reproduce with: likewise run one-law --seed 3 --examples 5 --mode session {options}".rstrip()
    assert told + "\n" in likewise("run", "--seed", 3, "--examples", 5, "--mode", "session").out


def test_some_laws(likewise: Callable[..., Any], finished: Any, pretended: Callable[..., Any]) -> None:
    calls = pretended(finished("one-law"), finished("two-law"))
    likewise("run", "two-law", "--examples", 5, "--seed", 2, "--mode", "function", "--mode", "eager")
    (options,) = calls
    options.pop("progress")
    assert options == {"examples": 5, "seconds": None, "seed": 2, "modes": ("function", "eager")}


@pytest.mark.parametrize(
    "arguments, examples, seconds, told, again",
    [
        ([], 100, None, "100 examples", "--examples 100"),
        (["--seconds", "2.5"], None, 2.5, "2.5 s", "--seconds 2.5"),
        (["--seconds", "3", "--examples", "7"], 7, 3.0, "7 examples or 3 s", "--examples 7 --seconds 3"),
    ],
)
def test_a_number_and_a_time(
    likewise: Callable[..., Any],
    finished: Any,
    pretended: Callable[..., Any],
    arguments: Any,
    examples: Any,
    seconds: Any,
    told: str,
    again: str,
) -> None:
    calls = pretended(finished("one-law", broken="outputs"))
    out = likewise("run", *arguments).out
    (options,) = calls
    assert (options["examples"], options["seconds"]) == (examples, seconds)
    assert f"1 law, {told} each, seed 0\n" in out
    assert f"reproduce with: likewise run one-law --seed 0 {again}\n" in out


def test_other_claims(likewise: Callable[..., Any], pretended: Callable[..., Any], finished: Any) -> None:
    pretended(finished("one-law"), finished("two-law", broken="outputs"))
    ended = likewise("run", "--claim", "saving", "--claim", "outputs")
    assert ended.code == 1
    told = "reproduce with: likewise run two-law --seed 0 --examples 100 --claim saving --claim outputs\n"
    assert told in ended.out
    assert not Path(".likewise").exists()  # reports know the laws with their own claims


def test_an_unknown_claim(likewise: Callable[..., Any]) -> None:
    ended = likewise("run", "--claim", "speed")
    assert ended.code == 2
    assert "Invalid value for '--claim': 'speed' is not one of 'refusal', 'variables', " in ended.err


@pytest.mark.usefixtures("_three")
def test_records_are_left_for_the_report(likewise: Callable[..., Any]) -> None:
    likewise("run")
    (file,) = Path(".likewise").glob("*.jsonl")
    assert [json.loads(line)["laws"][0]["name"] for line in file.read_text().splitlines()] == [
        "one-law",
        "two-law",
        "three-law",
    ]


@pytest.mark.usefixtures("_three")
def test_json_to_standard_output_is_alone_there(likewise: Callable[..., Any]) -> None:
    ended = likewise("run", "--json", "-")
    assert [law["name"] for law in ended.json["laws"]] == ["one-law", "two-law", "three-law"]
    assert ended.json["schema"] == 1
    assert f"3 laws: 2 held, 1 broke as declared; {TIMES}\nnot asked: " in ended.err


@pytest.mark.usefixtures("_three")
def test_json_to_a_file(likewise: Callable[..., Any]) -> None:
    assert likewise("run", "--json", "out.json").out.startswith("likewise 0.1.0")
    assert json.loads(Path("out.json").read_text())["cell"]["tensorflow"] == "2.15.1"


@pytest.mark.parametrize("stop, code", [(KeyboardInterrupt(), 130), (ImplementationError("no callable"), 2)])
def test_what_is_finished_is_told(
    likewise: Callable[..., Any], pretended: Callable[..., Any], finished: Any, stop: BaseException, code: int
) -> None:
    pretended(finished("one-law", broken="outputs"), stop, finished("three-law"))
    ended = likewise("run", "--json", "out.json")
    assert ended.code == code
    assert ended.err == ("Interrupted\n" if code == 130 else "Error: no callable\n")
    assert "FAILED one-law" in ended.out
    assert "1 law: 0 held, 1 failed; 20 examples in 1.2 s" in ended.out
    assert [law["name"] for law in json.loads(Path("out.json").read_text())["laws"]] == ["one-law"]


@pytest.mark.usefixtures("_three")
@pytest.mark.parametrize(
    "arguments, message",
    [
        (["one-lav"], "Error: law 'one-lav' is not in the catalog; did you mean one-law"),
        (["--mode", "lazy"], "Error: Invalid value for '--mode': 'lazy' is not one of 'eager', "),
        (["--examples", "0"], "Error: Invalid value for '--examples': 0 is not in the range x>=1."),
        (["--seconds", "0"], "Error: Invalid value for '--seconds': 0.0 is not in the range x>0."),
        (["--seconds", "abc"], "Error: Invalid value for '--seconds': 'abc' is not a valid float"),
        (["--numerics", "loose"], "Error: Invalid value for '--numerics'"),
        (["--json", "none/out.json"], "Error: none/out.json: cannot be written, since "),
    ],
)
def test_bad_usage_runs_nothing(likewise: Callable[..., Any], arguments: Any, message: str) -> None:
    ended = likewise("run", *arguments)
    assert ended.code == 2
    assert message in ended.err
    assert "Traceback" not in ended.err
    assert not Path(".likewise").exists()


@pytest.mark.usefixtures("_three")
def test_records_that_cannot_be_written(likewise: Callable[..., Any], tmp_path: Path) -> None:
    (tmp_path / ".likewise").write_text("")
    ended = likewise("run")
    assert ended.code == 2
    assert "the record cannot be written" in ended.err
