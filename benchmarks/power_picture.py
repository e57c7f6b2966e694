"""The figures of ``power.py`` as one picture: how often an error of some size is told, by kind of program and examples.

    python benchmarks/power_picture.py POWER.json --out FILE.svg

It needs matplotlib (`pip install --group picture`).
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import Any, Dict, List, Sequence

import matplotlib as mpl

mpl.use("svg")

from matplotlib import pyplot as plt
from matplotlib.axes import Axes
from power import EXAMPLES, RULES, SIZES, share

LINES = {
    "likewise": ("#2f6db3", "-"),
    "allclose 1e-5": ("#c0504d", "--"),
    "allclose 1e-3": ("#d98f3e", "-."),
    "twice the error": ("#6a9a4b", ":"),
}


def draw(axes: Axes, places: Sequence[Dict[str, Any]], examples: int) -> None:
    """The mean over the places of one kind."""
    for rule in RULES:
        colour, line = LINES[rule]
        told = [sum(share(each, rule, size, examples) for each in places) / len(places) for size in SIZES]
        axes.plot(SIZES, told, color=colour, linestyle=line, label=rule)
    axes.set_ylim(-0.03, 1.03)


def main(arguments: Sequence[str]) -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("power", type=Path, metavar="POWER.json", help="JSON of power.py")
    parser.add_argument("--out", type=Path, required=True, metavar="FILE.svg")
    options = parser.parse_args(arguments)

    document = json.loads(options.power.read_text("utf-8"))
    measured: List[Dict[str, Any]] = document["measured"]
    kinds = list(dict.fromkeys(each["kind"] for each in measured))
    rows = [examples for examples in EXAMPLES if examples <= document["examples"]]
    mpl.rcParams.update({"font.size": 9, "svg.hashsalt": "likewise"})
    mpl.rcParams.update({"axes.spines.top": False, "axes.spines.right": False})
    size = (3 * len(kinds) + 1, 2.1 * len(rows) + 0.8)
    figure, grid = plt.subplots(
        len(rows), len(kinds), figsize=size, layout="constrained", sharex=True, sharey=True, squeeze=False
    )
    for row, examples in enumerate(rows):
        for column, kind in enumerate(kinds):
            axes = grid[row][column]
            draw(axes, [each for each in measured if each["kind"] == kind], examples)
            if row == 0:
                axes.set_title(kind)
            if row == len(rows) - 1:
                axes.set_xlabel("error in ULP, as a power of two")
            if column == 0:
                axes.set_ylabel(f"told after {examples:,} examples")
    cell = document["cell"]
    title = f"TF {cell['tensorflow']}, Keras {cell['keras']}, {document['mode']}"
    figure.legend(
        *grid[0][0].get_legend_handles_labels(), loc="outside lower center", ncols=4, frameon=False, title=title
    )
    figure.savefig(options.out, metadata={"Date": None})


if __name__ == "__main__":
    main(sys.argv[1:])
