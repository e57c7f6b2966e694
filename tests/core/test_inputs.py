"""What both sides are fed with."""

from __future__ import annotations

import re
from typing import Any, Tuple

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from likewise.cell import tensorflow
from likewise.errors import InputError
from likewise.inputs import Inputs, inputs_of, moved_by_one_ulp
from likewise.program import NO_CASE
from likewise_strategies import Tensor, tensors

SEEDS = st.integers(0, 2**32 - 1)


class Case:
    def __init__(self, inputs: Any) -> None:
        self.inputs = inputs


@pytest.mark.parametrize("leaf", [1.5, [1.5, 2.0], np.ones((2, 3), "float32"), np.float16(1), True])
def test_leaves_become_arrays(leaf: Any) -> None:
    found = inputs_of(NO_CASE, (leaf,))
    for array in found.arrays:
        assert isinstance(array, np.ndarray)
    np.testing.assert_array_equal(found.arrays if isinstance(leaf, list) else found.arrays[0], leaf)


def test_the_structure_stays() -> None:
    found = inputs_of(NO_CASE, {"video": (Tensor((1, 2), axes="nc"), np.ones(3)), "rate": 0.5})
    assert sorted(found.nested) == ["rate", "video"]
    assert [array.shape for array in found.arrays] == [(), (1, 2), (3,)]
    assert found.axes == ("", "nc", "")


def test_a_tensor_of_the_strategies_brings_its_array_and_axes() -> None:
    tensor = Tensor((1, 2, 3), axes="ndc", kind="normal", seed=4)
    found = inputs_of(Case(tensor))
    np.testing.assert_array_equal(found.nested, tensor.array())
    assert found.axes == ("ndc",)


def test_an_eager_tensor(modes: Tuple[str, ...]) -> None:
    if "eager" not in modes:
        with pytest.raises(InputError, match="expected an array, a number, an eager tensor"):
            inputs_of(NO_CASE, tensorflow().constant([1.0]))
    else:
        np.testing.assert_array_equal(inputs_of(NO_CASE, tensorflow().constant([1.0])).arrays[0], [1.0])


def test_inputs_given_go_before_the_case_s() -> None:
    assert [float(array) for array in inputs_of(Case(1.0), 2.0).arrays] == [2.0]
    taken = Inputs(np.ones(2), ("n",))
    assert inputs_of(Case(1.0), taken) is taken


def test_a_zero_is_an_input() -> None:
    assert [int(array) for array in inputs_of(Case(0)).arrays] == [0]


@pytest.mark.parametrize(
    "case, message",
    [(NO_CASE, "inputs=None and no case"), (3, "inputs=None and case=int has no 'inputs'"), (None, "case=NoneType")],
)
def test_nothing_to_feed(case: Any, message: str) -> None:
    with pytest.raises(InputError, match=message):
        inputs_of(case)


def test_a_leaf_that_is_no_tensor() -> None:
    with pytest.raises(InputError, match=re.escape("inputs['x'][1]=<object object at")):
        inputs_of(NO_CASE, {"x": (1.0, object())})


def test_only_floats_change_their_dtype() -> None:
    found = inputs_of(NO_CASE, (np.ones(1, "float32"), np.ones(1, "int32"), np.ones(1, "bool"))).astype("float64")
    assert [array.dtype.name for array in found.arrays] == ["float64", "int32", "bool"]


@given(tensors((2, 3), dtype="float32", kinds=("normal", "zeros", "huge", "tiny", "nan", "infinity")), SEEDS)
def test_moving_takes_each_float_to_a_neighbour(tensor: Tensor, seed: int) -> None:
    values = tensor.array()
    moved = moved_by_one_ulp(values, seed, "stream")
    assert (moved.shape, moved.dtype) == (values.shape, values.dtype)
    finite = np.isfinite(values)
    np.testing.assert_array_equal(moved[~finite], values[~finite])
    finite &= values != 0
    least = np.finfo("float32").tiny
    for value, found in zip(values[finite], moved[finite]):
        if abs(value) < least:
            assert found in {0, np.copysign(least, value)}
        else:
            assert found in {np.nextafter(value, np.float32(np.inf)), np.nextafter(value, np.float32(-np.inf))}


def test_subnormal_numbers_of_half_precision_are_moved_by_one_ulp() -> None:
    values = np.full(64, 2.0**-20, "float16")
    assert set(moved_by_one_ulp(values, 1, "stream").tolist()) == {2.0**-20 - 2.0**-24, 2.0**-20 + 2.0**-24}


def test_zeros_stay() -> None:
    moved = moved_by_one_ulp(np.array([0.0, -0.0, 3.0], "float32"), 1, "stream")
    assert moved[:2].tolist() == [0.0, 0.0]
    assert moved[2] != 3.0


def test_moving_goes_both_ways_and_is_the_same_for_a_seed() -> None:
    values = np.ones(64, "float64")
    moved = moved_by_one_ulp(values, 1, "stream")
    assert np.any(moved > 1)
    assert np.any(moved < 1)
    np.testing.assert_array_equal(moved, moved_by_one_ulp(values, 1, "stream"))
    assert np.any(moved != moved_by_one_ulp(values, 2, "stream"))
    assert np.any(moved != moved_by_one_ulp(values, 1, "another"))


@pytest.mark.parametrize("dtype", ["float16", "float32", "float64"])
def test_the_greatest_number_stays_finite(dtype: str) -> None:
    greatest = np.full(64, np.finfo(dtype).max, dtype)
    assert np.all(np.isfinite(moved_by_one_ulp(greatest, 0, "stream")))


@pytest.mark.parametrize("dtype", ["int32", "bool"])
def test_whole_numbers_stay_where_they_are(dtype: str) -> None:
    values = np.ones(8, dtype)
    np.testing.assert_array_equal(moved_by_one_ulp(values, 0, "stream"), values)


def test_moved_inputs_keep_structure_and_axes() -> None:
    given_inputs = inputs_of(NO_CASE, {"a": np.ones(64), "b": (Tensor((64,), axes="n"), np.arange(3))})
    moved = given_inputs.moved(0, "jitter")
    assert moved.axes == given_inputs.axes
    a, b, whole = moved.arrays
    assert np.any((a > 1) != (b > given_inputs.arrays[1]))  # each leaf has a stream of its own
    np.testing.assert_array_equal(whole, np.arange(3))
