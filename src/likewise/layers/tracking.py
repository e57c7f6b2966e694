"""Which variables a Keras layer or model knows as its own: what ``fit`` moves, and what files hold.

A layer that hides in a closure, a list of lambdas, or a ``Lambda`` layer is called, and its variables are caught; but
Keras finds layers by attributes alone, and leaves them out of ``model.variables`` and ``model.trainable_variables``.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, FrozenSet, Optional, Sequence

from likewise.cell import keras
from likewise.variable import inner

__all__ = ["Tracked", "tracked_by"]


@dataclass(frozen=True)
class Tracked:
    """The places of a program's variables that Keras tracks, and of those that it trains."""

    tracked: FrozenSet[int]
    trained: FrozenSet[int]


def tracked_by(function: Any, made: Sequence[Any]) -> Optional[Tracked]:
    """What a program tracks of the variables that it made; None for what is no Keras layer, which has no such notion.

    - made: TensorFlow's variables, in order of creation.
    """
    if not isinstance(function, keras().layers.Layer):
        return None
    try:
        weights, trained = function.weights, function.trainable_weights
    except ValueError:  # how Keras 2 says that a Sequential has none before it is built
        weights, trained = [], []
    places = {id(variable): place for place, variable in enumerate(made)}
    return Tracked(_among(places, weights), _among(places, trained))


def _among(places: Any, variables: Any) -> FrozenSet[int]:
    found = (id(inner(each)) for each in variables)
    return frozenset(places[each] for each in found if each in places)
