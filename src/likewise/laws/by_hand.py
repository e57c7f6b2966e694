"""What programs written by hand need in place of layers: variables of their own, and activations."""

from __future__ import annotations

from typing import Any, Callable

import numpy as np

from likewise.cell import keras, tensorflow

__all__ = ["activation", "weight"]


def weight(name: str, *shape: int, trainable: bool = True) -> Any:
    """A variable of the dtype that layers have now, with the name that a layer gives it."""
    zeros = np.zeros(shape, keras().backend.floatx())
    return tensorflow().Variable(zeros, name=name, trainable=trainable)


def activation(name: str) -> Callable[[Any], Any]:
    """Keras's activation of this name."""
    return keras().activations.get(name)  # type: ignore[no-any-return]
