"""The values that variables get."""

from __future__ import annotations

from typing import Any, List

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from likewise.values import drawn, extreme, inexact, rounded
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
    ("kernel", "float32", "weight"): "af5697bfe6914f3f5bc816bf51dbf53f",
    ("kernel", "float64", "weight"): "803694dad5eaf2bf8098dcc23cf2e93f0017a7680bd9e2bfa0f6a4126abbfe3f",
    ("kernel", "float16", "weight"): "bbbc7d3ab6b8af3f",
    ("kernel", "bfloat16", "weight"): "000097bf00004f3f000016bf0000f53f",
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
    assert np.all((found >= 0.5) & (found < 1.5)) or extreme(seed)


@given(SEEDS.filter(lambda seed: not extreme(seed)))
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


@pytest.mark.parametrize(
    "name, shape, scale",
    [
        ("conv2d/kernel", (3, 3, 8, 50), np.sqrt(2 / 72)),
        ("dense/kernel", (64, 50), np.sqrt(2 / 64)),
        ("lstm/recurrent_kernel", (64, 256), np.sqrt(1 / 64)),
        ("depthwise_conv2d/depthwise_kernel", (3, 3, 200, 2), np.sqrt(2 / 9)),
        ("depthwise_conv2d/kernel", (3, 3, 200, 2), np.sqrt(2 / 9)),
        ("block_7/kernel", (3, 3, 400, 1), np.sqrt(2 / 9)),
        ("last/kernel", (1, 1, 4000, 1), np.sqrt(2 / 4000)),
        ("embedding/embeddings", (500, 8), 1.0),
        ("layer/bias", (4000,), 0.25),
        ("layer/Variable", (4000,), 0.5),
    ],
)
def test_kernels_are_scaled_by_their_fan_in_and_biases_are_small(name: str, shape: Any, scale: float) -> None:
    found = drawn([Variable(f"{name}:0", shape, "float64", True, "weight")], 0)[0]
    assert abs(found.std() / scale - 1) < 0.1
    assert abs(found.mean() / scale) < 0.1


def test_gains_are_about_1_of_both_signs() -> None:
    found = value(variable("gamma", 1000))
    assert 400 < np.sum(found > 0) < 600
    assert 1.1 < np.abs(found).mean() < 1.3


def test_one_seed_of_eight_is_extreme_and_never_the_simplest() -> None:
    assert not extreme(0)
    assert 200 < sum(extreme(seed) for seed in range(2000)) < 300


def extremes(role: str, dtype: str = "float32") -> List[Any]:
    """What seeds that are extreme give a variable, unlike what it usually has."""
    return [value(variable(role, 40, 5, dtype=dtype), seed) for seed in range(2000) if extreme(seed)]


@pytest.mark.parametrize("dtype", ["float16", "float32", "bfloat16"])
def test_extreme_kernels_are_zero_in_all_or_some_entries_or_great_or_of_all_magnitudes(dtype: str) -> None:
    found = extremes("kernel", dtype)
    great = 4 * np.sqrt(2 / 40)
    assert any(not each.any() for each in found)
    assert any(0.3 < np.mean(each == 0) < 0.7 for each in found)
    assert any(np.median(np.abs(each)) > great for each in found)
    assert any(np.median(np.abs(each)) < great / 64 and np.abs(each).max() > great / 2 for each in found)
    assert all(np.isfinite(each).all() for each in found)
    assert np.mean([np.median(np.abs(each[each != 0])) < great / 2 if each.any() else False for each in found]) > 0.3


@pytest.mark.parametrize("dtype, least", [("float32", 5e-8), ("float16", 5e-5)])
def test_extreme_variances_are_near_the_epsilons_in_use(dtype: str, least: float) -> None:
    found = np.concatenate([each.ravel() for each in extremes("moving_variance", dtype)]).astype("float64")
    assert found.min() > least
    for epsilon in (1e-7, 1e-6, 1e-5, 1e-4, 1e-3):
        if epsilon > least:
            assert np.mean((found > epsilon / 2) & (found < 2 * epsilon)) > 0.05
    assert np.mean(found >= 0.499) > 0.3


def test_hardly_one_of_many_variables_is_extreme_through_which_nothing_may_come() -> None:
    seed = next(seed for seed in range(100) if extreme(seed))
    found = drawn([variable("kernel", 40, 5)] * 300, seed)
    usual = drawn([variable("kernel", 40, 5)] * 300, 0)
    assert (
        sum(bool(abs(np.log2(np.abs(found[at]).mean() / np.abs(usual[at]).mean() + 1e-9)) > 0.7) for at in found) < 30
    )


def test_complex_variables_have_both_parts() -> None:
    for dtype in ("complex64", "complex128"):
        found = value(variable("Variable", 5, dtype=dtype))
        assert found.dtype == np.dtype(dtype)
        assert len({*found.real.tolist(), *found.imag.tolist()}) == 10


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
