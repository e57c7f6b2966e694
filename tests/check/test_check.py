from __future__ import annotations

import json
import re
import shlex
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any, Callable, List, Sequence

import pytest

from likewise.cell import current
from likewise.check import implementation, law_of, pairs_of
from likewise.errors import ImplementationError, InputError
from likewise.execution import usable_modes
from likewise.record import dumped, parsed
from likewise.running import LawRun
from likewise.spec import SpecCase
from likewise.spec import parsed as spec
from likewise.witness.saving import save
from likewise_strategies import Tensor

EXAMPLE = Path(__file__).parent / "example"

VIDEO = "float32[n t:2-3 4 4 1]"
ROWS = "float32[n 3]"
FEW = ("--examples", "5", "--dimensions", "static")
ENOUGH = ("--examples", "30", "--dimensions", "static")

#: Layers that belong together, and claims of which that of names fails whatever is paired.
NAMES = [("first", "one"), ("second", "two")]
CLAIMS = ("--claim", "outputs", "--claim", "names")

Check = Callable[..., Any]


@pytest.fixture
def _without_explanation(monkeypatch: pytest.MonkeyPatch) -> None:
    """It takes time, and is tried elsewhere."""
    monkeypatch.setattr("likewise.running.LawRun.explain", lambda run: None)


def test_the_same(check: Check) -> None:
    ended = check("models:by_hand", "models:wrapped", "--input", VIDEO, *FEW)
    assert ended.code == 0
    lines = ended.out.splitlines()
    assert lines[0].startswith("likewise ")
    assert lines[1] == "the same (identical): models:wrapped and models:by_hand"
    for claim in ("refusal", "variables", "shapes", "outputs"):
        assert any(line.split()[:2] == [claim, "identical"] for line in lines)
    assert any(line.startswith("    conv2d/kernel:0 -> time_distributed/") for line in lines)


def test_not_the_same(check: Check) -> None:
    ended = check("models:by_hand", "models:reversed_in_time", "--input", VIDEO, *ENOUGH)
    assert ended.code == 1
    pytest.LineMatcher(ended.out.splitlines()).fnmatch_lines(
        [
            "not the same: models:reversed_in_time and models:by_hand",
            "    outputs does not hold",
            "the smallest counterexample: n=1, t=2, inputs float32[[]1 2 4 4 1] (*), in *",
            "    outputs * different *",
        ]
    )


def test_json(check: Check) -> None:
    ended = check("models:by_hand", "models:reversed_in_time", "--input", VIDEO, *ENOUGH, "--json", "-")
    assert ended.code == 1
    assert "not the same" in ended.err
    document = parsed(dumped(ended.json).encode())
    assert document["cell"] == current().to_json()
    (law,) = document["laws"]
    assert law["name"] == "check-models-by-hand-models-reversed-in-time"
    assert law["statement"] == "models:reversed_in_time computes what models:by_hand does"
    assert law["ok"] is False
    assert law["claims"]["outputs"]["verdict"] == "different"
    assert law["witness"]["case"].startswith("SpecCase(")


def words(told: str, line: str) -> List[str]:
    """The arguments of a command that a line of what was told begins with, as a shell would split them."""
    (command,) = re.findall(f"^    {line}: likewise (.*)$", told, flags=re.MULTILINE)[:1]
    return shlex.split(command)


@pytest.mark.usefixtures("_without_explanation")
def test_a_counterexample_is_left(check: Check, likewise: Check) -> None:
    arguments = ("models.py:by_hand", "models:reversed_in_time", "--input", VIDEO, *ENOUGH, "--seed", "3")
    ended = check(*arguments, "--json", "out.json")
    page, file = sorted(Path(".likewise/witnesses").iterdir())
    assert [each.name for each in Path(".likewise").iterdir()] == ["witnesses"], "reports know nothing of it"
    assert f"    witness: {file}\n    page: {page}\n    reproduce with: likewise replay {file} " in ended.out
    witness = json.loads(Path("out.json").read_text())["laws"][0]["witness"]
    assert (witness["file"], witness["page"], witness["unsaved"]) == (str(file), str(page), "")
    assert "--candidate models:reversed_in_time" in page.read_text(encoding="utf-8")
    again = likewise(*words(ended.out, "reproduce with"))
    assert again.code == 1
    assert "outputs    different" in again.out
    script = likewise(*words(ended.out.replace(" > show.py && python show.py", ""), "without likewise"))
    assert script.code == 0
    compile(script.out, "script", "exec")
    (last,) = re.findall("^    reproduce with: likewise (check .*)$", ended.out, flags=re.MULTILINE)
    assert sorted(shlex.split(last)) == sorted(["check", *arguments])


@pytest.mark.usefixtures("_without_explanation")
def test_a_replay_imports_nothing_that_a_file_names(check: Check, likewise: Check) -> None:
    check("models:by_hand", "models:reversed_in_time", "--input", VIDEO, *ENOUGH)
    (file,) = Path(".likewise/witnesses").glob("*.npz")
    for options in ((), ("--candidate", "models:reversed_in_time")):
        ended = likewise("replay", str(file), *options)
        assert ended.code == 2
        assert "say --reference models:by_hand --candidate models:reversed_in_time (in Python" in ended.err
    assert likewise("replay", str(file), "--reference", "models:by_hand", "--candidate", "models:wrapped").code == 0
    ended = likewise("replay", str(file), "--reference", "models:by_hand", "--candidate", "models:warped")
    assert (ended.code, ended.out) == (2, "")
    assert "models has no 'warped'; did you mean wrapped" in ended.err


def test_what_no_check_wrote_is_no_case(
    likewise: Check, finished: Callable[..., LawRun], monkeypatch: pytest.MonkeyPatch
) -> None:
    run = finished(broken="outputs")
    assert run.failure is not None
    run.law = replace(run.law, located=("models:by_hand", "models:wrapped"))
    monkeypatch.setattr("likewise.cell.settle", lambda **_: None)
    file = save(run.failure, run, Path())
    ended = likewise("replay", str(file), "--reference", "models:by_hand", "--candidate", "models:wrapped")
    assert ended.code == 2
    assert "its case is a ConvVideo, but `likewise check` draws a SpecCase" in ended.err


@pytest.mark.usefixtures("_without_explanation")
def test_a_replay_makes_the_claims_that_were_asked_for(check: Check, likewise: Check) -> None:
    ended = check("models:by_hand", "models:wrapped", "--input", VIDEO, *FEW, "--claim", "names")
    again = likewise(*words(ended.out, "reproduce with"))
    assert again.code == 1
    assert "names      different" in again.out
    assert "outputs" not in again.out.partition("\n")[2].partition("variables that differ")[0]


@pytest.mark.usefixtures("_without_explanation")
def test_a_replay_pairs_as_it_was_told(check: Check, likewise: Check) -> None:
    """Paired by hand both are the same, but for what the claim of names says of it."""
    pairs = [f"--pair={old}/{part}={new}/{part}" for old, new in NAMES for part in ("kernel", "bias")]
    ended = check("models:forwards", "models:Models.backwards", "--input", ROWS, *FEW, *pairs, *CLAIMS)
    again = likewise(*words(ended.out, "reproduce with"))
    assert (ended.code, again.code) == (1, 1)
    assert "outputs    identical" in ended.out
    assert "outputs    identical" in again.out


@pytest.mark.parametrize("candidate", ["models:Model", "models.py:model", "./models.py:Model"])
def test_models_and_their_classes(check: Check, candidate: str) -> None:
    assert check("models:model", candidate, "--input", ROWS, *FEW).code == 0


def test_several_inputs(check: Check) -> None:
    arguments = ("--input", ROWS, "--input", "float32[n 2]")
    assert check("models:sum_of_two", "models:sum_by_layer", *arguments, *FEW).code == 0


def test_what_is_created_in_another_order_can_be_paired(check: Check) -> None:
    pairs = [f"--pair={old}/{part}={new}/{part}" for old, new in NAMES for part in ("kernel", "bias")]
    assert check("models:forwards", "models:Models.backwards", "--input", ROWS, *FEW).code == 1
    assert check("models:forwards", "models:Models.backwards", "--input", ROWS, *FEW, *pairs).code == 0


def test_claims_can_be_chosen(check: Check) -> None:
    ended = check("models:by_hand", "models:wrapped", "--input", VIDEO, *FEW, "--claim", "names", "--json", "-")
    assert ended.code == 1
    assert set(ended.json["laws"][0]["claims"]) == {"refusal", "names"}


def test_modes_can_be_chosen(check: Check) -> None:
    ended = check("models:model", "models:Model", "--input", ROWS, *FEW, "--mode", "session", "--json", "-")
    assert ended.code == 0
    assert ended.json["laws"][0]["modes"] == ["session"]


def test_what_never_runs_shows_nothing(check: Check) -> None:
    ended = check("models:refusing", "models:refusing", "--input", ROWS, *FEW)
    assert ended.code == 1
    assert "nothing shown: models:refusing and models:refusing" in ended.out
    assert "this one never works" in ended.out


def test_dimensions_that_are_not_known_are_pointed_out(check: Check) -> None:
    arguments = ("--input", ROWS, "--examples", "5", "--mode", "session", "--dimensions")
    told = "try --dimensions static"
    assert told in check("models:model", "models:refusing", *arguments, "batch").out
    assert told not in check("models:model", "models:refusing", *arguments, "static").out


#: Arguments after which ``likewise check`` ends with code 2, and what it says.
MISTAKES = [
    (["models:model", "models:modle"], "Error: models has no 'modle'; did you mean model*"),
    (["models:model", "models:Models.sideways"], "Error: models:Models has no 'sideways'; *backwards*"),
    (["model:model", "models:model"], "Error: there is no module 'model' in *; did you mean models?"),
    (["absent.part:model", "models:model"], "Error: there is no module 'absent' in *; there is *models*"),
    (["models.absent:model", "models:model"], "Error: there is no module 'models.absent' in *"),
    (["model.py:model", "models:model"], "Error: there is no file model.py; did you mean models.py?"),
    (["models", "models:model"], "Error: implementation 'models': expected MODULE:NAME, such as *"),
    (["models:not_callable", "models:model"], "Error: models:not_callable is 3, but expected a function *"),
    (["models:nothing", "models:model"], "Error: *models:nothing returned None, but expected a callable *"),
    (["models:by_hand", "models:model"], "Error: models:by_hand asks for t, but the inputs draw n; * dimension t in *"),
    (["models:of_the_inputs", "models:model"], "Error: models:of_the_inputs asks for video, *returns the function of*"),
    (["models:model", "models:model", "--input", "float32[n"], "Error: input spec 'float32[[]n': expected ']' *"),
    (["models:model", "models:model", "--input", "float32[n:2]", "--input", "int32[n:3]"], "Error: n:2 and n:3 in *"),
    (["models:model", "models:model", "--mode", "slow"], "Error: Invalid value for '--mode': 'slow' *"),
    (
        ["models:model", "models:model", "--dimensions", "some"],
        "Error: Invalid value for '--dimensions': *",
    ),
    (
        ["models:model", "models:model", "--claim", "speed"],
        "Error: Invalid value for '--claim': 'speed' *",
    ),
    (["models:model", "models:model", "--pair", "dense"], "Error: pair='dense', but expected OLD=NEW, *"),
    (["models:model", "models:model", "--pair", "a=b"], "Error: pair=*, but the reference has no variable 'a'; *"),
    (["models:model", "models:model", "--examples", "0"], "Error: Invalid value for '--examples': *"),
    (["models:model", "models:model", "--json", "absent/x.json"], "Error: absent/x.json: cannot be written, *"),
]


@pytest.mark.parametrize("arguments, said", MISTAKES)
def test_mistakes(check: Check, arguments: Sequence[str], said: str) -> None:
    ended = check(*arguments, "--input", ROWS)
    assert ended.code == 2
    assert "Traceback" not in ended.err
    pytest.LineMatcher(ended.err.splitlines()).fnmatch_lines([said])


@pytest.mark.parametrize("candidate, said", [("shared", "inside the implementation"), ("growing", "at each call")])
def test_what_changes_from_call_to_call_is_no_implementation(check: Check, candidate: str, said: str) -> None:
    ended = check("models:model", f"models:{candidate}", "--input", ROWS, *FEW)
    if "eager" in usable_modes(current()):
        assert ended.code == 2
        assert said in ended.err
    else:  # a session has a graph of its own and calls once, and finds another network in it
        assert ended.code == 1
        assert "not the same" in ended.out


def test_help_shows_an_implementation(check: Check) -> None:
    ended = check("--help")
    assert ended.code == 0
    assert "      def by_hand(t):" in ended.out.splitlines()


def test_no_input(check: Check) -> None:
    ended = check("models:model", "models:model")
    assert ended.code == 2
    assert "Missing option '--input'" in ended.err


def test_a_module_that_turns_to_tf1(monkeypatch: pytest.MonkeyPatch) -> None:
    class Here:
        behavior = "v2"

    class Graphs:
        @staticmethod
        def executing_eagerly() -> bool:
            return False

    monkeypatch.setattr("likewise.check.current", Here)
    monkeypatch.setattr("likewise.check.tensorflow", Graphs)
    with pytest.raises(ImplementationError, match="--behavior compat1"):
        law_of("math:sqrt", "math:sqrt", [spec(ROWS)])


CASE = SpecCase(Tensor((2, 3)), "n t")


@pytest.mark.parametrize(
    "function, given",
    [
        (dict, {}),
        (lambda t: {"t": t}, {"t": 3}),
        (lambda t, *, n: {"t": t, "n": n}, {"t": 3, "n": 2}),
        (lambda t, units=8: {"t": t, "units": units}, {"t": 3, "units": 8}),
        (lambda **sizes: sizes, {"t": 3, "n": 2}),
        (lambda *names: {}, {}),
    ],
)
def test_sizes_are_given_by_name(function: Any, given: Any) -> None:
    assert implementation("models:some", function, ["n", "t"])(CASE) == given


def test_an_implementation_is_called_by_what_was_typed() -> None:
    assert implementation("models:some", dict, [])(CASE) == {}
    assert implementation("models:some", dict, []).__qualname__ == "models:some"


def test_pairs() -> None:
    assert pairs_of(["a/b=c/d", "x=y"]) == {"a/b": "c/d", "x": "y"}
    with pytest.raises(InputError, match="paired with b already"):
        pairs_of(["a=b", "a=c"])


def test_from_the_shell() -> None:
    command = "import sys; from likewise.cli import main; main()"
    ended = subprocess.run(
        [sys.executable, "-c", command, "check", "models:by_hand", "models.py:wrapped", "--input", VIDEO, *FEW],
        cwd=str(EXAMPLE),
        check=False,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert ended.returncode == 0
    assert "the same (identical): models.py:wrapped and models:by_hand" in ended.stdout
