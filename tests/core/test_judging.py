"""Rounding, jumps and differences told apart, in programs that are small enough to see which it is."""

from __future__ import annotations

from functools import partial
from typing import Any, Callable

import numpy as np
import pytest

from likewise import bits, compare, outputs, precision
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
    assert finding.way == "error bars"
    assert "jumps as far" in finding.message


def test_subnormal_numbers_taken_for_zeros_are_rounding_where_float64_cannot_tell() -> None:
    """TensorFlow's kernels take them so on some threads, and not on others."""
    tf = tensorflow()

    def plain(x: Any) -> Any:
        return tf.identity(tf.cast(x, tf.float32))

    def flushed(x: Any) -> Any:
        return tf.where(tf.abs(x) < 1.2e-38, tf.zeros_like(x, tf.float32), tf.cast(x, tf.float32))

    finding = judged(plain, flushed, X * np.float32(2.0**-127))
    assert (finding.verdict, finding.way) == ("rounding", "4 ULP")
    assert judged(plain, lambda x: 2 * plain(x), X * np.float32(2.0**-120)).verdict == "different"


def test_floor_for_round_is_a_difference() -> None:
    tf = tensorflow()
    assert judged(tf.round, tf.floor).verdict == "different"


def slope(x: Any, at_zero: float) -> Any:
    tf = tensorflow()
    return tf.where(x > 0, tf.ones_like(x), tf.where(x < 0, tf.zeros_like(x), at_zero * tf.ones_like(x)))


def test_the_other_side_of_a_kink_is_a_difference_where_the_inputs_are_at_it() -> None:
    """At zero itself a relu's slope is 0 for TensorFlow, and 1 for who writes >=: what is given is exact."""
    inputs = np.where(X > 0.5, X, 0).astype("float32")
    assert judged(lambda x: slope(x, 0.0), lambda x: slope(x, 1.0), inputs).verdict == "different"
    assert judged(lambda x: slope(x, 0.0), lambda x: slope(x, 1.0), X).verdict == "identical"


@pytest.mark.parametrize("place", range(8))
def test_one_kink_is_seen_wherever_it_is(place: int) -> None:
    tf = tensorflow()
    inputs = np.ones((1, 8), "float32")
    inputs[0, place] = 0

    def stepping(x: Any, at_zero: float) -> Any:
        step = tf.where(x > 0, tf.ones_like(x), at_zero * tf.ones_like(x))
        return x + tf.where(x < 0, tf.zeros_like(x), step)

    finding = judged(lambda x: stepping(x, 0.0), lambda x: stepping(x, 1.0), inputs)
    assert (finding.verdict, finding.where) == ("different", f"outputs[0, {place}]")


def first_of_greatest(x: Any) -> Any:
    return tensorflow().argmax(x, axis=1)


def last_of_greatest(x: Any) -> Any:
    return 3 - tensorflow().argmax(x[:, ::-1], axis=1)


@pytest.mark.parametrize(
    "inputs", [np.ones((6, 4)), np.zeros((6, 4)), np.tile([0, 2, 2, 1], (6, 1)), np.tile([0.1, 0.3, 0.3, 0.2], (6, 1))]
)
def test_another_of_equal_maxima_is_a_difference(inputs: Any) -> None:
    """Also where exact operations come first, which move nothing: sums with zero, products with powers of two."""
    inputs = inputs.astype("float32")
    assert judged(first_of_greatest, last_of_greatest, inputs).verdict == "different"
    for exact in (lambda x: x + 0.0, lambda x: x * 2.0, lambda x: x - x * 0.5, lambda x: tensorflow().nn.relu(-x)):
        assert (
            judged(partial(after, first_of_greatest, exact), partial(after, last_of_greatest, exact), inputs).verdict
            == "different"
        )


def after(function: Function, first: Function, x: Any) -> Any:
    return function(first(x))


def test_a_tie_that_rounding_makes_is_a_jump() -> None:
    """Sums that are equal in exact arithmetic, and that each order of adding them up may bring apart."""
    tf = tensorflow()
    summands = np.tile(X[:, np.newaxis], (1, 4, 1))

    def sums(x: Any, order: Any) -> Any:
        parts = [x[:, :, place] for place in order]
        return parts[0] + (parts[1] + (parts[2] + (parts[3] + parts[4])))

    def one(x: Any) -> Any:
        return tf.argmax(
            tf.stack([sums(x[:, :1], (0, 1, 2, 3, 4))[:, 0], sums(x[:, 1:2], (4, 3, 2, 1, 0))[:, 0]], axis=1), axis=1
        )

    def other(x: Any) -> Any:
        return tf.argmax(
            tf.stack([sums(x[:, :1], (2, 0, 4, 3, 1))[:, 0], sums(x[:, 1:2], (1, 3, 0, 2, 4))[:, 0]], axis=1), axis=1
        )

    finding = judged(one, other, summands)
    assert (finding.verdict, finding.way) == ("rounding", "error bars")
    assert finding.jumps > 0
    assert judged(one, lambda x: other(x) + 2, summands).verdict == "different"


def test_whole_numbers_beyond_those_of_float64_are_told_apart() -> None:
    tf = tensorflow()
    great = np.array([[2**53 + 1, 2**62 + 1, 3]], "int64")
    finding = judged(lambda x: x, lambda x: tf.cast(tf.cast(x, tf.float64), tf.int64), great)
    assert finding.verdict == "different"


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
    assert (finding.verdict, finding.way) == ("different", "error bars")


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
    assert finding.verdict == "rounding"
    assert finding.way in ("4 ULP", "error bars")  # by the order in which a TensorFlow adds up
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


def test_a_program_that_rounds_to_float32_within_has_the_error_bars_of_that() -> None:
    """Its float64 results differ by float32's rounding, which lasts as a real difference does."""
    finding = judged(partial(rounded_within, total), partial(rounded_within, total_in_another_order))
    assert (finding.verdict, finding.way) == ("rounding", "error bars")
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
    assert (finding.verdict, finding.way) == ("different", "error bars")


@pytest.mark.parametrize("scale", [2.0**50, 2.0**100])
def test_what_rounding_brings_far_is_no_difference_though_it_does_not_jump(scale: float) -> None:
    """A rounding difference, made so large that float64 does not shrink it."""
    tf = tensorflow()

    def magnified(x: Any) -> Any:
        return tf.tanh((total(x * 0.1) - total_in_another_order(x * 0.1)) * scale)

    def nothing(x: Any) -> Any:
        return tf.zeros_like(total(x))

    assert judged(magnified, nothing).verdict == "rounding"
    assert judged(magnified, nothing, claim=precision).verdict in ("imprecise", None)
    assert judged(lambda x: magnified(x) * 1e-9, lambda x: nothing(x) + 3.0).verdict == "different"


def beside(x: Any, *, lost: float = 0.0, great: Any = None) -> Any:
    """Entries of order one, and one that is as great as float32 goes."""
    tf = tensorflow()
    least = tf.fill(tf.shape(x[:, :1]), tf.constant(tf.float32.min if great is None else great, x.dtype))
    return tf.concat([x * 0.1 + (1.0 - lost), least], axis=1)


@pytest.mark.parametrize("great", [None, 1e9, 65504.0])
def test_a_great_entry_hides_no_other(great: Any) -> None:
    for lost in (1.0, 1e-3, 1e-6):
        assert judged(partial(beside, great=great), partial(beside, great=great, lost=lost)).verdict == "different"
    assert judged(partial(beside, great=great), partial(beside, great=great)).verdict == "identical"


def in_float32_alone(x: Any, other: float) -> Any:
    return x * (other if x.dtype == tensorflow().float32 else 2.0)


@pytest.mark.parametrize("other", [3.0, 2.0001, 0.0])
def test_what_one_side_does_in_float32_alone_is_a_difference(other: float) -> None:
    finding = judged(lambda x: x * 2.0, partial(in_float32_alone, other=other))
    assert finding.verdict == "different"
    assert "in float32 alone" in finding.message
    assert "the candidate" in finding.message
    assert "the reference is further off" in judged(partial(in_float32_alone, other=other), lambda x: x * 2.0).message


def calls_counted(every: int, off: float) -> Callable[[], Function]:
    def build() -> Function:
        calls = []

        def call(x: Any) -> Any:
            calls.append(0)
            return x + (off if len(calls) % every == 0 else 0.0)

        return call

    return build


@pytest.mark.usefixtures("eager")
def test_a_side_that_is_not_steady_is_told() -> None:
    # (the second call is the first that is compared)
    steady, unsteady = calls_counted(1, 0.0), calls_counted(2, 1.0)
    found = compare(steady, unsteady, inputs=X, claims=[outputs], modes=["eager"]).claims["outputs"]
    assert found.verdict == "different"
    assert "the candidate is not steady: it gave something else in 5 of 8 further runs" in found.message


def test_values_drawn_by_chance_are_no_rounding() -> None:
    tf = tensorflow()
    finding = judged(lambda x: x, lambda x: x + tf.random.uniform(tf.shape(x), dtype=x.dtype))
    assert finding.verdict == "different"
    assert "not steady" in finding.message


def variance(x: Any) -> Any:
    tf = tensorflow()
    return tf.reduce_mean(tf.square(x - tf.reduce_mean(x, 1, keepdims=True)), 1)


def variance_by_squares(x: Any) -> Any:
    tf = tensorflow()
    return tf.reduce_mean(x * x, 1) - tf.square(tf.reduce_mean(x, 1))


IMPRECISE: Any = [
    (lambda x: tensorflow().tanh(1.0 * x), lambda x: 2 * tensorflow().sigmoid(2 * x) - 1, X * np.float32(1e-6)),
    (variance, variance_by_squares, 1000 + X),
    (lambda x: tensorflow().nn.softmax(1.0 * x), lambda x: tensorflow().nn.softmax(x - 1e9), X),
    (lambda x: tensorflow().math.log1p(1.0 * x), lambda x: tensorflow().math.log(1 + x), np.abs(X) * np.float32(1e-6)),
]


def unshifted_softmax(x: Any) -> Any:
    tf = tensorflow()
    return tf.exp(x) / tf.reduce_sum(tf.exp(x), -1, keepdims=True)


def test_what_overflows_in_float32_is_a_difference_in_float32_alone() -> None:
    finding = judged(tensorflow().nn.softmax, unshifted_softmax, 300 * X)
    assert finding.verdict == "different"
    assert "in float32 alone" in finding.message


def test_what_overflows_on_both_sides_has_no_digit_left() -> None:
    great = np.full((2, 3), 3e38, "float32")
    finding = judged(lambda x: x * 4.0 - x * 3.0, lambda x: (x * 4.0 - x) * 0.5 - x * 0.5 + 0.0 * x, great)
    assert (finding.verdict, finding.insignificant) == ("rounding", 6)
    finding = judged(lambda x: x * 4.0 - x * 3.0, lambda x: x * 4.0 - x, great)
    assert finding.verdict == "different", "float64 tells them apart"


@pytest.mark.parametrize("one, other, inputs", IMPRECISE)
def test_a_side_that_loses_its_digits_is_imprecise(one: Function, other: Function, inputs: Any) -> None:
    assert judged(one, other, inputs).verdict == "rounding"
    finding = judged(one, other, inputs, precision)
    assert finding.verdict == "imprecise"
    assert not finding.holds
    assert finding.digits is not None
    assert finding.digits[0] - finding.digits[1] > 2
    assert "the candidate loses its digits" in finding.message
    assert "the reference loses its digits" in judged(other, one, inputs, precision).message


def test_sums_in_other_orders_are_as_precise_as_one_another() -> None:
    tf = tensorflow()
    cancelling = np.concatenate([X, -X[:, ::-1]], axis=1)
    for inputs in (cancelling, cancelling.astype("float64"), X * np.float32(1e30), X * np.float32(1e-30)):
        forwards, backwards = (lambda x: tf.reduce_sum(x, -1)), (lambda x: tf.cumsum(x[..., ::-1], -1)[..., -1])
        assert judged(forwards, backwards, inputs).verdict in ("identical", "rounding")
        assert judged(forwards, backwards, inputs, precision).holds


def logistic_map(x: Any, step: Callable[[Any], Any], times: int) -> Any:
    z = tensorflow().sigmoid(x)
    for _ in range(times):
        z = step(z)
    return z


def test_chaos_has_no_significant_digit_and_says_so() -> None:
    def once(z: Any) -> Any:
        return 3.9 * z * (1 - z)

    def reordered(z: Any) -> Any:
        return 3.9 * (z - z * z)

    finding = judged(lambda x: logistic_map(x, once, 40), lambda x: logistic_map(x, reordered, 40))
    assert finding.verdict == "rounding"
    assert finding.insignificant > 0
    assert "no digit of either side is significant" in finding.message
    assert judged(lambda x: logistic_map(x, once, 40), lambda x: logistic_map(x, reordered, 40), claim=precision).holds
    # Where float64 has no digit left either, nothing is shown.
    endless = judged(lambda x: logistic_map(x, once, 100), lambda x: logistic_map(x, reordered, 100))
    assert endless.verdict is None
    assert "no digit of either side means anything" in endless.message


def test_what_is_swallowed_in_both_precisions_is_no_difference() -> None:
    """Both float32 and float64 give zeros, or another number exactly, where the other side has digits."""
    tf = tensorflow()
    near = np.float32(2.0**-70) * X
    for one, other, inputs in [
        (tf.tanh, lambda x: 2 * tf.sigmoid(2 * x) - 1, near),
        # (a session would fold two constants into one)
        (lambda x: x * 3, lambda x: (x * 3 + tf.cosh(x)) - tf.cosh(x), near),
        (lambda x: x * 3, lambda x: (x * 3 + 1e30 * tf.cosh(x)) - 1e30 * tf.cosh(x), X),
    ]:
        assert judged(one, other, inputs).verdict != "different"
        assert judged(one, other, inputs, precision).verdict == "imprecise"


def test_small_entries_that_differ_are_different() -> None:
    near = np.float32(2.0**-70) * X
    assert judged(lambda x: x * 3, lambda x: x * 2, near).verdict == "different"
    assert judged(lambda x: x * x, lambda x: x * x * 2, near * np.float32(2.0**20)).verdict == "different"


def test_a_jump_of_the_candidate_alone_excuses_nothing() -> None:
    """Of two entries that are equal the candidate changes the first; moved, the other may come to be the less."""
    tf = tensorflow()

    def changed(x: Any) -> Any:
        flat = tf.reshape(tf.tanh(x * 0.3), [-1])
        least = tf.one_hot(tf.argmin(flat), tf.size(flat), dtype=flat.dtype)
        return tf.reshape(flat * (1 + 0.25 * least), tf.shape(x))

    finding = judged(lambda x: tf.tanh(x * 0.3), changed, np.ones((2, 3), "float32"))
    assert finding.verdict == "different"
    assert "1 of 6 entries" in finding.message


def test_the_smallest_digits_that_are_lost_are_no_jumps() -> None:
    """Where the program may jump elsewhere, and float64 loses numbers whose squares are zero, too."""
    tf = tensorflow()

    def swallowed(x: Any) -> Any:
        y = tf.cast(tf.where(x > 0, x, x + 0.0), x.dtype)
        return (y + tf.exp(-y * y)) - tf.exp(-y * y)

    near = np.float32(2.0**-100) * X
    assert judged(lambda x: x + 0.0, swallowed, near).verdict != "different"
