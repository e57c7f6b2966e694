"""Mutants of the variables: other values in one of them, one more of them, one that is not trained."""

from __future__ import annotations

import contextlib
from dataclasses import replace
from typing import Any, Callable, Dict, Iterator, List, Optional, Sequence

import numpy as np

from likewise.auditing.mutant import Mutant, Sample, built_by, candidate_of
from likewise.cell import tensorflow
from likewise.layers.wrapping import class_with, wrapped
from likewise.program import Source
from likewise.trial import Trial
from likewise.values import drawn
from likewise.variable import Variable, inner

__all__ = ["mutants"]

KIND = "variables"

#: Layers whose kernels hold several gates side by side have this many: an LSTM four, a GRU three.
_GATES = (3, 4)

#: Gives another value for the variable in this place, None where there is none.
_Change = Callable[[Trial, int], Optional[np.ndarray]]


def mutants(sample: Sample) -> Iterator[Mutant]:
    """Each variable of the candidate in turn, states of random generators and counters apart."""
    variables = sample.trial.pairing.candidate
    for place, label in enumerate(labels(variables)):
        if variables[place].kind != "weight":
            continue
        yield _revalued(f"zeroed {label}", label, "all its entries are 0", _zeroed)
        yield _revalued(f"scaled {label}", label, "all its entries are doubled", _scaled)
        yield _revalued(
            f"swapped in {label}", label, "its first entry and the next that differs change places", _swapped
        )
        yield _revalued(f"unshared {label}", label, "it has values of its own", _unshared)
        shape = variables[place].shape
        for axis in range(len(shape) - 1):
            if shape[axis] == shape[axis + 1] > 1:
                axes = f"axes {axis} and {axis + 1}"
                yield _revalued(f"transposed {label}, {axes}", label, f"its {axes} change places", _transposed(axis))
        if _gates(variables, place):
            yield _revalued(f"permuted gates of {label}", label, "its first two gates change places", _permuted)
        if _another(variables, place) is not None:
            changed = "it has the values of another variable of its shape"
            yield _revalued(f"replaced {label}", label, changed, _replaced)
        if variables[place].trainable:
            yield Mutant(f"untrained {label}", KIND, "it is not trainable", candidate=_untrained(label))
    yield Mutant("an extra variable", KIND, "the candidate has one variable more", candidate=_with_an_extra)


def labels(variables: Sequence[Variable]) -> List[str]:
    """The names without ":0", and numbered where several variables have one name."""
    names = [variable.name.partition(":")[0] for variable in variables]
    return [
        name if names.count(name) == 1 else f"{name} ({names[: place + 1].count(name)})"
        for place, name in enumerate(names)
    ]


def _revalued(name: str, label: str, changed: str, change: _Change) -> Mutant:
    def values(trial: Trial) -> Optional[Dict[int, np.ndarray]]:
        place = _place(trial, label)
        value = None if place is None else change(trial, place)
        return None if place is None or value is None else {**trial.values[1], place: value}

    return Mutant(name, KIND, changed, values=values, variable=label)


def _place(trial: Trial, label: str) -> Optional[int]:
    known = labels(trial.pairing.candidate)
    return known.index(label) if label in known else None


def _zeroed(trial: Trial, place: int) -> Optional[np.ndarray]:
    return np.zeros_like(trial.values[1][place])


def _scaled(trial: Trial, place: int) -> Optional[np.ndarray]:
    value = trial.values[1][place]
    return value * value.dtype.type(2) if value.dtype.kind in "fc" else None


def _swapped(trial: Trial, place: int) -> Optional[np.ndarray]:
    value = trial.values[1][place].copy()
    flat = value.reshape(-1)
    others = np.flatnonzero(flat != flat[:1])
    if others.size:
        flat[[0, others[0]]] = flat[[others[0], 0]]
    return np.asarray(value)


def _unshared(trial: Trial, place: int) -> Optional[np.ndarray]:
    # The pairing's own seed and the next one are taken: see trial.
    return drawn(trial.pairing.candidate, trial.seed + 2)[place]


def _transposed(axis: int) -> _Change:
    def change(trial: Trial, place: int) -> Optional[np.ndarray]:
        value = trial.values[1][place]
        square = value.ndim > axis + 1 and value.shape[axis] == value.shape[axis + 1]
        return np.swapaxes(value, axis, axis + 1).copy() if square else None

    return change


def _permuted(trial: Trial, place: int) -> Optional[np.ndarray]:
    gates = _gates(trial.pairing.candidate, place)
    if not gates:
        return None
    first, second, *others = np.split(trial.values[1][place], gates, axis=-1)
    return np.concatenate([second, first, *others], axis=-1)


def _gates(variables: Sequence[Variable], place: int) -> int:
    """How many gates a recurrent layer's kernel or bias holds side by side; 0 for another variable."""
    layer = variables[place].name.rpartition("/")[0]
    if variables[place].role not in ("kernel", "recurrent_kernel", "bias"):
        return 0
    for each in variables:
        if each.name.rpartition("/")[0] == layer and each.role == "recurrent_kernel" and len(each.shape) > 1:
            gates, rest = divmod(each.shape[-1], each.shape[-2])
            return gates if rest == 0 and gates in _GATES and variables[place].shape[-1] % gates == 0 else 0
    return 0


def _replaced(trial: Trial, place: int) -> Optional[np.ndarray]:
    other = _another(trial.pairing.candidate, place)
    return None if other is None else trial.values[1][other].copy()


def _another(variables: Sequence[Variable], place: int) -> Optional[int]:
    mine = variables[place]
    for other, each in enumerate(variables):
        if other != place and (each.shape, each.dtype, each.kind) == (mine.shape, mine.dtype, mine.kind):
            return other
    return None


def _untrained(label: str) -> Callable[[Trial], Optional[Source]]:
    def candidate(trial: Trial) -> Optional[Source]:
        source, place = candidate_of(trial), _place(trial, label)
        if source.built or place is None or not trial.pairing.candidate[place].trainable:
            return None
        created: List[Any] = []

        def build(case: Any) -> Any:
            created.clear()  # a source is built again in float64
            with _freezing(place, created):
                return source.implementation(case)

        def around(call: Callable[[Any], Any], inputs: Any) -> Any:
            with _freezing(place, created):
                return call(inputs)

        return replace(source, implementation=built_by(source, build), around=around)

    return candidate


@contextlib.contextmanager
def _freezing(place: int, created: List[Any]) -> Iterator[None]:
    """Let the variable that is created in this place not be trained; those of the program so far are in ``created``."""

    def frozen() -> bool:
        return len(created) == place

    def creator(next_creator: Any, **arguments: Any) -> Any:
        if frozen():
            arguments["trainable"] = False
        variable = next_creator(**arguments)
        created.append(variable)
        return variable

    with tensorflow().compat.v1.variable_creator_scope(creator), _weights_frozen(frozen) as added:
        yield
    # Keras 3 may add weights first and create TensorFlow's variables later.
    for weight in added:
        if len(created) > place and inner(weight) is created[place] is not weight:
            weight.trainable = False


@contextlib.contextmanager
def _weights_frozen(frozen: Callable[[], bool]) -> Iterator[List[Any]]:
    """Let Keras's layers add a weight that is not trained where ``frozen`` says so: they keep lists of their own.

    Gives the weights that are added within.
    """
    added: List[Any] = []

    def wrap(original: Callable[..., Any]) -> Callable[..., Any]:
        def adding(layer: Any, *arguments: Any, **keywords: Any) -> Any:
            weight = original(layer, *arguments, **({**keywords, "trainable": False} if frozen() else keywords))
            added.append(weight)
            return weight

        return adding

    with wrapped(class_with("add_weight"), "add_weight", wrap):
        yield added


def _with_an_extra(trial: Trial) -> Optional[Source]:
    source = candidate_of(trial)
    if source.built:
        return None

    def build(case: Any) -> Any:
        tensorflow().Variable(1.0, name="extra")
        return source.implementation(case)

    return replace(source, implementation=built_by(source, build))
