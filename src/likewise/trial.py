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
from likewise.modes import Outputs, Running, Step, the_call
from likewise.pairing import Pairing, pair_variables, without_ones
from likewise.program import Program, Source
from likewise.values import drawn, inexact
from likewise.variable import Variable

__all__ = ["Observation", "Refusal", "Reweigh", "Side", "Trial", "Values", "tried"]

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


#: What the variables of both sides get, by their places.
Values = Tuple[Dict[int, np.ndarray], Dict[int, np.ndarray]]

#: What becomes of the values that both sides would get; the pairing tells which variable is which.
Reweigh = Callable[[Pairing, Values], Values]


@dataclass
class Trial:
    """All that claims look at: both programs, paired and loaded, and what they give for a step.

    ``reference`` and ``candidate`` are what was seen of the plain step, the call of the program.
    """

    execution: Execution
    reference: Observation
    candidate: Observation
    pairing: Pairing
    inputs: Inputs
    sides: Tuple[Side, Side]
    values: Values
    seed: int
    _widen: Callable[[], Optional[Tuple[Side, Side]]]
    _memo: Dict[Any, Any] = field(default_factory=dict)

    @property
    def ran(self) -> bool:
        """Whether both sides gave outputs."""
        return self.reference.outputs is not None and self.candidate.outputs is not None

    def seen(self, step: Step = the_call) -> Tuple[Observation, Observation]:
        """Both sides' observations of a step, each from the values that they share."""
        if step is the_call:
            return self.reference, self.candidate
        return self._remembered(("seen", step), lambda: self._both(self.sides, self.inputs, step))  # type: ignore[no-any-return]

    def precise(self, step: Step = the_call) -> Optional[Tuple[Observation, Observation]]:
        """The same in float64; None where a side cannot run so."""
        return self._remembered(("precise", step), lambda: self._precise(step))  # type: ignore[no-any-return]

    def jittered(self, times: int, step: Step = the_call) -> List[Observation]:
        """The reference again, inputs and weights moved by one ULP, so many times."""
        found = self._remembered(("jittered", step), list)
        while len(found) < times:
            stream = f"jitter {len(found)}"
            moved = {
                place: moved_by_one_ulp(value, self.seed, f"{stream} variable {place}")
                for place, value in self.values[0].items()
            }
            found.append(self.sides[0].loaded_and_seen(self.inputs.moved(self.seed, stream), moved, step))
        return list(found[:times])

    def precisely_jittered(self, times: int, step: Step = the_call) -> List[Observation]:
        """The reference again in float64, all moved by one ULP of float64, so many times; only after ``precise``."""
        wide = self._remembered("wide", self._widen)
        found = self._remembered(("precisely jittered", step), list)
        inputs = self.inputs.astype("float64")
        values = wide[0].cast(self.values[0])
        while len(found) < times:
            stream = f"precise jitter {len(found)}"
            moved = {
                place: moved_by_one_ulp(value, self.seed, f"{stream} variable {place}")
                for place, value in values.items()
            }
            with precision("float64"):
                found.append(wide[0].loaded_and_seen(inputs.moved(self.seed, stream), moved, step))
        return list(found[:times])

    def _precise(self, step: Step) -> Optional[Tuple[Observation, Observation]]:
        wide = self._remembered("wide", self._widen)
        if wide is None:
            return None
        with precision("float64"):
            found = self._both(wide, self.inputs.astype("float64"), step)
        return found if all(map(_is_wide, found)) else None

    def _both(self, sides: Tuple[Side, Side], inputs: Inputs, step: Step) -> Tuple[Observation, Observation]:
        one, other = (side.loaded_and_seen(inputs, side.cast(values), step) for side, values in zip(sides, self.values))
        return one, other

    def _remembered(self, key: Any, find: Callable[[], Any]) -> Any:
        if key not in self._memo:
            self._memo[key] = find()
        return self._memo[key]


@contextlib.contextmanager
def tried(
    reference: Source,
    candidate: Source,
    inputs: Inputs,
    execution: Execution,
    *,
    pair: Optional[Mapping[str, str]] = None,
    seed: int = 0,
    reweigh: Optional[Reweigh] = None,
) -> Iterator[Trial]:
    """Run both sides in one execution, with the same values in paired variables.

    What they raise is noted, not raised. The programs live as long as the context, so that a
    claim may run them again.

    - reweigh: gives the values that are loaded instead of those drawn from the seed, which it is
      called with.
    """
    with contextlib.ExitStack() as stack:
        sides = Side(reference, inputs, execution, stack), Side(candidate, inputs, execution, stack)
        built = not any(side.refusal for side in sides)
        pairing = pair_variables(sides[0].variables, sides[1].variables, pair if built else None)
        values = _shared(pairing, seed)
        if reweigh is not None and built:
            values = reweigh(pairing, values)

        def widen() -> Optional[Tuple[Side, Side]]:
            if reference.built or candidate.built:
                return None
            with precision("float64"):
                wide_inputs = inputs.astype("float64")
                one, other = (Side(source, wide_inputs, execution, stack) for source in (reference, candidate))
            if any(len(side.variables) != len(each) for side, each in zip((one, other), values)):
                return None
            return one, other

        one, other = (side.loaded_and_seen(inputs, each) for side, each in zip(sides, values))
        yield Trial(execution, one, other, pairing, inputs, sides, values, seed, widen)


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
        self.running: Optional[Running] = None
        shapes = signature(inputs.arrays, inputs.axes, execution.dimensions)
        with _noting("build") as noted:
            self.running = stack.enter_context(execution.opened(self.program, inputs.nested, shapes))
        self.refusal = noted.refusal
        self.variables = () if self.refusal else self.program.described()
        self._shapes = nest.pack(inputs.nested, list(shapes))

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
        """Put values into the variables, by their place; what cannot be loaded is this side's refusal from then on."""
        if self.running is not None and self.refusal is None:
            with _noting("load") as noted:
                self.running.load(values)
            self.refusal = noted.refusal

    def observe(self, inputs: Inputs, step: Step = the_call) -> Observation:
        """Run a step on inputs, with the values that were loaded last."""
        if self.running is None or self.refusal is not None:
            return Observation(self.variables, refusal=self.refusal)
        outputs: Optional[Outputs] = None
        computed = None
        with _noting("run") as noted:
            outputs = self.running.run(inputs.nested, step)
            computed = self.program.computed_shape(self._shapes) if step is the_call else None
        return Observation(self.variables, None if noted.refusal else outputs, computed, noted.refusal)

    def loaded_and_seen(self, inputs: Inputs, values: Mapping[int, np.ndarray], step: Step = the_call) -> Observation:
        """Load values, then run a step on inputs."""
        self.load(values)
        return self.observe(inputs, step)

    def cast(self, values: Mapping[int, np.ndarray]) -> Dict[int, np.ndarray]:
        """The values in the dtypes that this program's variables have."""
        return {
            place: value.astype(_numpy_dtype(self.variables[place].dtype))
            if inexact(self.variables[place].dtype)
            else value
            for place, value in values.items()
        }


@dataclass
class _Noted:
    refusal: Optional[Refusal] = None


@contextlib.contextmanager
def _noting(step: str) -> Iterator[_Noted]:
    """Note what a program raises within: errors are results."""
    noted = _Noted()
    try:
        with warnings.catch_warnings():
            # A program that warns is not refused, even where warnings are errors (pytest -W).
            warnings.simplefilter("ignore")
            yield noted
    except (LikewiseError, HypothesisException):
        raise
    except Exception as error:  # noqa: BLE001  whatever a program raises is compared
        noted.refusal = Refusal.of(error, step)


def _shared(pairing: Pairing, seed: int) -> Values:
    """Values for both sides: drawn for the reference, handed on by pair; the rest drawn too."""
    values = drawn(pairing.reference, seed)
    handed = drawn(pairing.candidate, seed + 1)
    for one, other in pairing.pairs:
        shape = pairing.candidate[other].shape
        if without_ones(pairing.reference[one].shape) == without_ones(shape):
            dtype = _numpy_dtype(pairing.candidate[other].dtype)
            handed[other] = values[one].astype(dtype).reshape(shape)
    return values, handed


def _numpy_dtype(dtype: str) -> str:
    return "float32" if dtype == "bfloat16" else dtype


def _is_wide(seen: Observation) -> bool:
    """Whether float64 went all the way: no float of a lesser precision came out."""
    lesser = ("float16", "bfloat16", "float32", "complex64")
    return seen.outputs is not None and not any(
        leaf is not None and leaf.dtype.name in lesser for _, leaf in seen.leaves()
    )
