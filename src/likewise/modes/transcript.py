"""The operations of an eager call, as a graph to be read: none has to be traced for it."""

from __future__ import annotations

import contextlib
import inspect
from dataclasses import replace
from typing import Any, Dict, Iterable, Iterator, Union

import numpy as np

from likewise import nest
from likewise.cell import tensorflow
from likewise.modes.graph import Traced
from likewise.modes.operations import listening, runs_functions

__all__ = ["Transcript", "looped", "transcribed"]

#: A tensor that no operation gave stands as a constant where it has at most so many entries.
FEW = 64

#: By which an operation tells that it ran within a loop of TensorFlow's, as Keras makes over time steps.
_LOOPED = "_looped"


class Transcript:
    """What was heard of a call.

    - whole: whether all was heard; what runs within functions is not.
    - graph: the operations so far, as a graph that cannot be run.
    """

    def __init__(self, inputs: Any, values: Iterable[np.ndarray] = ()) -> None:
        """Begin with the inputs.

        - inputs: the nested tensors that the program is called with.
        - values: what its variables have; a number that one of them has is no constant.
        """
        self.whole = True
        self._values = {(each.dtype.name, each.shape, each.tobytes()) for each in values}
        self._definition = tensorflow().compat.v1.GraphDef()
        self._names: Dict[int, str] = {}
        self._tensors: Dict[str, Any] = {}
        placeholders = tuple(self._node(leaf, "Placeholder") for _, leaf in nest.flatten(inputs))
        self.graph = Traced(self._definition, placeholders, (), {}, {})

    def end(self, outputs: Any) -> None:
        """Note what the call gave, nested tensors."""
        names = nest.map_leaves(lambda leaf: None if leaf is None else self._names.get(id(leaf)), outputs)
        self.graph = replace(self.graph, outputs=names)

    def value(self, tensor: str) -> np.ndarray:
        """What a tensor of the graph was, by its name."""
        return np.asarray(self._tensors[tensor].numpy())

    def note(
        self, operation: Union[str, bytes], inputs: Any, attributes: Any, outputs: Any, *_: Any, **more: Any
    ) -> None:
        """Called by TensorFlow after each operation, also of a graph that is being built."""
        told = operation.decode() if isinstance(operation, bytes) else operation
        self.whole &= more.get("graph") is None and not runs_functions(told)
        if not self.whole:
            return
        given = [self._names.get(id(each)) or self._outer(each) for each in inputs]
        node = self._definition.node.add(name=f"operation_{len(self._definition.node)}", op=told, input=given)
        node.attr[_LOOPED].b = _in_a_loop()
        for key, value in zip(attributes[::2], attributes[1::2]):
            if key == "boundaries":
                node.attr[key].list.f.extend(value)
        for number, each in enumerate(outputs):
            self._know(each, f"{node.name}:{number}")

    def _outer(self, tensor: Any) -> str:
        """A node for a tensor that no operation of the call gave: a constant, or a variable's handle."""
        tf = tensorflow()
        if not (tensor.dtype.is_floating or tensor.dtype.is_integer) or tensor.shape.num_elements() > FEW:
            return self._node(tensor, "Placeholder")
        array = np.asarray(tensor.numpy())
        # (TensorFlow reads a variable unheard where an operation is given the variable itself)
        if (array.dtype.name, array.shape, array.tobytes()) in self._values:
            return self._node(tensor, "Placeholder")
        name = self._node(tensor, "Const")
        value = self._definition.node[-1].attr["value"].tensor
        value.CopyFrom(tf.compat.v1.make_tensor_proto(array, dtype=tensor.dtype))
        return name

    def _node(self, tensor: Any, operation: str) -> str:
        node = self._definition.node.add(name=f"outer_{len(self._definition.node)}", op=operation)
        node.attr["dtype"].type = tensor.dtype.as_datatype_enum
        self._know(tensor, f"{node.name}:0")
        return str(node.name)

    def _know(self, tensor: Any, name: str) -> None:
        self._names[id(tensor)] = name
        self._tensors[name] = tensor  # (as long as it lives no other has its identity)


def looped(node: Any) -> bool:
    """Whether an operation of a transcript ran within a loop of TensorFlow's."""
    return bool(node.attr[_LOOPED].b) if _LOOPED in node.attr else False


def _in_a_loop() -> bool:
    """Whether TensorFlow runs a loop, which eagerly is one of Python's."""
    frame = inspect.currentframe()
    while frame is not None:
        if frame.f_code.co_name == "while_loop" and frame.f_globals["__name__"].startswith("tensorflow"):
            return True
        frame = frame.f_back
    return False


@contextlib.contextmanager
def transcribed(inputs: Any, values: Iterable[np.ndarray] = ()) -> Iterator[Transcript]:
    """Listen to what runs eagerly within, in this thread; ``inputs`` and ``values`` are those of ``Transcript``."""
    found = Transcript(inputs, values)
    with listening(found.note):
        yield found
