"""``likewise audit``: what it tells, its JSON and its exit codes."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Callable

import numpy as np
import pytest
from hypothesis import strategies as st

from likewise import Law, keras, outputs, refusal, shapes, variables

MODULE = """
from hypothesis import strategies as st
import numpy as np
from likewise import Law, keras

class Case:
    inputs = np.ones((2, 3), "float32")
    def __repr__(self):
        return "Case()"

def dense(case):
    return keras().layers.Dense(2)

mine = Law("mine", "a layer is a layer", cases=st.builds(Case), reference=dense, candidate=dense)
number = 3
"""


class Case:
    inputs = np.cos(np.arange(6, dtype="float32")).reshape(2, 3)


def dense(case: Any) -> Any:
    return keras().layers.Dense(2)


def made(name: str, *claims: Any) -> Law:
    return Law(
        name,
        "a layer is a layer",
        cases=st.builds(Case),
        reference=dense,
        candidate=dense,
        claims=claims,
        dimensions=["static"],
    )


@pytest.fixture
def _laws(catalog: Callable[..., None]) -> None:
    catalog(made("good-law", refusal, variables, shapes, outputs), made("blind-law", refusal, shapes))


@pytest.mark.usefixtures("_laws")
def test_a_law_that_can_fail(likewise: Callable[..., Any]) -> None:
    ended = likewise("audit", "good-law", "--examples", 2)
    assert ended.code == 0
    head, titles, line, *_ = ended.out.splitlines()
    assert head.startswith("likewise ")
    assert titles.split() == ["law", "killed", "survived", "equivalent", "score", "median", "seconds"]
    assert line.split()[0] == "good-law"
    assert line.split()[2] == "0"
    assert line.split()[4:6] == ["100.0%", "1"]
    assert "equivalent, within rounding: outputs off by one ULP" in ended.out
    assert not Path(".likewise").exists()


@pytest.mark.usefixtures("_laws")
def test_a_law_that_is_blind(likewise: Callable[..., Any]) -> None:
    ended = likewise("audit", "blind-law", "--examples", 2, "--seed", 5)
    assert ended.code == 1
    assert "survived: zeroed dense/kernel (all its entries are 0)\n        unnoticed in 2 examples: " in ended.out
    assert "no claim notices the values of dense/bias" in ended.out
    assert "reproduce with: likewise audit blind-law --seed 5 --examples 2" in ended.out
    assert "2 variables unseen" in ended.out.splitlines()[-1]


@pytest.mark.usefixtures("_laws")
def test_json_on_standard_output_is_alone_there(likewise: Callable[..., Any]) -> None:
    ended = likewise("audit", "--examples", 2, "--json", "-")
    assert ended.code == 1
    told = ended.json
    assert (told["schema"], list(told)) == (1, ["schema", "cell", "audits"])
    good, blind = told["audits"]
    assert (good["law"], good["ok"], good["score"], good["unseen"]) == ("good-law", True, 1.0, [])
    assert (blind["law"], blind["ok"], blind["unseen"]) == ("blind-law", False, ["dense/kernel", "dense/bias"])
    for audit in told["audits"]:
        outcomes = [mutant["outcome"] for mutant in audit["mutants"]]
        assert [audit[each] for each in ("killed", "survived", "equivalent")] == [
            outcomes.count(each) for each in ("killed", "survived", "equivalent")
        ]


def test_a_law_of_the_users_own(likewise: Callable[..., Any]) -> None:
    Path("their_laws.py").write_text(MODULE, encoding="utf-8")
    ended = likewise("audit", "their_laws.py:mine", "--examples", 2, "--json", "out.json")
    assert ended.code == 0
    (audit,) = json.loads(Path("out.json").read_text(encoding="utf-8"))["audits"]
    assert audit["law"] == "mine"
    ended = likewise("audit", "their_laws.py:number")
    assert (ended.code, ended.out) == (2, "")
    assert "'their_laws.py:number' is of type int, but expected a likewise.Law" in ended.err


@pytest.mark.usefixtures("_laws")
@pytest.mark.parametrize(
    "arguments, message",
    [
        (["good-lav"], "Error: law 'good-lav' is not in the catalog; did you mean good-law"),
        (["--mode", "lazy"], "Error: Invalid value for '--mode': 'lazy' is not one of 'eager', "),
        (["--examples", "0"], "Error: Invalid value for '--examples'"),
        (["--json", "none/out.json"], "Error: none/out.json: cannot be written, since "),
    ],
)
def test_bad_usage_runs_nothing(likewise: Callable[..., Any], arguments: Any, message: str) -> None:
    ended = likewise("audit", *arguments)
    assert ended.code == 2
    assert message in ended.err
    assert "Traceback" not in ended.err


@pytest.mark.usefixtures("_laws")
def test_what_is_finished_is_told(likewise: Callable[..., Any], monkeypatch: pytest.MonkeyPatch) -> None:
    from likewise.auditing import audit as auditing

    whole = auditing.audit_law

    def until_the_second(law: Law, **options: Any) -> Any:
        if law.name == "blind-law":
            raise KeyboardInterrupt
        return whole(law, **options)

    monkeypatch.setattr(auditing, "audit_law", until_the_second)
    ended = likewise("audit", "--examples", 2, "--json", "out.json")
    assert (ended.code, ended.err) == (130, "Interrupted\n")
    assert "1 law: " in ended.out
    assert [each["law"] for each in json.loads(Path("out.json").read_text())["audits"]] == ["good-law"]
