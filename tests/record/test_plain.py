"""Cases become JSON and come back the same; from what may come from anyone, nothing else comes."""

from __future__ import annotations

import json
import sys
from dataclasses import dataclass
from typing import Any, List, NamedTuple, Tuple

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from likewise.errors import WitnessError
from likewise.plain import decoded, encoded
from likewise_strategies import conv_lstm_videos


@dataclass(frozen=True)
class Case:
    """A user's own."""

    sizes: Tuple[int, ...]
    more: Any = None


@dataclass
class Mutable:
    size: int = 1


class Named(NamedTuple):
    size: int = 1


scalars = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text()
keys = scalars | st.tuples(scalars, scalars)
values = st.recursive(
    scalars,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.lists(inner, max_size=3).map(tuple)
        | st.dictionaries(keys, inner, max_size=3)
        | inner.map(lambda more: Case((1, 2), more))
    ),
    max_leaves=8,
)


def there_and_back(value: Any) -> Any:
    arrays: List[np.ndarray] = []
    return decoded(json.loads(json.dumps(encoded(value, arrays))), arrays)


@given(values)
def test_values_come_back(value: Any) -> None:
    back = there_and_back(value)
    assert back == value
    assert repr(back) == repr(value)  # so that 1, 1.0 and True are told apart


@given(conv_lstm_videos())
def test_cases_come_back(case: Any) -> None:
    assert there_and_back(case) == case


def test_nan_comes_back() -> None:
    assert repr(there_and_back((float("nan"), float("-inf")))) == "(nan, -inf)"


@pytest.mark.parametrize("dtype", ["float32", "float64", "int8", "bool", "complex64", ">f4", "float16"])
def test_arrays_come_back(dtype: str) -> None:
    array = np.arange(6).reshape(2, 3).astype(dtype)
    back = there_and_back(Case((2, 3), {"a": array})).more["a"]
    assert back.dtype == array.dtype
    assert back.tobytes() == array.tobytes()


@pytest.mark.parametrize(
    "value",
    [object(), Mutable(), Named(), np.float32(1), {1, 2}, b"", len, int, np.array([None]), np.array(["a"])],
    ids=lambda value: type(value).__name__,
)
def test_what_would_come_back_as_something_else_is_refused(value: Any) -> None:
    with pytest.raises(WitnessError, match="cannot be written as plain data: make cases of numbers"):
        encoded((value,), [])


def test_a_class_that_would_not_be_found_is_refused() -> None:
    @dataclass(frozen=True)
    class Local:
        size: int = 1

    with pytest.raises(WitnessError, match="Local is not found under its name again"):
        encoded(Local(), [])


@pytest.mark.parametrize(
    "value",
    [
        {},
        {"tuple": [], "dict": []},
        {"unknown": 1},
        {"tuple": 1},
        {"dict": [[1]]},
        {"dict": [[[], 1]]},
        {"float": "four"},
        {"array": 1},
        {"array": "0"},
        {"dataclass": 1},
        {"dataclass": ["a", {}, {}]},
        {"dataclass": [["likewise_strategies.cases", "ConvVideo"], {}]},
        {"dataclass": [f"{__name__}:Case", []]},
    ],
    ids=repr,
)
def test_what_is_never_encoded_is_refused(value: Any) -> None:
    with pytest.raises(WitnessError, match=r"is no value of a case|is not known here|cannot be made|it has no such"):
        decoded(value, [np.zeros(1)])


@pytest.mark.parametrize("name", ["json.tool:Anything", "antigravity:fly", "no such module:A", ":", ""])
def test_nothing_is_imported(name: str) -> None:
    module = name.partition(":")[0]
    before = set(sys.modules)
    assert module not in before
    with pytest.raises(WitnessError, match="is not known here; import"):
        decoded({"dataclass": [name, {}]}, [])
    assert set(sys.modules) == before


@pytest.mark.parametrize(
    "path",
    ["Mutable", "Named", "values", "st.none", "Case.__init__", "Case.__init__.__globals__.Case", "sys.exit", "x"],
)
def test_nothing_but_frozen_dataclasses_is_called(path: str) -> None:
    with pytest.raises(WitnessError, match="it has no such frozen dataclass"):
        decoded({"dataclass": [f"{__name__}:{path}", {}]}, [])


def test_lazy_names_of_a_module_are_not_looked_up() -> None:
    with pytest.raises(WitnessError, match="it has no such frozen dataclass"):
        decoded({"dataclass": ["likewise:Law.anything", {}]}, [])


@pytest.mark.parametrize("fields", [{}, {"sizes": 1, "unknown": 2}])
def test_fields_that_do_not_fit_are_refused(fields: Any) -> None:
    with pytest.raises(WitnessError, match="Case' cannot be made from what the file holds"):
        decoded({"dataclass": [f"{__name__}:Case", fields]}, [])


def test_values_that_a_class_refuses_are_refused() -> None:
    with pytest.raises(WitnessError, match="cannot be made from what the file holds: shape="):
        decoded({"dataclass": ["likewise_strategies.arrays:Tensor", {"shape": -1}]}, [])
