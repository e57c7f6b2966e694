"""The options: where they may be given, which counts, and that they are settled before anything imports TensorFlow."""

from __future__ import annotations

from typing import Tuple

import pytest

#: A worker, too, has settled before its conftest is imported. Strict numerics is an environment variable's matter.
CONFTEST = """
import os
from likewise import cell

assert cell._wanted == {wanted!r}
assert os.environ.get("TF_ENABLE_ONEDNN_OPTS") == {onednn!r}
"""

TEST = "def test_plain(): pass"


@pytest.mark.parametrize("workers", [(), ("-n", "1")])
def test_settled_before_conftests(pytester: pytest.Pytester, workers: Tuple[str, ...]) -> None:
    pytester.makeconftest(CONFTEST.format(wanted={"numerics": "native", "behavior": "compat1"}, onednn=None))
    pytester.makepyfile(TEST)
    session = pytester.runpytest("--likewise-numerics=native", "--likewise-behavior=compat1", *workers)
    session.assert_outcomes(passed=1)


@pytest.mark.parametrize("workers", [(), ("-n", "1")])
def test_strict_by_default(pytester: pytest.Pytester, workers: Tuple[str, ...]) -> None:
    pytester.makeconftest(CONFTEST.format(wanted={}, onednn="0"))
    pytester.makepyfile(TEST)
    pytester.runpytest(*workers).assert_outcomes(passed=1)


def test_header_tells_what_is_wanted(pytester: pytest.Pytester) -> None:
    session = pytester.runpytest("--likewise-numerics=native", "--likewise-behavior=compat1")
    session.stdout.fnmatch_lines(["likewise: numerics native, behavior compat1, installed *"])


def test_header_tells_the_defaults(pytester: pytest.Pytester) -> None:
    pytester.runpytest().stdout.fnmatch_lines(["likewise: numerics strict, behavior as TensorFlow has it, installed *"])


def test_ini_file(pytester: pytest.Pytester) -> None:
    pytester.makeini("[pytest]\nlikewise_numerics = native\nlikewise_behavior = compat1\n")
    pytester.runpytest().stdout.fnmatch_lines(["likewise: numerics native, behavior compat1, *"])


def test_environment_comes_before_the_ini_file(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> None:
    pytester.makeini("[pytest]\nlikewise_behavior = compat1\n")
    monkeypatch.setenv("LIKEWISE_BEHAVIOR", "v2")
    pytester.runpytest().stdout.fnmatch_lines(["likewise: *behavior v2,*"])


def test_command_line_comes_before_the_environment(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LIKEWISE_BEHAVIOR", "v2")
    pytester.runpytest("--likewise-behavior=compat1").stdout.fnmatch_lines(["likewise: *behavior compat1,*"])


@pytest.mark.parametrize("name, choices", [("numerics", "strict, native"), ("behavior", "v2, compat1")])
@pytest.mark.parametrize("origin", ["command line", "environment", "ini-file"])
def test_no_choice(
    pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch, name: str, choices: str, origin: str
) -> None:
    arguments = []
    if origin == "command line":
        arguments.append(f"--likewise-{name}=odd")
    elif origin == "environment":
        monkeypatch.setenv(f"LIKEWISE_{name.upper()}", "odd")
    else:
        pytester.makeini(f"[pytest]\nlikewise_{name} = odd\n")
    session = pytester.runpytest(*arguments)
    assert session.ret == pytest.ExitCode.USAGE_ERROR
    assert session.errlines == [f"ERROR: likewise: {name}='odd', but expected one of {choices}", ""]


def test_no_choice_once_the_process_is_another_cell(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> None:
    class Native:
        numerics = "native"

    monkeypatch.setattr("likewise.cell._current", Native())
    session = pytester.runpytest("--likewise-numerics=strict")
    assert session.ret == pytest.ExitCode.USAGE_ERROR
    session.stderr.fnmatch_lines(["ERROR: likewise: numerics='strict', but this process already runs with*"])


def test_imports_no_tensorflow(pytester: pytest.Pytester) -> None:
    pytester.makepyfile("import sys\ndef test_free(): assert not {'tensorflow', 'keras', 'rich'} & set(sys.modules)")
    pytester.runpytest_subprocess().assert_outcomes(passed=1)


def test_a_session_without_laws_has_no_section(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(TEST)
    pytester.runpytest().stdout.no_fnmatch_line("*= likewise =*")
