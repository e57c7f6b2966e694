"""Values from a seed, the same bytes under every numpy from 1.17 on.

The source is `numpy.random.Philox(key=(seed, stream)).random_raw`; what follows is integer arithmetic and IEEE
operations that have one right answer (scaling by a power of two, rounding to a narrower type). No logarithm and no
cosine: their last bits differ among builds of numpy. No `Generator`: it may draw other numbers in another version.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any, Sequence

import numpy as np
from hypothesis.errors import InvalidArgument

if TYPE_CHECKING:
    from numpy.typing import NDArray

_FLOATS = ("float16", "float32", "float64")


def raw(seed: int, stream: int | str, count: int) -> NDArray[np.uint64]:
    """Return `count` words of 64 random bits.

    * `seed` is an int in [0, 2**64).
    * `stream` is an int in [0, 2**64) or a str; each gives words of its own for the same seed.

    Raises InvalidArgument for a seed or stream out of range.
    """
    if isinstance(stream, str):
        stream = int.from_bytes(hashlib.sha256(stream.encode("utf-8")).digest()[:8], "little")
    for name, value in (("seed", seed), ("stream", stream)):
        if not 0 <= value < 2**64:
            raise InvalidArgument(f"{name}={value!r}: expected an int in [0, 2**64); take {name} % 2**64")
    key = np.array([seed, stream], dtype=np.uint64)
    words: NDArray[np.uint64] = np.random.Philox(key=key).random_raw(count)
    return words


def uniform(seed: int, stream: int | str, shape: Sequence[int], dtype: str) -> NDArray[Any]:
    """Return an array of `shape` and `dtype` in [-1, 1), as finely spaced as `dtype` is just below 1.

    * `dtype` is float16, float32 or float64; else InvalidArgument is raised.
    """
    name = _float(dtype)
    digits = {"float16": 11, "float32": 24, "float64": 53}[name]
    integers = (raw(seed, stream, _count(shape)) >> np.uint64(64 - digits)).astype(np.int64) - 2 ** (digits - 1)
    return _scaled(integers, 1 - digits, name).reshape(tuple(shape))


def normal(seed: int, stream: int | str, shape: Sequence[int], dtype: str) -> NDArray[Any]:
    """Return an array of `shape` and `dtype`, nearly normal with mean 0 and variance 1, within (-6, 6).

    Each value is the sum of twelve 16-bit words, which is exact; float64 gets 32 more bits below them, so that the
    float32 values are within 2**-16 of the float64 ones.

    * `dtype` is float16, float32 or float64; else InvalidArgument is raised.
    """
    name = _float(dtype)
    words = raw(seed, stream, 4 * _count(shape)).reshape(-1, 4)
    # A row is one value: its first three words, as twelve of 16 bits in whichever order, and the fourth for float64.
    integers = np.ascontiguousarray(words[:, :3]).view(np.uint16).sum(axis=1, dtype=np.int64) - 6 * 0xFFFF
    if name != "float64":
        return _scaled(integers, -16, name).reshape(tuple(shape))
    integers = integers * 2**32 + (words[:, 3] >> np.uint64(32)).astype(np.int64)
    return _scaled(integers, -48, name).reshape(tuple(shape))


def integers(seed: int, stream: int | str, shape: Sequence[int], bound: int) -> NDArray[np.int64]:
    """Return an int64 array of `shape` in [0, `bound`).

    * `bound` is an int in [1, 2**63); else InvalidArgument is raised.
    """
    if not 1 <= bound < 2**63:
        raise InvalidArgument(f"bound={bound!r}: expected an int in [1, 2**63); give one in that range")
    drawn: NDArray[np.int64] = (raw(seed, stream, _count(shape)) % np.uint64(bound)).astype(np.int64)
    return drawn.reshape(tuple(shape))


def _count(shape: Sequence[int]) -> int:
    count = 1
    for length in shape:
        count *= length
    return count


def _float(dtype: str) -> str:
    name = str(np.dtype(dtype))
    if name not in _FLOATS:
        raise InvalidArgument(f"dtype={dtype!r}: expected one of {', '.join(_FLOATS)}; draw in one of them and convert")
    return name


def _scaled(integers: NDArray[np.int64], exponent: int, dtype: str) -> NDArray[Any]:
    # float64 to float16 in two steps, each said: whether numpy's own conversion takes one or two is up to the machine.
    values = integers.astype(np.float64) * 2.0**exponent
    return values.astype(np.float32).astype(dtype) if dtype == "float16" else values.astype(dtype)
