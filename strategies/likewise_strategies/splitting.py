"""A case is structure, which decides the graph, and data, which only decides numbers: taken apart and joined here."""

from __future__ import annotations

from dataclasses import MISSING, Field, field, fields, replace
from typing import Any, Callable, Hashable, TypeVar

from hypothesis.errors import InvalidArgument

Case = TypeVar("Case")

_DATA = "likewise_strategies.data"


def data(*, default: Any) -> Any:
    """Return a dataclass field that is data: it does not decide the graph.

    * `default` is the field's default, hashable; it stands for every value of the field in a structure.
    """
    return field(default=default, metadata={_DATA: True})


def is_data(of: Field[Any]) -> bool:
    """Return whether a dataclass field was made by `data`."""
    return _DATA in of.metadata


def split(case: Case) -> tuple[Case, tuple[Hashable, ...]]:
    """Return a case's structure and its data.

    * `case` is a frozen dataclass. Its fields made by `data` are data, and so are those of the dataclasses in its other
      fields, tuples of dataclasses included.

    The structure is the case with the default in place of each data field; it is hashable if the case's fields are. The
    data is a tuple of what was there, in the order of the fields. `join(*split(case)) == case`.

    Raises InvalidArgument if `case` is not a frozen dataclass.
    """
    if not _is_frozen(case):
        raise InvalidArgument(
            f"case={case!r}: expected an instance of a frozen dataclass; put @dataclass(frozen=True) above its class"
        )
    found = []

    def to_default(value: Hashable, default: Hashable) -> Hashable:
        found.append(value)
        return default

    structure = _with_data(case, to_default)
    return structure, tuple(found)


def join(structure: Case, data: tuple[Hashable, ...]) -> Case:
    """Return the case whose structure and data `split` would give.

    Raises InvalidArgument if the data has not as many values as the structure has data fields.
    """
    count = len(split(structure)[1])
    if len(data) != count:
        raise InvalidArgument(
            f"data={data!r}: expected {count} values for this structure; take the data and the structure of one split"
        )
    values = iter(data)
    case: Case = _with_data(structure, lambda _value, _default: next(values))
    return case


def _is_frozen(value: Any) -> bool:
    params = getattr(type(value), "__dataclass_params__", None)
    return params is not None and bool(params.frozen)


def _with_data(value: Any, change: Callable[[Hashable, Hashable], Hashable]) -> Any:
    """Return `value` with each data field in it changed, in the order of the fields."""
    if _is_frozen(value):
        # (fields that the constructor does not take are made from the others)
        return replace(value, **{f.name: _changed(f, getattr(value, f.name), change) for f in fields(value) if f.init})
    if type(value) is tuple:
        return tuple(_with_data(item, change) for item in value)
    return value


def _changed(f: Field[Any], value: Any, change: Callable[[Hashable, Hashable], Hashable]) -> Any:
    if not is_data(f):
        return _with_data(value, change)
    assert f.default is not MISSING, f"{f.name} has no default, though data() gives one"
    return change(value, f.default)
