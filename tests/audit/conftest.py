from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Callable, Sequence, Tuple

import numpy as np
import pytest
from hypothesis import strategies as st

from likewise import Law, keras
from likewise.cell import current
from likewise.execution import usable_modes


@dataclass(frozen=True)
class Layer:
    """Settings of a layer, of which only some matter."""

    units: int = 2
    activation: str = "linear"
    use_bias: bool = True
    unused: float = 0.0


@dataclass(frozen=True)
class Case:
    """So many rows of three numbers, and a layer for them."""

    size: int
    layer: Layer = Layer()

    @property
    def inputs(self) -> Any:
        return np.cos(np.arange(self.size * 3, dtype="float32").reshape(self.size, 3))


CASES = st.builds(Case, st.integers(1, 9), st.builds(Layer, activation=st.sampled_from(["linear", "tanh"])))


def dense(case: Any) -> Any:
    layer = getattr(case, "layer", Layer())
    return keras().layers.Dense(layer.units, activation=layer.activation, use_bias=layer.use_bias)


def product(case: Any) -> Callable[[Any], Any]:
    """The same layer in a function."""
    layer = dense(case)

    def call(numbers: Any) -> Any:
        return layer(numbers)

    return call


@pytest.fixture
def law() -> Callable[..., Law]:
    """Makes laws that hold: of a Dense layer that is called by a function."""

    def made(name: str = "dense-is-dense", **settings: Any) -> Law:
        given = {"cases": CASES, "reference": dense, "candidate": product, "dimensions": ["static"], **settings}
        return Law(name, "a layer is a layer", **given)

    return made


@pytest.fixture
def case() -> Callable[..., Case]:
    return Case


@pytest.fixture
def names() -> Callable[[Sequence[Any]], Tuple[str, ...]]:
    """The names of the mutants of outcomes."""
    return lambda outcomes: tuple(each.mutant.name for each in outcomes)


@pytest.fixture
def eager() -> None:
    """Each run calls the program."""
    if "eager" not in usable_modes(current()):
        pytest.skip("there is no eager execution here")
