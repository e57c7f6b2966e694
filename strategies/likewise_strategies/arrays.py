"""Arrays as plain data: what a case holds is the description of an array, which makes the same bytes everywhere."""

from __future__ import annotations

from dataclasses import dataclass, fields
from importlib import import_module
from typing import TYPE_CHECKING, Any, Sequence

from hypothesis import strategies as st
from hypothesis.errors import InvalidArgument

from likewise_strategies import _check
from likewise_strategies._kept import sampled_from
from likewise_strategies.splitting import data

if TYPE_CHECKING:
    from hypothesis.strategies import DrawFn, SearchStrategy
    from numpy.typing import NDArray

#: The kinds that are drawn unless others are asked for, the plainest first.
KINDS = (
    "constant",
    "ramp",
    "one-hot",
    "ties",
    "uniform",
    "normal",
    "zeros",
    "landmarks",
    "log-uniform",
    "small",
    "huge",
)

#: The kinds of values that are no numbers; they are drawn only where they are asked for, as is "tiny".
NON_FINITE_KINDS = ("nan", "infinity")

_ASKED_FOR = ("tiny", *NON_FINITE_KINDS)

_FLOATS = ("float16", "float32", "float64")
_INTEGERS = ("int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64")
_COMPLEX = ("complex64", "complex128")
_DTYPES = (*_FLOATS, *_INTEGERS, *_COMPLEX, "bool", "string")
_INTEGER_KINDS = ("constant", "ramp", "one-hot", "ties", "uniform", "zeros", "landmarks", "log-uniform")
_BOOL_KINDS = ("constant", "one-hot", "uniform", "zeros")
_STRING_KINDS = ("constant", "ties", "uniform")

# How often a kind comes up, where it is not once: most arrays that a network meets look like these.
_WEIGHTS = {"normal": 7, "uniform": 4, "landmarks": 4, "log-uniform": 3}

_SEEDS = st.integers(0, 2**32 - 1)


@dataclass(frozen=True)
class Tensor:
    """The description of an array.

    * `shape` is a tuple of ints of at least 0.
    * `dtype` is the name of a float, integer, complex or bool dtype of numpy, or "string" for one to four letters.
    * `kind` says what the values are like:

      * "constant": one value everywhere, a multiple of 1/8 other than zero;
      * "ramp": rises (or falls) evenly in the order of memory, so that a swapped axis shows;
      * "one-hot": a single 1 along the last axis, else zeros;
      * "ties": few distinct values, exact zeros among them;
      * "uniform": in [-1, 1), and over the whole range in integer dtypes; "normal": mean 0 and variance 1;
      * "zeros": zeros of both signs;
      * "landmarks": some of 0, 1, -1 and `values`, with their neighbours, among normal values (uniform ones in integer
        dtypes): entry by entry, over whole steps, or everywhere;
      * "log-uniform": magnitudes spread evenly over their logarithm, over a few powers of two or nearly the whole range
        of the dtype, and of both signs;
      * "small": as small as numbers may be whose differences are no subnormal numbers, of both signs; "tiny": subnormal
        numbers and the least normal ones (TensorFlow takes subnormal ones for zeros in some of its threads);
      * "huge": so large that a sum of 4,096 of them is still finite, of both signs;
      * "nan", "infinity": normal, and about a quarter of the values (one at least) is NaN, or infinity of either sign.

    * `seed` is an int in [0, 2**64) and decides the values.
    * `axes` names the axes, a letter each: n batch, d steps of a video, t steps of a sequence, h, w, c; or is "".
    * `values` are numbers at which the programs compare, for the kind "landmarks".
    * `bounds` are (low, high), for integer dtypes: each value is at least low and below high; None for the whole range.

    Complex dtypes have such values in both parts. `kind`, `seed` and `values` are data, the others structure (see
    `split`). Raises InvalidArgument for an unknown dtype or kind, a bad shape, axes whose number is not that of the
    shape, values that are no numbers, or bounds that leave no value.
    """

    shape: tuple[int, ...]
    dtype: str = "float32"
    kind: str = data(default="normal")
    seed: int = data(default=0)
    axes: str = ""
    values: tuple[float, ...] = data(default=())
    bounds: tuple[int, int] | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "shape", _check.sizes("shape", self.shape, 0))
        _check_dtype(self.dtype)
        _check.choices("kind", (self.kind,), KINDS + _ASKED_FOR)
        _check.at_least("seed", self.seed, 0)
        _check_axes(self.axes, self.shape)
        _check_values(self.values)
        object.__setattr__(self, "bounds", _check_bounds(self.bounds, self.dtype))

    def __repr__(self) -> str:
        shown = {each.name: getattr(self, each.name) for each in fields(self)}
        for name in ("values", "bounds"):  # which few have
            if not shown[name]:
                del shown[name]
        return f"Tensor({', '.join(f'{name}={value!r}' for name, value in shown.items())})"

    def array(self) -> NDArray[Any]:
        """Return the array, of `shape` and `dtype`, made anew each time.

        Raises InvalidArgument where `dtype` has no values of `kind`.
        """
        from likewise_strategies import values  # numpy is imported with the first array, not with Hypothesis

        _check_kinds("kind", (self.kind,), self.dtype)
        return values.array(self.shape, self.dtype, self.kind, self.seed, given=self.values, bounds=self.bounds)

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> NDArray[Any]:
        if copy is False:
            raise ValueError(f"copy=False: {self!r} holds no array that could be shared; leave copy=None")
        array = self.array()
        return array if dtype is None else array.astype(dtype)


def tensors(
    shape: Sequence[int],
    dtype: str = "float32",
    *,
    kinds: Sequence[str] | None = None,
    axes: str = "",
    bounds: tuple[int, int] | None = None,
) -> SearchStrategy[Tensor]:
    """Return a strategy for `Tensor`s of one shape and dtype.

    * `shape` is a tuple of ints of at least 0. For drawn shapes, `video_shapes().flatmap(tensors)`.
    * `dtype` is the name of a float, integer, complex or bool dtype of numpy, or "string".
    * `kinds` are those to draw from, the plainest first: examples shrink towards it. By default all of `KINDS` that the
      dtype has values of. "nan" and "infinity" are drawn only where they are named here. "normal" and "uniform" come up
      more often than the others.
    * `axes` names the axes, a letter each.
    * `bounds` are (low, high), for integer dtypes: each value is at least low and below high.

    Raises InvalidArgument for bad shapes or bounds, unknown dtypes or kinds, or a kind that the dtype has no values of.
    """
    shape = _check.sizes("shape", shape, 0)
    _check_dtype(dtype)
    _check_axes(axes, shape)
    if kinds is None:
        kinds = [kind for kind in KINDS if kind in kinds_of(dtype)]
    else:
        kinds = _check_kinds("kinds", _check.choices("kinds", kinds, KINDS + _ASKED_FOR), dtype)
    # With numpy, which the first test would otherwise import within its deadline.
    import_module("likewise_strategies.values")
    weighted = tuple(kind for kind in kinds for _ in range(_WEIGHTS.get(kind, 1)))
    return _tensors(Tensor(shape, dtype, axes=axes, bounds=bounds), weighted)


@st.composite
def _tensors(draw: DrawFn, like: Tensor, kinds: Sequence[str]) -> Tensor:
    kind = draw(sampled_from(kinds))
    return Tensor(like.shape, like.dtype, kind, draw(_SEEDS), like.axes, bounds=like.bounds)


def kinds_of(dtype: str) -> Sequence[str]:
    """Return the kinds that a dtype has values of."""
    if dtype in _FLOATS + _COMPLEX:
        return KINDS + _ASKED_FOR
    if dtype == "string":
        return _STRING_KINDS
    return _BOOL_KINDS if dtype == "bool" else _INTEGER_KINDS


def _check_dtype(dtype: Any) -> None:
    if not isinstance(dtype, str) or dtype not in _DTYPES:
        raise InvalidArgument(f"dtype={dtype!r}: expected the name of a dtype; give one of {', '.join(_DTYPES)}")


def _check_kinds(name: str, kinds: Sequence[str], dtype: str) -> Sequence[str]:
    for kind in kinds:
        if kind not in kinds_of(dtype):
            raise InvalidArgument(
                f"{name}={kinds!r}: {dtype} has no values of kind {kind!r}; "
                f"give one or more of {', '.join(kinds_of(dtype))}, or a float dtype"
            )
    return kinds


def _check_axes(axes: Any, shape: Sequence[int]) -> None:
    if not isinstance(axes, str) or len(axes) not in (0, len(shape)):
        raise InvalidArgument(f"axes={axes!r}: expected a letter for each of the {len(shape)} axes of {shape}, or ''")


def _check_values(values: Any) -> None:
    if not isinstance(values, tuple) or not all(type(each) in (int, float) for each in values):
        raise InvalidArgument(f"values={values!r}: expected a tuple of numbers; give ints and floats, or ()")


def _check_bounds(bounds: Any, dtype: str) -> tuple[int, int] | None:
    if bounds is None:
        return None
    if dtype not in _INTEGERS:
        raise InvalidArgument(
            f"bounds={bounds!r}: {dtype} takes none; leave them out, or give one of {', '.join(_INTEGERS)}"
        )
    if not isinstance(bounds, (tuple, list)) or len(bounds) != 2 or not all(type(each) is int for each in bounds):
        raise InvalidArgument(
            f"bounds={bounds!r}: expected two ints; give (low, high), of which high itself is left out"
        )
    least, most = range_of(dtype)
    if not least <= bounds[0] < bounds[1] <= most + 1:
        raise InvalidArgument(
            f"bounds={bounds!r}: no value of {dtype} lies there; give low and high, {least} <= low < high <= {most + 1}"
        )
    return bounds[0], bounds[1]


def range_of(dtype: str) -> tuple[int, int]:
    """Return the least and the greatest value of an integer dtype."""
    bits = int(dtype.lstrip("uint"))
    return (0, 2**bits - 1) if dtype.startswith("u") else (-(2 ** (bits - 1)), 2 ** (bits - 1) - 1)
