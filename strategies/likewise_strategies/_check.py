"""Checks of arguments. Each raises `InvalidArgument` that names the argument, its value and what would mend it."""

from __future__ import annotations

from typing import Any, Sequence, TypeVar

from hypothesis.errors import InvalidArgument

T = TypeVar("T")


def at_least(name: str, value: int, low: int) -> int:
    """Return `value` if it is an int of at least `low`."""
    if not _is_int(value, low):
        raise InvalidArgument(f"{name}={value!r}: expected an int of at least {low}; give {name}={low} or more")
    return value


def span(name: str, low: int, high: int | None, default: int) -> tuple[int, int]:
    """Return the checked bounds `min_<name>` and `max_<name>`; a `high` of None is `default`, or `low` if more."""
    at_least(f"min_{name}", low, 1)
    if high is None:
        return low, max(low, default)
    if at_least(f"max_{name}", high, 1) < low:
        raise InvalidArgument(
            f"max_{name}={high!r}: expected at least min_{name}={low!r}; raise max_{name} or lower min_{name}"
        )
    return low, high


def choices(name: str, values: Sequence[T], allowed: Sequence[T]) -> tuple[T, ...]:
    """Return `values` as a tuple if it is a sequence, not empty, of members of `allowed`."""
    mend = f"give one or more of {', '.join(map(repr, allowed))} in a tuple"
    if not isinstance(values, (tuple, list)):
        raise InvalidArgument(f"{name}={values!r}: expected a tuple of choices; {mend}")
    if not values:
        raise InvalidArgument(f"{name}={values!r}: expected at least one choice; {mend}")
    for value in values:
        if value not in allowed:
            raise InvalidArgument(f"{name}={values!r}: {value!r} is not a choice; {mend}")
    return tuple(values)


def sizes(name: str, values: Sequence[int], low: int, rank: int | None = None) -> tuple[int, ...]:
    """Return `values` as a tuple if it is a sequence of ints of at least `low`, `rank` of them where that is given."""
    number = "ints" if rank is None else f"{rank} ints"
    mend = f"expected a tuple of {number} of at least {low}"
    if not isinstance(values, (tuple, list)):
        raise InvalidArgument(f"{name}={values!r}: {mend}, not a {type(values).__name__}")
    for value in values:
        if not _is_int(value, low):
            raise InvalidArgument(f"{name}={values!r}: {mend}; replace {value!r}")
    if rank is not None and len(values) != rank:
        raise InvalidArgument(f"{name}={values!r}: {mend}, one an axis; it has {len(values)}")
    return tuple(values)


def rates(name: str, high: Any) -> tuple[float, ...]:
    """Return the rates of dropout up to `high`, the plainest first, if that is a number in [0, 1)."""
    if isinstance(high, bool) or not isinstance(high, (int, float)) or not 0 <= high < 1:
        raise InvalidArgument(f"{name}={high!r}: expected a number in [0, 1); give one, or 0 for no dropout")
    return (0.0, high / 2, float(high)) if high else (0.0,)


def numbers(name: str, values: Sequence[float], low: float, high: float) -> tuple[float, ...]:
    """Return `values` as a tuple if it is a sequence, not empty, of numbers from `low` to `high`."""
    mend = f"give one or more numbers from {low} to {high} in a tuple"
    if not isinstance(values, (tuple, list)):
        raise InvalidArgument(f"{name}={values!r}: expected a tuple of numbers; {mend}")
    if not values:
        raise InvalidArgument(f"{name}={values!r}: expected at least one number; {mend}")
    for value in values:
        if isinstance(value, bool) or not isinstance(value, (int, float)) or not low <= value <= high:
            raise InvalidArgument(f"{name}={values!r}: {value!r} is not such a number; {mend}")
    return tuple(values)


def _is_int(value: Any, low: int) -> bool:
    # True and False are ints to Python, and a mistake here.
    return isinstance(value, int) and not isinstance(value, bool) and value >= low
