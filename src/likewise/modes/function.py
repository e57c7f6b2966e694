"""``tf.function``: the program traced into a graph, for known or unknown dimensions."""

from __future__ import annotations

import contextlib
from functools import partial
from typing import TYPE_CHECKING, Any, Dict, Iterator, Optional, Tuple

from likewise import nest
from likewise.cell import Cell, tensorflow
from likewise.modes import Outputs, Running, Signature, Step, Traits, eager, prepare, static_shape, the_call
from likewise.modes.graph import Traced, as_tensors, of_function

if TYPE_CHECKING:
    from likewise.program import Program

__all__ = ["TRAITS", "opened", "why_not"]


TRAITS = Traits(graphs=True, open_shapes=True, takes_built=True, by_default=True, naming=1)


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
        traced: Dict[Step, Tuple[Any, Any]] = {}
        outputs: Dict[Step, Any] = {}

        def trace(step: Step) -> Tuple[Any, Any]:
            # A plain function, since tf.function reads the signature of what it is given, and a layer's tells nothing.
            def taken(inputs: Any) -> Any:
                found = step(program.call(inputs))
                outputs[step] = as_tensors(found)
                return found

            prepare(step, program)
            function = tf.function(taken, input_signature=[specs], **(options or {}))
            known = function.get_concrete_function().structured_outputs
            if step is the_call:
                program.as_before(known)
            return function, [static_shape(leaf) for _, leaf in nest.flatten(known)]

        # What cannot be traced is refused when it is opened, as in the other modes.
        traced[the_call] = trace(the_call)

        def run(inputs: Any, step: Step = the_call) -> Outputs:
            if step not in traced:
                traced[step] = trace(step)
            function, static = traced[step]
            return Outputs(eager.to_arrays(function(eager.to_tensors(inputs))), static)

        def as_graph(step: Step, _: Any) -> Traced:
            if step not in traced:
                traced[step] = trace(step)
            return of_function(program, traced[step][0].get_concrete_function(), outputs[step])

        yield Running(partial(eager.assign, program), partial(eager.read, program), run, as_graph, eager.value)
