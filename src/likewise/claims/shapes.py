"""The same shapes: the true ones, those a graph knows, and those that are told without running anything."""

from __future__ import annotations

import numbers
import warnings
from dataclasses import dataclass
from typing import Any, Iterator, List, Optional, Sequence, Tuple, Union

from likewise import nest
from likewise.cell import Cell
from likewise.comparison import Finding
from likewise.errors import LikewiseError
from likewise.errors.raised import let_pass
from likewise.formats import is_layer
from likewise.holding import SIDES
from likewise.modes.session import INSIDE_A_LOOP
from likewise.trial import Observation, Refusal, Side, Trial

__all__ = ["Shapes", "shapes"]

Shape = Sequence[Optional[int]]

#: In one of so many cases a program is called with Keras's symbolic tensors; in that of seed 0, the smallest, it is.
SYMBOLIC = 4


@dataclass(frozen=True)
class Shapes:
    """The true shapes are equal; what a side foretells never contradicts what comes.

    Foretold are the shapes that a graph knows, those that ``compute_output_shape`` tells, and those of Keras's symbolic
    tensors when the program is called with a Keras ``Input``: as many as there are outputs. (Operations of TensorFlow
    refuse symbolic tensors in Keras 3, and foretell nothing so; a Keras layer or model may not refuse them where the
    other side takes them. Such a call costs as much as several others: it is made where a graph is built anyway, in one
    of four cases, by their seed.)
    With static dimensions, what the graphs know is equal on both sides, too. With unknown ones a side may know more
    than the other (a split tells its number of frames): that is no contradiction. ``compute_output_shape`` may raise
    on both sides, not on one alone.
    """

    name: str = "shapes"

    def why_not(self, cell: Cell) -> Optional[str]:
        return None

    def compare(self, trial: Trial) -> Finding:
        if not trial.ran:
            return Finding(self.name, None, message="a side raised, so there are no shapes")
        told = [*_differences(trial), *_refusals(trial), *_contradictions(trial)]
        if trial.execution.dimensions == "static":
            told.extend(_static_differences(trial))
        wrong = [each for each in told if each]
        return Finding(
            self.name,
            "different" if wrong else "identical",
            len(told),
            message="\n".join(wrong),
        )


def _differences(trial: Trial) -> Iterator[str]:
    """A text for each output: what is wrong with its true shape, "" where nothing is."""
    one, other = _true(trial.reference), _true(trial.candidate)
    for (path, mine), (_, its) in zip(one, other):
        yield "" if mine == its else f"outputs{path}.shape={its}, but {mine} in the reference"
    if len(one) != len(other):
        yield f"{len(other)} outputs, but {len(one)} in the reference"


def _refusals(trial: Trial) -> Iterator[str]:
    """The same for ``compute_output_shape``, which may raise where the call does not."""
    told = trial.reference.computed_shape, trial.candidate.computed_shape
    raised = [isinstance(each, Refusal) for each in told]
    if any(raised):
        place = raised.index(True)
        side = ("reference", "candidate")[place]
        yield "" if all(raised) else f"compute_output_shape of the {side} raises: {told[place]}"


def _contradictions(trial: Trial) -> Iterator[str]:
    """The same for what each side foretold of its own outputs."""
    symbolic = trial.execution.traits.graphs and trial.seed % SYMBOLIC == 0
    told = [_symbolic(side) if symbolic else None for side in trial.sides]
    yield from _symbolic_refusals(trial, told)
    for who, of_symbolic, seen in zip(SIDES, told, (trial.reference, trial.candidate)):
        for title, foretold in (
            ("the graph's shape", _static(seen)),
            ("compute_output_shape", _computed(seen)),
            ("the symbolic shape", of_symbolic),
        ):
            true = _true(seen)
            if isinstance(foretold, _NoShapes):
                yield f"{title} is {foretold.told!r} in the {who}, which are no shapes of {_counted(len(true))}"
            elif isinstance(foretold, list) and len(foretold) != len(true):
                yield f"{title} foretells {_counted(len(foretold))} in the {who}, but {_counted(len(true))} came"
            elif isinstance(foretold, list):
                for (path, came), shape in zip(true, foretold):
                    wrong = f"{title} of outputs{path} is {shape} in the {who}, but {came} came"
                    yield "" if _admits(shape, came) else wrong


def _symbolic_refusals(trial: Trial, told: Sequence[Any]) -> Iterator[str]:
    """The same for a Keras layer or model that refuses symbolic tensors, where the other side takes them.

    (What is no layer may be made of TensorFlow's operations, which refuse them in Keras 3: that is no fault.)
    """
    raised = [isinstance(each, Refusal) for each in told]
    for who, side, each, other in zip(SIDES, trial.sides, told, reversed(raised)):
        if isinstance(each, Refusal) and not other and is_layer(side):
            yield f"the {who} raises for Keras's symbolic tensors: {each}"


def _static_differences(trial: Trial) -> Iterator[str]:
    """The same for what the graphs know, where all dimensions are known."""
    known = zip(_true(trial.reference), _static(trial.reference) or [], _static(trial.candidate) or [])
    for (path, _), mine, its in known:
        wrong = f"the graph's shape of outputs{path} is {its}, but {mine} in the reference"
        yield "" if mine == its else wrong


def _true(seen: Observation) -> List[Tuple[str, Tuple[int, ...]]]:
    return [(path, leaf.shape) for path, leaf in seen.leaves() if leaf is not None]


def _static(seen: Observation) -> Optional[List[Optional[Shape]]]:
    static = seen.outputs.static if seen.outputs is not None else None
    if static is None:
        return None
    return [shape for shape, (_, leaf) in zip(static, seen.leaves()) if leaf is not None]


class _NoShapes(Exception):
    """What is told for shapes, and is none."""

    def __init__(self, told: Any) -> None:
        super().__init__()
        self.told = told


#: The shapes that are foretold, None for nothing; a Refusal where a program raises, or what is told and is no shape.
Told = Union[None, List[Optional[Shape]], Refusal, _NoShapes]


def _computed(seen: Observation) -> Told:
    if seen.computed_shape is None or isinstance(seen.computed_shape, Refusal):
        return None
    try:
        return _shapes_in(seen.computed_shape)
    except _NoShapes:
        return _NoShapes(seen.computed_shape)


def _symbolic(side: Side) -> Told:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            side.symbolic_inputs()
    except Exception:  # noqa: BLE001  Keras has no such symbolic tensors
        return None
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            _, outputs = side.symbolic()
    except LikewiseError:  # such as of a program that makes its layers anew at each call
        return None
    except BaseException as error:  # noqa: BLE001  whatever a program raises
        let_pass(error)
        refusal = Refusal.of(error, "symbolic call")
        return None if INSIDE_A_LOOP in refusal.message else refusal
    shapes = [getattr(leaf, "shape", None) for _, leaf in nest.flatten(outputs) if leaf is not None]
    try:
        return [shape for each in shapes for shape in ([None] if each is None else _shapes_in(each))]
    except _NoShapes as told:
        return told


def _shapes_in(told: Any) -> List[Optional[Shape]]:
    """Shapes in what ``compute_output_shape`` gave: one, or several nested in lists or dicts.

    Raises _NoShapes for anything else.
    """
    if hasattr(told, "rank"):  # a TensorShape
        return [None if told.rank is None else tuple(told.as_list())]
    if hasattr(told, "shape") and not isinstance(told, (dict, list, tuple)):  # what Keras tells of a tensor
        return _shapes_in(told.shape)
    if isinstance(told, dict):
        return [shape for key in sorted(told, key=str) for shape in _shapes_in(told[key])]
    if not isinstance(told, (list, tuple)):
        raise _NoShapes(told)
    if all(size is None or isinstance(size, numbers.Integral) for size in told):
        return [tuple(told)]
    return [shape for part in told for shape in _shapes_in(part)]


def _counted(outputs: int) -> str:
    return "1 output" if outputs == 1 else f"{outputs} outputs"


def _admits(shape: Optional[Shape], true: Tuple[int, ...]) -> bool:
    if shape is None:
        return True
    return len(shape) == len(true) and all(known is None or known == size for known, size in zip(shape, true))


#: The same shapes, true and foretold.
shapes = Shapes()
