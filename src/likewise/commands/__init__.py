"""The commands, a file each: its ``command`` is what ``likewise NAME`` runs.

They are imported for ``likewise --help``, so what is heavy is imported inside.
"""

from __future__ import annotations

import click

__all__ = ["json_option"]

#: The same everywhere; ``report.output.Output`` takes its value.
json_option = click.option(
    "--json",
    metavar="FILE",
    type=click.Path(dir_okay=False, writable=True, allow_dash=True),
    help="Write the records as JSON too, whole or not at all; - writes them to standard output and all else to "
    "standard error.",
)
