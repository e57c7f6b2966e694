"""Memory is given back between examples, and what runs goes on; ``benchmarks/memory.py`` tells how much."""

from __future__ import annotations

from typing import Tuple

import numpy as np

from likewise.execution import Execution
from likewise.inputs import inputs_of
from likewise.program import NO_CASE, Source
from likewise.releasing import release
from likewise.trial import tried

X = np.arange(6, dtype="float32").reshape(2, 3)


def twice() -> object:
    return lambda x: x * 2


def test_what_is_open_runs_on(modes: Tuple[str, ...]) -> None:
    for mode in modes:
        with tried(Source("", twice), Source("", twice), inputs_of(NO_CASE, X), Execution(mode)) as trial:
            release()
            again = trial.given(inputs=inputs_of(NO_CASE, X + 1))
            np.testing.assert_array_equal(again.reference.leaves()[0][1], X * 2 + 2)
