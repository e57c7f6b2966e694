"""A graph in which what operations round is moved: stochastic arithmetic, as CADNA and Verificarlo have it for C.

The result of each operation that rounds is moved by an ULP at random, and so are the operands of one that may lose
more than that inside, for itself alone. What operations only move about, compare or choose stays as it is, and so do
inputs, variables and constants; zero stays zero. So each run of such a graph gives other digits where none is sure.

D. S. Parker, "Monte Carlo Arithmetic", UCLA CSD-970002 (1997); J. Vignes, "Discrete stochastic arithmetic for
validating results of numerical software", Numerical Algorithms 37 (2004).
"""

from __future__ import annotations

import functools
from typing import Any, Dict, List, Mapping, NamedTuple, Optional, Set, Tuple

import numpy as np

from likewise.cell import tensorflow
from likewise.modes.operations import assigns, moves_operands, rounds

__all__ = ["moving"]

#: What is added to the name of a node for the one that moves its result.
_MOVED = "/moved"

#: Of these it can be told what they lose: where it is nothing, nothing is moved.
_EXACT_OR_NOT = {"Add": "sum", "AddV2": "sum", "Sub": "difference", "Mul": "product"}


class _Tensor(NamedTuple):
    """An input or output of a node: its argument, its place in that, and its dtype's number, None for a reference."""

    argument: str
    place: int
    dtype: Optional[int]


def moving(definition: Any) -> Tuple[Any, Mapping[str, str]]:
    """A ``GraphDef`` whose operations that round are moved, and for each tensor that is, the one to be taken for it."""
    moved = type(definition)(versions=definition.versions)
    functions = {each.signature.name for each in definition.library.function}
    graph = _Moved(functions, in_function=False)
    moved.node.extend(graph.nodes(definition.node))
    needed = set(graph.movers)
    for function in definition.library.function:
        new = moved.library.function.add()
        new.CopyFrom(function)
        body = _Moved(functions, in_function=True)
        del new.node_def[:]
        new.node_def.extend(body.nodes(function.node_def))
        for name, value in function.ret.items():
            new.ret[name] = body.taken.get(value, value)
        needed |= body.movers
    moved.library.function.extend(_mover(name) for name in sorted(needed))
    moved.library.gradient.extend(definition.library.gradient)
    return moved, graph.taken


class _Moved:
    """The nodes of a graph, or of a function, which names tensors otherwise.

    - movers: the functions that move something in it.
    - taken: for each tensor that is moved, the one to be taken for it.
    """

    def __init__(self, functions: Set[str], *, in_function: bool) -> None:
        self.movers: Set[str] = set()
        self.taken: Dict[str, str] = {}
        self._functions = functions
        self._in_function = in_function

    def nodes(self, nodes: Any) -> List[Any]:
        """All of them, with those that move."""
        told = {node.name: self._told(node) for node in nodes}
        for node in nodes:
            for place, tensor in enumerate(told[node.name][1]):
                if tensor.dtype in _KINDS:
                    old = self._name(node.name, tensor.argument, tensor.place, place)
                    self.taken[old] = self._output(f"{node.name}{_MOVED}_{place}")
        found: List[Any] = []
        for node in nodes:
            given, made = told[node.name]
            new = type(node)()
            new.CopyFrom(node)
            new.ClearField("device")
            if "_class" in new.attr:  # it may name what is not kept
                del new.attr["_class"]
            sources = [self.taken.get(old, old) for old in node.input]
            for place, tensor in enumerate(given if moves_operands(node.op) else ()):
                if tensor.dtype in _KINDS:
                    name = f"{node.name}{_MOVED}_operand_{place}"
                    found.append(self._call(node, name, _KINDS[tensor.dtype], [sources[place]], tensor.dtype))
                    sources[place] = self._output(name)
            del new.input[:]
            new.input.extend(sources)
            found.append(new)
            for place, tensor in enumerate(made):
                if tensor.dtype in _KINDS:
                    old = self._name(node.name, tensor.argument, tensor.place, place)
                    mover, operands = _mover_of(node.op, tensor.dtype, sources)
                    found.append(
                        self._call(node, f"{node.name}{_MOVED}_{place}", mover, [old, *operands], tensor.dtype)
                    )
        return found

    def _told(self, node: Any) -> Tuple[List[_Tensor], List[_Tensor]]:
        """The inputs and outputs of a node, where it rounds; none where it does not, or is none of TensorFlow's."""
        signature = None if node.op in self._functions or not rounds(node.op) else _signature(node.op)
        if signature is None or (node.op == "Cast" and not _narrows(node)):
            return [], []
        given, made = (_listed(each, node, signature) for each in (signature.input_arg, signature.output_arg))
        # What compares floats, or tells their place, gives none; what assigns a sum to a variable rounds inside.
        return (given, made) if any(each.dtype in _KINDS for each in made) or assigns(node.op) else ([], [])

    def _call(self, like: Any, name: str, mover: str, inputs: List[str], dtype: int) -> Any:
        node = type(like)(name=name, op="StatefulPartitionedCall", input=inputs)
        node.attr["Tin"].list.type.extend([dtype] * len(inputs))
        node.attr["Tout"].list.type.append(dtype)
        node.attr["f"].func.name = mover
        self.movers.add(mover)
        return node

    def _output(self, name: str) -> str:
        """The tensor that a node gives which moves."""
        return f"{name}:output:0" if self._in_function else name

    def _name(self, node: str, argument: str, place: int, of_all: int) -> str:
        """How a tensor is called, the first of a node in a graph without its place."""
        if self._in_function:
            return f"{node}:{argument}:{place}"
        return f"{node}:{of_all}" if of_all else node


def _mover_of(operation: str, dtype: int, operands: List[str]) -> Tuple[str, List[str]]:
    """The name of the function that moves a result, and what it takes beside that."""
    kind = _KINDS[dtype]
    if kind in _EXACTLY and operation in _EXACT_OR_NOT:
        return f"{kind}_{_EXACT_OR_NOT[operation]}", operands[:2]
    return kind, []


def _narrows(node: Any) -> bool:
    """Whether a cast takes floats to fewer digits."""
    source, target = (_DIGITS.get(node.attr[name].type) for name in ("SrcT", "DstT"))
    return source is not None and target is not None and source > target


def _listed(arguments: Any, node: Any, signature: Any) -> List[_Tensor]:
    defaults = {each.name: each.default_value for each in signature.attr}

    def attribute(name: str) -> Any:
        return node.attr[name] if name in node.attr else defaults[name]

    found: List[_Tensor] = []
    for each in arguments:
        if each.type_list_attr:
            kinds = list(attribute(each.type_list_attr).list.type)
        else:
            kind = each.type or attribute(each.type_attr).type
            kinds = [kind] * (attribute(each.number_attr).i if each.number_attr else 1)
        found.extend(_Tensor(each.name, place, None if each.is_ref else kind) for place, kind in enumerate(kinds))
    return found


@functools.lru_cache(maxsize=None)
def _signature(operation: str) -> Any:
    graph = tensorflow().Graph()
    find = getattr(graph, "op_def_for_type", None) or graph._get_op_def  # noqa: SLF001  as it is called up to 2.12
    try:
        return find(operation)
    except Exception as error:  # each TensorFlow raises another one
        if operation not in str(error):
            raise
        return None


#: The functions that move a tensor, by TensorFlow's number for its dtype, and how many binary digits that has.
_KINDS = {1: "likewise_float32", 2: "likewise_float64", 19: "likewise_float16", 14: "likewise_bfloat16"}
_KINDS.update({8: "likewise_complex64", 18: "likewise_complex128"})
_DIGITS = {14: 8, 19: 11, 1: 24, 8: 24, 2: 53, 18: 53}

#: For which it is found out whether a sum or product is exact.
_EXACTLY = ("likewise_float32", "likewise_float64")


@functools.lru_cache(maxsize=None)
def _mover(name: str) -> Any:
    """The ``FunctionDef`` of the function that moves a tensor."""
    tf = tensorflow()
    _, kind, *exact = name.split("_")
    dtype, moved = getattr(tf, kind), _MOVES[exact[0]] if exact else _by_one_ulp
    count = 1 if moved is _by_one_ulp else 3
    with tf.Graph().as_default() as graph:
        function = tf.function(moved, input_signature=[tf.TensorSpec(None, dtype)] * count, autograph=False)
        tf.identity(function(*[tf.compat.v1.placeholder(dtype) for _ in range(count)]))
        definition = graph.as_graph_def()
    outer = next(each.attr["f"].func.name for each in definition.node if each.op.endswith("PartitionedCall"))
    found = next(each for each in definition.library.function if each.signature.name == outer)
    result, (output,) = type(found)(), found.signature.output_arg
    result.CopyFrom(found)
    result.signature.name = name
    value = result.ret[output.name]
    result.signature.output_arg[0].name = "output"
    result.ret.clear()
    result.ret["output"] = value
    return result


def _by_one_ulp(value: Any) -> Any:
    """Each entry moved by an ULP up or down, or not at all; zeros stay."""
    tf = tensorflow()
    if value.dtype.is_complex:
        return tf.complex(_by_one_ulp(tf.math.real(value)), _by_one_ulp(tf.math.imag(value)))
    kind = value.dtype
    way = tf.cast(tf.random.uniform(tf.shape(value), -1, 2, tf.int32, seed=1), kind)
    step = value * tf.constant(_epsilon(kind), kind)
    if kind.size > 2:
        # Kernels may take subnormal numbers for zeros: TensorFlow sets its own threads so, and not the caller's. (What
        # has two bytes is computed in float32, where its subnormal numbers are normal.)
        step += tf.sign(value) * tf.constant(np.finfo(kind.as_numpy_dtype).tiny, kind)
    return value + way * step


def _epsilon(kind: Any) -> float:
    return 2.0**-7 if kind.name == "bfloat16" else float(np.finfo(kind.as_numpy_dtype).eps)


def _moved_sum(total: Any, one: Any, other: Any) -> Any:
    """A sum moved where it is not exact: D. E. Knuth's TwoSum (TAOCP 2, 4.2.2) tells what it has lost."""
    part = total - one
    return _unless_exact(total, (one - (total - part)) + (other - part))


def _moved_difference(total: Any, one: Any, other: Any) -> Any:
    return _moved_sum(total, one, -other)


def _moved_product(product: Any, one: Any, other: Any) -> Any:
    """A product moved where it is not exact: T. J. Dekker's (Numerische Mathematik 18, 1971)."""
    (high, low), (its_high, its_low) = _halves(one), _halves(other)
    return _unless_exact(product, ((high * its_high - product) + high * its_low + low * its_high) + low * its_low)


def _halves(value: Any) -> Any:
    scaled = value * tensorflow().constant(4097.0 if value.dtype.size == 4 else 134217729.0, value.dtype)
    high = scaled - (scaled - value)
    return high, value - high


def _unless_exact(value: Any, lost: Any) -> Any:
    tf = tensorflow()
    # (in numbers too great to be split, what is lost is NaN, and so it is not known)
    return tf.compat.v1.where_v2(tf.equal(lost, tf.zeros_like(lost)), value, _by_one_ulp(value))


_MOVES = {"sum": _moved_sum, "difference": _moved_difference, "product": _moved_product}
