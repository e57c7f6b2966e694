"""All parts of an explanation, each in bounded time; what goes wrong in one is told, and stops no other."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any, Callable, List, Mapping, Optional, TypeVar

from hypothesis.strategies import SearchStrategy

from likewise.claims import Claim
from likewise.errors.raised import said, type_of
from likewise.execution import Execution
from likewise.explaining.condition import TRIES, condition_of, drawn
from likewise.explaining.naming import layer_at_fault
from likewise.explaining.nearby import Nearby
from likewise.explaining.pairings import other_pairing
from likewise.explaining.smallest import smallest_data
from likewise.explanation import Condition, Explanation, Smallest
from likewise.inputs import Inputs, inputs_of, seed_of
from likewise.program import Source
from likewise.trial import Trial, tried

__all__ = ["SECONDS", "condition_near", "explained_in", "explained_of"]

#: What an explanation may take, in seconds, once both sides are built; the layers are looked at whatever it takes.
SECONDS = 40.0

Part = TypeVar("Part")


def explained_in(
    way: Execution,
    reference: Source,
    candidate: Source,
    inputs: Inputs,
    *,
    claim: Optional[Claim] = None,
    pair: Optional[Mapping[str, str]] = None,
    seed: int = 0,
    seconds: float = SECONDS,
) -> Explanation:
    """What one case shows: the layer and the pairing, and the smallest data that break ``claim``, if one is given."""
    troubles = _Troubles()
    with tried(reference, candidate, inputs, way, pair=pair, seed=seed) as trial:
        return Explanation(
            pairing=troubles.noted("pairing", lambda: other_pairing(trial, seconds=seconds / 4)),
            layer=troubles.noted("layer", lambda: layer_at_fault(trial)),
            smallest=troubles.noted("smallest data", lambda: _smallest(trial, claim, seconds / 3)),
            troubles=tuple(troubles.texts),
        )


def _smallest(trial: Trial, claim: Optional[Claim], seconds: float) -> Optional[Smallest]:
    return None if claim is None else smallest_data(trial, claim, seconds=seconds)


def explained_of(
    case: Any,
    cases: SearchStrategy[Any],
    nearby: Nearby,
    claim: Claim,
    *,
    seconds: float = SECONDS,
) -> Explanation:
    """What the counterexample of a law shows, and what the cases near by it do.

    - cases: the law's.
    - nearby: tries cases of the law, in the execution in which it broke.
    - claim: that which broke.
    """
    sources = Source("reference", nearby.reference, case), Source("candidate", nearby.candidate, case)
    seed = seed_of(case)
    found = explained_in(
        nearby.way, *sources, inputs_of(case), claim=claim, pair=nearby.pair, seed=seed, seconds=seconds / 2
    )
    troubles = _Troubles(list(found.troubles))
    condition = troubles.noted("condition", lambda: condition_near(case, cases, nearby, seconds=seconds / 2))
    return replace(found, condition=condition, troubles=tuple(troubles.texts))


def condition_near(
    case: Any, cases: SearchStrategy[Any], nearby: Nearby, *, tries: int = TRIES, seconds: float = SECONDS
) -> Condition:
    """The condition under which the law breaks near this case.

    What fails with the data of this case alone says little of its settings: then data are taken as they are drawn.
    """
    trying = replace(nearby, lively=bool(replace(nearby, lively=True).fails(case)))
    return condition_of(case, drawn(cases), trying.fails, tries=tries, seconds=seconds)


@dataclass
class _Troubles:
    texts: List[str] = field(default_factory=list)

    def noted(self, part: str, look: Callable[[], Optional[Part]]) -> Optional[Part]:
        """What ``look`` gives; None where it raises, which is then told."""
        try:
            return look()
        except BaseException as error:
            if isinstance(error, KeyboardInterrupt):
                raise
            line = next((line for line in said(error).splitlines() if line.strip()), "")
            self.texts.append(f"the {part} could not be found: {type_of(error)}: {line}")
            return None
