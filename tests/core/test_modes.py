"""Every mode runs a program with the values that were loaded, and gives the right numbers."""

from __future__ import annotations

import contextlib
import sys
from dataclasses import replace
from types import SimpleNamespace
from typing import Any, Callable, Iterator, List

import numpy as np
import pytest

from likewise import nest
from likewise.cell import current, keras, tensorflow
from likewise.check import law_of
from likewise.comparing import compare
from likewise.errors import ImplementationError
from likewise.examples import run_law
from likewise.execution import DIMENSIONS, MODES, Execution, executions, signature, usable_modes
from likewise.modes import Outputs, Running, function, session, static_shape
from likewise.program import Program, Source
from likewise.spec import parsed
from likewise.variable import own_variables

X = np.arange(24, dtype="float32").reshape(2, 4, 3) / 8
KERNEL = np.arange(6, dtype="float32").reshape(3, 2) - 2
BIAS = np.array([0.5, -1], "float32")
DENSE = X @ KERNEL + BIAS


@pytest.fixture(scope="session")
def ways() -> List[Execution]:
    """All that this cell can run, XLA too."""
    here = [name for name in MODES if MODES[name].why_not(current()) is None]
    return executions(here, ["static", "unknown"])


@pytest.fixture(scope="session")
def graphs(ways: List[Execution]) -> List[str]:
    """The modes that tell static shapes."""
    return [way.mode for way in ways if way.dimensions == "unknown"]


def layer() -> Any:
    return keras().layers.Dense(2)


def tf1_style(video: Any) -> Any:
    return keras().layers.Dense(2)(video)


def of_ones() -> Any:
    return keras().layers.Dense(2, kernel_initializer="ones", bias_initializer="ones")


def nested() -> Any:
    def function(given: Any) -> Any:
        return {"sum": given["a"] + given["b"][0], "rest": [given["b"][1], (given["a"],)]}

    return function


def difference() -> Any:
    return lambda one, other: one - 2 * other


def with_others() -> Any:
    return lambda video: (None, video, 2.0)


@contextlib.contextmanager
def opened(way: Execution, program: Program, inputs: Any = X) -> Iterator[Running]:
    leaves = [leaf for _, leaf in nest.flatten(inputs)]
    with way.opened(program, inputs, signature(leaves, [""] * len(leaves), way.dimensions)) as running:
        yield running


def run(way: Execution, implementation: Callable[..., Any], inputs: Any = X, **values: Any) -> Outputs:
    """What a program gives in this execution, with these values by role."""
    program = Program(Source("reference", implementation))
    with opened(way, program, inputs) as running:
        roles = [each.role for each in program.catch.described()]
        running.load({roles.index(role): value for role, value in values.items()})
        return running.run(inputs)


@pytest.mark.parametrize("implementation", [layer, tf1_style])
def test_loaded_values_give_the_right_numbers(ways: List[Execution], implementation: Callable[..., Any]) -> None:
    for way in ways:
        found = run(way, implementation, kernel=KERNEL, bias=BIAS).values
        np.testing.assert_allclose(found, DENSE, rtol=1e-6, err_msg=str(way))
        assert found.dtype == np.float32


def test_values_are_loaded_again_and_again(ways: List[Execution]) -> None:
    for way in ways:
        with opened(way, Program(Source("reference", layer))) as running:
            for factor in (1, 2):
                running.load({0: factor * KERNEL, 1: factor * BIAS})
                np.testing.assert_allclose(running.run(X).values, factor * DENSE, rtol=1e-6, err_msg=str(way))
            running.load({1: np.zeros_like(BIAS)})
            np.testing.assert_allclose(running.run(X).values, X @ KERNEL * 2, rtol=1e-6, err_msg=str(way))


def test_a_program_runs_on_other_inputs(ways: List[Execution]) -> None:
    for way in ways:
        with opened(way, Program(Source("reference", layer))) as running:
            running.load({0: KERNEL, 1: BIAS})
            running.run(X)
            np.testing.assert_allclose(running.run(X + 1).values, (X + 1) @ KERNEL + BIAS, rtol=1e-6, err_msg=str(way))


def test_unknown_dimensions_take_any_size(graphs: List[str]) -> None:
    video = np.ones((5, 1, 3), "float32")
    for mode in graphs:
        with opened(Execution(mode, "unknown"), Program(Source("reference", layer))) as running:
            running.load({0: KERNEL, 1: BIAS})
            np.testing.assert_allclose(running.run(video).values, video @ KERNEL + BIAS, rtol=1e-6, err_msg=mode)


def test_initial_values(ways: List[Execution]) -> None:
    for way in ways:
        expected = np.repeat(X.sum(axis=-1, keepdims=True) + 1, 2, axis=-1)
        np.testing.assert_allclose(run(way, of_ones).values, expected, rtol=1e-6, err_msg=str(way))


def test_nested_inputs_and_outputs(ways: List[Execution]) -> None:
    whole = np.arange(6, dtype="int32").reshape(2, 3)
    for way in ways:
        values = run(way, nested, {"b": (2 * X, whole), "a": X}).values
        assert nest.layout(values) == "{'rest': (*, (*)), 'sum': *}"
        np.testing.assert_array_equal(values["sum"], 3 * X)
        np.testing.assert_array_equal(values["rest"][0], whole)
        np.testing.assert_array_equal(values["rest"][1][0], X)
        assert values["rest"][0].dtype == np.int32


def test_several_inputs(ways: List[Execution]) -> None:
    for way in ways:
        np.testing.assert_array_equal(run(way, difference, (X, X)).values, -X, str(way))


def test_none_and_numbers_among_the_outputs(ways: List[Execution]) -> None:
    for way in ways:
        nothing, values, number = run(way, with_others).values
        assert nothing is None
        np.testing.assert_array_equal(values, X, str(way))
        assert float(number) == 2


@pytest.mark.parametrize(
    "dimensions, expected",
    [("static", (2, 4, 2)), ("batch", (None, 4, 2)), ("steps", (None, None, 2)), ("unknown", (None, None, 2))],
)
def test_the_shape_that_a_graph_knows(graphs: List[str], dimensions: str, expected: Any) -> None:
    def implementation() -> Any:
        dense = keras().layers.Dense(2)
        return lambda video: (dense(video), None)

    for mode in graphs:
        assert run(Execution(mode, dimensions), implementation).static == [expected, None]


def test_eager_execution_has_no_graph(ways: List[Execution]) -> None:
    assert all(run(way, layer).static is None for way in ways if way.mode == "eager")


def test_what_a_program_sees_of_its_inputs(graphs: List[str]) -> None:
    seen: List[Any] = []

    def implementation() -> Any:
        def function(video: Any) -> Any:
            seen.append(static_shape(video))
            return video

        return function

    for mode in graphs:
        for dimensions, expected in (("static", (2, 4, 3)), ("unknown", (None, None, 3))):
            run(Execution(mode, dimensions), implementation)
            assert seen[-1] == expected


def test_static_shapes() -> None:
    v1 = tensorflow().compat.v1
    with tensorflow().Graph().as_default():
        assert static_shape(v1.placeholder("float32")) is None
        assert static_shape(v1.placeholder("float32", (None, 3))) == (None, 3)
        assert static_shape(v1.placeholder("float32", ())) == ()
    assert static_shape(None) is None


@contextlib.contextmanager
def own_values(built: Any, *values: Any) -> Iterator[Callable[[], Any]]:
    """A built layer with these values, as its user has it; gives what they are now."""
    variables = own_variables(built)
    if tensorflow().executing_eagerly():
        for variable, value in zip(variables, values):
            variable.assign(value)
        yield lambda: [variable.numpy() for variable in variables]
        return
    v1 = tensorflow().compat.v1
    with v1.Session() as session:
        for variable, value in zip(variables, values):
            session.run(v1.assign(variable, value))
        yield lambda: session.run([v1.identity(variable) for variable in variables])


def test_a_built_layer_keeps_its_own_values(ways: List[Execution]) -> None:
    built = layer()
    built.build((None, None, 3))
    with own_values(built, KERNEL, BIAS) as now:
        for way in ways:
            if way.mode == "session" and tensorflow().executing_eagerly():
                continue  # the next test
            found = run(way, built, kernel=2 * KERNEL, bias=2 * BIAS)
            np.testing.assert_allclose(found.values, 2 * DENSE, rtol=1e-6, err_msg=str(way))
            for value, own in zip(now(), (KERNEL, BIAS)):
                np.testing.assert_array_equal(value, own)


def test_a_layer_built_eagerly_cannot_run_in_a_session() -> None:
    built = layer()
    built.build((None, None, 3))
    if tensorflow().executing_eagerly():
        with pytest.raises(ImplementationError, match=r"reference=dense\S* was built eagerly.* choose other modes"):
            run(Execution("session"), built)
    else:
        assert run(Execution("session"), built).values.shape == (2, 4, 2)


def test_modes_tell_why_not(ways: List[Execution]) -> None:
    here = {way.mode for way in ways}
    assert "session" in here
    assert here - {"xla"} == set(usable_modes(current()))
    assert all(MODES[name].why_not(current()) for name in set(MODES) - here)


def test_a_session_inside_of_a_loop_that_is_being_built_raises() -> None:
    if current().generation >= 3:
        pytest.skip("Keras 3 runs no sessions")
    keras_backend = tensorflow().compat.v1.keras.backend
    home = sys.modules[keras_backend.get_session.__module__]  # where layers take it from
    with tensorflow().Graph().as_default() as graph, session.never_inside_loops():
        with graph._mutation_lock(), pytest.raises(RuntimeError, match="inside of a loop that is being built"):
            home.get_session()
        home.get_session().close()
    keras_backend.clear_session()


def test_a_loop_of_keras_cells_is_called_with_symbolic_tensors() -> None:
    """In TensorFlow 1.15 such a call waited for ever, for the loop holds a lock until it is built."""
    nn = tensorflow().compat.v1.nn
    if not hasattr(nn, "dynamic_rnn") or not hasattr(nn, "rnn_cell"):
        pytest.skip("no cells of TF1")

    def unrolled() -> Any:
        return lambda video: nn.dynamic_rnn(nn.rnn_cell.LSTMCell(2), video, dtype="float32")[0]

    assert compare(unrolled, unrolled, inputs=np.ones([1, 2, 3], "float32"), modes=["session"], dimensions=["static"])


@pytest.mark.usefixtures("eager")
def test_a_fifth_mode_is_a_module_that_is_registered(monkeypatch: pytest.MonkeyPatch) -> None:
    """All that is done in a mode is done in one that nobody knew, and by what it tells of itself."""
    fifth = SimpleNamespace(**{name: getattr(function, name) for name in function.__all__})
    fifth.TRAITS = replace(function.TRAITS, by_default=False, naming=4)
    monkeypatch.setitem(MODES, "fifth", fifth)
    assert "fifth" not in usable_modes(current())
    law = law_of(f"{__file__}:doubled", f"{__file__}:added", [parsed("float32[n 3]")])
    run = run_law(law, examples=12, modes=["fifth", "eager"])
    assert run.ok, run.problems
    assert set(run.modes) == {"eager", "fifth", *(f"fifth[{name}]" for name in DIMENSIONS[1:])}
    wrong = law_of(f"{__file__}:doubled", f"{__file__}:tripled", [parsed("float32[n 3]")])
    failed = run_law(wrong, examples=12, modes=["fifth"])
    assert failed.failure is not None
    assert failed.failure.way.mode == "fifth"


def doubled() -> Any:
    return lambda x: 2 * x


def added() -> Any:
    return lambda x: x + x


def tripled() -> Any:
    return lambda x: 3 * x
