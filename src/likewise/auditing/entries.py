"""Mutants of few entries and few digits: what a threshold taken from the greatest entry, or from nowhere, lets pass."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Iterator

from likewise.auditing.mutant import Mutant, Sample
from likewise.auditing.outputs import given, is_float
from likewise.cell import tensorflow

__all__ = ["mutants"]

KIND = "entries"

#: How many times as great as an output's greatest entry is what is added and taken away again: ten bits are lost.
GREAT = 2.0**10

#: By what part of itself one entry is changed.
PART = 0.25


def mutants(sample: Sample) -> Iterator[Mutant]:
    """Each output of floating-point numbers in turn."""
    for place, (path, array) in enumerate(sample.trial.candidate.leaves()):
        if array is None or not is_float(array):
            continue
        changed = f"{GREAT:g} times its greatest entry is added and taken away again"
        lost = given(f"digits of outputs{path} lost", place, changed, _shortened, is_float)
        yield replace(lost, kind=KIND, needs=("precision",))
        changed = f"of its entries other than zero the least is {PART:.0%} more"
        yield replace(given(f"one entry of outputs{path} wrong", place, changed, _with_one_more, is_float), kind=KIND)


def _shortened(tensor: Any) -> Any:
    # (exact in exact arithmetic, and nearly so in double precision)
    great = GREAT * tensorflow().reduce_max(tensorflow().abs(tensor))
    return (tensor + great) - great


def _with_one_more(tensor: Any) -> Any:
    tf = tensorflow()
    flat = tf.reshape(tensor, [-1])
    sizes = tf.abs(flat)
    # (zeros, and NaN, which is not greater, come last)
    ranked = tf.where(sizes > 0, sizes, tf.fill(tf.shape(sizes), sizes.dtype.max))
    here = tf.equal(tf.range(tf.size(flat)), tf.argmin(ranked, output_type=tf.int32))
    changed = tf.reshape(tf.where(here, flat * (1 + PART), flat), tf.shape(tensor))
    changed.set_shape(tensor.shape)  # a graph is to know as much of it as before
    return changed
