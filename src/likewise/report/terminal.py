"""Laws as lines and paragraphs of text, from their records."""

from __future__ import annotations

import shlex
import textwrap
from typing import Any, Iterable, List, Mapping, Optional, Sequence, Tuple

from likewise.claims.catalog import NAMES
from likewise.lines import Part, fitted
from likewise.record import failing, verdict_of
from likewise.tally import per_second

__all__ = [
    "declared_breaks",
    "failure",
    "heading",
    "law_line",
    "not_asked",
    "not_compared",
    "outcome",
    "problems",
    "reproducing",
    "summary",
]

_Law = Mapping[str, Any]

#: As many lines as a law's problems may take.
_PROBLEMS = 3

#: As wide as a case may be where it is told in short.
_SHORT = 160


def heading(cell: Mapping[str, Any]) -> str:
    """The cell in one line."""
    return (
        f"likewise {cell['likewise']}: TensorFlow {cell['tensorflow']}, Keras {cell['keras']}, "
        f"Python {cell['python']}, behavior {cell['behavior']}, numerics {cell['numerics']}"
    )


def outcome(law: _Law) -> str:
    """One word for a law in a cell: "failed", "breaks" (as declared), or its verdict."""
    if not law["ok"]:
        return "failed"
    return "breaks" if law["declared"] == "breaks" else verdict_of(law)


def law_line(law: _Law, width: int) -> str:
    """A law in one line: outcome, name (padded to ``width``), examples, largest ULP, seconds and rates."""
    distances = [claim["max_ulp"] for claim in law["claims"].values() if claim["max_ulp"] is not None]
    ulp = f"{max(distances):,} ULP" if distances else "-"
    structures, cases = (_rate(law[counted], law["seconds"]) for counted in ("structures", "cases"))
    return (
        f"{outcome(law):<10} {law['name']:<{width}} {law['examples']:>7,} examples {ulp:>17} {law['seconds']:>8.1f} s"
        f" {structures:>7} structures/s {cases:>8} cases/s"
    )


def _rate(count: int, seconds: float) -> str:
    rate = per_second(count, seconds)
    return "-" if rate is None else f"{rate:,.1f}"


def declared_breaks(law: _Law) -> str:
    """Why a law breaks as declared, with its smallest counterexamples in short."""
    lines: List[str] = []
    for each in law["breaks"]:
        witness = each["witness"]
        if witness is None:
            continue
        where = f" where {each['where']}" if each["where"] else ""
        lines.append(f"{law['name']}: {each['claim']} breaks as declared{where}: {each['because']}")
        lines.append(f"    smallest: {_short(witness['case'])}, in {witness['execution']}")
        lines.extend(f"    {line}" for line in witness["message"].splitlines()[:2])
        lines.append(f"    {_file(witness)}")
    return "\n".join(lines)


def not_compared(law: _Law) -> List[str]:
    """A line for each claim that the executions of a run have not compared, and why."""
    modes = ", ".join(law["modes"])
    return [
        f"{law['name']}: {name} is not compared in {modes}: {claim['message']}"
        for name, claim in law["claims"].items()
        if not claim["compared"]
    ]


def not_asked(laws: Sequence[_Law]) -> str:
    """One line for the claims that were not asked of these laws: what they say was not shown. "" where all were."""
    told = []
    for name in NAMES:
        # (a claim with settings of its own has these in its name: "variables-but-ones")
        without = sum(not any(asked == name or asked.startswith(f"{name}-") for asked in law["claims"]) for law in laws)
        if without:
            told.append(name if without == len(laws) else f"{name} of {without} laws")
    return f"not asked: {', '.join(told)}" if told else ""


def failure(law: _Law, command: str, comparison: str = "") -> str:
    """Why a law failed, in at most 40 lines.

    - command: what reproduces it.
    - comparison: what was found in the smallest failing example, as text.
    """
    lines = [f"{law['name']}: {law['statement']}"]
    problems = [f"    {line}" for problem in law["problems"] for line in problem.splitlines()]
    lines.extend(fitted([Part(problems)], _PROBLEMS))
    if comparison:
        lines.append(textwrap.indent(comparison, "    "))
    lines.extend(f"    {line}" for line in reproducing(command, failing(law)))
    return "\n".join(lines)


def reproducing(command: str, witness: Optional[Mapping[str, Any]] = None, *, options: str = "") -> List[str]:
    """What a failure leaves behind, and what shows it again.

    - command: what runs the law again.
    - options: what a replay has to be told of the user's own laws and implementations.
    """
    lines = []
    if witness is not None:
        lines.append(_file(witness))
        if witness.get("page"):
            lines.append(f"page: {witness['page']}")
        if witness["file"]:
            replay = f"likewise replay {shlex.quote(witness['file'])}"
            lines.append(f"reproduce with: {replay} {options}".rstrip())
            lines.append(f"without likewise: {replay} --script > show.py && python show.py")
    lines.append(f"reproduce with: {command}")
    return lines


def problems(laws: Iterable[_Law]) -> List[Tuple[str, str]]:
    """(law, problem) for all that is not as declared."""
    return [(law["name"], problem) for law in laws for problem in law["problems"]]


def summary(laws: Sequence[_Law]) -> str:
    """How many laws held, broke as declared and failed, and how fast."""
    outcomes = [outcome(law) for law in laws]
    broken, failed = outcomes.count("breaks"), outcomes.count("failed")
    told = [f"{len(laws) - broken - failed} held"]
    if broken:
        told.append(f"{broken} broke as declared")
    if failed:
        told.append(f"{failed} failed")
    examples = sum(law["examples"] for law in laws)
    seconds = sum(law["seconds"] for law in laws)
    number = f"{len(laws)} {'law' if len(laws) == 1 else 'laws'}"
    rates = (f"{_rate(sum(law[counted] for law in laws), seconds)} {counted}/s" for counted in ("structures", "cases"))
    return f"{number}: {', '.join(told)}; {examples:,} examples in {seconds:.1f} s, {', '.join(rates)}"


def _file(witness: Mapping[str, Any]) -> str:
    return f"witness: {witness['file']}" if witness["file"] else f"no witness file: {witness['unsaved']}"


def _short(text: str) -> str:
    return text if len(text) <= _SHORT else text[: _SHORT - 1] + "…"
