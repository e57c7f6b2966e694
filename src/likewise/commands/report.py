"""``likewise report``: the records of all cells in one table."""

from __future__ import annotations

from pathlib import Path
from typing import Optional, Sequence

import click

from likewise.commands import json_option

__all__ = ["command"]


@click.command("report", short_help="Show the records of all cells in one table.")
@click.argument("places", metavar="[DIR]...", nargs=-1, type=click.Path(exists=True))
@click.option(
    "--markdown",
    "page",
    metavar="FILE",
    type=click.Path(dir_okay=False, writable=True, allow_dash=True),
    help="Write the table as markdown instead of showing it; - writes it to standard output.",
)
@click.option("--law", "laws", metavar="LAW", multiple=True, help="Show this law; may be repeated. Default: all.")
@click.option("--brief", is_flag=True, help="Put cells in which all laws come to the same into one row.")
@json_option
@click.pass_context
def command(
    ctx: click.Context,
    *,
    places: Sequence[str],
    page: Optional[str],
    laws: Sequence[str],
    brief: bool,
    json: Optional[str],
) -> None:
    """Show the records in DIR (default: .likewise) in one table: a row a cell, a column a law.

    Records are left there by `likewise run` and by pytest, in every environment; the last one of a law
    in a cell counts. To start anew, delete the directory.

    With --brief, = and ~ count as the same, and ~ is shown.

    Exit code 0 where every law behaves as declared and every record can be read, 1 where not, 2 where
    there is no record, or none of a law that was asked for.
    """
    from likewise.errors import RecordError
    from likewise.files import DIRECTORY
    from likewise.record import read
    from likewise.report.matrix import LEGEND, markdown, matrix, only, terminal
    from likewise.report.output import Output, write_text

    output = Output(json)
    found = [Path(place) for place in places or [DIRECTORY]]
    documents, unreadable = read([place for place in found if place.exists()])
    if not documents and not unreadable:
        raise RecordError(
            f"no records in {', '.join(places) or DIRECTORY}; make some with `likewise run`, or run pytest on laws"
        )
    documents = only(documents, laws)
    table = matrix(documents, brief=brief)
    if page:
        write_text(page, markdown(table))
    elif documents:
        output.show(terminal(table))
        output.line("\n" + LEGEND + "\n")
        for letter, name, statement in table.laws:
            output.line(f"{letter}  {name}: {statement}")
        for number, note in enumerate(table.notes, start=1):
            output.line(f"{number}  {note}")
        for line in table.unexpected:
            output.line(f"✗  {line}", style="red")
    output.json({"schema": 1, "cells": [{"cell": each["cell"], "laws": each["laws"]} for each in documents]})
    for error in unreadable:
        output.error(f"Error: {error}")
    ctx.exit(1 if unreadable or table.unexpected else 0)
