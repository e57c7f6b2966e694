"""The same shapes: the true ones, those a graph knows, and those that are told without running anything."""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from typing import Any, Iterator, List, Optional, Sequence, Tuple

from likewise import nest
from likewise.cell import Cell
from likewise.comparison import Finding
from likewise.errors.raised import let_pass
from likewise.trial import Observation, Refusal, Side, Trial

__all__ = ["Shapes", "shapes"]

Shape = Sequence[Optional[int]]

#: In one of so many cases a program is called with Keras's symbolic tensors; in that of seed 0, the smallest, it is.
SYMBOLIC = 4


@dataclass(frozen=True)
class Shapes:
    """The true shapes are equal; what a side foretells never contradicts what comes.

    Foretold are the shapes that a graph knows, those that ``compute_output_shape`` tells, and those of Keras's symbolic
    tensors when the program is called with a Keras ``Input``. (Operations of TensorFlow refuse these in Keras 3, and
    foretell nothing so. Such a call costs as much as several others: it is made where a graph is built anyway, in one
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
    symbolic = trial.execution.mode != "eager" and trial.seed % SYMBOLIC == 0
    for who, side, seen in zip(("reference", "candidate"), trial.sides, (trial.reference, trial.candidate)):
        for title, foretold in (
            ("the graph's shape", _static(seen)),
            ("compute_output_shape", _computed(seen)),
            ("the symbolic shape", _symbolic(side) if symbolic else []),
        ):
            for (path, true), shape in zip(_true(seen), foretold):
                wrong = f"{title} of outputs{path} is {shape} in the {who}, but {true} came"
                yield "" if _admits(shape, true) else wrong


def _static_differences(trial: Trial) -> Iterator[str]:
    """The same for what the graphs know, where all dimensions are known."""
    known = zip(_true(trial.reference), _static(trial.reference), _static(trial.candidate))
    for (path, _), mine, its in known:
        wrong = f"the graph's shape of outputs{path} is {its}, but {mine} in the reference"
        yield "" if mine == its else wrong


def _true(seen: Observation) -> List[Tuple[str, Tuple[int, ...]]]:
    return [(path, leaf.shape) for path, leaf in seen.leaves() if leaf is not None]


def _static(seen: Observation) -> List[Optional[Shape]]:
    static = seen.outputs.static if seen.outputs is not None else None
    if static is None:
        return []
    return [shape for shape, (_, leaf) in zip(static, seen.leaves()) if leaf is not None]


def _computed(seen: Observation) -> List[Optional[Shape]]:
    if seen.computed_shape is None or isinstance(seen.computed_shape, Refusal):
        return []
    return _shapes_in(seen.computed_shape)


def _symbolic(side: Side) -> List[Optional[Shape]]:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            _, outputs = side.symbolic()
    except BaseException as error:  # noqa: BLE001  what takes no symbolic tensors runs all the same, and foretells nothing
        let_pass(error)
        return []
    shapes = [getattr(leaf, "shape", None) for _, leaf in nest.flatten(outputs) if leaf is not None]
    return [shape for each in shapes for shape in ([None] if each is None else _shapes_in(each))]


def _shapes_in(told: Any) -> List[Optional[Shape]]:
    """Shapes in what ``compute_output_shape`` gave: one, or several nested in lists or dicts."""
    if hasattr(told, "rank"):  # a TensorShape
        return [None if told.rank is None else tuple(told.as_list())]
    if isinstance(told, dict):
        return [shape for key in sorted(told, key=str) for shape in _shapes_in(told[key])]
    if all(size is None or isinstance(size, int) for size in told):
        return [tuple(told)]
    return [shape for part in told for shape in _shapes_in(part)]


def _admits(shape: Optional[Shape], true: Tuple[int, ...]) -> bool:
    if shape is None:
        return True
    return len(shape) == len(true) and all(known is None or known == size for known, size in zip(shape, true))


#: The same shapes, true and foretold.
shapes = Shapes()
