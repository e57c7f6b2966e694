"""The commands, a file each: its ``command`` is what ``likewise NAME`` runs.

They are imported for ``likewise --help``, so what is heavy is imported inside.
"""

from __future__ import annotations

import os
import sys
import time
from typing import TYPE_CHECKING, Any, Callable, Mapping, Optional, Sequence, Tuple, TypeVar

import click

from likewise.cell import BEHAVIORS, NUMERICS
from likewise.claims.catalog import NAMES

if TYPE_CHECKING:
    from likewise.cell import Cell
    from likewise.report.output import Output

__all__ = [
    "DIMENSIONS",
    "MODES",
    "behavior_option",
    "claim_option",
    "json_option",
    "look_here",
    "mode_option",
    "numerics_option",
    "opened",
    "options",
    "timeout_option",
    "waited",
]

#: When this process began, or soon after: TensorFlow is not imported yet.
_STARTED = time.monotonic()

#: Those of ``execution``, which is not imported for ``likewise --help``; a test holds them against each other.
MODES = ("eager", "function", "session", "xla")
DIMENSIONS = ("static", "batch", "steps", "unknown")

#: For how many seconds an example may run, where nothing else is said.
TIMEOUT = 300

Chosen = TypeVar("Chosen")
Callback = TypeVar("Callback", bound=Callable[..., Any])

#: The same everywhere; ``report.output.Output`` takes its value.
json_option = click.option(
    "--json",
    metavar="FILE",
    type=click.Path(dir_okay=False, writable=True, allow_dash=True),
    help="Write the records as JSON too, whole or not at all; - writes them to standard output and all else to "
    "standard error.",
)

#: For how long an example may run; who watches the process ends it then, see ``likewise.cli.supervising``.
timeout_option = click.option(
    "--timeout",
    type=click.FloatRange(min=0),
    default=TIMEOUT,
    show_default=True,
    metavar="SECONDS",
    help="For how long an example may run. Then the process is ended, and its case kept as a failure; 0: for ever.",
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
        "--claim",
        "claims",
        multiple=True,
        type=click.Choice(NAMES),
        metavar="NAME",
        help=f"{told} May be repeated; one of {', '.join(NAMES)}.",
    )


def mode_option(told: str) -> Callable[[Callback], Callback]:
    """``--mode NAME``, as often as one likes; ``execution.usable_modes`` takes its values.

    - told: what the help says is the default.
    """
    return click.option(
        "--mode",
        "modes",
        multiple=True,
        type=click.Choice(MODES),
        help=f"How programs are run; may be repeated. Default: {told}",
    )


def waited() -> str:
    """How long somebody waited for this process so far, such as "12.3 s in all"."""
    return f"{time.monotonic() - _STARTED:.1f} s in all"


def look_here() -> None:
    """Let modules be found from the current directory, as ``python -m`` does."""
    if os.getcwd() not in sys.path:
        sys.path.insert(0, os.getcwd())


def opened(
    choose: Callable[[], Chosen],
    *,
    numerics: Optional[str],
    behavior: Optional[str],
    json: Optional[str],
    modes: Sequence[str],
) -> Tuple[Output, Cell, Chosen]:
    """What commands that run laws begin with; whatever the user asked for wrongly is said before anything is run.

    - choose: gives the laws; it is called in the cell that was asked for, since a module may start TensorFlow.
    """
    from likewise.cell import current, settle
    from likewise.execution import usable_modes
    from likewise.report.output import Output
    from likewise.report.terminal import heading

    settle(numerics=numerics, behavior=behavior)
    chosen = choose()
    output = Output(json)
    cell = current()
    if modes:
        usable_modes(cell, modes)
    output.line(heading(cell.to_json()), style="bold")
    return output, cell, chosen


def options(
    examples: Optional[int],
    seed: int,
    modes: Sequence[str],
    cell: Mapping[str, Any],
    claims: Sequence[str] = (),
    *,
    seconds: Optional[float] = None,
    timeout: Optional[float] = None,
) -> str:
    """What reproduces this run, whatever the environment variables say there."""
    told = [f"--seed {seed}"]
    if examples is not None:
        told.append(f"--examples {examples}")
    if seconds is not None:
        told.append(f"--seconds {seconds:g}")
    if timeout not in (None, TIMEOUT):
        told.append(f"--timeout {timeout:g}")
    told.extend(f"--mode {mode}" for mode in modes)
    told.extend(f"--claim {claim}" for claim in claims)
    if cell["numerics"] != "strict":
        told.append(f"--numerics {cell['numerics']}")
    if cell["behavior"] != ("compat1" if cell["tensorflow"].startswith("1.") else "v2"):
        told.append(f"--behavior {cell['behavior']}")
    return " ".join(told)
