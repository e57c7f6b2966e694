"""Settings of dense, recurrent, normalization, pooling and separable layers."""

from __future__ import annotations

import re
from dataclasses import fields
from typing import Any, Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.errors import InvalidArgument

from likewise_strategies import (
    ACTIVATIONS,
    EPSILONS,
    MOMENTA,
    RECURRENT_ACTIVATIONS,
    BatchNormalizationConfig,
    DenseConfig,
    GRUConfig,
    LayerNormalizationConfig,
    LSTMConfig,
    PoolingConfig,
    SeparableConvConfig,
    SimpleRNNConfig,
    batch_normalization_configs,
    dense_configs,
    gru_configs,
    layer_normalization_configs,
    lstm_configs,
    pooling_configs,
    separable_conv_configs,
    simple_rnn_configs,
)

Configs = Callable[..., st.SearchStrategy[Any]]
RECURRENT = pytest.mark.parametrize("configs", [lstm_configs, gru_configs, simple_rnn_configs])
NORMALIZATION = pytest.mark.parametrize("configs", [batch_normalization_configs, layer_normalization_configs])
WINDOWS = pytest.mark.parametrize("configs", [pooling_configs, separable_conv_configs])
SIZES = st.integers(1, 2).flatmap(lambda rank: st.tuples(*[st.integers(1, 7)] * rank))


@RECURRENT
@given(data=st.data())
def test_recurrent_bounds_are_kept(configs: Configs, data: st.DataObject) -> None:
    config = data.draw(configs(min_units=6, activations=("relu",), return_state=(True,), unroll=(True,)))
    assert (config.units, config.activation, config.return_state, config.unroll) == (6, "relu", True, True)
    assert (config.dropout, config.recurrent_dropout) == (0.0, 0.0)


@RECURRENT
@given(data=st.data())
def test_recurrent_dropouts_are_drawn_where_they_are_asked_for(configs: Configs, data: st.DataObject) -> None:
    config = data.draw(configs(max_dropout=0.5, max_recurrent_dropout=0.25))
    assert config.dropout in {0.0, 0.25, 0.5}
    assert config.recurrent_dropout in {0.0, 0.125, 0.25}


@RECURRENT
def test_every_recurrent_setting_varies(draws: Any, configs: Configs) -> None:
    drawn = draws(configs(unroll=(False, True), max_dropout=0.5, max_recurrent_dropout=0.5), 400)
    for field in fields(type(drawn[0])):
        assert len({getattr(config, field.name) for config in drawn}) > 1, field.name
    assert {config.activation for config in drawn} == set(ACTIVATIONS)
    gates = {config.kwargs().get("recurrent_activation") for config in drawn}
    assert gates == ({None} if configs is simple_rnn_configs else set(RECURRENT_ACTIVATIONS))


@pytest.mark.parametrize(
    "configs, plainest",
    [
        (dense_configs, DenseConfig(1, use_bias=False)),
        (lstm_configs, LSTMConfig(1, activation="linear", use_bias=False, unit_forget_bias=False)),
        (gru_configs, GRUConfig(1, activation="linear", use_bias=False, reset_after=False)),
        (simple_rnn_configs, SimpleRNNConfig(1, activation="linear", use_bias=False)),
        (batch_normalization_configs, BatchNormalizationConfig(center=False, scale=False)),
        (layer_normalization_configs, LayerNormalizationConfig(center=False, scale=False)),
        (lambda: pooling_configs(2), PoolingConfig(2, (1, 1))),
        (lambda: separable_conv_configs(2), SeparableConvConfig(2, 1, (1, 1), use_bias=False)),
    ],
)
def test_the_plainest_settings(smallest: Any, configs: Configs, plainest: Any) -> None:
    assert smallest(configs(), lambda config: True) == plainest


@RECURRENT
def test_recurrent_settings_shrink_alone(smallest: Any, configs: Configs) -> None:
    plain = smallest(configs(), lambda config: True)
    found = smallest(configs(), lambda config: config.go_backwards and config.units > 2)
    assert found == type(plain)(**{**vars(plain), "go_backwards": True, "units": 3})


def test_pools_shrink_alone(smallest: Any) -> None:
    assert smallest(pooling_configs(2), lambda config: max(config.pool_size) > 1) == PoolingConfig(2, (1, 2))
    assert smallest(pooling_configs(1), lambda config: config.strides > config.pool_size).strides == (2,)


@NORMALIZATION
@given(data=st.data())
def test_normalization_bounds_are_kept(configs: Configs, data: st.DataObject) -> None:
    config = data.draw(configs(axes=(2, -1), epsilons=(0.5,), center=(True,)))
    assert config.axis in {2, -1}
    assert (config.epsilon, config.center) == (0.5, True)


def test_every_normalization_setting_varies(draws: Any) -> None:
    drawn = draws(batch_normalization_configs(), 40)
    assert {config.momentum for config in drawn} == set(MOMENTA)
    assert {config.epsilon for config in drawn} == set(EPSILONS)
    assert len({(config.center, config.scale) for config in drawn}) == 4


def test_layers_are_normalized_over_several_axes_where_it_is_asked_for(smallest: Any) -> None:
    config = smallest(layer_normalization_configs(axes=(-1, (-2, -1))), lambda config: config.axis != -1)
    assert config.axis == (-2, -1)
    assert config.kwargs()["axis"] == [-2, -1]


@WINDOWS
@given(data=st.data(), size=SIZES)
def test_every_window_fits(configs: Configs, data: st.DataObject, size: tuple[int, ...]) -> None:
    config = data.draw(configs(len(size), size=size))
    window = config.pool_size if isinstance(config, PoolingConfig) else config.kernel_size
    rates = (1,) * len(size) if isinstance(config, PoolingConfig) else config.dilation_rate
    output = config.output_size(size)
    for side, length, stride, rate, count in zip(size, window, config.strides, rates, output):
        covered = (length - 1) * rate if config.padding == "valid" else 0
        assert count == sum(start + covered < side for start in range(0, side, stride)) >= 1


def test_pools_are_often_as_large_as_the_image_or_as_their_strides(draws: Any) -> None:
    drawn = draws(pooling_configs(2, size=(5, 4)), 500)
    assert sum(config.pool_size == (5, 4) for config in drawn) > 25
    assert sum(config.strides == config.pool_size for config in drawn) > 150
    assert sum(config.strides != config.pool_size for config in drawn) > 75
    assert sum(len(set(config.pool_size)) > 1 for config in drawn) > 100
    assert sum(min(config.strides) > 1 for config in drawn) > 75


@given(config=separable_conv_configs(2, max_depth_multiplier=3, min_filters=5))
def test_separable_bounds_are_kept(config: SeparableConvConfig) -> None:
    assert config.filters == 5
    assert 1 <= config.depth_multiplier <= 3
    assert config.strides[0] == config.strides[1]
    assert max(config.strides) == 1 or max(config.dilation_rate) == 1


def test_separable_settings_vary(draws: Any) -> None:
    drawn = draws(separable_conv_configs(2), 300)
    assert {config.depth_multiplier for config in drawn} == {1, 2, 3}
    assert sum(max(config.strides) > 1 for config in drawn) > 60
    assert sum(max(config.dilation_rate) > 1 for config in drawn) > 30


def test_keyword_arguments() -> None:
    assert DenseConfig(3).kwargs() == {"units": 3, "activation": "linear", "use_bias": True}
    assert "unit_forget_bias" in LSTMConfig(3).kwargs()
    assert "reset_after" in GRUConfig(3).kwargs()
    assert not {"recurrent_activation", "reset_after", "unit_forget_bias"} & set(SimpleRNNConfig(3).kwargs())
    assert PoolingConfig(1, (2,)).kwargs() == {
        "pool_size": 2,
        "strides": 2,
        "padding": "valid",
        "data_format": "channels_last",
    }
    assert PoolingConfig(2, (2, 3)).kwargs()["strides"] == (2, 3)
    assert SeparableConvConfig(2, 3, (1, 2)).kwargs()["depth_multiplier"] == 1


@pytest.mark.parametrize(
    "configs, arguments, message",
    [
        (dense_configs, {"min_units": 0}, "min_units=0: expected an int of at least 1; give min_units=1 or more"),
        (dense_configs, {"max_units": True}, "max_units=True: expected an int of at least 1"),
        (dense_configs, {"activations": ("gelu",)}, "'gelu' is not a choice; give one or more of 'linear', "),
        (lstm_configs, {"min_units": 3, "max_units": 2}, "max_units=2: expected at least min_units=3; raise max_units"),
        (lstm_configs, {"recurrent_activations": ("relu",)}, "'relu' is not a choice; give one or more of 'sigmoid'"),
        (lstm_configs, {"unit_forget_bias": True}, "unit_forget_bias=True: expected a tuple of choices; give one or"),
        (lstm_configs, {"max_dropout": 1}, "max_dropout=1: expected a number in [0, 1); give one, or 0 for no dropout"),
        (gru_configs, {"reset_after": ()}, "reset_after=(): expected at least one choice; give one or more of False"),
        (gru_configs, {"max_recurrent_dropout": "0"}, "max_recurrent_dropout='0': expected a number in [0, 1)"),
        (simple_rnn_configs, {"go_backwards": (1, 2)}, "go_backwards=(1, 2): 2 is not a choice; give one or more of F"),
        (batch_normalization_configs, {"axes": -1}, "axes=-1: expected a tuple of one axis or more; give axes=(-1,)"),
        (batch_normalization_configs, {"axes": (0,)}, "axes=(0,): 0 is no axis of features; give an int other than 0"),
        (batch_normalization_configs, {"momenta": (1.5,)}, "momenta=(1.5,): 1.5 is not such a number; give one or mor"),
        (batch_normalization_configs, {"epsilons": ()}, "epsilons=(): expected at least one number; give one or more"),
        (batch_normalization_configs, {"epsilons": 1e-3}, "epsilons=0.001: expected a tuple of numbers; give one or m"),
        (layer_normalization_configs, {"axes": ((-1, 0),)}, "axes=((-1, 0),): 0 is no axis of features; give an int"),
        (layer_normalization_configs, {"axes": ((),)}, "axes=((),): () normalizes over nothing; give one axis or more"),
        (pooling_configs, {"rank": 4}, "rank=4: expected the number of spatial axes; give 1, 2 or 3"),
        (pooling_configs, {"rank": 2, "min_pool": 0}, "min_pool=0: expected an int of at least 1; give min_pool=1 or"),
        (
            pooling_configs,
            {"rank": 2, "paddings": ("causal",)},
            "'causal' is not a choice; give one or more of 'valid'",
        ),
        (
            pooling_configs,
            {"rank": 2, "size": (4, 2), "min_pool": 3, "paddings": ("valid",)},
            "size=(4, 2): no kernel of min_pool=3 fits with paddings=('valid',); lower min_pool, or add 'same'",
        ),
        (separable_conv_configs, {"rank": 3}, "rank=3: expected the number of spatial axes; give 1 or 2"),
        (separable_conv_configs, {"rank": 2, "max_depth_multiplier": 0}, "max_depth_multiplier=0: expected an int of"),
    ],
)
def test_bad_arguments_are_refused_at_once(configs: Configs, arguments: dict[str, Any], message: str) -> None:
    with pytest.raises(InvalidArgument, match=re.escape(message)):
        configs(**arguments)


@pytest.mark.parametrize(
    "config, arguments, message",
    [
        (DenseConfig, {"units": 0}, "units=0: expected an int of at least 1; give units=1 or more"),
        (LSTMConfig, {"units": "2"}, "units='2': expected an int of at least 1"),
        (GRUConfig, {"units": 0}, "units=0: expected an int of at least 1"),
        (SimpleRNNConfig, {"units": False}, "units=False: expected an int of at least 1"),
        (BatchNormalizationConfig, {"axis": 0}, "axis=0: 0 is no axis of features; give an int other than 0, the batc"),
        (BatchNormalizationConfig, {"momentum": 2}, "momentum=(2,): 2 is not such a number; give one or more numbers"),
        (LayerNormalizationConfig, {"axis": (1, 0)}, "axis=(1, 0): 0 is no axis of features; give an int other than 0"),
        (PoolingConfig, {"rank": 2, "pool_size": (2,)}, "pool_size=(2,): expected a tuple of 2 ints of at least 1, on"),
        (PoolingConfig, {"rank": 0, "pool_size": ()}, "rank=0: expected the number of spatial axes; give 1, 2 or 3"),
        (
            SeparableConvConfig,
            {"rank": 2, "filters": 1, "kernel_size": (1, 1), "strides": (1, 2)},
            "strides=(1, 2): expected equal ones, since TensorFlow's depthwise convolution takes no others; give (2, ",
        ),
    ],
)
def test_bad_settings_are_refused_at_once(config: Any, arguments: dict[str, Any], message: str) -> None:
    with pytest.raises(InvalidArgument, match=re.escape(message)):
        config(**arguments)
