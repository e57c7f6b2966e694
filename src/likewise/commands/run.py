"""``likewise run``: laws of the catalog, tried in this cell."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Dict, List, Optional, Sequence

import click

from likewise.commands import (
    behavior_option,
    claim_option,
    json_option,
    mode_option,
    numerics_option,
    opened,
    options,
    timeout_option,
    waited,
)
from likewise.listening import pulse

if TYPE_CHECKING:
    from likewise.report.output import Output
    from likewise.running import LawRun

__all__ = ["Finished", "command", "finished", "tell"]


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
@mode_option("the law's modes, else all that this TensorFlow has, xla apart.")
@claim_option(
    "What must agree, beside refusal, instead of the laws' claims; those of theirs stay as they make them, with their "
    "breaks. Such a run leaves nothing in .likewise/."
)
@timeout_option
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
    timeout: float,
    numerics: Optional[str],
    behavior: Optional[str],
    json: Optional[str],
) -> None:
    """Try laws of the catalog on the TensorFlow that is installed: those named, or all.

    Exit code 0 where every law behaves as declared, 1 where one does not, 2 for bad usage, and where a record could not
    be written.

    Each law's record is appended to .likewise/, where `likewise report` finds it; counterexamples are
    written to .likewise/witnesses/, for `likewise replay`, with a page for each failure.
    """
    from likewise.claims.catalog import named
    from likewise.errors import RecordError
    from likewise.examples import EXAMPLES, run_law
    from likewise.files import DIRECTORY
    from likewise.laws import chosen
    from likewise.program import Source
    from likewise.record import append, document, law_record
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
    reproducing = options(examples, seed, modes, cell.to_json(), claims, seconds=seconds, timeout=timeout)
    names = [law.name for law in selected]
    pulse.start({"timeout": timeout, "cell": cell.to_json(), "json": json, "laws": names, "again": reproducing})
    done: List[Finished] = []
    left: List[str] = []
    try:
        for law in selected:
            titles = [Source("reference", law.reference).title, Source("candidate", law.candidate).title]
            pulse.law({"name": law.name, "statement": law.statement, "titles": titles, "check": None})
            with output.progress(law.name, examples, seconds) as progress:
                run = run_law(
                    law, examples=examples, seconds=seconds, seed=seed, modes=modes or None, progress=progress
                )
            # With other claims it is another law, of which reports know nothing.
            record = law_record(run) if asked else law_record(run, Path(DIRECTORY), write_page)
            if not asked:
                try:
                    append(document(cell, [record]), Path(DIRECTORY))
                except RecordError as error:  # the other laws are tried all the same
                    left.append(f"{law.name} is not recorded: {error}")
            done.append(finished(run, record))
            pulse.finished(asdict(done[-1]))
            output.line(law_line(record, max(map(len, names))), style="" if run.ok else "red")
    finally:  # whatever stopped it, what is finished is told
        tell(output, done, reproducing, left)
        output.json(document(cell, [each.record for each in done]))
    ctx.exit(1 if not all(each.record["ok"] for each in done) else 2 if left else 0)


@dataclass(frozen=True)
class Finished:
    """What is told of a law that has run, as builtin types: its record, and what was found in its smallest failure."""

    record: Dict[str, Any]
    narrowed: bool
    comparison: str


def finished(run: LawRun, record: Dict[str, Any]) -> Finished:
    """What is told of a run with this record."""
    return Finished(record, run.narrowed, "" if run.failure is None else str(run.failure.comparison))


def tell(output: Output, done: Sequence[Finished], reproducing: str, left: Sequence[str] = ()) -> None:
    """Tell of all laws that have run, and what is ``left`` to say."""
    from likewise.report.terminal import declared_breaks, failure, not_asked, not_compared, summary

    for each in done:
        if each.record["ok"] and each.record["breaks"]:
            output.line("\n" + declared_breaks(each.record))
        if each.narrowed and each.record["ok"]:
            for text in not_compared(each.record):
                output.line("\n" + text)
    for each in done:
        if not each.record["ok"]:
            command = f"likewise run {each.record['name']} {reproducing}"
            output.line("\nFAILED " + failure(each.record, command, each.comparison), style="red")
    if done:
        records = [each.record for each in done]
        ok = all(record["ok"] for record in records) and not left
        output.line(f"\n{summary(records)}; {waited()}", style="bold green" if ok else "bold red")
        if not_asked(records):
            output.line(not_asked(records))
    for text in left:
        output.error(f"Error: {text}")
