"""Cases of dense, recurrent, normalization, pooling and convolution layers."""

from __future__ import annotations

import re
from functools import partial
from typing import Any, Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.errors import InvalidArgument

import likewise_strategies
from likewise_strategies import (
    ConvImage,
    ConvSequence,
    DenseTensor,
    GRUConfig,
    LayerNormalizationConfig,
    NormalizedTensor,
    PooledTensor,
    RecurrentSequence,
    batch_normalization_configs,
    conv_configs,
    conv_images,
    conv_sequences,
    dense_configs,
    dense_tensors,
    gru_configs,
    image_shapes,
    join,
    layer_normalization_configs,
    lstm_configs,
    normalized_tensors,
    pooled_tensors,
    pooling_configs,
    recurrent_sequences,
    separable_conv_configs,
    sequence_shapes,
    split,
    vector_shapes,
    video_shapes,
)

Cases = Callable[..., st.SearchStrategy[Any]]
ALL = pytest.mark.parametrize(
    "cases",
    [dense_tensors, recurrent_sequences, normalized_tensors, pooled_tensors, conv_images, conv_sequences],
)


@ALL
@given(data=st.data())
def test_repr_is_code_that_makes_the_case_again(cases: Cases, data: st.DataObject) -> None:
    case = data.draw(cases())
    assert eval(repr(case), {name: getattr(likewise_strategies, name) for name in likewise_strategies.__all__}) == case
    assert join(*split(case)) == case
    assert hash(split(case)[0]) == hash(split(join(*split(case)))[0])


@ALL
def test_the_smallest_case_is_of_ones(smallest: Any, cases: Cases) -> None:
    case = smallest(cases(), lambda case: True)
    assert set(case.inputs.shape) == {1}
    assert (case.inputs.kind, case.inputs.seed, case.seed) == ("constant", 0, 0)


@given(
    dense_tensors(shapes=vector_shapes(min_channels=9), dense=partial(dense_configs, min_units=7), dtype="float64"),
)
def test_dense_tensors(case: DenseTensor) -> None:
    assert (case.tensor.axes, case.tensor.dtype, case.tensor.shape[1], case.dense.units) == ("nc", "float64", 9, 7)


@given(recurrent_sequences(recurrent=gru_configs, kinds=("ramp",)))
def test_recurrent_sequences(case: RecurrentSequence) -> None:
    assert isinstance(case.recurrent, GRUConfig)
    assert (case.sequence.axes, case.sequence.kind) == ("ntc", "ramp")


@given(normalized_tensors(normalization=partial(layer_normalization_configs, axes=(1, -1))))
def test_normalized_tensors(case: NormalizedTensor) -> None:
    assert isinstance(case.normalization, LayerNormalizationConfig)
    assert case.tensor.axes == {2: "nc", 3: "ntc", 4: "nhwc", 5: "ndhwc"}[len(case.tensor.shape)]


@given(pooled_tensors(shapes=st.one_of(sequence_shapes(), image_shapes(), video_shapes(max_side=4))))
def test_pools_fit(case: PooledTensor) -> None:
    assert case.pooling.rank == len(case.tensor.shape) - 2
    assert min(case.pooling.output_size(case.tensor.shape[1:-1])) >= 1


@pytest.mark.parametrize("conv", [conv_configs, separable_conv_configs])
@given(data=st.data())
def test_convolutions_of_images_fit(conv: Cases, data: st.DataObject) -> None:
    case = data.draw(conv_images(conv=conv))
    assert isinstance(case, ConvImage)
    assert case.image.axes == "nhwc"
    assert min(case.conv.output_size(case.image.shape[1:3])) >= 1


@given(conv_sequences())
def test_convolutions_of_sequences_are_causal(case: ConvSequence) -> None:
    assert (case.conv.padding, case.sequence.axes) == ("causal", "ntc")
    assert case.conv.output_size(case.sequence.shape[1:2]) >= (1,)


@given(st.one_of(conv_images(conv=partial(conv_configs, data_formats=("channels_first",)))))
def test_channels_first(case: ConvImage) -> None:
    n, c, h, w = case.image.shape
    assert case.image.axes == "nchw"
    assert max(n, c) <= 4
    case.conv.output_size((h, w))


def test_borders_come_up_often(draws: Any) -> None:
    drawn = draws(recurrent_sequences(), 500)
    assert sum(case.sequence.shape[1] == 1 for case in drawn) > 50
    assert sum(case.sequence.shape[1] >= 3 for case in drawn) > 100
    assert sum(case.sequence.shape[2] == case.recurrent.units for case in drawn) > 50
    assert sum(case.sequence.shape[0] == case.sequence.shape[1] for case in drawn) > 50


def test_tensors_of_every_rank_come_up(draws: Any) -> None:
    drawn = draws(normalized_tensors(), 300)
    assert {len(case.tensor.shape) for case in drawn} == {2, 3, 4, 5}


@pytest.mark.parametrize(
    "cases, arguments, message",
    [
        (
            dense_tensors,
            {"shapes": (1, 2)},
            "shapes=(1, 2): expected a strategy for shapes (n, c), (n, t, c), (n, h",
        ),
        (dense_tensors, {"dense": dense_configs()}, "expected a function that returns a strategy for DenseConfig; giv"),
        (dense_tensors, {"dense": partial(dense_configs, min_units=0)}, "min_units=0: expected an int of at least 1"),
        (dense_tensors, {"dtype": "complex256"}, "dtype='complex256': expected the name of a dtype"),
        (recurrent_sequences, {"shapes": 3}, "shapes=3: expected a strategy for shapes (n, t, c); for one shape, give"),
        (recurrent_sequences, {"recurrent": lstm_configs()}, "a strategy for LSTMConfig or GRUConfig or SimpleRNNCon"),
        (recurrent_sequences, {"kinds": ("odd",)}, "kinds=('odd',): 'odd' is not a choice"),
        (normalized_tensors, {"normalization": 1}, "normalization=1: expected a function that returns a strategy for"),
        (pooled_tensors, {"pooling": partial(pooling_configs, min_pool=0)}, "min_pool=0: expected an int of at least"),
        (conv_images, {"conv": lambda rank, size: None}, "a strategy for ConvConfig or SeparableConvConfig; it return"),
        (conv_sequences, {"conv": conv_configs(1)}, "expected a function that returns a strategy for ConvConfig; give"),
    ],
)
def test_bad_arguments_are_refused_at_once(cases: Cases, arguments: dict[str, Any], message: str) -> None:
    with pytest.raises(InvalidArgument, match=re.escape(message)):
        cases(**arguments)


@pytest.mark.parametrize(
    "strategy, message",
    [
        (dense_tensors(shapes=st.just((1,))), "shapes=(1,): expected a shape of two to five axes; give (n, c), "),
        (recurrent_sequences(shapes=st.just((1, 2))), "shapes=(1, 2): expected a tuple of 3 ints of at least 1"),
        (pooled_tensors(shapes=st.just((1, 2))), "shapes=(1, 2): expected one to three axes between batch and channe"),
        (conv_images(shapes=st.just((1, 2, 3))), "shapes=(1, 2, 3): expected a tuple of 4 ints of at least 1"),
        (
            normalized_tensors(shapes=vector_shapes(), normalization=partial(batch_normalization_configs, axes=(2,))),
            "axis=2: a tensor of shape (1, 1) has no such axis of features",
        ),
    ],
)
def test_shapes_that_do_not_fit_are_refused(smallest: Any, strategy: st.SearchStrategy[Any], message: str) -> None:
    with pytest.raises(InvalidArgument, match=re.escape(message)):
        smallest(strategy, lambda case: True)
