"""Mutants of refusal: the candidate raises where it should run, or runs where it should raise."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Callable, Iterator, Optional

from likewise.auditing.mutant import Mutant, Sample, built_by, candidate_of
from likewise.errors.raised import let_pass
from likewise.program import Program, Source
from likewise.trial import Trial

__all__ = ["mutants"]

KIND = "refusals"


def mutants(sample: Sample) -> Iterator[Mutant]:
    """One that raises, and one that never does."""
    if sample.trial.candidate.refusal is None:
        yield Mutant("refusing", KIND, "the candidate raises", candidate=_refusing)
    else:
        yield Mutant("not refusing", KIND, "the inputs come out where the candidate raises", candidate=_not_refusing)


def _refusing(trial: Trial) -> Optional[Source]:
    if trial.candidate.refusal is not None:
        return None

    def around(_call: Callable[[Any], Any], _inputs: Any) -> Any:
        raise ValueError("refused on purpose")

    return replace(candidate_of(trial), around=around)


def _not_refusing(trial: Trial) -> Optional[Source]:
    source = candidate_of(trial)
    if source.built or trial.candidate.refusal is None:
        return None

    several = isinstance(trial.inputs.nested, tuple)

    def build(case: Any) -> Any:
        def lenient(*tensors: Any) -> Any:
            # (no layer, since that may refuse to foretell shapes, too)
            inputs = tensors if several else tensors[0]
            return _without_errors(lambda: Program(source, function=made).called(inputs), inputs)

        made = _without_errors(lambda: source.implementation(case), None)
        return lenient if made is not None else lambda *tensors: tensors if several else tensors[0]

    return replace(source, implementation=built_by(source, build))


def _without_errors(compute: Callable[[], Any], instead: Any) -> Any:
    try:
        return compute()
    except BaseException as error:  # noqa: BLE001  whatever it raises is what is to be lost
        let_pass(error)
        return instead
