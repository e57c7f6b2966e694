"""Hypothesis's entry point: `st.from_type` for the types of this package.

It runs on each `import hypothesis`, so it only notes functions down: nothing is drawn and numpy is not imported.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from hypothesis import strategies as st

from likewise_strategies.arrays import Tensor, tensors
from likewise_strategies.cases import ConvLSTMVideo, ConvVideo, conv_lstm_videos, conv_videos
from likewise_strategies.layers import ConvConfig, ConvLSTMConfig, conv_configs, conv_lstm_configs
from likewise_strategies.shapes import video_shapes

if TYPE_CHECKING:
    from hypothesis.strategies import SearchStrategy


def register() -> None:
    """Tell Hypothesis which strategy makes each public type."""
    ranks = st.sampled_from((2, 1, 3))

    def videos(_: Any) -> SearchStrategy[Tensor]:
        return video_shapes().flatmap(lambda shape: tensors(shape, axes="ndhwc"))

    st.register_type_strategy(Tensor, videos)
    st.register_type_strategy(ConvConfig, lambda _: ranks.flatmap(conv_configs))
    st.register_type_strategy(ConvLSTMConfig, lambda _: ranks.flatmap(conv_lstm_configs))
    st.register_type_strategy(ConvVideo, lambda _: conv_videos())
    st.register_type_strategy(ConvLSTMVideo, lambda _: conv_lstm_videos())
