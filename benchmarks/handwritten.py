"""A law's test as one writes it by hand with plain Hypothesis, and the TensorFlow calls alone that it takes; by mode.

Nothing of likewise's is used but the law's strategy and its two implementations.
"""

from __future__ import annotations

import math
from functools import partial
from typing import Any, Callable, Dict, List, Optional, Sequence, Tuple

import numpy as np

from likewise.cell import tensorflow
from likewise.inputs import inputs_of
from likewise.law import Law

__all__ = ["FLOORS", "HANDWRITTEN", "Implementation", "Weights", "copied", "drawn", "numbers_for", "same_by_hand"]

#: An implementation: maps a case to a program.
Implementation = Callable[[Any], Callable[..., Any]]

#: Makes the value of a variable of the reference, which the candidate's gets as well.
Weights = Callable[[Any, np.random.RandomState], np.ndarray]


def role(variable: Any) -> str:
    """Such as "kernel"."""
    return str(variable.name).rpartition("/")[2].partition(":")[0]


def copied(variable: Any, random: np.random.RandomState) -> np.ndarray:
    """As layers initialise it: programs written by hand begin with zeros here, and get what Keras's layers begin with.

    That is Glorot's uniform numbers for kernels, ones for gamma and variances, and zeros for the rest.
    """
    value = variable.numpy()
    if value.any():
        return value
    if role(variable) in ("gamma", "moving_variance"):
        return np.ones_like(value)
    if "kernel" in role(variable):
        limit = math.sqrt(6 / (np.prod(value.shape[:-1]) + np.prod(value.shape[:-2]) * value.shape[-1]))
        return random.uniform(-limit, limit, value.shape).astype(value.dtype)
    return value


def drawn(variable: Any, random: np.random.RandomState) -> np.ndarray:
    """Normal numbers, which no initial zero hides; variances are positive."""
    numbers = random.normal(0, 0.3, tuple(variable.shape)).astype(variable.dtype.as_numpy_dtype)
    return np.abs(numbers) if "variance" in role(variable) else numbers


def numbers_for(case: Any, random: np.random.RandomState) -> Tuple[np.ndarray, ...]:
    """Inputs as one draws them by hand: standard normal numbers of the case's shapes; integers as the case has them."""
    return tuple(
        random.standard_normal(array.shape).astype(array.dtype) if array.dtype.kind == "f" else array
        for array in inputs_of(case).arrays
    )


def tensors(arrays: Sequence[np.ndarray]) -> Tuple[Any, ...]:
    """Eager tensors of the arrays."""
    return tuple(map(tensorflow().constant, arrays))


def made(
    implementation: Implementation, case: Any, inputs: Tuple[Any, ...]
) -> Tuple[Callable[..., Any], Any, List[Any]]:
    """The program, what it gives when it is called, and its weights: Keras counts no states of random generators."""
    variables: List[Any] = []

    def creator(create: Any, **arguments: Any) -> Any:
        variables.append(create(**arguments))
        return variables[-1]

    with tensorflow().compat.v1.variable_creator_scope(creator):
        program = implementation(case)
        outputs = program(*inputs)
    return program, outputs, [variable for variable in variables if variable.dtype.is_floating]


def both(one: Callable[[], Any], other: Callable[[], Any]) -> Optional[Tuple[Any, Any]]:
    """What both give; None where both raise, for then they agree. Raises AssertionError where one alone does."""
    given, raised = [], []
    for side in (one, other):
        try:
            given.append(side())
        except Exception as error:  # noqa: BLE001, PERF203  whatever it is, the other side should raise, too
            raised.append(error)
    assert len(raised) != 1, f"one side alone raises {raised[0]!r}"
    return None if raised else (given[0], given[1])


def same_by_hand(
    weights: Weights,
    reference: Implementation,
    candidate: Implementation,
    case: Any,
    *,
    called: Callable[[Callable[..., Any]], Callable[..., Any]] = lambda program: program,
) -> None:
    """The law for one case, as a test without likewise has it; raises AssertionError where the sides differ.

    - called: makes of a program what is called the second time; default: the program itself, eager.
    """
    random = np.random.RandomState(getattr(case, "seed", 0) % 2**32)
    inputs = tensors(numbers_for(case, random))
    sides = both(partial(made, reference, case, inputs), partial(made, candidate, case, inputs))
    if sides is None:
        return
    (first, _, its), (second, _, others) = sides
    for variables, values in zip((its, others), shared(weights, its, others, random)):
        for variable, value in zip(variables, values):
            variable.assign(value)
    outputs = both(lambda: called(first)(*inputs), lambda: called(second)(*inputs))
    if outputs is not None:
        agree(*(tensorflow().nest.flatten(each) for each in outputs))


def shared(
    weights: Weights, its: Sequence[Any], others: Sequence[Any], random: np.random.RandomState
) -> Tuple[List[np.ndarray], List[np.ndarray]]:
    """The values of both sides' variables, in their order of creation; raises AssertionError where these do not fit."""
    shapes = [[tuple(each.shape.as_list()) for each in variables] for variables in (its, others)]
    assert shapes[0] == shapes[1]
    values = [weights(each, random) for each in its]
    return values, values


def agree(ones: Sequence[Any], others: Sequence[Any]) -> None:
    """Raises AssertionError where arrays are not close."""
    assert len(ones) == len(others)
    for one, other in zip(ones, others):
        np.testing.assert_allclose(np.asarray(one), np.asarray(other), rtol=1e-5, atol=1e-5)


def in_session_by_hand(weights: Weights, reference: Implementation, candidate: Implementation, case: Any) -> None:
    """The same in TF1: both sides in one graph, and one session."""
    v1 = tensorflow().compat.v1
    random = np.random.RandomState(getattr(case, "seed", 0) % 2**32)
    arrays = numbers_for(case, random)
    with v1.Graph().as_default() as graph:
        placeholders = tuple(v1.placeholder(array.dtype, array.shape) for array in arrays)
        sides = both(partial(made, reference, case, placeholders), partial(made, candidate, case, placeholders))
        if sides is None:
            return
        (_, first, its), (_, second, others) = sides
        with v1.Session(graph=graph) as session:
            session.run(v1.global_variables_initializer())
            for variables, values in zip((its, others), shared(weights, its, others, random)):
                for variable, value in zip(variables, values):
                    variable.load(value, session)
            fetches = [tensorflow().nest.flatten(outputs) for outputs in (first, second)]
            agree(*session.run(fetches, dict(zip(placeholders, arrays))))


def as_function(program: Callable[..., Any], options: Dict[str, Any]) -> Callable[..., Any]:
    """The program as ``tf.function`` with these options."""

    def called(*inputs: Any) -> Any:  # tf.function reads the signature of what it is given, and a layer's tells nothing
        return program(*inputs)

    return tensorflow().function(called, **options)  # type: ignore[no-any-return]


def calls(
    reference: Implementation, candidate: Implementation, case: Any, arrays: Sequence[np.ndarray], options: Any
) -> None:
    """TensorFlow's calls alone that a case takes: both sides built and called, and their weights assigned.

    - options: to trace and run them as ``tf.function`` with these options besides; None for not at all.
    """
    inputs = tensors(arrays)

    def run(implementation: Implementation) -> List[np.ndarray]:
        program, outputs, variables = made(implementation, case, inputs)
        for variable in variables:
            variable.assign(np.zeros(variable.shape, variable.dtype.as_numpy_dtype))
        if options is not None:
            outputs = as_function(program, options)(*inputs)
        return [np.asarray(leaf) for leaf in tensorflow().nest.flatten(outputs)]

    both(partial(run, reference), partial(run, candidate))


def _calling(called: Callable[[Callable[..., Any]], Callable[..., Any]]) -> Callable[[Law, Any], None]:
    return lambda law, case: same_by_hand(drawn, law.reference, law.candidate, case, called=called)


#: By mode: tries a case of a law with drawn weights; raises AssertionError where the sides differ.
HANDWRITTEN: Dict[str, Callable[[Law, Any], None]] = {
    "eager": _calling(lambda program: program),
    "function": _calling(partial(as_function, options={})),
    "xla": _calling(partial(as_function, options={"jit_compile": True})),
    "session": lambda law, case: in_session_by_hand(drawn, law.reference, law.candidate, case),
}

#: By mode: makes the TensorFlow calls that a case of a law takes, given its inputs as arrays.
FLOORS: Dict[str, Callable[[Law, Any, Sequence[np.ndarray]], None]] = {
    "eager": lambda law, case, arrays: calls(law.reference, law.candidate, case, arrays, None),
    "function": lambda law, case, arrays: calls(law.reference, law.candidate, case, arrays, {}),
    "xla": lambda law, case, arrays: calls(law.reference, law.candidate, case, arrays, {"jit_compile": True}),
    "session": lambda law, case, _: in_session_by_hand(drawn, law.reference, law.candidate, case),
}
