"""LSTM by hand: mistakes at gates, states and steps."""

from __future__ import annotations

from typing import Any, Callable, List

from likewise.cell import keras, tensorflow
from likewise.laws.by_hand import activation, weight
from likewise.laws.recurrent import lstm, stepped
from likewise_mutants.mutant import Condition, changed, planted, switched_off, switched_on, unlike
from likewise_strategies import RecurrentSequence

LAW = "lstm-by-hand"

SEVERAL_STEPS = Condition("sequence.shape", "t > 1", lambda case: case.sequence.shape[1] > 1)


def variant(
    case: RecurrentSequence,
    *,
    order: str = "ifco",
    forget_bias: float = 0.0,
    initial: float = 0.0,
    squashed: bool = True,
    peeks: bool = False,
) -> Callable[[Any], Any]:
    """An LSTM by hand that differs from Keras's in what is given.

    - order: that of the gates along the last axis of the kernels.
    - forget_bias: what is added to the forget gate.
    - initial: the value of both states before the first step.
    - squashed: whether the output goes through the activation.
    - peeks: whether the output is made from the carry before the step.
    """
    tf, config = tensorflow(), case.recurrent
    activate, gate = activation(config.activation), activation(config.kwargs()["recurrent_activation"])
    kernel = weight("kernel", case.sequence.shape[2], 4 * config.units)
    recurrent_kernel = weight("recurrent_kernel", config.units, 4 * config.units)
    bias = weight("bias", 4 * config.units) if config.use_bias else None
    steps: List[int] = []

    def step(inputs: Any, states: List[Any]) -> List[Any]:
        hidden, carry = [state + initial for state in states] if not steps else states
        steps.append(1)
        gates = tf.matmul(inputs, kernel) + tf.matmul(hidden, recurrent_kernel)
        part = dict(zip(order, tf.split(gates if bias is None else gates + bias, 4, axis=1)))
        after = gate(part["f"] + forget_bias) * carry + gate(part["i"]) * activate(part["c"])
        out = carry if peeks else after
        hidden = gate(part["o"]) * (activate(out) if squashed else out)
        return [hidden, after]

    def call(sequence: Any) -> Any:
        del steps[:]
        return stepped(case, step, 2, sequence)

    return call


@planted(LAW, "outputs")
def gates_of_basic_lstm_cell(case: RecurrentSequence) -> Callable[[Any], Any]:
    """TensorFlow 1's BasicLSTMCell has the order i, c, f, o."""
    return variant(case, order="icfo")


@planted(LAW, "outputs", condition=SEVERAL_STEPS)
def forget_bias_of_basic_lstm_cell(case: RecurrentSequence) -> Callable[[Any], Any]:
    """TensorFlow 1's BasicLSTMCell adds 1 to the forget gate at each step; Keras puts it into the initial bias."""
    return variant(case, forget_bias=1.0)


@planted(LAW, "outputs")
def state_starts_with_ones(case: RecurrentSequence) -> Callable[[Any], Any]:
    return variant(case, initial=1.0)


@planted(LAW, "outputs", condition=unlike("recurrent.activation", "linear"))
def output_not_squashed(case: RecurrentSequence) -> Callable[[Any], Any]:
    return variant(case, squashed=False)


@planted(LAW, "outputs")
def carry_of_the_step_before(case: RecurrentSequence) -> Callable[[Any], Any]:
    return variant(case, peeks=True)


@planted(LAW, "variables", layer="LSTM", condition=switched_on("recurrent.use_bias"))
def bias_lost(case: RecurrentSequence) -> Callable[[Any], Any]:
    return lstm(changed(case, "recurrent.use_bias", False))


@planted(LAW, "outputs", layer="LSTM", condition=switched_on("recurrent.go_backwards"))
def direction_ignored(case: RecurrentSequence) -> Callable[[Any], Any]:
    return lstm(changed(case, "recurrent.go_backwards", False))


@planted(LAW, "outputs", layer="LSTM", condition=unlike("recurrent.recurrent_activation", "hard_sigmoid"))
def default_of_another_keras(case: RecurrentSequence) -> Callable[[Any], Any]:
    return lstm(changed(case, "recurrent.recurrent_activation", "hard_sigmoid"))


@planted(LAW, "outputs", layer="LSTM", condition=unlike("recurrent.activation", "tanh"))
def always_tanh(case: RecurrentSequence) -> Callable[[Any], Any]:
    """As cuDNN has it."""
    return lstm(changed(case, "recurrent.activation", "tanh"))


@planted(LAW, "outputs", "shapes", "refusal", layer="LSTM", condition=switched_on("recurrent.return_sequences"))
def last_output_for_the_sequence(case: RecurrentSequence) -> Callable[[Any], Any]:
    return lstm(changed(case, "recurrent.return_sequences", False))


@planted(LAW, "outputs", condition=switched_off("recurrent.return_sequences"))
def first_output_for_the_last(case: RecurrentSequence) -> Callable[[Any], Any]:
    layer = lstm(changed(case, "recurrent.return_sequences", True))

    def call(sequence: Any) -> Any:
        outputs = layer(sequence)
        if case.recurrent.return_sequences:
            return outputs
        return [outputs[0][:, 0], *outputs[1:]] if case.recurrent.return_state else outputs[:, 0]

    return call


@planted(LAW, "outputs", condition=switched_on("recurrent.return_state"))
def states_swapped(case: RecurrentSequence) -> Callable[[Any], Any]:
    layer = lstm(case)

    def call(sequence: Any) -> Any:
        outputs = layer(sequence)
        return [outputs[0], outputs[2], outputs[1]] if case.recurrent.return_state else outputs

    return call


@planted(LAW, "outputs", "shapes", "refusal")
def time_for_batch(case: RecurrentSequence) -> Callable[[Any], Any]:
    """The sequence is handed over with time first, as PyTorch's layers take it by default."""
    tf, layer, config = tensorflow(), lstm(case), case.recurrent

    def turned(outputs: Any) -> Any:
        return tf.transpose(outputs, [1, 0, 2]) if config.return_sequences else outputs

    def call(sequence: Any) -> Any:
        outputs = layer(tf.transpose(sequence, [1, 0, 2]))
        return [turned(outputs[0]), *outputs[1:]] if config.return_state else turned(outputs)

    return call


@planted(LAW, "outputs", "shapes", condition=SEVERAL_STEPS)
def last_step_missing(case: RecurrentSequence) -> Callable[[Any], Any]:
    layer, steps = lstm(case), case.sequence.shape[1]
    return lambda sequence: layer(sequence[:, : max(steps - 1, 1)])


@planted(LAW, "outputs", condition=SEVERAL_STEPS)
def first_step_ignored(case: RecurrentSequence) -> Callable[[Any], Any]:
    """The first step is zeros, as if it were padding."""
    layer, steps = lstm(case), case.sequence.shape[1]

    def call(sequence: Any) -> Any:
        later = tensorflow().concat([sequence[:, :1] * 0, sequence[:, 1:]], axis=1)
        return layer(later if steps > 1 else sequence)

    return call


@planted(LAW, "variables", "refusal", layer="GRU")
def another_layer(case: RecurrentSequence) -> Callable[[Any], Any]:
    config = case.recurrent.kwargs()
    del config["unit_forget_bias"]
    return keras().layers.GRU(**config)  # type: ignore[no-any-return]
