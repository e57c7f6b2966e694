"""An implementation turned into a program: a callable with its variables caught."""

from __future__ import annotations

import inspect
from dataclasses import dataclass, field
from typing import Any, Callable, ContextManager, Dict, List, Optional, Sequence, Set, Tuple

from likewise import nest
from likewise.cell import fresh_names, keras, tensorflow
from likewise.errors import ImplementationError
from likewise.errors.raised import contained, plain, shown
from likewise.layers.constraints import constraints_of
from likewise.layers.initial_values import begun
from likewise.layers.losses import forget_losses, total_loss
from likewise.layers.sharing import shared_between
from likewise.layers.tracking import Tracked, tracked_by
from likewise.layers.trainability import calling, described_by_layers, unmoved
from likewise.layers.training_mode import in_training_mode
from likewise.values import inexact
from likewise.variable import Catch, Foretold, Variable, own_variables

__all__ = ["NO_CASE", "Around", "Call", "Program", "Source", "keep_apart"]


class _NoCase:
    def __repr__(self) -> str:
        return "NO_CASE"


#: Stands for "no case was given", since None is a case that a user may choose.
NO_CASE = _NoCase()


#: Stands around each call of a program: takes the call, which maps nested tensors to outputs, and the nested tensors.
#: The call is in training mode where the program's is, unless it is given another ``training``.
Around = Callable[[Callable[..., Any], Any], Any]


@dataclass(frozen=True)
class Source:
    """One side of a comparison: an implementation and the case it is built for.

    ``who`` is "reference" or "candidate", for messages. Taken are a function ``case -> callable``
    (without arguments where there is no case), a built layer or model, and, where there is no
    case, a function of the inputs that makes its layers while it is called.

    ``around`` changes what goes in and what comes out, to try what a comparison makes of it.
    """

    who: str
    implementation: Any
    case: Any = NO_CASE
    around: Optional[Around] = None

    @property
    def title(self) -> str:
        """How messages name it, e.g. "candidate=wrapped"."""
        return f"{self.who}={_name(self.implementation)}"

    @property
    def built(self) -> bool:
        """Whether the user built it already: then it has its variables, graph and precision."""
        return _is_module(self.implementation)

    def build(self) -> Callable[..., Any]:
        """Call the implementation.

        Raises ImplementationError where it cannot be called so, or gives back no callable.
        """
        if self.built:
            return self.implementation  # type: ignore[no-any-return]
        if not callable(self.implementation):
            raise ImplementationError(
                f"{self.who}={shown(self.implementation)}, but expected a function that returns a "
                "callable, a built layer or a model"
            )
        if self.case is NO_CASE:
            if _takes(self.implementation):
                made = self.implementation()
            elif _takes(self.implementation, None) or self._spreads:
                return self.implementation  # type: ignore[no-any-return]
            else:
                made = self.implementation()
        elif not _takes(self.implementation, self.case):
            raise ImplementationError(
                f"{self.title} cannot be called with the case alone; "
                "write it as a function of one argument, the case, that returns a callable"
            )
        else:
            made = self.implementation(self.case)
        if not callable(made):
            raise ImplementationError(
                f"{self.title} returned {shown(made)}, but expected a callable that maps inputs "
                "to outputs; return the function, layer or model itself, without calling it"
            )
        return made  # type: ignore[no-any-return]

    @property
    def _spreads(self) -> bool:
        """Whether it is a function of several inputs: more than one argument without a default."""
        return any(_takes(self.implementation, *[None] * count) for count in range(2, 10))


def _not_created(*_: Any) -> Any:
    raise ImplementationError("a program is run before it was created")


@dataclass
class Program:
    """A source being run: ``create`` calls it for the first time, ``again`` ever after."""

    source: Source
    #: What variables are to start with, where they are created eagerly.
    foretold: Optional[Foretold] = None
    #: Whether such a program was looked at before. Whether it uses variables of others is not seen then, which would
    #: cost as much as a call.
    trusted: bool = False
    catch: Catch = field(default_factory=Catch)
    function: Callable[..., Any] = _not_created
    #: What steps keep with the program, by step.
    held: Dict[Any, Any] = field(default_factory=dict)
    _layers: List[Any] = field(default_factory=list)
    #: Those of the layers that the program calls by itself.
    _outermost: List[Any] = field(default_factory=list)
    _built_with: int = 0
    _layout: str = ""

    def create(self, inputs: Any) -> Any:
        """Build the implementation and call it once, noting the variables it creates."""
        tf = tensorflow()
        with fresh_names(), self.catch.catching(self.foretold), begun(self.catch, self.foretold), self._calling():
            with contained():
                self.function = self.source.build()
            self._built_with = len(self.catch.made)
            used: Sequence[Any] = ()
            if tf.executing_eagerly() and not self.trusted:
                with tf.GradientTape() as tape:
                    outputs = self.called(inputs)
                used = tape.watched_variables()
            else:
                outputs = self.called(inputs)
        self._adopt_own_variables()
        known = {id(variable) for variable in self.catch.made}
        for variable in used:
            if id(variable) not in known:
                raise ImplementationError(
                    f"{self.source.title} uses the variable {variable.name!r}, which was not "
                    "created while it was built for this case; create its layers inside the "
                    "implementation, from the case"
                )
        for path, leaf in nest.flatten(outputs):
            if callable(leaf):
                raise ImplementationError(
                    f"{self.source.title} maps inputs to outputs{path}={shown(leaf)}, but expected a "
                    "tensor; if it is a function of a case, give the case, and if it is none, take no argument"
                )
        self._layout = nest.layout(outputs)
        return outputs

    def called(self, inputs: Any, *, training: bool = False) -> Any:
        """What the function makes of the inputs; ragged and sparse tensors are opened up.

        - training: in training mode, of which all Keras layers are told, and the function itself where it has an
          argument ``training``.
        """

        def call(tensors: Any, *, training: bool = training) -> Any:
            arguments = self.arguments(tensors)
            with contained():
                if not training:
                    return self.function(*arguments)
                asked = {"training": True} if self._asks_for_training() else {}
                return in_training_mode(lambda: self.function(*arguments, **asked))

        outputs = call(inputs) if self.source.around is None else self.source.around(call, inputs)
        return nest.map_leaves(components, outputs)

    def described(self) -> Tuple[Variable, ...]:
        """The plain descriptions of the variables, in order of creation; Keras has the say in what is trained."""
        return described_by_layers(self.catch.described(), self.catch.made, self._layers)

    def as_before(self, outputs: Any) -> None:
        """Raises ImplementationError where the structure of a later call's outputs is another."""
        layout = nest.layout(outputs)
        if layout != self._layout:
            raise ImplementationError(
                f"{self.source.title} gave outputs {self._layout} when it was first called, but "
                f"{layout} when it was called again; give the same structure at each call"
            )

    def again(self) -> Any:
        """A scope in which ``function`` may be called once more."""
        return self.catch.reusing(self._built_with, self.source.title)

    def call(self, inputs: Any) -> Call:
        """The program at hand for nested tensors: what a step is made of."""
        return Call(self, inputs)

    def arguments(self, inputs: Any) -> Tuple[Any, ...]:
        """How the inputs are handed over: a tuple one by one, but to a layer as Keras has it."""
        if _is_module(self.function):
            return (list(inputs) if isinstance(inputs, tuple) else inputs,)
        return inputs if isinstance(inputs, tuple) else (inputs,)

    def computed_shape(self, shapes: Any) -> Any:
        """What ``compute_output_shape`` says of nested input shapes; None where there is none."""
        compute = getattr(self.function, "compute_output_shape", None)
        if compute is None:
            return None
        try:
            with self.again(), contained():
                computed = compute(shapes)
        except NotImplementedError:  # how Keras says that a model of the user's has none
            return None
        return computed

    @property
    def unmoved(self) -> Set[int]:
        """The places of the variables whose updates in a TF1 graph Keras does not count."""
        return unmoved(self.catch.made, self._layers)

    @property
    def layers(self) -> Sequence[Any]:
        """The Keras layers that were called, in order of their first calls."""
        return self._layers

    def common_with(self, other: Program) -> str:
        """What it has in common with another program, such as "are one object"; "" where both are apart."""
        if self.function is other.function and _is_module(self.function):
            return "are one object"
        shared = shared_between((self.catch.made, other.catch.made), (self.layers, other.layers))
        return f"have {shared} in common" if shared else ""

    def _calling(self) -> ContextManager[None]:
        return calling(self._layers, self._outermost)

    def forget_losses(self) -> None:
        """Forget the losses of layers' own that calls so far have left."""
        forget_losses(self._outermost)

    def loss(self, mark: int) -> Any:
        """The sum of the losses of layers' own since then, as ``layers.losses`` has it; None for none."""
        return total_loss(self._outermost, mark)

    @property
    def constraints(self) -> Dict[int, Callable[[Any], Any]]:
        """What holds of variables after a step, by their places, where TensorFlow's optimizers do not know it."""
        return constraints_of(self.catch.made, self._layers)

    @property
    def tracked(self) -> Optional[Tracked]:
        """What Keras tracks and trains of the variables, where the program is a layer or model; else None."""
        return tracked_by(self.function, self.catch.made)

    @property
    def trained(self) -> List[int]:
        """The places of the floating-point variables that training changes."""
        found = enumerate(self.described())
        return [place for place, each in found if each.trainable and each.kind == "weight" and inexact(each.dtype)]

    def _asks_for_training(self) -> bool:
        if isinstance(self.function, keras().layers.Layer):
            return False  # Keras tells it
        try:
            return "training" in inspect.signature(self.function).parameters
        except (TypeError, ValueError):  # a builtin tells no signature
            return False

    def _adopt_own_variables(self) -> None:
        """A layer or model that was made before brings its variables along."""
        if not _is_module(self.function):
            return
        known = {id(variable) for variable in self.catch.made}
        for variable in own_variables(self.function):
            if id(variable) not in known:
                self.catch.made.append(variable)


@dataclass(frozen=True)
class Call:
    """A created program and the nested tensors that it may be called with, once or several times."""

    program: Program
    inputs: Any

    def outputs(self, *, training: bool = False) -> Any:
        """What the program makes of the inputs, in training mode or not: nested tensors."""
        with self.program.again():
            return self.program.called(self.inputs, training=training)

    def outputs_of(self, inputs: Any) -> Any:
        """The same of other inputs, such as some of the batch, and not in training mode."""
        with self.program.again():
            return self.program.called(inputs)

    @property
    def variables(self) -> List[Any]:
        """TensorFlow's variables of the program, in order of creation."""
        return self.program.catch.made


def keep_apart(one: Program, other: Program) -> None:
    """Raise ImplementationError where two programs are one object, or have variables in common."""
    common = one.common_with(other)
    if common:
        raise ImplementationError(
            f"{one.source.title} and {other.source.title} {common}: what is loaded into one is in the other, too, so "
            "nothing could be compared; let each implementation create its own layers and variables, anew at each call"
        )


def components(leaf: Any) -> Any:
    """A ragged or sparse tensor as a dict of the tensors that it consists of; all else as it is."""
    tf = tensorflow()
    if isinstance(leaf, tf.RaggedTensor):
        splits = {f"row_splits_{place}": each for place, each in enumerate(leaf.nested_row_splits)}
        return {"flat_values": leaf.flat_values, **splits}
    if isinstance(leaf, (tf.SparseTensor, tf.compat.v1.SparseTensorValue)):
        return {"indices": leaf.indices, "values": leaf.values, "dense_shape": leaf.dense_shape}
    if isinstance(leaf, tf.IndexedSlices):
        return tf.convert_to_tensor(leaf)
    return leaf


def _is_module(value: Any) -> bool:
    return (
        callable(value)
        and not inspect.isclass(value)
        and isinstance(value, (tensorflow().Module, keras().layers.Layer))
    )


def _takes(function: Callable[..., Any], *arguments: Any) -> bool:
    try:
        signature = inspect.signature(function)
    except (TypeError, ValueError):  # a builtin tells no signature
        return True
    try:
        signature.bind(*arguments)
    except TypeError:
        return False
    return True


def _name(implementation: Any) -> str:
    """A function's or a layer's own name; the class's where it tells none, or something else, or raises."""
    for attribute in ("__qualname__", "name"):
        try:
            found = getattr(implementation, attribute, None)
        except Exception:  # noqa: BLE001, S112  a property of the user's may do anything
            continue
        if found and isinstance(found, str):
            return plain(found)
    return type(implementation).__name__
