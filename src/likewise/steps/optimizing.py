"""One step of an optimizer: what training makes of a program's variables, and what the optimizer keeps for each.

The loss is a fixed linear function of the outputs, so its gradient by them is the cotangent of ``differentiating``.
What layers have of losses of their own is added, and what constrains a variable holds after the step, as in ``fit``.
Rate and momentum are powers of two. In a session it is TF1's own optimizer, else that of the cell's Keras.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Dict, Iterable, List, Tuple

from likewise import nest
from likewise.cell import keras, tensorflow
from likewise.program import Call, Program
from likewise.steps.assignments import assigned_since, begun, values_after
from likewise.steps.differentiating import differentiated, in_session
from likewise.variable import inner

__all__ = ["OPTIMIZERS", "OptimizerStep"]

OPTIMIZERS = ("sgd", "adam")

RATE = 0.125
MOMENTUM = 0.5

#: The lists in which Keras 3, and Keras 2 since 2.11, keep what belongs to each variable, in the order of ``build``.
_LISTS = {"sgd": ("momentums",), "adam": ("_momentums", "_velocities")}

#: What an optimizer keeps, by name and by place.
Slots = Dict[str, Dict[int, Any]]


@dataclass(frozen=True)
class OptimizerStep:
    """The step that trains once: "variables" by place, and "slots", by name and place, for those that were trained.

    "loss" is the sum of the losses of layers' own.

    - optimizer: "sgd" (with momentum) or "adam".
    """

    optimizer: str

    def prepare(self, program: Program) -> None:
        """Make the optimizer and its variables, which cannot be created in a graph of ``tf.function``."""
        if self not in program.held and not in_session():
            tf = tensorflow()
            variables = [program.catch.made[place] for place in program.trained]
            if self.optimizer == "sgd":
                optimizer = keras().optimizers.SGD(learning_rate=RATE, momentum=MOMENTUM)
            else:
                optimizer = keras().optimizers.Adam(learning_rate=RATE)
            before = [variable.read_value() for variable in variables]
            if variables:
                # Gradients of zero change nothing, but every Keras creates all that it needs.
                optimizer.apply_gradients([(tf.zeros_like(variable), variable) for variable in variables])
                optimizer.iterations.assign(0)
            for variable, value in zip(variables, before):
                variable.assign(value)  # a constraint may have changed it
            program.held[self] = optimizer

    def __call__(self, call: Call) -> Dict[str, Any]:
        """Train once."""
        self.prepare(call.program)
        mark = begun()
        outputs, _, gradients, loss = differentiated(call, call.program.trained, training=True, losses=True)
        loss = tensorflow().zeros([], keras().backend.floatx()) if loss is None else loss
        gradients = {place: gradient for place, gradient in gradients.items() if gradient is not None}
        if not gradients:
            return {"variables": values_after(call, assigned_since(mark, call)), "slots": {}, "loss": loss}
        step = self._by_tf1 if in_session() else self._by_keras
        after, slots = step(call, gradients, mark, [outputs, loss])
        return {"variables": after, "slots": slots, "loss": loss}

    def _by_keras(self, call: Call, gradients: Dict[int, Any], mark: int, given: Any) -> Tuple[Dict[int, Any], Slots]:
        del mark, given  # eagerly, and in tf.function, everything runs in the order of the program
        optimizer = call.program.held[self]
        optimizer.apply_gradients([(gradient, call.variables[place]) for place, gradient in gradients.items()])
        _constrain(call, gradients)
        after = values_after(call, [])
        slots = self._slots(optimizer, call, list(gradients))
        values = _mapped(slots, lambda slot: slot.read_value())
        optimizer.iterations.assign(0)  # the next run finds it as new
        _mapped(slots, lambda slot: slot.assign(slot * 0))
        return after, values

    def _by_tf1(self, call: Call, gradients: Dict[int, Any], mark: int, given: Any) -> Tuple[Dict[int, Any], Slots]:
        tf = tensorflow()
        v1 = tf.compat.v1
        if self.optimizer == "sgd":
            optimizer = v1.train.MomentumOptimizer(RATE, MOMENTUM)
        else:
            optimizer = v1.train.AdamOptimizer(RATE)
        # What reads the variables as they were has to be done before any is trained.
        before = [leaf for _, leaf in nest.flatten(given) if tf.is_tensor(leaf)]
        before.extend(gradients.values())
        before.extend(assigned_since(mark, call))
        with tf.control_dependencies(before):
            trained = optimizer.apply_gradients(
                [(gradient, call.variables[place]) for place, gradient in gradients.items()]
            )
        with tf.control_dependencies([trained]):
            after = values_after(call, [trained, *_constrain(call, gradients)])
            slots = _mapped(self._slots(optimizer, call, list(gradients)), _copied)
        read = [*after.values(), *(value for by_place in slots.values() for value in by_place.values())]
        with tf.control_dependencies(read):  # the next run finds the optimizer as new
            anew = [v1.assign(each, each.initial_value).op for each in optimizer.variables()]
        with tf.control_dependencies(anew):
            return {place: tf.identity(value) for place, value in after.items()}, _mapped(slots, tf.identity)

    def _slots(self, optimizer: Any, call: Call, places: List[int]) -> Slots:
        """The variables that the optimizer has for those at ``places``."""
        if hasattr(optimizer, "get_slot"):
            return {
                name: {place: optimizer.get_slot(call.variables[place], name) for place in places}
                for name in optimizer.get_slot_names()
            }
        found = {}
        for name in _LISTS[self.optimizer]:
            of_all = dict(zip(call.program.trained, getattr(optimizer, name)))
            found[name.strip("_")] = {place: inner(of_all[place]) for place in places}
        return found


def _constrain(call: Call, places: Iterable[int]) -> List[Any]:
    """Let hold what constrains the variables at these places: the operations that do it in a TF1 graph."""
    found = []
    for place, constraint in call.program.constraints.items():
        if place in places:
            variable = call.variables[place]
            done = variable.assign(constraint(variable.read_value()))
            found.append(getattr(done, "op", done))
    return found


def _copied(slot: Any) -> Any:
    """The value of a slot: one of TF1's reference variables gives no copy, and is assigned to next."""
    return tensorflow().raw_ops.DeepCopy(x=slot.read_value())


def _mapped(slots: Slots, function: Any) -> Slots:
    return {name: {place: function(each) for place, each in found.items()} for name, found in slots.items()}
