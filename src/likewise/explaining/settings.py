"""The settings of a case by their paths, and a case with one of them changed."""

from __future__ import annotations

from dataclasses import fields, is_dataclass, replace
from typing import Any, Dict, Iterator, List, NamedTuple, Tuple

from likewise.inputs import structure_of

__all__ = ["Path", "Setting", "changed", "settings_of"]

#: Names of fields, keys of dicts and places in tuples, from the case down.
Path = Tuple[Any, ...]


#: Where the path of a size begins that has a name in a case.
SIZES = "sizes"


class Setting(NamedTuple):
    """One setting of a case: where it stands, how it is called, and its value.

    ``value`` is a number, a truth value, a text, None, or a tuple of numbers.
    """

    path: Path
    name: str
    value: Any


def settings_of(case: Any) -> Dict[str, Setting]:
    """The settings of a case by name, such as "conv.strides" and, for an axis with a letter, "video.d".

    What decides numbers alone, such as a seed, is left out; only the kind of an array's values is not. A case that
    has ``sizes`` by name is described by these, and by the kinds, alone: its axes have no other names.
    """
    found: Dict[str, Setting] = {}
    if hasattr(case, "sizes") and hasattr(case, "resized"):
        for name, size in case.sizes.items():
            found[name] = Setting((SIZES, name), name, size)
        for setting in _kinds(case.inputs, ("inputs",), "inputs"):
            title = f"kind of {setting.name[: -len('.kind')]}"
            found[title] = Setting(setting.path, title, setting.value)
        return found
    for setting in _leaves(structure_of(case), (), ""):
        found[setting.name] = setting
    for setting in _kinds(case, (), ""):
        found[setting.name] = setting
    return found


def changed(case: Any, path: Path, value: Any) -> Any:
    """The case with another value at a path; raises what its classes do where it is none that they take."""
    if not path:
        return value
    if path[0] == SIZES:
        return case.resized(path[1], value)
    head, rest = path[0], path[1:]
    if isinstance(case, dict):
        return {**case, head: changed(case[head], rest, value)}
    if isinstance(case, (tuple, list)):
        items = [changed(item, rest, value) if place == head else item for place, item in enumerate(case)]
        return type(case)(items)
    return replace(case, **{head: changed(getattr(case, head), rest, value)})


def _leaves(value: Any, path: Path, name: str) -> Iterator[Setting]:
    if isinstance(value, (bool, int, float, str)) or value is None:
        yield Setting(path, name, value)
    elif _is_array(value):
        yield from _axes(value, path, name)
    elif isinstance(value, (tuple, list)) and value and all(_is_number(item) for item in value):
        yield Setting(path, name, tuple(value))
    else:
        for key, item, title in _parts(value, name):
            yield from _leaves(item, (*path, key), title)


def _parts(value: Any, name: str) -> List[Tuple[Any, Any, str]]:
    """What a value consists of: the key, the part, and the part's name."""
    if isinstance(value, (tuple, list)):
        return [(place, item, f"{name}[{place}]") for place, item in enumerate(value)]
    if isinstance(value, dict):
        return [(key, item, _joined(name, str(key))) for key, item in value.items()]
    if is_dataclass(value):
        return [(each.name, getattr(value, each.name), _joined(name, each.name)) for each in fields(value) if each.init]
    return []


def _axes(value: Any, path: Path, name: str) -> Iterator[Setting]:
    """Of the description of an array the number of axes, the length of each by its letter or place, and the dtype."""
    yield Setting((*path, "shape"), _joined(name, "ndim"), len(value.shape))
    for place, length in enumerate(value.shape):
        title = _joined(name, value.axes[place]) if value.axes else f"{_joined(name, 'shape')}[{place}]"
        yield Setting((*path, "shape", place), title, length)
    yield Setting((*path, "dtype"), _joined(name, "dtype"), value.dtype)


def _kinds(value: Any, path: Path, name: str) -> Iterator[Setting]:
    if _is_array(value):
        yield Setting((*path, "kind"), _joined(name, "kind"), value.kind)
    else:
        for key, item, title in _parts(value, name):
            yield from _kinds(item, (*path, key), title)


def _is_array(value: Any) -> bool:
    return all(hasattr(value, name) for name in ("shape", "dtype", "kind", "axes"))


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def _joined(name: str, more: str) -> str:
    return f"{name}.{more}" if name else more
