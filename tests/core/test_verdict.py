"""How far arrays are apart, held against numpy's own notion of the next number."""

from __future__ import annotations

import fractions
import importlib
import math
from typing import Any, List, Tuple

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from likewise.verdict import (
    VERDICTS,
    apart,
    digits,
    distance,
    gaps,
    mismatched,
    parts,
    spread,
    ulp_of_greatest,
    unit,
    units,
    worst,
)

FEWER = settings(max_examples=50)  # small values: what there is to find is found soon

WIDTHS: st.SearchStrategy[Any] = st.sampled_from([16, 32, 64])
DTYPES = {16: "float16", 32: "float32", 64: "float64"}
PATTERNS = {"float16": "uint16", "float32": "uint32", "float64": "uint64"}
SPECIAL = [0.0, -0.0, float("nan"), float("inf"), float("-inf"), 1.0]

#: Two arrays of one dtype with any floats in them, the special ones often, and equal places often.
PAIRS = WIDTHS.flatmap(
    lambda width: st.lists(
        st.tuples(*[st.sampled_from(SPECIAL) | st.floats(width=width)] * 2)
        | st.floats(width=width).map(lambda value: (value, value)),
        min_size=1,
        max_size=6,
    ).map(lambda rows: tuple(np.array(rows, DTYPES[width]).T.copy()))
)


def place(value: Any) -> int:
    """Where a float stands among all floats in order, 0.0 and -0.0 at 0: from its pattern as a Python integer."""
    dtype = value.dtype.name
    pattern = int(value.view(PATTERNS[dtype]))
    sign = 1 << (value.dtype.itemsize * 8 - 1)
    return -(pattern - sign) if pattern & sign else pattern


def exactly(value: Any) -> fractions.Fraction:
    return fractions.Fraction(float(value))


def rounded(one: Any, other: Any) -> float:
    """The difference as float64 has it, which may be infinite."""
    try:
        return float(abs(exactly(one) - exactly(other)))
    except OverflowError:
        return math.inf


def rows(pair: Tuple[Any, Any]) -> List[Tuple[Any, Any]]:
    return list(zip(*pair))


def agree(one: Any, other: Any) -> bool:
    return bool(one == other) or (math.isnan(one) and math.isnan(other))


@pytest.mark.parametrize("dtype", PATTERNS)
@pytest.mark.parametrize("start", [1.0, -1.0, 0.0, 1e-3, 255.9])
@pytest.mark.parametrize("direction", [-np.inf, np.inf])
def test_ulp_counts_steps_of_nextafter(dtype: str, start: float, direction: float) -> None:
    first = value = np.array([start], dtype)
    for steps in range(40):
        found = distance(first, value)
        assert found.max_ulp == distance(value, first).max_ulp == steps
        assert found.differing == (steps > 0)
        value = np.nextafter(value, np.array(direction, dtype))


@pytest.mark.parametrize("dtype", PATTERNS)
def test_ulp_counts_through_zero_and_through_all_finite_numbers(dtype: str) -> None:
    least, greatest = np.nextafter(np.zeros(1, dtype), np.ones(1, dtype)), np.full(1, np.finfo(dtype).max, dtype)
    assert distance(-least, least).max_ulp == 2
    assert distance(-greatest, greatest).max_ulp == 2 * place(greatest[0])


@FEWER
@given(PAIRS)
def test_ulp_is_the_difference_of_places(pair: Any) -> None:
    finite = [abs(place(a) - place(b)) for a, b in rows(pair) if np.isfinite(a) and np.isfinite(b)]
    assert distance(*pair).max_ulp == max(finite, default=0)


@FEWER
@given(PAIRS)
def test_counts(pair: Any) -> None:
    found = distance(*pair)
    differing = [(a, b) for a, b in rows(pair) if not agree(a, b)]
    assert found.compared == pair[0].size
    assert found.differing == len(differing)
    assert found.mismatched == sum(not (np.isfinite(a) and np.isfinite(b)) for a, b in differing)
    assert found.signed_zeros == sum(a == b == 0 and np.signbit(a) != np.signbit(b) for a, b in rows(pair))


@FEWER
@given(PAIRS)
def test_greatest_absolute_and_relative_difference(pair: Any) -> None:
    found = distance(*pair)
    finite = [(a, b) for a, b in rows(pair) if np.isfinite(a) and np.isfinite(b) and a != b]
    gaps = [rounded(a, b) for a, b in finite]
    assert found.max_abs == max(gaps, default=0)
    parts = [gap / float(max(abs(a), abs(b))) for gap, (a, b) in zip(gaps, finite)]
    assert found.max_rel == max(parts, default=0)


@FEWER
@given(PAIRS)
def test_the_index_is_of_an_entry_that_differs_most(pair: Any) -> None:
    found = distance(*pair)
    if not found.differing:
        assert found.index is None
        return
    assert found.index is not None
    mine, its = (each[found.index] for each in pair)
    assert not agree(mine, its)
    if found.mismatched:
        assert not (np.isfinite(mine) and np.isfinite(its))
    else:
        finite = [(a, b) for a, b in rows(pair) if np.isfinite(a)]
        assert rounded(mine, its) == max(rounded(a, b) for a, b in finite)


@FEWER
@given(PAIRS)
def test_neither_side_comes_first(pair: Any) -> None:
    assert distance(*pair) == distance(*pair[::-1])


@FEWER
@given(PAIRS)
def test_nothing_is_apart_from_itself(pair: Any) -> None:
    found = distance(pair[0], pair[0].copy())
    assert (found.differing, found.mismatched, found.max_ulp, found.max_abs, found.max_rel) == (0, 0, 0, 0.0, 0.0)


@pytest.mark.parametrize(
    "one, other, differing, mismatched",
    [
        (np.nan, np.nan, 0, 0),
        (np.nan, -np.nan, 0, 0),
        (np.nan, 1.0, 1, 1),
        (np.inf, np.inf, 0, 0),
        (np.inf, -np.inf, 1, 1),
        (np.inf, np.nan, 1, 1),
        (np.inf, 3e38, 1, 1),
        (0.0, -0.0, 0, 0),
    ],
)
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_special_values(one: float, other: float, differing: int, mismatched: int, dtype: str) -> None:
    found = distance(np.array([1.0, one], dtype), np.array([1.0, other], dtype))
    assert (found.differing, found.mismatched, found.max_ulp) == (differing, mismatched, 0)
    assert found.index == ((1,) if differing else None)


def test_nan_counts_by_position() -> None:
    found = distance(np.array([np.nan, 1.0]), np.array([1.0, np.nan]))
    assert (found.differing, found.mismatched) == (2, 2)


def test_signed_zeros_are_told_but_are_one_value() -> None:
    found = distance(np.array([0.0, -0.0, 0.0]), np.array([-0.0, 0.0, 0.0]))
    assert (found.signed_zeros, found.differing) == (2, 0)


@pytest.mark.parametrize("shape", [(), (0,), (2, 0), (3,), (2, 3)])
@pytest.mark.parametrize("dtype", ["float32", "int32"])
def test_any_shape(shape: Tuple[int, ...], dtype: str) -> None:
    zeros, ones = np.zeros(shape, dtype), np.ones(shape, dtype)
    assert distance(zeros, zeros).index is None
    found = distance(zeros, ones)
    assert (found.compared, found.differing) == (zeros.size, zeros.size)
    assert found.index == (tuple(0 for _ in shape) if zeros.size else None)


def test_memory_layout_is_of_no_account() -> None:
    one = np.arange(6, dtype="float32").reshape(2, 3)
    assert distance(np.asfortranarray(one), one).differing == 0
    assert distance(one[:, ::-1], one).index == (0, 0)


@pytest.mark.parametrize("dtype", ["int8", "int32", "uint8", "int64", "bool"])
def test_whole_numbers_are_the_same_or_not(dtype: str) -> None:
    one, other = np.array([[0, 1], [1, 1]], dtype), np.array([[0, 1], [0, 1]], dtype)
    found = distance(one, other)
    assert (found.compared, found.differing, found.mismatched, found.index) == (4, 1, 1, (1, 0))
    assert (found.max_ulp, found.max_abs) == (0, 0.0)
    assert distance(one, one).differing == 0


def test_text_is_the_same_or_not() -> None:
    assert distance(np.array([b"a", b"b"], object), np.array([b"a", b"c"], object)).index == (1,)


@pytest.mark.parametrize("part", [1, 1j])
def test_complex_numbers_are_apart_as_their_parts_are(part: complex) -> None:
    one, other = np.array([0, 1 + 1j], "complex64"), np.array([0, 1 + 1j + part * 2**-23], "complex64")
    found = distance(one, other)
    assert (found.compared, found.differing, found.mismatched) == (2, 1, 0)
    assert (found.max_ulp, found.max_abs, found.index) == (1, 2.0**-23, (1,))
    nan = np.array([complex(1, np.nan)])
    assert distance(nan, nan).differing == 0
    assert distance(nan, np.array([1 + 1j])).mismatched == 1


def test_bfloat16() -> None:
    try:
        bfloat16 = importlib.import_module("ml_dtypes").bfloat16
    except ModuleNotFoundError:  # it comes with TensorFlow 2.12 and later; before, no array is of this dtype
        bfloat16 = importlib.import_module("tensorflow").bfloat16.as_numpy_dtype
    one = np.array([1.0, np.nan, np.inf, 0.0], "float32").astype(bfloat16)
    other = np.array([1.0 + 3 * 2.0**-7, np.nan, np.inf, -0.0], "float32").astype(bfloat16)
    found = distance(one, other)
    assert (found.differing, found.mismatched, found.signed_zeros, found.index) == (1, 0, 1, (0,))
    assert (found.max_ulp, found.max_abs) == (3, 3 * 2.0**-7)


def test_worst() -> None:
    assert worst(["identical", "different", "rounding"]) == "different"
    assert worst(["refused", "identical"]) == "identical"
    assert [worst([verdict]) for verdict in VERDICTS] == list(VERDICTS)


@FEWER
@given(PAIRS)
def test_units_are_the_spacing_of_each_entry(pair: Any) -> None:
    array = pair[0]
    with np.errstate(all="ignore"):
        spacing = np.spacing(np.abs(array)).astype("float64")
    expected = np.where(np.isfinite(array), np.maximum(spacing, unit(array.dtype)), 0.0)
    greatest = np.abs(array) == np.finfo(array.dtype).max  # above which there is no number
    expected[greatest] = units(np.array([float(np.finfo(array.dtype).max)]), array.dtype)
    # (the numbers below the least normal one are as far apart as those above)
    np.testing.assert_array_equal(units(parts(array)[..., 0], array.dtype), expected)


@pytest.mark.parametrize("dtype, eps", [("float16", 2.0**-10), ("float32", 2.0**-23), ("float64", 2.0**-52)])
def test_the_unit_of_one(dtype: str, eps: float) -> None:
    assert units(np.ones(1), dtype) == [eps]


@FEWER
@given(PAIRS)
def test_apart_is_infinite_where_one_side_alone_is_no_number(pair: Any) -> None:
    one, other = (each.astype("float64") for each in pair)
    found = apart(one, other)
    assert mismatched(one, other).tolist() == [
        not agree(a, b) and not (np.isfinite(a) and np.isfinite(b)) for a, b in rows(pair)
    ]
    assert (found[mismatched(one, other)] == np.inf).all()
    assert all(gap == 0.0 for gap, (a, b) in zip(found, rows(pair)) if agree(a, b))


def test_the_spread_is_a_standard_deviation_entry_by_entry() -> None:
    moved = [np.array([1.0, 2.0, np.nan, np.inf, 1e300]), np.array([1.0, 4.0, 5.0, np.inf, 3e300])]
    np.testing.assert_allclose(spread(moved), [0.0, 1.0, 0.0, 0.0, 1e300], rtol=1e-12)
    np.testing.assert_allclose(spread([each * 1e-320 for each in moved])[1], 1e-320, rtol=1e-2)


def test_what_never_moves_has_no_spread_whatever_its_mean_is_rounded_to() -> None:
    assert spread([np.array([0.1])] * 24).tolist() == [0.0]


@pytest.mark.parametrize(
    "value, bar, dtype, expected",
    [
        (1.0, 0.0, "float32", 24 * math.log10(2)),
        (1.0, 1e-3, "float32", 3.0),
        (1.0, 5.0, "float32", 0.0),
        (0.0, 1e-9, "float32", 0.0),
        (1.0, np.inf, "float64", 0.0),
        (-100.0, 1.0, "float16", 2.0),
    ],
)
def test_digits(value: float, bar: float, dtype: str, expected: float) -> None:
    assert digits(value, bar, dtype) == pytest.approx(expected)


@pytest.mark.parametrize(
    "one, other, expected",
    [
        ([1.0, np.nan, np.inf, 0.0], [1.5, np.nan, np.inf, -0.0], [0.5, 0, 0, 0]),
        ([1.0, np.inf, np.inf], [np.nan, -np.inf, 1.0], [np.inf, np.inf, np.inf]),
        ([3 + 4j], [3 + 1j], [3]),
        ([True, False], [True, True], [0, np.inf]),
        ([b"one", b"two"], [b"one", b"three"], [0, np.inf]),
        ([1, 2], [1, 3], [0, np.inf]),
    ],
)
def test_gaps(one: Any, other: Any, expected: Any) -> None:
    dtype = object if isinstance(one[0], bytes) else None
    np.testing.assert_array_equal(gaps(np.array(one, dtype), np.array(other, dtype)), expected)


@pytest.mark.parametrize(
    "array, expected",
    [
        (np.array([1.0, -3.0], "float32"), 2.0**-22),
        (np.array([1.0, np.nan, np.inf], "float64"), 2.0**-52),
        (np.array([1 + 3j], "complex64"), 2.0**-22),
        (np.array([np.nan], "float16"), 0.0),
        (np.array([], "float32"), 0.0),
        (np.array([7]), 0.0),
    ],
)
def test_ulp_of_greatest(array: Any, expected: float) -> None:
    assert ulp_of_greatest(array) == expected


@pytest.mark.parametrize("dtype, least", [("float32", 2.0**-126), ("float64", 2.0**-1022), ("float16", 2.0**-24)])
def test_one_ulp_is_no_subnormal_number_but_in_half_precision(dtype: str, least: float) -> None:
    """Kernels may take these for zeros."""
    assert ulp_of_greatest(np.zeros(3, dtype)) == least
    assert ulp_of_greatest(np.array([0.0, -1.0], dtype)) == np.finfo(dtype).eps
