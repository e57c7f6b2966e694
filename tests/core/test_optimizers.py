"""Optimizers in the programs themselves: their variables begin as the optimizer begins them, or in their domain."""

from __future__ import annotations

from typing import Any, Callable, Dict, Tuple

import numpy as np
import pytest

from likewise import compare, outputs
from likewise.cell import keras, tensorflow
from likewise.execution import Execution
from likewise.inputs import inputs_of
from likewise.program import NO_CASE, Source
from likewise.trial import tried
from likewise.values import value_of
from likewise.variable import Variable

X = np.linspace(-1, 1, 6, dtype="float32").reshape(2, 3)


def trains(name: str, *, by_hand: bool = False) -> Callable[[], Any]:
    """A program that trains one weight once, and tells what it is then."""

    def build() -> Any:
        tf = tensorflow()
        weight = tf.Variable([1.0, 2.0, 3.0], name="weight")
        optimizer = None if by_hand else getattr(keras().optimizers, name)(learning_rate=0.5)
        if by_hand:
            moment, square = (tf.Variable([0.0] * 3, name=each, trainable=False) for each in ("m", "v"))

        def call(x: Any) -> Any:
            gradient = tf.reduce_mean(x, 0)
            if optimizer is not None:
                optimizer.apply_gradients([(gradient, weight)])
                return weight + 0
            m = moment.assign(0.5 * moment + gradient)
            v = square.assign(0.5 * square + gradient**2)
            return weight - m / tf.sqrt(v)

        return call

    return build


@pytest.mark.parametrize("name", ["Adam", "Adagrad", "RMSprop"])
def test_an_optimizer_begins_as_it_does(eager: None, name: str) -> None:
    build = trains(name)
    sources = Source("reference", build), Source("candidate", build)
    with tried(*sources, inputs_of(NO_CASE, X), Execution("eager"), seed=3) as trial:
        assert trial.ran, trial.reference.refusal
        values = trial.values[0]
        assert len(values) > 1
        assert [variable.begins is None for variable in trial.sides[0].variables] == [True] + [False] * (
            len(values) - 1
        )
        for place, variable in list(enumerate(trial.sides[0].variables))[1:]:
            assert (values[place] == variable.begins).all()
        assert all(np.isfinite(leaf).all() for _, leaf in trial.reference.leaves())


def test_the_same_optimizer_is_the_same(eager: None) -> None:
    compared = compare(trains("Adam"), trains("Adam"), inputs=X, claims=[outputs], modes=["eager"], seed=1)
    assert compared.verdict == "identical"


def test_moments_that_are_kept_by_hand_are_in_their_domain(modes: Tuple[str, ...]) -> None:
    build = trains("", by_hand=True)
    for mode in modes:
        sources = Source("reference", build), Source("candidate", build)
        with tried(*sources, inputs_of(NO_CASE, X), Execution(mode), seed=3) as trial:
            assert trial.ran
            assert all(np.isfinite(leaf).all() for _, leaf in trial.reference.leaves())


def test_a_tf1_optimizer_begins_as_it_does() -> None:
    def build() -> Any:
        v1 = tensorflow().compat.v1
        weight = tensorflow().Variable([1.0, 2.0, 3.0], name="weight")
        optimizer = v1.train.AdamOptimizer(0.5)

        def call(x: Any) -> Any:
            with v1.control_dependencies([optimizer.apply_gradients([(v1.reduce_mean(x, 0), weight)])]):
                return weight.read_value() if hasattr(weight, "read_value") else v1.identity(weight)

        return call

    sources = Source("reference", build), Source("candidate", build)
    with tried(*sources, inputs_of(NO_CASE, X), Execution("session"), seed=3) as trial:
        assert trial.ran
        begins: Dict[str, Any] = {variable.role: variable.begins for variable in trial.sides[0].variables}
        assert (begins["beta1_power"], begins["Adam"], begins["weight"]) == (pytest.approx(0.9), 0.0, None)


def test_a_layer_s_weights_are_drawn(modes: Tuple[str, ...]) -> None:
    def build() -> Any:
        return keras().layers.Dense(2)

    sources = Source("reference", build), Source("candidate", build)
    with tried(*sources, inputs_of(NO_CASE, X), Execution(modes[0])) as trial:
        assert [variable.begins for variable in trial.sides[0].variables] == [None, None]


@pytest.mark.parametrize(
    "role, trainable, positive", [("v", False, True), ("kernel_velocity", False, True), ("v", True, False)]
)
def test_squares_are_positive(role: str, trainable: bool, positive: bool) -> None:
    values = value_of(Variable(f"layer/{role}:0", (4, 50), "float32", trainable, "weight"), 1, 0)
    assert bool((values > 0).all()) is positive
