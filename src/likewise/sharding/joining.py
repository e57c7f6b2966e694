"""The records of all shards of a law's test, as one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Dict, List, Mapping, Sequence

from likewise.comparison import Finding, merged
from likewise.tally import per_second

if TYPE_CHECKING:
    from likewise.running import LawRun

__all__ = ["joined", "told"]

#: What a shard tells of its run, as builtin types.
Told = Mapping[str, Any]


def told(run: LawRun, law: Mapping[str, Any]) -> Told:
    """A shard's record, and what it takes to join it with those of the others."""
    assert run.shard is not None
    return {
        "number": run.shard.number,
        "count": run.shard.count,
        "whole": run.whole,
        "law": dict(law),
        "structures": sorted(run.tally.structures),
        "cases": sorted(run.tally.cases),
        "sizes": {claim: witness.size for claim, witness in run.witnesses.items()},
    }


def joined(parts: Sequence[Told]) -> Dict[str, Any]:
    """One record for the law: what is counted twice counts once, and seconds are those that all processes worked.

    A shard that did not run to its end is a problem of it, since nobody judged the whole.
    """
    parts = sorted(parts, key=lambda part: int(part["number"]))
    laws: List[Mapping[str, Any]] = [part["law"] for part in parts]
    problems = list(dict.fromkeys(problem for law in laws for problem in law["problems"]))
    missing = parts[0]["count"] - len(parts)
    if missing:
        problems.append(f"{missing} of {parts[0]['count']} shards did not run to the end, so the whole was not judged")
    elif not problems and not any(part["whole"] for part in parts):
        problems.append("no shard ended last, so the whole was not judged")
    structures, cases = (len({each for part in parts for each in part[counted]}) for counted in ("structures", "cases"))
    seconds = round(sum(law["seconds"] for law in laws), 3)
    modes = max((law["modes"] for law in laws), key=len)
    breaks = [_break(place, parts) for place in range(len(laws[0]["breaks"]))]
    failures = [law for law in laws if law["failed"] is not None]
    witnesses = [each["witness"] for each in breaks if each["witness"] is not None]
    return {
        **laws[0],
        "ok": not problems,
        "failed": failures[0]["failed"] if failures else None,
        "problems": problems,
        "examples": sum(law["examples"] for law in laws),
        "structures": structures,
        "cases": cases,
        "seconds": seconds,
        "structures_per_second": per_second(structures, seconds),
        "cases_per_second": per_second(cases, seconds),
        "modes": list(dict.fromkeys([*modes, *(mode for law in laws for mode in law["modes"])])),
        "claims": _claims(laws),
        "renames": next((law["renames"] for law in laws if law["renames"]), {}),
        "breaks": breaks,
        "witness": failures[0]["witness"] if failures else next(iter(witnesses), None),
    }


def _claims(laws: Sequence[Mapping[str, Any]]) -> Dict[str, Any]:
    findings = merged(Finding(name, **claim) for law in laws for name, claim in law["claims"].items())
    fields = [name for law in laws for claim in law["claims"].values() for name in claim]
    return {
        name: {field: getattr(finding, field) for field in dict.fromkeys(fields)} for name, finding in findings.items()
    }


def _break(place: int, parts: Sequence[Told]) -> Dict[str, Any]:
    """A declared break, with the smallest witness that a shard has of its claim."""
    found = [(part["sizes"].get(each["claim"]), each) for part in parts for each in [part["law"]["breaks"][place]]]
    shown = [(size, each) for size, each in found if size is not None]
    return dict(min(shown, key=lambda pair: float(pair[0]))[1] if shown else found[0][1])
