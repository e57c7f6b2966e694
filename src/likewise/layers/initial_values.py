"""Weights of Keras layers that begin with the values that are foretold of them, instead of what an initializer draws.

To draw, and to assign other values afterwards, is a tenth of what an example takes eagerly.
"""

from __future__ import annotations

import contextlib
import functools
from dataclasses import dataclass
from typing import Any, Callable, FrozenSet, Iterator, Optional, Sequence, Set, Tuple

import numpy as np

from likewise.cell import keras, tensorflow
from likewise.layers.wrapping import class_with, wrapped
from likewise.variable import Catch, Foretold, Variable

__all__ = ["begun"]

#: Keras's initializers that take any sizes: they refuse nothing but a rank or a dtype.
_INITIALIZERS = (
    "zeros",
    "ones",
    "random_normal",
    "random_uniform",
    "truncated_normal",
    "glorot_normal",
    "glorot_uniform",
    "he_normal",
    "he_uniform",
    "lecun_normal",
    "lecun_uniform",
    "orthogonal",
)

_DTYPES = ("float16", "float32", "float64")

#: Which initializers have given values, for which rank and dtype.
_giving: Set[Tuple[type, int, str]] = set()


@contextlib.contextmanager
def begun(catch: Catch, foretold: Optional[Foretold]) -> Iterator[None]:
    """Let the weights of Keras layers that are created eagerly within begin with what is foretold, where there is that.

    An initializer is asked for its values all the same until it has given some of that rank and dtype, for that
    it refuses them is a result. ``catch`` is told which variables have begun so.
    """
    if foretold is None or not tensorflow().executing_eagerly():
        yield
        return
    known = _initializers()

    def wrap(original: Callable[..., Any]) -> Callable[..., Any]:
        def add_weight(layer: Any, *arguments: Any, **keywords: Any) -> Any:
            initializer = keywords.get("initializer")
            name = keywords.get("name", arguments[0] if arguments else None)  # up to Keras 2 it comes first
            if type(initializer) in known and isinstance(name, str):
                trained = keywords.get("trainable") is not False
                keywords["initializer"] = _Instead(initializer, name, trained, catch, foretold)
            return original(layer, *arguments, **keywords)

        return add_weight

    with wrapped(class_with("add_weight"), "add_weight", wrap):
        yield


@functools.lru_cache(maxsize=None)
def _initializers() -> FrozenSet[type]:
    # (in TensorFlow 1.15 layers have others than ``keras.initializers`` shows)
    return frozenset(type(keras().initializers.get(name)) for name in _INITIALIZERS)


@dataclass(frozen=True)
class _Instead:
    """Called as the initializer is, and gives what is foretold of the weight."""

    initializer: Any
    name: str
    trainable: bool
    catch: Catch
    foretold: Foretold

    def __call__(self, shape: Sequence[int], dtype: Any = None, **others: Any) -> Any:
        sizes = tuple(int(size) for size in shape)
        kind = "" if dtype is None else str(tensorflow().dtypes.as_dtype(dtype).name)
        key = type(self.initializer), len(sizes), kind
        if others or kind not in _DTYPES or key not in _giving:
            values = self.initializer(shape, dtype=dtype, **others)
            _giving.add(key)
            return values
        self.catch.begins()
        value = self.foretold(Variable(self.name, sizes, kind, self.trainable, "weight"))
        return np.asarray(value, dtype=kind)
