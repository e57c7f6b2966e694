from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import pytest

from likewise.errors import ImplementationError
from likewise.locating import located


@pytest.fixture(autouse=True)
def _here(_modules_of_the_users: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    sys.path.insert(0, str(tmp_path))


def write(**sources: str) -> None:
    for name, source in sources.items():
        path = Path(name.replace("__", "/") + ".py")
        path.parent.mkdir(exist_ok=True)
        path.write_text(source, encoding="utf-8")


def found(text: str) -> Any:
    return located(text)[text]


def said(*texts: str) -> str:
    with pytest.raises(ImplementationError) as raised:
        located(*texts)
    return str(raised.value)


def test_names_of_modules_and_paths_of_files() -> None:
    write(old="build = 1", models__new="class Models:\n    build = 2")
    assert located("old:build", "models/new.py:Models.build", "models.new:Models.build") == {
        "old:build": 1,
        "models/new.py:Models.build": 2,
        "models.new:Models.build": 2,
    }


def test_a_file_is_run_once() -> None:
    write(old="build = object()")
    assert found("old.py:build") is found("./old.py:build")


def test_files_of_one_name() -> None:
    write(a__model="build = 1", b__model="build = 2")
    assert list(located("a/model.py:build", "b/model.py:build").values()) == [1, 2]


def test_what_stands_beside_a_file() -> None:
    write(a__model="from parts import build", a__parts="build = 1")
    assert found("a/model.py:build") == 1


def test_one_name_for_two_modules() -> None:
    for folder in "ab":
        write(**{f"{folder}__model": "from parts import build", f"{folder}__parts": f"build = {folder!r}"})
    assert "imported as 'parts', of which Python takes one" in said("a/model.py:build", "b/model.py:build")


@pytest.mark.parametrize("place", ["old", "old.py"])
def test_what_a_module_raises(place: str) -> None:
    write(old="import helper\n", helper="def check():\n    raise ValueError('not so')\n\ncheck()\n")
    lines = said(f"{place}:build").splitlines()
    assert lines[0] == f"{place} cannot be imported, since it raises"
    assert [line.strip() for line in lines[1:]] == [
        f'File "{Path("old.py").resolve()}", line 1: import helper',
        f'File "{Path("helper.py").resolve()}", line 4: check()',
        f"File \"{Path('helper.py').resolve()}\", line 2: raise ValueError('not so')",
        "ValueError: not so",
    ]


@pytest.mark.parametrize("place", ["old", "old.py"])
def test_a_module_that_lacks_another(place: str) -> None:
    write(old="import absent")
    assert said(f"{place}:build").splitlines()[-1].strip() == "ModuleNotFoundError: No module named 'absent'"


@pytest.mark.parametrize("place", ["old", "old.py"])
def test_a_module_that_is_no_python(place: str) -> None:
    write(old="def build(:\n    pass")
    lines = [line.strip() for line in said(f"{place}:build").splitlines()]
    assert f'File "{Path("old.py").resolve()}", line 1' in lines
    assert "def build(:" in lines
    assert lines[-1].startswith("SyntaxError: ")


def test_a_module_that_exits() -> None:
    write(old="raise SystemExit(3)")
    assert said("old:build").splitlines()[-1].strip() == "SystemExit: 3"


def test_a_file_that_raised_is_run_again() -> None:
    write(old="raise ValueError")
    said("old.py:build")
    write(old="build = 1")
    assert found("old.py:build") == 1


@pytest.mark.parametrize("place", ["old", "old.py"])
@pytest.mark.parametrize("code", [0, 1, None])
def test_a_module_that_exits_whatever_it_says(place: str, code: Any) -> None:
    write(old=f"import sys\nsys.exit({code})")
    assert "SystemExit" in said(f"{place}:build").splitlines()[-1]


@pytest.mark.parametrize("place", ["old", "old.py"])
def test_a_module_that_raises_what_is_no_exception(place: str) -> None:
    write(old="class Odd(BaseException):\n    def __str__(self): raise self\n\nraise Odd")
    assert "Odd" in said(f"{place}:build").splitlines()[-1]


@pytest.mark.parametrize("raised", ["RuntimeError('no')", "SystemExit(0)", "ImportError('no')", "GeneratorExit"])
def test_a_module_whose_attributes_raise(raised: str) -> None:
    write(old=f"def __getattr__(name):\n    raise {raised}\n")
    lines = said("old:build").splitlines()
    assert lines[0] == "old: its 'build' cannot be had, since it raises"
    assert raised.partition("(")[0] in lines[-1]


def test_a_class_whose_attributes_raise() -> None:
    write(
        old="class Meta(type):\n    def __getattr__(cls, name): raise ValueError(name)\nclass A(metaclass=Meta): pass"
    )
    assert "ValueError: build" in said("old:A.build")


def test_a_module_whose_names_raise() -> None:
    write(old="def __dir__():\n    raise ValueError('secret')\n")
    assert "ValueError: secret" in said("old:build")


@pytest.mark.parametrize(
    "text",
    [
        "",
        ":",
        "old",
        "old:",
        ":build",
        "old:.",
        "old:a..b",
        "old:a.",
        "old.py:",
        "a" * 300 + ".py:b",
        "a" * 300 + ":b",
        "a" * 5000 + ".py:b",
        "a" * 5000 + ":b",
        "a/" * 3000 + "b.py:c",
        "a." * 300 + "b:c",
        "old:" + "b" * 5000,
        "o\0d:build",
        "o\0d.py:build",
        "old:bu\0ild",
        "\ud800:build",
        "\ud800.py:build",
        "old:\ud800",
        "..:build",
        ".:build",
        ".old:build",
        "/:build",
        "folder:build",
        "folder.py:build",
        "/dev/null.py:b",
        "~:b",
        "old.py/x.py:b",
    ],
    ids=lambda text: ascii(text)[:20],
)
def test_odd_texts(text: str) -> None:
    write(old="build = 1")
    Path("folder.py").mkdir()
    told = said(text)
    assert told.encode("utf-8")
    assert len(told) < 2000


def test_a_source_with_a_nul() -> None:
    Path("old.py").write_bytes(b"build = 1\n\0\n")
    said("old.py:build")


def test_odd_modules_beside() -> None:
    class Odd:
        def __getattr__(self, name: str) -> Any:
            raise RuntimeError(name)

    write(old="build = 1")
    sys.modules["odd"] = Odd()  # type: ignore[assignment]
    try:
        assert found("old.py:build") == 1
    finally:
        del sys.modules["odd"]
