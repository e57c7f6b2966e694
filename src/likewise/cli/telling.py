"""What is told of an example that was ended: a failure like any other, made of what its run told before."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Dict, List, Mapping, Optional, Sequence

from hypothesis import strategies

from likewise.cell import Cell
from likewise.claims.refusal import refusal
from likewise.commands import check, run
from likewise.comparison import Comparison, Finding
from likewise.errors import LikewiseError
from likewise.evidence.gathering import Evidence, Seen
from likewise.execution import Execution
from likewise.files import DIRECTORY
from likewise.inputs import inputs_of
from likewise.law import Law
from likewise.laws import catalog
from likewise.listening.pulse import Told
from likewise.plain import decoded
from likewise.record import append, document, law_record
from likewise.report.html import write_page
from likewise.report.output import Output
from likewise.running import LawRun, Witness
from likewise.trial import Refusal

__all__ = ["tell"]

SIDES = ("reference", "candidate")


def tell(now: Told, about: Told, law: Told, before: Sequence[Told], *, happened: str, seconds: float) -> None:
    """Write the witness and the record of an example that was ended, and tell of it as its command would.

    - now, about, law, before: what the run told of the example, of itself, of the law, and of the laws before it.
    - happened: what the example did, such as "did not end in 300 s".
    - seconds: how long the law was tried.
    """
    made = _run_of(now, about, law, happened)
    made.seconds = seconds
    output = Output(about["json"])
    if law["check"] is None:
        record = law_record(made, Path(DIRECTORY), write_page)
        left: List[str] = []
        try:
            append(document(made.cell, [record]), Path(DIRECTORY))
        except LikewiseError as error:
            left.append(f"{law['name']} is not recorded: {error}")
        finished = [*(run.Finished(**each) for each in before), run.finished(made, record)]
        skipped = [name for name in about["laws"] if name not in [each.record["name"] for each in finished]]
        if skipped:
            left.append(f"not tried, since the process was ended: {', '.join(skipped)}")
        run.tell(output, finished, about["again"], left)
        output.json(document(made.cell, [each.record for each in finished]))
    else:
        check.conclude(output, made, law["check"]["reference"], law["check"]["candidate"], law["again"])


def _run_of(now: Told, about: Told, law: Told, happened: str) -> LawRun:
    """The run that ended so, as if the example were a failure of the claim that both sides raise or neither."""
    way = Execution(now["execution"]["mode"], now["execution"]["dimensions"])
    who = now["side"] or "one side"
    told = f"the {who} {happened}{_doing(now['step'])}"
    finding = Finding(refusal.name, "different", 1, message=told, execution=str(way))
    titles = dict(zip(SIDES, law["titles"]))
    cell = Cell(**about["cell"])
    comparison = Comparison({refusal.name: finding}, {}, (str(way),), **titles, cell=str(cell), case=now["repr"])
    case, inputs = _case(now)
    evidence: Optional[Evidence] = None
    if inputs is not None:
        one, other = (_seen(titles[side], side == now["side"], happened) for side in titles)
        evidence = Evidence(inputs, (one, other), ())
    made = LawRun(_law(law), cell, [way])
    made.examples = now.get("examples", 0)
    made.ran_in(way)
    made.tally.note([case])
    made.findings = {refusal.name: finding}
    made.failure = Witness(case, way, refusal.name, comparison, evidence=evidence)
    made.problems = [
        f"{refusal.name} does not hold",
        f"{told}; what the examples before it found is lost, and nothing was shrunk",
    ]
    return made


def _doing(step: str) -> str:
    return {
        "build": " while it was built and called first",
        "run": " while it ran",
        "load": " while it was loaded",
    }.get(step, f" ({step})" if step else "")


class _Lost:
    """Stands for a case that cannot be told by another process."""

    def __init__(self, text: str) -> None:
        self.text = text

    def __repr__(self) -> str:
        return self.text


def _case(now: Told) -> Any:
    """The case, and its inputs; what shows like it and None where it is none of ours."""
    import likewise.spec  # noqa: F401  a class is found where its module is imported

    catalog()
    try:
        case = decoded(now["case"], [])
        return case, inputs_of(case)
    except LikewiseError:
        return _Lost(now["repr"]), None


def _seen(title: str, guilty: bool, happened: str) -> Seen:
    why = f"it {happened}" if guilty else "the other side ended the example before it could be noted"
    return Seen(title, (), {}, None, Refusal("Unended", why, "run"), no_graph=why)


def _law(law: Mapping[str, Any]) -> Law:
    known = catalog().get(law["name"])
    if known is not None and law["check"] is None:
        return known
    checked: Dict[str, Any] = law["check"]
    return Law(
        law["name"],
        law["statement"],
        cases=strategies.nothing(),  # none is drawn any more
        reference=checked["reference"],
        candidate=checked["candidate"],
        claims=(refusal,),
        pair=checked["pair"] or None,
        located=(checked["reference"], checked["candidate"]),
    )
