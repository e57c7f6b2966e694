"""A law that breaks says why, once, after its smallest example is found; so does ``assert_equivalent``."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, List, Tuple

import numpy as np
import pytest
from hypothesis import given, settings

from likewise import Law, NotEquivalent, assert_equivalent, compare, outputs
from likewise.cell import current, keras
from likewise.comparing import compare_in
from likewise.examples import run_law
from likewise.execution import Execution, usable_modes
from likewise.explaining import explained, nearby
from likewise.explanation import Explanation
from likewise.laws.wrappers import by_hand, wrapped
from likewise.program import Source
from likewise.running import LawRun
from likewise_strategies import ConvConfig, ConvVideo, Tensor, conv_videos


def without_activation(case: ConvVideo) -> Any:
    return wrapped(replace(case, conv=replace(case.conv, activation="linear")))


def law(candidate: Any, **fields: Any) -> Law:
    return Law(
        "planted", "it is planted", conv_videos(), by_hand, candidate, claims=[outputs], dimensions=["static"], **fields
    )


@pytest.fixture
def patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Bounded by tries, and not by how busy the machine is."""
    monkeypatch.setattr(explained, "SECONDS", 600.0)


@pytest.fixture
def plainest() -> Tuple[str, ...]:
    return usable_modes(current())[:1]


@pytest.mark.usefixtures("patient")
def test_an_activation_that_is_lost(plainest: Tuple[str, ...]) -> None:
    run = run_law(law(without_activation), examples=100, modes=plainest)
    assert run.failure is not None
    told = run.failure.explanation
    assert told is not None
    assert told.troubles == ()
    assert told.layer is not None
    assert "Conv2D" in told.layer.path, told.layer.message
    assert told.condition is not None
    assert told.condition.settings == ("conv.activation",), told.condition.message
    assert told.smallest is not None
    assert told.smallest.entries[0] <= 2
    assert str(told) in str(run.failure.comparison)
    # The witness is run with the smallest data, and breaks still.
    assert run.failure.inputs is not None
    again = compare_in(
        [run.failure.way],
        Source("reference", by_hand, run.failure.case),
        Source("candidate", without_activation, run.failure.case),
        inputs=run.failure.inputs,
        claims=[outputs],
        reweigh=run.failure.reweigh,
    )
    assert again.claims["outputs"] == run.failure.comparison.claims["outputs"]


def test_a_run_that_does_not_shrink_explains_nothing(plainest: Tuple[str, ...]) -> None:
    run = run_law(law(without_activation), examples=100, modes=plainest, shrink=False)
    assert run.failure is not None
    assert run.failure.explanation is None
    run.explain()
    assert run.failure.explanation is not None


def test_a_test_of_a_law_explains_once(monkeypatch: pytest.MonkeyPatch, plainest: Tuple[str, ...]) -> None:
    times: List[LawRun] = []

    def explain(self: LawRun) -> None:
        times.append(self)
        original(self)

    original = LawRun.explain
    monkeypatch.setattr(LawRun, "explain", explain)
    monkeypatch.setattr("likewise.examples.listeners", [])  # else this very session would report it
    monkeypatch.setattr("likewise.running.explained_of", lambda *_, **__: Explanation(troubles=("told",)))
    with pytest.raises(NotEquivalent) as raised:
        law(without_activation, modes=plainest).test(settings=settings(derandomize=True, database=None))()
    assert len(times) == 1
    assert "trouble    told" in str(raised.value)


def test_assert_equivalent_explains_when_it_is_shown(
    monkeypatch: pytest.MonkeyPatch, plainest: Tuple[str, ...]
) -> None:
    times: List[int] = []
    failing: List[ConvVideo] = []

    def counted(*args: Any, **kwargs: Any) -> Any:
        times.append(1)
        return original(*args, **kwargs)

    original = explained.explained_in
    monkeypatch.setattr("likewise.comparing.explained_in", counted)

    @settings(deadline=None, database=None, derandomize=True, max_examples=50)
    @given(case=conv_videos())
    def same(case: ConvVideo) -> None:
        try:
            assert_equivalent(by_hand, without_activation, case, claims=[outputs], modes=plainest)
        except NotEquivalent:
            failing.append(case)
            raise

    with pytest.raises(NotEquivalent) as raised:
        same()
    assert len(failing) > 10
    assert times == [], "Hypothesis takes the text of each, in some versions"
    text = str(raised.value)
    assert str(raised.value) == text
    assert times == [1]
    assert "layer  " in text
    assert "Conv2D" in text


def test_compare_explains_on_request(plainest: Tuple[str, ...]) -> None:
    sides = (lambda: keras().layers.Dense(2), lambda: keras().layers.Dense(2, activation="relu"))
    x = np.arange(6, dtype="float32").reshape(2, 3)
    assert compare(*sides, inputs=x, modes=plainest).explanation is None
    told = compare(*sides, inputs=x, modes=plainest, explain=True).explanation
    assert told is not None
    assert told.layer is not None
    assert told.layer.kind == "Dense"
    assert told.condition is None
    assert compare(sides[0], sides[0], inputs=x, modes=plainest, explain=True).explanation is None


def test_near_by_cases_count_what_is_declared_as_passing(plainest: Tuple[str, ...]) -> None:
    case = ConvVideo(*_parts("relu"))
    tries = nearby.Nearby(Execution(plainest[0]), by_hand, without_activation, [outputs], None, lambda *_: False)
    assert tries.fails(case) is True
    assert replace(tries, declared=lambda claim, _: claim == "outputs").fails(case) is None
    assert tries.fails(ConvVideo(*_parts("linear"))) is False


def _parts(activation: str) -> Any:
    return Tensor((2, 2, 3, 3, 1), axes="ndhwc"), ConvConfig(2, 2, (2, 2), activation=activation)
