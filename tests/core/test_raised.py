"""Whatever a program raises is its refusal, told as text; what is about the question is passed on."""

from __future__ import annotations

import unittest
from typing import Any, Callable, ContextManager, Type

import hypothesis.errors
import numpy as np
import pytest

from likewise.cell import current, keras
from likewise.errors.raised import Escaped, contained, said, shown
from likewise.execution import Execution, usable_modes
from likewise.inputs import inputs_of
from likewise.program import NO_CASE, Source
from likewise.trial import Refusal, Trial, tried


class OfItsOwn(BaseException):
    pass


class Unreadable(Exception):
    def __str__(self) -> str:
        raise SystemExit(0)

    __repr__ = __str__


class NoText(Exception):
    def __str__(self) -> Any:
        return 3  # noqa: PLE0307  it is what is tried


class Text(str):
    __slots__ = ()

    def encode(self, *_: Any) -> bytes:
        raise ValueError


class Shadowed(Exception):
    def __str__(self) -> str:
        return Text("shadowed")


ODD = [
    (SystemExit(0), "SystemExit", "0"),
    (GeneratorExit("gone"), "GeneratorExit", "gone"),
    (OfItsOwn("mine"), "OfItsOwn", "mine"),
    (StopIteration(), "StopIteration", ""),
    (unittest.SkipTest("not today"), "SkipTest", "not today"),
    (hypothesis.errors.InvalidArgument("odd"), "InvalidArgument", "odd"),
    (hypothesis.errors.Unsatisfiable("odd"), "Unsatisfiable", "odd"),
    (Unreadable(), "Unreadable", "(its text cannot be read)"),
    (NoText(), "NoText", "(its text cannot be read)"),
    (Shadowed(), "Shadowed", "shadowed"),
    (ValueError("half a \ud800"), "ValueError", "half a \\ud800"),
]


def dense() -> Any:
    return keras().layers.Dense(2)


def raising(error: BaseException, *, when: str) -> Callable[[], Any]:
    def implementation() -> Any:
        def call(rows: Any) -> Any:
            raise error

        if when == "build":
            raise error
        return call

    return implementation


def trying(candidate: Any) -> ContextManager[Trial]:
    inputs = inputs_of(NO_CASE, np.ones([2, 3], "float32"))
    way = Execution(usable_modes(current())[0])
    return tried(Source("reference", dense), Source("candidate", candidate), inputs, way)


@pytest.mark.parametrize("when", ["build", "call"])
@pytest.mark.parametrize("error, name, text", ODD, ids=[name for _, name, _ in ODD])
def test_whatever_a_program_raises_is_its_refusal(error: BaseException, name: str, text: str, when: str) -> None:
    with trying(raising(error, when=when)) as trial:
        assert trial.reference.refusal is None
        refusal = trial.candidate.refusal
    assert refusal is not None
    assert refusal.type == name
    assert text in refusal.message
    assert str(refusal).encode("utf-8")


def test_an_interrupt_stays_one() -> None:
    with pytest.raises(KeyboardInterrupt), trying(raising(KeyboardInterrupt(), when="call")):
        pass


@pytest.mark.parametrize("error", [KeyboardInterrupt, ValueError, hypothesis.errors.StopTest])
def test_what_is_contained_stays_what_it_was_where_others_see_to_it(error: Type[BaseException]) -> None:
    with pytest.raises(error), contained():
        raise error(0)


def test_what_is_no_exception_becomes_one() -> None:
    with pytest.raises(Escaped, match=r"^0$"), contained():
        raise SystemExit(0)


def test_a_message_has_an_end() -> None:
    text = said(ValueError("begins" + "x" * 10**6 + "ends"))
    assert len(text) < 11_000
    assert text.startswith("begins")
    assert text.endswith("ends")
    assert len(str(Refusal.of(ValueError("x" * 10**6), "run"))) < 11_000


class NotShown:
    def __repr__(self) -> str:
        raise SystemExit(0)


def test_values_are_shown_whatever_they_are() -> None:
    assert shown("a") == "'a'"
    assert shown(NotShown()) == "a NotShown that cannot be shown"
    assert len(shown("a" * 1000)) < 70


class Named:
    """A callable that tells another name than one, or none."""

    name = 3

    def __getattr__(self, name: str) -> Any:
        raise ValueError(name)

    def __call__(self) -> Any:
        return dense()


def test_a_title_whatever_the_implementation_is() -> None:
    assert Source("candidate", Named()).title == "candidate=Named"
