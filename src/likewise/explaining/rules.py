"""The shortest rules, of one setting or two, that separate some cases from the others.

Sets of cases are ints with a bit a case, so that many thousand rules can be tried.
"""

from __future__ import annotations

import itertools
import operator
from dataclasses import dataclass
from functools import partial
from typing import Any, Callable, Dict, Iterator, List, Mapping, Sequence, Tuple

from likewise.explaining.settings import Setting

__all__ = ["Atom", "Rule", "atoms_of", "rules"]

#: As many values of one setting as get a bound of their own.
BOUNDS = 12

Row = Mapping[str, Setting]


@dataclass(frozen=True)
class Atom:
    """One condition on a case: a text, the settings that it is about, and the cases that meet it.

    ``rank`` tells the plain ones, at 1, from those that are less likely to be meant.
    """

    text: str
    settings: Tuple[str, ...]
    cases: int
    rank: float


@dataclass(frozen=True)
class Rule:
    """One condition, or two of which both or either must be met."""

    atoms: Tuple[Atom, ...]
    either: bool
    cases: int

    @property
    def rank(self) -> Tuple[int, float, int, str]:
        """Fewer conditions first, then plainer ones, then the shorter text."""
        plainness = sum(atom.rank for atom in self.atoms) + (0.5 if self.either else 0.0)
        return len(self.atoms), plainness, len(self.text), self.text

    @property
    def text(self) -> str:
        """The rule in words, such as "strides > 1 and padding == 'same'"."""
        return (" or " if self.either else " and ").join(atom.text for atom in self.atoms)

    @property
    def settings(self) -> Tuple[str, ...]:
        """The settings that it is about."""
        return tuple(dict.fromkeys(name for atom in self.atoms for name in atom.settings))


def rules(atoms: Sequence[Atom], failing: int, passing: int) -> List[Rule]:
    """Those that hold for all ``failing`` cases and for none that pass, the shortest first.

    None of two conditions is given where one is enough.

    - failing, passing: sets of cases; what is in neither may be either.
    """
    tried = failing | passing
    single = [Rule((atom,), False, atom.cases) for atom in atoms if atom.cases & tried == failing]
    if single:
        return sorted(single, key=lambda rule: rule.rank)
    wide = [atom for atom in atoms if atom.cases & failing == failing]
    narrow = [atom for atom in atoms if atom.cases & tried & ~failing == 0 and atom.cases & failing]
    found = [
        Rule((one, other), False, one.cases & other.cases)
        for one, other in itertools.combinations(wide, 2)
        if one.cases & other.cases & tried == failing
    ]
    found += [
        Rule((one, other), True, one.cases | other.cases)
        for one, other in itertools.combinations(narrow, 2)
        if (one.cases | other.cases) & tried == failing
    ]
    return sorted(found, key=lambda rule: rule.rank)


def atoms_of(rows: Sequence[Row]) -> List[Atom]:
    """All conditions that tell some of the cases from others, where each row holds a case's settings by name."""
    names = list(dict.fromkeys(name for row in rows for name in row))
    short = _shortened(names)
    columns = {name: [row[name].value if name in row else _ABSENT for row in rows] for name in names}
    scalars: Dict[str, Tuple[str, List[Any]]] = {}
    made: List[Atom] = []
    for name, values in columns.items():
        present: List[Any] = [value for value in values if value is not _ABSENT]
        title, about = short[name], (name,)
        if all(isinstance(value, tuple) for value in present):
            made.extend(_of_tuples(title, about, values))
            for place in range(max(len(value) for value in present)):
                entries = [
                    value[place] if isinstance(value, tuple) and len(value) > place else _ABSENT for value in values
                ]
                scalars[f"{title}[{place}]"] = (name, entries)
                made.extend(_of_numbers(f"{title}[{place}]", about, entries, 1.3))
        elif all(_is_number(value) for value in present):
            scalars[title] = (name, values)
            made.extend(_of_numbers(title, about, values, 1.0))
        else:
            made.extend(_of_words(title, about, values))
    made.extend(_of_pairs(scalars))
    everything = (1 << len(rows)) - 1
    return [atom for atom in made if atom.cases not in (0, everything)]


class _Absent:
    """Stands for the value of a setting that a case does not have: it meets no condition."""


_ABSENT = _Absent()


def _set(values: Sequence[Any], holds: Callable[[Any], bool]) -> int:
    return sum(1 << place for place, value in enumerate(values) if value is not _ABSENT and holds(value))


def _of_words(title: str, about: Tuple[str, ...], values: Sequence[Any]) -> Iterator[Atom]:
    distinct = list(dict.fromkeys((type(value), value) for value in values if value is not _ABSENT))
    for kind, value in distinct[: 2 * BOUNDS]:
        # With the types, for 1 equals True.
        met = _set([(type(each), each) if each is not _ABSENT else _ABSENT for each in values], (kind, value).__eq__)
        if kind is bool:
            yield Atom(title if value else f"not {title}", about, met, 1.0)
        else:
            yield Atom(f"{title} == {value!r}", about, met, 1.0)
            yield Atom(f"{title} != {value!r}", about, _set(values, lambda _: True) & ~met, 1.02)


def _of_numbers(title: str, about: Tuple[str, ...], values: Sequence[Any], rank: float) -> Iterator[Atom]:
    distinct = sorted({value for value in values if value is not _ABSENT})
    bounds = distinct[:: max(len(distinct) // BOUNDS, 1)]
    for value in bounds:
        at_least, below, equal = (
            _set(values, partial(sign, value)) for sign in (operator.le, operator.gt, operator.eq)
        )
        if value == 2 and all(isinstance(each, int) for each in distinct):
            yield Atom(f"{title} > 1", about, at_least, rank)
            if distinct[0] == 1:
                yield Atom(f"{title} == 1", about, below, rank)
        yield Atom(f"{title} >= {value}", about, at_least, rank + 0.1)
        yield Atom(f"{title} < {value}", about, below, rank + 0.1)
        yield Atom(f"{title} == {value}", about, equal, rank + 0.2)
        yield Atom(f"{title} != {value}", about, _set(values, lambda _: True) & ~equal, rank + 0.2)


def _of_tuples(title: str, about: Tuple[str, ...], values: Sequence[Any]) -> Iterator[Atom]:
    """Conditions on a number for each axis: some above 1, all above 1, all the same, the greatest and the least."""
    yield Atom(f"{title} > 1", about, _set(values, lambda each: max(each) > 1), 1.0)
    yield Atom(f"{title} == 1", about, _set(values, lambda each: max(each) <= 1), 1.0)
    yield Atom(f"all of {title} > 1", about, _set(values, lambda each: min(each) > 1), 1.05)
    yield Atom(f"some of {title} == 1", about, _set(values, lambda each: min(each) <= 1), 1.05)
    yield Atom(f"{title} differ", about, _set(values, lambda each: len(set(each)) > 1), 1.05)
    yield Atom(f"{title} are equal", about, _set(values, lambda each: len(set(each)) == 1), 1.05)
    for word, of in (("max", max), ("min", min)):
        yield from _of_numbers(
            f"{word}({title})", about, [each if each is _ABSENT else of(each) for each in values], 1.2
        )


def _of_pairs(scalars: Mapping[str, Tuple[str, Sequence[Any]]]) -> Iterator[Atom]:
    """Conditions on two numbers, such as h != w, or a kernel that is larger than the image."""
    for (one, (mine, left)), (other, (its, right)) in itertools.combinations(scalars.items(), 2):
        both = [_ABSENT if a is _ABSENT or b is _ABSENT else (a, b) for a, b in zip(left, right)]
        about = tuple(dict.fromkeys((mine, its)))
        # Two axes of one array are compared more often than any two numbers.
        rank = 1.2 if mine.rpartition(".")[0] == its.rpartition(".")[0] else 1.6
        for sign, holds in _SIGNS:
            yield Atom(f"{one} {sign} {other}", about, _set(both, holds), rank + (0.0 if sign in ("==", "!=") else 0.2))


_SIGNS: Sequence[Tuple[str, Callable[[Any], bool]]] = (
    ("==", lambda pair: pair[0] == pair[1]),
    ("!=", lambda pair: pair[0] != pair[1]),
    ("<", lambda pair: pair[0] < pair[1]),
    (">=", lambda pair: pair[0] >= pair[1]),
    (">", lambda pair: pair[0] > pair[1]),
    ("<=", lambda pair: pair[0] <= pair[1]),
)


def _shortened(names: Sequence[str]) -> Dict[str, str]:
    """Each name without what comes before its last part, where no other ends so."""
    last = [name.rpartition(".")[2] for name in names]
    return {name: short if last.count(short) == 1 else name for name, short in zip(names, last)}


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)
