"""Nested structures of tensors: tuples, lists, dicts and named tuples, with None among the leaves.

TensorFlow's own ``nest`` tells no paths, and a path is what a message needs.
"""

from __future__ import annotations

from typing import Any, Callable, Iterator, List, Tuple

__all__ = ["flatten", "layout", "map_leaves", "pack"]


def _children(value: Any) -> Any:
    """(key, child) pairs of a node, or None for a leaf."""
    if isinstance(value, dict):
        return [(key, value[key]) for key in sorted(value, key=str)]
    if isinstance(value, (list, tuple)):
        return list(enumerate(value))
    return None


def flatten(value: Any) -> List[Tuple[str, Any]]:
    """The leaves of ``value`` with their paths, e.g. ``[("['video'][0]", leaf)]``; dicts by key."""
    children = _children(value)
    if children is None:
        return [("", value)]
    found: List[Tuple[str, Any]] = []
    # No comprehension in a comprehension: TensorFlow 1.15's AutoGraph reads this, and takes its names for undefined.
    for key, child in children:
        found.extend((f"[{key!r}]{path}", leaf) for path, leaf in flatten(child))
    return found


def map_leaves(function: Callable[[Any], Any], value: Any) -> Any:
    """``value`` with ``function`` applied to each leaf, in the order of ``flatten``."""
    return _rebuild(value, (function(leaf) for _, leaf in flatten(value)))


def pack(value: Any, leaves: List[Any]) -> Any:
    """``value`` with its leaves replaced, in the order of ``flatten``."""
    return _rebuild(value, iter(leaves))


def _rebuild(value: Any, leaves: Iterator[Any]) -> Any:
    children = _children(value)
    if children is None:
        return next(leaves)
    built = {key: _rebuild(child, leaves) for key, child in children}
    if isinstance(value, dict):
        return {key: built[key] for key in value}
    items = [built[key] for key, _ in children]
    if hasattr(value, "_fields"):  # a named tuple takes its items one by one
        return type(value)(*items)
    return list(items) if isinstance(value, list) else tuple(items)


def layout(value: Any) -> str:
    """The structure alone, as text: ``"(*, {'state': *})"``; lists and tuples count as the same.

    Keras turns the one into the other from version to version.
    """
    if value is None:
        return "None"
    children = _children(value)
    if children is None:
        return "*"
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key!r}: {layout(child)}" for key, child in children) + "}"
    return "(" + ", ".join(layout(child) for _, child in children) + ")"
