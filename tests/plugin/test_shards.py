"""One law's test split over workers: the same examples, each once, one judgement and one record."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from types import SimpleNamespace
from typing import Any, Callable, Dict, List

import pytest

from likewise import record
from likewise.claims.names import names
from likewise.law import Break
from likewise.pytest_plugin import _Gathering, _whole
from likewise.running import LawRun
from likewise.sharding.joining import joined, told
from likewise.sharding.shard import Part, Shard
from likewise.tally import Tally

#: Laws that no TensorFlow is needed for. Cases are drawn as bits, whose numbers depend on no imported module.
LAWS = """
import os
from hypothesis import settings, strategies as st
from likewise import Break, Law, cell
from likewise.cell import Cell
from likewise.claims.names import names
from likewise.claims.outputs import outputs
from likewise.comparison import Comparison, Finding
from likewise.errors import NotEquivalent
from likewise.running import LawRun, Witness

cell._current = Cell("3.11.7", "2.21.0", "3.15.1", 3, "v2", "strict", "2.4.6", "6.170.0", "0.1.0", "x86_64")

def try_example(run, case, way):
    run.examples += 1
    with open("cases.txt", "a") as file:
        file.write(f"{run.law.name} {case} {way}\\n")
    wrong = {"rare": case % 16 == 5, "wrong": str(case) == os.environ["WRONG"]}.get(run.law.name, False)
    comparison = Comparison({"outputs": Finding("outputs", "different" if wrong else "identical", 1)}, {}, ())
    run._tally([case], way, comparison)
    if wrong and not run._is_declared("outputs", case, way, comparison):
        run.failure = Witness(case, way, "outputs", comparison)
        raise NotEquivalent(comparison)

LawRun.try_example = try_example
LawRun.explain = lambda run: None
BITS = st.lists(st.booleans(), min_size=30, max_size=30)
CASES = BITS.map(lambda bits: sum(bit << place for place, bit in enumerate(bits)))

def made(name, count=60, **asked):
    asked = {"claims": [outputs], "modes": ["session"], "dimensions": ["static"], **asked}
    law = Law(name, "it holds", cases=CASES, reference=int, candidate=int, **asked)
    return law.test(settings=settings(max_examples=count, derandomize=True, database=None))

test_plain = made("plain")
test_few = made("few", count=25)
test_rare = made("rare", breaks=[Break(outputs, "it is five", when=lambda case: case % 16 == 5)])
test_never = made("never", breaks=[Break(outputs, "of the moon", when=lambda case: case < 0)])
test_unseen = made("unseen", claims=[outputs, names])
test_wrong = made("wrong")

def test_threads():
    alone = "PYTEST_XDIST_WORKER" not in os.environ
    for pool in ("OMP_NUM_THREADS", "TF_NUM_INTEROP_THREADS"):
        assert os.environ.get(pool) == (None if alone else "1")
"""


def laws(directory: Path) -> Dict[str, Dict[str, Any]]:
    """The records that a session left, by law; times, which are others each time, and witnesses are left out."""
    found: Dict[str, Dict[str, Any]] = {}
    for file in directory.glob("*.jsonl"):
        for line in file.read_text("utf-8").splitlines():
            (law,) = json.loads(line)["laws"]
            assert law["name"] not in found
            found[law["name"]] = {
                name: value for name, value in law.items() if "second" not in name and name not in ("breaks", "witness")
            }
    return found


def test_shards_are_the_whole(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WRONG", "none")
    pytester.makepyfile(test_all=LAWS)
    kept, cases = pytester.path / ".likewise", pytester.path / "cases.txt"
    pytester.runpytest_subprocess("-p", "no:xdist").assert_outcomes(passed=5, failed=2)
    alone, tried = laws(kept), cases.read_text("utf-8").splitlines()
    kept.rename(pytester.path / "alone")
    cases.unlink()
    wrong = [line.split()[1] for line in tried if line.startswith("wrong ")]
    monkeypatch.setenv("WRONG", wrong[30])  # of the second batch

    session = pytester.runpytest("-n", "2", "-v")
    session.assert_outcomes(passed=9, failed=3)
    assert session.ret == pytest.ExitCode.TESTS_FAILED
    for name in ("plain", "rare", "never", "unseen", "wrong"):
        session.stdout.fnmatch_lines_random([f"*::test_{name}[[]1 of 2]*", f"*::test_{name}[[]2 of 2]*"])
    session.stdout.fnmatch_lines_random(["*FAILED*test_wrong[[]2 of 2]*", "*PASSED*test_wrong[[]1 of 2]*"])
    again = cases.read_text("utf-8").splitlines()
    whole = [line for line in tried if not line.startswith("wrong ")]
    assert Counter(line for line in again if not line.startswith("wrong ")) == Counter(whole)

    spread = laws(kept)
    failed = spread.pop("wrong")
    assert alone.pop("wrong")["ok"]
    assert spread == alone
    assert spread["never"]["problems"][0].endswith("held in all 60 examples; take the break out, or narrow it")
    assert (failed["ok"], failed["problems"]) == (False, ["outputs does not hold"])
    assert failed["claims"]["outputs"]["verdict"] == "different"
    session.stdout.fnmatch_lines(["6 laws: 2 held, 1 broke as declared, 3 failed; *"])
    session.stdout.fnmatch_lines(["*reproduce with: pytest test_all.py::test_wrong"])
    assert not (kept / "shards").exists()


def test_a_shard_that_was_not_run(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WRONG", "none")
    pytester.makepyfile(test_all=LAWS)
    session = pytester.runpytest("-n", "2", "-k", "plain and 1")
    session.assert_outcomes(passed=1)
    assert session.ret == pytest.ExitCode.TESTS_FAILED
    session.stdout.fnmatch_lines(
        [
            "failed * plain *",
            "    1 of 2 shards did not run to the end, so the whole was not judged",
            "test_all.py::test_plain was not run as a whole",
        ]
    )


def part(**changes: Any) -> Part:
    nothing: Dict[str, Any] = {"executions": [], "shown": [], "compared": [], "refused": False}
    return Part(**{"examples": 5, "failed": False, **nothing, **changes})


def test_the_last_shard_hears_of_the_others(tmp_path: Path) -> None:
    one, two, three = (Shard(number, 3, tmp_path / "law") for number in range(3))
    parts = [part(shown=[1]), part(executions=["eager"], compared=["outputs"]), part(refused=True)]
    assert three.end(parts[2]) is None
    assert one.end(parts[0]) is None
    assert two.end(parts[1]) == [parts[0], parts[2]]
    assert three.end(parts[2]) is None  # run again, as some plugins do


def test_one_shard_is_last_though_all_have_ended(tmp_path: Path) -> None:
    one, two = (Shard(number, 2, tmp_path) for number in range(2))
    other = Shard(1, 3, tmp_path)  # notes what it came to, and cannot be last
    assert other.end(part()) is None
    assert one.end(part()) == [part()]
    assert two.end(part()) is None


@pytest.mark.parametrize(
    "nodeid, whole",
    [
        ("test_a.py::test_law[1 of 2]", "test_a.py::test_law"),
        ("test_a.py::test_law[eager-10 of 12]", "test_a.py::test_law[eager]"),
        ("test_a.py::test_law", "test_a.py::test_law"),
        ("test_a.py::test_law[some of 2]", "test_a.py::test_law[some of 2]"),
    ],
)
def test_the_name_of_the_whole(nodeid: str, whole: str) -> None:
    assert _whole(nodeid) == whole


@pytest.fixture
def shards(finished: Callable[..., LawRun], tmp_path: Path) -> Callable[..., List[Dict[str, Any]]]:
    """Makes the records of runs, as shards of one law would leave them."""

    def made(*runs: Dict[str, Any]) -> List[Dict[str, Any]]:
        documents = []
        for number, options in enumerate(runs):
            run = finished(**options)
            run.shard = Shard(number, len(runs), tmp_path / ".likewise" / "shards" / "law")
            run.whole = number == len(runs) - 1
            run.tally = Tally({"same", str(number)}, {"same", str(number)})
            law = record.law_record(run, run.shard.own_folder)
            documents.append({**record.document(run.cell, [law]), "shard": told(run, law)})
        return documents

    return made


def test_counts_are_those_of_all(shards: Callable[..., List[Dict[str, Any]]]) -> None:
    law = joined([each["shard"] for each in shards({}, {}, {})])
    assert (law["ok"], law["problems"]) == (True, [])
    assert (law["examples"], law["structures"], law["cases"], law["seconds"]) == (60, 4, 4, 3.75)
    assert law["structures_per_second"] == pytest.approx(4 / 3.75, abs=1e-3)
    assert law["claims"]["outputs"]["compared"] == 30
    assert list(law) == list(shards({})[0]["laws"][0])


def test_a_whole_that_nobody_judged(shards: Callable[..., List[Dict[str, Any]]]) -> None:
    parts = [{**each["shard"], "whole": False} for each in shards({}, {})]
    assert joined(parts)["problems"] == ["no shard ended last, so the whole was not judged"]
    failed = [{**each["shard"], "whole": False} for each in shards({}, {"broken": "outputs"})]
    assert joined(failed)["problems"] == ["outputs does not hold"]


def gathering(tmp_path: Path) -> Any:
    config: Any = SimpleNamespace(rootpath=tmp_path)
    found: Any = _Gathering(config, [])
    return found


def test_the_witness_of_a_failure_is_put_in_its_place(
    shards: Callable[..., List[Dict[str, Any]]], tmp_path: Path
) -> None:
    gathered = gathering(tmp_path)
    for number, kept in enumerate(shards({}, {"broken": "outputs"})):
        report: Any = SimpleNamespace(nodeid=f"test_a.py::test_law[{number + 1} of 2]", likewise_records=[kept])
        gathered.pytest_runtest_logreport(report)
    ((name, nodeid, law),) = gathered.laws
    assert (name, nodeid, law["ok"], law["problems"]) == (
        "some-law",
        "test_a.py::test_law",
        False,
        ["outputs does not hold"],
    )
    file = Path(law["witness"]["file"])
    assert file.parent == tmp_path / ".likewise" / "witnesses"
    assert file.exists()
    assert law["witness"]["page"] == str(file.with_suffix(".html"))
    assert file.with_suffix(".html").read_text("utf-8").startswith("<!DOCTYPE html>")
    (document,), unreadable = record.read([tmp_path / ".likewise"])
    assert document["laws"] == [law]
    assert not unreadable


def test_a_break_that_one_shard_shows(shards: Callable[..., List[Dict[str, Any]]], tmp_path: Path) -> None:
    renamed = Break(names, "it is renamed")
    unshown, shown = shards({"breaks": (renamed,)}, {"breaks": (renamed,)})
    unshown["shard"]["sizes"].clear()
    unshown["shard"]["law"]["breaks"][0].update(found=False, witness=None)
    law = joined([unshown["shard"], shown["shard"]])
    (each,) = law["breaks"]
    assert each == shown["laws"][0]["breaks"][0]
    assert law["witness"] == each["witness"]
