"""Tiny laws on this cell's TensorFlow: run, recorded, shown, replayed."""

from __future__ import annotations

import json
import sys
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Callable, Iterator

import numpy as np
import pytest
from hypothesis import strategies as st

from likewise import Break, Law, outputs
from likewise import replay as replayed
from likewise.cell import current
from likewise.comparing import compare_in
from likewise.errors import WitnessError
from likewise.execution import usable_modes
from likewise.locating import located
from likewise.witness.reading import read
from likewise_strategies import Tensor


@dataclass(frozen=True)
class Numbers:
    """A vector to be fed with."""

    inputs: Tensor


def twice(case: Numbers) -> Any:
    return lambda numbers: numbers * 2.0


def summed(case: Numbers) -> Any:
    return lambda numbers: numbers + numbers


def squared(case: Numbers) -> Any:
    return lambda numbers: numbers * numbers


# A handful, so that a counterexample is soon the smallest.
CASES = st.sampled_from([Numbers(Tensor((size, 1), kind="uniform", axes="nc")) for size in (1, 2, 3)])

SUM = Law(
    "double-is-sum",
    "2 x is x + x",
    cases=CASES,
    reference=twice,
    candidate=summed,
    claims=[outputs],
    dimensions=["static"],
)
SQUARE = replace(SUM, name="double-is-square", statement="2 x is x x", candidate=squared)
KNOWN = replace(SQUARE, name="double-is-no-square", breaks=[Break(outputs, "only for 0 and 2")])
WRONGLY_KNOWN = replace(SUM, name="double-is-no-sum", breaks=[Break(outputs, "it was said so")])


@pytest.fixture(autouse=True)
def _laws(catalog: Callable[..., None]) -> None:
    """The laws in the first mode that this cell has: eager or session, since one is enough here."""
    modes = usable_modes(current())[:1]
    catalog(*(replace(law, modes=modes) for law in (SUM, SQUARE, KNOWN, WRONGLY_KNOWN)))


def witness() -> Path:
    (file,) = Path(".likewise/witnesses").glob("*.npz")
    return file


def test_a_law_that_holds(likewise: Callable[..., Any]) -> None:
    ended = likewise("run", "double-is-sum", "--examples", 10)
    assert ended.code == 0
    assert ended.out.splitlines()[2].startswith("identical  double-is-sum ")
    assert likewise("report").code == 0


def test_a_law_that_fails(likewise: Callable[..., Any]) -> None:
    ended = likewise("run", "double-is-square", "--examples", 10)
    assert ended.code == 1
    assert "outputs does not hold" in ended.out
    assert f"witness: {witness()}" in ended.out
    assert likewise("report").code == 1


def test_a_declared_break(likewise: Callable[..., Any]) -> None:
    ended = likewise("run", "double-is-no-square", "--examples", 10, "--json", "-")
    assert ended.code == 0
    (law,) = ended.json["laws"]
    assert (law["ok"], law["declared"], law["breaks"][0]["found"]) == (True, "breaks", True)
    assert law["witness"]["file"] == str(witness())


def test_a_break_that_is_not_found(likewise: Callable[..., Any]) -> None:
    ended = likewise("run", "double-is-no-sum", "--examples", 5)
    assert ended.code == 1
    assert "take the break out, or narrow it" in ended.out


def test_a_seed_decides_the_examples(likewise: Callable[..., Any]) -> None:
    told = [likewise("run", "double-is-square", "--seed", seed, "--json", "-").json["laws"][0] for seed in (1, 1)]
    for law in told:
        for timed in ("seconds", "structures_per_second", "cases_per_second"):
            law.pop(timed)
    assert told[0] == told[1]


def test_a_witness_is_replayed(likewise: Callable[..., Any]) -> None:
    likewise("run", "double-is-square", "--examples", 10)
    ended = likewise("replay", witness())
    assert ended.code == 1
    assert ended.out.splitlines()[0].startswith("double-is-square: outputs in ")
    assert "outputs    different" in ended.out


def test_a_replay_says_why_it_differed(likewise: Callable[..., Any], catalog: Callable[..., None]) -> None:
    likewise("run", "double-is-square", "--examples", 10)
    comparison = read(witness()).comparison
    assert comparison is not None
    why = str(comparison.explanation).splitlines()
    assert "data" in [line.split()[0] for line in why]
    catalog(replace(SQUARE, candidate=summed))
    lines = likewise("replay", witness()).out.splitlines()
    assert lines[1:][: len(why) + 1] == ["why it differed there", *(f"    {line}" for line in why)]
    assert lines[len(why) + 2].endswith(": identical")


def test_what_a_file_says_does_not_move_the_cursor(likewise: Callable[..., Any]) -> None:
    likewise("run", "double-is-square", "--examples", 10)
    with np.load(str(witness()), allow_pickle=False) as file:
        members = dict(file)
    header = json.loads(str(members["header"]))
    header["comparison"]["explanation"]["troubles"] = ["\x1b[2J\r\u2028here"]
    members["header"] = np.array(json.dumps(header))
    np.savez(str(witness()), **members)
    out = likewise("replay", witness()).out
    assert "here" in out
    assert "\x1b" not in out
    assert "\r" not in out


def test_values_are_those_of_the_file(likewise: Callable[..., Any], catalog: Callable[..., None]) -> None:
    likewise("run", "double-is-square", "--examples", 10)
    with np.load(str(witness()), allow_pickle=False) as file:
        members = dict(file)
    members["array_0"] = np.full_like(members["array_0"], 2)  # the one number but 0 whose double is its square
    np.savez(str(witness()), **members)
    ended = likewise("replay", witness())
    assert ended.code == 0
    assert "outputs    identical" in ended.out


def test_a_page_of_a_witness(likewise: Callable[..., Any], monkeypatch: pytest.MonkeyPatch) -> None:
    likewise("run", "double-is-square", "--examples", 10)
    beside = witness().with_suffix(".html").read_text(encoding="utf-8")
    monkeypatch.setattr("likewise.cell.current", None)  # which is not asked for
    assert likewise("replay", witness(), "--html", "-").out == beside
    ended = likewise("replay", witness(), "--html", "page.html")
    assert (ended.code, ended.out, ended.err) == (0, "", "")
    assert Path("page.html").read_text(encoding="utf-8") == beside
    assert "no folder" in likewise("replay", witness(), "--html", "none/page.html").err


def test_a_script_of_a_witness(likewise: Callable[..., Any], monkeypatch: pytest.MonkeyPatch) -> None:
    likewise("run", "double-is-square", "--examples", 10)
    monkeypatch.setattr("likewise.cell.current", None)
    ended = likewise("replay", witness(), "--script")
    assert (ended.code, ended.err) == (0, "")
    assert ended.out.startswith("# coding: ascii\n")
    assert "double-is-square: outputs, in " in ended.out
    compile(ended.out, "script", "exec")


def test_a_witness_of_what_was_mended(likewise: Callable[..., Any], catalog: Callable[..., None]) -> None:
    likewise("run", "double-is-square", "--examples", 10)
    catalog(replace(SQUARE, candidate=summed))
    ended = likewise("replay", witness())
    assert ended.code == 0
    assert "outputs    identical" in ended.out


def test_a_replay_runs_what_was_saved(likewise: Callable[..., Any], monkeypatch: pytest.MonkeyPatch) -> None:
    """The entries that the explanation cut down, not those that the case would draw."""
    likewise("run", "double-is-square", "--examples", 10)
    fed = []

    def noting(*arguments: Any, inputs: Any, **options: Any) -> Any:
        fed.extend(inputs.arrays)
        return compare_in(*arguments, inputs=inputs, **options)

    monkeypatch.setattr("likewise.witness.replaying.compare_in", noting)
    assert not replayed(witness(), law=SQUARE)
    with np.load(str(witness()), allow_pickle=False) as file:
        header = json.loads(str(file["header"]))
        assert fed[0].tobytes() == file[f"array_{header['inputs']['array']}"].tobytes()


def test_a_witness_with_another_candidate(likewise: Callable[..., Any]) -> None:
    likewise("run", "double-is-square", "--examples", 10)
    assert replayed(witness(), candidate=summed)


def test_a_witness_of_an_unknown_law(likewise: Callable[..., Any], catalog: Callable[..., None]) -> None:
    likewise("run", "double-is-square", "--examples", 10)
    catalog(SUM)
    ended = likewise("replay", witness())
    assert ended.code == 2
    assert "Error: " in ended.err
    assert "'double-is-square' is not in the catalog" in ended.err
    with pytest.raises(WitnessError, match="give law=, or both reference= and candidate="):
        replayed(witness(), candidate=summed)


OWN = """
from dataclasses import dataclass
from hypothesis import strategies as st
from likewise import Law, outputs
from likewise_strategies import Tensor

@dataclass(frozen=True)
class Own:
    inputs: Tensor = Tensor((2, 1), axes="nc")

def the_same(case):
    return lambda x: x * 1.0

def one_more(case):
    return lambda x: x + 1.0

LAW = Law("own-law", "x is x + 1", st.just(Own()), the_same, one_more, [outputs])
"""


@pytest.fixture
def own_law(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """A user's module in the working directory, with a law and the class of its cases."""
    monkeypatch.syspath_prepend(str(tmp_path))
    (tmp_path / "own_laws.py").write_text(OWN)
    yield "own_laws:LAW"
    sys.modules.pop("own_laws", None)


def test_a_law_of_ones_own(likewise: Callable[..., Any], own_law: str, catalog: Callable[..., None]) -> None:
    catalog(located(own_law)[own_law])
    assert likewise("run", "--examples", 1).code == 1
    catalog()
    ended = likewise("replay", witness(), "--law", own_law)
    assert ended.code == 1
    assert "case: Own(inputs=Tensor(" in ended.out
    assert "'own-law' is not in the catalog" in likewise("replay", witness()).err
    assert "is of type type, but expected a likewise.Law" in likewise("replay", witness(), "--law", "own_laws:Own").err


def test_a_case_of_a_module_that_is_not_imported(
    likewise: Callable[..., Any], own_law: str, catalog: Callable[..., None]
) -> None:
    catalog(located(own_law)[own_law])
    likewise("run", "--examples", 1)
    del sys.modules["own_laws"]
    ended = likewise("replay", witness())
    assert ended.code == 2
    assert "the case is of 'own_laws:Own', which is not known here; import own_laws first" in ended.err
    assert "own_laws" not in sys.modules


@pytest.mark.parametrize("content", [b"", b"no witness"])
def test_a_file_that_is_no_witness(likewise: Callable[..., Any], content: bytes) -> None:
    Path("file.npz").write_bytes(content)
    ended = likewise("replay", "file.npz")
    assert (ended.code, ended.out) == (2, "")
    assert ended.err.startswith("Error: file.npz: not a witness")
