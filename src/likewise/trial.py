"""One case in one execution: both programs built, their variables paired and shared, both run."""

from __future__ import annotations

import contextlib
import re
import warnings
from dataclasses import dataclass, field
from typing import Any, Callable, Dict, Iterator, List, Mapping, Optional, Tuple

import numpy as np
from hypothesis.errors import HypothesisException

from likewise import nest
from likewise.cell import precision
from likewise.errors import LikewiseError
from likewise.execution import Execution, signature
from likewise.inputs import Inputs, moved_by_one_ulp
from likewise.modes import Outputs, Running
from likewise.pairing import Pairing, pair_variables
from likewise.program import Program, Source
from likewise.values import drawn, inexact
from likewise.variable import Variable

__all__ = ["Observation", "Refusal", "Side", "Trial", "tried"]

#: How many times inputs and weights are moved by one ULP where float64 cannot run.
JITTERS = 8


#: Lines of TensorFlow's and Keras's messages that tell where, not why.
_FRAME = re.compile(
    r"\s*(in user code:|Graph execution error:|Detected at node|Exception encountered|"
    r"Call arguments|Arguments received|Original stack|File \"|\S.*\*$|<stack traces)"
)

#: How AutoGraph and Keras quote the error that they wrap.
_QUOTED = re.compile(r"^\s*[A-Za-z_.]*(?:Error|Exception): (.+)$", re.MULTILINE)


@dataclass(frozen=True)
class Refusal:
    """What a program raised: the type's name, its message, and whether building or running."""

    type: str
    message: str
    step: str

    @classmethod
    def of(cls, error: Exception, step: str) -> Refusal:
        """The refusal that an exception is."""
        return cls(type(error).__name__, str(error), step)

    def __str__(self) -> str:
        """The type and the one line that says why, without the frames that TensorFlow puts in."""
        text = re.sub("\x1b\\[[0-9;]*m", "", self.message)
        quoted = _QUOTED.findall(text) if text.lstrip().startswith("in user code:") else []
        lines = [line.strip() for line in text.splitlines() if not _FRAME.match(line)]
        telling = [*quoted[-1:], *filter(None, lines), text.strip()]
        return f"{self.type}: {telling[0]}"


@dataclass(frozen=True)
class Observation:
    """What was seen of one program: its variables and outputs, or its refusal."""

    variables: Tuple[Variable, ...] = ()
    outputs: Optional[Outputs] = None
    computed_shape: Any = None
    refusal: Optional[Refusal] = None

    def leaves(self) -> List[Tuple[str, Any]]:
        """The outputs with their paths."""
        return [] if self.outputs is None else nest.flatten(self.outputs.values)


@dataclass
class Trial:
    """All that claims look at: both observations and the pairing, and both again in float64."""

    execution: Execution
    reference: Observation
    candidate: Observation
    pairing: Pairing
    inputs: Inputs
    sides: Tuple[Side, Side]
    values: Tuple[Dict[int, np.ndarray], Dict[int, np.ndarray]]
    _precise: Callable[[], Optional[Tuple[Observation, Observation]]]
    _jittered: Callable[[], List[Observation]]
    _memo: Dict[str, Any] = field(default_factory=dict)

    @property
    def ran(self) -> bool:
        """Whether both sides gave outputs."""
        return self.reference.outputs is not None and self.candidate.outputs is not None

    def precise(self) -> Optional[Tuple[Observation, Observation]]:
        """Both in float64 from the same values; None where they cannot run so."""
        if "precise" not in self._memo:
            self._memo["precise"] = self._precise()
        return self._memo["precise"]  # type: ignore[no-any-return]

    def jittered(self) -> List[Observation]:
        """The reference again, inputs and weights moved by one ULP, some times."""
        if "jittered" not in self._memo:
            self._memo["jittered"] = self._jittered()
        return self._memo["jittered"]  # type: ignore[no-any-return]


@contextlib.contextmanager
def tried(
    reference: Source,
    candidate: Source,
    inputs: Inputs,
    execution: Execution,
    *,
    pair: Optional[Mapping[str, str]] = None,
    seed: int = 0,
) -> Iterator[Trial]:
    """Run both sides in one execution, with the same values in paired variables.

    What they raise is noted, not raised. The programs live as long as the context, so that a
    claim may run them again.
    """
    with contextlib.ExitStack() as stack:
        sides = [Side(source, inputs, execution, stack) for source in (reference, candidate)]
        built = not any(side.refusal for side in sides)
        pairing = pair_variables(sides[0].variables, sides[1].variables, pair if built else None)
        values = _shared(pairing, seed)
        one, other = (side.loaded_and_seen(inputs, each) for side, each in zip(sides, values))

        def precise() -> Optional[Tuple[Observation, Observation]]:
            if reference.built or candidate.built:
                return None
            with contextlib.ExitStack() as inner, precision("float64"):
                wide_inputs = inputs.astype("float64")
                wide = [Side(source, wide_inputs, execution, inner) for source in (reference, candidate)]
                if any(len(side.variables) != len(value) for side, value in zip(wide, values)):
                    return None
                found = [side.loaded_and_seen(wide_inputs, side.cast(value)) for side, value in zip(wide, values)]
            if any(not _is_wide(seen) for seen in found):
                return None
            return found[0], found[1]

        def jittered() -> List[Observation]:
            return [
                sides[0].loaded_and_seen(
                    inputs.moved(seed, f"jitter {time}"),
                    {
                        place: moved_by_one_ulp(value, seed, f"jitter {time} variable {place}")
                        for place, value in values[0].items()
                    },
                )
                for time in range(JITTERS)
            ]

        yield Trial(execution, one, other, pairing, inputs, (sides[0], sides[1]), values, precise, jittered)


class Side:
    """One program in one execution; whatever it raises becomes its refusal."""

    def __init__(
        self,
        source: Source,
        inputs: Inputs,
        execution: Execution,
        stack: contextlib.ExitStack,
    ) -> None:
        self.program = Program(source)
        self.refusal: Optional[Refusal] = None
        self.running: Optional[Running] = None
        shapes = signature(inputs.arrays, inputs.axes, execution.dimensions)
        with self._noting("build"):
            self.running = stack.enter_context(execution.opened(self.program, inputs.nested, shapes))
        refused = self.refusal is not None
        self.variables = () if refused else self.program.catch.described()
        self._shapes = nest.pack(inputs.nested, list(shapes))

    @contextlib.contextmanager
    def _noting(self, step: str) -> Iterator[None]:
        try:
            with warnings.catch_warnings():
                # A program that warns is not refused, even where warnings are errors (pytest -W).
                warnings.simplefilter("ignore")
                yield
        except (LikewiseError, HypothesisException):
            raise
        except Exception as error:  # noqa: BLE001  errors are results: whatever a program raises is compared
            self.refusal = Refusal.of(error, step)

    @property
    def session(self) -> Any:
        """TF1's session, None where there is none."""
        return None if self.running is None else self.running.session

    @contextlib.contextmanager
    def scope(self) -> Iterator[None]:
        """Where operations on this program's variables are built and run."""
        if self.session is None:
            yield
        else:
            with self.session.graph.as_default(), self.session.as_default():
                yield

    def load(self, values: Mapping[int, np.ndarray]) -> None:
        """Put values into the variables, by their place."""
        if self.running is not None:
            with self._noting("load"):
                self.running.load(values)

    def observe(self, inputs: Inputs) -> Observation:
        """Run on inputs, with the values that were loaded last."""
        outputs: Optional[Outputs] = None
        computed = None
        if self.running is not None and self.refusal is None:
            with self._noting("run"):
                outputs = self.running.run(inputs.nested)
                computed = self.program.computed_shape(self._shapes)
        return Observation(self.variables, outputs, computed, self.refusal)

    def loaded_and_seen(self, inputs: Inputs, values: Mapping[int, np.ndarray]) -> Observation:
        """Load values, then run on inputs."""
        self.load(values)
        return self.observe(inputs)

    def cast(self, values: Mapping[int, np.ndarray]) -> Dict[int, np.ndarray]:
        """The values in the dtypes that this program's variables have."""
        return {
            place: value.astype(self.variables[place].dtype) if inexact(self.variables[place].dtype) else value
            for place, value in values.items()
        }


def _shared(pairing: Pairing, seed: int) -> Tuple[Dict[int, np.ndarray], Dict[int, np.ndarray]]:
    """Values for both sides: drawn for the reference, handed on by pair; the rest drawn too."""
    values = drawn(pairing.reference, seed)
    handed = drawn(pairing.candidate, seed + 1)
    for one, other in pairing.pairs:
        shape = pairing.candidate[other].shape
        if _without_ones(pairing.reference[one].shape) == _without_ones(shape):
            dtype = _numpy_dtype(pairing.candidate[other].dtype)
            handed[other] = values[one].astype(dtype).reshape(shape)
    return values, handed


def _without_ones(shape: Tuple[int, ...]) -> Tuple[int, ...]:
    """A kernel of one step, say, holds the same values with that axis and without it."""
    return tuple(size for size in shape if size != 1)


def _numpy_dtype(dtype: str) -> str:
    return "float32" if dtype == "bfloat16" else dtype


def _is_wide(seen: Observation) -> bool:
    """Whether float64 went all the way: no float of a lesser precision came out."""
    lesser = ("float16", "bfloat16", "float32", "complex64")
    return seen.outputs is not None and not any(
        leaf is not None and leaf.dtype.name in lesser for _, leaf in seen.leaves()
    )
