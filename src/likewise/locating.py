"""What ``MODULE:NAME`` names: anything in a module of the user's, imported with its errors explained."""

from __future__ import annotations

import contextlib
import importlib
import importlib.util
import sys
import sysconfig
import traceback
from pathlib import Path
from types import ModuleType
from typing import Any, Dict, Iterator, Sequence

from likewise.errors import ImplementationError, LawError
from likewise.law import Law
from likewise.lines import nearest

__all__ = ["located", "located_law"]


def located(*texts: str) -> Dict[str, Any]:
    """What each ``MODULE:NAME`` names, by its text: a module's attribute, perhaps a dotted one.

    MODULE is a dotted name, or the path of a .py file. Raises ImplementationError for another form, for what is not
    there, with the nearest names, for a module that cannot be imported, with its own error, and for two files that
    import different modules by the same name.
    """
    found = {text: _located(text) for text in texts}
    _check_siblings([Path(text.rpartition(":")[0]).resolve().parent for text in texts if ".py:" in text])
    return found


def located_law(text: str) -> Law:
    """The law that ``MODULE:NAME`` names. Raises LawError for what is none, and what ``located`` does."""
    law = located(text)[text]
    if not isinstance(law, Law):
        raise LawError(f"law={text!r} is of type {type(law).__name__}, but expected a likewise.Law")
    return law


def _located(text: str) -> Any:
    place, _, name = text.rpartition(":")
    if not place or not name:
        raise ImplementationError(
            f"implementation {text!r}: expected MODULE:NAME, such as old_model:build or models/old.py:build"
        )
    found: Any = _file(place) if place.endswith(".py") else _module(place)
    walked = place
    for part in name.split("."):
        if not hasattr(found, part):
            public = [each for each in dir(found) if not each.startswith("_")]
            raise ImplementationError(f"{walked} has no {part!r}; {nearest(part, public)}")
        found = getattr(found, part)
        walked += f":{part}" if walked == place else f".{part}"
    return found


def _module(name: str) -> ModuleType:
    with _importing(name):
        try:
            return importlib.import_module(name)
        except ModuleNotFoundError as error:
            if error.name is None or not f"{name}.".startswith(f"{error.name}."):
                raise
            here = [*Path().glob("*.py"), *(each.parent for each in Path().glob("*/__init__.py"))]
            mend = nearest(error.name, [each.stem for each in here])
            raise ImplementationError(
                f"there is no module {error.name!r} in {Path.cwd()} or installed; {mend}"
            ) from error


def _file(place: str) -> ModuleType:
    """The module in a file, run as a script would be: it can import what stands beside it."""
    path = Path(place).resolve()
    if str(path) in sys.modules:
        return sys.modules[str(path)]
    if not path.is_file():
        files = [each.name for each in path.parent.glob("*.py")]
        raise ImplementationError(f"there is no file {place}; {nearest(path.name, files)}")
    spec = importlib.util.spec_from_file_location(str(path), str(path))
    assert spec is not None  # as for every .py
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    if str(path.parent) not in sys.path:
        sys.path.insert(0, str(path.parent))
    sys.modules[str(path)] = module  # under its path, since two files may have one name
    try:
        with _importing(place):
            spec.loader.exec_module(module)
    except ImplementationError:
        del sys.modules[str(path)]
        raise
    return module


@contextlib.contextmanager
def _importing(name: str) -> Iterator[None]:
    """Tell what a module raises while it is imported, and where in the user's files."""
    try:
        yield
    except ImplementationError:
        raise
    except (Exception, SystemExit) as error:
        frames = [frame for frame in traceback.extract_tb(error.__traceback__) if _is_the_users(frame.filename)]
        lines = [f'File "{frame.filename}", line {frame.lineno}: {frame.line}' for frame in frames]
        lines.extend("".join(traceback.format_exception_only(type(error), error)).splitlines())
        raise ImplementationError("\n    ".join([f"{name} cannot be imported, since it raises", *lines])) from error


def _is_the_users(filename: str) -> bool:
    installed = (sysconfig.get_paths()[each] for each in ("stdlib", "purelib", "platlib"))
    return not filename.startswith(("<", str(Path(__file__).parent), *installed))


def _check_siblings(folders: Sequence[Path]) -> None:
    """Where both folders have a module of one name, Python imports the first for both, and parts go uncompared."""
    for name, module in list(sys.modules.items()):
        file = Path(getattr(module, "__file__", None) or "")
        for folder in folders:
            mine = [each for each in (folder / f"{name}.py", folder / name / "__init__.py") if each.is_file()]
            if mine and file not in mine and {file.parent, file.parent.parent} & set(folders):
                raise ImplementationError(
                    f"{file} and {mine[0]} are both imported as {name!r}, of which Python takes one; make packages of "
                    "the folders and name the modules from above, such as old.model:build and new.model:build"
                )
