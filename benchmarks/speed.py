"""Structures and cases tried a second of CPU time: likewise, a test by hand, and TensorFlow's calls alone.

    python benchmarks/speed.py [--mode eager …] [--rounds 5] [--examples 20] [--lines 10] [--json FILE] [LAW …]

The three take turns in one process, and in a round all draw from the same strategy by the same seed. Then likewise goes
through the rounds once more while its stack is sampled, for the share of the time that is its own, by room.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import statistics
import sys
import time
import unittest
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any, Callable, Dict, List, NamedTuple, Sequence, Set, Tuple

import hypothesis
import numpy as np
from handwritten import FLOORS, HANDWRITTEN, numbers_for
from sampling import Samples, sampled

from likewise.cell import current, keras
from likewise.examples import one_of_ways, run_law
from likewise.execution import executions, usable_modes
from likewise.law import Law
from likewise.laws import chosen
from likewise.running import LawRun
from likewise_strategies import split

#: The seed's, without those that refuse, which build nothing; those of unknown steps, whose programs are those of the
#: first two; and Conv3D, which TensorFlow computes otherwise with some strides.
LAWS = (
    "time-distributed-conv-lstm2d",
    "time-distributed-conv2d",
    "time-distributed-default-names",
    "time-distributed-nested-names",
    "time-distributed-named-conv2d",
    "time-distributed-named-weights",
    "time-distributed-input-shape",
    "time-distributed-is-a-layer",
    "nested-time-distributed",
)

#: Whose a module is. The law's two programs are what is tried, not likewise.
OWNERS = {
    "likewise.laws.": "TensorFlow and Keras",
    "likewise_strategies": "Hypothesis and the strategies",
    "hypothesis": "Hypothesis and the strategies",
    "likewise": "likewise",
    "tensorflow": "TensorFlow and Keras",
    "keras": "TensorFlow and Keras",
    "tf_keras": "TensorFlow and Keras",
}


class Round(NamedTuple):
    """How many structures and cases were tried in a round, and the CPU seconds that it took."""

    structures: int
    cases: int
    seconds: float


#: What graphs know of their inputs' shapes as likewise runs them; of the others they know all.
KNOWN = ("static", "batch")


def drawn(law: Law, mode: str, examples: int, seed: int, body: Callable[[Any], None]) -> Tuple[int, int]:
    """Call the body for so many examples, those that likewise draws; how many structures and cases they were."""
    structures: Set[Any] = set()
    cases: Set[str] = set()

    @hypothesis.seed(seed)
    @hypothesis.settings(max_examples=examples, database=None, deadline=None)
    @hypothesis.given(case=law.cases, _=one_of_ways(executions([mode], KNOWN)))
    def test(case: Any, _: Any) -> None:
        structures.add(split(case)[0])
        cases.add(repr(case))
        body(case)

    test()
    return len(structures), len(cases)


def by_hand(law: Law, mode: str, examples: int, seed: int) -> Round:
    started = time.process_time()
    counts = drawn(law, mode, examples, seed, partial(HANDWRITTEN[mode], law))
    return Round(*counts, time.process_time() - started)


def floor(law: Law, mode: str, examples: int, seed: int) -> Round:
    """The cases and their inputs are drawn before the clock starts."""
    cases: List[Any] = []
    counts = drawn(law, mode, examples, seed, cases.append)
    fed = [numbers_for(case, np.random.RandomState(seed)) for case in cases]
    started = time.process_time()
    for case, inputs in zip(cases, fed):
        FLOORS[mode](law, case, inputs)
    return Round(*counts, time.process_time() - started)


class Enough(unittest.SkipTest):
    """The examples are done; Hypothesis hands on what skips a test at once."""


def by_likewise(law: Law, mode: str, examples: int, seed: int) -> Round:
    """Without what it looks for afterwards: executions that no example drew, and declared breaks that none showed."""
    runs: List[LawRun] = []

    def note(run: LawRun) -> None:
        runs[:] = [run]
        if run.examples >= examples:
            raise Enough

    started = time.process_time()
    with contextlib.suppress(Enough):
        run_law(law, examples=examples, seed=seed, modes=[mode], progress=note)
    stopped = time.process_time()
    if runs[0].failure is not None:
        raise AssertionError(f"{law.name} in {mode}: {runs[0].failure.comparison}")
    return Round(runs[0].structures, runs[0].cases, stopped - started)


SIDES = {"by hand": by_hand, "floor": floor, "likewise": by_likewise}


def tried(law: Law, mode: str, rounds: int, examples: int) -> Dict[str, List[Round]]:
    """For each side its rounds, by CPU time, which minds other processes less."""
    found: Dict[str, List[Round]] = {side: [] for side in SIDES}
    order = list(SIDES)
    for number in range(rounds + 1):
        # Who comes later finds the caches warm, so they take turns; the round before the first is not counted.
        for side in order:
            done = SIDES[side](law, mode, examples, number)
            if number:
                found[side].append(done)
        order = [*order[1:], order[0]]
    return found


def spread(numbers: Sequence[float]) -> Tuple[float, float, float]:
    """Median, least and greatest."""
    return statistics.median(numbers), min(numbers), max(numbers)


def ratios(found: Dict[str, List[Round]], other: str) -> List[float]:
    """likewise's structures a second by the other side's, round by round."""
    pairs = zip(found["likewise"], found[other])
    return [mine.structures / mine.seconds / (its.structures / its.seconds) for mine, its in pairs]


def all_cases(rounds: Sequence[Round]) -> float:
    """Cases a second over all rounds: those that are stacked come in few of them."""
    return sum(each.cases for each in rounds) / sum(each.seconds for each in rounds)


def shares(law: Law, mode: str, rounds: int, examples: int) -> Samples:
    """Whose code runs while likewise goes through the same rounds."""
    samples = Samples(OWNERS)
    with sampled(samples):
        for number in range(1, rounds + 1):
            by_likewise(law, mode, examples, number)
    return samples


def measured(law: Law, mode: str, rounds: int, examples: int, lines: int) -> Dict[str, Any]:
    """The figures of a law in a mode, printed and as JSON has them."""
    found = tried(law, mode, rounds, examples)
    samples = shares(law, mode, rounds, examples)
    told = {"structures by hand": ratios(found, "by hand"), "structures by floor": ratios(found, "floor")}
    cases = all_cases(found["likewise"]) / all_cases(found["by hand"])
    line = "  ".join("{:6.2f} ({:5.2f} to {:5.2f})".format(*spread(numbers)) for numbers in told.values())
    print(f"{law.name:<34}{mode:<10}{line}  {cases:13.1f}  {samples.share('likewise'):9.1%}", flush=True)
    own = [(line, count) for (owner, line), count in samples.by_line.most_common() if owner == "likewise"]
    for line, count in own[:lines]:
        print(f"        {count / sum(samples.by_owner.values()):6.2%}  {line}")
    return {
        "law": law.name,
        "mode": mode,
        "rounds": {side: [each._asdict() for each in its] for side, its in found.items()},
        "ratios": told,
        "cases by hand": cases,
        "samples": dict(samples.by_owner),
        "rooms": samples.by_room("likewise"),
    }


def main(arguments: Sequence[str]) -> None:
    # As tox has it: with more threads than one, convolutions of one batch size round otherwise than of another.
    os.environ.setdefault("TF_NUM_INTRAOP_THREADS", "1")
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("laws", nargs="*", metavar="LAW", help="default: those of the seed")
    parser.add_argument("--mode", action="append", choices=list(FLOORS), help="may be repeated; default: all here")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--examples", type=int, default=20, help="in a round, for each side")
    parser.add_argument("--lines", type=int, default=0, help="how many of likewise's most costly lines to print")
    parser.add_argument("--json", metavar="FILE", type=Path)
    options = parser.parse_args(arguments)

    cell = current()
    keras()  # imported before any clock runs
    print(cell)
    print(f"{options.rounds} rounds of {options.examples} examples; medians (least to greatest) of likewise's rate by")
    print(f"{'':<44}{'structures by hand':<26}{'structures, floor':<26}{'cases by hand':<15}own share")
    told = []
    for mode in options.mode or usable_modes(cell, [mode for mode in FLOORS if _runs(mode)]):
        for law in chosen(options.laws or LAWS):
            told.append(measured(replace(law, dimensions=KNOWN), mode, options.rounds, options.examples, options.lines))
            if options.json:  # each time, so that what is there counts if it is stopped
                options.json.write_text(
                    json.dumps({"cell": cell.to_json(), "measured": told}, indent=1) + "\n", encoding="utf-8"
                )


def _runs(mode: str) -> bool:
    from likewise.execution import MODES

    return not MODES[mode].why_not(current())


if __name__ == "__main__":
    main(sys.argv[1:])
