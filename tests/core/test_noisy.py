"""Graphs whose operations that round are moved: what comes of the digits, and what stays as it is."""

from __future__ import annotations

from typing import Any, Callable

import numpy as np
import pytest

from likewise.cell import current, keras, tensorflow
from likewise.execution import Execution, usable_modes
from likewise.inputs import inputs_of
from likewise.modes import the_call
from likewise.program import Source
from likewise.trial import tried
from likewise.verdict import spread

Function = Callable[[Any], Any]

X: Any = np.linspace(-1.1, 1.3, 24, dtype="float32").reshape(2, 4, 3)
CANCELLING: Any = np.concatenate([X, -X[..., ::-1]], axis=-1)


@pytest.fixture(params=["eager", "function", "session"])
def mode(request: pytest.FixtureRequest) -> str:
    if request.param not in usable_modes(current()):
        pytest.skip("this cell has no such mode")
    return str(request.param)


def moved(build: Callable[[], Function], inputs: Any, mode: str, times: int = 16) -> Any:
    """The outputs of so many runs, in an array."""
    source = Source("reference", build)
    with tried(source, source, inputs_of(None, inputs), Execution(mode)) as trial:
        seen = trial.sampled(0, the_call, times)
        assert seen is not None
        assert all(each.refusal is None for each in seen), seen[0].refusal
        return np.stack([each.leaves()[0][1] for each in seen])


def built(function: Function) -> Callable[[], Function]:
    return lambda: lambda x: function(x)  # noqa: PLW0108  a function without arguments that returns the callable


EXACT: Any = {
    "identity": lambda x: tensorflow().identity(x),
    "transpose": lambda x: tensorflow().transpose(x, [2, 0, 1]),
    "concat": lambda x: tensorflow().concat([x[:, :1], -x[:, 1:]], axis=1),
    "double": lambda x: x * 2.0,
    "plus zero": lambda x: x + 0.0,
    "minus itself": lambda x: x - x,
    "greatest": lambda x: tensorflow().reduce_max(x, axis=1),
    "relu": lambda x: tensorflow().nn.relu(x - 0.0),
    "where": lambda x: tensorflow().where(tensorflow().equal(x, X[0, 0, 0]), x, tensorflow().zeros_like(x)),
    "rank": lambda x: tensorflow().argmax(x, axis=1),
    "round": lambda x: tensorflow().round(x),
    "padded": lambda x: tensorflow().pad(x, [[0, 0], [1, 0], [0, 1]]),
}


@pytest.mark.parametrize("name", EXACT)
def test_what_loses_nothing_stays(name: str, mode: str) -> None:
    runs = moved(built(EXACT[name]), X, mode, 4)
    assert (runs == runs[0]).all()


@pytest.mark.parametrize("dtype, ulps", [("float32", 2.0**-23), ("float64", 2.0**-52)])
def test_a_sum_that_cancels_has_the_error_of_its_summands(dtype: str, ulps: float, mode: str) -> None:
    tf = tensorflow()
    for function in (lambda x: tf.reduce_sum(x, -1), lambda x: tf.cumsum(x, -1)[..., -1]):
        found = spread(moved(built(function), CANCELLING.astype(dtype), mode))
        assert (found > 0.1 * ulps).all()
        assert (found < 20 * ulps).all()


def test_digits_that_are_lost_are_seen(mode: str) -> None:
    tf = tensorflow()
    x = np.array([1e-9, 0.0, 3.0], "float32")
    tanh, by_sigmoid = (spread(moved(built(each), x, mode)) for each in (tf.tanh, lambda x: 2 * tf.sigmoid(2 * x) - 1))
    assert tanh[0] < 1e-15 < 1e-8 < by_sigmoid[0]
    assert tanh[1] == 0.0
    absorbed = spread(moved(built(lambda x: (1.0 + x) - 1.0), x, mode))
    assert absorbed[0] > 1e-8  # though 1 + 1e-9 is 1
    assert absorbed[1:].tolist() == [0.0, 0.0]


def test_a_loop_is_moved_inside(mode: str) -> None:
    tf = tensorflow()

    def looped(x: Any) -> Any:
        return tf.while_loop(lambda step, _: step < 5, lambda step, y: (step + 1, y * 1.1), [tf.constant(0), x])[1]

    found = spread(moved(built(looped), X, mode)) / np.abs(X)
    assert (found > 2.0**-25).all()
    assert (found < 2.0**-19).all()


@pytest.mark.parametrize("name", ["LSTM", "GRU", "ConvLSTM2D"])
def test_recurrent_layers(name: str, mode: str) -> None:
    inputs = X[..., np.newaxis, np.newaxis] if name == "ConvLSTM2D" else X
    options = {"kernel_size": 1} if name == "ConvLSTM2D" else {}
    found = spread(moved(lambda: getattr(keras().layers, name)(2, **options), inputs, mode))
    assert (found > 1e-10).all()
    assert (found < 1e-5).all()


def test_a_mask_stays(mode: str) -> None:
    inputs = X.copy()
    inputs[:, 2:] = -1.0
    layers = keras().layers

    def masked() -> Any:
        return keras().Sequential([layers.Masking(-1.0), layers.LSTM(2)])

    both = [moved(masked, each, mode, 4) for each in (inputs, inputs[:, :2])]
    np.testing.assert_allclose(both[0].mean(0), both[1].mean(0), rtol=1e-4, atol=1e-6)


def test_half_precision(mode: str) -> None:
    tf = tensorflow()
    found = spread(moved(built(lambda x: tf.cast(x, "float16") * 1.1), X, mode).astype("float64")) / np.abs(X)
    assert (found < 2.0**-8).all()
    assert (found > 2.0**-13).all()


def test_what_is_infinite_inside_stays_so(mode: str) -> None:
    tf = tensorflow()
    far = np.array([-1000.0, 1000.0, 0.5], "float32")
    found = moved(built(lambda x: 1.0 / (1.0 + tf.exp(x))), far, mode)
    info = np.finfo("float32")  # (three operations, of which each moves by an ULP, or a zero by the least number)
    np.testing.assert_allclose(found[:, :2], [[1.0, 0.0]] * len(found), rtol=3 * info.eps, atol=3 * info.tiny)


def test_the_same_values_give_the_same_runs_whatever_ran_before(mode: str) -> None:
    source = Source("reference", built(lambda x: tensorflow().tanh(x * 1.1)))
    with tried(source, source, inputs_of(None, X), Execution(mode)) as trial:
        noisy = trial.sides[0].noisy(trial.inputs, the_call)
        assert noisy is not None
        first, second = (np.stack(noisy.runs(trial.inputs.arrays, {}, range(*each))) for each in ((3, 6), (0, 9)))
    assert first.tobytes() == second[3:6].tobytes()
    assert len({each.tobytes() for each in second}) == len(second)


def coarse_and_fine(name: str) -> Any:
    """What a kernel computes with an error of one ULP of 1, beside a formula that does not, for numbers below zero."""
    tf = tensorflow()
    if name == "elu":
        return tf.nn.elu, tf.math.expm1
    if name == "selu":
        return tf.nn.selu, lambda x: 1.7580993408473768 * tf.math.expm1(x)
    return lambda x: tf.nn.log_softmax(tf.stack([tf.math.log(-x), 0 * x], -1))[..., 1], lambda x: -tf.math.log1p(-x)


@pytest.mark.parametrize("name", ["elu", "selu", "log_softmax"])
def test_what_a_kernel_loses_is_in_its_error_bar(name: str, mode: str) -> None:
    x = -np.array([1e-9, 3e-8, 1e-6], "float32")
    coarse, fine = (moved(built(each), x, mode, 48) for each in coarse_and_fine(name))
    off = np.abs(coarse.mean(0) - fine.mean(0))
    assert (off <= 4 * spread(coarse) + 1e-12).all()
    assert spread(coarse)[0] > 100 * spread(fine)[0]


def test_what_underflows_is_moved_and_exact_zeros_are_not(mode: str) -> None:
    tf = tensorflow()
    x = np.array([1e-25, 0.0], "float32")
    for function in (tf.square, lambda x: x * x, lambda x: x / 1e30):
        found = spread(moved(built(function), x, mode))
        assert found[0] > 0
        assert found[1] == 0
    assert (moved(built(lambda x: tf.exp(x - 1000.0)), x, mode) >= 0).all()
