"""Mutants of masks that a program makes by itself: which steps it leaves out."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Callable, Iterator, Optional

from likewise.auditing.mutant import Mutant, Sample, candidate_of
from likewise.cell import keras, tensorflow
from likewise.layers.wrapping import wrapped
from likewise.program import Source
from likewise.trial import Trial

__all__ = ["mutants"]

KIND = "masks"

#: By how much the value is changed that a Masking layer takes for a step to leave out.
MORE = 1.0

_Method = Callable[..., Any]
_Wrap = Callable[[_Method], _Method]


def mutants(_: Sample) -> Iterator[Mutant]:
    """One a mistake, of candidates that call Masking layers."""
    yield Mutant("mask dropped", KIND, "its Masking layers do nothing", candidate=_with(_passing, _without_mask))
    yield Mutant(
        "mask value changed",
        KIND,
        f"its Masking layers leave out what is {MORE:g} more",
        candidate=_with(_moved, _moved),
    )


def _with(call: _Wrap, compute_mask: _Wrap) -> Callable[[Trial], Optional[Source]]:
    """The candidate with these two methods of its Masking layers wrapped; None where it calls none."""

    def candidate(trial: Trial) -> Optional[Source]:
        kind = keras().layers.Masking
        if not any(isinstance(layer, kind) for layer in trial.sides[1].program.layers):
            return None

        def around(compute: Callable[[Any], Any], inputs: Any) -> Any:
            with wrapped(kind, "call", call), wrapped(kind, "compute_mask", compute_mask):
                return compute(inputs)

        return replace(candidate_of(trial), around=around)

    return candidate


def _passing(_: _Method) -> _Method:
    # (another tensor, which carries no mask)
    return lambda _layer, inputs: tensorflow().identity(inputs)


def _without_mask(_: _Method) -> _Method:
    return lambda _layer, _inputs, mask=None: mask


def _moved(original: _Method) -> _Method:
    def method(layer: Any, *arguments: Any, **keywords: Any) -> Any:
        value = layer.mask_value
        layer.mask_value = value + MORE
        try:
            return original(layer, *arguments, **keywords)
        finally:
            layer.mask_value = value

    return method
