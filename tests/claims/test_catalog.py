"""The claims by name: each file is in the catalog, and none else."""

from __future__ import annotations

import pkgutil

import pytest

import likewise
from likewise import claims
from likewise.claims.catalog import NAMES, named
from likewise.errors import InputError


def test_every_file_is_a_claim_of_its_name() -> None:
    files = {module.name for module in pkgutil.iter_modules(claims.__path__)}
    assert files - {"catalog"} == set(NAMES)
    assert [claim.name for claim in named(NAMES)] == list(NAMES)


def test_every_claim_is_exported() -> None:
    assert [getattr(likewise, name) for name in NAMES] == list(named(NAMES))
    assert set(NAMES) <= set(likewise.__all__)


def test_each_once_in_the_order_asked_for() -> None:
    assert [claim.name for claim in named(["outputs", "names", "outputs"])] == ["outputs", "names"]


def test_an_unknown_claim() -> None:
    with pytest.raises(InputError, match="claim='speed', but expected one of refusal, variables, "):
        named(["speed"])
