"""One optimizer step: the same for the same network; what is trained otherwise, or not at all, is found."""

from __future__ import annotations

from typing import Any, Callable, Tuple

import numpy as np

from likewise import nest, training, variables
from likewise.cell import keras, tensorflow
from likewise.comparison import Finding
from likewise.execution import Execution
from likewise.inputs import inputs_of
from likewise.program import NO_CASE, Source
from likewise.steps.optimizing import OPTIMIZERS, OptimizerStep
from likewise.trial import tried

FindOut = Callable[..., Finding]
Implementation = Callable[..., Any]


def two_layers(**settings: Any) -> Implementation:
    """A function of two layers; ``settings`` are attributes of the first one."""

    def build() -> Any:
        first, second = keras().layers.Dense(3), keras().layers.BatchNormalization()
        for name, value in settings.items():
            setattr(first, name, value)
        return lambda video: second(first(video))

    return build


def test_a_network_is_trained_as_it_is(found: FindOut, modes: Tuple[str, ...]) -> None:
    for mode in modes:
        finding = found(training, two_layers(), two_layers(), mode)
        assert (finding.verdict, finding.message) == ("identical", "")
        # Twice the variables, and one and two slots for the trained ones.
        assert finding.compared == 2 * 24 + 3 * 18


def test_unknown_dimensions(found: FindOut, modes: Tuple[str, ...]) -> None:
    for mode in modes:
        if mode != "eager":
            assert found(training, two_layers(), two_layers(), mode, dimensions=["unknown"]).verdict == "identical"


def test_a_frozen_layer(found: FindOut, modes: Tuple[str, ...]) -> None:
    for mode in modes:
        finding = found(training, two_layers(), two_layers(trainable=False), mode)
        assert finding.verdict == "different"
        assert finding.message.splitlines()[0] == "dense/kernel:0 is trained in the reference, but not in the candidate"
        finding = found(training, two_layers(trainable=False), two_layers(trainable=False), mode)
        assert finding.verdict == "identical"
        assert finding.compared == 2 * 24 + 3 * 6


def test_a_frozen_layer_is_another_variable(found: FindOut, modes: Tuple[str, ...]) -> None:
    for mode in modes:
        finding = found(variables, two_layers(), two_layers(trainable=False), mode)
        assert finding.verdict == "different"
        assert "trainable=False of dense/kernel" in finding.message
        assert found(variables, two_layers(trainable=False), two_layers(trainable=False), mode).verdict == "identical"


def test_a_frozen_model(found: FindOut, modes: Tuple[str, ...]) -> None:
    def model(trainable: bool) -> Implementation:
        def build() -> Any:
            made = keras().Sequential([keras().layers.Dense(3), keras().layers.Dense(2)])
            made.trainable = trainable
            return made

        return build

    for mode in modes:
        assert found(variables, model(True), model(True), mode).verdict == "identical"
        assert found(training, model(True), model(False), mode).verdict == "different"
        assert found(variables, model(True), model(False), mode).verdict == "different"


def scaled(used: Callable[[Any, Any], Any], dtype: str = "") -> Implementation:
    def build() -> Any:
        tf, floatx = tensorflow(), keras().backend.floatx()
        scale = tf.Variable([1.0, 2.0, 3.0], name="scale", dtype=dtype or floatx)
        return lambda video: video * tf.cast(used(tf, scale), floatx)

    return build


def test_a_stopped_gradient(found: FindOut, modes: Tuple[str, ...]) -> None:
    flowing, stopped = scaled(lambda _, scale: scale), scaled(lambda tf, scale: tf.stop_gradient(scale))
    for mode in modes:
        finding = found(training, flowing, stopped, mode)
        assert finding.message == "scale:0 is trained in the reference, but not in the candidate"
        finding = found(training, stopped, stopped, mode)
        assert (finding.verdict, finding.compared) == ("identical", 6)


def test_a_gradient_of_another_size(found: FindOut, modes: Tuple[str, ...]) -> None:
    plain = scaled(lambda _, scale: scale)
    halved = scaled(lambda tf, scale: (scale + tf.stop_gradient(scale)) / 2)
    for mode in modes:
        finding = found(training, plain, halved, mode)
        assert finding.verdict == "different"
        # Adam's own step hardly depends on the size of the gradient, SGD's does.
        assert "of sgd step['scale:0'] differ" in finding.message


def test_a_variable_of_another_precision(found: FindOut, modes: Tuple[str, ...]) -> None:
    for mode in modes:
        finding = found(training, scaled(lambda _, scale: scale), scaled(lambda _, scale: scale, "float16"), mode)
        assert finding.verdict == "different"
        assert "sgd step['scale:0'].dtype=float16, but float32 in the reference" in finding.message


def test_what_has_nothing_to_train_has_no_step(found: FindOut, modes: Tuple[str, ...]) -> None:
    for mode in modes:
        finding = found(training, lambda: lambda x: x, lambda: lambda x: x, mode)
        assert (finding.verdict, finding.compared) == (None, 0)


def test_each_trial_finds_a_new_optimizer(modes: Tuple[str, ...]) -> None:
    # A second step from the same values is the same step: nothing of the first one is left.
    x = np.linspace(-1, 1, 24, dtype="float32").reshape(2, 4, 3)
    one, other = Source("reference", two_layers()), Source("candidate", two_layers())
    for mode in modes:
        with tried(one, other, inputs_of(NO_CASE, x), Execution(mode)) as trial:
            for step in map(OptimizerStep, OPTIMIZERS):
                side = trial.sides[0]
                seen = [side.loaded_and_seen(trial.inputs, trial.values[0], step).outputs for _ in range(3)]
                first, *later = [nest.flatten(each.values) for each in seen if each is not None]
                assert len(later) == 2
                for again in later:
                    assert all(np.array_equal(a, b) for (_, a), (_, b) in zip(first, again)), (mode, step)
