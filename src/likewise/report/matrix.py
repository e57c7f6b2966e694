"""The records of many cells as one table: a row a cell, a column a law."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any, Dict, List, Mapping, Sequence, Tuple

from packaging.version import Version
from rich.table import Table
from rich.text import Text

from likewise.cell import BEHAVIORS
from likewise.errors import RecordError
from likewise.lines import nearest, printable, shortened
from likewise.record import Document, verdict_of

__all__ = ["LEGEND", "Matrix", "markdown", "matrix", "only", "terminal"]

IDENTICAL, ROUNDING, BREAKS, UNEXPECTED = "=", "~", "≠", "✗"

LEGEND = (
    f"{IDENTICAL} holds, bit for bit or refused alike; {ROUNDING} holds, up to rounding; {BREAKS} breaks as declared "
    f"(a number tells where and why); {UNEXPECTED} does not behave as declared; blank: not run"
)

#: Fields of a cell with their headings; the second lot only where cells differ in them.
_ALWAYS = (("tensorflow", "TensorFlow"), ("keras", "Keras"), ("behavior", "behavior"), ("python", "Python"))
_WHERE_IT_DIFFERS = (("numerics", "numerics"), ("machine", "machine"))

_STYLES = {IDENTICAL: "green", ROUNDING: "green", BREAKS: "yellow", UNEXPECTED: "bold red"}
#: As long as what tells a cell may be.
_ENTRY = 100

#: What means something in a line of markdown, at its beginning or anywhere.
_MARKDOWN = re.compile(r"[\\`*\[\]<|]|(?<!\w)_|_(?!\w)|&(?=#?\w+;)|~(?=~)|^[-+=#~>]|^\d+[.)](?=\s)")

_SUPERSCRIPTS = str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹")


#: What tells the cell, and a mark a law.
_Row = Tuple[Tuple[str, ...], Tuple[str, ...]]


@dataclass(frozen=True)
class Matrix:
    """The table and what stands below it.

    - headings: of the columns that tell the cell.
    - laws: (letter, name, statement) of the columns that follow.
    - rows: what tells the cell, and a mark a law ("=", "~", "~¹", "≠²", "✗" or "").
    - notes: why laws break as declared, from 1 on.
    - unexpected: what is marked ✗, a line each.
    """

    headings: Tuple[str, ...]
    laws: Tuple[Tuple[str, str, str], ...]
    rows: Tuple[_Row, ...]
    notes: Tuple[str, ...]
    unexpected: Tuple[str, ...]


def matrix(documents: Sequence[Document], *, brief: bool = False) -> Matrix:
    """The table of these records, one document a cell; cells by TensorFlow, Keras and behavior.

    - brief: cells of one Keras generation in which every law comes to the same, rounding apart, share a row.
    """
    documents = sorted(documents, key=_order)
    columns = [*_ALWAYS, *(each for each in _WHERE_IT_DIFFERS if len({d["cell"][each[0]] for d in documents}) > 1)]
    # In the order of the cell that knows the most laws.
    fullest = sorted(documents, key=lambda document: -len(document["laws"]))
    statements = {law["name"]: law["statement"] for document in fullest for law in document["laws"]}
    notes: Dict[str, int] = {}
    rows: List[_Row] = []
    for document in documents:
        laws = {law["name"]: law for law in document["laws"]}
        marks = tuple(_mark(laws[name], notes) if name in laws else "" for name in statements)
        rows.append((tuple(shortened(str(document["cell"][field]), _ENTRY) for field, _ in columns), marks))
    if brief:
        rows = _folded([document["cell"]["generation"] for document in documents], rows)
    return Matrix(
        headings=tuple(heading for _, heading in columns),
        laws=tuple((_letter(place), name, statements[name]) for place, name in enumerate(statements)),
        rows=tuple(rows),
        notes=tuple(notes),
        unexpected=tuple(_unexpected(documents)),
    )


def only(documents: Sequence[Document], names: Sequence[str]) -> List[Document]:
    """The same records with these laws alone, in this order; all where none is named.

    Raises RecordError for a law of which there is no record.
    """
    if not names:
        return list(documents)
    known = {law["name"] for document in documents for law in document["laws"]}
    for name in names:
        if name not in known:
            raise RecordError(f"law={name!r}, but no record is of it; {nearest(name, known)}")
    found = []
    for document in documents:
        laws = {law["name"]: law for law in document["laws"]}
        found.append({**document, "laws": [laws[name] for name in names if name in laws]})
    return found


def _folded(generations: Sequence[Any], rows: Sequence[_Row]) -> List[_Row]:
    """Rows with the same marks as one, a generation after the other, by the first cell of each."""
    groups: Dict[Any, List[_Row]] = {}
    for generation, row in sorted(zip(generations, rows), key=lambda each: str(each[0])):
        alike = tuple(mark.replace(ROUNDING, IDENTICAL) for mark in row[1])
        groups.setdefault((generation, alike), []).append(row)
    return [
        (
            tuple(_span(list(dict.fromkeys(cell[place] for cell, _ in group))) for place in range(len(group[0][0]))),
            # (the greater of the two marks that count as one here is "~")
            tuple(max(marks) for marks in zip(*(marks for _, marks in group))),
        )
        for group in groups.values()
    ]


def _span(values: Sequence[str]) -> str:
    """Several values as one entry: versions from the least to the greatest, others one by one."""
    versions = sorted(values, key=_version)
    if len(values) < 2 or _version(versions[0]) == Version("0"):
        return ", ".join(values)
    return f"{versions[0]} to {versions[-1]}"


def _order(document: Document) -> Tuple[Any, ...]:
    cell = document["cell"]
    behavior = BEHAVIORS[::-1].index(cell["behavior"]) if cell["behavior"] in BEHAVIORS else len(BEHAVIORS)
    versions = (_version(cell[name]) for name in ("tensorflow", "keras"))
    return (*versions, behavior, _version(cell["python"]), cell["numerics"], cell["machine"])


def _version(text: str) -> Version:
    try:
        return Version(text)
    except ValueError:  # a build of one's own may be called anything (and a number may be too long for Python)
        return Version("0")


def _letter(place: int) -> str:
    """The letters A to Z, then AA, AB …"""
    before, last = divmod(place, 26)
    return (_letter(before - 1) if before else "") + chr(ord("A") + last)


def _mark(law: Mapping[str, Any], notes: Dict[str, int]) -> str:
    if not law["ok"]:
        return UNEXPECTED
    if law["declared"] == "breaks":
        numbers = [notes.setdefault(_note(each), len(notes) + 1) for each in law["breaks"]]
        # What breaks in its bits alone holds, up to rounding.
        mark = ROUNDING if {each["claim"] for each in law["breaks"]} == {"bits"} else BREAKS
        return mark + "˒".join(str(number).translate(_SUPERSCRIPTS) for number in dict.fromkeys(numbers))
    return ROUNDING if verdict_of(law) == "rounding" else IDENTICAL


def _note(declared: Mapping[str, Any]) -> str:
    where = f", where {declared['where']}" if declared["where"] else ""
    return f"{declared['claim']}{where}: {declared['because']}"


def _unexpected(documents: Sequence[Document]) -> List[str]:
    return [
        f"{law['name']} on TensorFlow {document['cell']['tensorflow']}, Keras {document['cell']['keras']}, "
        f"{document['cell']['behavior']}: {'; '.join(map(str, law['problems']))}"
        for document in documents
        for law in document["laws"]
        if not law["ok"]
    ]


def terminal(table: Matrix) -> Table:
    """The table for a terminal; what stands below it is the caller's to print."""
    shown = Table(box=None, padding=(0, 1), pad_edge=False)
    for heading in table.headings:
        shown.add_column(Text(printable(heading)), no_wrap=True)
    for letter, _, _ in table.laws:
        shown.add_column(letter, justify="center", no_wrap=True)
    for cell, marks in table.rows:
        shown.add_row(
            *(Text(printable(entry)) for entry in cell),
            *(Text(mark, style=_STYLES[mark[0]]) if mark else Text() for mark in marks),
        )
    return shown


def markdown(table: Matrix) -> str:
    """The table and all below it, for a README."""
    lines = [
        _row([*table.headings, *(letter for letter, _, _ in table.laws)]),
        _row(["---"] * len(table.headings) + [":-:"] * len(table.laws)),
        *(_row([*map(_escaped, cell), *marks]) for cell, marks in table.rows),
        "",
        LEGEND + ".",
        "",
        *(f"- **{letter}** {_code(name)}: {_escaped(statement)}" for letter, name, statement in table.laws),
    ]
    if table.notes:
        lines += ["", *(f"{number}. {_escaped(note)}" for number, note in enumerate(table.notes, start=1))]
    if table.unexpected:
        lines += ["", *(f"- {UNEXPECTED} {_escaped(line)}" for line in table.unexpected)]
    return "\n".join(lines) + "\n"


def _row(entries: Sequence[str]) -> str:
    return "| " + " | ".join(entries) + " |"


def _escaped(text: str) -> str:
    """Text of any origin in a line of markdown: it is read as it stands, and never as HTML, a link or a row's end."""
    text = " ".join(printable(text).split())
    return _MARKDOWN.sub(r"\\\g<0>", text)


def _code(text: str) -> str:
    """The same as code, where there is a way to quote it."""
    text = " ".join(printable(text).split())
    return f"`{text}`" if text and "`" not in text else _escaped(text)
