"""The condition: planted predicates over drawn cases are found as rules, without TensorFlow."""

from __future__ import annotations

import random
from typing import Any, Callable, Dict, List

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from likewise import spec
from likewise.explaining.condition import condition_of, drawn, neighbours
from likewise.explaining.rules import atoms_of
from likewise.explaining.settings import changed, settings_of
from likewise_strategies import ConvConfig, ConvVideo, Tensor, conv_lstm_videos, conv_videos

VIDEOS: List[Any] = drawn(conv_videos())
LSTMS: List[Any] = drawn(conv_lstm_videos())


def condition(holds: Callable[[Any], bool], cases: List[Any], **bounds: Any) -> Any:
    """The condition found where a law fails as ``holds`` says, from the smallest case that does."""
    counterexample = min((case for case in cases if holds(case)), key=lambda case: len(repr(case)))
    return condition_of(counterexample, cases, holds, **bounds)


PLANTED: Dict[str, Callable[[Any], bool]] = {
    "use_bias": lambda case: case.conv.use_bias,
    "not use_bias": lambda case: not case.conv.use_bias,
    "padding == 'same'": lambda case: case.conv.padding == "same",
    "activation != 'linear'": lambda case: case.conv.activation != "linear",
    "activation == 'elu'": lambda case: case.conv.activation == "elu",
    "strides > 1": lambda case: max(case.conv.strides) > 1,
    "strides differ": lambda case: len(set(case.conv.strides)) > 1,
    "all of kernel_size > 1": lambda case: min(case.conv.kernel_size) > 1,
    "max(kernel_size) >= 3": lambda case: max(case.conv.kernel_size) >= 3,
    "d > 1": lambda case: case.video.shape[1] > 1,
    "d >= 3": lambda case: case.video.shape[1] >= 3,
    "h == 1": lambda case: case.video.shape[2] == 1,
    "h != w": lambda case: case.video.shape[2] != case.video.shape[3],
    "n == d": lambda case: case.video.shape[0] == case.video.shape[1],
    "filters > 1": lambda case: case.conv.filters > 1,
    "h < kernel_size[0]": lambda case: case.conv.kernel_size[0] > case.video.shape[2],
    "strides > 1 and padding == 'same'": lambda case: max(case.conv.strides) > 1 and case.conv.padding == "same",
    "use_bias and d > 1": lambda case: case.conv.use_bias and case.video.shape[1] > 1,
    "strides > 1 or dilation_rate > 1": lambda case: max(case.conv.strides + case.conv.dilation_rate) > 1,
}


@pytest.mark.parametrize("text", PLANTED)
def test_a_planted_rule_is_found(text: str) -> None:
    holds = PLANTED[text]
    found = condition(holds, VIDEOS)
    assert set(found.rule.split(" and ")) == set(text.split(" and ")), found.message
    assert found.message == f"all {found.failing} with {found.rule}; none of {found.passing} others"
    assert found.failing + found.passing <= 121


def test_settings_of_the_same_name_are_told_in_full() -> None:
    found = condition(lambda case: max(case.conv_lstm.strides) > 1, LSTMS)
    assert found.rule == "conv_lstm.strides > 1"
    assert found.settings == ("conv_lstm.strides",)


def test_of_a_handful_of_cases_no_rule_is_told() -> None:
    few = [case for case in VIDEOS if case.conv.use_bias][:7] + [case for case in VIDEOS if not case.conv.use_bias][:3]

    def fails(case: Any) -> Any:
        return case.conv.use_bias if any(case is each for each in few) else None  # (nothing is known of a neighbour)

    found = condition_of(few[0], few, fails)
    assert (found.rule, found.needed, found.failing, found.passing) == ("", "", 7, 3)
    assert found.message.startswith("no sure rule: of 10 cases that were tried 7 fail, seen only where ")
    two = condition_of(few[0], few[:2] + few[-2:], fails)
    assert two.message == "no sure rule: of 4 cases that were tried 2 fail", "of so few not even where it was seen"


def test_of_a_kind_of_which_few_come_up_more_are_tried() -> None:
    """A case in ten passes: those that the first rule says to pass are tried, until they are enough."""
    rare = [case for case in VIDEOS if case.video.shape[1] == 1][:12]
    cases = [case for case in VIDEOS if case.video.shape[1] > 1] + rare
    found = condition(PLANTED["d > 1"], cases, tries=60)
    assert found.rule == "d > 1"
    assert found.passing >= 8


def test_what_would_hold_by_chance_is_no_rule() -> None:
    """Whether a case fails is drawn: with enough settings to choose from some rule fits a few such cases."""
    for seed in range(4):
        rng = random.Random(seed)
        drawn_at_random = {id(case): rng.random() < 0.5 for case in VIDEOS}

        def fails(case: Any, chosen: Dict[int, bool] = drawn_at_random) -> Any:
            return chosen.get(id(case))  # (nothing is known of a neighbour)

        counterexample = next(case for case in VIDEOS if fails(case))
        found = condition_of(counterexample, VIDEOS[:20], fails, tries=60)
        assert (found.rule, found.needed) == ("", ""), found.message


@pytest.mark.parametrize(
    "specs, holds, rule",
    [
        (["float32[batch steps 3]"], lambda case: case.sizes["steps"] > 1, "steps > 1"),
        (["float32[rows 4 4]", "float32[rows cols]"], lambda case: case.sizes["rows"] >= 3, "rows >= 3"),
        (["float32[n t 32 32 3]"], lambda case: case.sizes["n"] == case.sizes["t"], "n == t"),
    ],
)
def test_conditions_speak_of_the_names_in_a_spec(specs: Any, holds: Any, rule: str) -> None:
    found = condition(holds, drawn(spec.cases([spec.parsed(text) for text in specs])))
    assert found.rule == rule, found.message


def test_it_is_honest_where_there_is_no_rule() -> None:
    odd = condition(lambda case: sum(case.video.shape + case.conv.kernel_size) % 2 == 1, VIDEOS)
    assert not odd.rule
    assert (
        odd.message
        == f"no rule of one or two settings separates {odd.failing} failing from {odd.passing} passing cases"
    )
    everywhere = condition(lambda _: True, VIDEOS, tries=30)
    assert everywhere.message == "none: it fails in all 31 cases that were tried"
    only = VIDEOS[5]
    once = condition_of(only, VIDEOS, lambda case: case is only, tries=30)
    assert once.message == "no rule: none of 30 other cases fails"


def test_what_a_failure_needs_is_told_where_it_is_not_enough() -> None:
    def fails(case: Any) -> bool:
        return bool(case.video.shape[1] > 1) and sum(case.video.shape + case.conv.kernel_size) % 3 > 0

    found = condition(fails, VIDEOS)
    assert (found.rule, found.needed, found.settings) == ("", "d > 1", ("video.d",))
    assert "but it needs d > 1: " in found.message


def test_two_conditions_are_told_where_a_failure_needs_both() -> None:
    def fails(case: Any) -> bool:
        needed = case.video.shape[1] > 1 and case.conv.use_bias
        return bool(needed) and sum(case.video.shape + case.conv.kernel_size) % 4 > 0

    found = condition(fails, VIDEOS)
    assert found.needed in ("d > 1 and use_bias", "use_bias and d > 1")
    assert set(found.settings) == {"video.d", "conv.use_bias"}
    assert f"but it needs {found.needed}: {found.failing} of " in found.message
    assert " with both, none of " in found.message


def test_what_tells_nothing_is_not_counted() -> None:
    def fails(case: Any) -> Any:
        return None if case.conv.use_bias else case.conv.padding == "same"

    counterexample = next(case for case in VIDEOS if fails(case))
    found = condition_of(counterexample, VIDEOS, fails, tries=60)
    assert found.rule == "padding == 'same'"
    assert found.failing + found.passing < 61


def test_time_is_bounded() -> None:
    found = condition(PLANTED["use_bias"], VIDEOS, seconds=0.0)
    assert (found.failing, found.passing) == (1, 0)
    assert found.message == "none: it fails in the one case that could be tried"


def test_cases_of_other_kinds() -> None:
    cases = [{"units": units, "name": name, "x": (units, 2)} for units in range(9) for name in ("a", None)]
    assert condition(lambda case: case["units"] >= 3, cases).rule in ("units >= 3", "max(x) >= 3", "x[0] >= 3")
    assert condition(lambda case: case["name"] is None, cases).rule == "name == None"
    assert "no settings" in condition_of(object(), [object()], lambda _: True).message


@settings(deadline=None, max_examples=20)
@given(data=st.data())
def test_any_rule_of_two_conditions_is_found_or_one_like_it(data: st.DataObject) -> None:
    """What is told is right for each case that was tried, and no longer than what was planted."""
    rows = [settings_of(case) for case in VIDEOS]
    atoms = [atom for atom in atoms_of(rows) if 20 < bin(atom.cases).count("1") < len(rows) - 20]
    one, other = data.draw(st.sampled_from(atoms)), data.draw(st.sampled_from(atoms))
    planted = one.cases & other.cases
    if not planted:
        return
    tried: Dict[int, bool] = {}

    def fails(case: Any) -> Any:
        places = [place for place, each in enumerate(VIDEOS) if each is case]
        if not places:
            return None  # a neighbour
        tried[places[0]] = bool(planted >> places[0] & 1)
        return tried[places[0]]

    first = bin(planted)[::-1].index("1")
    tried[first] = True
    found = condition_of(VIDEOS[first], VIDEOS, fails, tries=80)
    assert (found.failing, found.passing) == (sum(tried.values()), len(tried) - sum(tried.values()))
    if found.failing >= 10 and found.passing >= 10:
        assert found.rule, "a rule was planted"
        assert len(found.rule.split(" and ")) <= 2


def test_neighbours_differ_in_one_setting() -> None:
    case = VIDEOS[3]
    found = neighbours(case, VIDEOS)
    assert found
    for each in found:
        mine, its = settings_of(case), settings_of(each)
        assert sum(mine[name].value != its[name].value for name in mine) == 1


def test_a_setting_is_changed_where_it_stands() -> None:
    case = ConvVideo(Tensor((1, 2, 3, 4, 1), axes="ndhwc"), ConvConfig(2, 1, (1, 1)))
    wider = changed(case, ("video", "shape", 3), 7)
    assert wider.video.shape == (1, 2, 3, 7, 1)
    assert changed(case, ("conv", "padding"), "same").conv.padding == "same"
    assert changed({"a": [1, (2, 3)]}, ("a", 1, 0), 5) == {"a": [1, (5, 3)]}
    assert settings_of(case)["video.w"].value == 4
    assert settings_of(case)["conv.kernel_size"].value == (1, 1)
    assert settings_of(case) == settings_of(changed(case, ("seed",), 7)), "a seed decides numbers alone"
