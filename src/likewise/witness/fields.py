"""What a header says, whoever wrote it: each field is held against the types that it may have."""

from __future__ import annotations

from typing import Any, Mapping

from likewise.errors import WitnessError

__all__ = ["brief", "check", "is_row", "number"]


def check(where: str, value: Any, expected: Mapping[str, Any]) -> None:
    """Each field is of its type, or of one of them; others are let be. Raises WitnessError for one that is not."""
    if not isinstance(value, dict):
        raise WitnessError(f"{where}={brief(value)}, but expected an object")
    for name, kind in expected.items():
        found = value.get(name)
        kinds = kind if isinstance(kind, tuple) else (kind,)
        # JSON's true is no number, though Python has it so.
        if name not in value or not isinstance(found, kinds) or (isinstance(found, bool) and int in kinds):
            told = " or ".join("null" if each is type(None) else each.__name__ for each in kinds)
            raise WitnessError(f"{name}={brief(found)} in {where}, but expected {told}")


def number(name: str, value: Any, where: str) -> float:
    """A number of JSON's, or one that JSON has no word for: the texts "nan", "inf" and "-inf".

    Raises WitnessError for another text, and for a whole number that is greater than all of Python's others.
    """
    if isinstance(value, str) and value not in ("nan", "inf", "-inf"):
        raise WitnessError(f"{name}={brief(value)} in {where}, but expected a number")
    try:
        return float(value)
    except OverflowError:
        raise WitnessError(f"{name}={brief(value)} in {where}, but expected a number of 64 bits") from None


def is_row(row: Any, *kinds: type) -> bool:
    """Whether it is a list of these types, exactly."""
    return isinstance(row, list) and [type(each) for each in row] == list(kinds)


def brief(value: Any) -> str:
    """A value for a message."""
    text = repr(value)
    return text if len(text) <= 80 else text[:79] + "…"
