"""What it would save to put both sides into one graph: TensorFlow's calls alone, in one graph by those in two.

    python benchmarks/together.py [--rounds 5] [--examples 20] [LAW …]

likewise gives each side a graph of its own, so that neither sees the other's names, collections and random seeds.
"""

from __future__ import annotations

import argparse
import os
import statistics
import sys
import time
from functools import partial
from typing import Any, Callable, Dict, List, Sequence, Tuple

import numpy as np
from handwritten import as_function, numbers_for, tensors
from speed import drawn

from likewise.cell import current, keras, tensorflow
from likewise.execution import usable_modes
from likewise.law import Law
from likewise.laws import chosen

LAWS = ("time-distributed-conv-lstm2d", "time-distributed-conv2d")

#: Runs the sides of these implementations for a case, with its inputs as arrays.
Run = Callable[[Sequence[Callable[[Any], Callable[..., Any]]], Any, Sequence[np.ndarray]], None]


def in_function(implementations: Sequence[Callable[[Any], Callable[..., Any]]], case: Any, arrays: Any) -> None:
    """Built and called eagerly, then traced as one function and run."""
    inputs = tensors(arrays)
    programs = [implementation(case) for implementation in implementations]
    for program in programs:
        program(*inputs)
    as_function(lambda *given: [program(*given) for program in programs], {})(*inputs)


def in_session(implementations: Sequence[Callable[[Any], Callable[..., Any]]], case: Any, arrays: Any) -> None:
    """Built in one graph, and run in one session."""
    v1 = tensorflow().compat.v1
    with v1.Graph().as_default() as graph:
        placeholders = [v1.placeholder(array.dtype, array.shape) for array in arrays]
        outputs = [implementation(case)(*placeholders) for implementation in implementations]
        with v1.Session(graph=graph) as session:
            session.run(v1.global_variables_initializer())
            session.run(outputs, dict(zip(placeholders, arrays)))


MODES: Dict[str, Run] = {"function": in_function, "session": in_session}


def alone(run: Run, law: Law, case: Any, arrays: Sequence[np.ndarray]) -> None:
    for implementation in (law.reference, law.candidate):
        run([implementation], case, arrays)


def together(run: Run, law: Law, case: Any, arrays: Sequence[np.ndarray]) -> None:
    run([law.reference, law.candidate], case, arrays)


def seconds(side: Callable[..., None], law: Law, examples: Sequence[Tuple[Any, Any]]) -> float:
    """CPU seconds for all examples."""
    started = time.process_time()
    for case, arrays in examples:
        side(law, case, arrays)
    return time.process_time() - started


def main(arguments: Sequence[str]) -> None:
    os.environ.setdefault("TF_NUM_INTRAOP_THREADS", "1")
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("laws", nargs="*", metavar="LAW", help=f"default: {', '.join(LAWS)}")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--examples", type=int, default=20)
    options = parser.parse_args(arguments)

    print(current())
    keras()  # imported before any clock runs
    for law in chosen(options.laws or LAWS):
        cases: List[Any] = []
        drawn(law, "session", options.examples, 1, cases.append)
        examples = [(case, numbers_for(case, np.random.RandomState(1))) for case in cases]
        for mode in (mode for mode in MODES if mode in usable_modes(current())):
            sides = [partial(side, MODES[mode]) for side in (alone, together)]
            rounds = []
            for number in range(options.rounds + 1):
                order = sides if number % 2 else sides[::-1]
                taken = {side.func: seconds(side, law, examples) for side in order}
                rounds.append(taken[together] / taken[alone])
            told = rounds[1:]  # in the first the caches are cold
            words = f"{statistics.median(told):.2f} ({min(told):.2f} to {max(told):.2f})"
            print(f"{law.name:<34}{mode:<10}{words} of the time in graphs of their own", flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
