"""GRU and SimpleRNN by hand: mistakes at gates, biases and states."""

from __future__ import annotations

from typing import Any, Callable, List

from likewise.cell import tensorflow
from likewise.laws.by_hand import activation, weight
from likewise.laws.recurrent import gru, simple_rnn, stepped
from likewise_mutants.lstm import SEVERAL_STEPS
from likewise_mutants.mutant import Condition, changed, planted, switched_on, unlike
from likewise_strategies import RecurrentSequence

GRU, SIMPLE = "gru-by-hand", "simple-rnn-by-hand"


def variant(
    case: RecurrentSequence, *, order: str = "zrh", kept: bool = True, second_bias: bool = True
) -> Callable[[Any], Any]:
    """A GRU by hand that differs from Keras's in what is given.

    - order: that of the gates along the last axis of the kernels.
    - kept: whether the update gate says what is kept of the state, or what is taken from the proposal.
    - second_bias: whether the recurrent product has its bias, where the reset comes after it.
    """
    tf, config, units = tensorflow(), case.recurrent, case.recurrent.units
    after = config.kwargs()["reset_after"]
    activate, gate = activation(config.activation), activation(config.kwargs()["recurrent_activation"])
    kernel = weight("kernel", case.sequence.shape[2], 3 * units)
    recurrent_kernel = weight("recurrent_kernel", units, 3 * units)
    bias = weight("bias", *([2] if after else []), 3 * units) if config.use_bias else None

    def step(inputs: Any, states: List[Any]) -> List[Any]:
        (hidden,) = states
        product, recurrent = tf.matmul(inputs, kernel), tf.matmul(hidden, recurrent_kernel)
        if bias is not None:
            product = product + (bias[0] if after else bias)
            recurrent = recurrent + bias[1] if after and second_bias else recurrent
        of_input, of_state = (dict(zip(order, tf.split(each, 3, axis=1))) for each in (product, recurrent))
        reset, update = gate(of_input["r"] + of_state["r"]), gate(of_input["z"] + of_state["z"])
        if after:
            proposed = activate(of_input["h"] + reset * of_state["h"])
        else:
            columns = dict(zip(order, tf.split(tf.convert_to_tensor(recurrent_kernel), 3, axis=1)))
            proposed = activate(of_input["h"] + tf.matmul(reset * hidden, columns["h"]))
        keep = update if kept else 1 - update
        return [keep * hidden + (1 - keep) * proposed]

    return lambda sequence: stepped(case, step, 1, sequence)


@planted(GRU, "outputs")
def gates_of_pytorch(case: RecurrentSequence) -> Callable[[Any], Any]:
    """PyTorch has the order r, z, n."""
    return variant(case, order="rzh")


@planted(GRU, "outputs")
def update_gate_the_other_way(case: RecurrentSequence) -> Callable[[Any], Any]:
    """As the later papers write it."""
    return variant(case, kept=False)


@planted(GRU, "outputs", condition=switched_on("recurrent.reset_after"))
def second_bias_ignored(case: RecurrentSequence) -> Callable[[Any], Any]:
    return variant(case, second_bias=False)


@planted(GRU, "variables", "outputs", "refusal", layer="GRU")
def reset_at_the_other_place(case: RecurrentSequence) -> Callable[[Any], Any]:
    """The default of TensorFlow 1 where that of TensorFlow 2 is meant, and the other way round."""
    return gru(changed(case, "recurrent.reset_after", not case.recurrent.kwargs()["reset_after"]))


@planted(GRU, "outputs", layer="GRU", condition=switched_on("recurrent.go_backwards"))
def direction_ignored(case: RecurrentSequence) -> Callable[[Any], Any]:
    return gru(changed(case, "recurrent.go_backwards", False))


@planted(GRU, "outputs", "shapes", layer="GRU", condition=switched_on("recurrent.return_state"))
def state_lost(case: RecurrentSequence) -> Callable[[Any], Any]:
    return gru(changed(case, "recurrent.return_state", False))


@planted(GRU, "variables", layer="GRU", condition=switched_on("recurrent.use_bias"))
def gru_bias_lost(case: RecurrentSequence) -> Callable[[Any], Any]:
    return gru(changed(case, "recurrent.use_bias", False))


def simple_variant(case: RecurrentSequence, advance: Callable[..., Any]) -> Callable[[Any], Any]:
    """A SimpleRNN by hand: ``advance`` makes the next state from input, state, kernels, a bias and the activation."""
    config = case.recurrent
    activate = activation(config.activation)
    kernel = weight("kernel", case.sequence.shape[2], config.units)
    recurrent_kernel = weight("recurrent_kernel", config.units, config.units)
    bias = weight("bias", config.units) if config.use_bias else 0.0
    return lambda sequence: stepped(
        case,
        lambda inputs, states: [advance(inputs, states[0], kernel, recurrent_kernel, bias, activate)],
        1,
        sequence,
    )


@planted(
    SIMPLE,
    "outputs",
    condition=Condition("recurrent.units", "units > 1", lambda case: case.recurrent.units > 1),
)
def recurrent_kernel_transposed(case: RecurrentSequence) -> Callable[[Any], Any]:
    tf = tensorflow()
    return simple_variant(
        case,
        lambda x, h, kernel, recurrent, bias, activate: activate(
            tf.matmul(x, kernel) + tf.matmul(h, recurrent, transpose_b=True) + bias
        ),
    )


@planted(SIMPLE, "outputs", condition=unlike("recurrent.activation", "linear"))
def state_added_after_the_activation(case: RecurrentSequence) -> Callable[[Any], Any]:
    tf = tensorflow()
    return simple_variant(
        case,
        lambda x, h, kernel, recurrent, bias, activate: activate(tf.matmul(x, kernel) + bias) + tf.matmul(h, recurrent),
    )


@planted(SIMPLE, "outputs", condition=SEVERAL_STEPS)
def state_ignored(case: RecurrentSequence) -> Callable[[Any], Any]:
    tf = tensorflow()
    return simple_variant(
        case,
        lambda x, h, kernel, recurrent, bias, activate: activate(
            tf.matmul(x, kernel) + tf.matmul(h, recurrent) * 0.0 + bias
        ),
    )


@planted(SIMPLE, "outputs", condition=switched_on("recurrent.use_bias"))
def bias_twice(case: RecurrentSequence) -> Callable[[Any], Any]:
    """One bias at the input's product and one at the state's, as PyTorch has them, both the same."""
    tf = tensorflow()
    return simple_variant(
        case,
        lambda x, h, kernel, recurrent, bias, activate: activate(
            tf.matmul(x, kernel) + bias + tf.matmul(h, recurrent) + bias
        ),
    )


@planted(SIMPLE, "outputs", layer="SimpleRNN", condition=unlike("recurrent.activation", "tanh"))
def always_tanh(case: RecurrentSequence) -> Callable[[Any], Any]:
    return simple_rnn(changed(case, "recurrent.activation", "tanh"))
