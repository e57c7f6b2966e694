"""Training mode: how layers learn that they are called for training.

Keras hands ``training=True`` on from a layer's call to the layers that are called within it: TF 1.15's
Keras, Keras 2 and Keras 3 all do, eagerly, in ``tf.function`` and in TF1 graphs. So a program is
called from within a layer that does nothing else, and nobody has to know its layers.
"""

from __future__ import annotations

from typing import Any, Callable, List  # noqa: F401  (a comment names List)

from likewise.cell import keras, tensorflow

__all__ = ["in_training_mode"]


def in_training_mode(function: Callable[[], Any]) -> Any:
    """What the function returns when it is called where all Keras layers are in training mode."""
    given = []  # type: List[Any]  # (AutoGraph cannot read an annotated name that a function within uses)

    class Training(keras().layers.Layer):  # type: ignore[misc]
        def call(self, nothing: Any, training: Any = None) -> Any:  # noqa: ARG002  Keras tells those that ask
            given.append(function())  # a layer's own outputs would have to be tensors, and none of them None
            return nothing

    # A whole number is what no layer casts to its own precision.
    Training()(tensorflow().constant([0], "int32"), training=True)
    return given[-1]
