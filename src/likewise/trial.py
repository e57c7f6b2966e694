"""One case in one execution: both programs built, their variables paired and shared, both run."""

from __future__ import annotations

import contextlib
import logging
import re
import warnings
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any, Callable, Dict, Iterator, List, Mapping, NamedTuple, Optional, Sequence, Tuple

import numpy as np

from likewise import nest
from likewise.cell import keras, precision
from likewise.errors.raised import let_pass, said, type_of
from likewise.execution import Execution, signature
from likewise.foretelling import Foretelling
from likewise.inputs import Inputs, moved_by_one_ulp
from likewise.listening import pulse
from likewise.modes import Outputs, Running, Step, the_call
from likewise.modes.graph import NARROW, Traced, Untraceable, bodies
from likewise.modes.noisy import Noisy
from likewise.modes.operations import draws, heard
from likewise.modes.session import never_inside_loops
from likewise.modes.transcript import Transcript
from likewise.pairing import Pairing, pair_variables, without_ones
from likewise.program import Program, Source, keep_apart
from likewise.values import drawn, inexact, numpy_dtype, value_of
from likewise.variable import Foretold, Variable

__all__ = ["Look", "Observation", "Refusal", "Remade", "Reweigh", "Side", "Trial", "Values", "shared", "tried"]

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
    def of(cls, error: BaseException, step: str) -> Refusal:
        """The refusal that an exception is."""
        return cls(type_of(error), said(error), step)

    def __str__(self) -> str:
        """The type and the one line that says why, without the frames that TensorFlow puts in."""
        text = re.sub("\x1b\\[[0-9;]*m", "", self.message)
        quoted = _QUOTED.findall(text) if text.lstrip().startswith("in user code:") else []
        lines = [line.strip() for line in text.splitlines() if not _FRAME.match(line)]
        telling = [*quoted[-1:], *filter(None, lines), text.strip()]
        return f"{self.type}: {telling[0]}"


@dataclass(frozen=True)
class Observation:
    """What was seen of one program: its variables and outputs, or its refusal.

    ``computed_shape`` is what its ``compute_output_shape`` tells, None where it has none, or the refusal of that.
    """

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


#: How a side is looked at, once its values are loaded.
Look = Callable[["Side", Inputs, Step], Observation]


def plainly(side: Side, inputs: Inputs, step: Step) -> Observation:
    """The look that runs a step once."""
    return side.observe(inputs, step)


class Remade(NamedTuple):
    """A program made out of a side's own, such as the one that its config gives.

    ``values`` tells what its variables get, by their place, once it is built.
    """

    source: Source
    values: Callable[[Side], Dict[int, np.ndarray]]


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
    _stack: contextlib.ExitStack
    _pair: Optional[Mapping[str, str]] = None
    _once: bool = False
    looks: Tuple[Look, Look] = (plainly, plainly)
    _memo: Dict[Any, Any] = field(default_factory=dict)
    #: What was seen of the reference alone; the trials that ``varied`` makes share it.
    _of_reference: Dict[Any, Any] = field(default_factory=dict)

    @property
    def steps(self) -> List[Step]:
        """The steps, the plain one apart, that were looked at so far."""
        return [key[1] for key in self._memo if key[0] == "seen"]

    @property
    def ran(self) -> bool:
        """Whether both sides gave outputs."""
        return self.reference.outputs is not None and self.candidate.outputs is not None

    def seen(self, step: Step = the_call) -> Tuple[Observation, Observation]:
        """Both sides' observations of a step, each from the values that they share."""
        if step is the_call:
            return self.reference, self.candidate
        return self.remembered(("seen", step), lambda: self._both(self.sides, self.inputs, step))  # type: ignore[no-any-return]

    def precise(self, step: Step = the_call) -> Optional[Tuple[Observation, Observation]]:
        """The same in float64; None where a side cannot run so."""
        return self.remembered(("precise", step), lambda: self._precise(step))  # type: ignore[no-any-return]

    def continuous(self, place: int, step: Step = the_call) -> bool:
        """Whether a side (0 or 1) is known to be continuous in what it is given; only after ``precise``.

        Eagerly it is heard from its operations, while it runs once more in float64; else its graph tells.
        """
        memo = self._of_reference if place == 0 else self._memo
        return self.remembered(("continuous", step), lambda: self._continuous(place, step), memo)  # type: ignore[no-any-return]

    def _continuous(self, place: int, step: Step) -> bool:
        wide = self._wide()
        if wide is None or self.execution.traits.graphs:
            noisy = self.sides[place].noisy(self.inputs, step)
            return noisy is not None and noisy.continuous
        wide[place].load(wide[place].cast(self.values[place]))
        with precision("float64"), heard() as operations:
            seen = self.looks[place](wide[place], self.inputs.astype("float64"), step)
        return bool(operations.count) and operations.continuous and seen.outputs is not None

    def draws(self, place: int, step: Step = the_call) -> bool:
        """Whether the graph of a side (0 or 1) draws random numbers; False where it has none."""
        traced = self.sides[place].traced(self.inputs, step)
        return traced is not None and any(draws(node.op) for nodes in bodies(traced.definition) for node in nodes)

    def again(self, place: int, step: Step = the_call, times: int = 1) -> List[Observation]:
        """A side once more from the same values, so many times: something else where its state is elsewhere."""
        return [self._looked(place, self.sides, self.inputs, step) for _ in range(times)]

    def sampled(self, place: int, step: Step, times: int, *, wide: bool = False) -> Optional[List[Observation]]:
        """A side, or its float64 program, where each operation that rounds is moved at random, so many times.

        None where it has no graph that could be moved.
        """
        memo = self._of_reference if place == 0 else self._memo
        found: Optional[List[Observation]] = memo.setdefault(("sampled", step, wide), [])
        if found is not None and len(found) < times:
            with precision("float64") if wide else contextlib.nullcontext():
                more = self._sampled(place, step, range(len(found), times), wide=wide)
            found = memo["sampled", step, wide] = None if more is None else found + more
        return None if found is None else found[:times]

    def _sampled(self, place: int, step: Step, numbers: range, *, wide: bool) -> Optional[List[Observation]]:
        sides = self._wide() if wide else self.sides
        assert sides is not None  # it ran in float64
        inputs = self.inputs.astype("float64") if wide else self.inputs
        values = sides[place].cast(self.values[place])

        seen: Dict[Step, List[Observation]] = {}

        def observed(number: int) -> Observation:
            # A look may ask for another step than the one that it is given.
            def observe(given: Inputs, wanted: Step) -> Observation:
                if wanted not in seen:
                    noisy = sides[place].noisy(given, wanted)
                    if noisy is None:
                        raise _NoGraph
                    seen[wanted] = sides[place].moved(noisy, given, values, numbers)
                return seen[wanted][number - numbers.start]

            return self.looks[place](_Sampled(sides[place], observe), inputs, step)

        try:
            return [observed(number) for number in numbers]
        except _NoGraph:
            return None

    def jittered(self, place: int, times: int, step: Step = the_call, *, wide: bool = False) -> List[Observation]:
        """A side, or its float64 program, with its weights moved by one ULP, so many times; zeros stay zeros.

        The inputs are moved where it has no weights. (They are exact: a tie among them is one.)
        """
        memo = self._of_reference if place == 0 else self._memo
        found: List[Observation] = memo.setdefault(("jittered", step, wide), [])
        sides = self._wide() if wide else self.sides
        assert sides is not None
        inputs = self.inputs.astype("float64") if wide else self.inputs
        side, values = sides[place], sides[place].cast(self.values[place])
        with precision("float64") if wide else contextlib.nullcontext():
            while len(found) < times:
                stream = f"{'precise ' if wide else ''}jitter {len(found)}"
                moved = self._moved_values(values, stream)
                side.load(moved)
                weightless = all(values[each].tobytes() == moved[each].tobytes() for each in values)
                given = inputs.moved(self.seed, stream) if weightless else inputs
                found.append(self.looks[place](side, given, step))
        return list(found[:times])

    def nudged(self, times: int, step: Step = the_call) -> List[Observation]:
        """The reference in float64, with all that it is given moved by an ULP of its own dtype, so many times.

        Only after ``precise``, where that gave something.
        """
        wide = self._wide()
        assert wide is not None

        def seen(number: int) -> Observation:
            stream = f"nudge {number}"
            values = self._moved_values(self.sides[0].cast(self.values[0]), stream)
            wide[0].load(wide[0].cast(values))
            return self.looks[0](wide[0], self.inputs.moved(self.seed, stream).astype("float64"), step)

        def all_seen() -> List[Observation]:
            with precision("float64"):
                return [seen(number) for number in range(times)]

        return self.remembered(("nudged", step), all_seen, self._of_reference)  # type: ignore[no-any-return]

    def _moved_values(self, values: Mapping[int, np.ndarray], stream: str) -> Dict[int, np.ndarray]:
        """The values of variables, each number moved by one ULP."""
        return {each: moved_by_one_ulp(value, self.seed, f"{stream} variable {each}") for each, value in values.items()}

    def given(self, *, inputs: Optional[Inputs] = None, values: Optional[Values] = None) -> Trial:
        """The same two programs, built no second time and called once more.

        - inputs, values: instead of those of this trial; inputs have to have the same shapes.
        """
        inputs = self.inputs if inputs is None else inputs
        values = self.values if values is None else values
        one, other = (side.loaded_and_seen(inputs, each) for side, each in zip(self.sides, values))

        def widen() -> Optional[Tuple[Side, Side]]:
            wide = self._wide()
            for side in wide or ():
                side.forget_first()
            return wide

        return replace(
            self,
            reference=one,
            candidate=other,
            inputs=inputs,
            values=values,
            _widen=widen,
            _memo={},
            _of_reference={},
        )

    def varied(self, candidate: Optional[Source] = None, values: Optional[Mapping[int, np.ndarray]] = None) -> Trial:
        """This trial with another candidate, or with other values in the candidate's variables.

        The reference is neither built nor run again: what was seen of it is kept. It lives as long as this one.

        - candidate: default: the program that is built.
        - values: by the places of the candidate's variables. Default: those of the pairing.

        Raises InputError where ``pair`` names a variable that the candidate does not have.
        """
        reference, side = self.sides
        pairing, loaded = self.pairing, self.values[1]
        if candidate is not None:
            told = Foretelling.after(reference.variables, self.values[0], self.seed) if self._once else None
            foretold = told.of_candidate if told else None
            side = Side(candidate, self.inputs, self.execution, self._stack, foretold, trusted=self._once)
            built = not (reference.refusal or side.refusal)
            pairing = pair_variables(reference.variables, side.variables, self._pair if built else None)
            loaded = shared(pairing, self.seed)[1]
        if values is not None:
            loaded = dict(values)

        def widen() -> Optional[Tuple[Side, Side]]:
            wide = self._wide()
            if wide is None or candidate is None:
                return wide
            with precision("float64"):
                other = Side(candidate, self.inputs.astype("float64"), self.execution, self._stack, trusted=True)
            return (wide[0], other) if len(other.variables) == len(loaded) else None

        return replace(
            self,
            candidate=side.loaded_and_seen(self.inputs, loaded),
            pairing=pairing,
            sides=(reference, side),
            values=(self.values[0], loaded),
            _widen=widen,
            _memo={},
        )

    def itself(self, place: int, look: Look) -> Trial:
        """A trial of one side (0 or 1) alone: as it was seen for a reference, looked at otherwise for a candidate."""
        side, values = self.sides[place], self.values[place]

        def widen() -> Optional[Tuple[Side, Side]]:
            wide = self._wide()
            return None if wide is None else (wide[place], wide[place])

        side.load(values)
        seen = self.seen()[place], look(side, self.inputs, the_call)
        pairing = pair_variables(side.variables, side.variables)
        return Trial(
            self.execution,
            *seen,
            pairing,
            self.inputs,
            (side, side),
            (values, values),
            self.seed,
            widen,
            self._stack,
            looks=(plainly, look),
        )

    @contextlib.contextmanager
    def remade(self, place: int, remake: Callable[[Side], Remade]) -> Iterator[Trial]:
        """A trial of one side (0 or 1) against what is made of it, with the side's values loaded, by ``remake``.

        What ``remake`` raises, and the ``values`` of what it gives, is raised.
        """
        with contextlib.ExitStack() as stack:

            def made(side: Side) -> Tuple[Side, Dict[int, np.ndarray]]:
                side.load(side.cast(self.values[place]))
                source, values_of = remake(side)
                new = Side(source, side.inputs, self.execution, stack)
                return new, {} if new.refusal else values_of(new)

            side, values = self.sides[place], self.values[place]
            other, its = made(side)

            def widen() -> Optional[Tuple[Side, Side]]:
                both = self._wide()
                if both is None:
                    return None
                wide = both[place]
                with precision("float64"):
                    if wide.refusal:
                        return None
                    new, _ = made(wide)
                return None if len(new.variables) != len(other.variables) else (wide, new)

            yield Trial(
                self.execution,
                self.seen()[place],
                other.loaded_and_seen(self.inputs, its),
                pair_variables(side.variables, other.variables),
                self.inputs,
                (side, other),
                (values, its),
                self.seed,
                widen,
                stack,
            )

    def _wide(self) -> Optional[Tuple[Side, Side]]:
        return self.remembered("wide", self._widen)  # type: ignore[no-any-return]

    def _precise(self, step: Step) -> Optional[Tuple[Observation, Observation]]:
        wide = self._wide()
        if wide is None:
            return None
        with precision("float64"):
            found = self._both(wide, self.inputs.astype("float64"), step)
        return found if all(map(_is_wide, found)) else None

    def _both(self, sides: Tuple[Side, Side], inputs: Inputs, step: Step) -> Tuple[Observation, Observation]:
        def look() -> Observation:
            return self._looked(0, sides, inputs, step)

        return self.remembered((id(sides[0]), step), look, self._of_reference), self._looked(1, sides, inputs, step)

    def _looked(self, place: int, sides: Tuple[Side, Side], inputs: Inputs, step: Step) -> Observation:
        side, values = sides[place], sides[place].cast(self.values[place])
        if self.looks[place] is plainly:
            return side.loaded_and_seen(inputs, values, step)
        side.load(values)
        return self.looks[place](side, inputs, step)

    def remembered(self, key: Any, find: Callable[[], Any], memo: Optional[Dict[Any, Any]] = None) -> Any:
        """What ``find`` gives for the key, asked once; ``memo``: where it is kept, this trial's by default."""
        memo = self._memo if memo is None else memo
        if key not in memo:
            memo[key] = find()
        return memo[key]


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
    once: bool = False,
    trusted: bool = False,
) -> Iterator[Trial]:
    """Run both sides in one execution, with the same values in paired variables.

    What they raise is noted, not raised. The programs live as long as the context, so that a
    claim may run them again.

    - reweigh: gives the values that are loaded instead of those drawn from the seed, which it is
      called with.
    - once: whether the call that creates a program may be its run, where the values were foretold, so that nobody
      sees whether it can be called a second time.
    - trusted: that of ``Program``.
    """
    pulse.beat(reference.case, execution)
    with contextlib.ExitStack() as stack:
        told = Foretelling(seed) if once else None
        sides = (
            Side(reference, inputs, execution, stack, told.of_reference if told else None, trusted=trusted),
            Side(candidate, inputs, execution, stack, told.of_candidate if told else None, trusted=trusted),
        )
        keep_apart(*(side.program for side in sides))
        built = not any(side.refusal for side in sides)
        pairing = pair_variables(sides[0].variables, sides[1].variables, pair if built else None)
        values = shared(pairing, seed)
        if reweigh is not None and built:
            values = reweigh(pairing, values)

        def widen() -> Optional[Tuple[Side, Side]]:
            if reference.built or candidate.built:
                return None
            with precision("float64"):
                wide_inputs = inputs.astype("float64")
                one, other = (
                    Side(source, wide_inputs, execution, stack, Foretelling.known(each) if once else None, trusted=True)
                    for source, each in zip((reference, candidate), values)
                )
            if any(len(side.variables) != len(each) for side, each in zip((one, other), values)):
                return None
            return one, other

        one, other = (side.loaded_and_seen(inputs, each) for side, each in zip(sides, values))
        yield Trial(execution, one, other, pairing, inputs, sides, values, seed, widen, stack, pair, _once=once)


class Side:
    """One program in one execution; whatever it raises becomes its refusal."""

    def __init__(
        self,
        source: Source,
        inputs: Inputs,
        execution: Execution,
        stack: contextlib.ExitStack,
        foretold: Optional[Foretold] = None,
        *,
        trusted: bool = False,
    ) -> None:
        self.program = Program(source, foretold, trusted)
        self.running: Optional[Running] = None
        self._first: Optional[Callable[[], Outputs]] = None
        self._stack = stack
        self._traced: Dict[Any, Optional[Traced]] = {}
        self._noisy: Dict[Any, Optional[Noisy]] = {}
        self._computed: Optional[Tuple[Any]] = None
        self._listening = False
        self._transcript: Optional[Transcript] = None
        self.inputs = inputs
        self.signature = shapes = signature(inputs.arrays, inputs.axes, execution.dimensions)
        with _noting("build", self.program.source.who) as noted:
            self.running = stack.enter_context(execution.opened(self.program, inputs.nested, shapes))
            self._first = None if foretold is None else self.running.first
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

    def read(self) -> Dict[int, np.ndarray]:
        """The values that the variables have now, by their place; none where it could not be built."""
        return {} if self.running is None else self.running.read()

    def symbolic(self) -> Tuple[Any, Any]:
        """Keras's symbolic inputs, of the shapes that graphs know, and the program's outputs of them.

        Raises what the program raises: operations of TensorFlow take no such tensors in Keras 3.
        """
        inputs = self.symbolic_inputs()
        with self.scope(), self.program.again(), never_inside_loops():
            return inputs, self.program.called(inputs)

    def symbolic_inputs(self) -> Any:
        """Keras's symbolic inputs, of the shapes that graphs know. Raises what Keras raises for a shape or dtype."""
        with self.scope():
            leaves = [
                keras().layers.Input(batch_shape=shape, dtype="string" if array.dtype.kind == "S" else array.dtype.name)
                for shape, array in zip(self.signature, self.inputs.arrays)
            ]
            return nest.pack(self.inputs.nested, leaves)

    def forget_first(self) -> None:
        """The call that created the program is none of its runs from then on: each run calls it once more."""
        self._first = None

    def load(self, values: Mapping[int, np.ndarray]) -> None:
        """Put values into the variables, by their place; what cannot be loaded is this side's refusal from then on."""
        self.forget_first()
        if self.running is not None and self.refusal is None:
            with _noting("load", self.program.source.who) as noted:
                self.running.load(values)
            self.refusal = noted.refusal

    def observe(self, inputs: Inputs, step: Step = the_call) -> Observation:
        """Run a step on inputs, with the values that were loaded last."""
        if self.running is None or self.refusal is not None:
            return Observation(self.variables, refusal=self.refusal)
        running = self.running
        if step is the_call and self._listening and running.heard is not None:
            return self._observed(partial(self._run_and_heard, running.heard, inputs), step)
        return self._observed(lambda: running.run(inputs.nested, step), step)

    def _run_and_heard(self, heard: Callable[[Any], Tuple[Outputs, Transcript]], inputs: Inputs) -> Outputs:
        self._listening = False
        outputs, self._transcript = heard(inputs.nested)
        return outputs

    def listen(self) -> None:
        """Let the next run of the plain step be listened to, in a mode without graphs."""
        self._listening = True

    def heard(self, values: Mapping[int, np.ndarray]) -> Optional[Transcript]:
        """What was heard of a run of the plain step, or is heard of one with these values; None for less than all."""
        if self._transcript is None and self.running is not None and self.running.heard is not None:
            self.listen()
            self.loaded_and_seen(self.inputs, values)
        return self._transcript if self._transcript is not None and self._transcript.whole else None

    def graph(self) -> Optional[Traced]:
        """The plain step as a graph to be read: what was heard of a run, or what is traced; None where neither is."""
        heard = self._transcript
        return heard.graph if heard is not None and heard.whole else self.traced(self.inputs)

    def _observed(self, run: Callable[[], Outputs], step: Step) -> Observation:
        outputs: Optional[Outputs] = None
        computed = None
        with _noting("run", self.program.source.who) as noted:
            outputs = run()
        if step is the_call and not noted.refusal:
            if self._computed is None:
                self._computed = (self._compute_shape(),)
            (computed,) = self._computed
        return Observation(self.variables, outputs, computed, noted.refusal)

    def _compute_shape(self) -> Any:
        """What the program computes its outputs' shapes to be, or its refusal; Keras may build a graph for it."""
        found = None
        with _noting("compute_output_shape", self.program.source.who) as told, self.scope():
            found = self.program.computed_shape(self._shapes)
        return told.refusal or found

    def loaded_and_seen(self, inputs: Inputs, values: Mapping[int, np.ndarray], step: Step = the_call) -> Observation:
        """Load values, then run a step on inputs; what the first call gave counts where it was this very run."""
        first, self._first = self._first, None
        if first is not None and step is the_call and inputs.same_bits(self.inputs) and self._holds(values):
            return self._observed(first, step)
        self.load(values)
        return self.observe(inputs, step)

    def _holds(self, values: Mapping[int, np.ndarray]) -> bool:
        """Whether the variables hold the very bits of these values, all of them."""
        held = self.read()
        return len(held) == len(values) and all(
            (value.dtype, value.shape) == (values[place].dtype, values[place].shape)
            and value.tobytes() == values[place].tobytes()
            for place, value in held.items()
        )

    def traced(self, inputs: Inputs, step: Step = the_call) -> Optional[Traced]:
        """The graph of a step for inputs of these shapes; None where it cannot be had."""
        key = _key(inputs, step)
        if key not in self._traced:
            graphs: List[Traced] = []
            running = self.running
            with _noting("trace", self.program.source.who), self.scope(), _unheard("tensorflow"):
                if running is not None:
                    graphs.append(running.traced(step, inputs.nested))
            self._traced[key] = graphs[0] if graphs else None
        return self._traced[key]

    def noisy(self, inputs: Inputs, step: Step) -> Optional[Noisy]:
        """A step with its operations moved, for inputs of these shapes; None where it has no graph of its own."""
        key = _key(inputs, step)
        if key not in self._noisy:
            found: Optional[Noisy] = None
            traced = self.traced(inputs, step)
            with contextlib.suppress(Untraceable):
                found = None if traced is None else Noisy(traced)
            if found is not None:
                self._stack.callback(found.close)
            self._noisy[key] = found
        return self._noisy[key]

    def moved(
        self, noisy: Noisy, inputs: Inputs, values: Mapping[int, np.ndarray], numbers: Sequence[int]
    ) -> List[Observation]:
        """What the step gives with its operations moved, at these runs."""
        given = self.given_to(noisy.variables, values)
        found: List[Observation] = []
        with _noting("run", self.program.source.who) as noted:
            runs = noisy.runs(inputs.arrays, given, numbers)
            found = [Observation(self.variables, Outputs(each, None)) for each in runs]
        return [Observation(self.variables, refusal=noted.refusal) for _ in numbers] if noted.refusal else found

    def given_to(self, variables: Mapping[str, Any], values: Mapping[int, np.ndarray]) -> Dict[str, np.ndarray]:
        """The values of a graph's variables, by the names of their nodes: of those of others what they are.

        - values: those of the program's variables, by their place.
        """
        assert self.running is not None  # it was traced
        places = {id(variable): place for place, variable in enumerate(self.program.catch.made)}
        return {
            name: values[places[id(variable)]] if id(variable) in places else self.running.value(variable)
            for name, variable in variables.items()
        }

    def cast(self, values: Mapping[int, np.ndarray]) -> Dict[int, np.ndarray]:
        """The values in the dtypes that this program's variables have."""
        return {
            place: value.astype(numpy_dtype(self.variables[place].dtype))
            if inexact(self.variables[place].dtype)
            else value
            for place, value in values.items()
        }


def _key(inputs: Inputs, step: Step) -> Any:
    """What a graph depends on."""
    return step, tuple(array.shape for array in inputs.arrays)


class _NoGraph(Exception):
    """There is no graph that could be moved."""


class _Sampled(Side):
    """A side as a look sees it, whose every observation is one of its moved program."""

    def __init__(self, side: Side, observe: Callable[[Inputs, Step], Observation]) -> None:
        self.__dict__.update(vars(side))
        vars(self)["observe"] = observe  # all that a look asks for


@dataclass
class _Noted:
    refusal: Optional[Refusal] = None


@contextlib.contextmanager
def _unheard(logger: str) -> Iterator[None]:
    """Without a logger's warnings, such as AutoGraph's about a program that nobody asked to be traced."""
    found = logging.getLogger(logger)
    before = found.level
    found.setLevel(logging.ERROR)
    try:
        yield
    finally:
        found.setLevel(before)


@contextlib.contextmanager
def _noting(step: str, who: str) -> Iterator[_Noted]:
    """Note what a program raises within: errors are results."""
    noted = _Noted()
    pulse.step(who, step)
    try:
        with warnings.catch_warnings():
            # A program that warns is not refused, even where warnings are errors (pytest -W).
            warnings.simplefilter("ignore")
            yield noted
    except BaseException as error:  # noqa: BLE001  whatever a program raises is compared
        let_pass(error)
        noted.refusal = Refusal.of(error, step)


def shared(pairing: Pairing, seed: int) -> Values:
    """Values for both sides: drawn for the reference, handed on by pair; the rest drawn too."""
    values = drawn(pairing.reference, seed)
    given = {other: one for one, other in pairing.pairs}
    handed = {}
    for place, variable in enumerate(pairing.candidate):
        value = values[given[place]] if place in given else None
        if value is not None and without_ones(value.shape) == without_ones(variable.shape):
            handed[place] = value.astype(numpy_dtype(variable.dtype)).reshape(variable.shape)
        else:
            handed[place] = value_of(variable, seed + 1, place)
    return values, handed


def _is_wide(seen: Observation) -> bool:
    """Whether float64 went all the way: no float of a lesser precision came out."""
    return seen.outputs is not None and not any(
        leaf is not None and leaf.dtype.name in NARROW for _, leaf in seen.leaves()
    )
