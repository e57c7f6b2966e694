"""Cases of layers that go along a sequence."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, Callable, Sequence

from hypothesis import strategies as st

from likewise_strategies import _check
from likewise_strategies._parts import SEEDS, check_configs, checked_shapes
from likewise_strategies.arrays import Tensor, tensors
from likewise_strategies.layers import ConvConfig, conv_configs
from likewise_strategies.recurrent import GRUConfig, LSTMConfig, SimpleRNNConfig, lstm_configs
from likewise_strategies.shapes import sequence_shapes
from likewise_strategies.splitting import data

if TYPE_CHECKING:
    from hypothesis.strategies import DrawFn, SearchStrategy

#: Convolutions that see no later step than the one that they give out.
_CAUSAL = partial(conv_configs, paddings=("causal",))


@dataclass(frozen=True)
class RecurrentSequence:
    """A sequence and the settings of a recurrent layer.

    * `sequence` has the shape (n, t, c);
    * `seed` is an int in [0, 2**64) for the weights, and data (see `split`).
    """

    sequence: Tensor
    recurrent: LSTMConfig | GRUConfig | SimpleRNNConfig
    seed: int = data(default=0)

    @property
    def inputs(self) -> Tensor:
        """What an implementation is fed with: the sequence."""
        return self.sequence


@dataclass(frozen=True)
class ConvSequence:
    """A sequence and the settings of a one-dimensional convolution that fits it.

    * `sequence` has the shape (n, t, c);
    * `seed` is an int in [0, 2**64) for the weights, and data (see `split`).
    """

    sequence: Tensor
    conv: ConvConfig
    seed: int = data(default=0)

    @property
    def inputs(self) -> Tensor:
        """What an implementation is fed with: the sequence."""
        return self.sequence


def recurrent_sequences(
    *,
    shapes: SearchStrategy[tuple[int, ...]] | None = None,
    recurrent: Callable[
        ..., SearchStrategy[LSTMConfig] | SearchStrategy[GRUConfig] | SearchStrategy[SimpleRNNConfig]
    ] = lstm_configs,
    dtype: str = "float32",
    kinds: Sequence[str] | None = None,
) -> SearchStrategy[RecurrentSequence]:
    """Return a strategy for `RecurrentSequence`s.

    * `shapes` is a strategy for shapes (n, t, c), by default `sequence_shapes()`.
    * `recurrent` is called without arguments and returns a strategy for the layer: `gru_configs`,
      `simple_rnn_configs`, or to bound its settings `functools.partial(lstm_configs, return_state=(False,))`.
    * `dtype` and `kinds` are those of `tensors`.

    Raises InvalidArgument for bad arguments.
    """
    shapes = checked_shapes(shapes, sequence_shapes(), "(n, t, c)")
    check_configs("recurrent", recurrent, (LSTMConfig, GRUConfig, SimpleRNNConfig))
    tensors((1,), dtype, kinds=kinds)
    return st.builds(RecurrentSequence, _sequences(shapes, dtype, kinds), recurrent(), SEEDS)


def conv_sequences(
    *,
    shapes: SearchStrategy[tuple[int, ...]] | None = None,
    conv: Callable[..., SearchStrategy[ConvConfig]] = _CAUSAL,
    dtype: str = "float32",
    kinds: Sequence[str] | None = None,
) -> SearchStrategy[ConvSequence]:
    """Return a strategy for `ConvSequence`s.

    * `shapes` is a strategy for shapes (n, t, c), by default `sequence_shapes()`.
    * `conv` is called as `conv(1, size=(t,), channels=c)` and returns a strategy for the convolution that fits, by
      default one with the padding "causal".
    * `dtype` and `kinds` are those of `tensors`.

    Raises InvalidArgument for bad arguments.
    """
    shapes = checked_shapes(shapes, sequence_shapes(), "(n, t, c)")
    check_configs("conv", conv, ConvConfig, 1, size=None, channels=1)
    tensors((1,), dtype, kinds=kinds)
    return _conv_sequences(_sequences(shapes, dtype, kinds), conv)


@st.composite
def _sequences(
    draw: DrawFn, shapes: SearchStrategy[tuple[int, ...]], dtype: str, kinds: Sequence[str] | None
) -> Tensor:
    shape = _check.sizes("shapes", draw(shapes), 1, 3)
    tensor: Tensor = draw(tensors(shape, dtype, kinds=kinds, axes="ntc"))
    return tensor


@st.composite
def _conv_sequences(
    draw: DrawFn, sequences: SearchStrategy[Tensor], conv: Callable[..., SearchStrategy[Any]]
) -> ConvSequence:
    sequence = draw(sequences)
    _, t, c = sequence.shape
    return ConvSequence(sequence, draw(conv(1, size=(t,), channels=c)), draw(SEEDS))
