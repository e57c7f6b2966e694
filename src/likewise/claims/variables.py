"""The same variables apart from their names: number, shapes, dtypes, trainability, and what Keras tracks."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, Iterator, Optional, Tuple

from likewise.cell import Cell
from likewise.comparison import Finding
from likewise.trial import Trial
from likewise.variable import Variable

__all__ = ["Variables", "variables"]


@dataclass(frozen=True)
class Variables:
    """Each variable has a partner of the same shape, dtype and trainability, in both directions.

    States of random generators are apart, and so are counters that only one side has: Keras makes
    them at will, and no file of weights holds them. Where both sides are Keras layers or models, Keras tracks the same
    of them: what it does not track, such as a layer in a closure, neither ``fit`` moves nor a file keeps.
    """

    ones: bool = True
    name: str = "variables"

    def but_ones(self) -> Variables:
        """The claim for shapes that may differ by axes of length one, by the name "variables-but-ones"."""
        return replace(self, ones=False, name=f"{self.name}-but-ones")

    def _seen(self, variable: Variable, field: str) -> Any:
        value: Any = getattr(variable, field)
        return _without_ones(value) if field == "shape" and not self.ones else value

    def why_not(self, cell: Cell) -> Optional[str]:
        return None

    def compare(self, trial: Trial) -> Finding:
        if not trial.ran:
            return Finding(self.name, None, message="a side raised, so there is no full list")
        pairing = trial.pairing
        wrong = [
            f"only the {side} has {all_of[place]}"
            for side, all_of, alone in (
                ("reference", pairing.reference, pairing.only_reference),
                ("candidate", pairing.candidate, pairing.only_candidate),
            )
            for place in alone
            if all_of[place].kind == "weight"
        ]
        pairs = [(pairing.reference[one], pairing.candidate[other]) for one, other in pairing.pairs]
        for one, other in pairs:
            for field in ("shape", "dtype", "trainable"):
                mine, its = self._seen(one, field), self._seen(other, field)
                if mine != its and one.kind != "rng":
                    wrong.append(
                        f"{field}={its!r} of {other.name} in the candidate, but {field}={mine!r} "
                        f"of {one.name} in the reference"
                    )
        wrong.extend(_tracked_on_one_side(trial))
        compared = sum(one.kind != "rng" for one, _ in pairs) + len(wrong)
        # Two programs without variables agree on having none: that is one thing compared.
        return Finding(
            self.name,
            "different" if wrong else "identical",
            max(compared, 1),
            message="\n".join(wrong),
        )


def _tracked_on_one_side(trial: Trial) -> Iterator[str]:
    """A text for each pair of which Keras tracks one alone; none where a side is no Keras layer or model."""
    one, other = (side.program.tracked for side in trial.sides)
    if one is None or other is None:
        return
    pairing = trial.pairing
    for mine, its in pairing.pairs:
        if pairing.reference[mine].kind == "weight" and (mine in one.tracked) != (its in other.tracked):
            sides = ("reference", "candidate") if mine in one.tracked else ("candidate", "reference")
            name = pairing.candidate[its].name if sides[0] == "reference" else pairing.reference[mine].name
            yield f"Keras does not track {name} in the {sides[1]}, but tracks its counterpart in the {sides[0]}"


def _without_ones(shape: Tuple[int, ...]) -> Tuple[int, ...]:
    return tuple(size for size in shape if size != 1)


#: The same variables apart from their names.
variables = Variables()
