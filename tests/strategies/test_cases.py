from __future__ import annotations

import re
from dataclasses import replace
from functools import partial
from typing import Any, Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.errors import InvalidArgument

import likewise_strategies
from likewise_strategies import (
    ConvConfig,
    ConvLSTMConfig,
    ConvLSTMVideo,
    ConvVideo,
    Tensor,
    conv_configs,
    conv_lstm_configs,
    conv_lstm_videos,
    conv_videos,
    video_shapes,
)

Cases = Callable[..., st.SearchStrategy[Any]]
BOTH = pytest.mark.parametrize("cases", [conv_videos, conv_lstm_videos])

SMALLEST = ConvLSTMVideo(
    video=Tensor((1, 1, 1, 1, 1), kind="constant", axes="ndhwc"),
    conv=ConvConfig(rank=2, filters=1, kernel_size=(1, 1), use_bias=False),
    conv_lstm=ConvLSTMConfig(
        rank=2, filters=1, kernel_size=(1, 1), activation="linear", use_bias=False, unit_forget_bias=False
    ),
)


@BOTH
@given(data=st.data())
def test_repr_is_code_that_makes_the_case_again(cases: Cases, data: st.DataObject) -> None:
    case = data.draw(cases())
    assert eval(repr(case), {name: getattr(likewise_strategies, name) for name in likewise_strategies.__all__}) == case


@BOTH
@given(data=st.data())
def test_layers_fit_each_other(cases: Cases, data: st.DataObject) -> None:
    case = data.draw(cases())
    assert case.inputs == case.video
    assert case.video.axes == "ndhwc"
    size = case.conv.output_size(case.video.shape[2:4])
    assert min(size) >= 1
    if isinstance(case, ConvLSTMVideo):
        assert min(case.conv_lstm.output_size(size)) >= 1


@given(conv_lstm_videos(conv=partial(conv_configs, data_formats=("channels_first", "channels_last"))))
def test_the_data_format_is_one_for_all(case: ConvLSTMVideo) -> None:
    assert case.conv.data_format == case.conv_lstm.data_format
    assert case.video.axes == {"channels_first": "ndchw", "channels_last": "ndhwc"}[case.conv.data_format]
    length = dict(zip(case.video.axes, case.video.shape))
    case.conv_lstm.output_size(case.conv.output_size((length["h"], length["w"])))


@given(
    conv_lstm_videos(
        shapes=video_shapes(min_side=3, max_side=4),
        conv=partial(conv_configs, max_strides=1, min_kernel=3, max_groups=2),
        conv_lstm=partial(conv_lstm_configs, return_sequences=(True,), paddings=("same",)),
        dtype="float64",
        kinds=("ramp",),
    )
)
def test_bounds_are_kept(case: ConvLSTMVideo) -> None:
    assert set(case.video.shape[2:4]) <= {3, 4}
    assert case.conv.strides == (1, 1)
    assert min(case.conv.kernel_size) >= 3
    assert case.video.shape[4] % case.conv.groups == 0
    assert case.conv_lstm.return_sequences
    assert case.conv_lstm.padding == "same"
    assert (case.video.dtype, case.video.kind) == ("float64", "ramp")


def test_borders_come_up_often(draws: Any) -> None:
    drawn = draws(conv_lstm_videos(), 500)
    assert sum(case.conv.kernel_size == case.video.shape[2:4] for case in drawn) > 25
    assert sum(case.conv.filters == case.video.shape[1] for case in drawn) > 40
    assert sum(case.conv.filters == case.conv_lstm.filters for case in drawn) > 40
    assert sum(len(set(case.conv.strides)) > 1 for case in drawn) > 30
    assert sum(len(set(case.conv_lstm.strides)) > 1 for case in drawn) > 30
    assert sum(case.video.kind == "zeros" for case in drawn) > 5
    assert sum((case.video.array() == 0).any() for case in drawn) > 50
    assert len({likewise_strategies.split(case)[0] for case in drawn}) > 350


def test_the_smallest_case(smallest: Any) -> None:
    assert smallest(conv_lstm_videos(), lambda case: True) == SMALLEST
    assert smallest(conv_videos(), lambda case: True) == ConvVideo(SMALLEST.video, SMALLEST.conv)


def test_strides_shrink_alone(smallest: Any) -> None:
    found = smallest(conv_lstm_videos(), lambda case: max(case.conv.strides) > 1)
    assert found == replace(SMALLEST, conv=replace(SMALLEST.conv, strides=(1, 2)))


def test_steps_shrink_alone(smallest: Any) -> None:
    found = smallest(conv_lstm_videos(), lambda case: case.video.shape[1] >= 3)
    assert found == replace(SMALLEST, video=replace(SMALLEST.video, shape=(1, 3, 1, 1, 1)))


def test_settings_of_the_second_layer_shrink_alone(smallest: Any) -> None:
    found = smallest(conv_lstm_videos(), lambda case: case.conv_lstm.go_backwards and case.conv_lstm.padding == "same")
    assert found == replace(SMALLEST, conv_lstm=replace(SMALLEST.conv_lstm, go_backwards=True, padding="same"))


def nothing(rank: int, **_: object) -> None:
    """Return no strategy, as a function in the place of one may by mistake."""


@BOTH
@pytest.mark.parametrize(
    "arguments, message",
    [
        (
            {"shapes": (1, 2, 3, 3, 1)},
            "shapes=(1, 2, 3, 3, 1): expected a strategy for shapes (n, d, h, w, c); for one",
        ),
        ({"conv": conv_configs(2)}, "expected a function that returns a strategy for ConvConfig; give functools.part"),
        ({"conv": nothing}, "expected a function that returns a strategy for ConvConfig; it returned None"),
        ({"conv": partial(conv_configs, max_strides=0)}, "max_strides=0: expected an int of at least 1"),
        ({"dtype": "float8"}, "dtype='float8': expected the name of a dtype; give one of float16"),
        ({"kinds": ("odd",)}, "kinds=('odd',): 'odd' is not a choice"),
    ],
)
def test_bad_arguments_are_refused_at_once(cases: Cases, arguments: dict[str, Any], message: str) -> None:
    with pytest.raises(InvalidArgument, match=re.escape(message)):
        cases(**arguments)


def test_bad_settings_of_the_second_layer_are_refused_at_once() -> None:
    with pytest.raises(InvalidArgument, match="max_dropout=2: expected a number"):
        conv_lstm_videos(conv_lstm=partial(conv_lstm_configs, max_dropout=2))


@BOTH
@given(data=st.data())
def test_shapes_of_another_rank_are_refused(cases: Cases, data: st.DataObject) -> None:
    with pytest.raises(InvalidArgument, match=re.escape("shapes=(1, 2, 3): expected a tuple of 5 ints")):
        data.draw(cases(shapes=st.just((1, 2, 3))))
