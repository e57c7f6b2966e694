"""Records: what a run of a law in a cell came to, as JSON; ``docs/json.md`` tells what each field means.

A record is a document ``{"schema": 1, "cell": {…}, "laws": [{…}]}``. Record files hold one law's
document a line; the later one of the same cell and law counts.
"""

from __future__ import annotations

import json
from dataclasses import fields
from pathlib import Path
from typing import TYPE_CHECKING, Any, Callable, Dict, Iterable, List, Mapping, Optional, Tuple

from likewise.cell import Cell
from likewise.errors import RecordError, WitnessError
from likewise.errors.raised import shown
from likewise.files import append_line, read_lines, record_file
from likewise.plain import why_not_read, without_nan
from likewise.tally import per_second
from likewise.verdict import VERDICTS, worst
from likewise.witness.saving import save

if TYPE_CHECKING:
    from likewise.comparison import Finding
    from likewise.law import Break
    from likewise.running import LawRun, Witness

__all__ = [
    "SCHEMA",
    "Document",
    "append",
    "document",
    "dumped",
    "failing",
    "law_record",
    "parsed",
    "read",
    "verdict_of",
]

SCHEMA = 1

#: A record, or several of one cell: builtin types only.
Document = Dict[str, Any]

_NUMBER = (int, float, str, type(None))

#: The fields of a document's parts, with the types that they may have.
CELL = {field.name: (int,) if field.type == "int" else (str,) for field in fields(Cell)}
LAW = {
    "name": (str,),
    "statement": (str,),
    "source": (str,),
    "declared": (str,),
    "ok": (bool,),
    "problems": (list,),
    "examples": (int,),
    "structures": (int,),
    "cases": (int,),
    "seconds": (int, float),
    "modes": (list,),
    "claims": (dict,),
    "renames": (dict,),
    "breaks": (list,),
    "witness": (dict, type(None)),
}
#: Fields of a law that came later: a record without them is read, too.
LAW_LATER = {
    "structures_per_second": (int, float, type(None)),
    "cases_per_second": (int, float, type(None)),
    "failed": (str, type(None)),
}
CLAIM = {
    "verdict": (str, type(None)),
    "compared": (int,),
    "max_ulp": (int, type(None)),
    "max_abs": _NUMBER,
    "rtol": _NUMBER,
    "atol": _NUMBER,
    "way": (str,),
    "message": (str,),
    "execution": (str,),
}
#: Fields of a claim that came later.
CLAIM_LATER = {
    "max_rel": _NUMBER,
    "where": (str,),
    "signed_zeros": (int,),
    "jumps": (int,),
    "insignificant": (int,),
    "digits": (list, type(None)),
    "within": (int, type(None)),
}
BREAK = {
    "claim": (str,),
    "where": (str,),
    "because": (str,),
    "found": (bool,),
    "witness": (dict, type(None)),
}
WITNESS = {
    "claim": (str,),
    "execution": (str,),
    "case": (str,),
    "message": (str,),
    "file": (str, type(None)),
    "unsaved": (str,),
}
#: Fields of a witness that came later.
WITNESS_LATER = {"page": (str, type(None))}

#: Writes the page of a witness file and returns its path.
WritePage = Callable[[str], Path]


def append(kept: Document, directory: Path) -> None:
    """Append a record to the file of its cell, whole or not at all. Raises RecordError."""
    path = record_file(directory, kept["cell"])
    try:
        append_line(path, dumped(kept))
    except OSError as error:
        raise RecordError(f"{path}: the record cannot be written: {error}") from error


def document(cell: Cell, laws: Iterable[Dict[str, Any]]) -> Document:
    """Records of laws in one cell, as one document."""
    return {"schema": SCHEMA, "cell": dict(cell.to_json()), "laws": list(laws)}


def dumped(value: Any, *, indent: Optional[int] = None) -> str:
    """Valid JSON; NaN and the infinities are the texts "nan", "inf" and "-inf"."""
    return json.dumps(without_nan(value), indent=indent, allow_nan=False)


def law_record(run: LawRun, directory: Optional[Path] = None, write_page: Optional[WritePage] = None) -> Dict[str, Any]:
    """A run as builtin types; its witnesses are saved under ``directory``, if one is given, and a failure's page."""
    found = {claim: _witness(witness, run, directory) for claim, witness in run.witnesses.items()}
    failure = None if run.failure is None else _witness(run.failure, run, directory, write_page)
    return {
        "name": run.law.name,
        "statement": run.law.statement,
        "source": run.law.source,
        "declared": "breaks" if run.breaks else "holds",
        "ok": run.ok,
        "failed": None if run.failure is None else run.failure.claim,
        "problems": list(run.problems),
        "examples": int(run.examples),
        "structures": int(run.structures),
        "cases": int(run.cases),
        "seconds": round(float(run.seconds), 3),
        "structures_per_second": per_second(run.structures, run.seconds),
        "cases_per_second": per_second(run.cases, run.seconds),
        "modes": list(run.modes),
        "claims": {name: _finding(finding) for name, finding in run.findings.items()},
        "renames": dict(run.renames),
        "breaks": [_break(each, found) for each in run.breaks],
        "witness": failure or next(iter(found.values()), None),
    }


def failing(law: Mapping[str, Any]) -> Optional[Dict[str, Any]]:
    """A law's witness where it is of what failed; None where it is that of a declared break, or where there is none."""
    witness: Optional[Dict[str, Any]] = law["witness"]
    # Records of before have no such field; there a witness that no break has is of what failed.
    failed = law["failed"] if "failed" in law else witness not in [each["witness"] for each in law["breaks"]]
    return witness if failed else None


def _finding(finding: Finding) -> Dict[str, Any]:
    return {
        "verdict": finding.verdict,
        "compared": int(finding.compared),
        "max_ulp": None if finding.max_ulp is None else int(finding.max_ulp),
        "max_abs": _float(finding.max_abs),
        "rtol": _float(finding.rtol),
        "atol": _float(finding.atol),
        "max_rel": _float(finding.max_rel),
        "where": finding.where,
        "signed_zeros": int(finding.signed_zeros),
        "jumps": int(finding.jumps),
        "insignificant": int(finding.insignificant),
        "digits": None if finding.digits is None else [float(each) for each in finding.digits],
        "within": finding.within,
        "way": finding.way,
        "message": finding.message,
        "execution": finding.execution,
    }


def _float(value: Any) -> Optional[float]:
    return None if value is None else float(value)


def _break(declared: Break, found: Mapping[str, Any]) -> Dict[str, Any]:
    return {
        "claim": declared.claim.name,
        "where": declared.where,
        "because": declared.because,
        "found": declared.claim.name in found,
        "witness": found.get(declared.claim.name),
    }


def _witness(
    witness: Witness, run: LawRun, directory: Optional[Path], write_page: Optional[WritePage] = None
) -> Dict[str, Any]:
    file, page, unsaved = None, None, ""
    if directory is None:
        unsaved = "no directory was given"
    else:
        try:
            file = str(save(witness, run, directory))
            page = None if write_page is None else str(write_page(file))
        except WitnessError as error:  # what the run found counts, even where no file can hold it
            unsaved = str(error)
    return {
        "claim": witness.claim,
        "execution": str(witness.way),
        "case": repr(witness.case),
        "message": witness.comparison.claims[witness.claim].message,
        "file": file,
        "unsaved": unsaved,
        "page": page,
    }


def verdict_of(law: Mapping[str, Any]) -> str:
    """The worst verdict of a law's claims in a record, those apart that are declared to break; "" without any."""
    declared = {each["claim"] for each in law["breaks"]}
    verdicts = [
        claim["verdict"]
        for name, claim in law["claims"].items()
        if claim["verdict"] is not None and name not in declared
    ]
    return worst(verdicts) if verdicts else ""


def read(paths: Iterable[Path]) -> Tuple[List[Document], List[RecordError]]:
    """All records of the files, and the lines that cannot be read; one document a cell.

    The cells and laws come in the order in which they were first recorded, each law as it was
    last. A directory stands for the ``.jsonl`` files in it.
    """
    cells: Dict[str, Document] = {}
    unreadable: List[RecordError] = []
    for path in _files(paths):
        try:
            lines = read_lines(path)
        except OSError as error:
            unreadable.append(RecordError(f"{path}: cannot be read: {error.strerror or error}"))
            continue
        for number, line in enumerate(lines, start=1):
            if not line:
                continue
            try:
                found = parsed(line)
            except RecordError as error:
                unreadable.append(RecordError(f"{path}:{number}: {error}"))
                continue
            # The cell's file name says what makes it another cell; the release of numpy, say, does not.
            key = f"{record_file(Path(), found['cell'])} {found['cell']['machine']}"
            laws = {law["name"]: law for law in [*cells.get(key, found)["laws"], *found["laws"]]}
            cells[key] = {**found, "laws": list(laws.values())}
    return list(cells.values()), unreadable


def _files(paths: Iterable[Path]) -> List[Path]:
    return [file for path in paths for file in (sorted(path.glob("*.jsonl")) if path.is_dir() else [path])]


def parsed(line: bytes) -> Document:
    """The document of a line. Raises RecordError for one that is none."""
    try:
        found = json.loads(line.decode("utf-8"))
    except (ValueError, RecursionError) as error:
        raise RecordError(f"not a record: {error}") from error
    wrong = why_not_read(found)
    if wrong:
        raise RecordError(f"it holds {wrong}")
    if not isinstance(found, dict) or found.get("schema") != SCHEMA:
        schema = found.get("schema") if isinstance(found, dict) else None
        raise RecordError(f"schema={shown(schema)}, but this likewise reads schema={SCHEMA}")
    _check("cell", found.get("cell"), CELL)
    if not isinstance(found.get("laws"), list):
        raise RecordError("laws is missing, or no list")
    for place, law in enumerate(found["laws"]):
        _check_law(f"laws[{place}]", law)
    return found


def _check_law(where: str, law: Any) -> None:
    _check(where, law, LAW)
    _check(where, law, {each: LAW_LATER[each] for each in LAW_LATER if each in law})
    for name, claim in law["claims"].items():
        _check(f"{where}.claims[{name!r}]", claim, CLAIM)
        _check(f"{where}.claims[{name!r}]", claim, {each: CLAIM_LATER[each] for each in CLAIM_LATER if each in claim})
        if claim["verdict"] not in (*VERDICTS, None):
            raise RecordError(
                f"{where}.claims[{name!r}].verdict={shown(claim['verdict'])}, but expected one of {VERDICTS}"
            )
    for place, each in enumerate(law["breaks"]):
        _check(f"{where}.breaks[{place}]", each, BREAK)
    for witness in [law["witness"], *(each["witness"] for each in law["breaks"])]:
        if witness is not None:
            _check(f"{where}.witness", witness, WITNESS)
            later = {each: kinds for each, kinds in WITNESS_LATER.items() if each in witness}
            _check(f"{where}.witness", witness, later)


def _check(where: str, value: Any, expected: Mapping[str, Tuple[type, ...]]) -> None:
    """Fields that are not expected are let be: a later likewise may know more."""
    if not isinstance(value, dict):
        raise RecordError(f"{where} is missing, or no object")
    for name, kinds in expected.items():
        if name not in value or not isinstance(value[name], kinds):
            raise RecordError(
                f"{where}.{name}={shown(value.get(name))}, but expected {' or '.join(kind.__name__ for kind in kinds)}"
            )
