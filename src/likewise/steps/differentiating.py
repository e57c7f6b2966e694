"""Gradients of a program, for a cotangent that is the same in every mode.

The cotangent is computed in the graph from the outputs' own shapes, since a graph may know none of them, and
what is fed would have to be known before it runs. It comes from whole numbers and a power of two, which are
exact in every dtype and mode, so both sides get the same bytes everywhere.
"""

from __future__ import annotations

from typing import Any, Dict, List, NamedTuple, Sequence

from likewise import nest
from likewise.cell import tensorflow
from likewise.program import Call

__all__ = ["Differentiated", "cotangent", "differentiated", "in_session"]

#: A prime below 2**31, so that squares of what it leaves fit into int64.
_PRIME = 2147483647


class Differentiated(NamedTuple):
    """What a call gave, and how it depends on what it was given.

    ``inputs`` has a gradient for each floating-point input, by its path, and ``variables`` one for each place that
    was asked for: dense tensors, or None where nothing flows. ``loss`` is the sum of the losses of layers' own, None
    where there are none, or where they were not asked for.
    """

    outputs: Any
    inputs: Dict[str, Any]
    variables: Dict[int, Any]
    loss: Any = None


def in_session() -> bool:
    """Whether a TF1 graph is being built, rather than one of ``tf.function``, or none."""
    tf = tensorflow()
    return not tf.executing_eagerly() and not tf.compat.v1.get_default_graph().building_function


def differentiated(
    call: Call, places: Sequence[int], *, training: bool = False, losses: bool = False
) -> Differentiated:
    """Call the program, in training mode or not, and differentiate it by its inputs and the variables at ``places``.

    - losses: whether the losses of layers' own are differentiated with the outputs.
    """
    tf = tensorflow()
    loss = tf.autograph.experimental.do_not_convert(call.program.loss)
    mark = 0 if tf.executing_eagerly() else len(tf.compat.v1.get_default_graph().get_operations())
    if losses:
        call.program.forget_losses()
    inputs = [(f"inputs{path}", leaf) for path, leaf in nest.flatten(call.inputs) if leaf.dtype.is_floating]
    sources = [leaf for _, leaf in inputs] + [call.variables[place] for place in places]
    if in_session():
        outputs = call.outputs(training=training)
        own = loss(mark) if losses else None
        targets, cotangents = _targets(outputs, own)
        found = tf.compat.v1.gradients(targets, sources, cotangents) if targets else [None] * len(sources)
    else:
        with tf.GradientTape(watch_accessed_variables=False) as tape:
            for source in sources:
                tape.watch(source)
            outputs = call.outputs(training=training)
            own = loss(mark) if losses else None
        targets, cotangents = _targets(outputs, own)
        found = tape.gradient(targets, sources, cotangents) if targets else [None] * len(sources)
    # Rows that were looked up come as slices; what is compared is the whole.
    dense = [None if each is None else tf.convert_to_tensor(each) for each in found]
    by_input = dict(zip([path for path, _ in inputs], dense))
    if losses:
        call.program.forget_losses()  # of a graph that is being traced, they are nothing to whoever runs eagerly next
    return Differentiated(outputs, by_input, dict(zip(places, dense[len(inputs) :])), own)


def _targets(outputs: Any, loss: Any) -> Any:
    """The outputs that can be differentiated, and the loss, with a cotangent for each."""
    tf = tensorflow()
    targets: List[Any] = []
    cotangents: List[Any] = []
    for stream, (_, leaf) in enumerate(nest.flatten(outputs)):
        if tf.is_tensor(leaf) and (leaf.dtype.is_floating or leaf.dtype.is_complex):
            targets.append(leaf)
            cotangents.append(cotangent(leaf, stream))
    if loss is not None:
        targets.append(loss)
        cotangents.append(tf.ones_like(loss))
    return targets, cotangents


def cotangent(output: Any, stream: int) -> Any:
    """Odd multiples of 1/64 from -127/64 to 127/64 in the output's shape and dtype, by place and stream.

    They look random, are never zero, and are exact in eight bits: in bfloat16, too.
    """
    tf = tensorflow()
    numbers = tf.range(tf.size(output, out_type=tf.int64), dtype=tf.int64) * 48271 + (stream + 1) * 1000003
    for round_ in (1, 2, 3):  # squares modulo a prime leave no pattern along any axis
        numbers = tf.math.floormod(numbers, _PRIME)
        numbers = numbers * numbers + round_ * 10007
    odd = 2 * tf.math.floormod(tf.math.floormod(numbers, _PRIME), 128) - 127
    values = tf.cast(odd, output.dtype) * tf.cast(2.0**-6, output.dtype)
    return tf.reshape(values, tf.shape(output))
