"""A law as one writes it by hand with plain Hypothesis, and the TensorFlow calls alone that it takes; in each mode.

Nothing of likewise's is used but the law's strategy and its two implementations: the variables are noted as they are
created, and get the same values in that order.
"""

from __future__ import annotations

import contextlib
from typing import Any, Callable, Dict, Iterator, List, NamedTuple, Tuple

import numpy as np

from likewise import nest
from likewise.cell import keras, tensorflow
from likewise.law import Law

__all__ = ["FLOORS", "HANDWRITTEN", "Refused"]


class Refused(Exception):
    """A side raised, which may be what its law says."""


class Side(NamedTuple):
    """A program and the variables that it created."""

    function: Callable[[Any], Any]
    variables: List[Any]


@contextlib.contextmanager
def catching(made: List[Any]) -> Iterator[None]:
    def creator(next_creator: Any, **arguments: Any) -> Any:
        made.append(next_creator(**arguments))
        return made[-1]

    with tensorflow().compat.v1.variable_creator_scope(creator):
        yield


def built(implementation: Callable[[Any], Any], case: Any) -> Side:
    """The implementation's program, taking its nested inputs as one argument."""
    made: List[Any] = []
    with catching(made):
        program = implementation(case)

    def function(inputs: Any) -> Any:
        spread = inputs if isinstance(inputs, tuple) else (inputs,)
        if isinstance(program, keras().layers.Layer):
            spread = (list(inputs) if isinstance(inputs, tuple) else inputs,)
        with catching(made):
            return program(*spread)

    return Side(function, made)


def arrays(case: Any) -> Any:
    """Nested inputs: standard normal numbers, as one draws them by hand; integers as the case has them."""
    random = np.random.RandomState(getattr(case, "seed", 0) % 2**32)

    def array(leaf: Any) -> np.ndarray:
        if np.dtype(leaf.dtype).kind != "f":
            return leaf.array()  # type: ignore[no-any-return]
        return random.standard_normal(leaf.shape).astype(leaf.dtype)

    return nest.map_leaves(array, case.inputs)


def values(sides: Tuple[Side, Side], case: Any) -> Tuple[Dict[int, np.ndarray], Dict[int, np.ndarray]]:
    """The same weights for both sides, in order of creation."""
    random = np.random.RandomState((getattr(case, "seed", 0) + 1) % 2**32)
    one, other = sides
    given: Tuple[Dict[int, np.ndarray], Dict[int, np.ndarray]] = ({}, {})
    for place, (mine, its) in enumerate(zip(one.variables, other.variables)):
        if mine.dtype.is_floating:
            shape = mine.shape.as_list()
            given[0][place] = np.abs(0.3 * random.standard_normal(shape)).astype(mine.dtype.base_dtype.as_numpy_dtype)
            given[1][place] = given[0][place].reshape(its.shape.as_list())
    return given


def agree(one: Any, other: Any) -> None:
    """Raises AssertionError where nested arrays are not close."""
    for (_, mine), (_, its) in zip(nest.flatten(one), nest.flatten(other)):
        np.testing.assert_allclose(np.asarray(its), np.asarray(mine), rtol=1e-5, atol=1e-5)


def refusing(law: Law, run: Callable[[Callable[[Any], Any]], Any]) -> List[Any]:
    """What both sides give; Refused where both raise, and what one raises where the other does not."""
    found, raised = [], []
    for implementation in (law.reference, law.candidate):
        try:
            found.append(run(implementation))
        except Exception as error:  # noqa: BLE001, PERF203  to refuse is a result
            raised.append(error)
    if len(raised) == 2:
        raise Refused
    if raised:
        raise raised[0]
    return found


def eager_by_hand(law: Law, case: Any) -> None:
    """Built, called so that there are variables, given weights, called again, compared."""
    calling_by_hand(law, case, lambda function: function)


def function_by_hand(law: Law, case: Any) -> None:
    """The same, the second time as ``tf.function``."""
    calling_by_hand(law, case, lambda function: tensorflow().function(function))


def xla_by_hand(law: Law, case: Any) -> None:
    """The same, compiled."""
    calling_by_hand(law, case, lambda function: tensorflow().function(function, jit_compile=True))


def calling_by_hand(law: Law, case: Any, made: Callable[[Any], Any]) -> None:
    inputs = nest.map_leaves(tensorflow().constant, arrays(case))

    def created(implementation: Callable[[Any], Any]) -> Side:
        side = built(implementation, case)
        side.function(inputs)
        return side

    one, other = refusing(law, created)
    for side, given in zip((one, other), values((one, other), case)):
        for place, value in given.items():
            side.variables[place].assign(value)
    agree(*(made(side.function)(inputs) for side in (one, other)))


def session_by_hand(law: Law, case: Any) -> None:
    """Both sides in one graph, one session."""
    v1, fed = tensorflow().compat.v1, arrays(case)
    with v1.Graph().as_default() as graph:
        leaves = [leaf for _, leaf in nest.flatten(fed)]
        placeholders = [v1.placeholder(leaf.dtype, leaf.shape) for leaf in leaves]

        def created(implementation: Callable[[Any], Any]) -> Tuple[Side, Any]:
            side = built(implementation, case)
            return side, side.function(nest.pack(fed, placeholders))

        (one, mine), (other, its) = refusing(law, created)
        given = values((one, other), case)
        with v1.Session(graph=graph) as session:
            session.run(v1.global_variables_initializer())
            for side, its_values in zip((one, other), given):
                for place, value in its_values.items():
                    side.variables[place].load(value, session)
            fetches = [[leaf for _, leaf in nest.flatten(outputs)] for outputs in (mine, its)]
            agree(*session.run(fetches, dict(zip(placeholders, leaves))))


def eager_floor(law: Law, case: Any, fed: Any) -> None:
    """Built and called once."""
    calling_floor(law, case, fed, None)


def function_floor(law: Law, case: Any, fed: Any) -> None:
    """Built, called so that there are variables, traced and run once."""
    calling_floor(law, case, fed, {})


def xla_floor(law: Law, case: Any, fed: Any) -> None:
    """The same, compiled."""
    calling_floor(law, case, fed, {"jit_compile": True})


def calling_floor(law: Law, case: Any, fed: Any, options: Any) -> None:
    inputs = nest.map_leaves(tensorflow().constant, fed)

    def ran(implementation: Callable[[Any], Any]) -> Any:
        side = built(implementation, case)
        outputs = side.function(inputs)
        for variable in side.variables:
            variable.assign(np.zeros(variable.shape, variable.dtype.base_dtype.as_numpy_dtype))
        if options is not None:
            outputs = tensorflow().function(side.function, **options)(inputs)
        return [np.asarray(leaf) for _, leaf in nest.flatten(outputs)]

    with contextlib.suppress(Refused):
        refusing(law, ran)


def session_floor(law: Law, case: Any, _: Any) -> None:
    """Both sides built in one graph, and run once."""
    with contextlib.suppress(Refused):
        session_by_hand(law, case)


#: By mode: tries a case, given the law; raises AssertionError, Refused where both sides raise, or what one side raises.
HANDWRITTEN: Dict[str, Callable[[Law, Any], None]] = {
    "eager": eager_by_hand,
    "function": function_by_hand,
    "xla": xla_by_hand,
    "session": session_by_hand,
}

#: By mode: makes the TensorFlow calls that a structure takes, given the law, the case and its inputs.
FLOORS: Dict[str, Callable[[Law, Any, Any], None]] = {
    "eager": eager_floor,
    "function": function_floor,
    "xla": xla_floor,
    "session": session_floor,
}
