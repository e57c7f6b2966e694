"""``likewise run``: laws of the catalog, tried in this cell."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, Dict, List, Optional, Sequence, Tuple

import click

from likewise.commands import behavior_option, claim_option, json_option, numerics_option, opened, options

if TYPE_CHECKING:
    from likewise.report.output import Output
    from likewise.running import LawRun

    _Finished = List[Tuple[LawRun, Dict[str, Any]]]

__all__ = ["command"]


@click.command("run", short_help="Try laws on the TensorFlow that is installed.")
@click.argument("laws", metavar="[LAW]...", nargs=-1)
@click.option(
    "--examples",
    type=click.IntRange(min=1),
    help="How many a law. Default: 100, or with --seconds as many as there is time for.",
)
@click.option(
    "--seconds",
    type=click.FloatRange(min=0, min_open=True),
    help="For how long a law is tried; with --examples whichever ends first. An example that has begun is ended, and a "
    "failure is shrunk and explained however long it takes. What there was no time for fails the law.",
)
@click.option("--seed", type=click.IntRange(min=0), default=0, show_default=True, help="What decides the examples.")
@click.option(
    "--mode",
    "modes",
    multiple=True,
    metavar="eager|function|session|xla",
    help="How programs are run; may be repeated. Default: the law's modes, else all that this TensorFlow has, xla "
    "apart.",
)
@claim_option(
    "What must agree, beside refusal, instead of the laws' claims; those of theirs stay as they make them, with their "
    "breaks. Such a run leaves nothing in .likewise/."
)
@numerics_option
@behavior_option
@json_option
@click.pass_context
def command(
    ctx: click.Context,
    *,
    laws: Sequence[str],
    examples: Optional[int],
    seconds: Optional[float],
    seed: int,
    modes: Sequence[str],
    claims: Sequence[str],
    numerics: Optional[str],
    behavior: Optional[str],
    json: Optional[str],
) -> None:
    """Try laws of the catalog on the TensorFlow that is installed: those named, or all.

    Exit code 0 where every law behaves as declared, 1 where one does not, 2 for bad usage.

    Each law's record is appended to .likewise/, where `likewise report` finds it; counterexamples are
    written to .likewise/witnesses/, for `likewise replay`, with a page for each failure.
    """
    from likewise.claims.catalog import named
    from likewise.examples import EXAMPLES, run_law
    from likewise.files import DIRECTORY
    from likewise.laws import chosen
    from likewise.record import document, keep, law_record
    from likewise.report.html import write_page
    from likewise.report.terminal import law_line

    asked = named(["refusal", *claims]) if claims else ()
    output, cell, selected = opened(
        lambda: [law.claiming(asked) if asked else law for law in chosen(laws)],
        numerics=numerics,
        behavior=behavior,
        json=json,
        modes=modes,
    )
    if examples is None and seconds is None:
        examples = EXAMPLES
    limits = [*([] if examples is None else [f"{examples} examples"]), *([] if seconds is None else [f"{seconds:g} s"])]
    number = f"{len(selected)} {'law' if len(selected) == 1 else 'laws'}"
    output.line(f"{number}, {' or '.join(limits)} each, seed {seed}")
    reproducing = options(examples, seed, modes, cell.to_json(), claims, seconds=seconds)
    width = max(len(law.name) for law in selected)
    finished: _Finished = []
    try:
        for law in selected:
            with output.progress(law.name, examples, seconds) as progress:
                run = run_law(
                    law, examples=examples, seconds=seconds, seed=seed, modes=modes or None, progress=progress
                )
            # With other claims it is another law, of which reports know nothing.
            record = law_record(run) if asked else keep(run, Path(DIRECTORY), write_page)["laws"][0]
            finished.append((run, record))
            output.line(law_line(record, width), style="" if run.ok else "red")
    finally:  # whatever stopped it, what is finished is told
        _tell(output, finished, reproducing)
        output.json(document(cell, [record for _, record in finished]))
    ctx.exit(0 if all(run.ok for run, _ in finished) else 1)


def _tell(output: Output, finished: _Finished, reproducing: str) -> None:
    from likewise.report.terminal import declared_breaks, failure, not_compared, summary

    for run, record in finished:
        if record["ok"] and record["breaks"]:
            output.line("\n" + declared_breaks(record))
        if run.narrowed and record["ok"]:
            for text in not_compared(record):
                output.line("\n" + text)
    for run, record in finished:
        if not run.ok:
            comparison = "" if run.failure is None else str(run.failure.comparison)
            command = f"likewise run {record['name']} {reproducing}"
            output.line("\nFAILED " + failure(record, command, comparison), style="red")
    if finished:
        records = [record for _, record in finished]
        ok = all(record["ok"] for record in records)
        output.line("\n" + summary(records), style="bold green" if ok else "bold red")
