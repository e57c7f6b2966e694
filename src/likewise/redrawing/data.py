"""The data of a case, drawn anew."""

from __future__ import annotations

from dataclasses import dataclass, field, fields, is_dataclass, replace
from typing import Any, Dict, List, Sequence, Tuple

from likewise_strategies import bits
from likewise_strategies.splitting import is_data

__all__ = ["Redrawing"]


@dataclass
class Redrawing:
    """Draws the data of cases anew: other seeds, and for arrays a kind that an array in its place had before.

    So a law's own strategy decides which kinds there may be; ``note`` shows its cases.
    """

    #: The numbers at which the programs compare, as far as they are known.
    constants: Tuple[float, ...] = ()
    _kinds: Dict[Tuple[str, str], List[str]] = field(default_factory=dict)

    def note(self, case: Any) -> None:
        """Learn from a case which kinds its arrays may be of."""
        self._note(case, "case")

    def drawn(self, case: Any, count: int, *, weights: bool = True) -> List[Any]:
        """So many cases of the same structure, the same at each call; none where no data decides numbers by a seed.

        - weights: whether the case's own ``seed`` is drawn, too, which decides the values of variables.
        """
        found = [each for each in self._redrawn(case, count, "case") if each != case]
        if not weights and hasattr(case, "seed"):
            found = [each for each in (replace(each, seed=case.seed) for each in found) if each != case]
        return found

    def with_landmarks(self, case: Any) -> Any:
        """The case with some of ``constants`` where its arrays have landmarks without any."""
        return self._marked(case) if self.constants else case

    def _marked(self, value: Any) -> Any:
        if type(value) is tuple:
            items = tuple(map(self._marked, value))
            return items if any(new is not old for new, old in zip(items, value)) else value
        if not _is_case(value):
            return value
        if _has_landmarks(value):
            return replace(value, values=_some(self.constants, value.seed)) if not value.values else value
        old = {each.name: getattr(value, each.name) for each in fields(value) if each.init and not is_data(each)}
        new = {name: self._marked(each) for name, each in old.items()}
        changed = {name: each for name, each in new.items() if each is not old[name]}
        return replace(value, **changed) if changed else value

    def _note(self, value: Any, path: str) -> None:
        if type(value) is tuple:
            for place, item in enumerate(value):
                self._note(item, f"{path}[{place}]")
        elif _is_case(value):
            for each in fields(value):
                old = getattr(value, each.name)
                if not is_data(each):
                    self._note(old, f"{path}.{each.name}")
                elif each.name == "kind":
                    known = self._kinds.setdefault(_place(value, path), [])
                    if old not in known:
                        known.append(old)

    def _redrawn(self, value: Any, count: int, path: str) -> List[Any]:
        """So many of a value; the very same one where it has no data."""
        if type(value) is tuple:
            items = [self._redrawn(item, count, f"{path}[{place}]") for place, item in enumerate(value)]
            return list(zip(*items)) if items else [value] * count
        if not _is_case(value):
            return [value] * count
        changed: Dict[str, Sequence[Any]] = {}
        for each in fields(value):
            old, stream = getattr(value, each.name), f"draws of {path}.{each.name}"
            if not each.init:
                continue
            if not is_data(each):
                found = self._redrawn(old, count, f"{path}.{each.name}")
                if any(new is not old for new in found):
                    changed[each.name] = found
            elif each.name == "seed":
                changed[each.name] = bits.integers(old, stream, (count,), 2**32).tolist()
            elif each.name == "kind":
                kinds = self._kinds.get(_place(value, path), [old])
                places = bits.integers(getattr(value, "seed", 0), stream, (count,), len(kinds))
                changed[each.name] = [kinds[place] for place in places]
        if not changed:
            return [value] * count
        found = [replace(value, **dict(zip(changed, row))) for row in zip(*changed.values())]
        return [self._remarked(each) for each in found]

    def _remarked(self, value: Any) -> Any:
        """A redrawn array with the landmarks of its own seed."""
        if not hasattr(value, "values") or not hasattr(value, "kind"):
            return value
        values = _some(self.constants, value.seed) if _has_landmarks(value) else ()
        return replace(value, values=values) if value.values != values else value


#: How many of the constants an array has at most.
_TAKEN = 4


def _has_landmarks(value: Any) -> bool:
    return getattr(value, "kind", "") == "landmarks" and all(hasattr(value, name) for name in ("values", "seed"))


def _some(constants: Sequence[float], seed: int) -> Tuple[float, ...]:
    """Some of the constants, as a seed says, in their order."""
    if len(constants) <= _TAKEN:
        return tuple(constants)
    words = bits.raw(seed, "which constants", len(constants)).tolist()
    chosen = sorted(range(len(constants)), key=lambda place: int(words[place]))[:_TAKEN]
    return tuple(constants[place] for place in sorted(chosen))


def _is_case(value: Any) -> bool:
    """Whether it is a case or a part of one, which are frozen dataclasses."""
    return is_dataclass(value) and not isinstance(value, type)


def _place(value: Any, path: str) -> Tuple[str, str]:
    """Where an array stands and of which dtype it is, for not each dtype has values of each kind."""
    return path, str(getattr(value, "dtype", ""))
