"""Each side of a counterexample as a graph that gives, without likewise, what the execution gave."""

from __future__ import annotations

from typing import Any, List

import numpy as np
import pytest

from likewise.cell import current, keras, tensorflow
from likewise.evidence import gathering
from likewise.evidence.gathering import Evidence, Seen, gathered
from likewise.execution import MODES, Execution, executions, usable_modes
from likewise.inputs import inputs_of
from likewise.program import Source

VIDEO = np.arange(24, dtype="float32").reshape(2, 3, 4) / 8


@pytest.fixture(scope="session")
def ways() -> List[Execution]:
    """All that this cell runs by default."""
    return executions(usable_modes(current()), ["static", "batch"])


def of(reference: Any, candidate: Any, way: Execution, inputs: Any = VIDEO) -> Evidence:
    return gathered(Source("reference", reference), Source("candidate", candidate), inputs_of(None, inputs), way)


def plain() -> Any:
    return keras().layers.Dense(2, activation="relu")


def nested() -> Any:
    layer = keras().layers.Dense(2)
    return lambda given: {"a": layer(given["x"]), "b": [None, (given["y"] * 2.0, given["y"][0])]}


def definition(side: Seen) -> Any:
    assert side.graph is not None
    return tensorflow().compat.v1.GraphDef.FromString(side.graph.definition)


def test_a_graph_gives_what_the_execution_gave(ways: List[Execution]) -> None:
    compiled = [Execution("xla")] if MODES["xla"].why_not(current()) is None else []
    for way in [*ways, *compiled]:
        for side in of(plain, plain, way).sides:
            assert (side.no_graph, side.agrees, side.places) == ("", True, (0, 1)), way


def test_nested_inputs_and_outputs(ways: List[Execution]) -> None:
    for way in ways:
        side = of(nested, nested, way, {"x": VIDEO, "y": VIDEO}).sides[0]
        assert side.graph is not None
        assert [name is None for name in side.graph.outputs] == [False, True, False, False]
        assert side.agrees, (way, side.no_graph)


def test_a_graph_holds_no_more_than_it_needs(ways: List[Execution]) -> None:
    def with_a_loss() -> Any:
        layer = keras().layers.Dense(2)

        def call(video: Any) -> Any:
            tensorflow().reduce_sum(layer(video) * 12345.0, name="left_over")
            return layer(video)

        return call

    for way in ways:
        found = definition(of(with_a_loss, plain, way).sides[0])
        nodes = [*found.node, *(node for function in found.library.function for node in function.node_def)]
        in_functions = way.mode in ("function", "xla")
        assert in_functions or not [node.name for node in nodes if "left_over" in node.name]
        assert not [node.name for node in nodes if node.device or "_class" in node.attr]


def test_a_side_that_is_refused_when_it_is_built(ways: List[Execution]) -> None:
    def refusing() -> Any:
        def call(video: Any) -> Any:
            raise ValueError("not\nthis")

        return call

    for way in ways:
        side = of(plain, refusing, way).sides[1]
        assert side.refusal is not None
        assert side.outputs is None
        assert (side.graph, side.agrees) == (None, False)
        assert side.no_graph.startswith("a graph cannot be built: "), way


def test_a_side_that_is_refused_when_it_is_run() -> None:
    way = Execution("session", "batch")

    def refusing() -> Any:
        def call(video: Any) -> Any:
            return tensorflow().reshape(video, tensorflow().shape(video)[:1] + 5)

        return call

    side = of(plain, refusing, way).sides[1]
    assert side.refusal is not None
    assert side.refusal.step == "run"
    assert side.graph is not None
    assert side.agrees


def test_a_side_that_differs_in_a_graph(ways: List[Execution]) -> None:
    def eager_apart() -> Any:
        return lambda video: video * (2.0 if tensorflow().executing_eagerly() else 3.0)

    for way in ways:
        (side, _) = of(eager_apart, eager_apart, way).sides
        assert side.graph is not None
        assert side.agrees is (way.mode != "eager")


def test_a_graph_with_other_variables(ways: List[Execution]) -> None:
    def of_other_shape() -> Any:
        return keras().layers.Dense(2 if tensorflow().executing_eagerly() else 3)

    for way in ways:
        side = of(of_other_shape, plain, way).sides[0]
        if way.mode == "session":
            assert side.agrees
        else:
            assert side.graph is None
            assert side.no_graph.startswith("in a graph it has other variables: ")


def test_a_graph_that_is_large(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gathering, "GRAPH_LIMIT", 10)
    side = of(plain, plain, Execution("session")).sides[0]
    assert side.graph is None
    assert "a witness keeps at most 10" in side.no_graph
