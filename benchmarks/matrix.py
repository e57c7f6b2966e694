"""Where the wall time of tox goes: by environment installing and running, and the tests' seconds by folder.

    tox --result-json FILE; python benchmarks/matrix.py FILE [--junit .tox/junit] [--json FILE]

Reads what tox and pytest wrote; runs nothing.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections import defaultdict
from pathlib import Path
from typing import Any, Dict, List, Mapping, NamedTuple, Sequence
from xml.etree import ElementTree as ET


class Environment(NamedTuple):
    """Seconds of wall time that an environment took to be set up and to run its commands; whether all went well."""

    name: str
    success: bool
    setup: float
    commands: float


def environments(result: Mapping[str, Any]) -> List[Environment]:
    """The environments that ran, in their order, out of what ``tox --result-json`` wrote."""
    return [
        Environment(
            name,
            bool(told["result"]["success"]),
            sum(command["elapsed"] for command in told["setup"]),
            sum(command["elapsed"] for command in told["test"]),
        )
        for name, told in result["testenvs"].items()
        if "result" in told and told.get("test")
    ]


def by_folder(report: Path) -> Dict[str, float]:
    """Of pytest's JUnit report the seconds that tests took, with their fixtures, by folder below ``tests``."""
    seconds: Dict[str, float] = defaultdict(float)
    for case in ET.parse(report).iter("testcase"):
        seconds[case.get("classname", "").split(".")[1]] += float(case.get("time", 0))
    return seconds


def worded(folders: Mapping[str, float]) -> str:
    """The folders with their seconds, those that took most first."""
    ordered = sorted(folders.items(), key=lambda each: -each[1])
    return ", ".join(f"{folder} {seconds:.0f}" for folder, seconds in ordered)


def main(arguments: Sequence[str]) -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("result", metavar="FILE", type=Path, help="what tox --result-json wrote")
    parser.add_argument("--junit", metavar="FOLDER", type=Path, default=Path(".tox/junit"))
    parser.add_argument("--json", metavar="FILE", type=Path)
    options = parser.parse_args(arguments)

    found = environments(json.loads(options.result.read_text(encoding="utf-8")))
    if not found:
        parser.error(f"{options.result}: no environment ran; give the file of a run of tox --result-json")
    told: List[Dict[str, Any]] = []
    everywhere: Dict[str, float] = defaultdict(float)
    print(f"{'':<36}{'setup':>8}{'commands':>10}  seconds of its tests by folder, all workers together")
    for each in found:
        report = options.junit / f"{each.name}.xml"
        folders = by_folder(report) if report.exists() else {}
        for folder, seconds in folders.items():
            everywhere[folder] += seconds
        told.append({**each._asdict(), "folders": folders})
        failed = "" if each.success else "  failed"
        print(f"{each.name:<36}{each.setup:8.1f}{each.commands:10.1f}  {worded(folders)}{failed}")
    setup, commands = (sum(getattr(each, name) for each in found) for name in ("setup", "commands"))
    print(f"{f'{len(found)} environments':<36}{setup:8.1f}{commands:10.1f}  {worded(everywhere)}")
    if options.json:
        options.json.write_text(json.dumps(told, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])
