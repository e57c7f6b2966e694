from __future__ import annotations

import re
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.errors import InvalidArgument

from likewise_strategies import KINDS, NON_FINITE_KINDS, Tensor, tensors
from likewise_strategies.landmarks import least_exponent

FLOATS = ["float16", "float32", "float64"]
SEEDS = st.integers(0, 2**32 - 1)
SHAPES = st.lists(st.integers(0, 4), max_size=4).map(tuple)

# These must never change: a recorded case is a Tensor's arguments.
PINNED = {
    ("float16", "constant"): "00bf00bf00bf00bf",
    ("float16", "ramp"): "000000b400b800ba",
    ("float16", "one-hot"): "003c0000003c0000",
    ("float16", "ties"): "00380040003c00b8",
    ("float16", "uniform"): "b83460318032a839",
    ("float16", "normal"): "b4b23f36a7b709c1",
    ("float16", "zeros"): "0000008000800000",
    ("float16", "tiny"): "db84bf006d869400",
    ("float16", "huge"): "6e4970bd14ca00be",
    ("float16", "nan"): "b4b23f36007e09c1",
    ("float16", "infinity"): "b4b23f3600fc09c1",
    ("float32", "constant"): "0000e0bf0000e0bf0000e0bf0000e0bf",
    ("float32", "ramp"): "00000000000080be000000bf000040bf",
    ("float32", "one-hot"): "0000803f000000000000803f00000000",
    ("float32", "ties"): "0000003f000000400000803f000000bf",
    ("float32", "uniform"): "586c973eb0a12c3ee8ca503eca32353f",
    ("float32", "normal"): "007456be00d6c73e00e4f4be002421c0",
    ("float32", "zeros"): "00000000000000800000008000000000",
    ("float32", "tiny"): "db9cd580bff0bb006d065f8094986d00",
    ("float32", "huge"): "a0d62d7900cfacf76a4742f91026bff7",
    ("float32", "nan"): "007456be00d6c73e0000c07f002421c0",
    ("float32", "infinity"): "007456be00d6c73e000080ff002421c0",
    ("float64", "uniform"): "a03f5c658bedd23f48b833653694c53fa0d9f62f5d19ca3ffa53c45b59a6e63f",
    ("float64", "normal"): "80b1270507cecabf80addb9bedfad83f40ca3ef45d9cdebf30e34a3f7b2404c0",
    ("float64", "tiny"): "db9cd57c29e70f80bff0bbf7b5d208006d065f30468e098094986d9cbb0d0d00",
    ("float64", "huge"): "aea3e52ed4ba257fb0343e5ede99f5fe967d450ced4828ffd0613e30c0e4f7fe",
    ("int8", "ramp"): "01020304",
    ("int8", "uniform"): "d42d7e70",
    ("int64", "constant"): "0e000000000000000e000000000000000e000000000000000e00000000000000",
    ("int64", "uniform"): "d4427fb8ca16dba52d4ab833653694957ea4d9f62f5d199a70ef4f116f6599da",
    ("uint8", "ties"): "00020000",
    ("bool", "one-hot"): "01000100",
    ("float16", "landmarks"): "003c003c003c003c",
    ("float32", "landmarks"): "0000803f0000803f0000803f0000803f",
    ("float16", "log-uniform"): "b4e555cd90658ce8",
    ("float32", "log-uniform"): "6e74b6991e972a962700b227847191e0",
    ("float64", "log-uniform"): "34bc56b88dce56aeb65818b9e35285eb058cced70440d64496e18b81302ed2ef",
    ("float32", "small"): "192e0b0cf2923a8ce03e4d0c960f2d0c",
    ("float64", "small"): "6027bd17c3655103fb9dcf345e525783ec2c600edca759037d26f5b7f2a15503",
    ("int8", "landmarks"): "01010101",
    ("int64", "log-uniform"): "930000000000000061e48e4bd5ffffff733128fbbfe9ffff19be1808e322ffff",
    ("complex64", "ties"): "0000003f000080bf00000040000000000000803f00000000000000bf00000040",
    ("string", "uniform"): "61000000787a00007900000063637800",
}


@pytest.mark.parametrize("dtype, kind", PINNED)
def test_bytes_are_pinned(dtype: str, kind: str) -> None:
    array = Tensor((2, 2), dtype, kind, 7).array()
    assert array.astype(array.dtype.newbyteorder("<")).tobytes().hex() == PINNED[dtype, kind]


@given(
    SHAPES.flatmap(
        lambda shape: st.sampled_from([*FLOATS, "int8", "uint32", "int64", "bool"]).flatmap(
            lambda dtype: tensors(shape, dtype)
        )
    )
)
def test_an_array_is_as_described(tensor: Tensor) -> None:
    array = tensor.array()
    assert isinstance(array, np.ndarray)
    assert array.shape == tensor.shape
    assert array.dtype == tensor.dtype
    assert np.isfinite(array).all()
    assert array.tobytes() == tensor.array().tobytes()


@given(SEEDS, st.sampled_from(FLOATS))
def test_a_constant_is_one_value_and_not_zero(seed: int, dtype: str) -> None:
    array = Tensor((3, 4), dtype, "constant", seed).array()
    assert len(np.unique(array)) == 1
    assert (array != 0).all()


@given(SEEDS, st.sampled_from(FLOATS))
def test_a_ramp_steps_evenly(seed: int, dtype: str) -> None:
    array = Tensor((3, 4), dtype, "ramp", seed).array()
    assert len(np.unique(np.diff(array.reshape(-1)))) == 1
    assert len(np.unique(array)) == 12


@given(SEEDS, st.sampled_from([*FLOATS, "int16", "bool"]))
def test_one_hot_has_a_one_along_the_last_axis(seed: int, dtype: str) -> None:
    array = Tensor((3, 4, 5), dtype, "one-hot", seed).array()
    assert ((array == 0) | (array == 1)).all()
    assert (array.sum(axis=-1) == 1).all()


@given(SEEDS, st.sampled_from(FLOATS))
def test_ties_are_few_values_with_zeros(seed: int, dtype: str) -> None:
    array = Tensor((200,), dtype, "ties", seed).array()
    assert len(np.unique(array)) <= 7
    assert (array == 0).any()


@given(SEEDS, st.sampled_from(FLOATS))
def test_zeros_have_both_signs(seed: int, dtype: str) -> None:
    array = Tensor((200,), dtype, "zeros", seed).array()
    assert (array == 0).all()
    assert 0 < np.signbit(array).sum() < 200


@given(SEEDS, st.sampled_from(FLOATS))
def test_tiny_values_are_subnormal_or_nearly(seed: int, dtype: str) -> None:
    array = np.abs(Tensor((200,), dtype, "tiny", seed).array())
    least = np.finfo(dtype).tiny
    assert (array < 2 * least).all()
    assert (array < least).any()
    assert (array >= least).any()


@given(SEEDS, st.sampled_from(["float32", "float64"]))
def test_differences_of_small_values_are_not_subnormal(seed: int, dtype: str) -> None:
    array = Tensor((200,), dtype, "small", seed).array()
    apart = np.abs(array[:, np.newaxis] - array)
    assert (apart[apart > 0] >= np.finfo(dtype).tiny).all()
    assert np.abs(array).max() < 1e-30


@given(SEEDS, st.sampled_from(FLOATS))
def test_sums_of_huge_values_are_finite(seed: int, dtype: str) -> None:
    array = np.abs(Tensor((4096,), dtype, "huge", seed).array())
    assert np.isfinite(array.astype(np.longdouble).sum().astype(dtype))
    assert array.max() > np.finfo(dtype).max / 2**14


@given(SEEDS, st.sampled_from(FLOATS), st.integers(1, 30))
def test_nan_and_infinity_are_there_and_not_everywhere(seed: int, dtype: str, length: int) -> None:
    nan = np.isnan(Tensor((length,), dtype, "nan", seed).array())
    infinity = np.isinf(Tensor((length,), dtype, "infinity", seed).array())
    assert nan.any()
    assert infinity.any()
    if length == 30:
        assert not nan.all()
        assert not infinity.all()


@given(tensors((2, 3), kinds=["nan", "infinity"]))
def test_other_kinds_are_drawn_where_they_are_asked_for(tensor: Tensor) -> None:
    assert tensor.kind in NON_FINITE_KINDS
    assert not {*NON_FINITE_KINDS, "tiny"} & {*KINDS}


@given(SEEDS, st.sampled_from(["float16", "float32", "float64"]))
def test_log_uniform_values_have_finite_sums_and_are_not_zero(seed: int, dtype: str) -> None:
    array = Tensor((4096,), dtype, "log-uniform", seed).array()
    summed = array[:8] if dtype == "float16" else array
    assert np.isfinite(np.abs(summed).astype(np.longdouble).sum().astype(dtype))
    assert (array != 0).all()
    assert 1000 < (array > 0).sum() < 3000


@pytest.mark.parametrize(
    "dtype, low, high",
    [
        ("float32", 10, 20),
        ("float32", 1e10, 1e12),
        ("float32", 1e-12, 1e-10),
        ("float16", 20, 400),
        ("float16", 2048, 4096),
    ],
)
def test_log_uniform_values_leave_no_gap(dtype: str, low: float, high: float) -> None:
    arrays = [np.abs(Tensor((50,), dtype, "log-uniform", seed).array().astype("float64")) for seed in range(60)]
    assert any(((low < each) & (each < high)).any() for each in arrays)


@given(SEEDS, st.sampled_from(["int8", "int64", "uint8", "uint64"]))
def test_log_uniform_integers_are_of_all_lengths(seed: int, dtype: str) -> None:
    array = Tensor((500,), dtype, "log-uniform", seed).array()
    lengths = {int(abs(int(each))).bit_length() for each in array}
    assert lengths >= set(range(1, np.dtype(dtype).itemsize * 8 - 1)) or (dtype[-2:] == "64" and len(lengths) > 50)


def test_integers_beyond_what_float64_holds_are_drawn() -> None:
    arrays = [Tensor((3,), "int64", "log-uniform", seed).array() for seed in range(20)]
    assert any((np.abs(each) > 2**53).any() for each in arrays)


@pytest.mark.parametrize(
    "kind", ["constant", "ramp", "one-hot", "ties", "uniform", "zeros", "landmarks", "log-uniform"]
)
@pytest.mark.parametrize(
    "dtype, bounds", [("int32", (0, 50)), ("int8", (-3, 4)), ("uint64", (2**63, 2**64)), ("int64", (-(2**63), 2**63))]
)
def test_integers_keep_to_their_bounds(kind: str, dtype: str, bounds: Any) -> None:
    for seed in range(20):
        array = Tensor((40,), dtype, kind, seed, bounds=bounds, values=(50, 3)).array()
        assert array.dtype == dtype
        assert all(bounds[0] <= int(each) < bounds[1] for each in array)


def test_bounded_integers_reach_every_value() -> None:
    for kind in ("ramp", "uniform"):
        assert set(Tensor((500,), "int32", kind, 3, bounds=(2, 40)).array().tolist()) == set(range(2, 40))


def landmarks(shape: Any, dtype: str = "float32", values: Any = (10.0,)) -> list[Any]:
    return [Tensor(shape, dtype, "landmarks", seed, values=values).array() for seed in range(200)]


@pytest.mark.parametrize("dtype", FLOATS)
def test_landmarks_come_with_their_neighbours_among_others(dtype: str) -> None:
    found = {float(each) for array in landmarks((4, 3), dtype) for each in array.ravel()}
    held = np.dtype(dtype).type
    wanted = {0.0, 1.0, -1.0, 10.0, *(float(np.nextafter(held(10), held(other))) for other in (20, 0))}
    assert wanted <= found
    assert len(found) > 100
    assert min(abs(each) for each in found if each) == 2.0 ** least_exponent(dtype)


def test_landmarks_fill_whole_steps_and_not_all_of_them() -> None:
    for value in (0, 1, -1, 10):
        steps = [(array == value).all(axis=-1) for array in landmarks((3, 4, 5))]
        assert any(each.any() and not each.all() for each in steps)
        assert any(each.all() for each in steps)


def test_landmarks_of_integers_are_those_that_the_dtype_holds() -> None:
    found = {int(each) for array in landmarks((4, 3), "int8", (7.0, 300.0, 0.5)) for each in array.ravel()}
    assert {0, 1, -1, 6, 7, 8} <= found
    Tensor((2,), "uint8", "landmarks", 1, values=(300.0, float("inf"), float("nan"), -5)).array()


@pytest.mark.parametrize("dtype", ["complex64", "complex128"])
@pytest.mark.parametrize("kind", KINDS)
def test_complex_values_have_both_parts(dtype: str, kind: str) -> None:
    arrays = [Tensor((2, 3), dtype, kind, seed).array() for seed in range(20)]
    assert {(each.dtype.name, each.shape) for each in arrays} == {(dtype, (2, 3))}
    if kind != "zeros":
        assert any((each.real != each.imag).any() and each.imag.any() for each in arrays)


@pytest.mark.parametrize("kind", ["constant", "ties", "uniform"])
def test_strings_are_short_and_of_few_letters(kind: str) -> None:
    array = Tensor((40, 2), "string", kind, 3).array()
    assert (array.dtype.kind, array.shape) == ("S", (40, 2))
    assert all(1 <= len(each) <= 4 and set(each) <= set(b"abcxyz") for each in array.ravel().tolist())
    assert len(set(array.ravel().tolist())) <= {"constant": 1, "ties": 3}.get(kind, 80)


def test_what_few_tensors_have_is_told_of_those_alone() -> None:
    assert repr(Tensor((2,))) == "Tensor(shape=(2,), dtype='float32', kind='normal', seed=0, axes='')"
    tensor = Tensor((2,), "int32", "landmarks", 1, "n", (3, 2.5), (0, 9))
    assert repr(tensor).endswith("axes='n', values=(3, 2.5), bounds=(0, 9))")


def test_a_tensor_is_an_array_to_numpy() -> None:
    tensor = Tensor((2, 3), kind="ramp")
    assert np.asarray(tensor).dtype == np.float32
    assert np.asarray(tensor, dtype="float64").dtype == np.float64
    assert (np.array(tensor) + 1 == tensor.array() + 1).all()
    with pytest.raises(ValueError, match=r"copy=False: .*leave copy=None"):
        tensor.__array__(copy=False)


def test_every_kind_comes_up_and_the_random_ones_most(draws: Any) -> None:
    kinds = [tensor.kind for tensor in draws(tensors((2, 2)), 1000)]
    assert set(kinds) == set(KINDS)
    assert kinds.count("normal") + kinds.count("uniform") > 300


@pytest.mark.parametrize(
    "arguments, message",
    [
        ({"shape": 3}, "shape=3: expected a tuple of ints of at least 0, not a int"),
        ({"shape": (2, -1)}, "shape=(2, -1): expected a tuple of ints of at least 0; replace -1"),
        ({"shape": (2, True)}, "shape=(2, True): expected a tuple of ints of at least 0; replace True"),
        ({"shape": (2, 2.0)}, "shape=(2, 2.0): expected a tuple of ints of at least 0; replace 2.0"),
        ({"dtype": "float8"}, "dtype='float8': expected the name of a dtype; give one of float16, "),
        ({"dtype": np.float32}, "expected the name of a dtype; give one of float16, "),
        ({"kinds": "normal"}, "kinds='normal': expected a tuple of choices; give one or more of 'constant', "),
        ({"kinds": ()}, "kinds=(): expected at least one choice; give one or more of 'constant', "),
        ({"kinds": ("odd",)}, "kinds=('odd',): 'odd' is not a choice; give one or more of 'constant', "),
        ({"kinds": ("nan",), "dtype": "int8"}, "int8 has no values of kind 'nan'; give one or more of constant, "),
        ({"bounds": (0, 1)}, "bounds=(0, 1): float32 takes none; leave them out, or give one of int8, "),
        ({"bounds": (0,), "dtype": "int8"}, "bounds=(0,): expected two ints; give (low, high), "),
        ({"bounds": (4, 4), "dtype": "int8"}, "bounds=(4, 4): no value of int8 lies there; give low and high, -128 <="),
        ({"bounds": (0, 129), "dtype": "int8"}, "bounds=(0, 129): no value of int8 lies there; "),
        ({"axes": "n"}, "axes='n': expected a letter for each of the 2 axes of (2, 3), or ''"),
    ],
)
def test_bad_arguments_are_refused_at_once(arguments: dict[str, Any], message: str) -> None:
    with pytest.raises(InvalidArgument, match=re.escape(message)):
        tensors(**{"shape": (2, 3), **arguments})


@pytest.mark.parametrize(
    "arguments, message",
    [
        ({"shape": [2, "h"]}, "shape=[2, 'h']: expected a tuple of ints of at least 0; replace 'h'"),
        ({"kind": "odd"}, "kind=('odd',): 'odd' is not a choice"),
        ({"values": [1]}, "values=[1]: expected a tuple of numbers; give ints and floats, or ()"),
        ({"values": (True,)}, "values=(True,): expected a tuple of numbers"),
        ({"seed": -1}, "seed=-1: expected an int of at least 0"),
    ],
)
def test_bad_descriptions_are_refused_at_once(arguments: dict[str, Any], message: str) -> None:
    with pytest.raises(InvalidArgument, match=re.escape(message)):
        Tensor(**{"shape": (2, 3), **arguments})


def test_a_kind_that_the_dtype_lacks_is_refused() -> None:
    with pytest.raises(InvalidArgument, match="int8 has no values of kind 'normal'"):
        Tensor((2,), "int8").array()
