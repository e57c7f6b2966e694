"""``shapes``: how many outputs are foretold, what is no shape, and symbolic tensors that one side refuses."""

from __future__ import annotations

from typing import Any, Callable, Tuple

import numpy as np
import pytest

from likewise import compare, shapes
from likewise.cell import current, keras
from likewise.comparison import Finding

FindOut = Callable[..., Finding]
Implementation = Callable[[], Any]


def foretelling(told: Callable[[Any], Any]) -> Implementation:
    """A layer of two outputs that foretells what ``told`` makes of the inputs' shape."""

    class Twice(keras().layers.Layer):  # type: ignore[misc]
        def call(self, video: Any) -> Any:
            return video, video[..., :1]

        def compute_output_shape(self, input_shape: Any) -> Any:
            return told(tuple(input_shape))

    return Twice


def truly(shape: Any) -> Any:
    return [shape, (*shape[:-1], 1)]


@pytest.mark.parametrize(
    "told, message",
    [
        (lambda shape: shape, "compute_output_shape foretells 1 output in the candidate, but 2 outputs came"),
        (lambda shape: [shape] * 3, "compute_output_shape foretells 3 outputs in the candidate, but 2 outputs came"),
        (lambda shape: (shape, 4), "compute_output_shape is ((2, 4, 3), 4) in the candidate, which are no shapes of 2"),
        (lambda _: 7, "compute_output_shape is 7 in the candidate, which are no shapes of 2 outputs"),
    ],
)
def test_other_outputs_than_foretold(
    found: FindOut, modes: Tuple[str, ...], told: Callable[[Any], Any], message: str
) -> None:
    finding = found(shapes, foretelling(truly), foretelling(told), seed=1)
    assert finding.verdict == "different"
    assert message in finding.message


def test_as_many_outputs_as_foretold(found: FindOut) -> None:
    assert found(shapes, foretelling(truly), foretelling(truly), seed=1).verdict == "identical"


def states(**settings: Any) -> Implementation:
    return lambda: keras().layers.LSTM(2, return_state=True, **settings)


def test_states_are_foretold(found: FindOut, modes: Tuple[str, ...]) -> None:
    for mode in modes:
        assert found(shapes, states(), states(), modes=[mode]).verdict == "identical"
        finding = found(shapes, states(), lambda: keras().layers.LSTM(2), modes=[mode])
        assert finding.verdict == "different"


def test_what_is_foretold_of_wrapped_states_is_no_traceback(modes: Tuple[str, ...]) -> None:
    def wrapped() -> Any:
        return keras().layers.TimeDistributed(states()())

    inputs = np.ones((2, 3, 2, 3), "float32")
    for mode in modes:
        compared = compare(wrapped, wrapped, inputs=inputs, claims=[shapes], modes=[mode], dimensions=["static"])
        if current().generation >= 3 and mode == "eager":
            assert "which are no shapes of" in compared.claims["shapes"].message


def refusing(kind: str) -> Implementation:
    """A layer that takes no symbolic tensors, or a function that does not."""

    class Refusing(keras().layers.Layer):  # type: ignore[misc]
        def __call__(self, video: Any) -> Any:
            if hasattr(video, "_keras_history"):
                raise TypeError("no symbolic tensors")
            return super().__call__(video)

        def call(self, video: Any) -> Any:
            return video + 0

    def build() -> Any:
        layer = Refusing()
        return layer if kind == "layer" else lambda video: layer(video)  # noqa: PLW0108  no layer at the outermost

    return build


def adding() -> Any:
    return keras().layers.Activation("linear")


@pytest.mark.skipif("current().behavior == 'compat1'")
def test_symbolic_tensors_that_one_layer_refuses(found: FindOut) -> None:
    finding = found(shapes, adding, refusing("layer"), modes=["function"], seed=4)
    assert finding.verdict == "different"
    assert finding.message == "the candidate raises for Keras's symbolic tensors: TypeError: no symbolic tensors"


@pytest.mark.parametrize("other", [refusing("layer"), refusing("function")])
def test_symbolic_tensors_that_both_refuse(found: FindOut, modes: Tuple[str, ...], other: Implementation) -> None:
    finding = found(shapes, refusing("layer"), other, modes=modes[-1:], seed=4)
    assert finding.verdict == "identical"


def test_symbolic_tensors_that_a_function_refuses(found: FindOut, modes: Tuple[str, ...]) -> None:
    finding = found(shapes, adding, refusing("function"), modes=modes[-1:], seed=4)
    assert finding.verdict == "identical"
