"""Structures taken apart and put together again."""

from __future__ import annotations

from collections import OrderedDict
from typing import Any, NamedTuple

from hypothesis import given, settings
from hypothesis import strategies as st

from likewise import nest

FEWER = settings(max_examples=50)  # small values: what there is to find is found soon


class Pair(NamedTuple):
    first: Any
    second: Any


LEAVES = st.none() | st.integers() | st.text(max_size=3)
KEYS = st.text(max_size=3) | st.integers(0, 3)


def _one_deeper(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.one_of(
        st.lists(inner, max_size=3),
        st.lists(inner, max_size=3).map(tuple),
        st.dictionaries(KEYS, inner, max_size=3),
        st.builds(Pair, inner, inner),
    )


NESTED = st.recursive(LEAVES, _one_deeper, max_leaves=8)


def leaves(value: Any) -> Any:
    return [leaf for _, leaf in nest.flatten(value)]


def same(one: Any, other: Any) -> bool:
    """Equal, and of the same types throughout: a list equals no tuple, nor a named tuple a plain one."""
    if type(one) is not type(other):
        return False
    if isinstance(one, dict):
        return list(one) == list(other) and all(same(one[key], other[key]) for key in one)
    if isinstance(one, (list, tuple)):
        return len(one) == len(other) and all(map(same, one, other))
    return bool(one == other)


@FEWER
@given(NESTED)
def test_packing_the_leaves_gives_the_structure_back(value: Any) -> None:
    assert same(nest.pack(value, leaves(value)), value)


@FEWER
@given(NESTED)
def test_mapping_keeps_the_structure(value: Any) -> None:
    wrapped = nest.map_leaves(lambda leaf: frozenset([leaf]), value)
    assert leaves(wrapped) == [frozenset([leaf]) for leaf in leaves(value)]
    assert same(nest.map_leaves(lambda leaf: next(iter(leaf)), wrapped), value)


@FEWER
@given(NESTED)
def test_paths_lead_to_the_leaves(value: Any) -> None:
    for path, leaf in nest.flatten(value):
        assert same(eval(f"value{path}", {"value": value}), leaf)


@FEWER
@given(NESTED)
def test_paths_are_unique(value: Any) -> None:
    paths = [path for path, _ in nest.flatten(value)]
    assert len(set(paths)) == len(paths)


@FEWER
@given(NESTED)
def test_other_leaves_leave_the_layout(value: Any) -> None:
    filled = nest.map_leaves(lambda leaf: leaf if leaf is None else "another", value)
    assert nest.layout(filled) == nest.layout(value)


def test_a_dict_goes_by_its_keys_not_by_their_order() -> None:
    one, other = OrderedDict([("b", 1), ("a", 2)]), OrderedDict([("a", 2), ("b", 1)])
    assert nest.flatten(one) == nest.flatten(other) == [("['a']", 2), ("['b']", 1)]
    assert list(nest.pack(one, [20, 10]).items()) == [("b", 10), ("a", 20)]


def test_none_is_a_leaf() -> None:
    assert nest.flatten((None, {"state": None})) == [("[0]", None), ("[1]['state']", None)]


def test_empty_structures_have_no_leaves() -> None:
    assert nest.flatten({"a": (), "b": []}) == []
    assert nest.pack({"a": (), "b": []}, []) == {"a": (), "b": []}


def test_layout() -> None:
    assert nest.layout([1, {"b": None, "a": 2}]) == "(*, {'a': *, 'b': None})"
    assert nest.layout(Pair(1, (2,))) == nest.layout([1, [2]]) == "(*, (*))"
