"""Mutants of the outputs: something else comes out than what the candidate computes."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Callable, Iterator, Optional

import numpy as np

from likewise import nest
from likewise.auditing.mutant import Mutant, Sample, candidate_of
from likewise.cell import tensorflow
from likewise.program import Source, components
from likewise.trial import Trial

__all__ = ["given", "is_float", "mutants"]

KIND = "outputs"

#: To what dtype an output of a dtype is cast; others stay.
_OTHER_DTYPES = {
    "float16": "float32",
    "bfloat16": "float32",
    "float32": "float64",
    "float64": "float32",
    "int32": "int64",
    "int64": "int32",
    "bool": "int32",
}

#: The dtypes that ``tf.math.nextafter`` takes.
_NEIGHBORED = ("float32", "float64")

_Change = Callable[[Any], Any]


def mutants(sample: Sample) -> Iterator[Mutant]:
    """Each output in turn."""
    for place, (path, array) in enumerate(sample.trial.candidate.leaves()):
        if array is None:
            continue
        title = f"outputs{path}"
        yield given(f"{title} missing", place, "None comes instead", lambda _: None, any_array)
        if array.ndim > 1:
            yield given(f"{title} transposed", place, "its last two axes change places", _transposed, has_axes(2))
        if array.ndim > 2:
            yield given(f"{title} off by one step", place, "moved by one along axis 1", _shifted, has_steps)
        if array.dtype.name in _NEIGHBORED:
            yield given(f"{title} with a NaN", place, "its first entry is NaN", _with_nan, is_float)
            yield given(
                f"{title} off by one ULP", place, "its greatest entry is one ULP less", _moved, is_float, rounds=True
            )
        if array.dtype.name in _OTHER_DTYPES:
            other = _OTHER_DTYPES[array.dtype.name]
            yield given(f"{title} of another dtype", place, f"{array.dtype.name} is cast to {other}", _cast, any_array)


def given(
    name: str,
    place: int,
    changed: str,
    change: _Change,
    fits: Callable[[np.ndarray], bool],
    *,
    rounds: bool = False,
) -> Mutant:
    """The mutant that gives a changed output, where the output that the candidate has there fits."""

    def candidate(trial: Trial) -> Optional[Source]:
        leaves = trial.candidate.leaves()
        if place >= len(leaves) or leaves[place][1] is None or not fits(leaves[place][1]):
            return None

        def around(call: Callable[[Any], Any], inputs: Any) -> Any:
            outputs = nest.map_leaves(components, call(inputs))
            found = [leaf for _, leaf in nest.flatten(outputs)]
            found[place] = change(tensorflow().convert_to_tensor(found[place]))
            return nest.pack(outputs, found)

        return replace(candidate_of(trial), around=around)

    return Mutant(name, KIND, changed, candidate=candidate, rounds=rounds)


def any_array(_: np.ndarray) -> bool:
    return True


def has_axes(count: int) -> Callable[[np.ndarray], bool]:
    return lambda array: array.ndim >= count


def has_steps(array: np.ndarray) -> bool:
    return array.ndim > 2 and array.shape[1] > 1


def is_float(array: np.ndarray) -> bool:
    """Whether its numbers have neighbours that TensorFlow knows, and there are any."""
    return array.dtype.name in _NEIGHBORED and array.size > 0


def _transposed(tensor: Any) -> Any:
    order = list(range(tensor.shape.rank))
    order[-2:] = order[:-3:-1]
    return tensorflow().transpose(tensor, order)


def _shifted(tensor: Any) -> Any:
    return _as_before(tensorflow().roll(tensor, shift=1, axis=1), tensor)


def _cast(tensor: Any) -> Any:
    other = _OTHER_DTYPES.get(tensor.dtype.base_dtype.name)
    return tensor if other is None else tensorflow().cast(tensor, other)


def _with_nan(tensor: Any) -> Any:
    tf = tensorflow()
    return _at(0, tensor, lambda flat: tf.fill(tf.shape(flat), tf.constant(np.nan, flat.dtype)))


def _moved(tensor: Any) -> Any:
    """The greatest entry, in magnitude, one ULP nearer to zero: there it is no subnormal number, if any is none."""
    tf = tensorflow()
    greatest = tf.argmax(tf.abs(tf.reshape(tensor, [-1])), output_type=tf.int32)
    return _at(greatest, tensor, lambda flat: tf.math.nextafter(flat, tf.zeros_like(flat)))


def _at(index: Any, tensor: Any, change: _Change) -> Any:
    """The tensor with one entry, counted in the order of memory, taken from what ``change`` makes of it."""
    tf = tensorflow()
    flat = tf.reshape(tensor, [-1])
    here = tf.equal(tf.range(tf.size(flat)), index)
    return _as_before(tf.reshape(tf.where(here, change(flat), flat), tf.shape(tensor)), tensor)


def _as_before(changed: Any, tensor: Any) -> Any:
    changed.set_shape(tensor.shape)  # a graph is to know as much of it as before
    return changed
