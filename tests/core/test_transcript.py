"""An eager call that is listened to is a graph that can be read as a traced one can."""

from __future__ import annotations

from typing import Any, Callable, List

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from likewise.cell import keras, tensorflow
from likewise.evidence.constants import constants_of, depends_on_inputs, sizes_of
from likewise.execution import Execution
from likewise.inputs import inputs_of
from likewise.modes.transcript import Transcript, looped, transcribed
from likewise.program import NO_CASE, Source
from likewise.trial import Trial, tried

X = np.linspace(-1, 1, 24, dtype="float32").reshape(2, 4, 3)

pytestmark = pytest.mark.usefixtures("eager")


def transcript_of(program: Callable[[Any], Any]) -> Transcript:
    x = tensorflow().constant(X)
    with transcribed(x) as transcript:
        transcript.end(program(x))
    return transcript


def operations(transcript: Transcript) -> List[str]:
    return [node.op for node in transcript.graph.definition.node if node.name.startswith("operation")]


def test_operations_with_what_they_were_given() -> None:
    transcript = transcript_of(lambda x: tensorflow().minimum(x * 2.0, 7.0))
    graph = transcript.graph
    assert transcript.whole
    assert operations(transcript) == ["Mul", "Minimum"]
    np.testing.assert_array_equal(transcript.value(graph.outputs), np.minimum(X * 2, 7))
    np.testing.assert_array_equal(transcript.value(f"{graph.inputs[0]}:0"), X)


def test_each_output_of_an_operation() -> None:
    transcript = transcript_of(lambda x: tensorflow().split(x, 2, axis=1))
    for name, part in zip(transcript.graph.outputs, np.split(X, 2, axis=1)):
        np.testing.assert_array_equal(transcript.value(name), part)


def test_what_ran_within_a_function_is_not_heard() -> None:
    tf = tensorflow()
    assert not transcript_of(tf.function(lambda x: tf.minimum(x, 7.0))).whole


def test_what_ran_in_a_loop_is_told() -> None:
    tf = tensorflow()

    def program(x: Any) -> Any:
        return tf.while_loop(lambda step, _: step < 3, lambda step, y: [step + 1, y * 0.5], [0, tf.tanh(x)])[1]

    nodes = [node for node in transcript_of(program).graph.definition.node if node.name.startswith("operation")]
    assert {node.op for node in nodes if not looped(node)} == {"Tanh"}
    assert {"Less", "AddV2", "Mul"}.issuperset(node.op for node in nodes if looped(node))


def heard_of(program: Callable[[], Any]) -> Trial:
    """A trial of a program whose second call was listened to."""
    sources = Source("reference", program), Source("candidate", program)
    with tried(*sources, inputs_of(NO_CASE, X), Execution("eager"), seed=3) as trial:
        assert all(side.heard(values) for side, values in zip(trial.sides, trial.values))
        return trial


def traced(program: Callable[[], Any], read: Callable[[Trial], Any]) -> Any:
    """What is read of a program that is traced."""
    sources = Source("reference", program), Source("candidate", program)
    with tried(*sources, inputs_of(NO_CASE, X), Execution("eager"), seed=3) as trial:
        return read(trial)


PROGRAMS = {
    "clip": lambda: lambda x: tensorflow().clip_by_value(x, -0.25, 3.0),
    "masking": lambda: keras().layers.Masking(-5.0),
    "relu with a threshold": lambda: keras().layers.ReLU(threshold=2.5),
    "six": lambda: tensorflow().nn.relu6,
    "convolution": lambda: keras().layers.Conv1D(2, 3),
    "integers": lambda: lambda x: tensorflow().cast(tensorflow().cast(x, "int32") > 7, "float32"),
    "no input": lambda: lambda x: tensorflow().ones_like(x),
}


@pytest.mark.parametrize("name", PROGRAMS)
def test_the_same_is_read_as_of_a_traced_graph(name: str) -> None:
    trial = heard_of(PROGRAMS[name])
    assert set(constants_of(trial)) == set(traced(PROGRAMS[name], constants_of))
    assert depends_on_inputs(trial) == traced(PROGRAMS[name], depends_on_inputs) == (name != "no input")


def test_sizes_that_are_compared_with() -> None:
    tf = tensorflow()
    assert sizes_of(heard_of(lambda: lambda x: tf.where(tf.shape(x)[1] > 9, x, -x))) == (9,)


def test_steps_that_a_loop_counts_are_no_sizes() -> None:
    assert X.shape[1] not in sizes_of(heard_of(lambda: keras().layers.SimpleRNN(3)))


@given(st.lists(st.floats(-100, 100, width=32), min_size=1, max_size=4, unique=True))
def test_whatever_number_a_program_holds(numbers: List[float]) -> None:
    tf = tensorflow()

    def program() -> Any:
        return lambda x: tf.add_n([tf.maximum(x, tf.constant(number, "float32")) for number in numbers])

    assert set(numbers).issubset(constants_of(heard_of(program)))
