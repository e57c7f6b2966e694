"""Both sides are one object, or have variables in common: a clear error, and no verdict."""

from __future__ import annotations

from typing import Any, Callable, List, Tuple

import numpy as np
import pytest

from likewise import assert_equivalent, compare
from likewise.cell import keras
from likewise.errors import ImplementationError

X = np.linspace(-1, 1, 6, dtype="float32").reshape(2, 3)


def one_for_all(make: Callable[[], Any]) -> Callable[[], Any]:
    made: List[Any] = []

    def build() -> Any:
        if not made:
            made.append(make())
        return made[0]

    return build


def dense() -> Any:
    return keras().layers.Dense(2)


def test_one_layer_for_both(modes: Tuple[str, ...]) -> None:
    for mode in modes:
        build = one_for_all(dense)
        with pytest.raises(ImplementationError, match=r"reference=.* and candidate=.* are one object: .* its own"):
            compare(build, build, inputs=X, modes=[mode], dimensions=["static"])


def test_one_layer_within_both(modes: Tuple[str, ...]) -> None:
    for mode in modes:
        within = one_for_all(dense)
        with pytest.raises(ImplementationError, match=r"have the (variable|Dense) '.*dense.*' in common"):
            compare(
                lambda: keras().Sequential([dense(), within()]),  # noqa: B023  called within
                lambda: keras().Sequential([within(), dense()]),  # noqa: B023
                inputs=np.ones((2, 2), "float32"),
                modes=[mode],
                dimensions=["static"],
            )


def test_a_built_layer_against_itself(eager: None) -> None:
    layer = dense()
    layer(X)
    with pytest.raises(ImplementationError, match="one object"):
        assert_equivalent(layer, layer, inputs=X, modes=["eager"])


def test_layers_without_variables_may_be_shared(modes: Tuple[str, ...]) -> None:
    relu = keras().layers.ReLU()

    def build() -> Any:
        layer = dense()
        return lambda x: relu(layer(x))

    assert compare(build, build, inputs=X, modes=modes[:1], dimensions=["static"]).verdict == "identical"


def test_one_function_may_be_both() -> None:
    def doubled(x: Any) -> Any:
        return x * 2

    assert compare(doubled, doubled, inputs=X).verdict == "identical"
