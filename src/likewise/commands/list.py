"""``likewise list``: the catalog."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Dict, Optional

import click

from likewise.commands import json_option

if TYPE_CHECKING:
    from likewise.law import Law

__all__ = ["command"]


@click.command("list", short_help="List the laws of the catalog.")
@json_option
def command(json: Optional[str]) -> None:
    """List the laws of the catalog: what each states, where that comes from, and where it is known to break."""
    from likewise.laws import catalog
    from likewise.report.output import Output

    laws = list(catalog().values())
    output = Output(json)
    for law in laws:
        output.line(law.name, style="bold")
        output.line(f"    {law.statement}")
        if law.source:
            output.line(f"    source: {law.source}")
        for each in law.breaks:
            where = f" where {each.where}" if each.where else ""
            output.line(f"    breaks: {each.claim.name}{where}: {each.because}")
    output.json({"schema": 1, "laws": [_described(law) for law in laws]})


def _described(law: Law) -> Dict[str, Any]:
    return {
        "name": law.name,
        "statement": law.statement,
        "source": law.source,
        "claims": [claim.name for claim in law.claims],
        "breaks": [{"claim": each.claim.name, "where": each.where, "because": each.because} for each in law.breaks],
    }
