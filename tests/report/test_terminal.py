"""Laws as lines and paragraphs."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any, Callable, Dict

import pytest

from likewise import record
from likewise.claims.catalog import NAMES
from likewise.claims.names import names
from likewise.comparison import Finding
from likewise.law import Break
from likewise.report import terminal
from likewise.running import LawRun

RENAMED = Break(names, "it is renamed", where="keras<3")


@pytest.fixture
def laws(finished: Callable[..., LawRun]) -> Dict[str, Dict[str, Any]]:
    far = {"outputs": Finding("outputs", "rounding", 1, 12345, 1e-7)}
    runs = (
        finished("same"),
        finished("rounded", findings=far),
        finished("renamed", breaks=(RENAMED,)),
        finished("wrong", broken="outputs"),
    )
    return {run.law.name: record.law_record(run) for run in runs}


def test_heading(finished: Callable[..., LawRun]) -> None:
    assert terminal.heading(finished().cell.to_json()) == (
        "likewise 0.1.0: TensorFlow 2.15.1, Keras 2.15.0, Python 3.11.7, behavior v2, numerics strict"
    )


def test_a_line_a_law(laws: Dict[str, Any]) -> None:
    assert [terminal.law_line(law, 8) for law in laws.values()] == [
        "identical  same          20 examples             0 ULP      1.2 s     0.0 structures/s      0.0 cases/s",
        "rounding   rounded       20 examples        12,345 ULP      1.2 s     0.0 structures/s      0.0 cases/s",
        "breaks     renamed       20 examples             0 ULP      1.2 s     0.0 structures/s      0.0 cases/s",
        "failed     wrong         20 examples                 -      1.2 s     0.0 structures/s      0.0 cases/s",
    ]


def test_declared_breaks(laws: Dict[str, Any]) -> None:
    (shown,) = laws["renamed"]["breaks"]
    assert terminal.declared_breaks(laws["renamed"]).splitlines() == [
        "renamed: names breaks as declared where keras<3: it is renamed",
        f"    smallest: {shown['witness']['case'][:159]}…, in function[batch]",
        "    names differ",
        "    no witness file: no directory was given",
    ]


def test_a_failure_in_full(finished: Callable[..., LawRun], tmp_path: Path) -> None:
    run = finished("wrong", broken="outputs")
    law = record.law_record(run, tmp_path, lambda file: Path(file).with_suffix(".html"))
    assert run.failure is not None
    told = terminal.failure(law, "likewise run wrong --seed 1", str(run.failure.comparison))
    file = law["witness"]["file"]
    assert told.splitlines() == [
        "wrong: wrong is what it says",
        "    outputs does not hold",
        "    candidate against reference: different",
        "    in function[batch]",
        "    on TensorFlow 2.15.1, Keras 2.15.0, Python 3.11.7, behavior v2, numerics strict",
        "    case: ConvVideo(video=Tensor(shape=(1, 2, 1, 1, 1), dtype='float32', kind='normal', seed=3,",
        "        axes='ndhwc'), conv=ConvConfig(rank=2, filters=1, kernel_size=(1, 1), strides=(1, 1),",
        "        padding='valid', dilation_rate=(1, 1), groups=1, activation='linear', use_bias=True,",
        "        data_format='channels_last'), seed=5)",
        "    outputs    different    2 compared",
        "        in function[batch]: outputs differ",
        "    names      identical    2 compared",
        f"    witness: {file}",
        f"    page: {Path(file).with_suffix('.html')}",
        f"    reproduce with: likewise replay {file}",
        f"    without likewise: likewise replay {file} --script > show.py && python show.py",
        "    reproduce with: likewise run wrong --seed 1",
    ]


def test_a_failure_takes_forty_lines_at_most(finished: Callable[..., LawRun], tmp_path: Path) -> None:
    run = finished("wrong", broken="outputs")
    run.problems.extend("much else is wrong " * 20 for _ in range(5))
    law = record.law_record(run, tmp_path, lambda file: Path(file).with_suffix(".html"))
    assert run.failure is not None
    long = replace(run.failure.comparison, case="x, " * 9999)
    assert len(terminal.failure(law, "likewise run wrong", str(long)).splitlines()) == 40


def test_a_declared_break_is_no_failure(finished: Callable[..., LawRun], tmp_path: Path) -> None:
    run = finished("renamed", breaks=(RENAMED,))
    run.problems = ["outputs: not compared in any of 20 examples"]
    law = record.law_record(run, tmp_path)
    assert law["witness"]["file"]
    assert "witness" not in terminal.failure(law, "likewise run renamed")


def test_a_failure_without_a_counterexample(laws: Dict[str, Any]) -> None:
    law = {**laws["same"], "ok": False, "problems": ["nothing was compared"]}
    assert terminal.failure(law, "likewise run same").splitlines() == [
        "same: same is what it says",
        "    nothing was compared",
        "    reproduce with: likewise run same",
    ]


def test_summary(laws: Dict[str, Any]) -> None:
    assert terminal.summary(list(laws.values())) == (
        "4 laws: 2 held, 1 broke as declared, 1 failed; 80 examples in 5.0 s, 0.0 structures/s, 0.0 cases/s"
    )
    counted = {**laws["same"], "structures": 5, "cases": 5000}
    assert terminal.summary([counted]) == "1 law: 1 held; 20 examples in 1.2 s, 4.0 structures/s, 4,000.0 cases/s"
    instant = {**counted, "seconds": 0.0}
    assert terminal.summary([instant]) == "1 law: 1 held; 20 examples in 0.0 s, - structures/s, - cases/s"
    assert terminal.law_line(instant, 4).endswith("0.0 s       - structures/s        - cases/s")


def test_what_was_not_asked(laws: Dict[str, Any]) -> None:
    every = list(laws.values())
    told = terminal.not_asked(every)
    assert told.startswith("not asked: refusal, variables, shapes, precision, bits, ")
    assert "outputs" not in told
    assert "\n" not in told
    more = {**every[0], "claims": {name: {} for name in ("outputs", "variables-but-ones", "gradients")}}
    told = terminal.not_asked([more, *every[1:]])
    assert "variables of 3 laws, " in told
    assert "gradients of 3 laws, " in told
    assert terminal.not_asked([{"claims": dict.fromkeys(NAMES)}]) == ""
