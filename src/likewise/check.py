"""Two implementations of the user's, made a law of with no test written."""

from __future__ import annotations

import inspect
import re
from typing import Any, Callable, Dict, Iterable, List, Optional, Sequence

from likewise.cell import current, tensorflow
from likewise.claims import Claim
from likewise.claims.catalog import named
from likewise.comparing import DEFAULT_CLAIMS
from likewise.errors import ImplementationError, InputError
from likewise.errors.raised import shown
from likewise.execution import DIMENSIONS, usable_modes
from likewise.law import Law
from likewise.locating import located
from likewise.program import Source
from likewise.spec import Spec, SpecCase, bounds_of, cases, free_of

__all__ = ["claims_of", "implementation", "law_of", "pairs_of"]


def law_of(
    reference: str,
    candidate: str,
    specs: Sequence[Spec],
    *,
    claims: Sequence[Claim] = DEFAULT_CLAIMS,
    modes: Optional[Sequence[str]] = None,
    dimensions: Sequence[str] = DIMENSIONS,
    pair: Optional[Dict[str, str]] = None,
) -> Law:
    """The law that two implementations are the same network.

    - reference, candidate: ``MODULE:NAME``, see ``likewise.locating`` and ``implementation``.
    - specs: what they are fed with.
    - modes: default: all that this cell has but xla, and session only for what can be built in its graph.

    Raises ImplementationError for what cannot be found or is no implementation, InputError for bad inputs.
    """
    sizes = list(bounds_of(specs))
    found = located(reference, candidate)
    if current().behavior == "v2" and not tensorflow().executing_eagerly():
        raise ImplementationError(
            f"{reference} or {candidate} calls disable_v2_behavior() when it is imported, so TensorFlow no longer "
            "is what behavior='v2' means; choose behavior compat1 (--behavior compat1)"
        )
    if modes is None:
        modes = usable_modes(current(), built=any(Source("", each).built for each in found.values()))
    return Law(
        "-".join(["check", *re.findall("[a-z0-9]+", f"{reference} {candidate}".lower())]),
        f"{candidate} computes what {reference} does",
        cases=cases(specs),
        reference=implementation(reference, found[reference], sizes),
        candidate=implementation(candidate, found[candidate], sizes),
        claims=claims,
        modes=modes,
        dimensions=dimensions,
        pair=pair,
        located=(reference, candidate),
        free=free_of(specs),
    )


def claims_of(chosen: Iterable[str]) -> Sequence[Claim]:
    """The claims of these names, with the one that either both refuse or neither; for none the default ones.

    Raises InputError for an unknown name.
    """
    chosen = list(chosen)
    return named(["refusal", *chosen]) if chosen else DEFAULT_CLAIMS


def pairs_of(texts: Iterable[str]) -> Dict[str, str]:
    """``OLD=NEW`` texts as a dict. Raises InputError for another form, and a name on the left twice."""
    pairs: Dict[str, str] = {}
    for text in texts:
        old, _, new = text.partition("=")
        if not old or not new:
            raise InputError(
                f"pair={text!r}, but expected OLD=NEW, the names of a variable in the reference and in the "
                "candidate, such as conv2d/kernel=time_distributed/kernel"
            )
        if old in pairs:
            raise InputError(f"pair={text!r}, but {old} is paired with {pairs[old]} already; name each once")
        pairs[old] = new
    return pairs


def implementation(text: str, found: Any, sizes: Sequence[str]) -> Any:
    """What a law takes: a function of the case. A layer or model that is built already is taken as it is.

    - text: how it was asked for, for messages.
    - found: takes nothing, or drawn sizes as keyword arguments, and returns a callable: a function, or the
      class of a layer or model.
    - sizes: the names of what is drawn.

    Raises ImplementationError for what cannot be called so.
    """
    if not callable(found):
        raise ImplementationError(
            f"{text} is {shown(found)}, but expected a function that returns a callable, a layer or a model"
        )
    if Source(text, found).built:
        return found
    wanted = _asked_for(text, found, sizes)

    def build(case: SpecCase) -> Any:
        drawn = case.sizes
        return found(**{name: drawn[name] for name in wanted})

    build.__name__ = build.__qualname__ = text
    return build


def _asked_for(text: str, found: Callable[..., Any], sizes: Sequence[str]) -> List[str]:
    try:
        parameters = inspect.signature(found).parameters.values()
    except (TypeError, ValueError):  # what is written in C may tell no signature
        return []
    if inspect.isfunction(found) and any(each.kind is each.VAR_KEYWORD for each in parameters):
        return list(sizes)
    named = [each for each in parameters if each.kind in (each.POSITIONAL_OR_KEYWORD, each.KEYWORD_ONLY)]
    wanted = [each.name for each in named if each.name in sizes]
    lacking = [
        each.name
        for each in parameters
        if each.default is each.empty
        and each.kind not in (each.VAR_POSITIONAL, each.VAR_KEYWORD)
        and each.name not in wanted
    ]
    if lacking:
        raise ImplementationError(
            f"{text} asks for {', '.join(lacking)}, but the inputs draw {', '.join(sizes) or 'no dimension'}; an "
            "implementation takes nothing, or the names of drawn dimensions, and returns the function of the inputs: "
            f"name a dimension {lacking[0]} in --input, or give {lacking[0]} a default"
        )
    return wanted
