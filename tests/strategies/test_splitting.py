from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.errors import InvalidArgument

from likewise_strategies import ConvLSTMVideo, ConvVideo, Tensor, conv_lstm_videos, conv_videos, data, join, split


@dataclass(frozen=True)
class Pair:
    """A user's own case: data of its own, a tuple of tensors, and a field made from the others."""

    inputs: tuple[Tensor, ...]
    units: int
    seed: int = data(default=0)
    note: str = data(default="")
    count: int = field(init=False, default=0)

    def __post_init__(self) -> None:
        object.__setattr__(self, "count", len(self.inputs))


@given(st.one_of(conv_videos(), conv_lstm_videos()))
def test_joined_parts_are_the_case(case: Any) -> None:
    structure, values = split(case)
    assert join(structure, values) == case
    assert hash(structure) == hash(split(join(structure, values))[0])
    assert len({values, split(case)[1]}) == 1


@given(conv_lstm_videos())
def test_a_structure_has_no_data(case: ConvLSTMVideo) -> None:
    structure, values = split(case)
    assert structure.video == Tensor(case.video.shape, case.video.dtype, axes=case.video.axes)
    assert structure.seed == 0
    assert (structure.conv, structure.conv_lstm) == (case.conv, case.conv_lstm)
    assert values == (case.video.kind, case.video.seed, case.video.values, case.seed)
    assert split(structure)[0] == structure


@given(conv_videos(), st.integers(0, 9))
def test_cases_that_differ_in_data_share_their_structure(case: ConvVideo, seed: int) -> None:
    other = join(split(case)[0], ("uniform", seed, (), seed))
    assert other.video == Tensor(case.video.shape, case.video.dtype, "uniform", seed, case.video.axes)
    assert split(other)[0] == split(case)[0]


def test_a_case_of_ones_own() -> None:
    case = Pair((Tensor((2,), seed=3), Tensor((), "bool", "zeros", 4)), units=5, seed=6, note="n")
    structure, values = split(case)
    assert structure == Pair((Tensor((2,)), Tensor((), "bool")), units=5)
    assert structure.count == 2
    assert values == ("normal", 3, (), "zeros", 4, (), 6, "n")
    assert join(structure, values) == case


def test_what_is_no_case_is_refused() -> None:
    @dataclass
    class Thawed:
        seed: int = data(default=0)

    for value in (Thawed(), Pair, {"seed": 1}):
        with pytest.raises(
            InvalidArgument, match=r"case=.*: expected an instance of a frozen dataclass; put @dataclass"
        ):
            split(value)


@pytest.mark.parametrize("values", [(), ("normal",), ("normal", 0, (), 0)])
def test_data_of_another_structure_is_refused(values: Any) -> None:
    with pytest.raises(
        InvalidArgument, match=re.escape(f"data={values!r}: expected 3 values for this structure; take")
    ):
        join(Tensor((1, 2)), values)
