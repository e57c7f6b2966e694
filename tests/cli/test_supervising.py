"""A command whose example does not end, or ends its process: ended from outside, told, and its case kept."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any, Callable, Dict, Sequence

import numpy as np
import pytest

from likewise import record
from likewise.cell import Cell
from likewise.cli import chatter, supervising
from likewise.cli.supervising import supervised
from likewise.listening import pulse
from likewise.plain import decoded
from likewise.spec import SpecCase
from likewise.witness.reading import read
from likewise_strategies import Tensor

#: What stands for the command: it tells where it is, as commands do, and then ...
BEGINNING = """
import os, signal, sys, time
sys.path[:] = {path!r}
from likewise.execution import Execution
from likewise.listening import pulse
from likewise_strategies import Tensor
from likewise.spec import SpecCase
pulse.start({start!r})
pulse.law({law!r})
CASE = SpecCase(Tensor((2, 3), dtype="float32", kind="uniform", seed=7, axes="nc"), "n 3", seed=5)
def example(number=1):
    pulse.beat(CASE, Execution("eager"), examples=number)
    pulse.step("candidate", "run")
"""

CHECKED = {
    "name": "check-a-b",
    "statement": "b computes what a does",
    "titles": ["reference=m:a", "candidate=m:b"],
    "check": {"reference": "m:a", "candidate": "m:b", "pair": {}},
    "again": "likewise check m:a m:b --seed 0",
}

Supervise = Callable[..., int]


@pytest.fixture
def supervise(cell: Cell, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Supervise:
    """Supervises a process that runs some source, as if it were the command; gives the exit code."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv(pulse.ENVIRONMENT, raising=False)

    def run(source: str, *, timeout: float = 2, law: Any = CHECKED, name: str = "check", **start: Any) -> int:
        told = {"timeout": timeout, "cell": cell.to_json(), "json": "out.json", **start}
        beginning = BEGINNING.format(path=sys.path, start=told, law=law)
        monkeypatch.setattr(supervising, "_BEGIN", beginning + source)
        code = supervised([name])
        assert code is not None
        return code

    return run


def test_what_ends_by_itself_is_let_be(supervise: Supervise) -> None:
    assert supervise("example(); pulse.done(); sys.exit(5)") == 5
    assert not Path(".likewise").exists()


def test_an_example_that_does_not_end(supervise: Supervise, capfd: pytest.CaptureFixture[str]) -> None:
    started = time.monotonic()
    assert supervise("example(1); example(2); time.sleep(600)") == 1
    assert time.monotonic() - started < 60
    out = capfd.readouterr().out
    assert "not the same: m:b and m:a" in out
    assert "the candidate did not end in 2 s while it ran" in out
    assert "reproduce with: likewise check m:a m:b --seed 0" in out
    (law,) = json.loads(Path("out.json").read_text("utf-8"))["laws"]
    assert (law["ok"], law["examples"], law["claims"]["refusal"]["verdict"]) == (False, 2, "different")
    assert law["witness"]["page"] is not None
    witness = read(law["witness"]["file"])
    case = decoded(witness.case, witness.arrays)
    assert isinstance(case, SpecCase)
    assert isinstance(case.inputs, Tensor)
    assert (case.seed, case.inputs.shape) == (5, (2, 3))
    assert np.array_equal(decoded(witness.inputs, witness.arrays), case.inputs.array())
    assert [side.refusal for side in witness.sides][1] == "Unended: it did not end in 2 s"


def test_each_example_has_the_time(supervise: Supervise) -> None:
    assert supervise("for n in range(4): example(n); time.sleep(0.6)\npulse.done(); sys.exit(0)", timeout=1.5) == 0


def test_what_is_no_example_may_take_any_time(supervise: Supervise) -> None:
    assert supervise("example(); pulse.rest(); time.sleep(2); pulse.done(); sys.exit(0)", timeout=1) == 0


def test_no_limit(supervise: Supervise) -> None:
    assert supervise("example(); time.sleep(1); pulse.done(); sys.exit(0)", timeout=0) == 0


@pytest.mark.parametrize(
    "end, told",
    [
        ("os._exit(0)", "ended with exit code 0"),
        ("os._exit(1)", "ended with exit code 1"),
        ("os.kill(os.getpid(), signal.SIGSEGV)", "was ended by SIGSEGV"),
        ("os.kill(os.getpid(), signal.SIGKILL)", "was ended by SIGKILL"),
    ],
)
def test_an_example_that_ends_the_process(
    supervise: Supervise, capfd: pytest.CaptureFixture[str], end: str, told: str
) -> None:
    assert supervise(f"example(); {end}") == 1
    assert f"the candidate ended its process, which {told} while it ran" in capfd.readouterr().out


def test_a_process_that_ends_without_an_example(supervise: Supervise, capfd: pytest.CaptureFixture[str]) -> None:
    assert supervise("os._exit(0)") == 3
    assert "nothing was shown: its process ended with exit code 0" in capfd.readouterr().err


def test_the_laws_before_are_told_and_those_after_named(
    supervise: Supervise, finished: Callable[..., Any], capfd: pytest.CaptureFixture[str]
) -> None:
    done = {"record": record.law_record(finished("one-law")), "narrowed": False, "comparison": ""}
    law = {**CHECKED, "name": "time-distributed-conv2d", "check": None}
    source = f"pulse.finished({done!r}); pulse.law({law!r}); example(); time.sleep(600)"
    laws = ["one-law", "time-distributed-conv2d", "three-law"]
    assert supervise(source, name="run", laws=laws, again="--seed 0") == 1
    told = capfd.readouterr()
    assert "FAILED time-distributed-conv2d" in told.out
    assert "2 laws: 1 held, 1 failed" in told.out
    assert "not tried, since the process was ended: three-law" in told.err
    assert [law["name"] for law in json.loads(Path("out.json").read_text("utf-8"))["laws"]] == laws[:2]
    (documents, _) = record.read([Path(".likewise")])
    assert [law["name"] for each in documents for law in each["laws"]] == ["time-distributed-conv2d"]


def test_a_case_that_cannot_be_told(supervise: Supervise, capfd: pytest.CaptureFixture[str]) -> None:
    source = "class Odd:\n    def __repr__(self): return 'an odd case'\nCASE = Odd()\nexample(); time.sleep(600)"
    assert supervise(source, timeout=1) == 1
    out = capfd.readouterr().out
    assert "an odd case" in out
    assert "no witness file" in out


@pytest.mark.parametrize("arguments", [[], ["--help"], ["report"], ["replay", "check"], ["list", "run"]])
def test_other_commands_are_run_as_they_are(arguments: Sequence[str]) -> None:
    assert supervised(arguments) is None


def test_a_process_that_is_watched_watches_none(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv(pulse.ENVIRONMENT, str(tmp_path))
    assert supervised(["check"]) is None


def test_who_watches_takes_the_other_along(tmp_path: Path) -> None:
    watched = f"import os, time; open({str(tmp_path / 'pid')!r}, 'w').write(str(os.getpid())); time.sleep(600)"
    source = (
        f"import sys; sys.path[:] = {sys.path!r}; from likewise.cli import supervising; "
        f"supervising._BEGIN = {watched!r}; sys.exit(supervising.supervised(['check']))"
    )
    process = subprocess.Popen([sys.executable, "-c", source])
    try:
        found = _once(lambda: (tmp_path / "pid").read_text("ascii") if (tmp_path / "pid").exists() else "")
        process.terminate()
        assert process.wait(30) == 128 + signal.SIGTERM
        assert _once(lambda: not _lives(int(found)))
    finally:
        process.kill()


def _once(find: Callable[[], Any]) -> Any:
    """What is found, once it is."""
    for _ in range(300):
        found = find()
        if found:
            return found
        time.sleep(0.1)
    raise AssertionError("it did not happen in 30 s")


def _lives(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    return True


CHATTER = b"""WARNING: All log messages before absl::InitializeLog() is called are written to STDERR
I0000 00:00:1795806653.937071    6123 cudart_stub.cc:31] Could not find cuda drivers on your machine
E0000 00:00:1795807687.659113   11288 cuda_platform.cc:52] failed call to cuInit: INTERNAL: CUDA error
2026-11-27 19:30:23.123456: I tensorflow/core/platform/cpu_feature_guard.cc:210] This TensorFlow binary is optimized
2026-11-27 19:30:23.123456: E external/local_xla/xla/stream_executor/cuda/cuda_fft.cc:477] Unable to register cuFFT
To enable the following instructions: AVX2 FMA, in other operations, rebuild TensorFlow with the right compiler flags.
HDF5-DIAG: Error detected in HDF5 (1.14.2) thread 0:
  #000: H5F.c line 836 in H5Fopen(): unable to synchronously open file
    major: File accessibility
    minor: Unable to open file
"""

TOLD = """a line
E0000 00:00:1795807687.659113   11288 op_kernel.cc:52] INVALID_ARGUMENT: shapes do not fit
2026-11-27 19:30:23.123456: F tensorflow/core/platform/env.cc:1] Check failed
[1 2 3]
Fatal Python error: Segmentation fault
no end"""


@pytest.mark.parametrize("line", CHATTER.splitlines())
def test_chatter(line: bytes) -> None:
    assert chatter.is_chatter(line)


@pytest.mark.skipif(sys.platform == "win32", reason="a process is handed no open files there")
def test_what_is_not_chatter_is_told(capfd: pytest.CaptureFixture[str]) -> None:
    sieve = chatter.Filter()
    other = os.dup(sieve.writing)
    sieve.begun()

    def write() -> None:
        os.write(other, CHATTER * 3 + TOLD.encode())
        os.close(other)

    writing = threading.Thread(target=write)
    writing.start()
    writing.join()
    sieve.close()
    assert capfd.readouterr().err == TOLD


def test_python_writes_to_the_terminal_itself(
    supervise: Supervise, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("TF_CPP_MIN_LOG_LEVEL", raising=False)
    source = (
        "from likewise.cli import chatter; chatter.ours(); sys.stderr.write('I0000 ours\\n'); "
        "os.write(2, b'I0000 theirs\\n'); os.write(2, b'shown\\n'); pulse.done(); sys.exit(0)"
    )
    assert supervise(source) == 0
    assert sorted(capfd.readouterr().err.splitlines()) == ["I0000 ours", "shown"]


def test_nothing_is_told_where_nobody_watches(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(pulse.ENVIRONMENT, raising=False)
    facts: Dict[str, Any] = {}
    pulse.start(facts)
    pulse.law(facts)
    pulse.beat(None, None)
    pulse.step("candidate", "run")
    pulse.rest()
    pulse.finished(facts)
    pulse.done()
