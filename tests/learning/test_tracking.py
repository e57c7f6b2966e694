"""What Keras tracks: a layer that is called, and that ``fit`` does not find."""

from __future__ import annotations

from typing import Any, Callable, Tuple

import pytest

from likewise import training, variables
from likewise.cell import current, keras, tensorflow
from likewise.comparison import Finding

FindOut = Callable[..., Finding]
Implementation = Callable[[], Any]


def model(kept: str) -> Implementation:
    """A model of one dense layer, which it keeps in an attribute, or hides."""

    class Blocks(keras().Model):  # type: ignore[misc]
        def __init__(self) -> None:
            super().__init__()
            layer = keras().layers.Dense(2)
            if kept == "attribute":
                self.layer = layer
            elif kept == "list":
                self.blocks = [layer]
            self.find = {"layer": layer}.__getitem__ if kept == "method" else lambda _: layer

        def call(self, video: Any) -> Any:
            return self.find("layer")(video)

    return Blocks


def lambda_layer() -> Any:
    layer = keras().layers.Dense(2)
    return keras().layers.Lambda(lambda video: layer(video))  # noqa: PLW0108  (up to Keras 2 it refuses variables)


def dense() -> Any:
    return keras().layers.Dense(2)


def function() -> Any:
    layer = dense()
    return lambda video: layer(video)  # noqa: PLW0108  no Keras layer at the outermost


@pytest.mark.parametrize("hidden", [model("closure"), model("method")])
def test_a_hidden_layer_is_not_tracked(found: FindOut, modes: Tuple[str, ...], hidden: Implementation) -> None:
    for mode in modes:
        finding = found(variables, model("attribute"), hidden, mode)
        assert finding.verdict == "different"
        first = finding.message.splitlines()[0]
        assert first.startswith("Keras does not track ")
        assert first.endswith(" in the candidate, but tracks its counterpart in the reference")


def test_a_hidden_layer_is_not_trained(found: FindOut, modes: Tuple[str, ...]) -> None:
    for mode in modes:
        finding = found(training, model("closure"), model("attribute"), mode)
        assert finding.verdict == "different"
        assert "where Keras does not track it: fit moves nothing of it" in finding.message


def test_a_layer_in_a_lambda_layer_is_not_tracked(found: FindOut, modes: Tuple[str, ...]) -> None:
    if current().generation < 3:
        pytest.skip("up to Keras 2 a Lambda layer refuses variables")
    finding = found(variables, dense, lambda_layer, modes[0])
    assert finding.verdict == "different"
    assert "Keras does not track" in finding.message


def test_keras_3_tracks_no_variable_of_tensorflow(found: FindOut, modes: Tuple[str, ...]) -> None:
    if current().generation < 3:
        pytest.skip("up to Keras 2 variables are TensorFlow's")

    class Raw(keras().layers.Layer):  # type: ignore[misc]
        def __init__(self, *, raw: bool) -> None:
            super().__init__()
            if raw:
                self.scale = tensorflow().Variable([1.0, 1.0, 1.0], name="scale")
            else:
                self.scale = self.add_weight(shape=(3,), name="scale")

        def call(self, video: Any) -> Any:
            return video * tensorflow().convert_to_tensor(self.scale)

    finding = found(variables, lambda: Raw(raw=False), lambda: Raw(raw=True), modes[0])
    assert "Keras does not track scale:0 in the candidate" in finding.message


@pytest.mark.parametrize("claim", [variables, training])
@pytest.mark.parametrize("other", [model("list"), dense, function])
def test_what_is_tracked_or_has_no_such_notion_is_the_same(
    found: FindOut, modes: Tuple[str, ...], claim: Any, other: Implementation
) -> None:
    for mode in modes:
        assert found(claim, model("attribute"), other, mode).verdict == "identical"


def test_a_function_leaves_nothing_out(found: FindOut, modes: Tuple[str, ...]) -> None:
    assert found(variables, function, model("closure"), modes[0]).verdict == "identical"


@pytest.mark.parametrize("claim", [variables, training])
def test_variables_of_a_mixed_policy_are_tracked(found: FindOut, modes: Tuple[str, ...], claim: Any) -> None:
    if current().generation > 2 or not hasattr(getattr(keras(), "mixed_precision", None), "Policy"):
        pytest.skip("Keras 2 has such variables, and TensorFlow 1.15 no policies but experimental ones")

    def mixed() -> Any:
        return keras().layers.Dense(2, dtype=keras().mixed_precision.Policy("mixed_float16"))

    def wide() -> Any:
        return keras().Sequential([mixed()])

    assert found(claim, mixed, wide, modes[0]).verdict in ("identical", "rounding")
