"""Bidirectional by hand: mistakes at the direction and at putting both together."""

from __future__ import annotations

from typing import Any, Callable, Dict, List

from likewise.cell import keras, tensorflow
from likewise.laws.recurrent import BothWays, bidirectional
from likewise_mutants.lstm import SEVERAL_STEPS
from likewise_mutants.mutant import changed, equal, planted, switched_on

LAW = "bidirectional-by-hand"


def variant(
    case: BothWays, *, backwards: bool = True, again: bool = True, swapped: bool = False, shared: bool = False
) -> Callable[[Any], Any]:
    """Two LSTMs by hand; concatenated, summed, … as the case has it.

    - backwards: whether the second goes backwards.
    - again: whether its sequence is turned around again.
    - swapped: whether the second comes first where they are concatenated.
    - shared: whether both have the same weights.
    """
    tf, layers, config = tensorflow(), keras().layers, case.recurrent
    forward = layers.LSTM(**config.kwargs())
    backward = forward if shared else layers.LSTM(**{**config.kwargs(), "go_backwards": backwards})
    merges: Dict[Any, Callable[[Any, Any], Any]] = {
        "concat": lambda one, other: tf.concat([other, one] if swapped else [one, other], axis=-1),
        "sum": lambda one, other: one + other,
        "mul": lambda one, other: one * other,
        "ave": lambda one, other: (one + other) / 2,
    }

    def call(sequence: Any) -> Any:
        there, back = forward(sequence), backward(sequence[:, ::-1] if shared else sequence)
        states: List[Any] = []
        if config.return_state:
            states = [*there[1:], *back[1:]]
            there, back = there[0], back[0]
        if config.return_sequences and again:
            back = tf.reverse(back, axis=[1])
        if case.merge_mode is None:
            return [there, back, *states]
        merged = merges[case.merge_mode](there, back)
        return [merged, *states] if states else merged

    return call


@planted(LAW, "outputs", condition=switched_on("recurrent.return_sequences"))
def not_turned_around_again(case: BothWays) -> Callable[[Any], Any]:
    return variant(case, again=False)


@planted(LAW, "outputs", condition=SEVERAL_STEPS)
def both_forward(case: BothWays) -> Callable[[Any], Any]:
    return variant(case, backwards=False, again=False)


@planted(LAW, "outputs", condition=equal("merge_mode", "concat"))
def backward_first(case: BothWays) -> Callable[[Any], Any]:
    return variant(case, swapped=True)


@planted(LAW, "variables")
def weights_shared(case: BothWays) -> Callable[[Any], Any]:
    return variant(case, shared=True)


@planted(LAW, "outputs", layer="Bidirectional", condition=equal("merge_mode", "ave"))
def sum_for_average(case: BothWays) -> Callable[[Any], Any]:
    return bidirectional(changed(case, "merge_mode", "sum" if case.merge_mode == "ave" else case.merge_mode))


@planted(LAW, "outputs", "shapes", layer="Bidirectional", condition=switched_on("recurrent.return_state"))
def states_lost(case: BothWays) -> Callable[[Any], Any]:
    return bidirectional(changed(case, "recurrent.return_state", False))


@planted(LAW, "variables", "shapes", layer="LSTM")
def one_direction_alone(case: BothWays) -> Callable[[Any], Any]:
    return keras().layers.LSTM(**case.recurrent.kwargs())  # type: ignore[no-any-return]
