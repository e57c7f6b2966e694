"""One session on the TensorFlow that is installed, from the law to the exit status."""

from __future__ import annotations

import pytest

LAWS = """
from dataclasses import dataclass
import hypothesis.strategies as st
from hypothesis import settings
from likewise import Law, assert_equivalent, keras
from likewise_strategies import Tensor, data

@dataclass(frozen=True)
class Case:
    inputs: Tensor
    seed: int = data(default=0)

CASES = st.builds(Case, st.just(Tensor((2, 3))))

def dense(case):
    return keras().layers.Dense(2)

def twice(case):
    layer = keras().layers.Dense(2)
    return lambda inputs: 2.0 * layer(inputs)

few = settings(max_examples=2, derandomize=True)
test_same = Law("same", "a layer is itself", cases=CASES, reference=dense, candidate=dense).test(settings=few)
test_double = Law("double", "twice is once", cases=CASES, reference=dense, candidate=twice).test(settings=few)

def test_one_case():
    assert_equivalent(dense, twice, Case(Tensor((2, 3))))
"""


@pytest.mark.filterwarnings("default")
def test_session(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LIKEWISE_EXPECT", "tensorflow>=1.15")
    pytester.makeini("[pytest]\n")
    pytester.makepyfile(LAWS)
    session = pytester.runpytest_subprocess()
    session.assert_outcomes(passed=1, failed=2)
    assert session.ret == pytest.ExitCode.TESTS_FAILED
    session.stdout.fnmatch_lines(
        [
            "*= likewise =*",
            "likewise *: TensorFlow *, Keras *, numerics strict",
            "failed     double * ULP *",
            "    outputs does not hold",
            "    witness: */.likewise/witnesses/double-outputs-*.npz",
            "    page: */.likewise/witnesses/double-outputs-*.html",
            "    reproduce with: likewise replay *.npz --law MODULE:NAME",
            "    without likewise: likewise replay *.npz --script > show.py && python show.py",
            "    reproduce with: pytest *.py::test_double",
            "identical  same * 0 ULP *",
            "2 laws: 1 held, 1 failed; *",
        ]
    )
    (page,) = (pytester.path / ".likewise" / "witnesses").glob("double-outputs-*.html")
    assert "<dt>smallest data</dt>" in page.read_text(encoding="utf-8"), "it was explained before it was written"
    told = [line for line in session.outlines if line.startswith("E ") and "NotEquivalent: " in line]
    assert [line.partition("NotEquivalent: ")[2] for line in told] == [
        "candidate=twice against reference=dense: different"
    ] * 2
    assert "src/likewise" not in session.stdout.str()  # none of our frames
