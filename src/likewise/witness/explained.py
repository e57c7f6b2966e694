"""The explanation in a witness file, read: it came after format 2 did, so a file may lack it."""

from __future__ import annotations

from typing import Any, List, Mapping, Optional, Tuple

from likewise.errors import WitnessError
from likewise.explanation import Apart, Condition, Explanation, LayerFault, OtherPairing, Sparse, Told
from likewise.verdict import VERDICTS
from likewise.witness.fields import brief, check, is_row, number

__all__ = ["explanation_of"]

_EXPLANATION = {
    "layer": (dict, type(None)),
    "condition": (dict, type(None)),
    "smallest": (dict, type(None)),
    "pairing": (dict, type(None)),
    "troubles": list,
}
_LAYER = {
    "message": str,
    "name": str,
    "kind": str,
    "side": str,
    "path": list,
    "counterpart": str,
    "between": (list, type(None)),
    "before": (dict, type(None)),
    "after": (dict, type(None)),
}
_APART = {"max_ulp": int, "max_abs": (int, float, str)}
_CONDITION = {"message": str, "rule": str, "needed": str, "settings": list, "failing": int, "passing": int}
_PAIRING = {"message": str, "pair": dict, "verdict": str}
_SMALLEST = {"inputs": list, "values": list, "entries": list, "tries": int, "message": str}
_SPARSE = {"name": str, "shape": list, "dtype": str, "entries": list}


def explanation_of(found: Any) -> Optional[Explanation]:
    """What ``Explanation.to_json`` gave; None for null. Raises WitnessError for what it never gives."""
    if found is None:
        return None
    where = "comparison.explanation"
    check(where, found, _EXPLANATION)
    parts = {"layer": _layer, "condition": _condition, "smallest": _smallest, "pairing": _pairing}
    read: Any = {
        name: None if found[name] is None else part(f"{where}.{name}", found[name]) for name, part in parts.items()
    }
    return Explanation(**read, troubles=_texts(f"{where}.troubles", found["troubles"]))


def _layer(where: str, layer: Mapping[str, Any]) -> LayerFault:
    check(where, layer, _LAYER)
    between = layer["between"]
    if between is not None and not is_row(between, str, str):
        raise WitnessError(f"between={brief(between)} in {where}, but expected two texts")
    return LayerFault(
        **{name: layer[name] for name in ("message", "name", "kind", "side", "counterpart")},
        path=_texts(f"{where}.path", layer["path"]),
        between=None if between is None else (between[0], between[1]),
        before=_apart(f"{where}.before", layer["before"]),
        after=_apart(f"{where}.after", layer["after"]),
    )


def _apart(where: str, apart: Any) -> Optional[Apart]:
    if apart is None:
        return None
    check(where, apart, _APART)
    return Apart(apart["max_ulp"], number("max_abs", apart["max_abs"], where))


def _condition(where: str, condition: Mapping[str, Any]) -> Condition:
    check(where, condition, _CONDITION)
    fields = {name: condition[name] for name in _CONDITION}
    return Condition(**{**fields, "settings": _texts(f"{where}.settings", condition["settings"])})


def _pairing(where: str, pairing: Mapping[str, Any]) -> OtherPairing:
    check(where, pairing, _PAIRING)
    if pairing["verdict"] not in VERDICTS:
        raise WitnessError(f"verdict={brief(pairing['verdict'])} in {where}, but expected one of {', '.join(VERDICTS)}")
    _texts(f"{where}.pair", list(pairing["pair"].values()))
    return OtherPairing(pairing["message"], pairing["pair"], pairing["verdict"])


def _smallest(where: str, smallest: Mapping[str, Any]) -> Told:
    check(where, smallest, _SMALLEST)
    exact = smallest.get("exact", False)  # files of before do not say
    if not isinstance(exact, bool):
        raise WitnessError(f"exact={brief(exact)} in {where}, but expected true or false")
    values, entries = smallest["values"], smallest["entries"]
    if not is_row(values, list, list):
        raise WitnessError(f"values={brief(values)} in {where}, but expected a list for each side")
    if not is_row(entries, int, int):
        raise WitnessError(f"entries={brief(entries)} in {where}, but expected two numbers")
    one, other = (_arrays(f"{where}.values", side) for side in values)
    return Told(
        _arrays(f"{where}.inputs", smallest["inputs"]),
        (one, other),
        (entries[0], entries[1]),
        smallest["tries"],
        smallest["message"],
        exact,
    )


def _arrays(where: str, arrays: List[Any]) -> Tuple[Sparse, ...]:
    return tuple(_sparse(where, array) for array in arrays)


def _sparse(where: str, array: Any) -> Sparse:
    """An array's entries; it is never made of them, since its shape may be any."""
    check(where, array, _SPARSE)
    shape, entries = array["shape"], array["entries"]
    if not is_row(shape, *[int] * len(shape)):
        raise WitnessError(f"shape={brief(shape)} in {where}, but expected numbers")
    for entry in entries:
        if not _is_entry(entry, shape):
            raise WitnessError(f"{where} holds {brief(entry)}, but expected the index and value of an entry of {shape}")
    count = array.get("count", len(entries))
    if type(count) is not int or count < len(entries):
        raise WitnessError(f"count={brief(count)} in {where}, but it holds {len(entries)} entries")
    kept = tuple((tuple(index), value) for index, value in entries)
    return Sparse(array["name"], tuple(shape), array["dtype"], kept, count)


def _is_entry(entry: Any, shape: List[int]) -> bool:
    if not isinstance(entry, list) or len(entry) != 2 or not isinstance(entry[1], (int, float, str)):
        return False
    index = entry[0]
    return is_row(index, *[int] * len(shape)) and all(0 <= place < size for place, size in zip(index, shape))


def _texts(where: str, texts: List[Any]) -> Tuple[str, ...]:
    if not all(isinstance(text, str) for text in texts):
        raise WitnessError(f"{where}={brief(texts)}, but expected texts")
    return tuple(texts)
