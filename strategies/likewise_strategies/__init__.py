"""Strategies for what neural networks are made of and fed with. They need Hypothesis and numpy, and nothing else."""

from __future__ import annotations

# First of all: Hypothesis loads our entry point, which must not find this package half imported.
import hypothesis  # noqa: F401

from likewise_strategies.arrays import KINDS, NON_FINITE_KINDS, Tensor, tensors
from likewise_strategies.cases import ConvLSTMVideo, ConvVideo, conv_lstm_videos, conv_videos
from likewise_strategies.layers import (
    ACTIVATIONS,
    RECURRENT_ACTIVATIONS,
    ConvConfig,
    ConvLSTMConfig,
    conv_configs,
    conv_lstm_configs,
)
from likewise_strategies.shapes import image_shapes, sequence_shapes, video_shapes
from likewise_strategies.splitting import data, join, split

__all__ = [
    "ACTIVATIONS",
    "KINDS",
    "NON_FINITE_KINDS",
    "RECURRENT_ACTIVATIONS",
    "ConvConfig",
    "ConvLSTMConfig",
    "ConvLSTMVideo",
    "ConvVideo",
    "Tensor",
    "conv_configs",
    "conv_lstm_configs",
    "conv_lstm_videos",
    "conv_videos",
    "data",
    "image_shapes",
    "join",
    "sequence_shapes",
    "split",
    "tensors",
    "video_shapes",
]
