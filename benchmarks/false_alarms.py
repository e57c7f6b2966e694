"""How often a law that holds is said to break, in all modes, with TensorFlow's own numerics (oneDNN on).

    python benchmarks/false_alarms.py [--pairs] [--examples 20000] [--processes 2] [--seed 0] [--json FILE] [LAW ...]

The laws are those of the catalog, which are told by name; with ``--pairs`` they are those of `tests/pairs`, programs
that are equal in exact arithmetic, of which words in their names choose some. The examples are cut into runs, each with
a seed of its own, of which a process tries several. Exit code 1 where a law did not behave as declared.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import traceback
from collections import defaultdict
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, Dict, Iterator, List, NamedTuple, Optional, Sequence

from likewise.cell import settle
from likewise.check import claims_of, law_of
from likewise.examples import run_law
from likewise.law import Law
from likewise.laws import chosen
from likewise.record import law_record
from likewise.releasing import release
from likewise.spec import parsed

ROOT = Path(__file__).parents[1]

MODES = ("eager", "function", "session", "xla")

#: How many examples a process runs: an import of TensorFlow takes as long as a few of them.
EXAMPLES = 500


class Job(NamedTuple):
    """A run of one law, by its name."""

    law: str
    examples: int
    seed: int


def laws_of(names: Sequence[str], *, pairs: bool) -> Dict[str, Law]:
    """The laws that are asked for, by name."""
    if not pairs:
        return {law.name: law for law in chosen(names)}
    sys.path.insert(0, str(ROOT / "tests" / "pairs"))
    import likewise_pairs

    return {
        str(each): law_of(*each.sides, [parsed(spec) for spec in each.specs], claims=claims_of(each.claims))
        for each in likewise_pairs.equal()
        if not names or any(word in str(each) for word in names)
    }


def jobs(laws: Sequence[str], examples: int, each: int, seed: int) -> List[Job]:
    """The examples evenly over the laws, so many a run; all laws in turn, so that an early end has seen all."""
    rounds = -(-examples // (each * len(laws)))
    return [Job(law, each, seed + number) for number in range(rounds) for law in laws]


def run(law: Law, job: Job, modes: Optional[Sequence[str]]) -> Dict[str, Any]:
    """The record of a run, with what differed where a law did not behave as declared."""
    ended = run_law(law, examples=job.examples, seed=job.seed, modes=modes, explain=False)
    told = "" if ended.failure is None else f"{ended.failure.case}\n{ended.failure.comparison}"
    output = "" if ended.ok else "\n".join([f"{job}", *ended.problems, told])
    record = {**law_record(ended), "name": job.law}
    return {**record, "cell": ended.cell.to_json(), "seed": job.seed, "output": output}


def work(planned: Path, *, pairs: bool, modes: Optional[Sequence[str]]) -> None:
    """What a process does: a file of jobs, with a line of JSON for each that ends."""
    found = [Job(*each) for each in json.loads(planned.read_text("utf-8"))]
    laws = laws_of([], pairs=pairs)
    for job in found:
        try:
            record = run(laws[job.law], job, modes)
        except Exception:  # noqa: BLE001  it is told, and the others go on
            record = {"lost": f"{job}\n{traceback.format_exc()}"}
        with planned.with_suffix(".done").open("a", encoding="utf-8") as done:
            done.write(json.dumps(record) + "\n")
        release()


def started(planned: Sequence[Job], options: argparse.Namespace) -> Iterator[Dict[str, Any]]:
    """The records of jobs that run in a process of their own.

    Of a process that ended early, such as by a fault in TensorFlow, its first job without a record, and what it
    printed; the jobs that come after go on in another.
    """
    while planned:
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "jobs.json"
            path.write_text(json.dumps(planned), encoding="utf-8")
            command = [sys.executable, __file__, "--work", str(path), "--numerics", options.numerics]
            command += ["--pairs"] if options.pairs else []
            command += [f"--mode={mode}" for mode in options.mode or ()]
            environment = {**os.environ, "OMP_NUM_THREADS": "1", "TF_CPP_MIN_LOG_LEVEL": "3"}
            told = subprocess.run(command, cwd=folder, env=environment, capture_output=True, check=False)
            done = path.with_suffix(".done")
            records = [json.loads(line) for line in done.read_text("utf-8").splitlines()] if done.exists() else []
        yield from records
        planned = planned[len(records) :]
        if planned:
            output = (told.stdout + told.stderr).decode("utf-8", "replace")
            yield {"lost": f"{planned[0]} ended with {told.returncode} and no record:\n{output}"}
            planned = planned[1:]


def main(arguments: Sequence[str]) -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("laws", nargs="*", metavar="LAW")
    parser.add_argument("--pairs", action="store_true", help="the equal pairs, instead of the laws of the catalog")
    parser.add_argument("--examples", type=int, default=20_000, help="of all laws together")
    parser.add_argument("--each", type=int, help="of one run; default: 250, and 50 of a pair")
    parser.add_argument("--processes", type=int, default=os.cpu_count())
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--numerics", choices=["native", "strict"], default="native")
    parser.add_argument("--mode", action="append", choices=MODES, help="may be repeated; default: all but xla")
    parser.add_argument("--json", metavar="FILE", type=Path)
    parser.add_argument("--work", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args(arguments)

    settle(numerics=options.numerics)
    if options.work:
        work(options.work, pairs=options.pairs, modes=options.mode)
        return
    names = list(laws_of(options.laws, pairs=options.pairs))
    each = options.each or (50 if options.pairs else 250)
    planned = jobs(names, options.examples, each, options.seed)
    size = max(EXAMPLES // each, 1)
    finished: List[Dict[str, Any]] = []

    def run_some(some: Sequence[Job]) -> None:
        for record in started(some, options):
            finished.append(record)
            sys.stderr.write(f"\r{sum(each.get('examples', 0) for each in finished):,} examples")
            if options.json:  # each time, so that what is there counts if it is stopped
                options.json.write_text(json.dumps(finished) + "\n", encoding="utf-8")

    with ThreadPoolExecutor(options.processes) as pool:
        list(pool.map(run_some, [planned[place : place + size] for place in range(0, len(planned), size)]))
    sys.stderr.write("\n")
    sys.exit(_tell(finished))


def _tell(ended: Sequence[Dict[str, Any]]) -> int:
    finished = [record for record in ended if "lost" not in record]
    lost = [record["lost"] for record in ended if "lost" in record]
    of_law: Dict[str, List[Dict[str, Any]]] = defaultdict(list)
    for record in finished:
        of_law[record["name"]].append(record)
    if finished:
        cell = finished[0]["cell"]
        print(f"TensorFlow {cell['tensorflow']}, Keras {cell['keras']}, Python {cell['python']}, {cell['numerics']}")
    width = max(map(len, of_law), default=0)
    headings = "{:<{width}}{:>10}{:>12}{:>10}{:>14}{:>9}{:>14}  {}"
    titles = ("law", "examples", "structures", "cases", "compared", "jumps", "most ULP", "not as declared")
    print(headings.format(*titles, width=width))
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
        print("{:<{width}}{:>10,}{:>12,}{:>10,}{:>14,}{:>9,}{:>14,}  {}".format(name, *told, wrong, width=width))
    failed = [record for record in finished if not record["ok"]]
    examples, cases = (sum(record[name] for record in finished) for name in ("examples", "cases"))
    modes = sorted({mode.partition("[")[0] for record in finished for mode in record["modes"]})
    print(
        f"{examples:,} examples of {cases:,} cases and {len(of_law):,} laws in {', '.join(modes)}, "
        f"{len(failed)} of {len(finished)} runs not as declared"
    )
    if examples and not failed:
        print(
            f"so fewer than 1 example in {examples // 3:,} is a false alarm, with 95 % confidence (the rule of three)"
        )
    if lost:
        print(f"{len(lost):,} runs came to no end, and are in none of the figures")
    for text in [*(record["output"] for record in failed), *lost]:
        print(text)
    return 1 if failed or lost else 0


if __name__ == "__main__":
    main(sys.argv[1:])
