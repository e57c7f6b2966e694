"""``likewise replay``: a counterexample, in this cell."""

from __future__ import annotations

import os
import textwrap
from typing import TYPE_CHECKING, Any, Dict, Mapping, Optional

import click

from likewise.cell import BEHAVIORS, NUMERICS
from likewise.commands import look_here

if TYPE_CHECKING:
    from likewise.witness.file import WitnessFile

__all__ = ["command"]


@click.command("replay", short_help="Run a counterexample again.")
@click.argument("file", metavar="FILE")
@click.option("--law", metavar="MODULE:NAME", help="The law, where it is one of yours. Default: the catalog's.")
@click.option(
    "--reference",
    metavar="MODULE:NAME",
    help="An implementation instead of the law's; for a witness of `likewise check` both are needed, as they were "
    "named there.",
)
@click.option("--candidate", metavar="MODULE:NAME", help="The same.")
@click.option("--numerics", type=click.Choice(NUMERICS), help="Default: $LIKEWISE_NUMERICS, else as in the file.")
@click.option("--behavior", type=click.Choice(BEHAVIORS), help="Default: $LIKEWISE_BEHAVIOR, else as in the file.")
@click.option(
    "--html",
    "page",
    metavar="PAGE",
    type=click.Path(dir_okay=False, writable=True, allow_dash=True),
    help="Run nothing: write what FILE holds as a page; - writes it to standard output.",
)
@click.option(
    "--script",
    is_flag=True,
    help="Run nothing: print a script that shows the difference with nothing but TensorFlow and numpy.",
)
@click.pass_context
def command(
    ctx: click.Context,
    *,
    file: str,
    law: Optional[str],
    reference: Optional[str],
    candidate: Optional[str],
    numerics: Optional[str],
    behavior: Optional[str],
    page: Optional[str],
    script: bool,
) -> None:
    """Run the counterexample in FILE again, on the TensorFlow that is installed, and print the comparison,
    with what the file says of why both sides differed where it was found.

    Inputs and weights are those in FILE. Nothing in it is executed; the script of --script does run the graphs in
    it, so run that for a file you trust. For a law of yours, --law names it; its module has to bring the class of its
    cases. For what `likewise check` compared, --reference and --candidate name both sides.

    Exit code 1 where the two sides differ, 0 where they do not, 2 for a file that cannot be replayed.
    """
    if page or script:
        _tell(file, page, script=script)
        return
    from likewise.cell import settle
    from likewise.lines import printable
    from likewise.locating import located_law
    from likewise.report.output import Output
    from likewise.report.terminal import heading
    from likewise.witness.reading import read
    from likewise.witness.replaying import replayed

    witness = read(file)
    if law or reference or candidate:
        look_here()
    settle(
        numerics=numerics or _found("LIKEWISE_NUMERICS", witness.cell["numerics"]),
        behavior=behavior or _found("LIKEWISE_BEHAVIOR", witness.cell["behavior"]),
    )
    comparison = replayed(
        witness,
        law=None if law is None else located_law(law),
        **_implementations(witness, {"reference": reference, "candidate": candidate}),
    )
    output = Output()
    output.line(f"{witness.law}: {witness.claim} in {witness.execution}, found by {heading(witness.cell)}")
    explanation = None if witness.comparison is None else witness.comparison.explanation
    if explanation:
        output.line("why it differed there")
        output.line(textwrap.indent(printable(str(explanation)), "    "))
    output.line(str(comparison))
    ctx.exit(0 if comparison else 1)


def _tell(file: str, page: Optional[str], *, script: bool) -> None:
    """What is made of a file without TensorFlow."""
    from likewise.report import html
    from likewise.report.output import write_text
    from likewise.witness.reading import read
    from likewise.witness.script import script_of

    witness = read(file)
    if page:
        write_text(page, html.page(witness))
    if script:
        write_text("-", script_of(witness))


def _implementations(witness: WitnessFile, asked: Mapping[str, Optional[str]]) -> Dict[str, Any]:
    """What is found where the user says, by side; for a witness of ``likewise check`` as that takes it."""
    from likewise.check import implementation
    from likewise.errors import WitnessError
    from likewise.locating import located
    from likewise.spec import SpecCase

    texts = {side: text for side, text in asked.items() if text is not None}
    found = located(*texts.values())
    if witness.check is None or not texts:
        return {side: found[text] for side, text in texts.items()}
    case = witness.decoded(witness.case)
    if not isinstance(case, SpecCase):
        raise WitnessError(
            f"{witness.path}: its case is a {type(case).__name__}, but `likewise check` draws a SpecCase"
        )
    return {side: implementation(text, found[text], list(case.sizes)) for side, text in texts.items()}


def _found(variable: str, value: object) -> Optional[str]:
    """The file's choice, unless the environment makes one."""
    return None if os.environ.get(variable) else str(value)
