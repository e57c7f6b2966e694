"""Seconds and examples to the kill of each planted mistake: likewise against the test that one writes by hand.

    python benchmarks/kills.py [--seeds 5] [--examples 100] [--json FILE] [WORD …]

Both draw the same cases from the same strategies, by the same seeds, and take turns in who comes first.
"""

from __future__ import annotations

import argparse
import contextlib
import importlib
import json
import math
import os
import statistics
import sys
import time
from collections import defaultdict
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any, Callable, Dict, Iterator, List, NamedTuple, Optional, Sequence, Tuple
from unittest import mock

import hypothesis
from handwritten import Implementation, Weights, copied, drawn, same_by_hand
from hypothesis import Phase

from likewise.cell import current, tensorflow
from likewise.errors import NotEquivalent
from likewise.examples import run_law
from likewise.law import Law
from likewise.laws import catalog
from likewise.releasing import release
from likewise.running import LawRun


class Kill(NamedTuple):
    """The examples up to the first that fails, itself included, and the CPU seconds up to its failing."""

    examples: int
    seconds: float


class Outcome(NamedTuple):
    """A mutant tried by one side with one seed: ``kill`` is None where it survives.

    ``alarms`` counts the examples that fail with the right candidate, too, and so do not count.
    """

    kill: Optional[Kill]
    alarms: int = 0


class _Killed(Exception):
    """Ends a run once an example has failed."""


class _Enough(Exception):
    """Ends a run of likewise once all examples hold."""


def by_hand(weights: Weights, law: Law, candidate: Implementation, examples: int, seed: int) -> Outcome:
    """Until the first failure of the test by hand; an example at which the right candidate fails is passed over."""
    tried, alarms, away = 0, 0, 0.0
    kill: Optional[Kill] = None

    @hypothesis.seed(seed)
    @hypothesis.settings(
        max_examples=examples,
        phases=[Phase.explicit, Phase.reuse, Phase.generate, Phase.target],
        database=None,
        deadline=None,
        report_multiple_bugs=False,
        print_blob=False,
    )
    @hypothesis.given(case=law.cases)
    def test(case: Any) -> None:
        nonlocal tried, alarms, away, kill
        if kill is not None:
            raise _Killed  # Hypothesis runs the failing example once more
        tried += 1
        try:
            same_by_hand(weights, law.reference, candidate, case)
        except AssertionError:
            failed = time.process_time()
            try:
                same_by_hand(weights, law.reference, law.candidate, case)
            except AssertionError:
                alarms += 1
                away += time.process_time() - failed
                return
            kill = Kill(tried, failed - started - away)
            raise _Killed from None

    tensorflow().compat.v1.set_random_seed(seed)
    started = time.process_time()
    with contextlib.suppress(_Killed):
        test()
    return Outcome(kill, alarms)


def by_likewise(law: Law, candidate: Implementation, examples: int, seed: int) -> Outcome:
    """Until the first example in which a claim breaks that should hold."""
    kills: List[Kill] = []
    try_example = LawRun.try_example

    def timed(run: LawRun, case: Any, way: Any) -> None:
        if run.examples == examples and not kills:
            raise _Enough  # what comes now is a search for declared breaks
        try:
            try_example(run, case, way)
        except NotEquivalent:
            # By the clock as it fails: Hypothesis runs the example once more, and tells nobody of the first time.
            kills.append(Kill(run.examples, time.process_time() - started))
            raise

    tried = replace(law, candidate=candidate, dimensions=law.dimensions[:1])
    with mock.patch.object(LawRun, "try_example", timed), contextlib.suppress(_Enough):
        started = time.process_time()
        run_law(tried, examples=examples, modes=["eager"], shrink=False, explain=False, seed=seed)
    return Outcome(kills[0] if kills else None)


Side = Callable[[Law, Implementation, int, int], Outcome]

LIKEWISE = "likewise"

SIDES: Dict[str, Side] = {"copied": partial(by_hand, copied), "drawn": partial(by_hand, drawn), LIKEWISE: by_likewise}

HANDS = [side for side in SIDES if side != LIKEWISE]

#: By mutant and side, an outcome a seed.
Outcomes = Dict[str, Dict[str, List[Outcome]]]


def planted(words: Sequence[str]) -> List[Any]:
    """The mutants of the tests whose names contain one of the words; all where there are none."""
    sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests" / "mutants"))
    mutants = importlib.import_module("likewise_mutants").MUTANTS
    return [mutant for mutant in mutants if not words or any(word in str(mutant) for word in words)]


def turns(number: int) -> Iterator[str]:
    """The sides, each as often the first as the others."""
    names = list(SIDES)
    start = number % len(names)
    return iter(names[start:] + names[:start])


def tried(mutants: Sequence[Any], seeds: int, examples: int, patience: int) -> Outcomes:
    """Each mutant by each side with each seed; a test by hand gives a mutant up that survives so many seeds."""
    found: Outcomes = {str(mutant): {side: [] for side in SIDES} for mutant in mutants}
    warm = set()
    for number, mutant in enumerate(mutants):
        law, outcomes = catalog()[mutant.law], found[str(mutant)]
        if law.name not in warm:
            warm.add(law.name)
            for side in SIDES.values():
                side(law, law.candidate, 3, 0)
        for seed in range(seeds):
            for side in turns(number + seed):
                known = outcomes[side]
                if side != LIKEWISE and len(known) >= patience and not any(each.kill for each in known):
                    continue
                release()  # so that no side finds the kernels that another has left
                known.append(SIDES[side](law, mutant.candidate, examples, seed))
        told = "; ".join(f"{side} {median_text(outcomes[side])}" for side in SIDES)
        print(f"[{number + 1}/{len(mutants)}] {mutant}: {told}", file=sys.stderr, flush=True)
    return found


def median_of(outcomes: Sequence[Outcome], what: str) -> float:
    """The median of examples or seconds, where a mutant that survives takes infinitely many."""
    return statistics.median(math.inf if each.kill is None else getattr(each.kill, what) for each in outcomes)


def number(value: float, form: str) -> str:
    """The number as text, "-" for none that is finite."""
    return form.format(value) if math.isfinite(value) else "-"


def median_text(outcomes: Sequence[Outcome]) -> str:
    """Median examples and seconds, and in how many seeds it was killed, where that is not all."""
    killed = sum(each.kill is not None for each in outcomes)
    seeds = "" if killed == len(outcomes) else f" ({killed}/{len(outcomes)})"
    text = f"{number(median_of(outcomes, 'examples'), '{:g}')} {number(median_of(outcomes, 'seconds'), '{:.2f}s')}"
    return ("-" if text == "- -" else text) + seeds


def quartiles(values: Sequence[float]) -> Tuple[float, float, float]:
    """The quartiles; a value that stands between two is the lower one's, for some are infinite."""
    ordered = sorted(values)
    first, second, third = (ordered[int(share * (len(ordered) - 1))] for share in (0.25, 0.5, 0.75))
    return first, second, third


def summary(found: Outcomes) -> Dict[str, Any]:
    """What all mutants together come to."""
    told: Dict[str, Any] = {"mutants": len(found), "sides": {}, "likewise_needs_more": {}, "ratio": {}}
    for side in SIDES:
        counts: Dict[str, int] = defaultdict(int)
        for outcomes in found.values():
            killed = [each.kill is not None for each in outcomes[side]]
            counts["all" if all(killed) else "some" if any(killed) else "none"] += 1
        told["sides"][side] = {
            "killed_in_seeds": dict(counts),
            "alarms": sum(each.alarms for outcomes in found.values() for each in outcomes[side]),
            **{
                what: quartiles([median_of(outcomes[side], what) for outcomes in found.values()])
                for what in ("examples", "seconds")
            },
        }
    for side in HANDS:
        told["likewise_needs_more"][side] = {}
        for what in ("seconds", "examples"):
            pairs = {
                name: (median_of(outcomes[side], what), median_of(outcomes[LIKEWISE], what))
                for name, outcomes in found.items()
            }
            comparable = {name: pair for name, pair in pairs.items() if min(pair) < math.inf}
            told["likewise_needs_more"][side][what] = [name for name, pair in comparable.items() if pair[1] > pair[0]]
            if what == "seconds":
                told["ratio"][side] = quartiles([hand / mine for hand, mine in comparable.values()])
    return told


def show(found: Outcomes, told: Dict[str, Any]) -> None:
    width = max(map(len, found))
    print(f"{'median examples and CPU seconds to the kill':<{width}}" + "".join(f"{side:>24}" for side in SIDES))
    for name, outcomes in found.items():
        print(f"{name:<{width}}" + "".join(f"{median_text(outcomes[side]):>24}" for side in SIDES))
    print()
    for side, its in told["sides"].items():
        killed = its["killed_in_seeds"]
        examples = " / ".join(number(each, "{:g}") for each in its["examples"])
        seconds = " / ".join(number(each, "{:.3f}") for each in its["seconds"])
        print(
            f"{side}: kills {killed.get('all', 0)} of {told['mutants']} with every seed, {killed.get('some', 0)} with "
            f"some, {killed.get('none', 0)} with none; quartiles over the mutants: examples {examples}, "
            f"CPU seconds {seconds}; false alarms passed over: {its['alarms']}"
        )
    for side in HANDS:
        ratios = " / ".join(number(each, "{:.2f}") for each in told["ratio"][side])
        print(f"{side} / {LIKEWISE}, CPU seconds, quartiles over the mutants that either kills: {ratios}")
        for what, text in (("seconds", "{:.2f}"), ("examples", "{:g}")):
            names = told["likewise_needs_more"][side][what]
            print(f"killed by '{side}' with fewer {what} than by {LIKEWISE}, {len(names)}:")
            for name in names:
                pair = (text.format(median_of(found[name][each], what)) for each in (side, LIKEWISE))
                print(f"    {name} " + " : ".join(pair))


def finite(value: Any) -> Any:
    """The same for JSON, which has no infinity: None in its place."""
    if isinstance(value, dict):
        return {key: finite(each) for key, each in value.items()}
    if isinstance(value, (list, tuple)):
        return [finite(each) for each in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value


def main(arguments: Sequence[str]) -> None:
    # As tox has it: with more threads than one, convolutions of one batch size round otherwise than of another.
    os.environ.setdefault("TF_NUM_INTRAOP_THREADS", "1")
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("words", metavar="WORD", nargs="*", help="only mutants whose names contain one of the words")
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--examples", type=int, default=100, help="at most, for each mutant, seed and side")
    parser.add_argument(
        "--patience", type=int, default=2, help="seeds after which a test by hand gives up what survives all of them"
    )
    parser.add_argument("--json", metavar="FILE", type=Path)
    options = parser.parse_args(arguments)

    cell = current()
    mutants = planted(options.words)
    found = tried(mutants, options.seeds, options.examples, options.patience)
    told = summary(found)
    print(cell)
    print(
        f"{len(mutants)} planted mistakes, eager, {options.seeds} seeds, at most {options.examples} examples each; "
        f"a test by hand that lets one live with {options.patience} seeds is not asked again"
    )
    show(found, told)
    if options.json:
        everything = {
            "cell": cell.to_json(),
            "examples": options.examples,
            "seeds": options.seeds,
            "patience": options.patience,
            "summary": finite(told),
            "mutants": {
                name: {
                    side: [
                        {
                            "killed": each.kill is not None,
                            **(each.kill._asdict() if each.kill else {}),
                            "alarms": each.alarms,
                        }
                        for each in outcomes[side]
                    ]
                    for side in SIDES
                }
                for name, outcomes in found.items()
            },
        }
        options.json.write_text(json.dumps(everything, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])
