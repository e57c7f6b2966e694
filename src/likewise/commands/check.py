"""``likewise check``: two implementations of the user's, with no test written."""

from __future__ import annotations

import shlex
import textwrap
from pathlib import Path
from typing import TYPE_CHECKING, Optional, Sequence

import click

from likewise.commands import (
    DIMENSIONS,
    behavior_option,
    claim_option,
    json_option,
    look_here,
    mode_option,
    numerics_option,
    options,
    timeout_option,
    waited,
)
from likewise.listening import pulse

if TYPE_CHECKING:
    from likewise.report.output import Output
    from likewise.running import LawRun

__all__ = ["command", "conclude"]


@click.command("check", short_help="Tell whether two implementations of yours are the same network.")
@click.argument("reference", metavar="MODULE:REFERENCE")
@click.argument("candidate", metavar="MODULE:CANDIDATE")
@click.option(
    "--input",
    "inputs",
    multiple=True,
    required=True,
    metavar="SPEC",
    help='What both are fed with, such as "float32[n t 32 32 3]"; for several inputs, several times.',
)
@click.option("--examples", type=click.IntRange(min=1), default=100, show_default=True, help="How many are tried.")
@click.option("--seed", type=click.IntRange(min=0), default=0, show_default=True, help="What decides the examples.")
@mode_option("all that this TensorFlow has, xla apart.")
@click.option(
    "--dimensions",
    multiple=True,
    type=click.Choice(DIMENSIONS),
    help="What graphs do not know of the drawn dimensions: nothing, the first one, the first two, all; may be "
    "repeated. Default: each in turn.",
)
@claim_option("What must agree, beside refusal. Default: refusal, variables, shapes and outputs.")
@click.option(
    "--pair",
    "pairs",
    multiple=True,
    metavar="OLD=NEW",
    help="Variables that belong together, by their names; may be repeated. Default: found out.",
)
@timeout_option
@numerics_option
@behavior_option
@json_option
@click.pass_context
def command(
    ctx: click.Context,
    *,
    reference: str,
    candidate: str,
    inputs: Sequence[str],
    examples: int,
    seed: int,
    modes: Sequence[str],
    dimensions: Sequence[str],
    claims: Sequence[str],
    pairs: Sequence[str],
    timeout: float,
    numerics: Optional[str],
    behavior: Optional[str],
    json: Optional[str],
) -> None:
    """Tell whether two implementations of yours are the same network: drawn inputs, equal weights, equal results.

    MODULE is a module, found from the current directory, or the path of a .py file. An implementation is a function
    that takes nothing, or sizes of the inputs by name, and returns a callable: a function of the inputs, a layer or a
    model. It may also be a layer or model itself.

    \b
        def by_hand(t):
            conv = keras.layers.Conv2D(8, 3)
            def call(video):  # n, t, 32, 32, 3
                frames = tf.concat([video[:, i] for i in range(t)], axis=0)
                return tf.stack(tf.split(conv(frames), t), axis=1)
            return call

    A SPEC is DTYPE[DIMENSION ...]. A dimension is a number, or a name whose size is drawn: t lies in 1-6, t:2-9 in
    2-9, and equal names are equal. The first two names are taken as batch and steps; c, for channels, is drawn but
    always known.

    Behind the dimensions stands what is drawn: int32[n t]<50 are integers from 0 to 49, >=1<50 from 1 to 49, and
    float32[n]+nan+infinity has some of these among the others. DTYPE may be complex64 or string, too.

    Exit code 0 where they are the same, 1 where they differ, 2 for bad usage. The smallest counterexample is written
    to .likewise/witnesses/, for `likewise replay`, with a page.
    """  # noqa: D301 (what follows click's sign for it keeps its lines)
    from likewise.cell import current, settle
    from likewise.check import claims_of, law_of, pairs_of
    from likewise.examples import run_law
    from likewise.execution import DIMENSIONS
    from likewise.program import Source
    from likewise.report.output import Output
    from likewise.report.terminal import heading
    from likewise.spec import parsed

    specs = [parsed(text) for text in inputs]
    settle(numerics=numerics, behavior=behavior)
    output = Output(json)
    look_here()
    output.line(heading(current().to_json()), style="bold")
    law = law_of(
        reference,
        candidate,
        specs,
        claims=claims_of(claims),
        modes=modes or None,
        dimensions=dimensions or DIMENSIONS,
        pair=pairs_of(pairs),
    )
    chosen = {"--input": inputs, "--dimensions": dimensions, "--pair": pairs}
    again = [reference, candidate, *(each for option in chosen for text in chosen[option] for each in (option, text))]
    command = f"likewise check {' '.join(map(shlex.quote, again))} "
    command += options(examples, seed, modes, current().to_json(), claims, timeout=timeout)
    pulse.start({"timeout": timeout, "cell": current().to_json(), "json": json})
    pulse.law(
        {
            "name": law.name,
            "statement": law.statement,
            "titles": [Source("reference", law.reference).title, Source("candidate", law.candidate).title],
            "check": {"reference": reference, "candidate": candidate, "pair": dict(law.pair or {})},
            "again": command,
        }
    )
    with output.progress("check", examples) as progress:
        run = run_law(law, examples=examples, seed=seed, progress=progress)
    conclude(output, run, reference, candidate, command)
    ctx.exit(0 if run.ok else 1)


def conclude(output: Output, run: LawRun, reference: str, candidate: str, again: str) -> None:
    """Write down and tell what a run came to, which ``again`` shows again."""
    from likewise.files import DIRECTORY
    from likewise.record import document, failing, law_record, verdict_of
    from likewise.report.html import write_page
    from likewise.report.terminal import not_asked, reproducing
    from likewise.witness.file import Checked

    record = law_record(run, Path(DIRECTORY), write_page)
    pulse.rest()
    left = reproducing(again, failing(record), options=Checked(reference, candidate).options)
    _tell(output, run, f"{candidate} and {reference}", verdict_of(record), left)
    if not_asked([record]):
        output.line(not_asked([record]))
    output.json(document(run.cell, [record]))


def _tell(output: Output, run: LawRun, both: str, verdict: str, left: Sequence[str]) -> None:
    """The verdict; what was compared, or else the smallest counterexample, and what is left of it to see it again."""
    title = f"the same ({verdict})" if run.ok else "not the same" if run.failure else "nothing shown"
    output.line(f"{title}: {both}", style="bold green" if run.ok else "bold red")
    for problem in run.problems:
        output.line(f"    {problem}")
    if run.failure is not None:
        output.line(f"the smallest counterexample: {run.failure.case}, in {run.failure.way}")
        output.line(textwrap.indent(str(run.failure.comparison), "    "))
        if run.failure.way.dimensions != "static":
            output.line("this graph does not know all dimensions; try --dimensions static to see where it does")
        for line in left:
            output.line(f"    {line}")
    else:
        for finding in run.findings.values():
            output.line(textwrap.indent(str(finding), "    "))
        if run.renames:
            output.line("renames of variables, which an old checkpoint needs")
        for one, other in run.renames.items():
            output.line(f"    {one} -> {other}")
    for note in run.notes:
        output.line(f"note: {note}")
    tried = f"{run.examples:,} examples of {run.structures:,} structures in {', '.join(run.modes)}"
    output.line(f"{tried}; {run.seconds:.1f} s, {waited()}")
