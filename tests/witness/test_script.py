"""The script of a witness shows the difference with TensorFlow and numpy alone."""

from __future__ import annotations

import ast
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any, Callable, Dict

import numpy as np
import pytest

from likewise import Law, outputs
from likewise.cell import current, keras, tensorflow
from likewise.comparing import compare_in
from likewise.errors import WitnessError
from likewise.execution import Execution, usable_modes
from likewise.inputs import Inputs
from likewise.program import Source
from likewise.running import LawRun, Witness
from likewise.witness.file import WitnessFile
from likewise.witness.reading import read
from likewise.witness.saving import save
from likewise.witness.script import script_of

#: Runs a script where likewise cannot be imported.
ALONE = """
import sys
sys.modules["likewise"] = sys.modules["likewise_strategies"] = None
exec(compile(open(sys.argv.pop(1), "rb").read(), "script", "exec"))
"""

CASE: Dict[str, int] = {}
VIDEO = np.arange(12, dtype="float32").reshape(1, 3, 4)


def plain(case: Any) -> Any:
    return keras().layers.Dense(2)


def without_bias(case: Any) -> Any:
    return keras().layers.Dense(2, use_bias=False)


def refusing(case: Any) -> Any:
    def call(video: Any) -> Any:
        raise ValueError("a rank is missing")

    return call


def failing(case: Any) -> Any:
    return lambda video: tensorflow().reshape(video, [7, 5])


def witness_of(candidate: Any, directory: Path, way: Execution) -> WitnessFile:
    inputs = Inputs(VIDEO, ("ndc",))
    sides = Source("reference", plain, CASE), Source("candidate", candidate, CASE)
    comparison = compare_in([way], *sides, inputs=inputs, claims=[outputs])
    (claim, *_) = [finding.claim for finding in comparison.broken]
    law = Law("some-law", "it is so", None, plain, candidate, [outputs])  # type: ignore[arg-type]
    return read(save(Witness(CASE, way, claim, comparison, inputs=inputs), LawRun(law, current(), [way]), directory))


def run(script: str, directory: Path, *arguments: Any) -> str:
    path = directory / "show.py"
    path.write_text(script, encoding="utf-8")
    command = [sys.executable, "-I", "-c", ALONE, str(path), *map(str, arguments)]
    done = subprocess.run(command, capture_output=True, cwd=str(directory), check=False)
    assert done.returncode == 0, done.stderr.decode()
    return done.stdout.decode()


def test_a_difference_is_shown(tmp_path: Path) -> None:
    for mode in usable_modes(current()):
        witness = witness_of(without_bias, tmp_path, Execution(mode))
    told = run(script_of(witness), tmp_path).splitlines()
    one, other = (side.outputs[0].array for side in witness.sides if side.outputs is not None)
    assert one is not None
    assert other is not None
    apart = np.abs(other.astype("float64") - one.astype("float64"))
    at = np.unravel_index(np.argmax(apart), apart.shape)
    assert told[0].startswith("reference=plain has the variables dense/kernel[4, 2], dense/bias[2]")
    assert told[1].startswith("candidate=without_bias has the variables dense/kernel[4, 2]")
    assert told[2:] == [
        "output 0 is float32 (1, 3, 2) in the candidate, float32 (1, 3, 2) in the reference",
        f"  6 of 6 entries differ, most at {list(map(int, at))}:",
        f"  {other[at]!s} in the candidate, {one[at]!s} in the reference, {apart[at]!s} apart",
    ]


def test_a_side_that_is_no_graph_is_told(tmp_path: Path) -> None:
    script = script_of(witness_of(refusing, tmp_path, Execution("session")))
    why = "candidate=refusing is not run: a graph cannot be built: ValueError: a rank is missing"
    assert f"# {why}\n" in script
    told = run(script, tmp_path)
    assert f"{why}\n  as the file has it: ValueError: a rank is missing\n" in told
    assert "output 0 is there in the reference alone" in told


def test_an_error_is_shown(tmp_path: Path) -> None:
    witness = witness_of(failing, tmp_path, Execution("session", "unknown"))
    moved = tmp_path / "moved.npz"
    witness.path.rename(moved)
    told = run(script_of(witness), tmp_path, moved)
    assert "  it raises InvalidArgumentError: " in told
    assert "output 0 is there in the reference alone" in told


def test_a_script_is_short(tmp_path: Path) -> None:
    assert len(script_of(witness_of(without_bias, tmp_path, Execution("session"))).splitlines()) < 60


@pytest.fixture
def saved(finished: Callable[..., LawRun], tmp_path: Path) -> WitnessFile:
    law = finished(broken="outputs")
    assert law.failure is not None
    return read(save(law.failure, law, tmp_path))


def test_texts_of_any_origin_stay_comments(saved: WitnessFile) -> None:
    hostile = 'x\n"""\nimport os\r\x0cos.remove("y")\u2028\x85z\x00\x1b[2J'
    (one, other) = saved.sides
    for changes in (
        {"message": hostile, "likewise": hostile},
        {"sides": (replace(one, title=hostile), replace(other, title=hostile, no_graph=hostile))},
        {"path": Path("a'\"\nb.npz")},
    ):
        lines = script_of(replace(saved, **changes)).split("\n")
        compile("\n".join(lines), "script", "exec")
        before = next(place for place, line in enumerate(lines) if line.startswith("import "))
        assert all(line.startswith("# ") or not line for line in lines[:before])
        assert lines[before:][:3] == script_of(saved).split("\n")[-len(lines) + before :][:3]


def test_a_file_without_graphs(saved: WitnessFile) -> None:
    with pytest.raises(WitnessError, match="holds no graphs to make a script of"):
        script_of(replace(saved, format=1, sides=()))


HOSTILE = [
    "positional_encoding: odd",
    "coding: utf-16",
    "-*- coding=latin-9 -*-",
    "a\nimport os; os.abort()",
    "a\r\x0c\x85\u2028os.abort()",
    "\"\"\"'''; os.abort()",
    "$comments ${path} $$ $",
    "a\\",
    "\0",
    "\ud800",
    "≠ é \U0001f600",
    "\x1b[31m",
    "#!/bin/false",
]


@pytest.mark.parametrize("text", HOSTILE, ids=ascii)
def test_what_a_witness_holds_is_never_code(text: str, saved: WitnessFile) -> None:
    texts: Dict[str, Any] = dict.fromkeys(("law", "claim", "message", "likewise"), text)
    made = replace(
        saved,
        **texts,
        cell={**saved.cell, **dict.fromkeys(("tensorflow", "keras", "python", "behavior"), text)},
        path=Path(text),
        sides=tuple(replace(side, title=text, no_graph=text, refusal=text, graph=None) for side in saved.sides),
    )
    script = script_of(made)
    # Python takes the encoding of a file from its first lines, when it is given bytes.
    assert _tree(script.encode("ascii"), path=str(made.path)) == _tree(
        script_of(saved).encode("ascii"), str(saved.path)
    )


def _tree(script: bytes, path: str) -> str:
    """What Python makes of a script, the path in it apart."""
    tree = ast.parse(script)
    found = [node for node in ast.walk(tree) if isinstance(node, ast.IfExp) and "argv" in ast.dump(node)]
    (taken,) = [ast.literal_eval(node.orelse) for node in found]
    assert taken == path
    for node in found:
        node.orelse = node.body
    return ast.dump(tree)


def test_a_law_that_is_named_as_an_encoding(tmp_path: Path) -> None:
    made = witness_of(without_bias, tmp_path, Execution("session"))
    told = run(script_of(replace(made, law="positional_encoding: odd", claim="coding=none")), tmp_path)
    assert "entries differ" in told
