"""The values that variables get: drawn, for initial zeros hide a lost bias.

The same seed gives the same bytes in every cell, for they come from raw Philox bits.
"""

from __future__ import annotations

import functools
import math
from typing import Dict, Sequence, Tuple

import numpy as np

from likewise.variable import Variable
from likewise_strategies import bits

__all__ = ["drawn", "inexact", "numpy_dtype", "value_of"]


def drawn(variables: Sequence[Variable], seed: int) -> Dict[int, np.ndarray]:
    """A value for each variable, by its place in ``variables``.

    Kernels are normal, scaled by 1/sqrt(fan in) (Glorot and Bengio, 2010) so that activations do
    not saturate; variances lie in [0.5, 1.5); the state of a random generator and a counter are
    small integers.
    """
    return {place: value_of(each, seed, place) for place, each in enumerate(variables)}


def value_of(variable: Variable, seed: int, place: int) -> np.ndarray:
    """The value that ``drawn`` gives to the variable at this place, not to be written to."""
    role = "variance" if variable.kind == "weight" and "variance" in variable.role else variable.kind
    return _value(role, variable.shape, variable.dtype, seed, place)


# What is foretold of a variable as it is created is asked for once more when all are there.
@functools.lru_cache(maxsize=64)
def _value(role: str, shape: Tuple[int, ...], dtype: str, seed: int, place: int) -> np.ndarray:
    stream = f"variable {place}"
    if role == "variance":
        values = rounded(1.0 + 0.5 * bits.uniform(seed, stream, shape, "float64"), dtype)
    elif role == "weight":
        fan_in = int(np.prod(shape[:-1])) if len(shape) > 1 else 4
        values = rounded(bits.normal(seed, stream, shape, "float64") / math.sqrt(max(fan_in, 1)), dtype)
    else:
        values = bits.integers(seed, stream, shape, 1 << 10).astype(dtype)
    values.setflags(write=False)
    return values


def rounded(values: np.ndarray, dtype: str) -> np.ndarray:
    """``values`` in ``dtype``; bfloat16, which numpy lacks, as the float32 values that it holds."""
    if dtype != "bfloat16":
        return values.astype(dtype)
    words = values.astype(np.float32).view(np.uint32)
    upper: np.ndarray = words & np.uint32(0xFFFF0000)
    return upper.view(np.float32)


def inexact(dtype: str) -> bool:
    """Whether values of this dtype are rounded: the floating-point dtypes."""
    return dtype.startswith(("float", "bfloat", "complex"))


def numpy_dtype(dtype: str) -> str:
    """The numpy dtype in which values of a TensorFlow dtype are held."""
    return "float32" if dtype == "bfloat16" else dtype
