"""The values of a `Tensor`, kind by kind."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Callable, Sequence, Tuple

import numpy as np

from likewise_strategies import bits, landmarks

if TYPE_CHECKING:
    from numpy.typing import NDArray

Shape = Tuple[int, ...]


#: The letters of strings, and how many a string has at most.
LETTERS, LONGEST = b"abcxyz", 4


def array(
    shape: Shape,
    dtype: str,
    kind: str,
    seed: int,
    *,
    given: Sequence[float] = (),
    bounds: tuple[int, int] | None = None,
) -> NDArray[Any]:
    """Return the array of `shape` and `dtype` whose values are of `kind`, decided by `seed`.

    `dtype` has to be one that has values of this kind, and bounds are those of an integer dtype: `Tensor` sees to that.
    """
    if dtype == "string":
        return _strings(shape, kind, seed)
    if dtype in _PARTS:
        part = _PARTS[dtype]
        found = np.empty(shape, dtype)
        found.real = array(shape, part, kind, seed, given=given)
        found.imag = array(shape, part, kind, (seed + _IMAGINARY) % 2**64, given=given)
        return found
    if kind == "landmarks":
        return landmarks.array(shape, dtype, seed, given=given, bounds=bounds)
    if np.dtype(dtype).kind == "f":
        return _FLOAT[kind](shape, dtype, seed)
    found = _WHOLE[kind](shape, dtype, seed)
    return found if bounds is None else landmarks.within(found, bounds)


_PARTS = {"complex64": "float32", "complex128": "float64"}

# What decides the imaginary part, so that it is another array than the real one.
_IMAGINARY = 0x9E3779B97F4A7C15


def _count(shape: Shape) -> int:
    return int(np.prod(shape, dtype=np.int64))


def _normal(shape: Shape, dtype: str, seed: int) -> NDArray[Any]:
    return bits.normal(seed, "normal", shape, dtype)


def _uniform(shape: Shape, dtype: str, seed: int) -> NDArray[Any]:
    return bits.uniform(seed, "uniform", shape, dtype)


def _constant(shape: Shape, dtype: str, seed: int) -> NDArray[Any]:
    eighths = 1 + int(bits.integers(seed, "constant", (), 16))
    sign = -1 if bits.integers(seed, "constant sign", (), 2) else 1
    return np.full(shape, sign * eighths / 8, dtype=dtype)


def _ramp(shape: Shape, dtype: str, seed: int) -> NDArray[Any]:
    index = np.arange(_count(shape), dtype=np.int64)
    scale = 2.0 ** -int(index.size).bit_length()
    slope = 1 + int(bits.integers(seed, "ramp", (), 4))
    if bits.integers(seed, "ramp sign", (), 2):
        slope = -slope
    return (slope * index * scale).astype(np.float32 if dtype == "float16" else dtype).astype(dtype).reshape(shape)


def _one_hot(shape: Shape, dtype: str, seed: int) -> NDArray[Any]:
    if not shape:
        return np.ones(shape, dtype=dtype)
    if not shape[-1]:
        return np.zeros(shape, dtype=dtype)
    hot = bits.integers(seed, "one-hot", shape[:-1], shape[-1])
    return np.asarray(np.arange(shape[-1]) == hot[..., np.newaxis], dtype=dtype)


def _ties(shape: Shape, dtype: str, seed: int) -> NDArray[Any]:
    few = np.array([0, 1, 0.5, -1, 0, 2, -0.5, -2], dtype=dtype)
    return np.take(few, bits.integers(seed, "ties", (_count(shape),), len(few))).reshape(shape)


def _zeros(shape: Shape, dtype: str, seed: int) -> NDArray[Any]:
    return _patterns(np.zeros(shape, dtype=np.uint64), dtype, seed, "zeros")


def _tiny(shape: Shape, dtype: str, seed: int) -> NDArray[Any]:
    # The mantissa and the lowest bit of the exponent: half of the values are subnormal, half the least normal ones.
    magnitude = bits.integers(seed, "tiny", shape, 2 ** (np.finfo(dtype).nmant + 1))
    return _patterns(magnitude.astype(np.uint64), dtype, seed, "tiny")


def _small(shape: Shape, dtype: str, seed: int) -> NDArray[Any]:
    return _with_exponents(np.full(shape, landmarks.least_exponent(dtype)), shape, dtype, seed, "small")


def _with_exponents(exponents: NDArray[Any], shape: Shape, dtype: str, seed: int, stream: str) -> NDArray[Any]:
    mantissas = bits.uniform(seed, stream, shape, "float64")
    values = np.ldexp(np.copysign(1 + np.abs(mantissas), mantissas), np.asarray(exponents, np.int32))
    return np.asarray(np.asarray(values, np.float32) if dtype == "float16" else values).astype(dtype)


def _patterns(magnitude: NDArray[np.uint64], dtype: str, seed: int, stream: str) -> NDArray[Any]:
    # By bit pattern, with no arithmetic that a processor told to flush subnormals could change.
    width = np.dtype(dtype).itemsize * 8
    sign = bits.integers(seed, stream + " sign", magnitude.shape, 2).astype(np.uint64) << np.uint64(width - 1)
    # (a flat array, because numpy turns the result of an operation on arrays without axes into a scalar)
    pattern = np.asarray(magnitude | sign).astype(f"uint{width}").reshape(-1)
    return pattern.view(dtype).reshape(magnitude.shape)


def _huge(shape: Shape, dtype: str, seed: int) -> NDArray[Any]:
    largest = np.array(2.0 ** (int(np.finfo(dtype).maxexp) - 12), dtype=dtype)
    return np.asarray(bits.uniform(seed, "huge", shape, dtype) * largest)


def _log_uniform(shape: Shape, dtype: str, seed: int) -> NDArray[Any]:
    # A mantissa in [1, 2) of either sign, and an exponent: three seeds of four keep to what networks are likely to
    # meet, up to 16 powers of two about a scale near 1; the others reach as far as sums of 4,096 of them are finite, in
    # half precision, which would have nothing beyond 16 then, of eight.
    room = 5 if dtype == "float16" else 14
    greatest = int(np.finfo(dtype).maxexp) - room
    low, high = max(landmarks.least_exponent(dtype), -greatest), greatest
    if bits.integers(seed, "log-uniform far", (), 4):
        scale, width = (int(bits.integers(seed, f"log-uniform {each}", (), 8)) for each in ("scale", "width"))
        low, high = max(low, scale - 3 - width), min(high, scale + width)
    exponents = low + bits.integers(seed, "log-uniform exponent", shape, high - low + 1)
    return _with_exponents(exponents, shape, dtype, seed, "log-uniform")


def _nan(shape: Shape, dtype: str, seed: int) -> NDArray[Any]:
    return _with_some(np.array([np.nan]), shape, dtype, seed)


def _infinity(shape: Shape, dtype: str, seed: int) -> NDArray[Any]:
    return _with_some(np.array([np.inf, -np.inf]), shape, dtype, seed)


def _with_some(special: NDArray[Any], shape: Shape, dtype: str, seed: int) -> NDArray[Any]:
    values = _normal(shape, dtype, seed).reshape(-1)
    if values.size:
        chosen = bits.integers(seed, "where", values.shape, 4) == 0
        chosen[int(bits.integers(seed, "one at least", (), values.size))] = True
        which = special[bits.integers(seed, "which", values.shape, len(special))]
        values[chosen] = which[chosen]
    return values.reshape(shape)


def _whole_uniform(shape: Shape, dtype: str, seed: int) -> NDArray[Any]:
    words = bits.raw(seed, "uniform", _count(shape)).reshape(shape)
    if dtype == "bool":
        return np.asarray(words >> np.uint64(63), dtype=dtype)
    return _wrapped(words, dtype)


def _whole_constant(shape: Shape, dtype: str, seed: int) -> NDArray[Any]:
    return np.full(shape, 1 + int(bits.integers(seed, "constant", (), 16)), dtype=dtype)


def _whole_ramp(shape: Shape, dtype: str, seed: int) -> NDArray[Any]:
    start = int(bits.integers(seed, "ramp", (), 4))
    return _wrapped(np.arange(start, start + _count(shape), dtype=np.uint64).reshape(shape), dtype)


def _wrapped(words: NDArray[np.uint64], dtype: str) -> NDArray[Any]:
    # By way of the unsigned dtype, where it is defined what happens to a number beyond the range.
    return words.astype(f"uint{np.dtype(dtype).itemsize * 8}").view(dtype)


def _whole_ties(shape: Shape, dtype: str, seed: int) -> NDArray[Any]:
    return np.asarray(bits.integers(seed, "ties", shape, 3)).astype(dtype)


def _whole_log_uniform(shape: Shape, dtype: str, seed: int) -> NDArray[Any]:
    width = np.dtype(dtype).itemsize * 8 - (np.dtype(dtype).kind == "i")
    words = bits.raw(seed, "log-uniform", _count(shape)).reshape(shape)
    shifts = bits.integers(seed, "log-uniform width", shape, width + 1).astype(np.uint64)
    # (a shift by all 64 bits is not defined)
    magnitude = np.where(shifts == 0, np.uint64(0), words >> (np.uint64(64) - np.maximum(shifts, np.uint64(1))))
    negative = bits.integers(seed, "log-uniform sign", shape, 2).astype(bool) & (np.dtype(dtype).kind == "i")
    return _wrapped(np.asarray(np.where(negative, ~magnitude, magnitude), np.uint64), dtype)


def _whole_zeros(shape: Shape, dtype: str, _seed: int) -> NDArray[Any]:
    return np.zeros(shape, dtype=dtype)


def _strings(shape: Shape, kind: str, seed: int) -> NDArray[Any]:
    few = {"constant": 1, "ties": 3}.get(kind)
    count = _count(shape) if few is None else few
    letters = np.frombuffer(LETTERS, np.uint8)[bits.integers(seed, "letters", (count, LONGEST), len(LETTERS))]
    lengths = 1 + bits.integers(seed, "lengths", (count, 1), LONGEST)
    words = np.where(np.arange(LONGEST) < lengths, letters, 0).astype(np.uint8)
    found = np.ascontiguousarray(words).view(f"S{LONGEST}").reshape(-1)
    if few is not None:
        found = found[bits.integers(seed, "which string", (_count(shape),), few)]
    return found.reshape(shape)


_Maker = Callable[[Shape, str, int], "NDArray[Any]"]

_FLOAT: dict[str, _Maker] = {
    "constant": _constant,
    "ramp": _ramp,
    "one-hot": _one_hot,
    "ties": _ties,
    "uniform": _uniform,
    "normal": _normal,
    "zeros": _zeros,
    "log-uniform": _log_uniform,
    "small": _small,
    "tiny": _tiny,
    "huge": _huge,
    "nan": _nan,
    "infinity": _infinity,
}

_WHOLE: dict[str, _Maker] = {
    "constant": _whole_constant,
    "ramp": _whole_ramp,
    "one-hot": _one_hot,
    "ties": _whole_ties,
    "uniform": _whole_uniform,
    "zeros": _whole_zeros,
    "log-uniform": _whole_log_uniform,
}
