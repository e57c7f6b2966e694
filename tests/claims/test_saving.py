"""``saving``: what does not come back from a file, in each format that this cell has."""

from __future__ import annotations

from typing import Any, Callable, List, Tuple

import pytest
from packaging.version import Version

from likewise import config, saving
from likewise.cell import current, keras, tensorflow
from likewise.claims.saving import NAMES
from likewise.comparison import Finding
from likewise.errors import LawError

FindOut = Callable[..., Finding]
Implementation = Callable[[], Any]


def dense() -> Any:
    return keras().layers.Dense(3)


def wrapped() -> Any:
    return keras().layers.TimeDistributed(keras().layers.Dense(3))


def functional() -> Any:
    layers = keras().layers
    inputs = layers.Input((4, 3))
    return keras().Model(inputs, layers.BatchNormalization()(layers.Dense(3)(inputs)))


def function() -> Any:
    layer = dense()
    return lambda video: layer(video, training=False)


def expected(mode: str, *, model: bool, layer: bool = True) -> List[str]:
    """The formats that this cell has in a mode."""
    eager, generation = mode != "session", current().generation
    has = {
        ".keras": layer and eager and Version(current().keras) >= Version("2.12"),
        ".h5": layer and (eager or generation < 3),
        "SavedModel": layer and eager,
        "save_weights": model and (eager or generation < 3),
        "tf.train.Checkpoint": layer,
        "Saver": not eager,
    }
    return [name for name in NAMES if has[name]]


@pytest.mark.parametrize("same", [dense, wrapped, functional, function])
def test_each_format(found: FindOut, modes: Tuple[str, ...], same: Implementation) -> None:
    for mode in modes:
        formats = expected(mode, model=same is functional, layer=same is not function)
        finding = found(saving, same, same, modes=[mode])
        if formats:
            assert finding.message == ""
            assert finding.verdict in ("identical", "rounding")
            assert finding.compared == len(formats) * 2 * 2 * 4 * 3
        else:
            assert finding.verdict is None
            assert [line.partition(":")[0] for line in finding.message.splitlines()][::2] == list(NAMES)


def test_unknown_dimensions(found: FindOut, modes: Tuple[str, ...]) -> None:
    finding = found(saving, wrapped, wrapped, modes=modes[-2:], dimensions=["batch"])
    assert (finding.verdict, finding.message) == ("identical", "")


def hiding() -> Any:
    """A layer with a variable in a place where neither Keras nor TensorFlow looks."""

    class Hiding(keras().layers.Layer):  # type: ignore[misc]
        def build(self, _: Any) -> None:
            variable = tensorflow().Variable([1.0, 1.0, 1.0], name="hidden")
            object.__setattr__(self, "hidden", (lambda: variable))
            super().build(_)

        def call(self, inputs: Any) -> Any:
            return inputs * self.hidden()

    return Hiding()


def keeping() -> Any:
    class Keeping(keras().layers.Layer):  # type: ignore[misc]
        def build(self, _: Any) -> None:
            self.kept = self.add_weight(name="kept", shape=(3,))
            super().build(_)

        def call(self, inputs: Any) -> Any:
            return inputs * self.kept

    return Keeping()


def test_weights_that_are_not_saved(found: FindOut, modes: Tuple[str, ...]) -> None:
    for mode in modes:
        for name in expected(mode, model=False):
            finding = found(saving.by(name), keeping, hiding, modes=[mode])
            if name == "Saver":  # it goes by the variables of the graph, and finds it
                assert finding.verdict == "identical"
                continue
            assert finding.verdict == "different"
            assert finding.message.startswith(f"{name}: the candidate ")
            assert " come back from its file:" in finding.message


def subclassed() -> Any:
    class Network(keras().Model):  # type: ignore[misc]
        def __init__(self, layer: Any) -> None:
            super().__init__()
            self.layer = layer

        def call(self, inputs: Any) -> Any:
            return self.layer(inputs)

    return Network(dense())


def test_what_says_that_it_cannot(found: FindOut, modes: Tuple[str, ...]) -> None:
    for mode in modes:
        if ".h5" in expected(mode, model=True):
            finding = found(saving.by(".h5"), function, subclassed, modes=[mode])
            assert finding.verdict is None
            assert "the candidate cannot come back from its file: NotImplementedError: " in finding.message
            finding = found(saving.by(".h5"), functional, subclassed, modes=[mode])
            assert finding.verdict == "different"


def test_an_unknown_format() -> None:
    with pytest.raises(LawError, match=r"format=.zip., but expected one of \.keras, \.h5, SavedModel, "):
        saving.by("zip")


def unreadable() -> Any:
    """A layer whose config does not bring it back: a name that is asked for is not in it."""

    class Unreadable(keras().layers.Dense):  # type: ignore[misc]
        def __init__(self, *, size: int, **others: Any) -> None:
            super().__init__(size, **others)

        def get_config(self) -> Any:
            return super().get_config()

    return Unreadable(size=3)


def test_both_fail_in_what_keras_promises(found: FindOut, modes: Tuple[str, ...]) -> None:
    for mode in modes:
        for name in (".keras", ".h5"):
            if name in expected(mode, model=False):
                finding = found(saving.by(name), unreadable, unreadable, modes=[mode])
                assert finding.verdict == "different"
                assert finding.message.startswith(f"{name}: both sides fail to come back from {name}: ")


def test_both_fail_to_come_back_from_their_configs(found: FindOut) -> None:
    finding = found(config, unreadable, unreadable)
    assert finding.verdict == "different"
    assert finding.message.startswith("both sides fail to come back from their configs: ")


@pytest.mark.parametrize("same", [function, subclassed])
@pytest.mark.parametrize("claim", [saving.by(".keras", ".h5"), config])
def test_what_is_not_promised_is_not_compared(found: FindOut, claim: Any, same: Implementation) -> None:
    assert found(claim, same, same).verdict is None


@pytest.mark.skipif("current().generation < 3")
def test_code_that_keras_does_not_run_unasked_is_not_promised(found: FindOut) -> None:
    def tripled() -> Any:
        return keras().Sequential([keras().layers.Lambda(lambda video: 3 * video)])

    assert found(saving.by(".keras"), tripled, tripled, modes=["eager"]).verdict is None
