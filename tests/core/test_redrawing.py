"""Data drawn anew: within what a law's cases had, and nothing of the structure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Tuple

from hypothesis import given
from hypothesis import strategies as st

from likewise.redrawing.data import Redrawing
from likewise_strategies import ConvLSTMVideo, Tensor, conv_lstm_videos, split, tensors


@given(st.lists(conv_lstm_videos(), min_size=1, max_size=4))
def test_the_structure_stays_and_each_kind_was_seen(cases: Tuple[ConvLSTMVideo, ...]) -> None:
    redrawing = Redrawing()
    for case in cases:
        redrawing.note(case)
    found = redrawing.drawn(cases[-1], 5)
    assert len(found) == 5
    assert len({each.video.seed for each in found}) == 5
    for each in found:
        assert split(each)[0] == split(cases[-1])[0]
        assert each.video.kind in {case.video.kind for case in cases}
    assert redrawing.drawn(cases[-1], 5) == found


@given(conv_lstm_videos())
def test_the_weights_may_stay(case: ConvLSTMVideo) -> None:
    redrawing = Redrawing()
    redrawing.note(case)
    found = redrawing.drawn(case, 3, weights=False)
    assert {each.seed for each in found} == {case.seed}
    assert len({each.video.seed for each in found}) == 3


@given(tensors((2,), dtype="int32"), tensors((2,), dtype="float32"))
def test_a_kind_of_another_dtype_is_none(one: Tensor, other: Tensor) -> None:
    redrawing = Redrawing()
    redrawing.note(one)
    redrawing.note(other)
    assert {each.kind for each in redrawing.drawn(one, 9)} == {one.kind}


@dataclass(frozen=True)
class Pair:
    tensors: Tuple[Tensor, ...]
    seed: int = 3


def test_parts_have_kinds_and_seeds_of_their_own() -> None:
    case = Pair((Tensor((1,), kind="ramp"), Tensor((1,), kind="ties")))
    redrawing = Redrawing()
    redrawing.note(case)
    for each in redrawing.drawn(case, 3):
        assert [tensor.kind for tensor in each.tensors] == ["ramp", "ties"]
        assert len({tensor.seed for tensor in each.tensors}) == 2
        assert each.seed == 3  # a field that is not data


def test_what_has_no_data_is_not_drawn_anew() -> None:
    for case in (4, (1, 2), Pair(())):
        assert Redrawing().drawn(case, 3) == []
