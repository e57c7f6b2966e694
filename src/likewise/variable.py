"""The variables of a program: caught at creation, so that nobody has to list layers."""

from __future__ import annotations

import contextlib
import functools
import inspect
import re
from dataclasses import asdict, dataclass, field
from typing import Any, Callable, Dict, Iterator, List, Optional, Tuple

import numpy as np

from likewise.cell import tensorflow
from likewise.errors import ImplementationError

__all__ = ["Catch", "Foretold", "Variable", "describe", "inner", "own_variables"]


@dataclass(frozen=True)
class Variable:
    """What can be told of a variable without its value; plain data.

    ``kind`` is "weight", "rng" (the state of a random generator) or "counter" (other integers). ``begins`` is the
    number that an optimizer fills it with when it makes it, None for all other variables.
    """

    name: str
    shape: Tuple[int, ...]
    dtype: str
    trainable: bool
    kind: str
    begins: Optional[float] = None

    @property
    def role(self) -> str:
        """The last part of the name: "kernel" of "time_distributed/conv2d_1/kernel:0"."""
        return re.sub(r"(_\d+)?(:\d+)?$", "", self.name.rsplit("/", 1)[-1])

    def to_json(self) -> Dict[str, Any]:
        """The fields as a dict."""
        return asdict(self)

    def __str__(self) -> str:
        frozen = "" if self.trainable else ", not trainable"
        return f"{self.name} {self.dtype}{list(self.shape)}{frozen}"


#: The last part of the name that TensorFlow and Keras give to the states of random generators.
_RNG_ROLES = ("seed_generator_state", "StateVar", "rng_state")


def describe(variable: Any, begins: Optional[float] = None) -> Variable:
    """The plain description of a TensorFlow variable."""
    dtype = variable.dtype.base_dtype
    plain = Variable(
        name=variable.name,
        shape=tuple(int(size) for size in variable.shape),
        dtype=dtype.name,
        trainable=bool(variable.trainable),
        kind="weight",
    )
    if plain.role in _RNG_ROLES:
        kind = "rng"
    elif dtype.is_integer:
        kind = "counter"
    else:
        kind = "weight"
    return Variable(plain.name, plain.shape, plain.dtype, plain.trainable, kind, begins)


def inner(variable: Any) -> Any:
    """TensorFlow's variable: a Keras 3 variable holds one, and up to Keras 2 that of a mixed policy does."""
    if any(kind.__name__ == "AutoCastVariable" for kind in type(variable).__mro__):
        return variable._variable  # noqa: SLF001  it has no other name
    own = getattr(variable, "value", None)
    return variable if own is None or callable(own) else own


def own_variables(module: Any) -> List[Any]:
    """The TensorFlow variables of a layer, model or module."""
    try:
        return [inner(variable) for variable in module.variables]
    except ValueError:  # how Keras 2 says that a Sequential has none before it is built
        return []


def _filling(values: Any) -> Optional[float]:
    """The one number that an array is full of; None where there are none, or others."""
    array = np.asarray(values)
    if not array.size or array.dtype.kind not in "fiub" or (array != array.flat[0]).any():
        return None
    return float(array.flat[0])


#: Gives the value of a variable by its description, as an array of its shape.
Foretold = Callable[[Variable], np.ndarray]


#: The modules in which TensorFlow and Keras make an optimizer's variables, and those in which they make a layer's.
_OPTIMIZERS = re.compile(r"(keras|tf_keras|tensorflow|tensorflow_core)\..*optimizer")
_LAYERS = re.compile(r"(keras|tf_keras|tensorflow|tensorflow_core)\..*\.(base_layer(_v1)?|layer)$")


def made_by_optimizer() -> bool:
    """Whether it is an optimizer that asks for what is made now: its step counter, its rates, its moments."""
    frame = inspect.currentframe()
    while frame is not None:
        maker = _maker(str(frame.f_globals.get("__name__")))
        if maker:
            return maker == "optimizer"
        frame = frame.f_back
    return False


@functools.lru_cache(maxsize=None)
def _maker(module: str) -> str:
    return "layer" if _LAYERS.match(module) else "optimizer" if _OPTIMIZERS.match(module) else ""


@dataclass
class Catch:
    """The TensorFlow variables that a program created, in order of creation.

    A program that makes its layers while it is called (as TF1 code does) makes them again at each
    call: ``reusing()`` hands it the variables of its first call then, as one graph would.
    """

    made: List[Any] = field(default_factory=list)
    _begun: bool = False
    #: Those that optimizers made, by identity, and the number that each began with, where that is known.
    _of_optimizers: Dict[int, Optional[float]] = field(default_factory=dict)

    def begins(self) -> None:
        """The variable that is being created begins with what is foretold of it."""
        self._begun = True

    def described(self) -> Tuple[Variable, ...]:
        """The plain descriptions of the variables, in order of creation."""
        return tuple(map(self._described, self.made))

    def _described(self, variable: Any) -> Variable:
        return describe(variable, self._of_optimizers.get(id(variable)))

    def initialized(self, read: Callable[[List[Any]], List[np.ndarray]]) -> None:
        """The variables of a TF1 graph are initialized now: ``read`` gives the values of some."""
        wanted = [variable for variable in self.made if id(variable) in self._of_optimizers]
        for variable, value in zip(wanted, read(wanted) if wanted else []):
            self._of_optimizers[id(variable)] = _filling(value)

    @contextlib.contextmanager
    def catching(self, foretold: Optional[Foretold] = None) -> Iterator[None]:
        """Note every variable that is created within.

        - foretold: gives the value that a variable is to start with, where it is created eagerly.
        """
        tf = tensorflow()

        def creator(next_creator: Any, **arguments: Any) -> Any:
            variable = next_creator(**arguments)
            self.made.append(variable)
            begun, self._begun = self._begun, False
            if made_by_optimizer():
                value = variable.numpy() if tf.executing_eagerly() else np.zeros(0)
                self._of_optimizers[id(variable)] = _filling(value)
            if foretold is not None and not begun and tf.executing_eagerly() and variable.shape.is_fully_defined():
                variable.assign(foretold(self._described(variable)), read_value=False)
            return variable

        with tf.compat.v1.variable_creator_scope(creator):
            yield

    @contextlib.contextmanager
    def reusing(self, first: int, who: str) -> Iterator[None]:
        """Answer each creation within by the next of ``made[first:]``.

        Raises ImplementationError when the program creates other variables than before.
        """
        expected = self.made[first:]
        taken: List[Any] = []

        def creator(_: Any, **arguments: Any) -> Any:
            if len(taken) == len(expected):
                raise ImplementationError(
                    f"{who} created one more variable ({arguments.get('name')!r}) when it was "
                    "called again; create layers once, or the same ones at each call"
                )
            taken.append(expected[len(taken)])
            return taken[-1]

        with tensorflow().compat.v1.variable_creator_scope(creator):
            yield
        if taken and len(taken) != len(expected):
            raise ImplementationError(
                f"{who} created {len(expected)} variables when it was first called, but "
                f"{len(taken)} when it was called again; create the same ones at each call"
            )
