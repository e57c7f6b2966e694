"""``likewise audit``: whether laws can fail."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Dict, List, Optional, Sequence

import click

from likewise.commands import behavior_option, json_option, look_here, mode_option, numerics_option, opened, options

if TYPE_CHECKING:
    from likewise.law import Law

__all__ = ["command"]


@click.command("audit", short_help="Tell whether laws can fail: break the candidate on purpose.")
@click.argument("laws", metavar="[LAW]...", nargs=-1)
@click.option(
    "--examples", type=click.IntRange(min=1), default=100, show_default=True, help="In how many a mutant is tried."
)
@click.option("--seed", type=click.IntRange(min=0), default=0, show_default=True, help="What decides the examples.")
@mode_option("the first of the law's modes that this TensorFlow has.")
@numerics_option
@behavior_option
@json_option
@click.pass_context
def command(
    ctx: click.Context,
    *,
    laws: Sequence[str],
    examples: int,
    seed: int,
    modes: Sequence[str],
    numerics: Optional[str],
    behavior: Optional[str],
    json: Optional[str],
) -> None:
    """Tell whether laws can fail: those of the catalog that are named, or all; a law of yours is named MODULE:NAME.

    Each law's candidate is broken on purpose, in its variables, inputs, outputs, settings, refusals, masks, states and
    files. A mutant is killed by the first claim that notices it, equivalent where it is shown to change nothing that
    the law is about, and survived otherwise. A variable whose values no claim notices is named as unseen.

    Exit code 0 where all mutants are killed or equivalent, 1 where one survived, a variable is unseen or nothing was
    shown, 2 for bad usage.
    """
    from likewise.auditing.audit import audit_law
    from likewise.report.audit import details, line, summary, titles

    output, cell, selected = opened(lambda: _chosen(laws), numerics=numerics, behavior=behavior, json=json, modes=modes)
    width = max(len(law.name) for law in selected.values())
    output.line(titles(width))
    finished: List[Dict[str, Any]] = []
    commands = []
    try:
        for asked, law in selected.items():
            with output.progress(law.name, examples) as progress:
                audit = audit_law(law, examples=examples, seed=seed, modes=modes or None, progress=progress)
            finished.append(audit.to_json())
            commands.append(f"likewise audit {asked} {options(examples, seed, modes, cell.to_json())}")
            output.line(line(finished[-1], width), style="" if audit else "red")
    finally:  # whatever stopped it, what is finished is told
        for record, reproducing in zip(finished, commands):
            told = details(record, reproducing)
            if told:
                output.line("\n" + told, style="" if record["ok"] else "red")
        if finished:
            ok = all(record["ok"] for record in finished)
            output.line("\n" + summary(finished), style="bold green" if ok else "bold red")
        output.json({"schema": 1, "cell": dict(cell.to_json()), "audits": finished})
    ctx.exit(0 if all(record["ok"] for record in finished) else 1)


def _chosen(asked: Sequence[str]) -> Dict[str, Law]:
    """The laws by how they were asked for: those of the catalog by their names, others where they are."""
    from likewise.laws import chosen
    from likewise.locating import located_law

    if not asked:
        return {law.name: law for law in chosen()}
    if any(":" in each for each in asked):
        look_here()
    return {each: located_law(each) if ":" in each else chosen([each])[0] for each in asked}
