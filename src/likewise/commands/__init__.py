"""The commands, a file each: its ``command`` is what ``likewise NAME`` runs.

They are imported for ``likewise --help``, so what is heavy is imported inside.
"""

from __future__ import annotations

from typing import Any, Callable, TypeVar

import click

from likewise.cell import BEHAVIORS, NUMERICS
from likewise.claims.catalog import NAMES

__all__ = ["behavior_option", "claim_option", "json_option", "numerics_option"]

Callback = TypeVar("Callback", bound=Callable[..., Any])

#: The same everywhere; ``report.output.Output`` takes its value.
json_option = click.option(
    "--json",
    metavar="FILE",
    type=click.Path(dir_okay=False, writable=True, allow_dash=True),
    help="Write the records as JSON too, whole or not at all; - writes them to standard output and all else to "
    "standard error.",
)

#: What cell the process is to be; ``cell.settle`` takes their values.
numerics_option = click.option(
    "--numerics",
    type=click.Choice(NUMERICS),
    help="strict: oneDNN off and one thread an operation, so that equal programs give equal bits. "
    "Default: $LIKEWISE_NUMERICS, else strict.",
)
behavior_option = click.option(
    "--behavior",
    type=click.Choice(BEHAVIORS),
    help="compat1: as TensorFlow 1 (disable_v2_behavior). Default: $LIKEWISE_BEHAVIOR, else TensorFlow's own.",
)


def claim_option(told: str) -> Callable[[Callback], Callback]:
    """``--claim NAME``, as often as one likes; ``claims.catalog.named`` takes its values.

    - told: what the help says of it, before the names.
    """
    return click.option(
        "--claim", "claims", multiple=True, metavar="NAME", help=f"{told} May be repeated; one of {', '.join(NAMES)}."
    )
