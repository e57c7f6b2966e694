"""The values that variables get."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from likewise.values import drawn, inexact, rounded
from likewise.variable import Variable

SEEDS = st.integers(0, 2**32 - 1)
SHAPES = st.lists(st.integers(0, 4), max_size=4).map(tuple)
FLOATS = st.sampled_from(["float16", "float32", "float64"])


def variable(role: str, *shape: int, dtype: str = "float32", kind: str = "weight") -> Variable:
    return Variable(f"layer/{role}:0", shape, dtype, True, kind)


def value(each: Variable, seed: int = 0, place: int = 0) -> Any:
    return drawn([variable("bias", 1)] * place + [each], seed)[place]


# These must never change: another cell, and a recorded witness, draw them anew.
PINNED = {
    ("kernel", "float32", "weight"): "6d0656bf2bc6123f263dd5bed1d8ad3f",
    ("kernel", "float64", "weight"): "8fe544afcdc0eabf7e45ed64c558e23fef790abaa4a7dabfc4f1f91e1abbf53f",
    ("kernel", "float16", "weight"): "b0ba9638aab66f3d",
    ("kernel", "bfloat16", "weight"): "000056bf0000123f0000d5be0000ad3f",
    ("moving_variance", "float32", "weight"): "331b2b3fa963623faf31133f5e2b913f",
    ("seed_generator_state", "int64", "rng"): "5001000000000000390000000000000013020000000000009f01000000000000",
    ("iterations", "int32", "counter"): "5001000039000000130200009f010000",
}


@pytest.mark.parametrize("role, dtype, kind", PINNED)
def test_the_bytes_of_a_seed(role: str, dtype: str, kind: str) -> None:
    found = value(variable(role, 2, 2, dtype=dtype, kind=kind), seed=7)
    assert found.tobytes().hex() == PINNED[role, dtype, kind]


@given(SHAPES, FLOATS, SEEDS)
def test_shape_and_dtype_are_the_variable_s(shape: Any, dtype: str, seed: int) -> None:
    found = value(variable("kernel", *shape, dtype=dtype), seed)
    assert (found.shape, found.dtype) == (shape, np.dtype(dtype))


@given(SHAPES, st.sampled_from(["float32", "float64"]), SEEDS)
def test_variances_are_positive(shape: Any, dtype: str, seed: int) -> None:
    found = value(variable("moving_variance", *shape, dtype=dtype), seed)
    assert np.all((found >= 0.5) & (found < 1.5))


@given(SEEDS)
def test_weights_are_not_zero_and_no_two_the_same(seed: int) -> None:
    for role in ("kernel", "bias", "gamma", "moving_mean", "moving_variance"):
        found = value(variable(role, 5), seed)
        assert np.all(found != 0)
        assert len(np.unique(found)) == 5


@given(SEEDS, st.sampled_from(["rng", "counter"]), st.sampled_from(["int32", "int64", "uint8"]))
def test_states_and_counters_are_small_whole_numbers(seed: int, kind: str, dtype: str) -> None:
    found = value(variable("state", 4, dtype=dtype, kind=kind), seed)
    assert found.dtype == np.dtype(dtype)
    assert np.all((found >= 0) & (found < 1024))


@pytest.mark.parametrize("shape, fan_in", [((3, 3, 8, 50), 72), ((64, 50), 64), ((2000,), 4)])
def test_kernels_are_scaled_by_their_fan_in(shape: Any, fan_in: int) -> None:
    found = value(variable("kernel", *shape, dtype="float64"))
    assert abs(found.std() * np.sqrt(fan_in) - 1) < 0.1
    assert abs(found.mean() * np.sqrt(fan_in)) < 0.1


def test_another_seed_and_another_place_give_other_values() -> None:
    kernel = variable("kernel", 3)
    found = [value(kernel, seed, place) for seed in (0, 1) for place in (0, 1)]
    assert len(np.unique(found)) == 12


def test_a_value_depends_on_no_other_variable() -> None:
    alone = drawn([variable("kernel", 2, 2), variable("bias", 2)], 3)
    longer = drawn([variable("gamma", 7), variable("bias", 2), variable("beta", 1)], 3)
    np.testing.assert_array_equal(alone[1], longer[1])


@given(st.lists(st.floats(-1e3, 1e3, width=32), min_size=1))
def test_what_bfloat16_holds_is_what_it_is_rounded_to(numbers: Any) -> None:
    found = rounded(np.array(numbers), "bfloat16")
    assert found.dtype == np.float32
    assert not np.any(found.view(np.uint32) & 0xFFFF)
    np.testing.assert_array_equal(rounded(found, "bfloat16"), found)
    np.testing.assert_allclose(found, numbers, rtol=2**-7, atol=1e-38)


@pytest.mark.parametrize("dtype", ["float16", "float32", "float64", "bfloat16", "complex64"])
def test_inexact(dtype: str) -> None:
    assert inexact(dtype)


@pytest.mark.parametrize("dtype", ["int32", "int64", "bool", "string", "uint8"])
def test_exact(dtype: str) -> None:
    assert not inexact(dtype)
