"""The same network with its variables in another order is told, with the pairing that makes it so."""

from __future__ import annotations

import ast
from typing import Any, Callable, Optional, Sequence

import numpy as np
import pytest

from likewise import NotEquivalent, assert_equivalent, compare, outputs
from likewise.cell import keras, tensorflow
from likewise.execution import Execution
from likewise.explaining.pairings import other_pairing
from likewise.explanation import OtherPairing
from likewise.inputs import inputs_of
from likewise.program import NO_CASE, Source
from likewise.trial import tried
from likewise_strategies import bits

X: Any = bits.normal(1, "x", (4, 3), "float32")


def stack(order: Sequence[int], *, built: Sequence[int] = (0, 1, 2), scale: float = 1.0) -> Callable[[], Any]:
    """Three layers, built in one order and called in another."""

    def build() -> Any:
        layers = {place: keras().layers.Dense(3, name=f"layer_{place}") for place in built}

        def call(x: Any) -> Any:
            if not all(layer.built for layer in layers.values()):
                for layer in layers.values():
                    layer(x)
            for place in order:
                x = tensorflow().tanh(layers[place](x))
            return x * scale

        return call

    return build


def found(one: Any, other: Any, mode: str, **bounds: Any) -> Optional[OtherPairing]:
    sources = Source("reference", one), Source("candidate", other)
    with tried(*sources, inputs_of(NO_CASE, X), Execution(mode)) as trial:
        return other_pairing(trial, **bounds)


def test_kernels_and_biases_are_reordered_alike(mode: str) -> None:
    told = found(stack((0, 1, 2)), stack((2, 0, 1)), mode)
    assert told is not None
    assert told.verdict == "identical"
    assert told.pair == {
        f"layer_{one}/{role}": f"layer_{other}/{role}"
        for one, other in ((0, 2), (1, 0), (2, 1))
        for role in ("kernel", "bias")
    }
    again = compare(stack((0, 1, 2)), stack((2, 0, 1)), inputs=X, pair=told.pair, claims=[outputs])
    assert again.verdict == "identical"
    assert ast.literal_eval(told.message.split("pair=")[1]) == told.pair


def test_another_network_has_none(mode: str) -> None:
    assert found(stack((0, 1, 2)), stack((2, 0, 1), scale=1.5), mode) is None
    assert found(stack((0, 1, 2)), stack((0, 1, 2)), mode) is None, "nothing to mend"


def test_tries_and_time_are_bounded(mode: str) -> None:
    assert found(stack((0, 1, 2)), stack((2, 1, 0)), mode, tries=1) is None
    assert found(stack((0, 1, 2)), stack((2, 1, 0)), mode, seconds=0.0) is None


def test_it_is_a_failure_that_says_what_to_write() -> None:
    with pytest.raises(NotEquivalent) as raised:
        assert_equivalent(stack((0, 1, 2)), stack((1, 0, 2)), inputs=X, claims=[outputs], dimensions=["static"])
    text = str(raised.value)
    assert "the same network (identical) with its variables in another order; pair={" in text
    explanation = raised.value.comparison.explanation
    assert explanation is not None
    assert explanation.pairing is not None
    assert explanation.pairing.pair["layer_0/kernel"] == "layer_1/kernel"
    assert len(str(explanation).splitlines()) <= 10


def test_variables_of_the_same_name_cannot_be_told_apart(mode: str) -> None:
    def named(first: int) -> Callable[[], Any]:
        def build() -> Any:
            tf = tensorflow()
            both = [tf.Variable(np.ones(3, "float32"), name="twice") for _ in range(2)]
            return lambda x: (
                x * tf.cast(tf.convert_to_tensor(both[first]), x.dtype)
                + tf.cast(tf.convert_to_tensor(both[1 - first]), x.dtype)
            )

        return build

    told = found(named(0), named(1), mode)
    assert told is not None
    assert told.verdict == "identical"
    if mode == "eager":  # a graph numbers them
        assert "have the same name" in told.message
