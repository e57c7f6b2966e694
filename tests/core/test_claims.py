"""Each claim: a pair that agrees, and planted differences that it catches and tells."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Callable, Dict, Optional, Tuple

import numpy as np
import pytest

from likewise import bits, both_refuse, checkpoint, compare, names, outputs, refusal, shapes, variables
from likewise.cell import current, keras, tensorflow
from likewise.comparison import Finding

X = np.linspace(-1, 1, 24, dtype="float32").reshape(2, 4, 3)
LONG = np.sin(np.arange(2 * 999, dtype="float64") ** 2).astype("float32").reshape(2, 999)

Implementation = Callable[..., Any]
FindOut = Callable[..., Finding]


@pytest.fixture(scope="session")
def found(modes: Tuple[str, ...]) -> FindOut:
    """What one claim finds of two implementations, in this cell's first mode."""

    def finding(claim: Any, reference: Any, candidate: Any, **options: Any) -> Finding:
        asked: Dict[str, Any] = {"inputs": X, "modes": modes[:1], "dimensions": ["static"], **options}
        return compare(reference, candidate, claims=[claim], **asked).claims[claim.name]

    return finding


def as_it_is() -> Implementation:
    return lambda video: video


def mapped(function: Implementation) -> Implementation:
    """An implementation without variables."""
    return lambda: lambda *inputs: function(tensorflow(), *inputs)


def dense(**settings: Any) -> Implementation:
    return lambda: keras().layers.Dense(2, **settings)


def normalization(**settings: Any) -> Implementation:
    return lambda: keras().layers.BatchNormalization(**settings)


def test_the_same_outputs(found: FindOut) -> None:
    finding = found(outputs, dense(), dense())
    assert (finding.verdict, finding.compared, finding.max_ulp, finding.message) == ("identical", 16, 0, "")


@pytest.mark.parametrize(
    "function, message",
    [
        (lambda tf, x: x[:, :2], "outputs.shape=(2, 2, 3), but (2, 4, 3) in the reference"),
        (lambda tf, x: tf.cast(x, "float64"), "outputs.dtype=float64, but float32 in the reference"),
        (lambda tf, x: (x, x), "outputs are (*, *), but * in the reference"),
        (lambda tf, x: {"x": x}, "outputs are {'x': *}, but * in the reference"),
        (lambda tf, x: None, "outputs are None, but * in the reference"),
    ],
)
def test_other_outputs(found: FindOut, function: Implementation, message: str) -> None:
    finding = found(outputs, as_it_is, mapped(function))
    assert (finding.verdict, finding.message) == ("different", message)


def test_a_missing_output(found: FindOut) -> None:
    finding = found(outputs, mapped(lambda tf, x: (x, x)), mapped(lambda tf, x: (x, None)))
    assert finding.message == "outputs are (*, None), but (*, *) in the reference"
    assert finding.verdict == "different"


def test_the_path_of_an_output_is_told(found: FindOut) -> None:
    one, other = mapped(lambda tf, x: {"a": (x, x)}), mapped(lambda tf, x: {"a": (x, x[:1])})
    assert found(outputs, one, other).message == "outputs['a'][1].shape=(1, 4, 3), but (2, 4, 3) in the reference"


def test_nan_on_one_side(found: FindOut) -> None:
    finding = found(outputs, as_it_is, mapped(lambda tf, x: tf.where(x > 0.99, x * np.nan, x)))
    assert finding.verdict == "different"
    assert "1 of 24 entries of outputs differ, most at\noutputs[1, 3, 2] = " in finding.message
    assert "NaN, infinity or another value on one side at 1" in finding.message


def test_nan_on_both_sides(found: FindOut) -> None:
    nan = mapped(lambda tf, x: x * np.nan)
    assert found(outputs, nan, nan).verdict == "identical"


def test_whole_numbers_do_not_round(found: FindOut) -> None:
    count = mapped(lambda tf, x: tf.cast(x, "int32"))
    one_more = mapped(lambda tf, x: tf.cast(x, "int32") + tf.cast(x > 0.99, "int32"))
    assert found(outputs, count, count).verdict == "identical"
    finding = found(outputs, count, one_more)
    assert finding.verdict == "different"
    assert "1 of 24 entries" in finding.message


def test_a_sum_in_another_order_is_rounding(found: FindOut) -> None:
    forward = mapped(lambda tf, x: tf.reduce_sum(x, axis=1))
    backward = mapped(lambda tf, x: tf.reduce_sum(tf.reverse(x, [1]), axis=1))
    finding = found(outputs, forward, backward, inputs=LONG)
    assert (finding.verdict, finding.way) == ("rounding", "float64")
    assert finding.max_ulp is not None
    assert finding.max_ulp > 0


def test_another_formula_is_rounding(found: FindOut) -> None:
    tanh = mapped(lambda tf, x: tf.tanh(x))
    by_exp = mapped(lambda tf, x: 1 - 2 / (tf.exp(2 * x) + 1))
    finding = found(outputs, tanh, by_exp)
    assert (finding.verdict, finding.way) == ("rounding", "float64")


def test_a_tiny_difference_is_a_difference(found: FindOut) -> None:
    features = np.linspace(-1, 1, 2 * 256, dtype="float32").reshape(2, 256)
    finding = found(outputs, normalization(epsilon=1e-3), normalization(epsilon=1.0001e-3), inputs=features)
    assert finding.max_abs is not None
    assert 0 < finding.max_abs < 1e-6
    assert (finding.verdict, finding.way) == ("different", "error bars")
    assert " ULP, " in finding.message
    assert found(outputs, normalization(), normalization(), inputs=features).verdict == "identical"


def in_single_precision(function: Implementation) -> Implementation:
    return mapped(lambda tf, x: function(tf, tf.cast(x, "float32")))


def test_rounding_where_float64_cannot_run(found: FindOut) -> None:
    tanh = in_single_precision(lambda tf, x: tf.tanh(x))
    finding = found(outputs, tanh, in_single_precision(lambda tf, x: 1 - 2 / (tf.exp(2 * x) + 1)))
    assert (finding.verdict, finding.way) == ("rounding", "error bars")
    finding = found(outputs, tanh, in_single_precision(lambda tf, x: tf.tanh(x) * 1.0001))
    assert (finding.verdict, finding.way) == ("different", "error bars")


def test_a_lost_bias(found: FindOut) -> None:
    assert found(outputs, dense(), dense(use_bias=False)).verdict == "different"


def test_outputs_without_entries_are_not_compared(found: FindOut) -> None:
    nothing = mapped(lambda tf, x: x[:0])
    assert found(outputs, nothing, nothing) == Finding(
        "outputs", None, message="the outputs have no entries", execution=found(refusal, nothing, nothing).execution
    )


def test_where_other_entries_are_selected_there_is_still_a_judgement(found: FindOut) -> None:
    def positive(tf: Any, x: Any) -> Any:
        return tf.boolean_mask(x, tf.cast(x, "float64") - 0.1 > 0 if x.dtype == tf.float32 else x > 0.5)

    plain, scaled = mapped(positive), mapped(lambda tf, x: positive(tf, x) * 1.0001)
    finding = found(outputs, plain, scaled)
    assert finding.verdict == "different"


def test_chance_explains_nothing(found: FindOut, modes: Tuple[str, ...]) -> None:
    """A reference that is random jumps as far as one likes, moved by one ULP or not."""
    noisy = mapped(lambda tf, x: x * tf.random.uniform(tf.shape(x), dtype=x.dtype, seed=3))
    for mode in modes:
        finding = found(outputs, noisy, as_it_is, modes=[mode])
        assert (finding.verdict, finding.jumps) == ("different", 0)
        assert "is not steady: it gave something else in 8 of 8 further runs" in finding.message


def test_the_same_bits(found: FindOut) -> None:
    assert found(bits, dense(), dense()).verdict == "identical"


def test_other_bits(found: FindOut) -> None:
    moved = mapped(lambda tf, x: tf.where(x > 0.99, x * 1.0000002, x))
    finding = found(bits, as_it_is, moved)
    assert (finding.verdict, finding.message) == ("different", "1 of 24 entries have other bits")


def test_native_numerics_promise_no_bits() -> None:
    assert bits.why_not(replace(current(), numerics="native")) == "numerics='native' promises no bits"
    assert bits.why_not(replace(current(), numerics="strict")) is None


def two_layers(video: Any) -> Any:
    return keras().layers.Dense(2)(keras().layers.Dense(3)(video))


def with_an_unused_variable(video: Any) -> Any:
    keras().layers.Dense(5, name="unused")(video)
    return keras().layers.Dense(2)(video)


def test_the_same_variables(found: FindOut) -> None:
    finding = found(variables, dense(), dense(name="other"))
    assert (finding.verdict, finding.compared, finding.message) == ("identical", 2, "")
    assert found(variables, two_layers, two_layers).compared == 4
    assert found(variables, as_it_is, as_it_is).verdict == "identical"


@pytest.mark.parametrize(
    "reference, candidate, messages",
    [
        (dense(), dense(use_bias=False), ["only the reference has dense/bias", " float32[2]"]),
        (dense(use_bias=False), dense(), ["only the candidate has dense/bias"]),
        (
            dense(),
            with_an_unused_variable,
            ["only the candidate has unused/kernel", "only the candidate has unused/bias"],
        ),
        (
            dense(),
            lambda: keras().layers.Dense(3),
            ["shape=(3, 3) of dense/kernel", "but shape=(3, 2) of dense/kernel"],
        ),
    ],
)
def test_other_variables(found: FindOut, reference: Any, candidate: Any, messages: Any) -> None:
    finding = found(variables, reference, candidate)
    assert finding.verdict == "different"
    for message in messages:
        assert message in finding.message


def test_a_variable_that_is_not_trained(found: FindOut) -> None:
    def scaled(trainable: bool) -> Implementation:
        def build() -> Any:
            scale = tensorflow().Variable([1.0, 2.0, 3.0], name="scale", trainable=trainable)
            return lambda video: scale * video

        return build

    assert found(variables, scaled(True), scaled(True)).verdict == "identical"
    assert found(variables, scaled(False), scaled(False)).verdict == "identical"
    finding = found(variables, scaled(True), scaled(False))
    assert finding.verdict == "different"
    assert finding.message.startswith("trainable=False of ")
    assert "in the candidate, but trainable=True of " in finding.message


def test_variables_of_another_dtype(found: FindOut) -> None:
    def in_halves(video: Any) -> Any:
        return keras().layers.Dense(2, dtype="float16")(tensorflow().cast(video, "float16"))

    assert "dtype='float16' of dense/kernel" in found(variables, dense(), in_halves).message


def test_random_states_are_no_variables(found: FindOut) -> None:
    def dropped(video: Any) -> Any:
        return keras().layers.Dropout(0.5)(keras().layers.Dense(2)(video))

    assert found(variables, dense(), dropped).verdict == "identical"


def test_the_same_names(found: FindOut) -> None:
    assert found(names, dense(), dense()).verdict == "identical"
    assert found(names, dense(), dense()).compared == 2


def test_other_names(found: FindOut) -> None:
    finding = found(names, dense(), dense(name="other"))
    first, second = finding.message.splitlines()
    assert finding.verdict == "different"
    assert first.startswith("dense/kernel")
    assert "is other/kernel" in first
    assert "but expected dense/bias" in second


def test_names_after_renames(found: FindOut) -> None:
    assert found(names.renamed({"dense": "other"}), dense(), dense(name="other")).verdict == "identical"
    finding = found(names.renamed({"dense": "another"}), dense(), dense(name="other"))
    assert "but expected another/kernel" in finding.message


@pytest.mark.parametrize(
    "renames, name, expected",
    [
        ({"conv2d": "time_distributed"}, "conv2d/kernel:0", "time_distributed/kernel:0"),
        ({"conv2d": "time_distributed/conv2d"}, "NEW/conv2d/kernel:0", "NEW/time_distributed/conv2d/kernel:0"),
        ({"conv2d": "x"}, "conv2d_1/kernel:0", "conv2d_1/kernel:0"),
        ({"conv2d": "x"}, "my_conv2d/kernel:0", "my_conv2d/kernel:0"),
        ({"kernel": "w"}, "conv2d/kernel:0", "conv2d/w:0"),
        ({"a": "b", "b": "c"}, "a/kernel:0", "c/kernel:0"),
        ({"a.c": "x"}, "abc/kernel:0", "abc/kernel:0"),
        ({"a": r"\1"}, "a/kernel:0", r"\1/kernel:0"),
        ({}, "a/kernel:0", "a/kernel:0"),
    ],
)
def test_expected_names(renames: Dict[str, str], name: str, expected: str) -> None:
    assert names.renamed(renames).expected(name) == expected


def test_names_of_nothing_are_not_compared(found: FindOut) -> None:
    assert found(names, as_it_is, as_it_is).verdict is None


def test_the_same_shapes(found: FindOut, modes: Tuple[str, ...]) -> None:
    for dimensions in ("static", "unknown"):
        finding = found(shapes, dense(), dense(), modes=modes, dimensions=[dimensions])
        assert finding.verdict == "identical"
        assert finding.compared > len(modes)


def test_other_shapes(found: FindOut) -> None:
    finding = found(shapes, as_it_is, mapped(lambda tf, x: x[:, :2]))
    assert finding.verdict == "different"
    assert "outputs.shape=(2, 2, 3), but (2, 4, 3) in the reference" in finding.message


def test_another_number_of_outputs(found: FindOut) -> None:
    finding = found(shapes, as_it_is, mapped(lambda tf, x: (x, x)))
    assert "2 outputs, but 1 in the reference" in finding.message


def test_a_shape_that_the_graph_does_not_know(found: FindOut) -> None:
    forgotten = mapped(lambda tf, x: tf.compat.v1.placeholder_with_default(x, [2, None, 3]))
    finding = found(shapes, as_it_is, forgotten, modes=["session"])
    assert finding.message == "the graph's shape of outputs is (2, None, 3), but (2, 4, 3) in the reference"
    # With unknown dimensions a side may know more than the other.
    assert found(shapes, as_it_is, forgotten, modes=["session"], dimensions=["unknown"]).verdict == "identical"


def telling(shape: Optional[Tuple[int, ...]]) -> Implementation:
    """A layer that does nothing, and tells an output shape, or refuses to tell one (None)."""

    def build() -> Any:
        class Telling(keras().layers.Layer):  # type: ignore[misc]
            def call(self, inputs: Any) -> Any:
                return inputs + 0

            def compute_output_shape(self, _: Any) -> Any:
                if shape is None:
                    raise LookupError("no shape")
                return shape

        return Telling()

    return build


def test_a_wrong_foretold_shape(found: FindOut) -> None:
    assert found(shapes, as_it_is, telling((2, 4, 3))).verdict == "identical"
    finding = found(shapes, as_it_is, telling((2, 4, 1)))
    assert finding.verdict == "different"
    told = "compute_output_shape of outputs is (2, 4, 1) in the candidate, but (2, 4, 3) came"
    assert finding.message.splitlines()[0] == told


def test_a_foretold_shape_that_is_refused(found: FindOut) -> None:
    """The call runs all the same, so this is no refusal of the program."""
    for broken, other, side in ((as_it_is, telling(None), "candidate"), (telling(None), as_it_is, "reference")):
        assert found(refusal, broken, other).verdict == "identical"
        finding = found(shapes, broken, other)
        assert finding.verdict == "different"
        assert finding.message.splitlines()[0] == f"compute_output_shape of the {side} raises: LookupError: no shape"
    assert found(shapes, telling(None), telling(None)).verdict == "identical"


def symbolically(length: int) -> Implementation:
    """A function that does nothing, but makes something of another length of Keras's symbolic tensors."""

    def call(video: Any) -> Any:
        if hasattr(video, "_keras_history"):
            return keras().layers.Input(batch_shape=(2, 4, length))
        return video + 0

    return lambda: call


def test_a_wrong_symbolic_shape(found: FindOut, modes: Tuple[str, ...]) -> None:
    """Where a graph is built anyway, in one of four cases."""
    for mode in set(modes) - {"eager"}:
        assert found(shapes, as_it_is, symbolically(1), modes=[mode], seed=5).verdict == "identical"
        assert found(shapes, as_it_is, symbolically(3), modes=[mode]).verdict == "identical"
        finding = found(shapes, as_it_is, symbolically(1), modes=[mode])
        assert finding.verdict == "different"
        assert finding.message == "the symbolic shape of outputs is (2, 4, 1) in the candidate, but (2, 4, 3) came"


def refusing() -> Any:
    raise ValueError("no such layer")


def test_neither_refuses(found: FindOut) -> None:
    assert found(refusal, dense(), dense()).verdict == "identical"
    finding = found(both_refuse, dense(), dense())
    assert (finding.verdict, finding.message) == ("different", "both run, and neither refuses")


def test_both_refuse(found: FindOut) -> None:
    for claim in (refusal, both_refuse):
        finding = found(claim, refusing, refusing)
        assert finding.verdict == "refused"
        assert finding.message == "both raised: ValueError: no such layer / ValueError: no such layer"


@pytest.mark.parametrize("claim", [refusal, both_refuse])
def test_one_refuses(found: FindOut, claim: Any) -> None:
    finding = found(claim, dense(), refusing)
    message = "the candidate raised ValueError: no such layer\nthe reference runs"
    assert (finding.verdict, finding.message) == ("different", message)
    message = "the reference raised ValueError: no such layer\nthe candidate runs"
    assert found(claim, refusing, dense()).message == message


@pytest.mark.parametrize("claim", [outputs, bits, variables, names, shapes, checkpoint])
def test_what_cannot_be_compared_after_a_refusal(found: FindOut, claim: Any) -> None:
    finding = found(claim, dense(), refusing)
    assert finding.verdict is None
    assert "a side raised" in finding.message


def model(wrapped: bool, *layer_names: str) -> Implementation:
    def build() -> Any:
        layers = keras().layers
        inputs = layers.Input((4, 3))
        video = inputs
        for name in layer_names:
            layer = layers.Dense(3, name=name)
            video = (layers.TimeDistributed(layer, name=f"each_{name}") if wrapped else layer)(video)
        return keras().Model(inputs, video)

    return build


def test_a_checkpoint_that_fits(found: FindOut, modes: Tuple[str, ...]) -> None:
    for mode in modes:
        finding = found(checkpoint, model(False, "a", "b"), model(False, "a", "b"), modes=[mode])
        assert (finding.verdict, finding.message) == ("identical", "")
        by_saver, by_keras = mode == "session", mode != "session" or current().generation < 3
        assert finding.compared == by_saver + by_keras


def test_a_checkpoint_of_another_model(found: FindOut, modes: Tuple[str, ...]) -> None:
    for mode in modes:
        finding = found(checkpoint, model(False, "a", "b"), model(True, "a", "b"), modes=[mode])
        assert finding.verdict == "different"
        by_saver, by_keras = mode == "session", mode != "session" or current().generation < 3
        assert ("Saver: loading by name fails in the candidate: NotFoundError" in finding.message) == by_saver
        assert ("save_weights: " in finding.message) == by_keras


def test_the_saver_goes_by_the_names_of_variables(found: FindOut) -> None:
    finding = found(checkpoint, dense(), dense(), modes=["session"])
    assert (finding.verdict, finding.compared) == ("identical", 1)
    finding = found(checkpoint, dense(), dense(name="other"), modes=["session"])
    assert finding.verdict == "different"
    assert "Saver: loading by name fails in the candidate: NotFoundError" in finding.message


def test_no_checkpoint_of_a_layer_without_a_session(found: FindOut, modes: Tuple[str, ...]) -> None:
    for mode in modes:
        if mode != "session":
            finding = found(checkpoint, dense(), dense(), modes=[mode])
            assert (finding.verdict, finding.message) == (None, "no session, and no model that saves weights")
