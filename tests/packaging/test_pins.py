"""The name of a tox environment tells the truth about its pins."""

from __future__ import annotations

import configparser
import re
from pathlib import Path
from typing import Dict, Set

import pytest
from packaging.requirements import Requirement
from packaging.version import Version

ROOT = Path(__file__).parents[2]

TOX = configparser.ConfigParser(interpolation=None)
TOX.read(str(ROOT / "tox.ini"), encoding="utf-8")

PINS: Dict[str, Requirement] = {
    factor: Requirement(requirement)
    for factor, requirement in re.findall(
        r"^(\w+): ((?:tensorflow|keras|tf-keras)\b\S+)$", TOX["testenv"]["deps"], flags=re.MULTILINE
    )
}


def factors() -> Set[str]:
    """Return the TensorFlow and Keras factors of all environments that tox.ini lists."""
    listed = TOX["tox"]["env_list"] + TOX["tox"]["labels"]
    braced = re.sub(r"(tf|keras)\{([\d,]+)\}", lambda m: "-".join(m[1] + n for n in m[2].split(",")), listed)
    return set(re.findall(r"\b(?:tf|keras)\d+", braced))


def test_every_factor_is_pinned_and_every_pin_used() -> None:
    assert factors() == set(PINS)


@pytest.mark.parametrize("factor", sorted(set(PINS) - {"keras2"}))
def test_factor_says_the_version(factor: str) -> None:
    (pin,) = PINS[factor].specifier
    major, minor = Version(pin.version).release[:2]
    assert pin.operator == "=="
    assert {"tensorflow": "tf", "keras": "keras"}[PINS[factor].name] + f"{major}{minor}" == factor


def test_keras_2_is_tf_keras() -> None:
    assert PINS["keras2"].name == "tf-keras"  # whose releases each want the TensorFlow of their number


def test_a_session_expects_what_was_installed() -> None:
    assert "LIKEWISE_EXPECT = {[testenv]deps}" in TOX["testenv"]["set_env"].splitlines()
