"""Which variables training changes: Keras says so by its layers, and TensorFlow where no layer has a say.

``layer.trainable = False`` leaves TensorFlow's own flag as it was when the variable was created. What
``fit`` changes are the ``trainable_weights`` of layers, so the layers that a program calls are noted.
"""

from __future__ import annotations

import contextlib
from dataclasses import replace
from typing import Any, Callable, Dict, Iterator, List, Sequence, Set, Tuple

from likewise.layers.wrapping import class_with, wrapped
from likewise.variable import Variable, inner

__all__ = ["calling", "described_by_layers", "unmoved"]


@contextlib.contextmanager
def calling(noted: List[Any], outermost: List[Any]) -> Iterator[None]:
    """Note in ``noted`` each Keras layer that is called within, once, in order of their first calls.

    - outermost: gets those that no other layer calls.
    """
    seen: List[Set[int]] = [set(), set()]
    depth = [0]

    def wrap(original: Callable[..., Any]) -> Callable[..., Any]:
        def noting(layer: Any, *arguments: Any, **keywords: Any) -> Any:
            for known, each in zip(seen, (noted, outermost)):
                if id(layer) not in known and not (each is outermost and depth[0]):
                    known.add(id(layer))
                    each.append(layer)
            depth[0] += 1
            try:
                return original(layer, *arguments, **keywords)
            finally:
                depth[0] -= 1

        return noting

    with wrapped(class_with("__call__"), "__call__", wrap):
        yield


def described_by_layers(
    variables: Sequence[Variable], made: Sequence[Any], layers: Sequence[Any]
) -> Tuple[Variable, ...]:
    """The descriptions with what Keras says of being trained.

    - made: TensorFlow's variables that are described.
    - layers: a variable that any of them has is trained where it is among the ``trainable_weights`` of one.
    """
    had: Set[int] = set()
    trained: Set[int] = set()
    for layer in layers:
        had.update(id(inner(each)) for each in layer.weights)
        trained.update(id(inner(each)) for each in layer.trainable_weights)
    return tuple(
        replace(each, trainable=id(variable) in trained) if id(variable) in had else each
        for each, variable in zip(variables, made)
    )


def unmoved(made: Sequence[Any], layers: Sequence[Any]) -> Set[int]:
    """The places of the variables whose updates Keras drops, since their layers are frozen.

    Up to Keras 2 frozen layers make updates in TF1 graphs all the same, and leave them out of ``layer.updates``.
    """
    innermost: Dict[int, Any] = {}
    # The layer that makes the updates has the fewest weights, and is called by those that have as many.
    for layer in sorted(layers, key=lambda each: -len(each.weights)):
        if hasattr(layer, "updates"):
            innermost.update((id(inner(each)), layer) for each in layer.weights)
    found = {place: innermost[id(variable)] for place, variable in enumerate(made) if id(variable) in innermost}
    return {place for place, layer in found.items() if not (layer.trainable or layer.stateful)}
