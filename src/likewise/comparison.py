"""What a comparison found: plain data, claim by claim."""

from __future__ import annotations

from dataclasses import asdict, dataclass, fields, replace
from typing import Any, Dict, Iterable, List, Mapping, Optional, Sequence, Tuple

from likewise.explanation import Explanation
from likewise.lines import Part, fitted, shortened, wrapped
from likewise.verdict import worst

__all__ = ["LINES", "Comparison", "Finding", "merged"]

#: The most that the text of a comparison may have: with the law and what reproduces it, a failure has 40.
LINES = 31


@dataclass(frozen=True)
class Finding:
    """What one claim found.

    - verdict: "identical", "rounding", "imprecise", "different" or "refused"; None where nothing could be
      compared.
    - compared: the number of things compared (entries, variables, names, shapes, programs).
    - max_ulp, max_abs, max_rel: the greatest distance of two entries, in ULPs, absolute and relative;
      None where there are no numbers.
    - rtol, atol: the one tolerance, of either kind, that would have passed.
    - where: the path and index of the entries that are farthest apart; "" where none are.
    - signed_zeros: how often 0.0 stands against -0.0, which are one value.
    - jumps: how many entries differ because the program jumps there: the reference comes as far when
      what its operations round is moved by one ULP.
    - insignificant: of how many entries that differ neither side has a significant digit left.
    - digits: how many decimal digits reference and candidate keep where one of them loses most; None where none does.
    - within: the ULPs that the user lets pass, None for none.
    - way: how a difference in bits was judged: "float64", "error bars", "jitter" (inputs and weights moved, where
      there is no graph for error bars), "4 ULP" (where there is no float64) or "within N ULP"; "" where none had to be.
    - message: what differs, for a person.
    - execution: the mode and dimensions in which the verdict was found.
    """

    claim: str
    verdict: Optional[str]
    compared: int = 0
    max_ulp: Optional[int] = None
    max_abs: Optional[float] = None
    rtol: Optional[float] = None
    atol: Optional[float] = None
    max_rel: Optional[float] = None
    where: str = ""
    signed_zeros: int = 0
    jumps: int = 0
    insignificant: int = 0
    digits: Optional[Tuple[float, float]] = None
    within: Optional[int] = None
    way: str = ""
    message: str = ""
    execution: str = ""

    @property
    def holds(self) -> bool:
        """Whether no difference was found."""
        return self.verdict not in ("different", "imprecise")

    def at(self, execution: str) -> Finding:
        """The same, found in this execution."""
        return replace(self, execution=execution)

    def to_json(self) -> Dict[str, Any]:
        """The fields as a dict."""
        return asdict(self)

    def __str__(self) -> str:
        return "\n".join(self.lines())

    def lines(self) -> List[str]:
        """It in lines: one where it holds, and below that what differs where it does not."""
        details = [f"{self.compared:,} compared"] if self.compared else []
        if self.max_ulp:
            details.append(f"up to {self.max_ulp:,} ULP, {self.max_abs:.3g} absolute")
        if self.signed_zeros:
            details.append(f"{self.signed_zeros:,} zero{'' if self.signed_zeros == 1 else 's'} of another sign")
        if self.jumps:
            details.append(f"{self.jumps:,} jump")
        if self.insignificant:
            details.append(f"no digit of {self.insignificant:,} is significant")
        if self.way:
            details.append(f"judged by {self.way}")
        if self.within is not None:
            details.append(f"{self.within} ULP let pass")
        line = f"{self.claim:<10} {self.verdict or 'not compared':<12} {', '.join(details)}".rstrip()
        if not self.message or self.verdict not in (None, "refused", "imprecise", "different"):
            return [line]
        if self.holds:
            return [shortened(f"{line} ({' / '.join(self.message.splitlines())})")]
        where = f"in {self.execution}: " if self.execution else ""
        return [line, *("    " + text for text in wrapped(where + self.message))]


def merged(findings: Iterable[Finding]) -> Dict[str, Finding]:
    """One finding a claim: the worst verdict with its message, the counts and distances of all."""
    found: Dict[str, Finding] = {}
    for new in findings:
        old = found.get(new.claim)
        found[new.claim] = new if old is None else _both(old, new)
    return found


def _both(old: Finding, new: Finding) -> Finding:
    if old.verdict is None or new.verdict is None:
        told = new if old.verdict is None else old
    else:
        told = new if worst((old.verdict, new.verdict)) != old.verdict else old
    return replace(
        told,
        compared=old.compared + new.compared,
        max_ulp=_greatest(old.max_ulp, new.max_ulp),
        max_abs=_greatest(old.max_abs, new.max_abs),
        rtol=_greatest(old.rtol, new.rtol),
        atol=_greatest(old.atol, new.atol),
        max_rel=_greatest(old.max_rel, new.max_rel),
        signed_zeros=old.signed_zeros + new.signed_zeros,
        jumps=old.jumps + new.jumps,
        insignificant=old.insignificant + new.insignificant,
    )


def _greatest(old: Any, new: Any) -> Any:
    return max((value for value in (old, new) if value is not None), default=None)


REFUSED = "both sides raised, and nothing else was compared: see that it is for the reason you mean"


@dataclass(frozen=True)
class Comparison:
    """Whether two implementations are the same network, and what was compared to say so.

    True where they are: a claim was compared, and none found a difference. ``renames`` maps the reference's variable
    names to the candidate's; ``modes`` names the executions that were run; ``pairs`` is the table
    of variables side by side; ``explanation`` says why they are not, where it was asked for.
    """

    claims: Mapping[str, Finding]
    renames: Mapping[str, str]
    modes: Tuple[str, ...]
    reference: str = "reference"
    candidate: str = "candidate"
    cell: str = ""
    case: str = ""
    pairs: Sequence[Tuple[str, str]] = ()
    explanation: Optional[Explanation] = None

    @property
    def verdict(self) -> str:
        """The worst of all claims; "refused" where both sides refused in every execution.

        "not compared" where no claim found anything to compare, which shows nothing.
        """
        found = [finding.verdict for finding in self.claims.values() if finding.verdict is not None]
        return worst(found) if found else "not compared"

    @property
    def broken(self) -> List[Finding]:
        """The claims that found a difference."""
        return [finding for finding in self.claims.values() if not finding.holds]

    def to_json(self) -> Dict[str, Any]:
        """The fields as builtin types."""
        return {
            **{each.name: getattr(self, each.name) for each in fields(self)},
            "explanation": None if self.explanation is None else self.explanation.to_json(),
            "claims": {name: finding.to_json() for name, finding in self.claims.items()},
            "renames": dict(self.renames),
            "modes": list(self.modes),
            "pairs": [list(pair) for pair in self.pairs],
        }

    def __bool__(self) -> bool:
        return self.verdict not in ("imprecise", "different", "not compared")

    def __str__(self) -> str:
        """At most ``LINES`` lines: what was compared and where, the case, what differs and what does not."""
        head = [
            f"{self.candidate} against {self.reference}: {self.verdict}",
            shortened(f"in {', '.join(self.modes)}"),
            *([f"on {self.cell}"] if self.cell else []),
            *([REFUSED] if self.verdict == "refused" else []),
        ]
        parts = [
            Part(head),
            Part(wrapped(f"case: {self.case}") if self.case else [], least=2),
            Part(str(self.explanation).splitlines() if self.explanation else [], least=10),
            Part([line for finding in self.broken for line in finding.lines()], least=8),
            Part([line for finding in self.claims.values() if finding.holds for line in finding.lines()]),
            Part(self._variables()),
        ]
        return "\n".join(fitted(parts, LINES))

    def _variables(self) -> List[str]:
        """Those that differ side by side; where the two are the same network, the map that an old checkpoint needs."""
        if self:
            renames = [f"    {one} -> {other}" for one, other in self.renames.items()]
            return ["renames", *renames] if renames else []
        differing = [(one, other) for one, other in self.pairs if one != other]
        width = max((len(one) for one, _ in differing), default=0)
        rows = [f"    {one:<{width}} | {other}" for one, other in differing]
        return ["variables that differ, reference | candidate", *rows] if rows else []
