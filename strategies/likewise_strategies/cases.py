"""Cases: what one comparison needs, put together so that the layers fit."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Callable, Sequence

from hypothesis import strategies as st

from likewise_strategies import _check
from likewise_strategies._parts import SEEDS, check_configs, checked_shapes
from likewise_strategies.arrays import Tensor, tensors
from likewise_strategies.layers import ConvConfig, ConvLSTMConfig, conv_configs, conv_lstm_configs
from likewise_strategies.shapes import video_shapes
from likewise_strategies.splitting import data

if TYPE_CHECKING:
    from hypothesis.strategies import DrawFn, SearchStrategy


@dataclass(frozen=True)
class ConvVideo:
    """A video and the settings of a two-dimensional convolution that fits its frames.

    * `video` has the shape (n, d, h, w, c), or (n, d, c, h, w) where `conv.data_format` is "channels_first";
    * `seed` is an int in [0, 2**64) for the weights, and data (see `split`).
    """

    video: Tensor
    conv: ConvConfig
    seed: int = data(default=0)

    @property
    def inputs(self) -> Tensor:
        """What an implementation is fed with: the video."""
        return self.video


@dataclass(frozen=True)
class ConvLSTMVideo:
    """A video, a two-dimensional convolution that fits its frames, and a ConvLSTM2D that fits what comes out.

    * `video` has the shape (n, d, h, w, c), or (n, d, c, h, w) where `conv.data_format` is "channels_first"; the data
      format of `conv_lstm` is the same;
    * `seed` is an int in [0, 2**64) for the weights, and data (see `split`).
    """

    video: Tensor
    conv: ConvConfig
    conv_lstm: ConvLSTMConfig
    seed: int = data(default=0)

    @property
    def inputs(self) -> Tensor:
        """What an implementation is fed with: the video."""
        return self.video


def conv_videos(
    *,
    shapes: SearchStrategy[tuple[int, ...]] | None = None,
    conv: Callable[..., SearchStrategy[ConvConfig]] = conv_configs,
    dtype: str = "float32",
    kinds: Sequence[str] | None = None,
) -> SearchStrategy[ConvVideo]:
    """Return a strategy for `ConvVideo`s.

    * `shapes` is a strategy for shapes (n, d, h, w, c), by default `video_shapes()`.
    * `conv` is called as `conv(2, size=(h, w), channels=c)` and returns a strategy for the convolution that fits. To
      bound its settings: `conv=functools.partial(conv_configs, max_strides=1)`.
    * `dtype` and `kinds` are those of `tensors`.

    Raises InvalidArgument for bad arguments.
    """
    shapes = checked_shapes(shapes, video_shapes(), "(n, d, h, w, c)")
    check_configs("conv", conv, ConvConfig, 2, size=None, channels=1)
    tensors((1,), dtype, kinds=kinds)
    return _conv_videos(shapes, conv, dtype, kinds)


def conv_lstm_videos(
    *,
    shapes: SearchStrategy[tuple[int, ...]] | None = None,
    conv: Callable[..., SearchStrategy[ConvConfig]] = conv_configs,
    conv_lstm: Callable[..., SearchStrategy[ConvLSTMConfig]] = conv_lstm_configs,
    dtype: str = "float32",
    kinds: Sequence[str] | None = None,
) -> SearchStrategy[ConvLSTMVideo]:
    """Return a strategy for `ConvLSTMVideo`s.

    * `shapes` is a strategy for shapes (n, d, h, w, c), by default `video_shapes()`.
    * `conv` is called as `conv(2, size=(h, w), channels=c)` and returns a strategy for the convolution that fits. To
      bound its settings: `conv=functools.partial(conv_configs, max_strides=1)`.
    * `conv_lstm` is called as `conv_lstm(2, size=..., data_formats=(...,))`, with the size and data format that come
      out of the convolution, and returns a strategy for the ConvLSTM2D that fits.
    * `dtype` and `kinds` are those of `tensors`.

    Raises InvalidArgument for bad arguments.
    """
    videos = conv_videos(shapes=shapes, conv=conv, dtype=dtype, kinds=kinds)
    check_configs("conv_lstm", conv_lstm, ConvLSTMConfig, 2, size=None, data_formats=("channels_last",))
    return _conv_lstm_videos(videos, conv_lstm)


@st.composite
def _conv_videos(
    draw: DrawFn,
    shapes: SearchStrategy[tuple[int, ...]],
    conv: Callable[..., SearchStrategy[ConvConfig]],
    dtype: str,
    kinds: Sequence[str] | None,
) -> ConvVideo:
    n, d, h, w, c = _check.sizes("shapes", draw(shapes), 1, 5)
    config = draw(conv(2, size=(h, w), channels=c))
    first = config.data_format == "channels_first"
    shape, axes = ((n, d, c, h, w), "ndchw") if first else ((n, d, h, w, c), "ndhwc")
    return ConvVideo(draw(tensors(shape, dtype, kinds=kinds, axes=axes)), config, draw(SEEDS))


@st.composite
def _conv_lstm_videos(
    draw: DrawFn, videos: SearchStrategy[ConvVideo], conv_lstm: Callable[..., SearchStrategy[ConvLSTMConfig]]
) -> ConvLSTMVideo:
    case = draw(videos)
    length = dict(zip(case.video.axes, case.video.shape))
    size = case.conv.output_size((length["h"], length["w"]))
    config = draw(conv_lstm(2, size=size, data_formats=(case.conv.data_format,)))
    return ConvLSTMVideo(case.video, case.conv, config, case.seed)
