"""Settings of recurrent layers, valid from TensorFlow 1.15 to Keras 3."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Mapping, Sequence

from hypothesis import strategies as st

from likewise_strategies import _check
from likewise_strategies.layers import ACTIVATIONS, RECURRENT_ACTIVATIONS

if TYPE_CHECKING:
    from hypothesis.strategies import SearchStrategy

_BOTH = (False, True)
_UNITS = 4


@dataclass(frozen=True)
class LSTMConfig:
    """The settings of a Keras `LSTM`, as `kwargs()` hands them over.

    * `units` is an int of at least 1. Raises InvalidArgument where it is not.
    """

    units: int
    activation: str = "tanh"
    recurrent_activation: str = "sigmoid"
    use_bias: bool = True
    unit_forget_bias: bool = True
    return_sequences: bool = False
    return_state: bool = False
    go_backwards: bool = False
    unroll: bool = False
    dropout: float = 0.0
    recurrent_dropout: float = 0.0

    def __post_init__(self) -> None:
        _check.at_least("units", self.units, 1)

    def kwargs(self) -> dict[str, Any]:
        """Return the keyword arguments for `LSTM`."""
        return dict(vars(self))


@dataclass(frozen=True)
class GRUConfig:
    """The settings of a Keras `GRU`, as `kwargs()` hands them over.

    * `units` is an int of at least 1. Raises InvalidArgument where it is not.
    * `reset_after` says where the reset gate is applied: to the product with the recurrent kernel (and the bias then
      has two rows), or to the state before it.
    """

    units: int
    activation: str = "tanh"
    recurrent_activation: str = "sigmoid"
    use_bias: bool = True
    reset_after: bool = True
    return_sequences: bool = False
    return_state: bool = False
    go_backwards: bool = False
    unroll: bool = False
    dropout: float = 0.0
    recurrent_dropout: float = 0.0

    def __post_init__(self) -> None:
        _check.at_least("units", self.units, 1)

    def kwargs(self) -> dict[str, Any]:
        """Return the keyword arguments for `GRU`."""
        return dict(vars(self))


@dataclass(frozen=True)
class SimpleRNNConfig:
    """The settings of a Keras `SimpleRNN`, as `kwargs()` hands them over.

    * `units` is an int of at least 1. Raises InvalidArgument where it is not.
    """

    units: int
    activation: str = "tanh"
    use_bias: bool = True
    return_sequences: bool = False
    return_state: bool = False
    go_backwards: bool = False
    unroll: bool = False
    dropout: float = 0.0
    recurrent_dropout: float = 0.0

    def __post_init__(self) -> None:
        _check.at_least("units", self.units, 1)

    def kwargs(self) -> dict[str, Any]:
        """Return the keyword arguments for `SimpleRNN`."""
        return dict(vars(self))


def lstm_configs(
    *,
    min_units: int = 1,
    max_units: int | None = None,
    activations: Sequence[str] = ACTIVATIONS,
    recurrent_activations: Sequence[str] = RECURRENT_ACTIVATIONS,
    use_bias: Sequence[bool] = _BOTH,
    unit_forget_bias: Sequence[bool] = _BOTH,
    return_sequences: Sequence[bool] = _BOTH,
    return_state: Sequence[bool] = _BOTH,
    go_backwards: Sequence[bool] = _BOTH,
    unroll: Sequence[bool] = (False,),
    max_dropout: float = 0.0,
    max_recurrent_dropout: float = 0.0,
) -> SearchStrategy[LSTMConfig]:
    """Return a strategy for settings of LSTMs, such that Keras accepts each.

    * `min_units` and `max_units` bound the units, 4 at most by default.
    * `max_dropout` and `max_recurrent_dropout` bound the dropouts, which are off by default; less than 1.
    * the others, in the plural or named as the setting, are what is drawn from, the plainest first. `unroll` is True
      only where it is asked for: a graph then has to know the number of steps.

    A `max_units` left out is its default, or `min_units` where that is more. Raises InvalidArgument for arguments out
    of range and bounds that exclude everything.
    """
    return st.builds(
        LSTMConfig,
        recurrent_activation=_gates(recurrent_activations),
        unit_forget_bias=_switch("unit_forget_bias", unit_forget_bias),
        **_common(
            _check.span("units", min_units, max_units, _UNITS),
            activations,
            {
                "use_bias": use_bias,
                "return_sequences": return_sequences,
                "return_state": return_state,
                "go_backwards": go_backwards,
                "unroll": unroll,
            },
            {"dropout": max_dropout, "recurrent_dropout": max_recurrent_dropout},
        ),
    )


def gru_configs(
    *,
    min_units: int = 1,
    max_units: int | None = None,
    activations: Sequence[str] = ACTIVATIONS,
    recurrent_activations: Sequence[str] = RECURRENT_ACTIVATIONS,
    use_bias: Sequence[bool] = _BOTH,
    reset_after: Sequence[bool] = _BOTH,
    return_sequences: Sequence[bool] = _BOTH,
    return_state: Sequence[bool] = _BOTH,
    go_backwards: Sequence[bool] = _BOTH,
    unroll: Sequence[bool] = (False,),
    max_dropout: float = 0.0,
    max_recurrent_dropout: float = 0.0,
) -> SearchStrategy[GRUConfig]:
    """Return a strategy for settings of GRUs, such that Keras accepts each.

    * `min_units` and `max_units` bound the units, 4 at most by default.
    * `max_dropout` and `max_recurrent_dropout` bound the dropouts, which are off by default; less than 1.
    * the others, in the plural or named as the setting, are what is drawn from, the plainest first. `unroll` is True
      only where it is asked for: a graph then has to know the number of steps.

    A `max_units` left out is its default, or `min_units` where that is more. Raises InvalidArgument for arguments out
    of range and bounds that exclude everything.
    """
    return st.builds(
        GRUConfig,
        recurrent_activation=_gates(recurrent_activations),
        reset_after=_switch("reset_after", reset_after),
        **_common(
            _check.span("units", min_units, max_units, _UNITS),
            activations,
            {
                "use_bias": use_bias,
                "return_sequences": return_sequences,
                "return_state": return_state,
                "go_backwards": go_backwards,
                "unroll": unroll,
            },
            {"dropout": max_dropout, "recurrent_dropout": max_recurrent_dropout},
        ),
    )


def simple_rnn_configs(
    *,
    min_units: int = 1,
    max_units: int | None = None,
    activations: Sequence[str] = ACTIVATIONS,
    use_bias: Sequence[bool] = _BOTH,
    return_sequences: Sequence[bool] = _BOTH,
    return_state: Sequence[bool] = _BOTH,
    go_backwards: Sequence[bool] = _BOTH,
    unroll: Sequence[bool] = (False,),
    max_dropout: float = 0.0,
    max_recurrent_dropout: float = 0.0,
) -> SearchStrategy[SimpleRNNConfig]:
    """Return a strategy for settings of SimpleRNNs, such that Keras accepts each.

    * `min_units` and `max_units` bound the units, 4 at most by default.
    * `max_dropout` and `max_recurrent_dropout` bound the dropouts, which are off by default; less than 1.
    * the others, in the plural or named as the setting, are what is drawn from, the plainest first. `unroll` is True
      only where it is asked for: a graph then has to know the number of steps.

    A `max_units` left out is its default, or `min_units` where that is more. Raises InvalidArgument for arguments out
    of range and bounds that exclude everything.
    """
    return st.builds(
        SimpleRNNConfig,
        **_common(
            _check.span("units", min_units, max_units, _UNITS),
            activations,
            {
                "use_bias": use_bias,
                "return_sequences": return_sequences,
                "return_state": return_state,
                "go_backwards": go_backwards,
                "unroll": unroll,
            },
            {"dropout": max_dropout, "recurrent_dropout": max_recurrent_dropout},
        ),
    )


def _common(
    units: tuple[int, int],
    activations: Sequence[str],
    switches: Mapping[str, Sequence[bool]],
    dropouts: Mapping[str, float],
) -> dict[str, SearchStrategy[Any]]:
    """Return strategies for the settings that all recurrent layers have."""
    return {
        "units": st.integers(*units),
        "activation": st.sampled_from(_check.choices("activations", activations, ACTIVATIONS)),
        **{name: _switch(name, values) for name, values in switches.items()},
        **{name: st.sampled_from(_check.rates(f"max_{name}", high)) for name, high in dropouts.items()},
    }


def _gates(activations: Sequence[str]) -> SearchStrategy[str]:
    return st.sampled_from(_check.choices("recurrent_activations", activations, RECURRENT_ACTIVATIONS))


def _switch(name: str, values: Sequence[bool]) -> SearchStrategy[bool]:
    return st.sampled_from(_check.choices(name, values, _BOTH))
