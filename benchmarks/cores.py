"""One law on one worker of pytest-xdist and on several: how much sooner it ends, TensorFlow's import left out.

    python benchmarks/cores.py [--workers 2] [--rounds 3] [--examples 200] [--json FILE] [LAW …]

Each is a pytest session of its own, with the same examples. Several laws are tests of one session.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Dict, List, Sequence

from likewise.laws import chosen

#: Imports all before the first test, and notes when tests begin and end.
CONFTEST = """
import json, os
from pathlib import Path

def pytest_collection_finish(session):
    if session.items and "PYTEST_XDIST_WORKER" in os.environ:
        from likewise.cell import current, keras
        current(), keras()

def pytest_runtest_logreport(report):
    if report.when == "call" and "PYTEST_XDIST_WORKER" not in os.environ:
        with Path("calls.jsonl").open("a") as file:
            file.write(json.dumps([report.nodeid, report.outcome, report.start, report.stop]) + "\\n")
"""

TEST = """
from hypothesis import settings
from likewise.laws import catalog

for name in {names}:
    test = catalog()[name].test(settings=settings(max_examples={examples}, derandomize=True, database=None))
    globals()[test.__name__] = test
del test
"""


def seconds(names: Sequence[str], workers: int, examples: int) -> float:
    """From the beginning of the first test to the end of the last."""
    with tempfile.TemporaryDirectory() as folder:
        Path(folder, "conftest.py").write_text(CONFTEST, encoding="utf-8")
        Path(folder, "test_laws.py").write_text(TEST.format(names=list(names), examples=examples), encoding="utf-8")
        command = [sys.executable, "-m", "pytest", "-q", "-n", str(workers), "-p", "no:cacheprovider"]
        environment = {**os.environ, "CI": "true", "OMP_NUM_THREADS": "1"}
        told = subprocess.run(command, cwd=folder, env=environment, capture_output=True, check=False)
        if told.returncode:
            raise RuntimeError(f"{' '.join(command)} ended with {told.returncode}:\n{told.stdout.decode()}")
        calls = [json.loads(line) for line in Path(folder, "calls.jsonl").read_text("utf-8").splitlines()]
    return float(max(stop for *_, stop in calls) - min(start for _, _, start, _ in calls))


def main(arguments: Sequence[str]) -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("laws", nargs="*", metavar="LAW", default=["time-distributed-conv-lstm2d"])
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--examples", type=int, default=200, help="of each law")
    parser.add_argument("--json", metavar="FILE", type=Path)
    options = parser.parse_args(arguments)

    names = [law.name for law in chosen(options.laws)]
    found: Dict[int, List[float]] = {1: [], options.workers: []}
    for number in range(options.rounds):
        for workers in list(found)[:: 1 if number % 2 else -1]:
            found[workers].append(seconds(names, workers, options.examples))
            sys.stderr.write(f"{workers} workers: {found[workers][-1]:.1f} s\n")
    ratios = [one / several for one, several in zip(found[1], found[options.workers])]
    print(f"{', '.join(names)}; {options.examples} examples each; {options.rounds} rounds; median (least to greatest)")
    for workers, taken in found.items():
        print(f"{workers} workers: {statistics.median(taken):.1f} s ({min(taken):.1f} to {max(taken):.1f})")
    print(
        f"{options.workers} are {statistics.median(ratios):.2f} times as fast ({min(ratios):.2f} to {max(ratios):.2f})"
    )
    if options.json:
        told = {"laws": names, "examples": options.examples, "seconds": found, "ratios": ratios}
        options.json.write_text(json.dumps(told, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])
