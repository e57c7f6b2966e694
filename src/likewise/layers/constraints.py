"""Constraints of weights, which hold after each step of an optimizer.

Up to Keras 2 a constraint is TensorFlow's variable's, and every optimizer knows it. In Keras 3 it is that of Keras's
variable, which holds TensorFlow's; so where the latter is trained, somebody else has to see to it.
"""

from __future__ import annotations

from typing import Any, Callable, Dict, Sequence

from likewise.cell import current
from likewise.variable import inner

__all__ = ["constraints_of"]


def constraints_of(made: Sequence[Any], layers: Sequence[Any]) -> Dict[int, Callable[[Any], Any]]:
    """The constraints that TensorFlow's optimizers do not know, by the place of the variable.

    - made: TensorFlow's variables, in order of creation.
    - layers: those that may have them.
    """
    if current().generation < 3:
        return {}
    places = {id(variable): place for place, variable in enumerate(made)}
    found = {}
    for layer in layers:
        for each in layer.weights:
            place = places.get(id(inner(each)))
            if place is not None and each.constraint is not None:
                found[place] = each.constraint
    return found
