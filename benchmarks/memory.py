"""How a process grows over many structures of a law.

python benchmarks/memory.py [--structures 10000] [--mode eager] [--json FILE] [LAW]
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import List, Sequence, Tuple

from likewise.cell import current
from likewise.examples import run_law
from likewise.laws import chosen

#: Structures before the first measurement: imports, caches and pools are there then.
WARM = 250


def resident() -> float:
    """What this process has in memory, in MB (Linux)."""
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return pages * 4096 / 1e6


def main(arguments: Sequence[str]) -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("law", nargs="?", metavar="LAW", default="time-distributed-conv2d")
    parser.add_argument("--structures", type=int, default=10_000)
    parser.add_argument("--mode", default="eager")
    parser.add_argument("--json", metavar="FILE", type=Path)
    options = parser.parse_args(arguments)

    (law,) = chosen([options.law])
    points: List[Tuple[int, float]] = []
    structures = seed = 0
    while structures < options.structures:
        run = run_law(law, examples=500, seed=seed, modes=[options.mode])
        structures, seed = structures + run.structures, seed + 1
        if structures >= WARM:
            points.append((structures, resident()))
            sys.stderr.write(f"\r{structures:,} structures, {points[-1][1]:.0f} MB")
    sys.stderr.write("\n")
    print(current())
    (first, least), (last, most) = points[0], max(points, key=lambda point: point[1])
    print(f"{law.name}, {options.mode}: {least:.0f} MB after {first:,} structures, at most {most:.0f} MB ({last:,})")
    print(f"{structures:,} structures: {points[-1][1] - least:+.0f} MB")
    if options.json:
        told = {"cell": current().to_json(), "law": law.name, "mode": options.mode, "megabytes": points}
        options.json.write_text(json.dumps(told, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])
