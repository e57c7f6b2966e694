"""Audits as lines of text, from their records."""

from __future__ import annotations

from typing import Any, Dict, List, Mapping, Sequence

__all__ = ["details", "line", "summary", "titles"]

_Audit = Mapping[str, Any]

_COLUMNS = ("killed", "survived", "equivalent", "score", "median", "seconds")


def titles(width: int) -> str:
    """The titles of the columns; ``width`` is that of the names."""
    return f"{'law':<{width}}" + "".join(f"{title:>12}" for title in _COLUMNS)


def line(audit: _Audit, width: int) -> str:
    """An audit in one line, below the titles."""
    score = "-" if audit["score"] is None else f"{audit['score']:.1%}"
    median = "-" if audit["median_examples"] is None else f"{audit['median_examples']:g}"
    values = (audit["killed"], audit["survived"], audit["equivalent"], score, median, f"{audit['seconds']:.1f}")
    return f"{audit['law']:<{width}}" + "".join(f"{value:>12}" for value in values)


def details(audit: _Audit, command: str) -> str:
    """What survived and is unseen, and why what is equivalent is; "" where all were killed.

    - command: what reproduces it.
    """
    lines: List[str] = list(audit["problems"])
    for mutant in audit["mutants"]:
        if mutant["outcome"] == "survived":
            number = "1 example" if mutant["examples"] == 1 else f"{mutant['examples']} examples"
            lines.append(f"survived: {mutant['name']} ({mutant['changed']})")
            lines.append(f"    unnoticed in {number}: {mutant['why']}")
    lines.extend(f"no claim notices the values of {variable}" for variable in audit["unseen"])
    if lines:
        lines.append(f"reproduce with: {command}")
    lines.extend(f"equivalent, {why}: {', '.join(names)}" for why, names in _equivalent(audit).items())
    return "\n".join([f"{audit['law']}", *(f"    {text}" for text in lines)]) if lines else ""


def _equivalent(audit: _Audit) -> Dict[str, List[str]]:
    """The names of equivalent mutants by why they are, for one example or many."""
    found: Dict[str, List[str]] = {}
    for mutant in audit["mutants"]:
        if mutant["outcome"] == "equivalent":
            found.setdefault(mutant["why"].partition(" in ")[0].rstrip(","), []).append(mutant["name"])
    return found


def summary(audits: Sequence[_Audit]) -> str:
    """How many mutants of all laws were killed, survived and are equivalent."""
    counts = {outcome: sum(audit[outcome] for audit in audits) for outcome in ("killed", "survived", "equivalent")}
    unseen = sum(len(audit["unseen"]) for audit in audits)
    told = [f"{count:,} {outcome}" for outcome, count in counts.items()]
    if unseen:
        told.append(f"{unseen} {'variable' if unseen == 1 else 'variables'} unseen")
    number = f"{len(audits)} {'law' if len(audits) == 1 else 'laws'}"
    return f"{number}: {', '.join(told)}; {sum(audit['seconds'] for audit in audits):.1f} s"
