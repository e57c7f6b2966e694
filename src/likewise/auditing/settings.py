"""Mutants of the settings: the candidate is built for a case in which one field has another value."""

from __future__ import annotations

import re
from dataclasses import fields, is_dataclass, replace
from typing import Any, Callable, Dict, Iterable, Iterator, List, Optional, Sequence, Tuple

from likewise.auditing.mutant import Choices, Mutant, Path, Sample, candidate_of
from likewise.program import Source
from likewise.trial import Trial
from likewise_strategies import Tensor
from likewise_strategies.layers import ACTIVATIONS, RECURRENT_ACTIVATIONS
from likewise_strategies.splitting import is_data

__all__ = ["choices_of", "mutants"]

KIND = "settings"

#: What else a setting may be, where the examples of a law have but one value of it.
KNOWN: Dict[str, Sequence[Any]] = {
    "activation": ACTIVATIONS,
    "data_format": ("channels_last", "channels_first"),
    "padding": ("valid", "same"),
    "recurrent_activation": RECURRENT_ACTIVATIONS,
}

#: By how much a number is changed; instead of zero, which has no such part, it is one half.
PART = 1e-3
INSTEAD_OF_ZERO = 0.5


def mutants(sample: Sample) -> Iterator[Mutant]:
    """Each field of the case, and of the dataclasses in it, inputs and data apart; tuples entry by entry."""
    for path, value in settings_in(sample.trial.sides[0].program.source.case):
        yield Mutant(
            f"{_text(path)} changed", KIND, _how(path, value, sample.choices), candidate=_with(path, sample.choices)
        )


def settings_in(value: Any, path: Path = ()) -> Iterator[Tuple[Path, Any]]:
    """The numbers, texts and Nones in the dataclasses and tuples of a case, with the way to each."""
    if is_dataclass(value) and not isinstance(value, (type, Tensor)):
        for each in fields(value):
            if each.init and not is_data(each):
                yield from settings_in(getattr(value, each.name), (*path, each.name))
    elif path and isinstance(value, tuple):
        for place, item in enumerate(value):
            yield from settings_in(item, (*path, place))
    elif path and (value is None or isinstance(value, (bool, int, float, str))):
        yield path, value


def choices_of(cases: Iterable[Any]) -> Dict[Path, List[Any]]:
    """The values, in the order in which they come, that each setting has in these cases."""
    found: Dict[Path, List[Any]] = {}
    for case in cases:
        for path, value in settings_in(case):
            values = found.setdefault(path, [])
            # (True is 1, but no other value of the same setting)
            if not any(type(value) is type(known) and value == known for known in values):
                values.append(value)
    return found


def _with(path: Path, choices: Choices) -> Callable[[Trial], Optional[Source]]:
    def candidate(trial: Trial) -> Optional[Source]:
        source = candidate_of(trial)
        here = dict(settings_in(source.case))
        if source.built or path not in here:
            return None
        other = _another(path, here[path], choices)
        if other is None:
            return None
        try:
            return replace(source, case=_replaced(source.case, path, other))
        except Exception:  # noqa: BLE001  whatever a class has against it: then it is no valid value
            return None

    return candidate


def _another(path: Path, value: Any, choices: Choices) -> Any:
    """Another value of a setting, None where none is known."""
    if isinstance(value, bool):
        return not value
    if isinstance(value, int):
        return value + 1
    if isinstance(value, float):
        return value * (1 + PART) if value else INSTEAD_OF_ZERO
    known = _known(path, choices)
    if value not in known:
        return known[0] if known else None
    return known[(known.index(value) + 1) % len(known)] if len(known) > 1 else None


def _known(path: Path, choices: Choices) -> List[Any]:
    """What a setting that is a text, or None, may be; None itself never comes in place of a text."""
    seen = [value for value in choices.get(path, ()) if value is not None]
    return seen if len(seen) > 1 else list(KNOWN.get(str(path[-1]), seen))


def _how(path: Path, value: Any, choices: Choices) -> str:
    if isinstance(value, bool):
        return "True instead of False, and the other way round"
    if isinstance(value, int):
        return "one more"
    if isinstance(value, float):
        return f"{PART:.1%} more, and {INSTEAD_OF_ZERO} instead of 0"
    return f"the next of {', '.join(map(str, _known(path, choices))) or 'none'}"


def _replaced(value: Any, path: Path, new: Any) -> Any:
    if not path:
        return new
    first, *rest = path
    if isinstance(value, tuple):
        items = [_replaced(item, tuple(rest), new) if place == first else item for place, item in enumerate(value)]
        return type(value)(*items) if hasattr(value, "_fields") else tuple(items)
    return replace(value, **{first: _replaced(getattr(value, first), tuple(rest), new)})


def _text(path: Path) -> str:
    """``conv.strides[0]``."""
    return re.sub(r"\.(\d+)", r"[\1]", ".".join(map(str, path)))
