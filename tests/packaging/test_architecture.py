"""Imports run one way: the table of rooms in ARCHITECTURE.md is the rule, and this enforces it."""

from __future__ import annotations

import ast
import re
from pathlib import Path
from typing import Dict, Iterator, List, NamedTuple

import pytest

ROOT = Path(__file__).parents[2]
PACKAGES = {"likewise": ROOT / "src" / "likewise", "likewise_strategies": ROOT / "strategies" / "likewise_strategies"}
FRAMEWORKS = {"tensorflow", "keras", "tf_keras"}
FREE_NAMES = {"likewise.__version__"}  # a record says which likewise wrote it


class Import(NamedTuple):
    """One imported name and where it stands."""

    name: str
    line: int
    at_top: bool


def rooms() -> List[str]:
    """Return the rooms in the order of ARCHITECTURE.md."""
    return re.findall(r"^\| `(\w+)` \|", (ROOT / "ARCHITECTURE.md").read_text(encoding="utf-8"), flags=re.MULTILINE)


def modules(package: str) -> Dict[str, Path]:
    """Return the files of a package by their dotted names; a package's own name stands for its `__init__`."""
    found = {}
    for path in sorted(PACKAGES[package].rglob("*.py")):
        parts = (package, *path.relative_to(PACKAGES[package]).with_suffix("").parts)
        found[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = path
    return found


def is_type_checking(node: ast.AST) -> bool:
    return isinstance(node, ast.If) and "TYPE_CHECKING" in {
        getattr(part, "id", getattr(part, "attr", None)) for part in ast.walk(node.test)
    }


def imports(tree: ast.AST, *, at_top: bool = True) -> Iterator[Import]:
    """Yield what a tree imports while the program runs."""
    for node in ast.iter_child_nodes(tree):
        if is_type_checking(node):
            continue
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield Import(alias.name, node.lineno, at_top)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"line {node.lineno}: write imports in full, not relative"
            for alias in node.names:
                yield Import(f"{node.module}.{alias.name}", node.lineno, at_top)
        else:
            inside = isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda))
            yield from imports(node, at_top=at_top and not inside)


def room(name: str) -> str:
    """Return the room of a dotted name of likewise; a name that is no module belongs to the public face."""
    first = [*name.split("."), "__init__"][1]
    is_module = (PACKAGES["likewise"] / first).is_dir() or (PACKAGES["likewise"] / (first + ".py")).is_file()
    return first if is_module else "__init__"


def upward(source: str, *, of: str) -> List[str]:
    """Return the imports of a source that go up, for a module in the room `of`."""
    order = rooms()
    return [
        f"line {line}: `{of}` imports `{name}` of the later room `{room(name)}`"
        for name, line, _ in imports(ast.parse(source))
        if name.split(".")[0] == "likewise" and name not in FREE_NAMES
        if room(name) != of and order.index(room(name)) >= order.index(of)
    ]


def of_frameworks(source: str) -> List[str]:
    """Return the imports of a source that load a framework when the module is imported."""
    return [
        f"line {line}: {name}"
        for name, line, at_top in imports(ast.parse(source))
        if at_top and name.split(".")[0] in FRAMEWORKS
    ]


LIKEWISE = modules("likewise")
STRATEGIES = modules("likewise_strategies")


def read(module: str) -> str:
    return {**LIKEWISE, **STRATEGIES}[module].read_text(encoding="utf-8")


def test_both_packages_were_read() -> None:
    assert "likewise.errors" in LIKEWISE
    assert "likewise_strategies" in STRATEGIES


def test_the_table_names_each_room_once() -> None:
    assert len(rooms()) == len(set(rooms()))


def test_architecture_is_short() -> None:
    assert len((ROOT / "ARCHITECTURE.md").read_text(encoding="utf-8").splitlines()) < 60


@pytest.mark.parametrize("module", sorted(LIKEWISE))
def test_module_has_a_room(module: str) -> None:
    assert room(module) in rooms(), "give it a row in the table of ARCHITECTURE.md"


@pytest.mark.parametrize("module", sorted(LIKEWISE))
def test_module_imports_earlier_rooms_only(module: str) -> None:
    assert not upward(read(module), of=room(module))


@pytest.mark.parametrize("module", sorted(STRATEGIES))
def test_strategies_know_nothing_of_likewise(module: str) -> None:
    assert not [found for found in imports(ast.parse(read(module))) if found.name.split(".")[0] == "likewise"]


@pytest.mark.parametrize("module", sorted(LIKEWISE) + sorted(STRATEGIES))
def test_module_imports_no_framework_at_its_top(module: str) -> None:
    assert not of_frameworks(read(module))


@pytest.mark.parametrize(
    "source",
    [
        "from likewise.program import Program",
        "import likewise.program",
        "from likewise import program",
        "from likewise import Law",
        "def later():\n    from likewise import program",
        "if True:\n    import likewise.program as p",
    ],
)
def test_the_rule_sees_an_upward_import(source: str) -> None:
    assert upward(source, of="errors")


@pytest.mark.parametrize(
    "source",
    [
        "from likewise.errors import InputError",
        "from likewise import errors",
        "from likewise import __version__",
        "from likewise_strategies import bits",
        "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from likewise.compare import compare",
    ],
)
def test_the_rule_lets_other_imports_be(source: str) -> None:
    assert not upward(source, of="program")


@pytest.mark.parametrize(
    "source",
    ["import tensorflow as tf", "from keras import layers", "try:\n    import tf_keras.layers\nfinally:\n    pass"],
)
def test_the_rule_sees_a_framework_at_the_top(source: str) -> None:
    assert of_frameworks(source)


def test_the_rule_lets_a_framework_be_imported_in_a_function() -> None:
    assert not of_frameworks("def tensorflow():\n    import tensorflow")
