"""A graph in which what operations round is moved: stochastic arithmetic, as CADNA and Verificarlo have it for C.

The result of each operation that rounds is moved by an ULP at random, and so are the operands of one that may lose
more than that inside, for itself alone. What operations only move about, compare or choose stays as it is, and so do
inputs, variables and constants; zero stays zero. So each run of such a graph gives other digits where none is sure.

D. S. Parker, "Monte Carlo Arithmetic", UCLA CSD-970002 (1997); J. Vignes, "Discrete stochastic arithmetic for
validating results of numerical software", Numerical Algorithms 37 (2004).
"""

from __future__ import annotations

import functools
from typing import Any, Callable, Dict, List, Mapping, NamedTuple, Optional, Set, Tuple

import numpy as np

from likewise.cell import tensorflow
from likewise.modes.operations import assigns, moves_operands, rounds

__all__ = ["DRAWS", "DRAWS_SIZE", "moving"]

#: The name of the variable, of int64, that what moves draws from.
DRAWS = "likewise_draws"

DRAWS_SIZE = 3

#: The node of what moves that gives its result.
_RESULT = "result"

#: What is added to the name of a node for the one that moves its result.
_MOVED = "/moved"

#: Of these it can be told what they lose: where it is nothing, nothing is moved.
_EXACT_OR_NOT = {"Add": "sum", "AddV2": "sum", "Sub": "difference", "Mul": "product", "Square": "square"}

#: What these give is zero only where it underflows: that is moved, too, as it is of products.
_UNDERFLOWING = {"RealDiv": "quotient", "Exp": "power", "Softmax": "power"}

#: What kernels lose of these, in some versions or all, may be far more than an ULP of the result; for each output.
_COARSE = {
    "Elu": ("elu",),
    "Selu": ("selu",),
    "Sigmoid": ("sigmoid",),
    "Softplus": ("softplus",),
    "LogSoftmax": ("logsoftmax",),
    "SoftmaxCrossEntropyWithLogits": ("crossentropy", "softmaxless"),
    "SparseSoftmaxCrossEntropyWithLogits": ("crossentropyof", "softmaxlessof"),
}


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
    for function in definition.library.function:
        new = moved.library.function.add()
        new.CopyFrom(function)
        body = _Moved(functions, in_function=True)
        del new.node_def[:]
        new.node_def.extend(body.nodes(function.node_def))
        for name, value in function.ret.items():
            new.ret[name] = body.taken.get(value, value)
    moved.library.gradient.extend(definition.library.gradient)
    return moved, graph.taken


class _Moved:
    """The nodes of a graph, or of a function, which names tensors otherwise.

    - taken: for each tensor that is moved, the one to be taken for it.
    """

    def __init__(self, functions: Set[str], *, in_function: bool) -> None:
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
                    found.extend(self._moving(name, _KINDS[tensor.dtype], [sources[place]]))
                    sources[place] = self._output(name)
            del new.input[:]
            new.input.extend(sources)
            found.append(new)
            for place, tensor in enumerate(made):
                if tensor.dtype in _KINDS:
                    old = self._name(node.name, tensor.argument, tensor.place, place)
                    mover, count = _mover_of(node.op, place, tensor.dtype, given)
                    found.extend(self._moving(f"{node.name}{_MOVED}_{place}", mover, [old, *sources[:count]]))
        return found

    def _told(self, node: Any) -> Tuple[List[_Tensor], List[_Tensor]]:
        """The inputs and outputs of a node, where it rounds; none where it does not, or is none of TensorFlow's."""
        signature = None if node.op in self._functions or not rounds(node.op) else _signature(node.op)
        if signature is None or (node.op == "Cast" and not _narrows(node)):
            return [], []
        given, made = (_listed(each, node, signature) for each in (signature.input_arg, signature.output_arg))
        # What compares floats, or tells their place, gives none; what assigns a sum to a variable rounds inside.
        return (given, made) if any(each.dtype in _KINDS for each in made) or assigns(node.op) else ([], [])

    def _moving(self, name: str, mover: str, inputs: List[str]) -> List[Any]:
        """The nodes of a mover, put in: to call it as a function would take longer than what it does."""
        definition = _mover(mover)
        arguments = dict(zip((each.name for each in definition.signature.input_arg), inputs))
        names = {each.name: f"{name}/{each.name}" for each in definition.node_def}
        names[_RESULT] = name
        found = []
        for node in definition.node_def:
            new = type(node)()
            new.CopyFrom(node)
            new.name = names[node.name]
            new.ClearField("device")
            del new.input[:]
            for source in node.input:
                if source.startswith("^"):
                    new.input.append(f"^{names[source[1:]]}")
                elif source in arguments:
                    new.input.append(arguments[source])
                else:
                    old, argument, _ = source.split(":")
                    new.input.append(f"{names[old]}:{argument}:0" if self._in_function else names[old])
            if not new.input:  # what is given nothing is to be found in the same loop as the rest
                new.input.append("^" + inputs[0].partition(":")[0])
            found.append(new)
        return found

    def _output(self, name: str) -> str:
        """The tensor that a node gives which moves."""
        return f"{name}:output:0" if self._in_function else name

    def _name(self, node: str, argument: str, place: int, of_all: int) -> str:
        """How a tensor is called, the first of a node in a graph without its place."""
        if self._in_function:
            return f"{node}:{argument}:{place}"
        return f"{node}:{of_all}" if of_all else node


def _mover_of(operation: str, place: int, dtype: int, given: List[_Tensor]) -> Tuple[str, int]:
    """The name of what moves a result, and how many operands it takes beside that."""
    kind = _KINDS[dtype]
    told = _EXACT_OR_NOT.get(operation) or _UNDERFLOWING.get(operation)
    if kind in _EXACTLY and told:
        return f"{kind}_{told}", _MOVES[told][1] - 1
    if operation in _COARSE:
        of_labels = [] if len(given) < 2 or given[1].dtype == dtype else [f"_{given[1].dtype}"]
        return "".join([f"{kind}_{_COARSE[operation][place]}", *of_labels]), len(given)
    return kind, 0


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


#: What moves a tensor, by TensorFlow's number for its dtype, and how many binary digits that has.
_KINDS = {1: "likewise_float32", 2: "likewise_float64", 19: "likewise_float16", 14: "likewise_bfloat16"}
_KINDS.update({8: "likewise_complex64", 18: "likewise_complex128"})
_DIGITS = {14: 8, 19: 11, 1: 24, 8: 24, 2: 53, 18: 53}

#: For which it is found out whether a sum or product is exact.
_EXACTLY = ("likewise_float32", "likewise_float64")


@functools.lru_cache(maxsize=None)
def _mover(name: str) -> Any:
    """The ``FunctionDef`` of what moves a tensor; its nodes have one output each."""
    tf = tensorflow()
    _, kind, *how = name.split("_")
    moved, count = _MOVES[how[0]] if how else (_by_one_ulp, 1)
    dtypes = [getattr(tf, kind)] * count
    if how[1:]:
        dtypes[-1] = tf.as_dtype(int(how[1]))
    with tf.Graph().as_default() as graph:
        specs = [tf.TensorSpec(None, dtype) for dtype in dtypes]
        function = tf.function(
            lambda *given: tf.identity(moved(*given), name=_RESULT), input_signature=specs, autograph=False
        )
        tf.identity(function(*map(tf.compat.v1.placeholder, dtypes)))
        definition = graph.as_graph_def()
    outer = next(each.attr["f"].func.name for each in definition.node if each.op.endswith("PartitionedCall"))
    found = next(each for each in definition.library.function if each.signature.name == outer)
    # A function sees to it that what it draws is drawn, with an identity behind its result.
    kept = [each for each in found.node_def if each.name == _RESULT or each.op not in ("Identity", "NoOp")]
    del found.node_def[:]
    found.node_def.extend(kept)
    return found


def _by_one_ulp(value: Any, lost: Any = None, sign: Any = None) -> Any:
    """Each entry moved by an ULP up or down, or not at all; zeros and infinities stay.

    - lost: what each entry is known to be off, by which it is moved where that is more.
    - sign: that of each entry before it was rounded, where it may be zero afterwards, if it is not zero itself.
    """
    tf = tensorflow()
    if value.dtype.is_complex:
        return tf.complex(_by_one_ulp(tf.math.real(value)), _by_one_ulp(tf.math.imag(value)))
    kind = value.dtype
    way = tf.cast(_drawn(tf.shape(value)), kind)
    step = value * tf.constant(_epsilon(kind), kind)
    if kind.size > 2:
        # Kernels may take subnormal numbers for zeros: TensorFlow sets its own threads so, and not the caller's. (What
        # has two bytes is computed in float32, where its subnormal numbers are normal.)
        step += tf.sign(value) * tf.constant(np.finfo(kind.as_numpy_dtype).tiny, kind)
    if lost is not None:
        step = tf.maximum(tf.abs(step), tf.abs(lost))
    moved = value + way * step
    if sign is not None:
        least = sign * tf.constant(np.finfo(kind.as_numpy_dtype).tiny, kind) * tf.abs(way)
        moved = tf.compat.v1.where_v2(tf.equal(value, tf.zeros_like(value)), least, moved)
    # (an infinity would be moved to NaN, and what is off by one is not known)
    return tf.compat.v1.where_v2(tf.math.is_finite(moved), moved, value)


def _drawn(shape: Any) -> Any:
    """-1, 0 or 1 for each entry, from the state that ``DRAWS`` names: from the same state the same."""
    tf = tensorflow()
    least, end, philox = (tf.constant(number, tf.int64) for number in (-1, 2, 1))
    state = tf.raw_ops.VarHandleOp(dtype=tf.int64, shape=[DRAWS_SIZE], shared_name=DRAWS)
    return tf.raw_ops.StatefulUniformInt(resource=state, algorithm=philox, shape=shape, minval=least, maxval=end)


def _epsilon(kind: Any) -> float:
    return 2.0**-7 if kind.name == "bfloat16" else float(np.finfo(kind.as_numpy_dtype).eps)


def _moved_sum(total: Any, one: Any, other: Any) -> Any:
    """A sum moved where it is not exact: D. E. Knuth's TwoSum (TAOCP 2, 4.2.2) tells what it has lost."""
    part = total - one
    return _unless_exact(total, (one - (total - part)) + (other - part))


def _moved_difference(total: Any, one: Any, other: Any) -> Any:
    return _moved_sum(total, one, -other)


def _moved_product(product: Any, one: Any, other: Any) -> Any:
    """A product moved where it is not exact."""
    tf = tensorflow()
    if product.dtype.size < tf.float64.size:  # twice as many digits hold it
        lost = tf.cast(product, tf.float64) - tf.cast(one, tf.float64) * tf.cast(other, tf.float64)
    else:
        lost = _lost_by(product, one, other)
    return _unless_exact(product, lost, tf.sign(one) * tf.sign(other))


def _moved_square(square: Any, value: Any) -> Any:
    return _moved_product(square, value, value)


def _moved_quotient(quotient: Any, one: Any, other: Any) -> Any:
    tf = tensorflow()
    return _by_one_ulp(quotient, sign=tf.sign(one) * tf.sign(other))


def _moved_power(power: Any, _: Any) -> Any:
    return _by_one_ulp(power, sign=tensorflow().ones_like(power))


def _lost_by(product: Any, one: Any, other: Any) -> Any:
    """What a product in float64 is off: T. J. Dekker's (Numerische Mathematik 18, 1971)."""
    (high, low), (its_high, its_low) = _halves(one), _halves(other)
    return ((high * its_high - product) + high * its_low + low * its_high) + low * its_low


def _halves(value: Any) -> Any:
    scaled = value * tensorflow().constant(134217729.0, value.dtype)
    high = scaled - (scaled - value)
    return high, value - high


def _unless_exact(value: Any, lost: Any, sign: Any = None) -> Any:
    tf = tensorflow()
    # (in numbers too great to be split, what is lost is NaN, and so it is not known; in zeros it may be too little)
    exact = tf.equal(lost, tf.zeros_like(lost))
    if sign is not None:
        exact = tf.logical_and(exact, tf.not_equal(value, tf.zeros_like(value)))
    return tf.compat.v1.where_v2(exact, value, _by_one_ulp(value, sign=sign))


def _beside(formula: Callable[..., Any]) -> Callable[..., Any]:
    """Moves a result by what it is off a formula that loses no digits; half precision is computed in float32."""

    def moved(value: Any, *operands: Any) -> Any:
        tf = tensorflow()
        wider = tf.float32 if value.dtype.size == 2 else value.dtype
        exact = formula(*(tf.cast(each, wider) if each.dtype.is_floating else each for each in operands))
        return _by_one_ulp(value, tf.cast(tf.cast(value, wider) - exact, value.dtype))

    return moved


def _elu(x: Any) -> Any:
    tf = tensorflow()
    return tf.compat.v1.where_v2(x < 0, tf.math.expm1(x), x)


#: G. Klambauer et al., "Self-Normalizing Neural Networks" (2017): lambda, and lambda times alpha.
_SELU = 1.0507009873554805, 1.7580993408473768


def _selu(x: Any) -> Any:
    tf = tensorflow()
    scale, below = (tf.constant(each, x.dtype) for each in _SELU)
    return tf.compat.v1.where_v2(x < 0, below * tf.math.expm1(x), scale * x)


def _sigmoid(x: Any) -> Any:
    tf = tensorflow()
    return tf.exp(tf.minimum(x, tf.zeros_like(x))) / (tf.exp(-tf.abs(x)) + 1)


def _softplus(x: Any) -> Any:
    tf = tensorflow()
    return tf.maximum(x, tf.zeros_like(x)) + tf.math.log1p(tf.exp(-tf.abs(x)))


def _less_greatest(x: Any) -> Tuple[Any, Any]:
    """The numbers less their greatest, along the last axis, and the sum of their exponentials without one of these."""
    tf = tensorflow()
    x -= tf.reduce_max(x, -1, keepdims=True)
    greatest = tf.one_hot(tf.argmax(x, -1), tf.shape(x)[-1], on_value=True, off_value=False, dtype=tf.bool)
    return x, tf.reduce_sum(tf.compat.v1.where_v2(greatest, tf.zeros_like(x), tf.exp(x)), -1, keepdims=True)


def _log_softmax(x: Any) -> Any:
    x, others = _less_greatest(x)
    return x - tensorflow().math.log1p(others)


def _cross_entropy(features: Any, labels: Any) -> Any:
    tf = tensorflow()
    found = labels * _log_softmax(features)
    return -tf.reduce_sum(tf.compat.v1.where_v2(tf.equal(labels, 0), tf.zeros_like(found), found), -1)


def _softmax_less(features: Any, labels: Any) -> Any:
    """Softmax less the labels; what is left of one by all others, where the label of the greatest is one."""
    tf = tensorflow()
    x, others = _less_greatest(features)
    left = -others / (others + 1) + (1 - labels)
    return tf.compat.v1.where_v2(tf.equal(x, 0), left, tf.exp(x) / (others + 1) - labels)


def _of_classes(formula: Callable[..., Any]) -> Callable[..., Any]:
    """The same formula for labels that are the places of ones."""

    def of_classes(features: Any, classes: Any) -> Any:
        tf = tensorflow()
        return formula(features, tf.one_hot(classes, tf.shape(features)[-1], dtype=features.dtype))

    return of_classes


#: What moves a result, and how many tensors it takes, of which the result is the first.
_MOVES: Dict[str, Tuple[Callable[..., Any], int]] = {
    "sum": (_moved_sum, 3),
    "difference": (_moved_difference, 3),
    "product": (_moved_product, 3),
    "square": (_moved_square, 2),
    "quotient": (_moved_quotient, 3),
    "power": (_moved_power, 2),
    "elu": (_beside(_elu), 2),
    "selu": (_beside(_selu), 2),
    "sigmoid": (_beside(_sigmoid), 2),
    "softplus": (_beside(_softplus), 2),
    "logsoftmax": (_beside(_log_softmax), 2),
    "crossentropy": (_beside(_cross_entropy), 3),
    "softmaxless": (_beside(_softmax_less), 3),
    "crossentropyof": (_beside(_of_classes(_cross_entropy)), 3),
    "softmaxlessof": (_beside(_of_classes(_softmax_less)), 3),
}
