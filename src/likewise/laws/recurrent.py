"""Laws of recurrent layers: the recurrence by hand, step by step, and both directions at once."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import Any, Callable, List

from hypothesis import strategies as st

from likewise.cell import keras, tensorflow
from likewise.claims.refusal import refusal
from likewise.claims.shapes import shapes
from likewise.law import Break, Law
from likewise.laws.by_hand import activation, weight
from likewise_strategies import (
    LSTMConfig,
    RecurrentSequence,
    Tensor,
    data,
    gru_configs,
    lstm_configs,
    recurrent_sequences,
    simple_rnn_configs,
)

__all__ = [
    "LAWS",
    "MERGE_MODES",
    "BothWays",
    "bidirectional",
    "bidirectional_by_hand",
    "gru",
    "gru_by_hand",
    "lstm",
    "lstm_by_hand",
    "simple_rnn",
    "simple_rnn_by_hand",
    "stepped",
]

#: One step: the input (n, c) and the states (n, units) to the output and the new states.
Step = Callable[[Any, List[Any]], List[Any]]


def stepped(case: RecurrentSequence, step: Step, states: int, sequence: Any) -> Any:
    """What a recurrent layer returns, from its step: states start as zeros, and the first is the output."""
    tf, config = tensorflow(), case.recurrent
    # From the input, so that a graph knows as much of the batch as of the input's.
    zeros = tf.tile(tf.zeros_like(sequence[:, 0, :1]), [1, config.units])
    state, outputs = [zeros] * states, []
    steps = range(case.sequence.shape[1])
    for place in reversed(steps) if config.go_backwards else steps:
        state = step(sequence[:, place], state)
        outputs.append(state[0])
    output = tf.stack(outputs, axis=1) if config.return_sequences else outputs[-1]
    return [output, *state] if config.return_state else output


def lstm_by_hand(case: RecurrentSequence) -> Callable[[Any], Any]:
    """The gates i, f, c, o, in this order along the last axis of the kernels."""
    tf, config, channels = tensorflow(), case.recurrent, case.sequence.shape[2]
    assert isinstance(config, LSTMConfig)
    activate, gate = activation(config.activation), activation(config.recurrent_activation)
    kernel = weight("kernel", channels, 4 * config.units)
    recurrent_kernel = weight("recurrent_kernel", config.units, 4 * config.units)
    bias = weight("bias", 4 * config.units) if config.use_bias else None

    def step(inputs: Any, states: List[Any]) -> List[Any]:
        hidden, carry = states
        gates = tf.matmul(inputs, kernel) + tf.matmul(hidden, recurrent_kernel)
        if bias is not None:
            gates = gates + bias
        of_input, of_forget, of_carry, of_output = tf.split(gates, 4, axis=1)
        carry = gate(of_forget) * carry + gate(of_input) * activate(of_carry)
        return [gate(of_output) * activate(carry), carry]

    return lambda sequence: stepped(case, step, 2, sequence)


def lstm(case: RecurrentSequence) -> Callable[[Any], Any]:
    """LSTM."""
    return keras().layers.LSTM(**case.recurrent.kwargs())  # type: ignore[no-any-return]


def gru_by_hand(case: RecurrentSequence) -> Callable[[Any], Any]:
    """The gates z, r, h, in this order along the last axis of the kernels; the reset gate where the case has it."""
    tf, config, channels = tensorflow(), case.recurrent, case.sequence.shape[2]
    units, reset_after = config.units, case.recurrent.kwargs()["reset_after"]
    activate, gate = activation(config.activation), activation(config.kwargs()["recurrent_activation"])
    kernel = weight("kernel", channels, 3 * units)
    recurrent_kernel = weight("recurrent_kernel", units, 3 * units)
    bias = None
    if config.use_bias:
        bias = weight("bias", 2, 3 * units) if reset_after else weight("bias", 3 * units)

    def step(inputs: Any, states: List[Any]) -> List[Any]:
        (hidden,) = states
        product = tf.matmul(inputs, kernel)
        if bias is not None:
            product = product + (bias[0] if reset_after else bias)
        to_update, to_reset, to_hidden = tf.split(product, 3, axis=1)
        if reset_after:
            recurrent = tf.matmul(hidden, recurrent_kernel)
            if bias is not None:
                recurrent = recurrent + bias[1]
            of_update, of_reset, of_hidden = tf.split(recurrent, 3, axis=1)
            proposed = activate(to_hidden + gate(to_reset + of_reset) * of_hidden)
        else:
            of_update, of_reset = tf.split(tf.matmul(hidden, recurrent_kernel[:, : 2 * units]), 2, axis=1)
            left = gate(to_reset + of_reset) * hidden
            proposed = activate(to_hidden + tf.matmul(left, recurrent_kernel[:, 2 * units :]))
        update = gate(to_update + of_update)
        return [update * hidden + (1 - update) * proposed]

    return lambda sequence: stepped(case, step, 1, sequence)


def gru(case: RecurrentSequence) -> Callable[[Any], Any]:
    """GRU."""
    return keras().layers.GRU(**case.recurrent.kwargs())  # type: ignore[no-any-return]


def simple_rnn_by_hand(case: RecurrentSequence) -> Callable[[Any], Any]:
    """An activation of the input's product, the state's and the bias."""
    tf, config, channels = tensorflow(), case.recurrent, case.sequence.shape[2]
    activate = activation(config.activation)
    kernel = weight("kernel", channels, config.units)
    recurrent_kernel = weight("recurrent_kernel", config.units, config.units)
    bias = weight("bias", config.units) if config.use_bias else None

    def step(inputs: Any, states: List[Any]) -> List[Any]:
        product = tf.matmul(inputs, kernel) + tf.matmul(states[0], recurrent_kernel)
        return [activate(product if bias is None else product + bias)]

    return lambda sequence: stepped(case, step, 1, sequence)


def simple_rnn(case: RecurrentSequence) -> Callable[[Any], Any]:
    """SimpleRNN."""
    return keras().layers.SimpleRNN(**case.recurrent.kwargs())  # type: ignore[no-any-return]


#: How Bidirectional puts the two directions together; None for not at all.
MERGE_MODES = ("concat", "sum", "mul", "ave", None)


@dataclass(frozen=True)
class BothWays:
    """A sequence, a recurrent layer for one direction, and how both directions are put together."""

    sequence: Tensor
    recurrent: LSTMConfig
    merge_mode: Any = "concat"
    seed: int = data(default=0)

    @property
    def inputs(self) -> Tensor:
        """What an implementation is fed with: the sequence."""
        return self.sequence


def both_ways() -> st.SearchStrategy[BothWays]:
    """Return a strategy for BothWays; the layer that is given goes forward."""
    return st.builds(
        lambda case, merge_mode: BothWays(case.sequence, case.recurrent, merge_mode, case.seed),
        # Sequences more often than last outputs, which show nothing of their order.
        recurrent_sequences(
            recurrent=partial(lstm_configs, return_sequences=(False, True, True), go_backwards=(False,))
        ),
        st.sampled_from(MERGE_MODES),
    )


def bidirectional_by_hand(case: BothWays) -> Callable[[Any], Any]:
    """Two LSTMs, the second backwards, whose sequence is turned around again; then both are put together."""
    tf, layers, config = tensorflow(), keras().layers, case.recurrent
    forward = layers.LSTM(**config.kwargs())
    backward = layers.LSTM(**{**config.kwargs(), "go_backwards": True})

    def call(sequence: Any) -> Any:
        there, back = forward(sequence), backward(sequence)
        states: List[Any] = []
        if config.return_state:
            states = [*there[1:], *back[1:]]
            there, back = there[0], back[0]
        if config.return_sequences:
            back = tf.reverse(back, axis=[1])
        outputs = [there, back] if case.merge_mode is None else [_merged(case.merge_mode, there, back)]
        return [*outputs, *states] if len(outputs) + len(states) > 1 else outputs[0]

    return call


def _merged(merge_mode: str, there: Any, back: Any) -> Any:
    if merge_mode == "concat":
        return tensorflow().concat([there, back], axis=-1)
    if merge_mode == "mul":
        return there * back
    return (there + back) / (2 if merge_mode == "ave" else 1)


def bidirectional(case: BothWays) -> Callable[[Any], Any]:
    """Bidirectional(LSTM)."""
    layers = keras().layers
    return layers.Bidirectional(  # type: ignore[no-any-return]
        layers.LSTM(**case.recurrent.kwargs()), merge_mode=case.merge_mode
    )


def _last_of_several(case: RecurrentSequence) -> bool:
    return not case.recurrent.return_sequences and case.sequence.shape[1] > 1


#: What Keras 3 makes of TF1's graphs, where steps are a loop.
BREAKS = (
    Break(
        refusal,
        because="for the last output alone, it writes an entry of a TensorArray twice",
        where="keras>=3 and behavior==compat1",
        when=_last_of_several,
    ),
    *(
        Break(
            refusal,
            because="it takes an unknown TF1 dimension for a number of steps",
            where=f"keras>=3 and behavior==compat1 and dimensions=={dimensions}",
        )
        for dimensions in ("steps", "unknown")
    ),
)

LAWS = (
    Law(
        "lstm-by-hand",
        "LSTM is its recurrence, step by step, with the gates i, f, c, o",
        source="Hochreiter and Schmidhuber, 1997; the order of the gates is Keras's",
        cases=recurrent_sequences(recurrent=lstm_configs),
        reference=lstm_by_hand,
        candidate=lstm,
        breaks=BREAKS,
    ),
    Law(
        "gru-by-hand",
        "GRU is its recurrence, step by step, with the gates z, r, h, the reset before or after the product",
        source="Cho et al., 2014; the order of the gates is Keras's",
        cases=recurrent_sequences(recurrent=gru_configs),
        reference=gru_by_hand,
        candidate=gru,
        breaks=(
            *BREAKS,
            Break(
                refusal,
                because="it cannot take the two rows of the bias apart",
                where="keras>=3 and behavior==compat1",
                when=lambda case: case.recurrent.reset_after and case.recurrent.use_bias,
            ),
        ),
    ),
    Law(
        "simple-rnn-by-hand",
        "SimpleRNN is an activation of the input's product, the state's and the bias, step by step",
        source="Keras's documentation of SimpleRNN",
        cases=recurrent_sequences(recurrent=simple_rnn_configs),
        reference=simple_rnn_by_hand,
        candidate=simple_rnn,
        breaks=BREAKS,
    ),
    Law(
        "bidirectional-by-hand",
        "Bidirectional(LSTM) is one LSTM forward and one backwards, turned around again, put together",
        source="Keras's documentation of Bidirectional",
        cases=both_ways(),
        reference=bidirectional_by_hand,
        candidate=bidirectional,
        breaks=(
            Break(
                shapes,
                because="its compute_output_shape takes the shapes of states for lengths of axes",
                where="tensorflow<2.8",
                when=lambda case: case.recurrent.return_state,
            ),
            Break(
                shapes,
                because="its compute_output_shape adds the shapes of states, a tuple, to a list",
                where="keras>=3 and keras<3.3",
                when=lambda case: case.recurrent.return_state,
            ),
        ),
    ),
)
