"""Losses of layers' own: of regularizers, of activity regularizers, and those that ``add_loss`` adds.

``fit`` adds to its loss what ``model.losses`` has. Of a program that is no model they are those of the layers that it
calls by itself; what such a layer calls and does not know as its own, Keras leaves out. In a graph of TensorFlow 1
those of ``get_variable(regularizer=…)`` are added, which stand in a collection of the graph.
"""

from __future__ import annotations

from typing import Any, Iterable, Iterator, List, Sequence

from likewise.cell import keras, tensorflow

__all__ = ["forget_losses", "total_loss"]


def forget_losses(layers: Sequence[Any]) -> None:
    """Let layers forget the losses of calls so far, as ``fit`` does before each."""
    for layer in layers:
        layer._clear_losses()  # noqa: SLF001  Keras does it by this name in all generations


def total_loss(layers: Sequence[Any], mark: int) -> Any:
    """The sum of the losses that these layers have, a tensor in the default precision; None where they have none.

    - mark: how many operations the graph had before the layers were called. Up to Keras 2 a TF1 graph's losses stay
      with a layer for good.
    """
    tf, dtype = tensorflow(), keras().backend.floatx()
    found = [tf.convert_to_tensor(each) for layer in _outermost(layers) for each in layer.losses]
    if not tf.executing_eagerly():
        new = {id(operation) for operation in tf.compat.v1.get_default_graph().get_operations()[mark:]}
        found = [*(each for each in found if id(each.op) in new), *_collected(layers)]
    return tf.add_n([tf.reduce_sum(tf.cast(each, dtype)) for each in found]) if found else None


def _collected(layers: Sequence[Any]) -> Iterator[Any]:
    """The graph's regularization losses that are no layer's: made of variables, none of which a layer has."""
    v1 = tensorflow().compat.v1
    losses = v1.get_collection(v1.GraphKeys.REGULARIZATION_LOSSES)
    weights = {weight.op.name for layer in layers for weight in layer.weights} if losses else set()
    for loss in losses:
        sources = {operation.name: operation for operation in _behind(loss.op) if not operation.inputs}
        if weights.isdisjoint(sources) and not any("Placeholder" in each.type for each in sources.values()):
            yield loss


def _behind(operation: Any) -> List[Any]:
    """An operation and all that it is computed from."""
    found, left = {operation.name: operation}, [operation]
    while left:
        for given in left.pop().inputs:
            if given.op.name not in found:
                found[given.op.name] = given.op
                left.append(given.op)
    return list(found.values())


def _outermost(layers: Sequence[Any]) -> List[Any]:
    """Those that none of the others has in it."""
    within = {id(inside) for layer in layers for inside in _flattened(layer) if inside is not layer}
    return [layer for layer in layers if id(layer) not in within]


def _flattened(layer: Any) -> Iterable[Any]:
    """A layer's layers, of any depth."""
    flattened = getattr(layer, "_flatten_layers", None)
    # TensorFlow 1.15 has the submodules alone.
    found: Iterable[Any] = layer.submodules if flattened is None else flattened()
    return found
