"""``likewise replay``: a counterexample, in this cell."""

from __future__ import annotations

import os
from typing import Optional

import click

from likewise.cell import BEHAVIORS, NUMERICS

__all__ = ["command"]


@click.command("replay", short_help="Run a counterexample again.")
@click.argument("file", metavar="FILE")
@click.option("--numerics", type=click.Choice(NUMERICS), help="Default: $LIKEWISE_NUMERICS, else as in the file.")
@click.option("--behavior", type=click.Choice(BEHAVIORS), help="Default: $LIKEWISE_BEHAVIOR, else as in the file.")
@click.pass_context
def command(ctx: click.Context, file: str, numerics: Optional[str], behavior: Optional[str]) -> None:
    """Run the counterexample in FILE again, on the TensorFlow that is installed, and print the comparison.

    It has to be of a law of the catalog; for a law of your own call likewise.replay(FILE, law=LAW) in Python.

    Exit code 1 where the two sides differ, 0 where they do not, 2 for a file that cannot be replayed.
    """
    from likewise.cell import settle
    from likewise.report.output import Output
    from likewise.report.terminal import heading
    from likewise.witness import read

    witness = read(file)
    settle(
        numerics=numerics or _found("LIKEWISE_NUMERICS", witness.cell["numerics"]),
        behavior=behavior or _found("LIKEWISE_BEHAVIOR", witness.cell["behavior"]),
    )
    comparison = witness.replay()
    output = Output()
    output.line(f"{witness.law}: {witness.claim} in {witness.execution}, found by {heading(witness.cell)}")
    output.line(str(comparison))
    ctx.exit(0 if comparison else 1)


def _found(variable: str, value: object) -> Optional[str]:
    """The file's choice, unless the environment makes one."""
    return None if os.environ.get(variable) else str(value)
