from __future__ import annotations

import re
from typing import Dict, Tuple

import numpy as np
import pytest
from hypothesis import find, given
from hypothesis import strategies as st

from likewise.errors import InputError
from likewise.inputs import inputs_of
from likewise.spec import Dimension, Spec, SpecCase, bounds_of, cases, parsed
from likewise_strategies import Tensor, join, split

NAMES = st.from_regex(r"[a-z][a-z0-9_]{0,3}", fullmatch=True).filter(lambda name: name not in ("if", "is", "as"))
RANGES = st.tuples(st.integers(1, 6), st.integers(0, 3)).map(lambda pair: (pair[0], pair[0] + pair[1]))
NUMBERS = st.integers(1, 50).map(lambda size: Dimension("", (size, size)))


@st.composite
def specs(draw: st.DrawFn) -> Spec:
    bounds = draw(st.dictionaries(NAMES, st.none() | RANGES, max_size=4))
    named = [Dimension(name, given) for name, given in bounds.items()]
    dimensions = draw(st.lists(st.sampled_from(named) | NUMBERS if named else NUMBERS, max_size=6))
    dtype = draw(st.sampled_from(["float32", "float64", "int32", "bool", "complex64", "string"]))
    limits = st.tuples(st.integers(-5, 5), st.integers(6, 50)) if dtype == "int32" else st.nothing()
    more = st.sampled_from([("nan",), ("infinity",), ("nan", "infinity")]) if "t6" in dtype else st.nothing()
    return Spec(dtype, tuple(dimensions), draw(st.none() | limits), draw(st.just(()) | more))


@given(specs())
def test_what_is_written_is_read(spec: Spec) -> None:
    assert parsed(str(spec)) == spec


@given(specs(), st.data())
def test_white_space_is_free(spec: Spec, data: st.DataObject) -> None:
    blanks = st.sampled_from([" ", "  ", "\t", " \t "])
    text = re.sub(" ", lambda _: data.draw(blanks), str(spec))
    text = text.replace("[", data.draw(blanks) + "[" + data.draw(blanks)).replace("]", data.draw(blanks) + "]")
    assert parsed(data.draw(blanks) + text + data.draw(blanks)) == spec


@pytest.mark.parametrize(
    "text, limits, more",
    [
        ("int32[n t]<50", (0, 50), ()),
        ("int32[n t] >= 1 < 50", (1, 50), ()),
        ("int32[n t]<50>=1", (1, 50), ()),
        ("int8[n]>=-3", (-3, 128), ()),
        ("int8[n]<-3", (-4, -3), ()),
        ("uint64[n]>=9", (9, 2**64), ()),
        ("float32[n]+nan", None, ("nan",)),
        ("complex64[n] +infinity+nan +nan", None, ("infinity", "nan")),
    ],
)
def test_what_is_drawn_is_said_behind_the_dimensions(text: str, limits: object, more: object) -> None:
    spec = parsed(text)
    assert (spec.limits, spec.more) == (limits, more)
    assert parsed(str(spec)) == spec


@given(st.data())
def test_integers_are_drawn_within_their_bounds(data: st.DataObject) -> None:
    case = data.draw(cases([parsed("int32[n 3]>=1<5")]))
    array = inputs_of(case).arrays[0]
    assert array.min() >= 1
    assert array.max() < 5


def test_nan_and_infinity_are_drawn_where_they_are_asked_for() -> None:
    for kind in ("nan", "infinity"):
        case = find(cases([parsed("float32[n 3]+nan+infinity")]), lambda case: case.inputs.kind == kind)  # noqa: B023  called within
        assert isinstance(case.inputs, Tensor)
        assert case.inputs.kind == kind


@given(st.data(), st.sampled_from(["string", "complex64", "complex128"]))
def test_strings_and_complex_numbers_are_drawn(data: st.DataObject, dtype: str) -> None:
    array = inputs_of(data.draw(cases([parsed(f"{dtype}[n 2]")]))).arrays[0]
    assert array.dtype == np.dtype("S4" if dtype == "string" else dtype)


@given(st.text("float32[]nt:-0123 ,\t\n?\u0301x<>=+a", max_size=24) | st.text())
def test_whatever_is_given_is_read_or_explained(text: str) -> None:
    said = ""
    try:
        text = str(parsed(text))
        assert str(parsed(text)) == text
    except InputError as error:
        said = str(error)
    assert not said or said.startswith(f"input spec {text!r}: ") or "equal names are equal" in said


#: A spec, where the caret stands, what is said.
UNREADABLE = [
    ("", "^", "expected the name of a dtype; give one of float16, float32, * write it as float32[[]n t 32 32 3]"),
    ("[n 3]", "^", "expected the name of a dtype; *"),
    ("float[n 3]", "^", "expected the name of a dtype; *"),
    ("float32", "       ^", "expected '[[]' and the dimensions; write it as float32[[]n t 32 32 3]"),
    ("float32 n 3", "        ^", "expected '[[]' and the dimensions; *"),
    ("float32[n 3", "           ^", "expected ']' after the last dimension; close it with ']'"),
    ("float32[n 3] int32[n]", "             ^", "expected nothing after ']'; give each further input an --input *"),
    ("int32[n]<", "        ^", "expected nothing after ']'; integers are bounded as in int32[[]n t]>=1<50, *"),
    ("int32[n] <50 <3", "             ^", "< is there twice; give each bound once"),
    ("float32[n]<50", "          ^", "float32 takes none; leave them out, or give one of int8, *"),
    ("int8[n]<300", "       ^", "no value of int8 lies there; give low and high, *"),
    ("int32[n]>=5<5", "           ^", "no value of int32 lies there; *"),
    ("int32[n]+nan", "        ^", "int32 has no nan; leave +nan out, or take a float dtype"),
    ("float32[n, 3]", "        ^", "'n,' is no dimension; separate dimensions by spaces"),
    ("float32[n -1]", "          ^", "'-1' is no dimension; write a number, or a name such as n, t or t:1-6"),
    ("float32[None 3]", "        ^", "'None' is no dimension; *"),
    ("float32[n 0]", "          ^", "0 is no size; write a number from 1 to 999999999"),
    ("float32[n 9999999999]", "          ^", "9999999999 is no size; *"),
    ("float32[n t:]", "            ^", "expected a size or a range after t:; write t:4 or t:1-6"),
    ("float32[n t:1-]", "            ^", "expected a size or a range after t:; *"),
    ("float32[n t:6-1]", "            ^", "no size lies in 6-1; write t:1-6"),
    ("float32[n t:1-0]", "              ^", "0 is no size; *"),
    ("\tfloat32[n\t0]", "           ^", "0 is no size; *"),
]


@pytest.mark.parametrize("text, caret, said", UNREADABLE)
def test_what_cannot_be_read_is_shown(text: str, caret: str, said: str) -> None:
    with pytest.raises(InputError) as raised:
        parsed(text)
    message, shown, pointer = str(raised.value).split("\n")
    pytest.LineMatcher([message.partition(": ")[2]]).fnmatch_lines([said])
    assert shown == "    " + text.replace("\t", " ")
    assert pointer == "    " + caret


@pytest.mark.parametrize(
    "texts, bounds",
    [
        (["float32[n t 3]"], {"n": (1, 6), "t": (1, 6)}),
        (["float32[n t:2-9 3]", "int32[n t]"], {"n": (1, 6), "t": (2, 9)}),
        (["float32[t]", "float32[t:4]"], {"t": (4, 4)}),
        (["float32[]"], {}),
    ],
)
def test_a_range_counts_everywhere(texts: Tuple[str, ...], bounds: Dict[str, Tuple[int, int]]) -> None:
    assert bounds_of([parsed(text) for text in texts]) == bounds


@pytest.mark.parametrize("texts", [["float32[t:1-3 t:1-4]"], ["float32[t:1-3]", "float32[n t:4]"]])
def test_one_name_has_one_range(texts: Tuple[str, ...]) -> None:
    with pytest.raises(InputError, match=r"t:1-3 and t:.*give the range once"):
        bounds_of([parsed(text) for text in texts])


SPECS = [parsed("float32[n t:2-3 8 c]"), parsed("int32[n k 5]")]


@given(cases(SPECS))
def test_cases_are_as_described(case: SpecCase) -> None:
    sizes = case.sizes
    assert list(sizes) == ["n", "t", "c", "k"]
    assert 2 <= sizes["t"] <= 3
    assert isinstance(case.inputs, tuple)
    first, second = case.inputs
    assert first.shape == (sizes["n"], sizes["t"], 8, sizes["c"])
    assert second.shape == (sizes["n"], sizes["k"], 5)
    assert (first.dtype, second.dtype) == ("float32", "int32")


@pytest.mark.parametrize("dimensions", [("n t 3", "n 2"), ("n 2 3", "n"), ("n 4 3", "n 2"), ("n n 3", "k 2")])
def test_a_case_whose_shapes_are_not_its_dimensions(dimensions: Tuple[str, ...]) -> None:
    """Neighbours of a counterexample are made by changing one field, and may be none."""
    SpecCase((Tensor((4, 2, 3)), Tensor((4, 2))), ("n t 3", "n t"))
    with pytest.raises(InputError, match="equal names one size"):
        SpecCase((Tensor((4, 2, 3)), Tensor((5, 2))), dimensions)


@given(cases(SPECS))
def test_cases_split_into_structure_and_data(case: SpecCase) -> None:
    structure, values = split(case)
    hash(structure)
    assert join(structure, values) == case
    assert structure.sizes == case.sizes
    assert structure.seed == 0


@given(cases(SPECS))
def test_the_repr_makes_a_case_again(case: SpecCase) -> None:
    assert eval(repr(case)) == case


@given(cases(SPECS))
def test_inputs_can_be_fed(case: SpecCase) -> None:
    assert isinstance(case.inputs, tuple)
    assert [array.shape for array in inputs_of(case).arrays] == [each.shape for each in case.inputs]


def test_a_single_spec_makes_a_single_input() -> None:
    case = find(cases([parsed("float32[n 3]")]), lambda case: True)
    assert case.inputs == Tensor((1, 3), "float32", "constant", 0, "nc")
    assert (case.dimensions, case.sizes) == ("n 3", {"n": 1})
    assert str(case) == "n=1, inputs float32[1 3] (constant)"


def test_cases_shrink_to_what_matters() -> None:
    assert dict(find(cases(SPECS), lambda case: dict(case.sizes)["k"] >= 3).sizes) == {"n": 1, "t": 2, "c": 1, "k": 3}


@pytest.mark.parametrize(
    "text, axes",
    [
        ("float32[a b e f 3]", "ndxxc"),
        ("float32[b t 32 32 3]", "ntccc"),
        ("float32[t n 3]", "tnc"),
        ("float32[batch t c]", "ntc"),
        ("float32[b h w 3]", "nhwc"),
        ("float32[n k n]", "ndn"),
        ("float32[3 4]", "cc"),
    ],
)
def test_axes_tell_what_may_be_unknown(text: str, axes: str) -> None:
    case = find(cases([parsed(text)]), lambda case: True)
    assert isinstance(case.inputs, Tensor)
    assert case.inputs.axes == axes


def test_no_specs() -> None:
    with pytest.raises(InputError, match="expected at least one"):
        cases([])


def test_a_size_is_changed_wherever_it_occurs() -> None:
    case = SpecCase((Tensor((2, 3, 4)), Tensor((3, 2))), ("n t 4", "t n"), 7)
    wider = case.resized("t", 5)
    assert [tensor.shape for tensor in wider.inputs] == [(2, 5, 4), (5, 2)]  # type: ignore[union-attr]
    assert (wider.sizes, wider.seed) == ({"n": 2, "t": 5}, 7)
    assert SpecCase(Tensor((2, 3)), "n 3").resized("n", 1).inputs == Tensor((1, 3))
