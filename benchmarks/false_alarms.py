"""How often a law that holds is said to break, in all modes, with TensorFlow's own numerics (oneDNN on).

    python benchmarks/false_alarms.py [--examples 20000] [--processes 2] [--seed 0] [--json FILE] [LAW ...]

The examples are cut into runs of `likewise run`, each a process with a seed of its own. Exit code 1 where
a law did not behave as declared.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from collections import defaultdict
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, Dict, List, NamedTuple, Sequence

from likewise.laws import chosen

MODES = ("eager", "function", "session", "xla")


class Job(NamedTuple):
    """A run of one law."""

    law: str
    examples: int
    seed: int


def jobs(laws: Sequence[str], examples: int, each: int, seed: int) -> List[Job]:
    """The examples evenly over the laws, so many a run; all laws in turn, so that an early end has seen all."""
    rounds = -(-examples // (each * len(laws)))
    return [Job(law, each, seed + number) for number in range(rounds) for law in laws]


def run(job: Job, modes: Sequence[str], numerics: str) -> Dict[str, Any]:
    """The record of a run, with what it printed where a law did not behave as declared.

    Of a process that ended without one, such as by a fault in TensorFlow, the job and what it printed.
    """
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "run.json"
        command = ["likewise", "run", job.law, "--examples", str(job.examples), "--seed", str(job.seed)]
        command += ["--numerics", numerics, "--json", str(report), *(f"--mode={mode}" for mode in modes)]
        environment = {**os.environ, "OMP_NUM_THREADS": "1"}
        told = subprocess.run(
            [sys.executable, "-c", "from likewise.cli import main; main()", *command[1:]],
            cwd=folder,
            env=environment,
            capture_output=True,
            check=False,
        )
        output = (told.stdout + told.stderr).decode("utf-8", "replace")
        if not report.exists():
            lost = f"{' '.join(command)} ended with {told.returncode} and wrote no report:\n{output}"
            return {**job._asdict(), "lost": lost}
        document = json.loads(report.read_text("utf-8"))
    (law,) = document["laws"]
    return {**law, "cell": document["cell"], "seed": job.seed, "output": "" if law["ok"] else output}


def main(arguments: Sequence[str]) -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("laws", nargs="*", metavar="LAW")
    parser.add_argument("--examples", type=int, default=20_000, help="of all laws together")
    parser.add_argument("--each", type=int, default=250, help="of one run")
    parser.add_argument("--processes", type=int, default=os.cpu_count())
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--numerics", choices=["native", "strict"], default="native")
    parser.add_argument("--mode", action="append", choices=MODES, help="may be repeated; default: all")
    parser.add_argument("--json", metavar="FILE", type=Path)
    options = parser.parse_args(arguments)

    laws = [law.name for law in chosen(options.laws)]
    planned = jobs(laws, options.examples, options.each, options.seed)
    finished: List[Dict[str, Any]] = []
    with ThreadPoolExecutor(options.processes) as pool:
        for record in pool.map(lambda job: run(job, options.mode or MODES, options.numerics), planned):
            finished.append(record)
            sys.stderr.write(f"\r{sum(each['examples'] for each in finished if 'lost' not in each):,} examples")
            if options.json:  # each time, so that what is there counts if it is stopped
                options.json.write_text(json.dumps(finished) + "\n", encoding="utf-8")
    sys.stderr.write("\n")
    sys.exit(_tell(finished))


def _tell(ended: Sequence[Dict[str, Any]]) -> int:
    finished = [record for record in ended if "lost" not in record]
    lost = [record["lost"] for record in ended if "lost" in record]
    of_law: Dict[str, List[Dict[str, Any]]] = defaultdict(list)
    for record in finished:
        of_law[record["name"]].append(record)
    cell = finished[0]["cell"]
    print(f"TensorFlow {cell['tensorflow']}, Keras {cell['keras']}, Python {cell['python']}, {cell['numerics']}")
    headings = "{:<44}{:>10}{:>12}{:>10}{:>14}{:>9}{:>14}  {}"
    print(headings.format("law", "examples", "structures", "cases", "compared", "jumps", "most ULP", "not as declared"))
    for name, records in of_law.items():
        claims = [claim for record in records for claim in record["claims"].values()]
        told = (
            sum(record["examples"] for record in records),
            sum(record["structures"] for record in records),
            sum(record["cases"] for record in records),
            sum(claim["compared"] for claim in claims),
            sum(claim["jumps"] for claim in claims),
            max(claim["max_ulp"] or 0 for claim in claims),
        )
        wrong = sum(not record["ok"] for record in records)
        print("{:<44}{:>10,}{:>12,}{:>10,}{:>14,}{:>9,}{:>14,}  {}".format(name, *told, wrong))
    failed = [record for record in finished if not record["ok"]]
    examples, cases = (sum(record[name] for record in finished) for name in ("examples", "cases"))
    print(f"{examples:,} examples of {cases:,} cases, {len(failed)} of {len(finished)} runs not as declared")
    if lost:
        print(f"{len(lost):,} runs came to no end, and are in none of the figures")
    for text in [*(record["output"] for record in failed), *lost]:
        print(text)
    return 1 if failed or lost else 0


if __name__ == "__main__":
    main(sys.argv[1:])
