"""Methods of Keras's layers, wrapped for a while."""

from __future__ import annotations

import contextlib
import functools
from typing import Any, Callable, Iterator

from likewise.cell import keras, tensorflow

__all__ = ["class_with", "wrapped"]


@contextlib.contextmanager
def wrapped(kind: Any, name: str, wrap: Callable[[Callable[..., Any]], Callable[..., Any]]) -> Iterator[None]:
    """Within, let a class have for its own method of this name what ``wrap`` makes of it."""
    original = vars(kind)[name]
    # (with the original's module and name, by which AutoGraph knows that it is Keras's and need not be converted)
    setattr(kind, name, functools.wraps(original)(wrap(original)))
    try:
        yield
    finally:
        setattr(kind, name, original)


def class_with(name: str) -> Any:
    """The class that has the method of this name for all Keras layers that are made here."""
    return _eager_class_with(name) if tensorflow().executing_eagerly() else _class_with(name)


def _class_with(name: str) -> Any:
    # In a TF1 graph Keras 2 makes a layer of another class than eagerly, so an instance has to tell.
    mro = type(keras().layers.Layer(name="which_class_has_it")).__mro__
    return next(kind for kind in mro if name in vars(kind))


_eager_class_with = functools.lru_cache(maxsize=None)(_class_with)
