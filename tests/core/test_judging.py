"""Rounding, jumps and differences told apart, in programs that are small enough to see which it is."""

from __future__ import annotations

from functools import partial
from typing import Any, Callable

import numpy as np
import pytest

from likewise import bits, compare, outputs
from likewise.cell import current, keras, tensorflow
from likewise.comparison import Finding
from likewise.errors import LawError
from likewise.execution import usable_modes
from likewise_strategies import bits as random_bits

#: (thirds, for sums of what the seed gives are exact)
X: Any = random_bits.normal(1, "x", (16, 5), "float32") / np.float32(3)

Function = Callable[[Any], Any]


def judged(one: Function, other: Function, inputs: Any = X, claim: Any = outputs) -> Finding:
    """What the claim says of two functions of a tensor, in the plainest mode."""
    comparison = compare(
        lambda: lambda x: one(x),  # noqa: PLW0108  a function without arguments that returns the callable
        lambda: lambda x: other(x),  # noqa: PLW0108
        inputs=inputs,
        claims=[claim],
        modes=usable_modes(current())[:1],
        dimensions=["static"],
    )
    return comparison.claims[claim.name]


def total(x: Any) -> Any:
    return tensorflow().reduce_sum(x, axis=1)


def total_in_another_order(x: Any) -> Any:
    parts = [x[:, place] for place in (4, 0, 3, 1, 2)]
    return parts[0] + (parts[1] + (parts[2] + (parts[3] + parts[4])))


def test_a_sum_in_another_order_is_rounding_and_does_not_jump() -> None:
    finding = judged(total, total_in_another_order)
    assert (finding.verdict, finding.way, finding.jumps) == ("rounding", "float64", 0)
    assert finding.where.startswith("outputs[")
    assert finding.max_rel
    assert finding.max_rel < 1e-4


def test_round_jumps_at_ties() -> None:
    """Halves that one order of the sum makes a bit less than a half, and the other not."""
    tf = tensorflow()
    halves = np.round(random_bits.uniform(1, "halves", (64, 5), "float32") * 8) / 2
    finding = judged(
        lambda x: tf.round(total(x * 0.1) * 10.0), lambda x: tf.round(total_in_another_order(x * 0.1) * 10.0), halves
    )
    assert finding.verdict == "rounding"
    assert finding.max_abs == 1.0
    assert finding.jumps > 0
    assert "jumps as far" in finding.message


def test_subnormal_numbers_taken_for_zeros_are_rounding_where_float64_cannot_tell() -> None:
    """TensorFlow's kernels take them so on some threads, and not on others."""
    tf = tensorflow()

    def plain(x: Any) -> Any:
        return tf.identity(tf.cast(x, tf.float32))

    def flushed(x: Any) -> Any:
        return tf.where(tf.abs(x) < 1.2e-38, tf.zeros_like(x, tf.float32), tf.cast(x, tf.float32))

    finding = judged(plain, flushed, X * np.float32(2.0**-127))
    assert (finding.verdict, finding.way) == ("rounding", "jitter")
    assert judged(plain, lambda x: 2 * plain(x), X * np.float32(2.0**-120)).verdict == "different"


def test_floor_for_round_is_a_difference() -> None:
    tf = tensorflow()
    assert judged(tf.round, tf.floor).verdict == "different"


def test_the_other_side_of_a_kink_is_a_jump() -> None:
    """At zero itself a relu's slope is 0 for TensorFlow, and 1 for who writes >=; beside it they agree."""
    tf = tensorflow()
    inputs = np.where(X > 0.5, X, 0).astype("float32")

    def slope(x: Any, at_zero: float) -> Any:
        return tf.where(x > 0, tf.ones_like(x), tf.where(x < 0, tf.zeros_like(x), at_zero * tf.ones_like(x)))

    finding = judged(lambda x: slope(x, 0.0), lambda x: slope(x, 1.0), inputs)
    assert finding.verdict == "rounding"
    assert finding.jumps == int((inputs == 0).sum())
    assert judged(lambda x: slope(x, 0.0), lambda x: slope(x + 0.1, 1.0)).verdict == "different"


@pytest.mark.parametrize("place", range(8))
def test_one_kink_is_seen_whichever_way_the_first_move_goes(place: int) -> None:
    tf = tensorflow()
    inputs = np.ones((1, 8), "float32")
    inputs[0, place] = 0

    def stepping(x: Any, at_zero: float) -> Any:
        step = tf.where(x > 0, tf.ones_like(x), at_zero * tf.ones_like(x))
        return x + tf.where(x < 0, tf.zeros_like(x), step)

    finding = judged(lambda x: stepping(x, 0.0), lambda x: stepping(x, 1.0), inputs)
    assert (finding.verdict, finding.jumps) == ("rounding", 1)


def test_another_of_equal_maxima_is_a_jump() -> None:
    tf = tensorflow()
    inputs = np.ones((6, 4), "float32")
    first = lambda x: tf.argmax(x, axis=1)  # noqa: E731
    last = lambda x: 3 - tf.argmax(x[:, ::-1], axis=1)  # noqa: E731
    finding = judged(first, last, inputs)
    assert (finding.verdict, finding.jumps) == ("rounding", 6)
    assert judged(first, lambda x: tf.argmin(x, axis=1), X).verdict == "different"


def test_a_jump_the_other_way_is_a_difference() -> None:
    """A step down is no excuse for one up."""
    tf = tensorflow()
    inputs = np.ones((3, 2), "float32")
    assert judged(tf.floor, lambda x: tf.floor(x) - 1.0, inputs).verdict == "rounding"
    assert judged(tf.floor, lambda x: tf.floor(x) + 1.0, inputs).verdict == "different"


def test_one_entry_that_jumps_excuses_no_other() -> None:
    tf = tensorflow()
    inputs = np.concatenate([np.full((4, 1), 0.5, "float32"), X[:4]], axis=1)
    shifted = lambda x: tf.concat([tf.floor(x[:, :1] + 0.5) - 1.0, x[:, 1:] + 1e-3], axis=1)  # noqa: E731
    plain = lambda x: tf.concat([tf.floor(x[:, :1] + 0.5), x[:, 1:]], axis=1)  # noqa: E731
    assert judged(plain, shifted, inputs).verdict == "different"


def test_zeros_of_another_sign_are_told() -> None:
    finding = judged(lambda x: x * 0.0, lambda x: tensorflow().zeros_like(x), X)
    assert finding.verdict == "identical"
    assert finding.signed_zeros == int(np.signbit(X).sum())
    assert judged(lambda x: x * 0.0, lambda x: tensorflow().zeros_like(x), X, bits).signed_zeros == finding.signed_zeros


def test_a_difference_that_float32_hardly_shows_lasts() -> None:
    tf = tensorflow()
    finding = judged(lambda x: x / tf.sqrt(x * x + 1e-3), lambda x: x / tf.sqrt(x * x + 1.0001e-3))
    assert (finding.verdict, finding.way) == ("different", "float64")


def test_ulps_that_a_user_lets_pass_are_told() -> None:
    lenient = outputs.within(ulps=8)
    finding = judged(lambda x: x, lambda x: x * np.float32(1 + 2**-22), X, lenient)
    assert (finding.verdict, finding.within, finding.way) == ("rounding", 8, "within 8 ULP")
    assert "8 ULP let pass" in str(finding)
    assert judged(lambda x: x, lambda x: x * np.float32(1 + 2**-18), X, lenient).verdict == "different"


@pytest.mark.parametrize("ulps", [0, -1, 1.5, True, None])
def test_ulps_that_are_none(ulps: Any) -> None:
    with pytest.raises(LawError, match=r"ulps=.*at least 1"):
        outputs.within(ulps=ulps)


@pytest.mark.parametrize("dtype", ["float16", "bfloat16"])
def test_narrow_floats(dtype: str) -> None:
    tf = tensorflow()

    def narrow(function: Function) -> Function:
        return lambda x: function(tf.cast(x, dtype))

    assert judged(narrow(total), narrow(total)).verdict == "identical"
    finding = judged(narrow(total), narrow(total_in_another_order))
    assert (finding.verdict, finding.way) == ("rounding", "jitter")
    assert judged(narrow(total), narrow(lambda x: total(x) * 1.125)).verdict == "different"


def test_whole_numbers_truth_values_and_texts() -> None:
    tf = tensorflow()
    for function, other in (
        # (at 0 the reference jumps to the candidate's value when it moves, but nowhere else)
        (lambda x: x > 0, lambda x: x > 0.5),
        (lambda x: tf.cast(x * 10, "int32"), lambda x: tf.cast(x * 11, "int32")),
        (lambda x: tf.as_string(tf.cast(x * 10, "int32")), lambda x: tf.as_string(tf.cast(x * 11, "int32"))),
    ):
        assert judged(function, function).verdict == "identical"
        assert judged(function, other).verdict == "different"


def shifted(function: Function, x: Any) -> Any:
    return function(x + 1.0)


def test_ragged_and_sparse_tensors_are_compared_by_their_parts() -> None:
    tf = tensorflow()
    lengths = np.array([0, 2, 5, 1] * 4)
    ragged = lambda x: tf.RaggedTensor.from_tensor(x, lengths)  # noqa: E731
    sparse = lambda x: tf.sparse.from_dense(tf.where(x > 0, x, tf.zeros_like(x)))  # noqa: E731
    for function in (ragged, sparse):
        assert judged(function, function).verdict == "identical"
        assert judged(function, partial(shifted, function)).verdict == "different"
    others = np.array([1, 1, 5, 1] * 4)
    finding = judged(ragged, lambda x: tf.RaggedTensor.from_tensor(x, others))
    assert finding.verdict == "different"


def test_a_dense_layer_against_itself_in_float64_and_with_jumps() -> None:
    build = lambda: keras().layers.Dense(3, activation="relu")  # noqa: E731
    assert compare(build, build, inputs=X, claims=[outputs, bits]).verdict == "identical"


def rounded_within(function: Function, x: Any) -> Any:
    """A function that is computed in float32, whatever it is given."""
    return tensorflow().cast(function(tensorflow().cast(x, "float32")), x.dtype)


def test_a_program_that_rounds_to_float32_within_is_judged_by_jitter() -> None:
    """Its float64 results differ by float32's rounding, which lasts as a real difference does."""
    finding = judged(partial(rounded_within, total), partial(rounded_within, total_in_another_order))
    assert (finding.verdict, finding.way) == ("rounding", "jitter")
    assert judged(partial(rounded_within, total), lambda x: total(x) * 1.0001).verdict == "different"


def test_variables_of_float32_lose_nothing_when_they_are_cast() -> None:
    """A tiny difference is still found in float64."""
    tf = tensorflow()

    def scaled(by: float) -> Callable[[], Function]:
        def build() -> Function:
            scale = tf.Variable(np.ones(5, "float32"))
            return lambda x: total(x * tf.cast(tf.convert_to_tensor(scale), x.dtype)) * by

        return build

    finding = compare(scaled(1.0), scaled(1.0 + 2e-7), inputs=X, claims=[outputs]).claims["outputs"]
    assert (finding.verdict, finding.way) == ("different", "float64")


@pytest.mark.parametrize("scale", [2.0**50, 2.0**100])
def test_what_comes_far_by_one_ulp_is_no_difference_though_it_does_not_jump(scale: float) -> None:
    """A rounding difference, made so large that float64 does not shrink it: the reference comes as far itself."""
    tf = tensorflow()

    def magnified(x: Any) -> Any:
        return tf.tanh((total(x * 0.1) - total_in_another_order(x * 0.1)) * scale)

    finding = judged(magnified, lambda x: tf.zeros_like(total(x)))
    assert (finding.verdict, finding.way) == ("rounding", "float64")
    assert finding.jumps > 0
    assert judged(magnified, lambda x: magnified(x) + 3.0).verdict == "different"
