"""The data of a case, drawn anew."""

from __future__ import annotations

from dataclasses import dataclass, field, fields, is_dataclass, replace
from typing import Any, Dict, List, Tuple

from likewise_strategies import bits
from likewise_strategies.splitting import is_data

__all__ = ["Redrawing"]


@dataclass
class Redrawing:
    """Draws the data of cases anew: other seeds, and for arrays a kind that an array in its place had before.

    So a law's own strategy decides which kinds there may be; ``note`` shows its cases.
    """

    _kinds: Dict[Tuple[str, str], List[str]] = field(default_factory=dict)

    def note(self, case: Any) -> None:
        """Learn from a case which kinds its arrays may be of."""
        self._note(case, "case")

    def drawn(self, case: Any, count: int, *, weights: bool = True) -> List[Any]:
        """So many cases of the same structure, the same at each call; none where no data decides numbers by a seed.

        - weights: whether the case's own ``seed`` is drawn, too, which decides the values of variables.
        """
        found = [self._redrawn(case, number, "case") for number in range(count)]
        found = [each for each in found if each != case]
        if not weights and hasattr(case, "seed"):
            found = [each for each in (replace(each, seed=case.seed) for each in found) if each != case]
        return found

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

    def _redrawn(self, value: Any, number: int, path: str) -> Any:
        if type(value) is tuple:
            return tuple(self._redrawn(item, number, f"{path}[{place}]") for place, item in enumerate(value))
        if not _is_case(value):
            return value
        changed = {}
        for each in fields(value):
            old, stream = getattr(value, each.name), f"draw {number} of {path}.{each.name}"
            if not each.init:
                continue
            if not is_data(each):
                changed[each.name] = self._redrawn(old, number, f"{path}.{each.name}")
            elif each.name == "seed":
                changed[each.name] = int(bits.integers(old, stream, (), 2**32))
            elif each.name == "kind":
                kinds = self._kinds.get(_place(value, path), [old])
                changed[each.name] = kinds[int(bits.integers(getattr(value, "seed", 0), stream, (), len(kinds)))]
        return replace(value, **changed)


def _is_case(value: Any) -> bool:
    """Whether it is a case or a part of one, which are frozen dataclasses."""
    return is_dataclass(value) and not isinstance(value, type)


def _place(value: Any, path: str) -> Tuple[str, str]:
    """Where an array stands and of which dtype it is, for not each dtype has values of each kind."""
    return path, str(getattr(value, "dtype", ""))
