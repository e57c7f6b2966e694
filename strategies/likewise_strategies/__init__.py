"""Strategies for what neural networks are made of and fed with. They need Hypothesis and numpy, and nothing else."""

from __future__ import annotations

# First of all: Hypothesis loads our entry point, which must not find this package half imported.
import hypothesis  # noqa: F401

from likewise_strategies.arrays import KINDS, NON_FINITE_KINDS, Tensor, tensors
from likewise_strategies.cases import ConvLSTMVideo, ConvVideo, conv_lstm_videos, conv_videos
from likewise_strategies.dense import DenseConfig, dense_configs
from likewise_strategies.features import DenseTensor, NormalizedTensor, dense_tensors, normalized_tensors
from likewise_strategies.images import ConvImage, PooledTensor, conv_images, pooled_tensors
from likewise_strategies.layers import (
    ACTIVATIONS,
    RECURRENT_ACTIVATIONS,
    ConvConfig,
    ConvLSTMConfig,
    conv_configs,
    conv_lstm_configs,
)
from likewise_strategies.normalization import (
    EPSILONS,
    MOMENTA,
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
from likewise_strategies.shapes import image_shapes, sequence_shapes, vector_shapes, video_shapes
from likewise_strategies.splitting import data, join, split

__all__ = [
    "ACTIVATIONS",
    "EPSILONS",
    "KINDS",
    "MOMENTA",
    "NON_FINITE_KINDS",
    "RECURRENT_ACTIVATIONS",
    "BatchNormalizationConfig",
    "ConvConfig",
    "ConvImage",
    "ConvLSTMConfig",
    "ConvLSTMVideo",
    "ConvSequence",
    "ConvVideo",
    "DenseConfig",
    "DenseTensor",
    "GRUConfig",
    "LSTMConfig",
    "LayerNormalizationConfig",
    "NormalizedTensor",
    "PooledTensor",
    "PoolingConfig",
    "RecurrentSequence",
    "SeparableConvConfig",
    "SimpleRNNConfig",
    "Tensor",
    "batch_normalization_configs",
    "conv_configs",
    "conv_images",
    "conv_lstm_configs",
    "conv_lstm_videos",
    "conv_sequences",
    "conv_videos",
    "data",
    "dense_configs",
    "dense_tensors",
    "gru_configs",
    "image_shapes",
    "join",
    "layer_normalization_configs",
    "lstm_configs",
    "normalized_tensors",
    "pooled_tensors",
    "pooling_configs",
    "recurrent_sequences",
    "separable_conv_configs",
    "sequence_shapes",
    "simple_rnn_configs",
    "split",
    "tensors",
    "vector_shapes",
    "video_shapes",
]
