"""Cases as JSON and back: numbers, text, arrays, tuples, lists, dicts and frozen dataclasses of these.

What JSON has no word for is an object with one key that names its kind:
``{"tuple": […]}``, ``{"dict": [[KEY, VALUE], …]}``, ``{"float": "nan"}``, ``{"array": PLACE}`` and
``{"dataclass": ["MODULE:NAME", {FIELD: VALUE, …}]}``.
"""

from __future__ import annotations

import math
import re
import sys
from dataclasses import fields, is_dataclass
from typing import Any, Callable, Dict, List, Sequence

import numpy as np

from likewise.errors import WitnessError

__all__ = ["DTYPES", "decoded", "encoded", "placed", "why_not_read", "without_nan"]

_SURROGATES = re.compile("[\ud800-\udfff]")
_LAST = "\U0010ffff"

#: The dtypes of arrays, as numpy abbreviates them, byte order apart.
DTYPES = ("b1", "i1", "i2", "i4", "i8", "u1", "u2", "u4", "u8", "f2", "f4", "f8", "c8", "c16", "S4")


def encoded(value: Any, arrays: List[np.ndarray]) -> Any:
    """``value`` for ``json.dumps``; the arrays in it are appended to ``arrays``, equal ones once.

    Raises WitnessError for what could not be decoded again.
    """
    if isinstance(value, np.ndarray) and value.dtype.str[1:] in DTYPES:
        return {"array": placed(value, arrays)}
    encode = _ENCODERS.get(type(value), _encoded_dataclass)
    return encode(value, arrays)


def placed(array: np.ndarray, arrays: List[np.ndarray]) -> int:
    """The array's place among ``arrays``, where it is appended unless the same bytes are there."""
    for place, each in enumerate(arrays):
        if (each.dtype, each.shape) == (array.dtype, array.shape) and each.tobytes() == array.tobytes():
            return place
    arrays.append(array)
    return len(arrays) - 1


def _encoded_dict(value: Any, arrays: List[np.ndarray]) -> Any:
    return {"dict": [[encoded(key, arrays), encoded(item, arrays)] for key, item in value.items()]}


def _encoded_dataclass(value: Any, arrays: List[np.ndarray]) -> Any:
    of = type(value)
    name = f"{of.__module__}:{of.__qualname__}"
    if not _is_frozen(of):
        raise WitnessError(
            f"{name} cannot be written as plain data: make cases of numbers, text, tuples, lists, dicts, "
            "numpy arrays and frozen dataclasses"
        )
    if _found(name) is not of:
        raise WitnessError(f"{name} is not found under its name again: move the class to the top of its module")
    content = {each.name: encoded(getattr(value, each.name), arrays) for each in fields(of) if each.init}
    return {"dataclass": [name, content]}


# Exact types: a named tuple, say, would come back as a mere tuple.
_ENCODERS: Dict[type, Callable[[Any, List[np.ndarray]], Any]] = {
    **dict.fromkeys((type(None), bool, int, str), lambda value, _: value),
    float: lambda value, _: value if math.isfinite(value) else {"float": repr(value)},
    list: lambda value, arrays: [encoded(item, arrays) for item in value],
    tuple: lambda value, arrays: {"tuple": [encoded(item, arrays) for item in value]},
    dict: _encoded_dict,
}


def decoded(value: Any, arrays: Sequence[np.ndarray]) -> Any:
    """What ``encoded`` was given.

    Nothing is imported for it: a dataclass has to be of a module that already is, since the value
    may come from anyone. Raises WitnessError where it is not, and for what ``encoded`` never makes.
    """
    if isinstance(value, list):
        return [decoded(item, arrays) for item in value]
    if not isinstance(value, dict):
        return value
    kind, content = next(iter(value.items()), ("", None))
    if len(value) != 1 or kind not in _DECODERS:
        raise WitnessError(f"{_brief(value)} is no value of a case")
    try:
        return _DECODERS[kind](content, arrays)
    except (AttributeError, IndexError, TypeError, ValueError) as error:
        raise WitnessError(f"{_brief(value)} is no value of a case: {error}") from error


def _decoded_tuple(content: Any, arrays: Sequence[np.ndarray]) -> Any:
    return tuple(decoded(item, arrays) for item in content)


def _decoded_dict(content: Any, arrays: Sequence[np.ndarray]) -> Any:
    return {decoded(key, arrays): decoded(item, arrays) for key, item in content}


def _decoded_array(content: Any, arrays: Sequence[np.ndarray]) -> Any:
    if arrays[content].dtype.kind == "U":
        raise ValueError(f"array {content} holds text")
    return arrays[content]


def _decoded_dataclass(content: Any, arrays: Sequence[np.ndarray]) -> Any:
    name, values = content
    of = _found(name)
    if not _is_frozen(of):
        module = str(name).partition(":")[0]
        mend = "it has no such frozen dataclass" if module in sys.modules else f"import {module} first"
        raise WitnessError(f"the case is of {_brief(name)}, which is not known here; {mend}")
    given = {each: decoded(item, arrays) for each, item in values.items()}
    try:
        return of(**given)
    except Exception as error:  # whatever a class has against values that may come from anyone
        raise WitnessError(f"{_brief(name)} cannot be made from what the file holds: {error}") from error


_DECODERS: Dict[str, Callable[[Any, Sequence[np.ndarray]], Any]] = {
    "array": _decoded_array,
    "dataclass": _decoded_dataclass,
    "dict": _decoded_dict,
    "float": lambda content, _: float(content),
    "tuple": _decoded_tuple,
}


#: As many lists and objects as JSON of ours, or anyone's that is read, may have within each other.
_DEPTH = 60


def why_not_read(value: Any) -> str:
    """What is wrong with JSON that anyone may have written, "" where nothing is.

    Python reads what is nested too deeply to be looked at, and characters that no file or terminal can take.
    """
    left = [(value, 0)]
    while left:
        each, depth = left.pop()
        if depth > _DEPTH:
            return f"more than {_DEPTH} lists and objects within each other"
        if isinstance(each, dict):
            left.extend((item, depth + 1) for pair in each.items() for item in pair)
        elif isinstance(each, list):
            left.extend((item, depth + 1) for item in each)
        elif isinstance(each, str) and (_SURROGATES.search(each) or max(each, default="") > _LAST):
            return "half a character (a lone surrogate), or one beyond the last"
    return ""


def without_nan(value: Any) -> Any:
    """Builtin types as JSON can say them: NaN and the infinities as the texts "nan", "inf" and "-inf"."""
    if isinstance(value, dict):
        return {key: without_nan(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [without_nan(item) for item in value]
    if isinstance(value, float) and not math.isfinite(value):
        return str(value)
    return value


def _is_frozen(of: Any) -> bool:
    return isinstance(of, type) and is_dataclass(of) and bool(of.__dataclass_params__.frozen)  # type: ignore[attr-defined]


def _found(name: Any) -> Any:
    """The class of this name, by plain look-ups: an attribute access might import or compute."""
    module, _, path = str(name).partition(":")
    found = sys.modules.get(module)
    for part in path.split("."):
        found = vars(found).get(part) if hasattr(found, "__dict__") else None
    return found


def _brief(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 80 else text[:79] + "…"
