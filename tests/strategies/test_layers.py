from __future__ import annotations

import re
from typing import Any, Callable

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.errors import InvalidArgument

from likewise_strategies import ACTIVATIONS, ConvConfig, ConvLSTMConfig, conv_configs, conv_lstm_configs

Configs = Callable[..., st.SearchStrategy[Any]]
BOTH = pytest.mark.parametrize("configs", [conv_configs, conv_lstm_configs])
SIZES = st.integers(1, 3).flatmap(lambda rank: st.tuples(*[st.integers(1, 7)] * rank))


def places(side: int, kernel: int, stride: int, rate: int) -> int:
    """Count by trying where along a side a dilated kernel lies wholly inside."""
    return sum(start + (kernel - 1) * rate < side for start in range(0, side, stride))


@BOTH
@given(data=st.data(), size=SIZES)
def test_every_kernel_fits(configs: Configs, data: st.DataObject, size: tuple[int, ...]) -> None:
    config = data.draw(configs(len(size), size=size))
    output = config.output_size(size)
    axes = zip(size, config.kernel_size, config.strides, config.dilation_rate)
    if config.padding == "valid":
        assert output == tuple(places(*axis) for axis in axes)
    else:
        assert output == tuple(len(range(0, side, stride)) for side, _, stride, _ in axes)
    assert min(output) >= 1


@BOTH
@given(data=st.data(), rank=st.integers(1, 3))
def test_strides_and_dilation_are_not_together(configs: Configs, data: st.DataObject, rank: int) -> None:
    config = data.draw(configs(rank))
    assert max(config.strides) == 1 or max(config.dilation_rate) == 1
    assert len(config.kernel_size) == len(config.strides) == len(config.dilation_rate) == rank
    assert config.data_format == "channels_last"


@BOTH
@given(data=st.data())
def test_bounds_are_kept(configs: Configs, data: st.DataObject) -> None:
    strategy = configs(
        2,
        size=(6, 2),
        min_filters=6,
        min_kernel=3,
        max_kernel=3,
        max_strides=2,
        max_dilation=1,
        activations=("tanh",),
        use_bias=(True,),
        data_formats=("channels_first",),
    )
    config = data.draw(strategy)
    assert config.filters == 6
    assert config.kernel_size == (3, 3)
    assert config.padding == "same"  # a kernel of 3 does not lie inside a side of 2
    assert max(config.strides) <= 2
    assert config.dilation_rate == (1, 1)
    assert (config.activation, config.use_bias, config.data_format) == ("tanh", True, "channels_first")


@given(data=st.data(), channels=st.integers(1, 6))
def test_groups_divide_channels_and_filters(data: st.DataObject, channels: int) -> None:
    config = data.draw(conv_configs(2, channels=channels, max_groups=4, min_filters=2, max_filters=6))
    assert channels % config.groups == 0
    assert config.filters % config.groups == 0
    assert 1 <= config.groups <= 4
    assert 2 <= config.filters <= 6
    assert config.kwargs().get("groups", 1) == config.groups


@given(conv_lstm_configs(2, max_dropout=0.5, max_recurrent_dropout=0.25))
def test_dropouts_are_drawn_where_they_are_asked_for(config: ConvLSTMConfig) -> None:
    assert config.dropout in {0.0, 0.25, 0.5}
    assert config.recurrent_dropout in {0.0, 0.125, 0.25}


@given(conv_lstm_configs(2))
def test_dropouts_are_off_by_default(config: ConvLSTMConfig) -> None:
    assert (config.dropout, config.recurrent_dropout) == (0.0, 0.0)


def test_causal_padding_is_for_rank_1(smallest: Any) -> None:
    config = smallest(conv_configs(1, size=(3,), paddings=("causal",)), lambda config: config.kernel_size == (2,))
    assert config.padding == "causal"
    assert config.output_size((3,)) == (3,)


def test_keyword_arguments() -> None:
    conv = ConvConfig(rank=2, filters=3, kernel_size=(2, 3))
    assert conv.kwargs() == {
        "filters": 3,
        "kernel_size": (2, 3),
        "strides": (1, 1),
        "padding": "valid",
        "dilation_rate": (1, 1),
        "activation": "linear",
        "use_bias": True,
        "data_format": "channels_last",
    }
    assert set(ConvLSTMConfig(rank=1, filters=3, kernel_size=(2,)).kwargs()) == {
        *conv.kwargs(),
        "recurrent_activation",
        "unit_forget_bias",
        "return_sequences",
        "return_state",
        "go_backwards",
        "dropout",
        "recurrent_dropout",
    }


def test_borders_come_up_often(draws: Any) -> None:
    size = (5, 4)
    drawn = draws(conv_configs(2, size=size), 1000)
    assert sum(config.kernel_size == size for config in drawn) > 50
    assert sum(any(np.equal(config.kernel_size, size)) for config in drawn) > 200
    assert sum(config.kernel_size == (1, 1) for config in drawn) > 30
    assert sum(any(kernel % 2 == 0 for kernel in config.kernel_size) for config in drawn) > 300
    assert sum(any(np.greater(config.kernel_size, size)) for config in drawn) > 25
    assert sum(len(set(config.strides)) > 1 for config in drawn) > 100
    assert sum(len(set(config.strides)) == 1 < max(config.strides) for config in drawn) > 50
    assert sum(max(config.dilation_rate) > 1 for config in drawn) > 100
    assert {config.activation for config in drawn} == set(ACTIVATIONS)


@BOTH
def test_examples_shrink_to_what_matters(smallest: Any, configs: Configs) -> None:
    assert smallest(configs(2), lambda config: max(config.strides) > 1).strides == (1, 2)
    assert smallest(configs(2), lambda config: max(config.kernel_size) > 1).kernel_size == (1, 2)
    even = smallest(configs(3, size=(4, 4, 4)), lambda config: min(config.kernel_size) > 1 and config.padding == "same")
    assert even.kernel_size == (2, 2, 2)
    assert even.strides == even.dilation_rate == (1, 1, 1)


@BOTH
@pytest.mark.parametrize(
    "arguments, message",
    [
        ({"rank": 4}, "rank=4: expected the number of spatial axes; give 1, 2 or 3"),
        ({"rank": True}, "rank=True: expected the number of spatial axes; give 1, 2 or 3"),
        ({"size": (3,)}, "size=(3,): expected a tuple of 2 ints of at least 1, one an axis; it has 1"),
        ({"size": (3, 0)}, "size=(3, 0): expected a tuple of 2 ints of at least 1; replace 0"),
        ({"size": 3}, "size=3: expected a tuple of 2 ints of at least 1, not a int"),
        ({"min_filters": 0}, "min_filters=0: expected an int of at least 1; give min_filters=1 or more"),
        ({"min_filters": 3, "max_filters": 2}, "max_filters=2: expected at least min_filters=3; raise max_filters or"),
        ({"min_kernel": 3, "max_kernel": 2}, "max_kernel=2: expected at least min_kernel=3; raise max_kernel or"),
        ({"max_strides": 0}, "max_strides=0: expected an int of at least 1; give max_strides=1 or more"),
        ({"max_dilation": "2"}, "max_dilation='2': expected an int of at least 1; give max_dilation=1 or more"),
        ({"paddings": ("causal",)}, "paddings=('causal',): 'causal' is not a choice; give one or more of 'valid', 'sa"),
        ({"activations": "relu"}, "activations='relu': expected a tuple of choices; give one or more of 'linear', "),
        ({"activations": ("gelu",)}, "activations=('gelu',): 'gelu' is not a choice; give one or more of 'linear', "),
        ({"use_bias": ()}, "use_bias=(): expected at least one choice; give one or more of False, True in a tuple"),
        ({"data_formats": ("NHWC",)}, "data_formats=('NHWC',): 'NHWC' is not a choice; give one or more of 'channels_"),
        (
            {"size": (4, 2), "min_kernel": 3, "paddings": ("valid",)},
            "size=(4, 2): no kernel of min_kernel=3 fits with paddings=('valid',); lower min_kernel, or add 'same'",
        ),
    ],
)
def test_bad_arguments_are_refused_at_once(configs: Configs, arguments: dict[str, Any], message: str) -> None:
    with pytest.raises(InvalidArgument, match=re.escape(message)):
        configs(**{"rank": 2, **arguments})


@pytest.mark.parametrize(
    "configs, arguments, message",
    [
        (conv_configs, {"channels": 0}, "channels=0: expected an int of at least 1; give channels=1 or more"),
        (conv_configs, {"max_groups": 0}, "max_groups=0: expected an int of at least 1; give max_groups=1 or more"),
        (conv_configs, {"max_groups": 2}, "max_groups=2: groups have to divide the channels of the input; give chann"),
        (conv_lstm_configs, {"recurrent_activations": ("relu",)}, "'relu' is not a choice; give one or more of 'sigm"),
        (conv_lstm_configs, {"return_state": (None,)}, "return_state=(None,): None is not a choice; give one or more"),
        (conv_lstm_configs, {"max_dropout": 1}, "max_dropout=1: expected a number in [0, 1); give one, or 0 for no"),
        (conv_lstm_configs, {"max_recurrent_dropout": -0.5}, "max_recurrent_dropout=-0.5: expected a number in [0, 1)"),
    ],
)
def test_bad_arguments_of_one_kind_of_layer(configs: Configs, arguments: dict[str, Any], message: str) -> None:
    with pytest.raises(InvalidArgument, match=re.escape(message)):
        configs(2, **arguments)


@pytest.mark.parametrize(
    "arguments, message",
    [
        ({"rank": 0}, "rank=0: expected the number of spatial axes; give 1, 2 or 3"),
        ({"kernel_size": 3}, "kernel_size=3: expected a tuple of 2 ints of at least 1, not a int"),
        ({"kernel_size": ()}, "kernel_size=(): expected a tuple of 2 ints of at least 1, one an axis; it has 0"),
        ({"strides": (1, 1, 1)}, "strides=(1, 1, 1): expected a tuple of 2 ints of at least 1, one an axis; it has 3"),
        ({"dilation_rate": (0, 1)}, "dilation_rate=(0, 1): expected a tuple of 2 ints of at least 1; replace 0"),
    ],
)
@pytest.mark.parametrize("config", [ConvConfig, ConvLSTMConfig])
def test_bad_settings_are_refused_at_once(config: Any, arguments: dict[str, Any], message: str) -> None:
    with pytest.raises(InvalidArgument, match=re.escape(message)):
        config(**{"rank": 2, "filters": 1, "kernel_size": (1, 1), **arguments})


def test_an_image_that_is_too_small_is_refused() -> None:
    with pytest.raises(InvalidArgument, match=re.escape("size=(2, 2): the kernel of ConvConfig(rank=2, ")):
        ConvConfig(rank=2, filters=1, kernel_size=(1, 3)).output_size((2, 2))
