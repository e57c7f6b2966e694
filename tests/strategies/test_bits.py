from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.errors import InvalidArgument

from likewise_strategies import bits

SEEDS = st.integers(0, 2**64 - 1)
FLOATS = st.sampled_from(["float16", "float32", "float64"])

# These must never change: records hold seeds, and every environment makes its arrays from them anew.
PINNED = {
    ("uniform", "float16"): "b0b460baf834",
    ("uniform", "float32"): "58f795beb0e64bbfe47b9f3e",
    ("uniform", "float64"): "18db65deeabed2bf98de0adbd57ce9bf2066daae7cefd33f",
    ("normal", "float16"): "4c363536d4bd",
    ("normal", "float32"): "0080c93e009cc63e0086babf",
    ("normal", "float64"): "8067e7d93730d93f80d7ab8194d3d83f50caa930be50f7bf",
}


def test_words_are_pinned() -> None:
    assert bits.raw(7, 0, 3).tolist() == [0xDF4034B829E9FBA4, 0x4B9D10CDF8E64087, 0x6B8B857E506AAC98]
    assert bits.raw(7, "weights", 3).tolist() == [0x5A822A433449D6B2, 0x1A0CA893D485A3BA, 0xA7DEF95DB4CC4415]


@pytest.mark.parametrize("name, dtype", PINNED)
def test_floats_are_pinned(name: str, dtype: str) -> None:
    array = getattr(bits, name)(7, "weights", (3,), dtype)
    assert array.astype(array.dtype.newbyteorder("<")).tobytes().hex() == PINNED[name, dtype]


def test_integers_are_pinned() -> None:
    assert bits.integers(7, "weights", (2, 4), 10).tolist() == [[6, 2, 9, 0], [2, 1, 4, 3]]
    assert bits.integers(7, "weights", (2,), 2**63 - 1).tolist() == [6521821678514329266, 1877060497585841082]


@given(SEEDS, FLOATS)
def test_uniform_is_in_its_range(seed: int, dtype: str) -> None:
    array = bits.uniform(seed, 0, (4, 5), dtype)
    assert array.shape == (4, 5)
    assert array.dtype == dtype
    assert (array >= -1).all()
    assert (array < 1).all()


@given(SEEDS, FLOATS)
def test_normal_is_in_its_range(seed: int, dtype: str) -> None:
    array = bits.normal(seed, 0, (4, 5), dtype)
    assert array.shape == (4, 5)
    assert array.dtype == dtype
    assert (np.abs(array) <= 6).all()


def test_normal_has_mean_0_and_variance_1() -> None:
    array = bits.normal(0, 0, (200_000,), "float64")
    assert abs(array.mean()) < 0.01
    assert abs(array.var() - 1) < 0.02


def test_uniform_has_mean_0_and_variance_a_third() -> None:
    array = bits.uniform(0, 0, (200_000,), "float64")
    assert abs(array.mean()) < 0.01
    assert abs(array.var() - 1 / 3) < 0.01


@given(SEEDS)
def test_precisions_of_a_normal_agree(seed: int) -> None:
    wide = bits.normal(seed, 0, (9,), "float64")
    assert (np.abs(bits.normal(seed, 0, (9,), "float32") - wide) <= 2.0**-16).all()
    assert (np.abs(bits.normal(seed, 0, (9,), "float16") - wide) <= 2.0**-8).all()


@given(SEEDS, st.integers(1, 2**63 - 1))
def test_integers_are_below_the_bound(seed: int, bound: int) -> None:
    array = bits.integers(seed, 0, (9,), bound)
    assert array.dtype == np.int64
    assert (array >= 0).all()
    assert (array < bound).all()


@pytest.mark.parametrize("shape", [(), (0,), (2, 0, 3)])
def test_shapes_without_axes_or_elements(shape: tuple[int, ...]) -> None:
    assert bits.uniform(0, 0, shape, "float32").shape == shape
    assert bits.normal(0, 0, shape, "float64").shape == shape
    assert bits.integers(0, 0, shape, 5).shape == shape


def test_seeds_and_streams_give_words_of_their_own() -> None:
    keys = [(seed, stream) for seed in (0, 1, 2**64 - 1) for stream in (0, 1, 2**64 - 1, "a", "b")]
    assert len({tuple(bits.raw(*key, 4).tolist()) for key in keys}) == len(keys)


@pytest.mark.parametrize("seed, stream", [(-1, 0), (2**64, 0), (0, -1), (0, 2**64)])
def test_keys_out_of_range_are_refused(seed: int, stream: int) -> None:
    name, value = ("seed", seed) if seed else ("stream", stream)
    with pytest.raises(InvalidArgument, match=f"{name}={value}: .*take {name} %"):
        bits.raw(seed, stream, 1)


def test_dtypes_that_are_no_floats_are_refused() -> None:
    with pytest.raises(InvalidArgument, match="dtype='int32': expected one of float16"):
        bits.uniform(0, 0, (1,), "int32")


@pytest.mark.parametrize("bound", [0, -3, 2**63])
def test_bounds_out_of_range_are_refused(bound: int) -> None:
    with pytest.raises(InvalidArgument, match=f"bound={bound}: expected an int in "):
        bits.integers(0, 0, (1,), bound)
