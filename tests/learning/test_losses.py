"""Losses and constraints of layers' own, which no output shows: one optimizer step does."""

from __future__ import annotations

from typing import Any, Callable, Tuple

import pytest

from likewise import training
from likewise.cell import current, keras, tensorflow
from likewise.comparison import Finding

FindOut = Callable[..., Finding]
Implementation = Callable[[], Any]


def dense(**settings: Any) -> Implementation:
    return lambda: keras().layers.Dense(3, **settings)


def in_a_model(**settings: Any) -> Implementation:
    return lambda: keras().Sequential([keras().layers.Dense(3, **settings)])


def in_a_function(**settings: Any) -> Implementation:
    def build() -> Any:
        layer = keras().layers.Dense(3, **settings)
        return lambda video: layer(video)  # noqa: PLW0108  no layer at the outermost

    return build


def in_a_functional_model(**settings: Any) -> Implementation:
    def build() -> Any:
        inputs = keras().layers.Input((4, 3))
        return keras().Model(inputs, keras().layers.Dense(3, **settings)(inputs))

    return build


def adding(what: str) -> Implementation:
    """A layer that adds a loss by itself, of its inputs or of its weights."""

    class Adding(keras().layers.Layer):  # type: ignore[misc]
        def __init__(self) -> None:
            super().__init__()
            self.dense = keras().layers.Dense(3)

        def call(self, video: Any) -> Any:
            outputs, tf = self.dense(video), tensorflow()
            if what == "weights":
                self.add_loss(0.01 * tf.reduce_sum(tf.square(tf.convert_to_tensor(self.dense.kernel))))
            elif what:
                self.add_loss(tf.reduce_mean(tf.square(outputs)))
            return outputs

    return Adding


@pytest.mark.parametrize(
    "other",
    [
        dense(kernel_regularizer="l2"),
        in_a_function(kernel_regularizer="l2"),
        in_a_functional_model(bias_regularizer="l1"),
        dense(activity_regularizer="l2"),
        in_a_functional_model(activity_regularizer="l2"),
        adding("outputs"),
    ],
)
def test_a_loss_on_one_side(found: FindOut, modes: Tuple[str, ...], other: Implementation) -> None:
    for mode in modes:
        finding = found(training, dense(), other, mode)
        assert finding.verdict == "different"
        assert finding.message.startswith("layers of the candidate have losses of their own, ")


def test_another_loss(found: FindOut, modes: Tuple[str, ...]) -> None:
    for mode in modes:
        finding = found(training, dense(kernel_regularizer="l1"), dense(kernel_regularizer="l2"), mode)
        assert finding.verdict == "different"
        assert "losses of its layers" in finding.message


@pytest.mark.parametrize("settings", [{"kernel_regularizer": "l2"}, {"activity_regularizer": "l1"}])
@pytest.mark.parametrize("other", [in_a_model, in_a_function, in_a_functional_model])
def test_the_same_loss(
    found: FindOut, modes: Tuple[str, ...], other: Callable[..., Implementation], settings: Any
) -> None:
    for mode in modes:
        assert found(training, dense(**settings), other(**settings), mode).verdict in ("identical", "rounding")


def test_the_same_loss_by_other_means(found: FindOut, modes: Tuple[str, ...]) -> None:
    for mode in modes:
        finding = found(training, dense(kernel_regularizer="l2"), adding("weights"), mode)
        assert finding.verdict in ("identical", "rounding")


def test_losses_of_former_calls_do_not_count(found: FindOut, modes: Tuple[str, ...]) -> None:
    def called_before() -> Any:
        layer = keras().layers.Dense(3, activity_regularizer="l2")
        layer(tensorflow().ones([1, 4, 3]))
        return layer

    for mode in modes:
        finding = found(training, dense(activity_regularizer="l2"), called_before, mode)
        assert finding.verdict in ("identical", "rounding")


@pytest.mark.parametrize("constraint", ["non_neg", "max_norm"])
def test_a_constraint_on_one_side(found: FindOut, modes: Tuple[str, ...], constraint: str) -> None:
    constraint = keras().constraints.MaxNorm(0.1) if constraint == "max_norm" else constraint
    for mode in modes:
        finding = found(training, dense(), dense(kernel_constraint=constraint), mode)
        assert finding.verdict == "different"
        assert "sgd step['dense/kernel:0']" in finding.message


@pytest.mark.parametrize("other", [in_a_model, in_a_function])
def test_the_same_constraint(found: FindOut, modes: Tuple[str, ...], other: Callable[..., Implementation]) -> None:
    settings = {"kernel_constraint": "non_neg"}
    for mode in modes:
        assert found(training, dense(**settings), other(**settings), mode).verdict in ("identical", "rounding")


def of_tf1(how: str) -> Implementation:
    """What TensorFlow 1 has for a dense layer: of a "variable" or of "layers", and "regular" with a regularizer."""
    v1 = tensorflow().compat.v1
    what, _, regular = how.partition(" ")
    settings = {"regularizer": lambda x: 0.5 * tensorflow().reduce_sum(x * x)} if regular else {}

    def of_variable(video: Any) -> Any:
        with v1.variable_scope("dense", reuse=v1.AUTO_REUSE):
            return tensorflow().tensordot(video, v1.get_variable("kernel", [3, 3], **settings), 1)

    def of_layers(video: Any) -> Any:
        kernel = {f"kernel_{name}": each for name, each in settings.items()}
        return v1.layers.dense(video, 3, use_bias=False, name="dense", reuse=v1.AUTO_REUSE, **kernel)

    return lambda: of_variable if what == "variable" else of_layers


@pytest.fixture
def tf1() -> None:
    if current().behavior != "compat1":
        pytest.skip("it is TensorFlow 1's")


@pytest.mark.usefixtures("tf1")
@pytest.mark.parametrize("what", ["variable", "layers"])
def test_a_regularizer_of_tf1_on_one_side(found: FindOut, what: str) -> None:
    finding = found(training, of_tf1(what), of_tf1(f"{what} regular"), "session")
    assert finding.verdict == "different"
    assert finding.message.startswith("layers of the candidate have losses of their own, ")


@pytest.mark.usefixtures("tf1")
def test_a_regularizer_of_tf1_counts_once(found: FindOut) -> None:
    finding = found(training, of_tf1("variable regular"), of_tf1("layers regular"), "session")
    assert finding.verdict in ("identical", "rounding")
