"""The condition under which a law breaks: the shortest rule that separates near-by cases that fail from others."""

from __future__ import annotations

import random
import time
from dataclasses import replace
from typing import Any, Callable, Dict, Iterable, Iterator, List, Optional, Sequence, Tuple

import hypothesis
from hypothesis.strategies import SearchStrategy

from likewise.errors import InputError
from likewise.explaining.rules import Atom, Rule, atoms_of, rules
from likewise.explaining.settings import Setting, changed, settings_of
from likewise.explanation import Condition

__all__ = ["TRIES", "condition_of", "drawn", "neighbours"]

#: As many cases are tried, in as many seconds, as it takes at most.
TRIES = 120
SECONDS = 20.0

#: As many cases are tried before rules are looked for.
FIRST = 24

#: As many cases are drawn to choose from, and as many neighbours of the counterexample made.
DRAWN = 250
NEIGHBOURS = 120

#: As many of the shortest rules are held against each other.
RIVALS = 24

#: Of as many cases that fail, and of as many that pass, a rule is told at least; of fewer it says that it is not sure.
ENOUGH = 8

#: Of as many of each it is told as where the failure was seen, which says less.
SEEN = 3

#: As likely it may be at most that one of the conditions that were looked at would hold so by chance.
CHANCE = 0.01

#: A condition that so large a part as many passing cases lack as the best is as good, if it is plainer.
ALIKE = 0.9

#: How a case came out: whether it fails, None where nothing can be said.
Fails = Callable[[Any], Optional[bool]]


def condition_of(
    counterexample: Any,
    cases: Sequence[Any],
    fails: Fails,
    *,
    tries: int = TRIES,
    seconds: float = SECONDS,
) -> Condition:
    """The condition, by trying some of the cases and the neighbours of the counterexample.

    - cases: drawn from the law's.
    - fails: whether a case fails.
    """
    pool = _distinct([counterexample, *neighbours(counterexample, cases), *cases])
    rows = [settings_of(case) for case in pool]
    if not any(rows):
        return Condition("no rule: the case has no settings that could be looked at")
    search = _Search(atoms_of(rows), len(pool))
    search.note(0, True)
    deadline = time.monotonic() + seconds
    # Neighbours and drawn cases by turns: where few fail the first do, where most do the second pass.
    for place in search.order(tries):
        if time.monotonic() > deadline:
            break
        search.note(place, fails(pool[place]))
    return search.result()


class _Search:
    def __init__(self, atoms: Sequence[Atom], count: int) -> None:
        self.atoms = atoms
        self.left = list(range(1, count))
        random.Random(0).shuffle(self.left)  # noqa: S311  any order does, as long as it is the same each time
        self.failing = self.passing = 0

    def note(self, place: int, fails: Optional[bool]) -> None:
        if fails is not None:
            self.failing |= int(fails) << place
            self.passing |= int(not fails) << place

    def order(self, tries: int) -> Iterator[int]:
        """The cases to be tried, each chosen by what the others came to."""
        for tried in range(min(tries, len(self.left))):
            place = self.left[0]
            if tried >= FIRST:
                place = self._chosen(within=tried % 2 == 0)
            self.left.remove(place)
            yield place

    def _chosen(self, *, within: bool) -> int:
        """What is tried next: where one kind of cases is rare yet one of it, else what tells conditions apart."""
        rivals = self.rivals()
        if rivals:
            lacking = [kind for kind in (True, False) if _count(self.failing if kind else self.passing) < ENOUGH]
            for kind in lacking:
                likely = [place for place in self.left if bool(rivals[0].cases >> place & 1) is kind]
                if likely:
                    return likely[0]
        return self._dividing(rivals or [rule for each in self.needed() for rule in each], within=within)

    def rivals(self) -> List[Rule]:
        return rules(self.atoms, self.failing, self.passing)[:RIVALS] if self.passing else []

    def needed(self) -> List[List[Rule]]:
        """Conditions without which no case fails, the best of each list first.

        In the first list are those that the most of the passing cases lack, in the second those that the most of the
        others lack: of what meets the first list's best.
        """
        found: List[List[Rule]] = []
        passing = self.passing
        for _ in range(2):
            lists = self._lacked(passing)
            if lists:
                found.append(lists)
                passing &= lists[0].cases
        return found

    def _lacked(self, passing: int) -> List[Rule]:
        held = [Rule((atom,), False, atom.cases) for atom in self.atoms if self.failing & ~atom.cases == 0]
        spared = {rule.text: _count(passing & ~rule.cases) for rule in held}
        told = [rule for rule in held if spared[rule.text] >= ENOUGH]
        choices = self._choices()
        told = [rule for rule in told if self._by_chance(rule, choices) <= CHANCE]
        # By a case or two more a condition is not more likely to be meant than a plainer one.
        enough = ALIKE * max((spared[rule.text] for rule in told), default=0)
        return sorted(told, key=lambda rule: (spared[rule.text] < enough, rule.rank[1], -spared[rule.text]))[:RIVALS]

    def _dividing(self, rivals: Sequence[Rule], within: bool) -> int:
        """The case by which most of the rules can be told from each other, or else one by which they may fall.

        - within: rather one that they hold for, and should fail, than one that should pass.
        """

        def divided(place: int) -> Tuple[int, bool]:
            held = sum(rule.cases >> place & 1 for rule in rivals)
            return min(held, len(rivals) - held), bool(rivals) and (held > 0) is within

        return max(self.left, key=divided)

    def _by_chance(self, rule: Rule, choices: int) -> float:
        """How likely a condition like this would hold for all that fail and for no more that pass, if none were true.

        Fisher's exact test, times as many conditions as there are to choose from.
        """
        tried = self.failing | self.passing
        failing = _count(self.failing)
        conditions: int = choices ** len(rule.atoms)
        return conditions * _ways(_count(tried & rule.cases), failing) / _ways(_count(tried), failing)

    def _choices(self) -> int:
        """How many conditions there are that the cases that were tried tell from each other."""
        tried = self.failing | self.passing
        return len({atom.cases & tried for atom in self.atoms})

    def result(self) -> Condition:
        failing, passing = _count(self.failing), _count(self.passing)
        if not passing:
            others = f"all {failing} cases that were tried" if failing > 1 else "the one case that could be tried"
            return Condition(f"none: it fails in {others}", failing=failing)
        if failing == 1:
            return Condition(f"no rule: none of {passing} other cases fails", failing=failing, passing=passing)
        found = self.rivals()
        return self._ruled(found[0], failing, passing) if found else self._unruled(failing, passing)

    def _ruled(self, rule: Rule, failing: int, passing: int) -> Condition:
        """The rule that separates all cases, where they are enough for one."""
        if min(failing, passing) >= ENOUGH and self._by_chance(rule, self._choices()) <= CHANCE:
            message = f"all {failing} with {rule.text}; none of {passing} others"
            return Condition(message, rule.text, "", rule.settings, failing, passing)
        message = f"no sure rule: of {failing + passing} cases that were tried {failing} fail"
        if min(failing, passing) < SEEN:
            return Condition(message, failing=failing, passing=passing)
        message += f", seen only where {rule.text}"
        return Condition(message, "", "", rule.settings, failing, passing)

    def _unruled(self, failing: int, passing: int) -> Condition:
        """What is told where no rule separates them."""
        message = f"no rule of one or two settings separates {failing} failing from {passing} passing cases"
        needed = self.needed()
        if not needed:
            return Condition(message, failing=failing, passing=passing)
        rule = Rule(tuple(atom for each in needed for atom in each[0].atoms), False, -1)
        for each in needed:
            rule = replace(rule, cases=rule.cases & each[0].cases)
        spared = _count(self.passing & ~rule.cases)
        them, tried = "both" if len(needed) > 1 else "it", failing + passing - spared
        message += f"\nbut it needs {rule.text}: {failing} of {tried} with {them}, none of {spared} others"
        return Condition(message, "", rule.text, rule.settings, failing, passing)


def _count(cases: int) -> int:
    return bin(cases).count("1")


def _ways(count: int, chosen: int) -> int:
    """In how many ways so many are chosen of as many."""
    ways = 1
    for place in range(chosen):
        ways = ways * (count - place) // (place + 1)
    return ways


def neighbours(case: Any, others: Iterable[Any], *, most: int = NEIGHBOURS) -> List[Any]:
    """The case with one setting changed at a time, to values that it has in other cases."""
    mine = settings_of(case)
    values: Dict[str, List[Any]] = {name: [] for name in mine}
    for other in others:
        for name, setting in settings_of(other).items():
            if name in values and setting.value != mine[name].value and setting.value not in values[name]:
                values[name].append(setting.value)
    found = []
    for turn in range(max(map(len, values.values()), default=0)):
        for name, setting in mine.items():
            if turn < len(values[name]):
                found.extend(_changed(case, setting, values[name][turn]))
    return found[:most]


def _changed(case: Any, setting: Setting, value: Any) -> List[Any]:
    try:
        return [changed(case, setting.path, value)]
    except (InputError, TypeError, ValueError):  # what a class of cases says of a value that does not fit the others
        return []


def drawn(cases: SearchStrategy[Any], *, count: int = DRAWN) -> List[Any]:
    """Cases of a strategy, each once; the same at each call."""
    found: List[Any] = []

    @hypothesis.settings(
        max_examples=count,
        phases=[hypothesis.Phase.generate],
        database=None,
        deadline=None,
        derandomize=True,
        print_blob=False,
        suppress_health_check=[hypothesis.HealthCheck.too_slow, hypothesis.HealthCheck.filter_too_much],
    )
    @hypothesis.given(case=cases)
    def draw(case: Any) -> None:
        found.append(case)

    draw()
    return _distinct(found)


def _distinct(cases: Iterable[Any]) -> List[Any]:
    """Cases whose settings are not those of an earlier one."""
    found: Dict[Tuple[Any, ...], Any] = {}
    for case in cases:
        key = tuple((name, repr(setting.value)) for name, setting in settings_of(case).items())
        found.setdefault(key, case)
    return list(found.values())
