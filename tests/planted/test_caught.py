"""Each planted mistake is caught by the seed's laws within 100 examples, by a claim that says why."""

from __future__ import annotations

import importlib.util
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from likewise.cell import current
from likewise.execution import usable_modes
from likewise.laws import catalog
from likewise.running import run_law

# Test folders are no packages under --import-mode=importlib.
_spec = importlib.util.spec_from_file_location(
    "likewise_planted_mistakes", str(Path(__file__).with_name("mistakes.py"))
)
assert _spec is not None
assert _spec.loader is not None
mistakes: Any = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(mistakes)

CONV, LSTM = "time-distributed-conv2d", "time-distributed-conv-lstm2d"


@pytest.mark.parametrize(
    "law, mistake, claims",
    [
        (CONV, "frames_in_reverse", {"outputs"}),
        (CONV, "split_before_the_wrong_axis", {"outputs"}),
        (CONV, "bias_lost", {"variables"}),
        (CONV, "kernel_transposed", {"outputs"}),
        (LSTM, "gates_swapped", {"outputs"}),
        (LSTM, "go_backwards_flipped", {"outputs"}),
        (CONV, "stride_ignored", {"shapes"}),
        (CONV, "other_padding", {"shapes", "refusal"}),
        (CONV, "extra_untrained_variable", {"variables"}),
        (CONV, "first_frame_not_shared", {"variables"}),
    ],
)
def test_is_caught(law: str, mistake: str, claims: set) -> None:  # type: ignore[type-arg]
    planted = replace(catalog()[law], candidate=getattr(mistakes, mistake), breaks=())
    # One mode is enough to catch it, and the first is the cheapest.
    modes = usable_modes(current())[:1]
    run = run_law(planted, examples=100, modes=modes, shrink=False)
    assert run.failure is not None, f"{mistake} went unnoticed in {run.examples} examples"
    assert run.examples <= 100
    broken = {finding.claim for finding in run.failure.comparison.broken}
    assert claims & broken, f"{mistake} was caught by {sorted(broken)}"
