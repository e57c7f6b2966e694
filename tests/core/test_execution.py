"""The ways to run a case."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any, Tuple

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from likewise.cell import Cell
from likewise.errors import InputError
from likewise.execution import DIMENSIONS, Execution, executions, signature, usable_modes

CELL = Cell("3.11.7", "2.15.1", "2.15.0", 2, "v2", "strict", "1.26.4", "6.100.0", "0.1.0", "x86_64")
COMPAT1 = replace(CELL, behavior="compat1")
OLD = replace(CELL, tensorflow="2.4.4")


def test_default_modes() -> None:
    assert usable_modes(CELL) == ("eager", "function", "session")
    assert usable_modes(COMPAT1) == ("session",)


def test_modes_asked_for_come_in_their_order_and_once() -> None:
    assert usable_modes(CELL, ["xla", "eager", "xla"]) == ("xla", "eager")
    assert usable_modes(CELL, []) == ()


@pytest.mark.parametrize(
    "cell, modes, message",
    [
        (CELL, ["eagre"], "modes='eagre', but expected one of eager, function, session, xla"),
        (CELL, "eager", "modes='eager', but expected a sequence, such as modes=('eager',)"),
        (COMPAT1, ["eager"], "mode='eager', but behavior='compat1' has no eager execution; choose behavior v2"),
        (COMPAT1, ["function"], "mode='function', but behavior='compat1' has no eager execution"),
        (COMPAT1, ["xla"], "mode='xla', but behavior='compat1' has no eager execution"),
        (OLD, ["xla"], "mode='xla', but tensorflow=2.4.4 has no jit_compile; XLA needs 2.5 or later"),
    ],
)
def test_modes_that_cannot_be(cell: Cell, modes: Any, message: str) -> None:
    with pytest.raises(InputError, match=re.escape(message)):
        usable_modes(cell, modes)


def test_executions() -> None:
    found = executions(["eager", "session", "xla"], ["static", "unknown", "static"])
    assert list(map(str, found)) == ["eager", "session", "session[unknown]", "xla"]


def test_eager_runs_once_even_where_static_dimensions_were_not_asked_for() -> None:
    assert executions(["eager"], ["batch", "steps"]) == [Execution("eager", "static")]


def test_unknown_dimensions() -> None:
    with pytest.raises(InputError, match="dimensions='dynamic', but expected one of static, batch, steps, unknown"):
        executions(["session"], ["dynamic"])


@pytest.mark.parametrize(
    "axes, shape, dimensions, expected",
    [
        ("ndhwc", (1, 2, 3, 4, 5), "static", (1, 2, 3, 4, 5)),
        ("ndhwc", (1, 2, 3, 4, 5), "batch", (None, 2, 3, 4, 5)),
        ("ndhwc", (1, 2, 3, 4, 5), "steps", (None, None, 3, 4, 5)),
        ("ndhwc", (1, 2, 3, 4, 5), "unknown", (None, None, None, None, 5)),
        ("nchw", (1, 2, 3, 4), "unknown", (None, 2, None, None)),
        ("ntc", (1, 2, 3), "steps", (None, None, 3)),
        ("nhwc", (1, 2, 3, 4), "steps", (None, 2, 3, 4)),
        ("", (1, 2, 3, 4), "batch", (None, 2, 3, 4)),
        ("", (1, 2, 3, 4), "steps", (None, None, 3, 4)),
        ("", (1, 2, 3, 4), "unknown", (None, None, None, 4)),
        ("", (1, 2), "steps", (None, 2)),
        ("", (1, 2), "unknown", (None, 2)),
        ("", (1,), "unknown", (None,)),
        ("", (), "unknown", ()),
    ],
)
def test_what_is_left_open(axes: str, shape: Tuple[int, ...], dimensions: str, expected: Any) -> None:
    assert signature([np.zeros(shape)], [axes], dimensions) == [expected]


@given(st.lists(st.integers(0, 3), max_size=5).map(tuple), st.sampled_from(DIMENSIONS))
def test_a_signature_admits_its_array(shape: Tuple[int, ...], dimensions: str) -> None:
    (found,) = signature([np.zeros(shape)], [""], dimensions)
    assert len(found) == len(shape)
    assert all(known in (None, size) for known, size in zip(found, shape))
