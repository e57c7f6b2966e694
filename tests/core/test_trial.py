"""One case in one execution: shared values, refusals, and both sides again in float64 or under jitter."""

from __future__ import annotations

import contextlib
import warnings
from typing import Any, Callable, ContextManager, Dict, Optional, Tuple

import hypothesis
import numpy as np
import pytest
from hypothesis.errors import UnsatisfiedAssumption

from likewise.cell import current, keras, tensorflow
from likewise.errors import ImplementationError, InputError
from likewise.execution import Execution
from likewise.inputs import inputs_of
from likewise.modes import the_call
from likewise.program import NO_CASE, Source
from likewise.trial import Refusal, Trial, tried
from likewise.values import drawn

X = np.linspace(-1, 1, 24, dtype="float32").reshape(2, 4, 3)

Implementation = Callable[..., Any]
Try = Callable[..., ContextManager[Trial]]


@pytest.fixture(scope="session")
def trying(modes: Tuple[str, ...]) -> Try:
    """Tries two implementations that need no case, in this cell's first mode."""

    def trial(
        reference: Any,
        candidate: Any,
        *,
        inputs: Any = X,
        pair: Optional[Dict[str, str]] = None,
        seed: int = 0,
        once: bool = False,
    ) -> ContextManager[Trial]:
        sources = Source("reference", reference), Source("candidate", candidate)
        return tried(*sources, inputs_of(NO_CASE, inputs), Execution(modes[0]), pair=pair, seed=seed, once=once)

    return trial


def layer() -> Any:
    return keras().layers.Dense(2)


def conv_of_one_step() -> Any:
    return keras().layers.Conv1D(2, 1)


def by_hand(video: Any) -> Any:
    """Dense layers one after the other; the second gets the values of no variable of one Dense layer."""
    return keras().layers.Dense(3)(keras().layers.Dense(2)(video))


def narrow() -> Any:
    """Computes in float32 whatever it is given."""
    tf = tensorflow()
    return lambda video: tf.cast(video, "float32") * 0.1


def refusing(step: str) -> Implementation:
    def build() -> Any:
        if step == "build":
            raise KeyError("no such layer")
        return lambda video: tensorflow().reshape(video, [int(video.shape[1]) + 1, -1])

    return build


def test_shared_values_reach_both_sides(trying: Try) -> None:
    with trying(layer, layer) as trial:
        kernel, bias = trial.values[0][0], trial.values[0][1]
        assert np.all(bias != 0)
        for seen, values in zip((trial.reference, trial.candidate), trial.values):
            assert seen.outputs is not None
            np.testing.assert_allclose(seen.outputs.values, X @ kernel + bias, rtol=1e-5, atol=1e-6)
            np.testing.assert_array_equal(values[0], kernel)


def test_values_come_from_the_seed(trying: Try) -> None:
    found = []
    for seed in (0, 0, 1):
        with trying(layer, layer, seed=seed) as trial:
            found.append(trial.values[0][0])
            np.testing.assert_array_equal(found[-1], drawn(trial.reference.variables, seed)[0])
    np.testing.assert_array_equal(found[0], found[1])
    assert np.any(found[0] != found[2])


def test_values_fit_over_axes_of_length_one(trying: Try) -> None:
    with trying(layer, conv_of_one_step) as trial:
        assert [each.shape for each in trial.candidate.variables] == [(1, 3, 2), (2,)]
        np.testing.assert_array_equal(trial.values[1][0][0], trial.values[0][0])
        (_, one), (_, other) = trial.reference.leaves() + trial.candidate.leaves()
        np.testing.assert_allclose(one, other, rtol=1e-5, atol=1e-6)


def test_values_are_cast_to_the_other_side_s_dtype(trying: Try) -> None:
    def in_halves(video: Any) -> Any:
        return keras().layers.Dense(2, dtype="float16")(tensorflow().cast(video, "float16"))

    with trying(layer, in_halves) as trial:
        assert trial.values[1][0].dtype == np.float16
        np.testing.assert_array_equal(trial.values[1][0], trial.values[0][0].astype("float16"))


def test_a_variable_of_another_shape_gets_values_of_its_own(trying: Try) -> None:
    with trying(layer, lambda: keras().layers.Dense(5)) as trial:
        assert trial.pairing.pairs == ((0, 0), (1, 1))
        assert [value.shape for value in trial.values[1].values()] == [(3, 5), (5,)]
        assert trial.ran


def test_variables_of_one_side_only(trying: Try) -> None:
    with trying(layer, by_hand) as trial:
        assert trial.pairing.only_reference == ()
        assert len(trial.pairing.only_candidate) == 2
        assert trial.ran


def test_pairs_by_name(trying: Try) -> None:
    def both(video: Any, *names: str) -> Any:
        for name in names:
            video = keras().layers.Dense(3, name=name)(video)
        return video

    def reference(video: Any) -> Any:
        return both(video, "a", "b")

    def candidate(video: Any) -> Any:
        return both(video, "c", "d")

    with trying(reference, candidate, pair={"a/kernel": "d/kernel", "a/bias": "d/bias"}) as trial:
        np.testing.assert_array_equal(trial.values[1][2], trial.values[0][0])
        assert [name.partition(":")[0] for name in trial.pairing.renames.values()][:2] == ["d/kernel", "d/bias"]
    message = "the reference has no variable 'x'; it has 'a/kernel', 'a/bias', 'b/kernel'"
    with pytest.raises(InputError, match=message), trying(reference, candidate, pair={"x": "c/kernel"}):
        pass


@pytest.mark.parametrize("step", ["build", "run"])
def test_a_refusal_is_noted(trying: Try, step: str) -> None:
    with trying(layer, refusing(step)) as trial:
        assert not trial.ran
        assert trial.reference.outputs is not None
        assert trial.candidate.outputs is None
        assert trial.candidate.refusal is not None
        assert trial.candidate.refusal.step == "build"  # a program is called once while it is built
        assert trial.candidate.variables == ()
        assert "no such layer" in str(trial.candidate.refusal) or "5" in str(trial.candidate.refusal)


def test_a_refusal_under_other_values_is_noted_while_running(trying: Try) -> None:
    def implementation() -> Any:
        tf = tensorflow()

        def function(video: Any) -> Any:
            small = tf.compat.v1.assert_less(tf.reduce_max(video), 100.0)
            with tf.control_dependencies([small] if small is not None else []):
                return tf.identity(video)

        return function

    with trying(implementation, implementation) as trial:
        assert trial.ran
        seen = trial.sides[0].observe(inputs_of(NO_CASE, X + 100))
        assert seen.refusal is not None
        assert (seen.refusal.type, seen.refusal.step) == ("InvalidArgumentError", "run")


def test_a_refusal_is_a_refusal_though_variables_are_paired_by_name(trying: Try) -> None:
    with trying(layer, refusing("build"), pair={"dense/kernel": "dense/kernel"}) as trial:
        assert trial.candidate.refusal is not None


@pytest.mark.parametrize("error", [ImplementationError("not one"), UnsatisfiedAssumption()])
def test_errors_about_the_question_are_raised(trying: Try, error: Exception) -> None:
    def implementation() -> Any:
        raise error

    with pytest.raises(type(error)), trying(layer, implementation):
        pass


def test_an_assumption_within_an_implementation_is_hypothesis_s_business(trying: Try) -> None:
    def implementation() -> Any:
        hypothesis.assume(False)

    with pytest.raises(UnsatisfiedAssumption), trying(implementation, layer):
        pass


def test_a_warning_is_no_refusal(trying: Try) -> None:
    def implementation() -> Any:
        warnings.warn("old-fashioned", UserWarning, stacklevel=1)
        return layer()

    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with trying(implementation, layer) as trial:
            assert trial.ran


def test_both_sides_again_in_float64(trying: Try) -> None:
    with trying(layer, layer) as trial:
        wide = trial.precise()
        assert wide is not None
        kernel, bias = (value.astype("float64") for value in trial.values[0].values())
        for seen in wide:
            assert seen.outputs is not None
            assert seen.outputs.values.dtype == np.float64
            np.testing.assert_allclose(seen.outputs.values, X.astype("float64") @ kernel + bias, rtol=1e-13, atol=1e-15)
        assert trial.precise() is wide


@pytest.mark.parametrize("implementation", [narrow, lambda: keras().layers.Dense(2, dtype="float32")])
def test_what_stays_narrow_has_no_float64(trying: Try, implementation: Implementation) -> None:
    with trying(implementation, implementation) as trial:
        assert trial.precise() is None


def test_what_refuses_float64_has_none(trying: Try) -> None:
    def implementation() -> Any:
        dense = layer()

        def function(video: Any) -> Any:
            assert video.dtype == tensorflow().float32
            return dense(video)

        return function

    with trying(layer, implementation) as trial:
        assert trial.ran
        assert trial.precise() is None
        assert trial.ran


def test_other_variables_in_float64_are_no_float64(trying: Try) -> None:
    def implementation() -> Any:
        return keras().layers.Dense(2, use_bias=keras().backend.floatx() == "float64")

    with trying(implementation, implementation) as trial:
        assert trial.precise() is None


def test_jitter_moves_a_side_by_rounding(trying: Try) -> None:
    with trying(layer, layer) as trial:
        assert trial.reference.outputs is not None
        values = trial.reference.outputs.values
        moved = trial.jittered(0, 4)
        assert len(moved) == 4
        gaps = [np.max(np.abs(seen.leaves()[0][1] - values)) for seen in moved]
        assert 0 < max(gaps) < 1e-5
        assert [one is other for one, other in zip(trial.jittered(0, 6), moved)] == [True] * 4


def test_jitter_in_float64_moves_a_side_by_its_own_rounding(trying: Try) -> None:
    with trying(layer, layer) as trial:
        wide = trial.precise()
        assert wide is not None
        moved = trial.jittered(1, 4, wide=True)
        gaps = [np.max(np.abs(seen.leaves()[0][1] - wide[1].leaves()[0][1])) for seen in moved]
        assert 0 < max(gaps) < 1e-14


@pytest.mark.parametrize("wide, most", [(False, 1e-5), (True, 1e-14)])
def test_operations_that_round_are_moved(trying: Try, wide: bool, most: float) -> None:
    with trying(layer, layer) as trial:
        seen = trial.precise() if wide else trial.seen()
        assert seen is not None
        for side in (0, 1):
            moved = trial.sampled(side, the_call, 4, wide=wide)
            assert moved is not None
            gaps = [np.max(np.abs(each.leaves()[0][1] - seen[side].leaves()[0][1])) for each in moved]
            assert 0 < max(gaps) < most
        again = trial.sampled(0, the_call, 4, wide=wide)
        assert again is not None
        assert again[0] is trial.sampled(0, the_call, 2, wide=wide)[0]  # type: ignore[index]  # it was there


@pytest.mark.usefixtures("eager")
def test_what_asks_eager_tensors_for_their_values_has_no_operations_to_be_moved(trying: Try) -> None:
    def implementation() -> Any:
        return lambda x: tensorflow().constant(x.numpy() * 2)

    with trying(implementation, implementation) as trial:
        assert trial.ran
        assert trial.sampled(0, the_call, 2) is None


def test_a_built_layer_keeps_its_values_and_its_precision(trying: Try) -> None:
    built = layer()
    built.build((None, None, 3))
    eager = tensorflow().executing_eagerly()
    before: Any = built.get_weights() if eager else None
    with trying(layer, built) as trial:
        assert trial.ran
        assert trial.precise() is None
        np.testing.assert_array_equal(*(side.leaves()[0][1] for side in (trial.reference, trial.candidate)))
        if eager:
            np.testing.assert_array_equal(built.get_weights()[0], trial.values[1][0])
    if eager:
        np.testing.assert_array_equal(built.get_weights()[0], before[0])


@pytest.mark.parametrize(
    "message, expected",
    [
        ("bad shape", "ValueError: bad shape"),
        ("bad shape\nmore", "ValueError: bad shape"),
        ("", "ValueError: "),
        ("\x1b[1mbad shape\x1b[0m", "ValueError: bad shape"),
        (
            "Exception encountered when calling Conv2D.call().\n\n\x1b[1mbad shape\x1b[0m\n\nArguments received",
            "ValueError: bad shape",
        ),
        (
            'in user code:\n\n    File "f.py", line 3, in g  *\n        return h(x)\n\n    ValueError: bad shape\n',
            "ValueError: bad shape",
        ),
    ],
)
def test_why_something_was_refused(message: str, expected: str) -> None:
    assert str(Refusal.of(ValueError(message), "build")) == expected


def test_the_context_ends_what_it_began(trying: Try, modes: Tuple[str, ...]) -> None:
    with contextlib.ExitStack() as stack:
        trial = stack.enter_context(trying(layer, layer))
        session = trial.sides[0].session
        assert (session is None) == (modes[0] != "session")
    if session is not None:
        with pytest.raises(RuntimeError, match="closed Session"):
            session.run([])


def recurrent() -> Any:
    """Keeps a state, which each call changes; Keras 3 takes its batch from the first call."""
    batch = {"batch_input_shape": (2, 4, 3)} if current().generation < 3 else {}
    return keras().layers.SimpleRNN(3, stateful=True, **batch)


def assigning() -> Any:
    """Puts a value of its own into a variable before the first call is over."""

    class Assigning(keras().layers.Layer):  # type: ignore[misc]
        def build(self, _: Any) -> None:
            self.factor = self.add_weight(name="factor", shape=(3,), initializer="ones")
            self.factor.assign([2.0, 3.0, 5.0])

        def call(self, inputs: Any) -> Any:
            return inputs * self.factor

    return Assigning()


def in_another_order() -> Any:
    """Two layers like those of ``by_hand``, of which the second is created first."""
    second = keras().layers.Dense(3)
    second.build((None, 2))
    first = keras().layers.Dense(2)
    return lambda video: second(first(video))


@pytest.mark.parametrize("reference", [layer, by_hand, recurrent, assigning, conv_of_one_step])
@pytest.mark.parametrize("candidate", [layer, by_hand, recurrent, assigning, in_another_order])
def test_a_first_call_that_counts_gives_what_the_second_does(
    trying: Try, reference: Implementation, candidate: Implementation
) -> None:
    found = []
    for once in (False, True):
        with trying(reference, candidate, seed=7, once=once) as trial:
            found.append([trial.values, *([leaf for _, leaf in seen.leaves()] for seen in trial.seen())])
    (values, *seen), (values_once, *seen_once) = found
    for one, other in zip(values, values_once):
        assert one.keys() == other.keys()
        assert all(one[place].tobytes() == other[place].tobytes() for place in one)
    assert [[leaf.tobytes() for leaf in leaves] for leaves in seen] == [
        [leaf.tobytes() for leaf in leaves] for leaves in seen_once
    ]


@pytest.mark.usefixtures("eager")
def test_the_first_call_is_the_run_where_the_values_come_as_foretold(trying: Try) -> None:
    calls = []

    def counting(made: Implementation) -> Implementation:
        def build() -> Any:
            function = made()

            def call(video: Any) -> Any:
                calls.append(made)
                return function(video)

            return call

        return build

    for once, candidate, expected in ((False, layer, 4), (True, layer, 2), (True, assigning, 3)):
        calls.clear()
        with trying(counting(layer), counting(candidate), once=once):
            assert len(calls) == expected
