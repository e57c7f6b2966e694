"""What a comparison holds, and how it reads."""

from __future__ import annotations

from typing import Any, Optional

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from likewise.comparison import LINES, Comparison, Finding, merged
from likewise.errors import NotEquivalent
from likewise.lines import WIDTH, Part, fitted
from likewise.verdict import VERDICTS

FEWER = settings(max_examples=50)  # small values: what there is to find is found soon

SAME = Finding("outputs", "identical", 1200, 0, 0.0, 0.0, 0.0, execution="eager")
ROUNDED = Finding(
    "outputs", "rounding", 48, 3, 1.2e-7, 2e-7, 1.2e-7, way="float64", message="by a bit", execution="eager"
)
OTHER = Finding("outputs", "different", 48, 5, 0.25, 0.5, 0.25, message="far\napart", execution="session[unknown]")
NOTHING = Finding("outputs", None, message="no entries", execution="eager")

FINDINGS = st.builds(
    Finding,
    claim=st.sampled_from(["outputs", "names"]),
    verdict=st.none() | st.sampled_from(VERDICTS),
    compared=st.integers(0, 9),
    max_ulp=st.none() | st.integers(0, 9),
    message=st.text(max_size=2),
)


def comparison(*findings: Finding, **changes: Any) -> Comparison:
    return Comparison(**{"claims": merged(findings), "renames": {}, "modes": ("eager",), "cell": "HERE", **changes})


@FEWER
@given(st.lists(FINDINGS))
def test_merged_findings_are_the_worst_of_each_claim(findings: Any) -> None:
    found = merged(findings)
    for claim, finding in found.items():
        of_claim = [each for each in findings if each.claim == claim]
        verdicts = [each.verdict for each in of_claim if each.verdict is not None]
        worst: Optional[str] = max(verdicts, key=VERDICTS.index, default=None)
        assert finding.verdict == worst
        assert finding.compared == sum(each.compared for each in of_claim)
        assert finding.max_ulp == max((each.max_ulp for each in of_claim if each.max_ulp is not None), default=None)
        assert finding.message in [each.message for each in of_claim if each.verdict == worst]
    assert list(found) == list(dict.fromkeys(each.claim for each in findings))


@FEWER
@given(st.lists(FINDINGS), st.lists(FINDINGS))
def test_findings_may_be_merged_step_by_step(one: Any, other: Any) -> None:
    stepwise = merged([*merged(one).values(), *other])
    assert {claim: each.verdict for claim, each in stepwise.items()} == {
        claim: each.verdict for claim, each in merged([*one, *other]).items()
    }


def test_the_message_of_a_verdict_is_where_it_was_found() -> None:
    found = merged([SAME, OTHER, ROUNDED, NOTHING])["outputs"]
    assert (found.message, found.execution, found.max_ulp, found.compared) == (
        "far\napart",
        "session[unknown]",
        5,
        1296,
    )


@pytest.mark.parametrize(
    "findings, verdict, truth",
    [
        ([SAME], "identical", True),
        ([SAME, ROUNDED], "rounding", True),
        ([SAME, OTHER], "different", False),
        ([Finding("refusal", "refused", 1)], "refused", True),
        ([Finding("refusal", "refused", 1), NOTHING], "refused", True),
        ([Finding("refusal", "refused", 1), SAME], "identical", True),
        ([NOTHING], "not compared", False),
        ([], "not compared", False),
    ],
)
def test_verdict(findings: Any, verdict: str, truth: bool) -> None:
    found = comparison(*findings)
    assert found.verdict == verdict
    assert bool(found) is truth
    assert str(found).startswith(f"candidate against reference: {verdict}\n")


def test_broken_claims() -> None:
    found = comparison(OTHER, Finding("names", "identical", 2))
    assert [finding.claim for finding in found.broken] == ["outputs"]


def test_a_comparison_that_agrees() -> None:
    found = comparison(
        Finding("refusal", "identical", 1),
        ROUNDED,
        Finding("names", None, message="no variables", execution="eager"),
        reference="reference=f",
        candidate="candidate=g",
        case="Case(2)",
        renames={"conv2d/kernel:0": "time_distributed/kernel:0"},
        pairs=[("conv2d/kernel:0 float32[1]", "time_distributed/kernel:0 float32[1]")],
        modes=("eager", "session[unknown]"),
    )
    assert str(found).splitlines() == [
        "candidate=g against reference=f: rounding",
        "in eager, session[unknown]",
        "on HERE",
        "case: Case(2)",
        "refusal    identical    1 compared",
        "outputs    rounding     48 compared, up to 3 ULP, 1.2e-07 absolute, judged by float64",
        "names      not compared (no variables)",
        "renames",
        "    conv2d/kernel:0 -> time_distributed/kernel:0",
    ]


def test_a_comparison_that_does_not() -> None:
    found = comparison(
        Finding("refusal", "refused", 2, message="both raised:\nValueError: one"),
        OTHER,
        Finding("variables", "identical", 1234),
        renames={"conv2d/kernel:0": "dense/kernel:0"},
        pairs=[
            ("conv2d/kernel:0 float32[1]", "dense/kernel:0 float32[1]"),
            ("alpha:0 float32[]", "alpha:0 float32[]"),
            ("conv2d/bias:0 float32[]", "-"),
        ],
    )
    assert str(found).splitlines() == [
        "candidate against reference: different",
        "in eager",
        "on HERE",
        "outputs    different    48 compared, up to 5 ULP, 0.25 absolute",
        "    in session[unknown]: far",
        "    apart",
        "refusal    refused      2 compared (both raised: / ValueError: one)",
        "variables  identical    1,234 compared",
        "variables that differ, reference | candidate",
        "    conv2d/kernel:0 float32[1] | dense/kernel:0 float32[1]",
        "    conv2d/bias:0 float32[]    | -",
    ]
    assert str(NotEquivalent(found)) == str(found)
    assert NotEquivalent(found).comparison is found


def test_what_is_long_is_cut() -> None:
    found = comparison(
        Finding(
            "outputs", "different", 9, message="\n".join(f"output {n} differs" for n in range(50)), execution="eager"
        ),
        *(Finding(f"claim{n}", "identical", 1) for n in range(20)),
        case=f"Case({', '.join(f'field{n}={n}' for n in range(200))})",
        modes=tuple(f"function[{n}]" for n in range(50)),
        pairs=[(f"layer{n}/kernel:0", f"other{n}/kernel:0") for n in range(40)],
    )
    lines = str(found).splitlines()
    assert len(lines) == LINES
    assert max(map(len, lines)) <= WIDTH
    assert lines[0] == "candidate against reference: different"
    assert lines[1].startswith("in function[0], function[1], ")
    assert any(line.startswith("case: Case(field0=0, ") for line in lines)
    assert [line for line in lines if "more" in line] == [
        "    … and 24 more",
        "    … and 44 more",
        "    … and 14 more",
        "    … and 35 more",
    ]
    assert lines[lines.index("outputs    different    9 compared") + 1] == "    in eager: output 0 differs"


def test_what_is_short_leaves_its_lines_to_what_is_long() -> None:
    lines = str(comparison(Finding("outputs", "different", 9, message="\n".join("abc")), case="x " * 2000)).splitlines()
    assert len(lines) == LINES
    assert lines[-4:] == ["outputs    different    9 compared", "    a", "    b", "    c"]


def test_a_long_line_is_wrapped() -> None:
    message = " ".join(["word"] * 60)
    lines = str(comparison(Finding("outputs", "different", 1, message=message))).splitlines()
    assert max(map(len, lines)) <= WIDTH + 4
    assert "".join(lines).count("word") == 60


@pytest.mark.parametrize("limit, shown", [(9, "abcdefxyz"), (8, "abcdxyz"), (6, "abxyz"), (1, "abxyz")])
def test_the_longest_part_is_cut_first(limit: int, shown: str) -> None:
    parts = [Part(list("abcdef")), Part(list("xyz")), Part([])]
    found = fitted(parts, limit)
    assert len(found) <= max(limit, 6)
    assert "".join(line for line in found if len(line) == 1) == shown
    left_out = 9 - len(shown)
    assert [line for line in found if len(line) > 1] == ([f"    … and {left_out} more"] if left_out else [])
