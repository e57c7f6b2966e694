"""A witness run again, in this cell: with the inputs and values that its file holds, not with drawn ones."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import TYPE_CHECKING, Any, Dict, Mapping, Optional, Sequence, Union

import numpy as np

from likewise.cell import current
from likewise.claims import Claim
from likewise.claims.catalog import NAMES, named
from likewise.comparing import DEFAULT_CLAIMS, compare_in
from likewise.comparison import Comparison
from likewise.errors import LawError, WitnessError
from likewise.execution import usable_modes
from likewise.inputs import Inputs
from likewise.laws import chosen
from likewise.pairing import Pairing, pair_variables
from likewise.program import Source
from likewise.trial import Reweigh, Values
from likewise.values import rounded
from likewise.variable import Variable
from likewise.witness.file import SavedSide, WitnessFile
from likewise.witness.reading import read

if TYPE_CHECKING:
    from likewise.law import Law

__all__ = ["replay", "replayed"]


def replay(
    file: Union[str, Path],
    *,
    law: Optional[Law] = None,
    reference: Any = None,
    candidate: Any = None,
) -> Comparison:
    """Run a witness again, in this cell: the same case, inputs, values of variables and execution.

    - file: a witness file.
    - law: the law that it breaks; default: the law of its name in the catalog.
    - reference, candidate: implementations instead of the law's. Where both are given, no law is needed.

    The claims are the law's; without a law those that the file names, as they are by default. Raises WitnessError for a
    file that cannot be read, is of an unknown law, or holds a case of a class that is not imported.
    """
    return replayed(read(file), law=law, reference=reference, candidate=candidate)


def replayed(
    witness: WitnessFile,
    *,
    law: Optional[Law] = None,
    reference: Any = None,
    candidate: Any = None,
) -> Comparison:
    """``replay`` for a file that was read."""
    if law is None and (reference is None or candidate is None):
        law = _from_catalog(witness)
    if law is not None:
        reference = law.reference if reference is None else reference
        candidate = law.candidate if candidate is None else candidate
    case = witness.decoded(witness.case)
    usable_modes(current(), [witness.execution.mode])
    return compare_in(
        [witness.execution],
        Source("reference", reference, case),
        Source("candidate", candidate, case),
        inputs=Inputs(witness.decoded(witness.inputs), witness.axes),
        claims=_claims(witness) if law is None else law.claims,
        pair=_pair(witness) if law is None else law.pair,
        seed=witness.seed,
        reweigh=_stored(witness) if witness.sides else None,
    )


def _claims(witness: WitnessFile) -> Sequence[Claim]:
    known = () if witness.comparison is None else witness.comparison.claims
    return named(name for name in known if name in NAMES) or DEFAULT_CLAIMS


def _pair(witness: WitnessFile) -> Optional[Mapping[str, str]]:
    return None if witness.check is None else witness.check.pair or None


def _stored(witness: WitnessFile) -> Reweigh:
    """The values of the file: the reference's, handed on by pair, and those that the candidate alone has.

    Variables of this cell are found among those of the file as variables of two sides are, since their names may
    differ from cell to cell. What the file has no value for, such as a random generator's state, keeps what was drawn.
    """

    def reweigh(pairing: Pairing, drawn: Values) -> Values:
        one, other = witness.sides
        values = {**drawn[0], **_found(one, pairing.reference)}
        handed = {**drawn[1], **_found(other, pairing.candidate)}
        for mine, its in pairing.pairs:
            fitting = _fitted(values[mine], pairing.candidate[its])
            if fitting is not None:
                handed[its] = fitting
        return values, handed

    return reweigh


def _found(side: SavedSide, variables: Sequence[Variable]) -> Dict[int, np.ndarray]:
    """The values of a side in the file for these variables, by their place."""
    pairs = pair_variables(side.variables, variables).pairs
    found = {place: _fitted(side.values[saved], variables[place]) for saved, place in pairs}
    return {place: value for place, value in found.items() if value is not None}


def _fitted(value: np.ndarray, variable: Variable) -> Optional[np.ndarray]:
    """A value in the dtype and shape of a variable; None where it is of another shape, axes of length one apart."""
    if [size for size in value.shape if size != 1] != [size for size in variable.shape if size != 1]:
        return None
    return rounded(value, variable.dtype).reshape(variable.shape)


def _from_catalog(witness: WitnessFile) -> Law:
    if witness.check is not None:
        raise WitnessError(
            f"{witness.path}: it is of `likewise check {shlex.quote(witness.check.reference)} "
            f"{shlex.quote(witness.check.candidate)}`, and a replay imports nothing that a file names; for one that "
            f"you trust, say {witness.check.options} (in Python, give reference= and candidate=)"
        )
    try:
        return chosen([witness.law])[0]
    except LawError as error:
        raise WitnessError(
            f"{witness.path}: {error}; give law=, or both reference= and candidate=, to replay it"
        ) from None
