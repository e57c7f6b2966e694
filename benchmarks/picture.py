"""The figures of ``speed.py`` and ``kills.py`` as one picture.

    python benchmarks/picture.py [--speed FILE …] --kills FILE --out FILE.svg

It needs matplotlib (`pip install --group picture`), and the JSON that both write with ``--json``.
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
from pathlib import Path
from typing import Any, Dict, List, Sequence

import matplotlib as mpl

mpl.use("svg")

from matplotlib import pyplot as plt
from matplotlib.axes import Axes

#: What is drawn of ``speed.py``, by its name there.
RATIOS = {"structures by hand": "structures, by the test by hand", "structures by floor": "structures, by the floor"}

COLOURS = {"structures by hand": "#2f6db3", "structures by floor": "#8fb8de"}

SIDES = {
    "copied": ("by hand, initial weights copied", "#c0504d", "--"),
    "drawn": ("by hand, weights drawn", "#d98f3e", "-."),
    "likewise": ("likewise", "#2f6db3", "-"),
}


def cell_name(cell: Dict[str, Any]) -> str:
    """Such as "TF 2.21.0, Keras 3.15.1"."""
    return f"TF {cell['tensorflow']}, Keras {cell['keras']}"


def draw_speed(axes: Axes, documents: Sequence[Dict[str, Any]]) -> None:
    """For each cell and mode likewise's rate by the other's: the median over the laws, the least and the greatest."""
    rows: List[str] = []
    for document in documents:
        for mode in dict.fromkeys(each["mode"] for each in document["measured"]):
            measured = [each for each in document["measured"] if each["mode"] == mode]
            for shift, name in ((0.18, "structures by hand"), (-0.18, "structures by floor")):
                medians = [statistics.median(each["ratios"][name]) for each in measured]
                middle = statistics.median(medians)
                axes.barh(
                    len(rows) + shift,
                    middle,
                    0.34,
                    color=COLOURS[name],
                    xerr=[[middle - min(medians)], [max(medians) - middle]],
                    ecolor="#555555",
                    label="" if rows else RATIOS[name],
                )
            rows.append(f"{cell_name(document['cell'])}, {mode}")
    axes.set_yticks(range(len(rows)), rows)
    axes.invert_yaxis()
    axes.axvline(1, color="#555555", linewidth=0.8)
    axes.set_xlabel("likewise's rate by the other's; median of the laws, least and greatest")
    axes.set_title("Structures a CPU second")
    axes.legend(loc="lower center", bbox_to_anchor=(0.5, -0.34), frameon=False)


def draw_kills(axes: Axes, document: Dict[str, Any], what: str, label: str) -> None:
    """How many of the planted mistakes are seen within so many examples, or CPU seconds."""
    mutants = document["mutants"].values()
    for side, (name, colour, line) in SIDES.items():
        taken = [
            statistics.median(each[what] for each in outcomes[side])
            for outcomes in mutants
            if all(each["killed"] for each in outcomes[side])
        ]
        axes.step(sorted(taken), range(1, len(taken) + 1), where="post", color=colour, linestyle=line, label=name)
    axes.axhline(len(document["mutants"]), color="#555555", linewidth=0.8)
    axes.set_xscale("log")
    axes.set_xlabel(f"{label} to the first that fails")
    axes.set_ylabel(f"of {len(document['mutants'])} planted mistakes, {cell_name(document['cell'])}, eager")
    axes.set_title(f"Mistakes seen, by {label}")
    axes.legend(loc="lower center", bbox_to_anchor=(0.5, -0.4), frameon=False)


def main(arguments: Sequence[str]) -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument(
        "--speed", type=Path, action="append", required=True, metavar="FILE", help="JSON of speed.py; may be repeated"
    )
    parser.add_argument("--kills", type=Path, required=True, metavar="FILE", help="JSON of kills.py")
    parser.add_argument("--out", type=Path, required=True, metavar="FILE.svg")
    options = parser.parse_args(arguments)

    mpl.rcParams.update({"font.size": 9, "svg.hashsalt": "likewise"})
    mpl.rcParams.update({"axes.spines.top": False, "axes.spines.right": False})
    figure, (left, middle, right) = plt.subplots(1, 3, figsize=(14, 4.8), layout="constrained", width_ratios=(4, 3, 3))
    draw_speed(left, [json.loads(path.read_text("utf-8")) for path in options.speed])
    kills = json.loads(options.kills.read_text("utf-8"))
    draw_kills(middle, kills, "examples", "examples")
    draw_kills(right, kills, "seconds", "CPU seconds")
    figure.savefig(options.out, metadata={"Date": None})


if __name__ == "__main__":
    main(sys.argv[1:])
