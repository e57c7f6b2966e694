"""``config``: what a layer forgets on its way through ``get_config``, JSON and ``from_config``."""

from __future__ import annotations

from typing import Any, Callable, Tuple

import numpy as np
import pytest

from likewise import config
from likewise.cell import keras
from likewise.comparison import Finding

FindOut = Callable[..., Finding]
Implementation = Callable[[], Any]


def dense(**settings: Any) -> Implementation:
    return lambda: keras().layers.Dense(3, **settings)


def wrapped() -> Any:
    return keras().layers.TimeDistributed(keras().layers.Dense(3))


def bidirectional() -> Any:
    return keras().layers.Bidirectional(keras().layers.LSTM(2, return_sequences=True))


def sequential() -> Any:
    return keras().Sequential([keras().layers.Dense(3), keras().layers.Dense(3)])


def functional() -> Any:
    layers = keras().layers
    inputs = layers.Input((4, 3))
    one, other = layers.Dense(3, name="one"), layers.Dense(3, name="other")
    # Created in another order than they are named in the config.
    left = other(inputs)
    return keras().Model(inputs, layers.add([one(inputs), left]))


def scaled(*, told: Tuple[str, ...] = ("scale", "units"), scale: Any = 3.0) -> Implementation:
    """A layer of the user's whose config tells some of its settings."""

    def build() -> Any:
        class Scaled(keras().layers.Layer):  # type: ignore[misc]
            def __init__(self, units: int, scale: Any = 2.0, **others: Any) -> None:
                super().__init__(**others)
                self.units, self.scale = units, scale
                self.dense = keras().layers.Dense(units)

            def call(self, inputs: Any) -> Any:
                return self.dense(inputs) * self.scale

            def get_config(self) -> Any:
                return {**super().get_config(), **{name: getattr(self, name) for name in told}}

        return Scaled(2, scale)

    return build


def without_a_config() -> Any:
    class Own(keras().layers.Layer):  # type: ignore[misc]
        def __init__(self, layer: Any) -> None:
            super().__init__()
            self.layer = layer

        def call(self, inputs: Any) -> Any:
            return self.layer(inputs)

    return Own(keras().layers.Dense(2))


def function() -> Any:
    layer = keras().layers.Dense(3)
    return lambda video: layer(video, training=False)


@pytest.mark.parametrize("same", [dense(activation="tanh"), wrapped, bidirectional, sequential, functional, scaled()])
def test_what_comes_back(found: FindOut, modes: Tuple[str, ...], same: Implementation) -> None:
    for dimensions in ("static", "batch"):
        finding = found(config, same, same, modes=modes[-1:], dimensions=[dimensions])
        assert finding.message == ""
        assert finding.verdict in ("identical", "rounding")


def test_in_each_mode(found: FindOut, modes: Tuple[str, ...]) -> None:
    for mode in modes:
        assert found(config, wrapped, scaled(), modes=[mode]).message == ""


def test_a_setting_that_is_lost(found: FindOut, modes: Tuple[str, ...]) -> None:
    for mode in modes:
        finding = found(config, scaled(), scaled(told=("units",)), modes=[mode])
        assert finding.verdict == "different"
        assert finding.message.startswith("the candidate does not come back from its config:\n")
        assert " before it was rebuilt" in finding.message
        assert "reference" not in finding.message


def test_a_setting_that_it_needs(found: FindOut) -> None:
    finding = found(config, scaled(told=("scale",)), scaled())
    assert finding.verdict == "different"
    assert finding.message.startswith("the reference cannot come back from its config: TypeError: ")


def test_what_json_does_not_know(found: FindOut) -> None:
    finding = found(config, scaled(), scaled(scale=np.float32(3)))
    assert finding.verdict == "different"
    assert "the candidate cannot come back from its config: TypeError: " in finding.message
    assert "JSON" in finding.message


def test_a_config_that_changes(found: FindOut) -> None:
    def changing() -> Any:
        class Changing(keras().layers.Dense):  # type: ignore[misc]
            def get_config(self) -> Any:
                told = super().get_config()
                return {**told, "activation": "linear", "name": told["name"] + "_again"}

        return Changing(3)

    finding = found(config, dense(), changing)
    assert finding.verdict == "different"
    assert 'config[\'name\']="changing_again_again", but "changing_again" before it was rebuilt' in finding.message


def test_nothing_to_see(found: FindOut) -> None:
    finding = found(config, function, without_a_config)
    assert finding.verdict is None
    assert "the reference: it is no Keras layer or model, so it has no config" in finding.message
    assert "the candidate: it has no get_config: " in finding.message
    assert found(config, function, dense()).verdict == "identical"
