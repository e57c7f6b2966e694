"""Weights that begin with what is foretold of them; what their initializers refuse is a result all the same."""

from __future__ import annotations

import contextlib
from typing import Any, Callable, Dict, Iterator, List
from unittest import mock

import numpy as np
import pytest

from likewise.cell import keras, tensorflow
from likewise.execution import Execution
from likewise.inputs import inputs_of
from likewise.layers import initial_values
from likewise.program import NO_CASE, Source
from likewise.trial import Trial, tried

X = np.linspace(-1, 1, 24, dtype="float32").reshape(2, 4, 3)


@pytest.fixture(autouse=True)
def nothing_asked(eager: None) -> Iterator[None]:
    """No initializer has given anything so far."""
    with mock.patch.object(initial_values, "_giving", set()):
        yield


@contextlib.contextmanager
def trial_of(build: Callable[[], Any]) -> Iterator[Trial]:
    sources = Source("reference", build), Source("candidate", build)
    with tried(*sources, inputs_of(NO_CASE, X), Execution("eager"), seed=3, once=True) as trial:
        yield trial


@contextlib.contextmanager
def asked(kind: type) -> Iterator[List[Any]]:
    """The shapes that initializers of a class are asked for within."""
    shapes: List[Any] = []
    call: Any = vars(kind)["__call__"]

    def noted(self: Any, shape: Any, *arguments: Any, **keywords: Any) -> Any:
        shapes.append(tuple(shape))
        return call(self, shape, *arguments, **keywords)

    with mock.patch.object(kind, "__call__", noted):
        yield shapes


def class_of(name: str) -> type:
    """The class that has the method, which the initializer of a name is called by."""
    return next(kind for kind in type(keras().initializers.get(name)).__mro__ if "__call__" in vars(kind))


def test_an_initializer_is_asked_once_for_a_rank() -> None:
    with asked(class_of("glorot_uniform")) as shapes:
        for units in (2, 3):
            with trial_of(lambda: keras().layers.Dense(units)) as trial:  # noqa: B023  called within
                assert trial.ran
        with trial_of(lambda: keras().layers.Conv1D(2, 1)) as trial:
            assert trial.ran
    assert shapes == [(3, 2), (1, 3, 2)]


@pytest.mark.parametrize(
    "build",
    [
        lambda: keras().layers.Dense(2),
        lambda: keras().layers.LSTM(2),
        lambda: keras().layers.BatchNormalization(scale=False),
        lambda: keras().layers.Dense(2, dtype="float16"),
    ],
)
def test_the_values_are_those_that_are_drawn(build: Callable[[], Any]) -> None:
    for _ in range(2):  # by their initializers, and then without
        with trial_of(build) as trial:
            assert trial.ran
            for side, values in zip(trial.sides, trial.values):
                held = side.read()
                assert {place: value.tobytes() for place, value in held.items()} == {
                    place: value.tobytes() for place, value in side.cast(values).items()
                }


def test_what_an_initializer_refuses_is_refused_each_time() -> None:
    """An orthogonal matrix has two axes, and not one."""

    def build() -> Any:
        return keras().layers.Dense(2, bias_initializer="orthogonal")

    def matrix() -> Any:
        return keras().layers.Dense(2, kernel_initializer="orthogonal")

    for made, refused in ((build, True), (matrix, False), (build, True), (matrix, False)):
        with trial_of(made) as trial:
            assert [side.refusal is not None for side in trial.sides] == [refused] * 2


def test_initializers_of_the_user_are_always_asked() -> None:
    calls: Dict[str, int] = {"own": 0, "function": 0}

    def drawn(shape: Any, dtype: Any = None, **_: Any) -> Any:
        calls["function"] += 1
        return tensorflow().zeros(shape, dtype)

    class Own(type(keras().initializers.get("zeros"))):  # type: ignore[misc]
        def __call__(self, shape: Any, dtype: Any = None, **_: Any) -> Any:
            calls["own"] += 1
            return tensorflow().ones(shape, dtype)

    for _ in range(2):
        with trial_of(lambda: keras().layers.Dense(2, kernel_initializer=Own(), bias_initializer=drawn)) as trial:
            assert trial.ran
    assert calls == {"own": 4, "function": 4}


def test_layers_are_as_they_were_afterwards() -> None:
    before = keras().layers.Layer.add_weight
    with trial_of(lambda: keras().layers.Dense(2)):
        pass
    assert keras().layers.Layer.add_weight is before
