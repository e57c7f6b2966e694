"""Which variable of the candidate is which of the reference."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Callable, Dict, Hashable, List, Mapping, Optional, Sequence, Tuple

from likewise.errors import InputError
from likewise.variable import Variable

__all__ = ["Pairing", "pair_variables", "without_ones"]


@dataclass(frozen=True)
class Pairing:
    """Pairs of places (reference, candidate), what stayed alone, and what could be otherwise.

    ``ambiguous`` holds the groups in which only the order of creation told the pairs.
    """

    reference: Tuple[Variable, ...]
    candidate: Tuple[Variable, ...]
    pairs: Tuple[Tuple[int, int], ...]
    only_reference: Tuple[int, ...]
    only_candidate: Tuple[int, ...]
    ambiguous: Tuple[Tuple[Tuple[int, int], ...], ...]

    @property
    def renames(self) -> Dict[str, str]:
        """Names of the reference → names of the candidate, where they differ: of weights alone.

        It is the map that an old checkpoint needs. A name that the reference has several times has its place with it
        from the second on.
        """
        found: Dict[str, str] = {}
        known = set()
        for one, other in self.pairs:
            mine, its = self.reference[one], self.candidate[other]
            if mine.kind == "weight" and mine.name != its.name:
                found[mine.name if mine.name not in known else f"{mine.name} ({one})"] = its.name
            known.add(mine.name)
        return found

    def by_name(
        self, side: int, values: Mapping[int, Any], *, where: Callable[[Variable], bool] = lambda _: True
    ) -> Dict[str, Any]:
        """What a side has for its places, under the names of the reference: pairs of weights, None for what it lacks.

        - side: 0 for the reference, 1 for the candidate.
        - values: a side's own arrays by place. One in the shape of its variable comes in that of the reference's,
          where the two differ by axes of length one.
        - where: what both variables of a pair have to fulfil.
        """
        found: Dict[str, Any] = {}
        for pair in self.pairs:
            one, other = self.reference[pair[0]], self.candidate[pair[1]]
            if one.kind != "weight" or not (where(one) and where(other)):
                continue
            value = values.get(pair[side])
            if value is not None and side == 1 and value.shape == other.shape != one.shape:
                value = value.reshape(one.shape) if without_ones(one.shape) == without_ones(other.shape) else value
            # Names may occur twice under TF2 behavior.
            found[one.name if one.name not in found else f"{one.name} ({pair[0]})"] = value
        return found

    def table(self) -> Tuple[Tuple[str, str], ...]:
        """The variables side by side; "-" where a side has none."""
        return (
            *((str(self.reference[one]), str(self.candidate[other])) for one, other in self.pairs),
            *((str(self.reference[one]), "-") for one in self.only_reference),
            *(("-", str(self.candidate[other])) for other in self.only_candidate),
        )


def without_ones(shape: Tuple[int, ...]) -> Tuple[int, ...]:
    """A kernel of one step, say, holds the same values with that axis and without it."""
    return tuple(size for size in shape if size != 1)


Key = Callable[[Variable], Hashable]

#: From the surest sign to the weakest; within a group the order of creation decides.
_KEYS = (
    lambda v: (v.kind, v.role, v.shape, v.dtype, v.trainable),
    lambda v: (v.kind, v.shape, v.dtype, v.trainable),
    # The same role in another shape or dtype is rather a changed variable than another one.
    lambda v: (v.kind, v.role),
)  # type: Tuple[Key, ...]


def pair_variables(
    reference: Sequence[Variable],
    candidate: Sequence[Variable],
    pair: Optional[Mapping[str, str]] = None,
) -> Pairing:
    """Pair by ``pair`` (names of the reference → names of the candidate), then by role, shape,
    dtype and trainability, then by shape, dtype and trainability, then by role alone.

    Raises InputError for a name in ``pair`` that no variable has.
    """
    pairs = _asked_for(reference, candidate, pair or {})
    ambiguous: List[Tuple[Tuple[int, int], ...]] = []
    for key in _KEYS:
        ones = _left(reference, [one for one, _ in pairs])
        others = _left(candidate, [other for _, other in pairs])
        for group in dict.fromkeys(key(reference[one]) for one in ones):
            matched = tuple(
                zip(
                    [one for one in ones if key(reference[one]) == group],
                    [other for other in others if key(candidate[other]) == group],
                )
            )
            pairs.extend(matched)
            if len(matched) > 1:
                ambiguous.append(matched)
    return Pairing(
        reference=tuple(reference),
        candidate=tuple(candidate),
        pairs=tuple(sorted(pairs)),
        only_reference=tuple(_left(reference, [one for one, _ in pairs])),
        only_candidate=tuple(_left(candidate, [other for _, other in pairs])),
        ambiguous=tuple(ambiguous),
    )


def _left(variables: Sequence[Variable], taken: Sequence[int]) -> List[int]:
    return [place for place in range(len(variables)) if place not in set(taken)]


def _asked_for(
    reference: Sequence[Variable], candidate: Sequence[Variable], pair: Mapping[str, str]
) -> List[Tuple[int, int]]:
    pairs = []
    for one, other in pair.items():
        found = []
        for side, variables, name in (
            ("reference", reference, one),
            ("candidate", candidate, other),
        ):
            names = [variable.name.partition(":")[0] for variable in variables]
            if name.partition(":")[0] not in names:
                raise InputError(
                    f"pair={dict(pair)!r}, but the {side} has no variable {name!r}; "
                    f"it has {', '.join(map(repr, names)) or 'none'}"
                )
            found.append(names.index(name.partition(":")[0]))
        pairs.append((found[0], found[1]))
    for side, places in zip(("reference", "candidate"), zip(*pairs)):
        twice = [place for place in places if places.count(place) > 1]
        if twice:
            raise InputError(
                f"pair={dict(pair)!r} names variable {twice[0]} of the {side} more than once; name each once"
            )
    return pairs
