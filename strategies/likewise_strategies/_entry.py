"""Hypothesis's entry point: `st.from_type` for the types of this package.

It runs on each `import hypothesis`, so it only notes functions down: nothing is drawn and numpy is not imported.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Callable

from hypothesis import strategies as st

from likewise_strategies.arrays import Tensor, tensors
from likewise_strategies.cases import ConvLSTMVideo, ConvVideo, conv_lstm_videos, conv_videos
from likewise_strategies.dense import DenseConfig, dense_configs
from likewise_strategies.features import DenseTensor, NormalizedTensor, dense_tensors, normalized_tensors
from likewise_strategies.images import ConvImage, PooledTensor, conv_images, pooled_tensors
from likewise_strategies.layers import ConvConfig, ConvLSTMConfig, conv_configs, conv_lstm_configs
from likewise_strategies.normalization import (
    BatchNormalizationConfig,
    LayerNormalizationConfig,
    batch_normalization_configs,
    layer_normalization_configs,
)
from likewise_strategies.pooling import PoolingConfig, pooling_configs
from likewise_strategies.recurrent import (
    GRUConfig,
    LSTMConfig,
    SimpleRNNConfig,
    gru_configs,
    lstm_configs,
    simple_rnn_configs,
)
from likewise_strategies.separable import SeparableConvConfig, separable_conv_configs
from likewise_strategies.sequences import ConvSequence, RecurrentSequence, conv_sequences, recurrent_sequences
from likewise_strategies.shapes import video_shapes

if TYPE_CHECKING:
    from hypothesis.strategies import SearchStrategy


def register() -> None:
    """Tell Hypothesis which strategy makes each public type."""
    ranks = st.sampled_from((2, 1, 3))

    def videos(_: Any) -> SearchStrategy[Tensor]:
        return video_shapes().flatmap(lambda shape: tensors(shape, axes="ndhwc"))

    st.register_type_strategy(Tensor, videos)
    # Functions of the type, since making a strategy costs time, which most runs do not want to spend.
    strategies: dict[type, Callable[[], SearchStrategy[Any]]] = {
        BatchNormalizationConfig: batch_normalization_configs,
        ConvConfig: lambda: ranks.flatmap(conv_configs),
        ConvImage: conv_images,
        ConvLSTMConfig: lambda: ranks.flatmap(conv_lstm_configs),
        ConvLSTMVideo: conv_lstm_videos,
        ConvSequence: conv_sequences,
        ConvVideo: conv_videos,
        DenseConfig: dense_configs,
        DenseTensor: dense_tensors,
        GRUConfig: gru_configs,
        LSTMConfig: lstm_configs,
        LayerNormalizationConfig: layer_normalization_configs,
        NormalizedTensor: normalized_tensors,
        PooledTensor: pooled_tensors,
        PoolingConfig: lambda: ranks.flatmap(pooling_configs),
        RecurrentSequence: recurrent_sequences,
        SeparableConvConfig: lambda: st.sampled_from((2, 1)).flatmap(separable_conv_configs),
        SimpleRNNConfig: simple_rnn_configs,
    }
    for of, strategy in strategies.items():
        st.register_type_strategy(of, _from_type(strategy))


def _from_type(strategy: Callable[[], SearchStrategy[Any]]) -> Callable[[Any], SearchStrategy[Any]]:
    return lambda _: strategy()
