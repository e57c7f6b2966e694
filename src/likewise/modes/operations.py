"""What kinds of operations a program runs eagerly, heard from TensorFlow while it runs them."""

from __future__ import annotations

import contextlib
import re
from dataclasses import dataclass
from typing import Any, Iterator, Union

from likewise.modes.graph import narrows

__all__ = ["NOTHING", "Heard", "heard"]

#: In the names of the operations that run functions: what these do inside is not heard.
_FUNCTIONS = re.compile("__|Call|Case|Dataset|Defun|For|Function|If|Iterator|Launch|PyFunc|While")

# fmt: off
#: Operations that give numbers near by for numbers near by, wherever they give any: none that rounds, counts, compares,
#: chooses, or has a case of its own for one number, as a slope has at a kink.
_CONTINUOUS = frozenset(
    [
        "Abs", "Add", "AddN", "AddV2", "AvgPool", "AvgPool3D", "BatchMatMul", "BatchMatMulV2", "BatchMatMulV3",
        "BiasAdd", "BiasAddGrad", "BiasAddV1", "Conv2D", "Conv2DBackpropFilter", "Conv2DBackpropInput",
        "Conv3D", "Conv3DBackpropFilterV2", "Conv3DBackpropInputV2", "Cos", "Cumsum", "DepthwiseConv2dNative",
        "Einsum", "Elu", "Erf", "Exp", "Expm1", "LeakyRelu", "Log", "Log1p", "LogSoftmax", "MatMul", "Max",
        "MaxPool", "MaxPool3D", "Maximum", "Mean", "Min", "Minimum", "Mul", "Neg", "RealDiv", "Reciprocal",
        "Relu", "Relu6", "Rsqrt", "Selu", "Sigmoid", "SigmoidGrad", "Sin", "Softmax", "Softplus", "Softsign",
        "Sqrt", "Square", "SquaredDifference", "Sub", "Sum", "Tanh", "TanhGrad",
    ]
)

#: Operations that move entries about, or tell their shapes.
_ARRANGING = frozenset(
    [
        "BatchToSpaceND", "BroadcastTo", "Concat", "ConcatV2", "Const", "DepthToSpace", "ExpandDims", "Fill",
        "Gather", "GatherNd", "GatherV2", "Identity", "IdentityN", "MirrorPad", "OnesLike", "Pack", "Pad",
        "PadV2", "ReadVariableOp", "Reshape", "ResourceGather", "Reverse", "ReverseV2", "Shape", "ShapeN",
        "Size", "Slice", "SpaceToBatchND", "SpaceToDepth", "Split", "SplitV", "Squeeze", "StopGradient",
        "StridedSlice", "Tile", "Transpose", "Unpack", "ZerosLike",
    ]
)
# fmt: on


@dataclass
class Heard:
    """What the operations so far were.

    - count: how many.
    - precision_kept: whether none went from double precision to a lesser one or back.
    - continuous: whether all are known to be continuous, so that the program does not jump from one number to
      another where what it is given hardly moves. Whole numbers and truth values, such as those of loops, do not move.

    False for both, where a function was run. Of what a program does in numpy in between nothing is heard.
    """

    count: int = 0
    precision_kept: bool = True
    continuous: bool = True

    def note(self, operation: Union[str, bytes], inputs: Any, _: Any, outputs: Any, *__: Any, **___: Any) -> None:
        """Called by TensorFlow after each operation, with its inputs, attributes, outputs, and more."""
        self.count += 1
        name = operation.decode() if isinstance(operation, bytes) else operation
        if name == "Cast":
            self.precision_kept &= not narrows(inputs[0].dtype.name, outputs[0].dtype.name)
        elif _FUNCTIONS.search(name):
            self.precision_kept = self.continuous = False
        if name not in _CONTINUOUS and name not in _ARRANGING and _moving(inputs):
            self.continuous = False


#: Where nothing was heard, nothing is known.
NOTHING = Heard(precision_kept=False, continuous=False)


def _moving(inputs: Any) -> bool:
    """Whether any of an operation's inputs may be a number that moves."""
    return any(not (each.dtype.is_integer or each.dtype.is_bool) for each in inputs)


@contextlib.contextmanager
def heard() -> Iterator[Heard]:
    """Listen to the operations that run eagerly within, in this thread."""
    from tensorflow.python.framework import op_callbacks  # of TensorFlow's debugger

    found = Heard()
    if hasattr(op_callbacks, "op_callback"):  # TensorFlow 1.15
        with op_callbacks.op_callback(found.note):
            yield found
        return
    note = found.note  # it is known by its identity, and a method has another each time
    op_callbacks.add_op_callback(note)
    try:
        yield found
    finally:
        op_callbacks.remove_op_callback(note)
