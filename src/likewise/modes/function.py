"""``tf.function``: the program traced into a graph, for known or unknown dimensions."""

from __future__ import annotations

import contextlib
from functools import partial
from typing import TYPE_CHECKING, Any, Dict, Iterator, Optional

from likewise import nest
from likewise.cell import Cell, tensorflow
from likewise.modes import Outputs, Running, Signature, eager, static_shape

if TYPE_CHECKING:
    from likewise.program import Program

__all__ = ["opened", "why_not"]


def why_not(cell: Cell) -> Optional[str]:
    return eager.why_not(cell)


@contextlib.contextmanager
def opened(
    program: Program,
    inputs: Any,
    signature: Signature,
    *,
    options: Optional[Dict[str, Any]] = None,
) -> Iterator[Running]:
    tf = tensorflow()
    with eager.kept(program):
        program.create(eager.to_tensors(inputs))
        specs = nest.pack(
            inputs,
            [tf.TensorSpec(shape, leaf.dtype) for shape, (_, leaf) in zip(signature, nest.flatten(inputs))],
        )
        user_function = program.function

        # A plain function around the user's, since tf.function reads the signature of what it
        # is given, and a layer's tells nothing.
        def traced_call(*arguments: Any) -> Any:
            return user_function(*arguments)

        traced = tf.function(traced_call, input_signature=program.arguments(specs), **(options or {}))
        with program.again():
            concrete = traced.get_concrete_function()
        known = program.as_before(concrete.structured_outputs)
        static = [static_shape(leaf) for _, leaf in nest.flatten(known)]

        def run(inputs: Any) -> Outputs:
            outputs = traced(*program.arguments(eager.to_tensors(inputs)))
            return Outputs(eager.to_arrays(outputs), static)

        yield Running(partial(eager.assign, program), run)
