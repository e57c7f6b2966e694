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
from typing import Any, Dict, Iterator, List, Sequence

from likewise.errors import ImplementationError, LawError
from likewise.errors.raised import plain, said, shown
from likewise.law import Law
from likewise.lines import nearest, shortened

__all__ = ["located", "located_law"]

#: As much is told of what a module raises: frames, the last ones, and letters of a line.
FRAMES = 20
LINE = 1000


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
    if not place or not all(name.split(".")):
        raise ImplementationError(
            f"implementation {shown(text)}: expected MODULE:NAME, such as old_model:build or models/old.py:build"
        )
    found: Any = _file(place) if place.endswith(".py") else _module(place)
    walked = place
    for part in name.split("."):
        found = _attribute(found, part, walked)
        walked += f":{part}" if walked == place else f".{part}"
    return found


def _attribute(found: Any, part: str, walked: str) -> Any:
    """An attribute of what was found so far; a module or class of the user's may answer with anything."""
    with _importing(f"{walked}: its {part!r}", "had"):
        if hasattr(found, part):
            return getattr(found, part)
        names: List[Any] = dir(found)
        public = [each for each in names if isinstance(each, str) and not each.startswith("_")]
    raise ImplementationError(f"{plain(walked)} has no {shown(part)}; {nearest(part, public)}")


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
                f"there is no module {shown(error.name)} in {Path.cwd()} or installed; {mend}"
            ) from error


def _file(place: str) -> ModuleType:
    """The module in a file, run as a script would be: it can import what stands beside it."""
    try:
        path = Path(place).resolve()
        there = path.is_file()
    except (OSError, ValueError) as error:  # a name that no file can have
        raise ImplementationError(f"there is no file {shown(place)}: {shortened(said(error), 200)}") from error
    if str(path) in sys.modules:
        return sys.modules[str(path)]
    if not there:
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
    except BaseException:
        sys.modules.pop(str(path), None)
        raise
    return module


@contextlib.contextmanager
def _importing(name: str, done: str = "imported") -> Iterator[None]:
    """Tell what a module raises while it is imported, and where in the user's files."""
    try:
        yield
    except (ImplementationError, KeyboardInterrupt):
        raise
    except BaseException as error:
        found = traceback.extract_tb(error.__traceback__)
        frames = [frame for frame in found if _is_the_users(frame.filename)][-FRAMES:]
        lines = [f'File "{frame.filename}", line {frame.lineno}: {frame.line}' for frame in frames]
        lines.extend("".join(traceback.format_exception_only(type(error), error)).splitlines())
        told = "\n    ".join([f"{name} cannot be {done}, since it raises", *(shortened(line, LINE) for line in lines)])
        raise ImplementationError(plain(told)) from error


def _is_the_users(filename: str) -> bool:
    installed = (sysconfig.get_paths()[each] for each in ("stdlib", "purelib", "platlib"))
    return not filename.startswith(("<", str(Path(__file__).parent), *installed))


def _check_siblings(folders: Sequence[Path]) -> None:
    """Where both folders have a module of one name, Python imports the first for both, and parts go uncompared."""
    for name, module in list(sys.modules.items()):
        file = _file_of(module)
        if not file.name:
            continue
        for folder in folders:
            mine = [each for each in (folder / f"{name}.py", folder / name / "__init__.py") if _is_file(each)]
            if mine and file not in mine and {file.parent, file.parent.parent} & set(folders):
                raise ImplementationError(
                    f"{file} and {mine[0]} are both imported as {name!r}, of which Python takes one; make packages of "
                    "the folders and name the modules from above, such as old.model:build and new.model:build"
                )


def _file_of(module: Any) -> Path:
    """Where a module comes from; no file for what tells none (anything may stand among the modules)."""
    try:
        file = vars(module).get("__file__")
    except TypeError:
        return Path()
    return Path(file) if isinstance(file, str) else Path()


def _is_file(path: Path) -> bool:
    try:
        return path.is_file()
    except (OSError, ValueError):  # a name that no file can have
        return False
