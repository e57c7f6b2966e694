"""Settings in cases, and what else they may be."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Callable, Dict, List, Optional, Tuple

import pytest

from likewise.auditing import settings
from likewise_strategies import ConvConfig, ConvVideo, Tensor
from likewise_strategies.splitting import data


@dataclass(frozen=True)
class Inner:
    flag: bool = True
    sizes: Tuple[int, ...] = (1, 2)
    rate: float = 0.5


@dataclass(frozen=True)
class Outer:
    name: Optional[str]
    inner: Inner = Inner()
    others: Tuple[Inner, ...] = ()
    array: Any = None
    seed: int = data(default=0)
    made: int = field(init=False, default=3)


def test_settings_of_a_case() -> None:
    found = dict(settings.settings_in(Outer("a", others=(Inner(flag=False, sizes=()),), array=Tensor((1,)))))
    assert found == {
        ("name",): "a",
        ("inner", "flag"): True,
        ("inner", "sizes", 0): 1,
        ("inner", "sizes", 1): 2,
        ("inner", "rate"): 0.5,
        ("others", 0, "flag"): False,
        ("others", 0, "rate"): 0.5,
    }


@pytest.mark.parametrize("case", [3, "text", (1, 2), {"a": 1}, object(), Inner])
def test_what_is_no_dataclass_has_none(case: Any) -> None:
    assert not dict(settings.settings_in(case))


def test_choices_are_those_of_the_cases() -> None:
    choices = settings.choices_of([Outer("b"), Outer("a"), Outer(None), Outer("b", inner=Inner(flag=False))])
    assert choices[("name",)] == ["b", "a", None]
    assert choices[("inner", "flag")] == [True, False]


@pytest.mark.parametrize(
    "path, value, other",
    [
        (("flag",), True, False),
        (("sizes", 0), 1, 2),
        (("rate",), 2.0, 2.002),
        (("rate",), 0.0, 0.5),
        (("name",), "b", "a"),
        (("name",), "a", "b"),
        (("name",), None, "b"),
        (("alone",), "only", None),
        (("padding",), "same", "valid"),
        (("activation",), "softsign", "linear"),
    ],
)
def test_another_value(path: Any, value: Any, other: Any) -> None:
    choices: Dict[Any, List[Any]] = {("name",): ["b", None, "a"], ("alone",): ["only"], ("padding",): ["same"]}
    assert settings._another(path, value, choices) == other


def test_one_field_is_replaced() -> None:
    case = Outer("a", others=(Inner(), Inner()))
    changed = settings._replaced(case, ("others", 1, "sizes", 0), 7)
    assert changed == Outer("a", others=(Inner(), Inner(sizes=(7, 2))))


def test_what_the_class_refuses_is_not_made(monkeypatch: pytest.MonkeyPatch) -> None:
    video = ConvVideo(Tensor((1, 2, 3, 3, 1), axes="ndhwc"), ConvConfig(2, 1, (1, 1)))
    change: Callable[[Any], Any] = settings._with(("conv", "rank"), {})

    class Source:
        built = False
        case = video

    monkeypatch.setattr(settings, "candidate_of", lambda trial: Source())
    assert change(None) is None


def test_paths_as_text() -> None:
    assert settings._text(("conv", "strides", 0)) == "conv.strides[0]"
