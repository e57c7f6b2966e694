"""The values that variables get: drawn, since initial zeros hide a lost bias, and such that a deep signal lives.

The same seed gives the same bytes in every cell, for they come from raw Philox bits.
"""

from __future__ import annotations

import functools
import math
import re
from typing import Dict, Sequence, Tuple

import numpy as np

from likewise.variable import Variable
from likewise_strategies import bits

__all__ = ["drawn", "extreme", "inexact", "numpy_dtype", "value_of"]

#: One seed of so many gives some variables extreme values; 0, to which seeds shrink, never does.
EXTREME_IN = 8

#: Of the first ``FEW`` variables one of two is extreme then, and of the others, of which there may be hundreds, one of
#: so many: a network through which nothing comes shows nothing.
FEW, ONE_IN_MANY = 8, 32

#: The epsilons in use, near which extreme variances lie, so that an epsilon counts.
EPSILONS = (1e-7, 1e-6, 1e-5, 1e-4, 1e-3)

#: How an extreme variable is so: all of it zero, some of it, all of it great, or its entries of all magnitudes.
_EXTREMES = ("zeros", "some zeros", "great", "log-uniform")

#: By how many powers of two an extreme variable is great: sums and products of a few layers stay finite.
_GREAT = {"float16": 3, "bfloat16": 8, "float32": 8, "float64": 8, "complex64": 8, "complex128": 8}

#: What is added, by role: its values are small beside a signal near 1.
_ADDED = re.compile(r"bias|beta|moving_mean|offset")

#: What a normalized signal is multiplied by, entry by entry.
_GAIN = re.compile(r"gamma|scale")

#: What moments that are squares are called, in programs that keep them by hand.
_SQUARES = re.compile("(^|_)(v|nu|v_?hat|velocity|accumulator|rms|second_moments?|squares?)$", re.IGNORECASE)


def drawn(variables: Sequence[Variable], seed: int) -> Dict[int, np.ndarray]:
    """A value for each variable, by its place in ``variables``.

    A signal lives through them in a network of any depth: kernels are normal with variance 2 / fan in (He et al.,
    2015), recurrent ones with 1 / fan in, embeddings with 1; biases and moving means are small and not zero, gains
    about 1 or -1, variances in [0.5, 1.5). One seed of ``EXTREME_IN`` gives some of the variables extreme values
    instead: zeros, great ones, all magnitudes, variances near the epsilons in use. The state of a random generator and
    a counter are small integers.
    """
    return {place: value_of(each, seed, place) for place, each in enumerate(variables)}


def value_of(variable: Variable, seed: int, place: int) -> np.ndarray:
    """The value that ``drawn`` gives to the variable at this place, not to be written to."""
    if variable.begins is not None:  # such as an optimizer's moments: others may be none that any step leads to
        return _filled(variable.begins, variable.shape, numpy_dtype(variable.dtype))
    return _value(_manner(variable), variable.shape, variable.dtype, seed, place)


def extreme(seed: int) -> bool:
    """Whether a seed gives some variables extreme values."""
    return seed != 0 and _chosen(seed, "extreme", EXTREME_IN) == 0


def _manner(variable: Variable) -> str:
    """How the values of a variable are drawn."""
    if variable.kind != "weight":
        return variable.kind
    role, deep = variable.role, len(variable.shape) > 1
    told = {
        "variance": _is_square(variable),
        "unit": "embedding" in role,
        "gain": _GAIN.search(role),
        "added": _ADDED.search(role),
        "flat": not deep,
        "recurrent": "recurrent" in role,
        "depthwise": "depthwise" in variable.name,
    }
    return next((manner for manner, so in told.items() if so), "kernel")


def _is_square(variable: Variable) -> bool:
    """Whether it holds what cannot be negative: variances, and means of squares as optimizers keep them."""
    return "variance" in variable.role or (not variable.trainable and _SQUARES.search(variable.role) is not None)


def _filled(number: float, shape: Tuple[int, ...], dtype: str) -> np.ndarray:
    values = np.full(shape, number, dtype)
    values.setflags(write=False)
    return values


# What is foretold of a variable as it is created is asked for once more when all are there.
@functools.lru_cache(maxsize=64)
def _value(manner: str, shape: Tuple[int, ...], dtype: str, seed: int, place: int) -> np.ndarray:
    stream = f"variable {place}"
    if manner in ("rng", "counter"):
        values = bits.integers(seed, stream, shape, 1 << 10).astype(dtype)
    elif dtype.startswith("complex"):
        part = {"complex64": "float32", "complex128": "float64"}[dtype]
        real, imaginary = (_real(manner, shape, part, seed, f"{stream}{each}") for each in ("", " imaginary"))
        values = np.asarray(real + 1j * imaginary.astype(dtype)).astype(dtype)
    elif inexact(dtype):
        values = rounded(_real(manner, shape, dtype, seed, stream), dtype)
    else:
        values = np.asarray(bits.integers(seed, stream, shape, 2)).astype(numpy_dtype(dtype))
    values.setflags(write=False)
    return values


def _real(manner: str, shape: Tuple[int, ...], dtype: str, seed: int, stream: str) -> np.ndarray:
    """Values in float64."""
    if manner == "variance":
        values = 1.0 + 0.5 * bits.uniform(seed, stream, shape, "float64")
    else:
        values = bits.normal(seed, stream, shape, "float64")
        gain = manner == "gain"
        values = np.where(values < 0, -1.0, 1.0) + 0.25 * values if gain else values * _scale(manner, shape)
    place = int(stream.split()[1])
    if not extreme(seed) or _chosen(seed, f"extreme {stream}", 2 if place < FEW else ONE_IN_MANY):
        return np.asarray(values)
    return _extremely(manner, values, dtype, seed, f"extreme {stream}")


def _scale(manner: str, shape: Tuple[int, ...]) -> float:
    """What normal values of mean 0 and variance 1 are multiplied by."""
    if manner in ("unit", "added", "flat"):
        return {"unit": 1.0, "added": 0.25, "flat": 0.5}[manner]
    fan_in, window = int(np.prod(shape[:-1])), int(np.prod(shape[:-2]))
    # (Keras 3 calls depthwise kernels kernels: one that has a window and one output for each channel is taken for one)
    if manner == "depthwise" or (len(shape) > 2 and window > 1 and shape[-1] == 1):
        fan_in = window
    return math.sqrt((1 if manner == "recurrent" else 2) / max(fan_in, 1))


def _extremely(manner: str, values: np.ndarray, dtype: str, seed: int, stream: str) -> np.ndarray:
    """These values made extreme."""
    shape = values.shape
    if manner == "variance":
        near = np.take(np.array(EPSILONS), bits.integers(seed, stream, shape, len(EPSILONS)))
        # (half precision holds no epsilon below 6e-5 but for its subnormal numbers)
        return np.asarray(np.maximum(near, 1e-4) * values if dtype == "float16" else near * values)
    how, great = _EXTREMES[_chosen(seed, f"{stream} how", len(_EXTREMES))], _GREAT.get(dtype, 3)
    if how == "zeros":
        return np.zeros(shape)
    if how == "some zeros":
        return np.where(bits.integers(seed, stream, shape, 2) == 0, 0.0, values)
    if how == "great":
        return np.asarray(values * 2.0**great)
    # Powers of two, which round nowhere.
    return np.asarray(np.ldexp(values, bits.integers(seed, stream, shape, 4 * great + 1).astype(np.int32) - 3 * great))


@functools.lru_cache(maxsize=4096)
def _chosen(seed: int, stream: str, bound: int) -> int:
    return int(bits.integers(seed, stream, (), bound))


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
