"""Two programs that are one object, or have variables in common: what is loaded into one is in the other, too."""

from __future__ import annotations

from typing import Any, Optional, Sequence

__all__ = ["shared_between"]


def shared_between(made: Sequence[Sequence[Any]], layers: Sequence[Sequence[Any]]) -> Optional[str]:
    """What two programs have in common, for messages; None where they are apart.

    - made: TensorFlow's variables of each.
    - layers: the layers that each calls. In another graph a layer raises before it brings its variables along.
    """
    known = {id(each) for each in made[0]}
    for variable in made[1]:
        if id(variable) in known:
            return f"the variable {variable.name!r}"
    known = {id(each) for each in layers[0]}
    for layer in layers[1]:
        if id(layer) in known and layer.weights:
            return f"the {type(layer).__name__} {layer.name!r}"
    return None
