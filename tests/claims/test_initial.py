"""``initial``: what variables begin with: by value where it is always the same, else by distribution."""

from __future__ import annotations

from typing import Any, Callable, Tuple

import numpy as np
import pytest

from likewise import initial
from likewise.cell import keras, tensorflow
from likewise.claims.initial import BUILDS, FALSE_ALARM, SLACK, _chance
from likewise.comparison import Finding

FindOut = Callable[..., Finding]
Implementation = Callable[[], Any]

X = np.linspace(-1, 1, 16, dtype="float32").reshape(2, 8)


def dense(kernel: Any = "glorot_uniform", **settings: Any) -> Implementation:
    return lambda: keras().layers.Dense(8, kernel_initializer=kernel, **settings)


def seeded(seed: int) -> Any:
    return keras().initializers.VarianceScaling(1.0, "fan_avg", "uniform", seed=seed)


def by_hand(draw: Callable[[Any], Any]) -> Implementation:
    def build() -> Any:
        tf = tensorflow()
        kernel, bias = tf.Variable(draw(tf), name="kernel"), tf.Variable(tf.zeros([8]), name="bias")
        return lambda x: tf.matmul(x, kernel) + bias

    return build


@pytest.mark.parametrize(
    "one, other",
    [
        (dense(), dense("glorot_normal")),
        (dense(), dense("he_uniform")),
        (dense(), dense("orthogonal")),
        (dense(), by_hand(lambda tf: tf.random.uniform([8, 8], -0.5, 0.5))),
        (dense(), dense("zeros")),
        (dense(), dense(bias_initializer="ones")),
        (dense("identity"), dense(lambda shape, dtype=None, **_: 2 * np.eye(8, dtype="float32"))),
    ],
)
def test_other_initial_values(found: FindOut, one: Implementation, other: Implementation) -> None:
    finding = found(initial, one, other, inputs=X)
    assert finding.verdict == "different"
    assert " begins otherwise: " in finding.message
    assert (
        "Kolmogorov-Smirnov, p < " in finding.message
        or "always the same" in finding.message
        or "but" in finding.message
    )


@pytest.mark.parametrize(
    "one, other",
    [
        (dense(), dense()),
        (dense("orthogonal"), dense("orthogonal")),
        (dense("identity"), dense("identity")),
        (dense(), by_hand(lambda tf: tf.random.uniform([8, 8], -((6 / 16) ** 0.5), (6 / 16) ** 0.5))),
    ],
)
def test_the_same_initial_values(found: FindOut, one: Implementation, other: Implementation) -> None:
    assert found(initial, one, other, inputs=X).verdict == "identical"


def test_seeds_alone_are_no_difference(found: FindOut) -> None:
    # (an initializer of Keras 2 with a seed draws other values when it is asked again)
    one, other = (lambda seed=seed: dense(seeded(seed))() for seed in (1, 2))
    finding = found(initial, one, other, inputs=X)
    assert (finding.verdict, finding.way) == ("identical", "Kolmogorov-Smirnov")


def test_a_fan_that_is_computed_wrongly(found: FindOut) -> None:
    def wide(scale: float) -> Implementation:
        return lambda: keras().layers.Conv1D(
            8, 3, kernel_initializer=keras().initializers.VarianceScaling(scale, "fan_in", "uniform")
        )

    video = np.ones((2, 4, 3), "float32")
    assert found(initial, wide(1.0), wide(1.0), inputs=video).verdict == "identical"
    finding = found(initial, wide(1.0), wide(3.0), inputs=video)  # as if the window did not count
    assert "begins otherwise" in finding.message


def test_what_was_built_before_is_not_compared(found: FindOut, modes: Tuple[str, ...]) -> None:
    if "eager" not in modes:
        pytest.skip("nothing runs eagerly under TF1 behavior")
    layer = dense()()
    layer(tensorflow().constant(X))
    assert found(initial, layer, dense(), inputs=X).verdict is None


def test_what_has_no_variables_is_not_compared(found: FindOut) -> None:
    assert found(initial, lambda x: x, lambda x: x, inputs=X).verdict is None


def test_one_distribution_is_hardly_ever_told_for_two() -> None:
    draws = np.random.RandomState(0).uniform(size=(2000, 2, BUILDS))
    assert min(_chance(one, other, SLACK) for one, other in draws) > FALSE_ALARM
    assert _chance(draws[0, 0], draws[0, 1] + 1, SLACK) < FALSE_ALARM
    assert _chance(np.zeros(BUILDS), np.full(BUILDS, SLACK / 2), SLACK) == 1.0
