"""Laws that contradict themselves."""

from __future__ import annotations

import re
from typing import Any

import pytest
from hypothesis import strategies as st

from likewise import Break, Law, LikewiseError, names, outputs, refusal, variables
from likewise.comparing import DEFAULT_CLAIMS
from likewise.errors import LawError
from likewise.execution import DIMENSIONS


def law(name: str = "some-law", **settings: Any) -> Law:
    return Law(name, "they are the same", cases=st.none(), reference=str, candidate=str, **settings)


@pytest.mark.parametrize("name", ["a", "time-distributed-conv2d", "2d", "conv-1"])
def test_names(name: str) -> None:
    assert law(name).name == name


@pytest.mark.parametrize("name", ["", "Conv", "a_b", "a b", "-a", "a-", "a--b", "a\n", "é"])
def test_names_that_cannot_be(name: str) -> None:
    with pytest.raises(LawError, match=re.escape(f"name={name!r}, but expected lower-case words joined by dashes")):
        law(name)


def test_what_is_claimed_where_nothing_is_said() -> None:
    assert (law().claims, law().dimensions, law().modes, law().breaks) == (DEFAULT_CLAIMS, DIMENSIONS, None, ())


@pytest.mark.parametrize("claims", [[], [outputs, outputs], [names, names.renamed({"a": "b"})]])
def test_claims_that_cannot_be(claims: Any) -> None:
    with pytest.raises(LawError, match="of law some-law, but expected at least one, each once"):
        law(claims=claims)


def test_a_break_of_a_claim_that_is_not_made() -> None:
    message = "breaks='names', but law some-law claims refusal, outputs; add the claim or take the break out"
    with pytest.raises(LawError, match=re.escape(message)):
        law(claims=[refusal, outputs], breaks=[Break(names, because="so")])


def test_a_break_of_a_claim_goes_by_its_name() -> None:
    declared = Break(names.renamed({"a": "b"}), because="so", where="keras>=3")
    assert law(claims=[names, variables], breaks=[declared]).breaks == [declared]


def test_a_law_with_other_claims() -> None:
    renamed = names.renamed({"a": "b"})
    breaks = [Break(names, because="so"), Break(outputs, because="so")]
    other = law(claims=[refusal, renamed, outputs], breaks=breaks).claiming([names, variables])
    assert (other.name, other.claims, other.breaks) == ("some-law", (renamed, variables), (breaks[0],))


def test_mistakes_are_likewise_errors() -> None:
    with pytest.raises(LikewiseError):
        law("A")
