"""What kinds of operations there are: which round, which are continuous; and what is heard of them as they run."""

from __future__ import annotations

import contextlib
import re
from dataclasses import dataclass
from typing import Any, Callable, Iterator, Union

from likewise.cell import tensorflow
from likewise.modes.graph import bodies, called

__all__ = [
    "Heard",
    "assigns",
    "continuous",
    "draws",
    "heard",
    "listening",
    "moves_operands",
    "rounds",
    "runs_functions",
]

#: In the names of the operations that run functions: what these do inside is not heard.
_FUNCTIONS = re.compile("__|Call|Case|Dataset|Defun|For|Function|If|Iterator|Launch|PyFunc|While")

# fmt: off
#: Operations that give numbers near by for numbers near by, wherever they give any: none that rounds to whole numbers,
#: counts, compares, chooses, or has a case of its own for one number, as a slope has at a kink.
_CONTINUOUS = frozenset(
    [
        "Abs", "Add", "AddN", "AddV2", "ApplyAdam", "ApplyMomentum", "Assign", "AssignAdd", "AssignAddVariableOp",
        "AssignSub", "AssignSubVariableOp", "AssignVariableOp", "AvgPool", "AvgPool3D", "BatchMatMul",
        "BatchMatMulV2", "BatchMatMulV3", "BiasAdd", "BiasAddGrad", "BiasAddV1", "Conv2D", "Conv2DBackpropFilter",
        "Conv2DBackpropInput", "Conv3D", "Conv3DBackpropFilterV2", "Conv3DBackpropInputV2", "Cos", "Cumsum",
        "DeepCopy", "DepthwiseConv2dNative", "DepthwiseConv2dNativeBackpropFilter",
        "DepthwiseConv2dNativeBackpropInput", "Einsum", "Elu", "EluGrad", "Erf", "Exp", "Expm1", "L2Loss",
        "LeakyRelu", "Log", "Log1p", "LogSoftmax", "MatMul", "Max", "MaxPool", "MaxPool3D", "Maximum", "Mean", "Min",
        "Minimum", "Mul", "Neg", "RealDiv", "Reciprocal", "Relu", "Relu6", "ResourceApplyAdam",
        "ResourceApplyKerasMomentum", "ResourceApplyMomentum", "Rsqrt", "RsqrtGrad", "Selu", "Sigmoid", "SigmoidGrad",
        "Sin", "Softmax", "Softplus", "SoftplusGrad", "Softsign", "Sqrt", "SqrtGrad", "Square", "SquaredDifference",
        "Sub", "Sum", "Tanh", "TanhGrad",
    ]
)

#: Operations that move entries about, or tell their shapes.
_ARRANGING = frozenset(
    [
        "BatchToSpaceND", "BroadcastTo", "Concat", "ConcatV2", "Const", "DepthToSpace", "ExpandDims", "Fill",
        "Gather", "GatherNd", "GatherV2", "Identity", "IdentityN", "MirrorPad", "NoOp", "OnesLike", "Pack", "Pad",
        "PadV2", "Placeholder", "ReadVariableOp", "Reshape", "ResourceGather", "Reverse", "ReverseV2", "Shape",
        "ShapeN", "Size", "Slice", "SpaceToBatchND", "SpaceToDepth", "Split", "SplitV", "Squeeze", "StopGradient",
        "StridedSlice", "Tile", "Transpose", "Unpack", "VarHandleOp", "Variable", "VariableV2", "ZerosLike",
    ]
)

#: Operations that give some of the numbers that they are given, whole numbers, or what is drawn or read: none rounds.
_EXACT = _ARRANGING | frozenset(
    [
        "Abs", "ArgMax", "ArgMin", "Assert", "Assign", "AssignVariableOp", "BatchToSpace", "Bitcast", "Ceil",
        "CheckNumerics", "CheckNumericsV2", "ClipByValue", "Complex", "Conj", "ConjugateTranspose", "DebugIdentity",
        "DecodeRaw", "DeepCopy", "Diag", "DiagPart", "DynamicPartition", "DynamicStitch", "Empty", "EnsureShape",
        "Enter", "Exit", "ExtractImagePatches", "ExtractVolumePatches", "Floor", "FloorDiv", "FloorMod",
        "GuaranteeConst", "If", "Imag", "LoopCond", "MatrixBandPart", "Max", "MaxPool", "MaxPool3D", "MaxPoolV2",
        "MaxPoolWithArgmax", "Maximum", "Merge", "Min", "Minimum", "Mod", "Neg", "NextIteration", "OneHot",
        "ParallelConcat", "ParallelDynamicStitch", "PartitionedCall", "PlaceholderWithDefault", "PreventGradient",
        "Print", "Range", "Real", "Relu", "Relu6", "Relu6Grad", "ReluGrad", "ResizeNearestNeighbor",
        "ResourceGatherNd", "ResourceScatterNdUpdate", "ResourceScatterUpdate", "ReverseSequence", "Rint", "Roll",
        "Round", "ScatterNdUpdate", "ScatterUpdate", "Select", "SelectV2", "Sign", "Snapshot", "SpaceToBatch",
        "StatefulPartitionedCall", "StatelessCase", "StatelessIf", "StatelessWhile", "StridedSliceGrad", "Switch",
        "SymbolicGradient", "TensorScatterUpdate", "TopK", "TopKV2", "TruncateDiv", "TruncateMod", "Unique",
        "UniqueV2", "Where", "While", "_Arg", "_Retval",
    ]
)

#: The same by what their names begin with.
_EXACT_FAMILIES = re.compile(
    "Barrier|Batch(Matrix)?Diag|Case|FakeQuant|Iterator|Lookup|MatrixDiag|MatrixSetDiag|Multinomial|Optional|"
    "Parameterized|Parse|Placeholder|Queue|Quantize|Random|Ref(Enter|Exit|Merge|NextIteration|Switch)|Sparse(Concat|"
    "Reorder|Reshape|Slice|Split|ToDense)|Stack|Stateful(Standard|Truncated|Uniform|Random)|Stateless(Multinomial|"
    "Parameterized|Random|Truncated)|StringTo|TemporaryVariable|TensorArray|TensorList|TruncatedNormal"
)

#: Operations that compute each entry by itself, to an ULP or a few of it: their operands lose nothing more.
_ELEMENTWISE = frozenset(
    [
        "Acos", "Acosh", "Add", "AddV2", "Asin", "Asinh", "Atan", "Atan2", "Atanh", "BiasAdd", "BiasAddV1", "Cast",
        "Cos", "Cosh", "Digamma", "Div", "DivNoNan", "Elu", "Erf", "Erfc", "Erfinv", "Exp", "Expm1", "Inv",
        "LeakyRelu", "Lgamma", "Log", "Log1p", "Mul", "MulNoNan", "Ndtri", "Pow", "RealDiv", "Reciprocal", "Rsqrt",
        "Selu", "Sigmoid", "Sin", "Sinh", "Softplus", "Softsign", "Sqrt", "Square", "SquaredDifference", "Sub", "Tan",
        "Tanh", "Xdivy", "Xlog1py", "Xlogy",
    ]
)
# fmt: on

_DRAWING = re.compile("Random|Multinomial|TruncatedNormal|Shuffle|^Stateful(Uniform|StandardNormal)|^RngRead")

_ASSIGNING = ("Apply", "Assign", "ResourceApply", "ResourceScatter", "ResourceSparseApply", "Scatter", "SparseApply")


def rounds(operation: str) -> bool:
    """Whether an operation of this type may round; one that nobody knows may."""
    return operation not in _EXACT and not _EXACT_FAMILIES.match(operation)


def moves_operands(operation: str) -> bool:
    """Whether an operation that rounds may lose more than an ULP of its result, as a sum does whose parts cancel."""
    return operation not in _ELEMENTWISE


def draws(operation: str) -> bool:
    """Whether an operation of this type draws random numbers."""
    return bool(_DRAWING.search(operation))


def assigns(operation: str) -> bool:
    """Whether an operation of this type gives a variable another value."""
    return operation.startswith(_ASSIGNING)


def continuous(definition: Any) -> bool:
    """Whether all operations of a ``GraphDef`` are known to be continuous; see ``Heard``."""
    functions = {each.signature.name for each in definition.library.function}
    return all(
        node.op in _CONTINUOUS or node.op in _ARRANGING or _still(node) or bool(functions.intersection(called(node)))
        for nodes in bodies(definition)
        for node in nodes
    )


def _still(node: Any) -> bool:
    """Whether a node is given whole numbers and truth values alone, such as those of loops, which do not move."""
    kinds = [node.attr[name].type for name in ("T", "SrcT") if node.attr[name].type]
    return bool(kinds) and not any(_moving_kind(tensorflow().dtypes.as_dtype(kind)) for kind in kinds)


@dataclass
class Heard:
    """What the operations so far were.

    - count: how many.
    - continuous: whether all are known to be continuous, so that the program does not jump from one number to
      another where what it is given hardly moves. Whole numbers and truth values, such as those of loops, do not move.
      False where a function was run. Of what a program does in numpy in between nothing is heard.
    """

    count: int = 0
    continuous: bool = True

    def note(self, operation: Union[str, bytes], inputs: Any, *_: Any, **__: Any) -> None:
        """Called by TensorFlow after each operation, with its inputs, and more."""
        self.count += 1
        name = operation.decode() if isinstance(operation, bytes) else operation
        if runs_functions(name) or (name not in _CONTINUOUS and name not in _ARRANGING and _moving(inputs)):
            self.continuous = False


def _moving(inputs: Any) -> bool:
    """Whether any of an operation's inputs may be a number that moves."""
    return any(_moving_kind(each.dtype) for each in inputs)


def _moving_kind(dtype: Any) -> bool:
    # (a variant may be a list of numbers)
    return bool(dtype.is_floating or dtype.is_complex or dtype == tensorflow().variant)


def runs_functions(operation: str) -> bool:
    """Whether an operation of this type runs functions, within which nothing is heard."""
    return bool(_FUNCTIONS.search(operation))


@contextlib.contextmanager
def heard() -> Iterator[Heard]:
    """Listen to the operations that run eagerly within, in this thread."""
    found = Heard()
    with listening(found.note):
        yield found


@contextlib.contextmanager
def listening(note: Callable[..., None]) -> Iterator[None]:
    """Let ``note`` be called after each operation that runs within, in this thread.

    It is called with the operation's type, its inputs, attributes, outputs, name, and its graph, None for none.
    """
    from tensorflow.python.framework import op_callbacks  # of TensorFlow's debugger

    if hasattr(op_callbacks, "op_callback"):  # TensorFlow 1.15
        with op_callbacks.op_callback(note):
            yield
        return
    # (it is known by its identity, and a method has another each time it is asked for)
    op_callbacks.add_op_callback(note)
    try:
        yield
    finally:
        op_callbacks.remove_op_callback(note)
