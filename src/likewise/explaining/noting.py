"""Every call of a Keras layer, noted while a program runs: a step that gives what each got and gave."""

from __future__ import annotations

import contextlib
import re
import sys
from dataclasses import dataclass, field
from typing import Any, Callable, Dict, Iterator, List, Optional, Tuple

import numpy as np

from likewise import nest
from likewise.cell import keras, tensorflow
from likewise.explanation import LayerFault
from likewise.layers.wrapping import wrapped
from likewise.program import Call, components
from likewise.variable import own_variables

__all__ = ["Noted", "Noting", "raising"]

#: How TensorFlow's messages tell the operation that a graph failed in: "{{node lstm/MatMul}}", "Node: 'lstm/MatMul'".
_NODE = re.compile(r"\b[Nn]ode:? '?([\w.\-/]+)")


#: The tensors of a call.
_PARTS = ("inputs", "outputs", "masks", "made")


@dataclass
class Noted:
    """One call of a layer: what is known without running it.

    - path: (class, name) of the layers that call it, the outermost first, and its own.
    - start, end: when it began and ended, counted in beginnings and ends.
    - parent: the place of the call within which it is; -1 for none.
    - layer: tells calls of one layer from those of another.
    - variables: places of the program's variables that the layer has.
    - cell: whether it is the cell of a recurrent layer that calls it.
    - model: whether it is a model, which has layers of its own.
    - wrapped: the classes of the layers that it wraps, the outermost first.
    - inputs, outputs, masks, made: the tensors that it gets and gives, and the masks of Keras's that come with them.
    """

    path: Tuple[Tuple[str, str], ...]
    parent: int
    layer: int
    start: int
    end: int = -1
    variables: Tuple[int, ...] = ()
    cell: bool = False
    model: bool = False
    wrapped: Tuple[str, ...] = ()
    inputs: List[Any] = field(default_factory=list)
    outputs: List[Any] = field(default_factory=list)
    masks: List[Any] = field(default_factory=list)
    made: List[Any] = field(default_factory=list)

    @property
    def kind(self) -> str:
        """The layer's class."""
        return self.path[-1][0]

    @property
    def title(self) -> str:
        """How messages name it, e.g. "Conv2D 'conv2d'", or "TimeDistributed(Conv2D) 'time_distributed'"."""
        return f"{'('.join((self.kind, *self.wrapped))}{')' * len(self.wrapped)} {self.path[-1][1]!r}"

    @property
    def inside(self) -> str:
        """How messages go on where other layers call it, e.g. ", inside Bidirectional 'bidirectional'"."""
        return "".join(f", inside {kind} {name!r}" for kind, name in reversed(self.path[:-1]))

    def fault(self, message: str, side: str) -> LayerFault:
        """That it is at fault, on a side ("reference" or "candidate")."""
        kinds = (*(kind for kind, _ in self.path), *self.wrapped)
        return LayerFault(message, self.path[-1][1], self.kind, side, kinds)


class Noting:
    """The step that calls a program and gives its inputs, its outputs, and what its layers got and gave.

    After it was built for a program, ``of(program)`` tells the calls; they are in the order in which the
    step's "calls" are. Only calls whose tensors belong to the graph at hand are noted: the inside of a loop or of a
    function is in another one.

    - operations: give the outputs of the graph's operations too, where they depend on the inputs; an eager program is
      traced for them.
    """

    def __init__(self, *, operations: bool = False) -> None:
        self.operations = operations
        self._of: Dict[int, Tuple[Any, List[Noted]]] = {}

    def of(self, program: Any) -> List[Noted]:
        """The calls of a program's layers."""
        return self._of[id(program)][1]

    def __call__(self, call: Call) -> Any:
        """The nested tensors, with what "calls" got and gave."""
        tf = tensorflow()
        if self.operations and tf.executing_eagerly():
            specs = nest.map_leaves(lambda leaf: tf.TensorSpec(leaf.shape, leaf.dtype), call.inputs)

            def taken(inputs: Any) -> Any:
                return self._noted(Call(call.program, inputs))

            return tf.function(taken, input_signature=[specs])(call.inputs)
        return self._noted(call)

    def _noted(self, call: Call) -> Any:
        graph = None if tensorflow().executing_eagerly() else tensorflow().compat.v1.get_default_graph()
        known = set() if graph is None else {id(each) for each in graph.get_operations()}
        watch = _Watch(graph, {id(variable): place for place, variable in enumerate(call.variables)})
        with watch.patched():
            outputs = call.outputs()
        made: Dict[str, Any] = {}
        if self.operations and graph is not None:
            new = [each for each in graph.get_operations() if id(each) not in known]
            made = _by_type(graph, _depending(new, [leaf for _, leaf in nest.flatten(call.inputs)]))
        self._of[id(call.program)] = (call.program, watch.calls)
        calls = [{part: getattr(each, part) for part in _PARTS} for each in watch.calls]
        for each in watch.calls:
            for part in _PARTS:
                setattr(each, part, [])  # tensors of a graph are of no use outside of it
        given = [leaf for _, leaf in nest.flatten(call.inputs)]
        return {"inputs": given, "outputs": outputs, "calls": calls, "operations": made}


@contextlib.contextmanager
def raising() -> Iterator[Callable[[str], Tuple[Optional[Noted], Optional[Noted]]]]:
    """Within, layers are watched; the function given tells the innermost one that raised last, and who gave its input.

    None for none. It takes the message of what was raised: where a graph was run, that names the operation, and so its
    layer's scope.
    """
    watch = _Watch(None, {})
    with watch.patched():
        yield lambda message: (watch.raised or watch.naming(message), watch.giver)


class _Watch:
    """What is seen of the calls of all layers; tensors of ``graph`` alone, eager ones where it is None."""

    def __init__(self, graph: Any, places: Dict[int, int]) -> None:
        self.graph = graph
        self.places = places
        self.calls: List[Noted] = []
        self.raised: Optional[Noted] = None
        self.giver: Optional[Noted] = None
        self._given: List[Tuple[Any, Noted]] = []
        self._entered: List[Noted] = []
        self._open: List[Tuple[Any, Tuple[str, str], int]] = []
        self._clock = 0

    @contextlib.contextmanager
    def patched(self) -> Iterator[None]:
        """Calls of layers are seen within."""
        with contextlib.ExitStack() as stack:
            for base in _bases():
                stack.enter_context(wrapped(base, "__call__", self._seeing))
            yield

    def _seeing(self, original: Callable[..., Any]) -> Callable[..., Any]:
        def __call__(layer: Any, *args: Any, **kwargs: Any) -> Any:  # noqa: N807
            noted = self._begun(layer, (args, kwargs))
            self._open.append((layer, (type(layer).__name__, layer.name), -1 if noted is None else len(self.calls) - 1))
            here = Noted(self._path(), -1, id(layer), self._clock, wrapped=_wrapped(layer))
            self._entered.append(here)
            try:
                outputs = original(layer, *args, **kwargs)
            except Exception:
                if self.raised is None:
                    self.raised, self.giver = here, self._giver(args)
                raise
            else:
                self.raised = self.giver = None  # what a layer catches has not been raised
            finally:
                self._open.pop()
            if noted is not None:
                self._ended(noted, layer, outputs)
            self._given.extend((leaf, here) for _, leaf in nest.flatten(outputs) if leaf is not None)
            return outputs

        return __call__

    def _giver(self, given: Any) -> Optional[Noted]:
        """The layer that gave one of these tensors."""
        leaves = {id(leaf) for _, leaf in nest.flatten(given)}
        return next((noted for leaf, noted in self._given if id(leaf) in leaves), None)

    def naming(self, message: str) -> Optional[Noted]:
        """The innermost layer in whose scope an operation stands that TensorFlow names as "node lstm/MatMul"."""
        scopes = [scope for name in _NODE.findall(message) for scope in name.split("/")[:-1]]
        found = [each for each in self._entered if each.path[-1][1] in scopes]
        return max(found, key=lambda each: len(each.path)) if found else None

    def _path(self) -> Tuple[Tuple[str, str], ...]:
        return tuple(title for _, title, _ in self._open)

    def _begun(self, layer: Any, given: Any) -> Optional[Noted]:
        args, kwargs = given
        mask = kwargs.get("mask")
        inputs = self._tensors((args, {key: value for key, value in kwargs.items() if key != "mask"}))
        if not inputs:
            return None
        caller = self._open[-1] if self._open else (None, ("", ""), -1)
        noted = Noted(
            (*self._path(), (type(layer).__name__, layer.name)),
            caller[2],
            id(layer),
            self._tick(),
            cell=getattr(caller[0], "cell", None) is layer,
            model=isinstance(layer, keras().Model),
            wrapped=_wrapped(layer),
            inputs=inputs,
            masks=self._tensors(_masks_of(given) if mask is None else mask),
        )
        self.calls.append(noted)
        return noted

    def _ended(self, noted: Noted, layer: Any, outputs: Any) -> None:
        noted.end = self._tick()
        noted.outputs = self._tensors(outputs)
        noted.made = self._tensors(_masks_of(outputs))
        places = (self.places.get(id(variable)) for variable in own_variables(layer))
        noted.variables = tuple(sorted(place for place in places if place is not None))

    def _tick(self) -> int:
        self._clock += 1
        return self._clock

    def _tensors(self, nested: Any) -> List[Any]:
        """The tensors of the graph at hand, or none where there is one of another."""
        tf = tensorflow()
        current = None if tf.executing_eagerly() else tf.compat.v1.get_default_graph()
        if current is not self.graph:
            return []
        leaves = [leaf for _, leaf in nest.flatten(nested)]
        leaves = [leaf for each in leaves for _, leaf in nest.flatten(components(each))]
        leaves = [tf.convert_to_tensor(leaf) if isinstance(leaf, np.ndarray) else leaf for leaf in leaves]
        tensors = [leaf for leaf in leaves if isinstance(leaf, tf.Tensor) and _is_value(leaf)]
        if self.graph is not None and not all(
            hasattr(leaf, "op") and leaf.graph is self.graph and self.graph.is_fetchable(leaf) for leaf in tensors
        ):
            return []
        return tensors


def _masks_of(nested: Any) -> List[Any]:
    """The masks that Keras has tensors carry."""
    return [getattr(leaf, "_keras_mask", None) for _, leaf in nest.flatten(nested)]


def _depending(operations: List[Any], tensors: List[Any]) -> List[Any]:
    """Those of a graph's operations, in order of their creation, that depend on the tensors: steps of the program.

    What is made of variables alone may look like anything.
    """
    known = {id(tensor.op) for tensor in tensors}
    found = []
    for each in operations:
        if any(id(given.op) in known for given in each.inputs):
            known.add(id(each))
            found.append(each)
    return found


def _by_type(graph: Any, operations: List[Any]) -> Dict[str, Any]:
    """The first outputs of operations, by type and number: "MatMul 0" is the same in float64.

    Casts are left out, for in another precision there are others; what they give is what they get.
    """
    made: Dict[str, Any] = {}
    for each in operations:
        of_type = sum(key.partition(" ")[0] == each.type for key in made)
        if each.type != "Cast" and each.outputs and _is_value(each.outputs[0]) and graph.is_fetchable(each.outputs[0]):
            made[f"{each.type} {of_type}"] = each.outputs[0]
    return made


def _is_value(tensor: Any) -> bool:
    return tensor.dtype.base_dtype.name not in ("resource", "variant")


def _wrapped(layer: Any) -> Tuple[str, ...]:
    inner = getattr(layer, "layer", None) if isinstance(layer, keras().layers.Wrapper) else None
    return () if inner is None else (type(inner).__name__, *_wrapped(inner))


def _bases() -> List[Any]:
    """Keras's layers, and up to Keras 2 those of TF1's behavior, which are called otherwise."""
    layer = keras().layers.Layer
    v1 = sys.modules.get(layer.__module__ + "_v1")
    return [layer] if v1 is None else [layer, v1.Layer]
