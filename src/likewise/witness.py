"""Witnesses: files that hold a counterexample with all it takes to replay it in any cell.

A witness is an ``.npz`` of numpy: ``header`` is JSON text (``docs/json.md`` says what is in it), the
other members are the arrays that the header counts. There is no pickle in it, and reading one imports
nothing and calls nothing but the constructors of frozen dataclasses that are loaded already.
"""

from __future__ import annotations

import io
import json
import os
import re
import struct
import zipfile
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, Dict, List, Mapping, Optional, Sequence, Tuple, Union

import numpy as np

from likewise import __version__
from likewise.cell import current
from likewise.comparing import DEFAULT_CLAIMS, compare_in
from likewise.comparison import Comparison
from likewise.errors import LawError, WitnessError
from likewise.execution import DIMENSIONS, MODES, Execution, usable_modes
from likewise.files import witness_file, write_whole
from likewise.inputs import Inputs, inputs_of
from likewise.laws import chosen
from likewise.plain import DTYPES, decoded, encoded
from likewise.program import Source

if TYPE_CHECKING:
    from likewise.law import Law
    from likewise.running import LawRun, Witness

__all__ = ["WitnessFile", "read", "replay", "save"]

FORMAT = 1

#: The most that a witness may hold, in bytes: far more than a shrunk case needs.
LIMIT = 2**28

#: What zipfile and numpy raise for a file that is not what it should be (RuntimeError where it is encrypted).
_DAMAGE = (zipfile.BadZipFile, zlib.error, struct.error, EOFError, RuntimeError, ValueError)

_HEADER_LIMIT = 2**20
_DIRECTORY_LIMIT = 2**16

#: The head of an ``.npy`` as numpy writes it for plain arrays. numpy itself evaluates it, which takes any depth.
_NPY = re.compile(
    rb"\x93NUMPY\x01\x00..\{'descr': '(?P<dtype>[<>|](?:U\d{1,7}|%s))', 'fortran_order': (?P<fortran>True|False), "
    rb"'shape': \((?P<shape>[\d, ]{0,200})\), \} *\n" % "|".join(DTYPES).encode("ascii"),
    re.DOTALL,
)


@dataclass(frozen=True)
class WitnessFile:
    """What a witness file says.

    ``case`` and ``inputs`` are encoded still: decoding them needs the modules of their classes.
    """

    path: Path
    law: str
    claim: str
    execution: Execution
    seed: int
    cell: Mapping[str, Union[str, int]]
    likewise: str
    message: str
    case: Any
    inputs: Any
    axes: Tuple[str, ...]
    arrays: Tuple[np.ndarray, ...]

    def replay(
        self,
        *,
        law: Optional[Law] = None,
        reference: Any = None,
        candidate: Any = None,
    ) -> Comparison:
        """See ``likewise.replay``."""
        if law is None and (reference is None or candidate is None):
            law = self._from_catalog()
        if law is not None:
            reference = law.reference if reference is None else reference
            candidate = law.candidate if candidate is None else candidate
        case = self._decoded(self.case)
        usable_modes(current(), [self.execution.mode])
        return compare_in(
            [self.execution],
            Source("reference", reference, case),
            Source("candidate", candidate, case),
            inputs=Inputs(self._decoded(self.inputs), self.axes),
            claims=DEFAULT_CLAIMS if law is None else law.claims,
            pair=None if law is None else law.pair,
            seed=self.seed,
        )

    def _from_catalog(self) -> Law:
        try:
            return chosen([self.law])[0]
        except LawError as error:
            raise WitnessError(
                f"{self.path}: {error}; give law=, or both reference= and candidate=, to replay it"
            ) from None

    def _decoded(self, value: Any) -> Any:
        try:
            return decoded(value, self.arrays)
        except WitnessError as error:
            raise WitnessError(f"{self.path}: {error}") from error
        except RecursionError:
            raise WitnessError(f"{self.path}: its case is nested too deeply") from None


def replay(
    file: Union[str, Path],
    *,
    law: Optional[Law] = None,
    reference: Any = None,
    candidate: Any = None,
) -> Comparison:
    """Run a witness again, in this cell: the same case, inputs, values of variables and execution.

    - file: a witness file.
    - law: the law that it breaks; default: the law of its name in the catalog.
    - reference, candidate: implementations instead of the law's. Where both are given, no law is needed.

    The claims are the law's, and the default ones without a law. Raises WitnessError for a file that
    cannot be read, is of an unknown law, or holds a case of a class that is not imported.
    """
    return read(file).replay(law=law, reference=reference, candidate=candidate)


def save(witness: Witness, run: LawRun, directory: Path) -> Path:
    """Write a witness of a run under ``directory`` and return the file's path.

    Raises WitnessError for a case that cannot be written as plain data, and a file that cannot be written.
    """
    arrays: List[np.ndarray] = []
    inputs = inputs_of(witness.case)
    cell = run.cell.to_json()
    header = {
        "witness": FORMAT,
        "likewise": __version__,
        "law": run.law.name,
        "claim": witness.claim,
        "message": witness.comparison.claims[witness.claim].message,
        "execution": {"mode": witness.way.mode, "dimensions": witness.way.dimensions},
        "seed": int(getattr(witness.case, "seed", 0)),
        "cell": cell,
        "case": encoded(witness.case, arrays),
        "inputs": encoded(inputs.nested, arrays),
        "axes": list(inputs.axes),
        "arrays": len(arrays),
        "repr": repr(witness.case),
    }
    content = io.BytesIO()
    members = {"header": np.array(json.dumps(header))}
    members.update((_member(place), array) for place, array in enumerate(arrays))
    np.savez_compressed(content, **members)  # type: ignore[arg-type]
    path = witness_file(directory, cell, run.law.name, witness.claim)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        write_whole(path, content.getvalue())
    except OSError as error:
        raise WitnessError(f"{path}: cannot be written: {error}") from error
    return path


def _member(place: int) -> str:
    return f"array_{place}"


def read(file: Union[str, Path]) -> WitnessFile:
    """Read a witness file, whoever made it.

    Raises WitnessError for a file that is missing, broken, too large or no witness; sizes are checked
    before memory is taken for them.
    """
    path = Path(file)
    try:
        with path.open("rb") as opened:
            _check_directory(opened)
            with zipfile.ZipFile(opened) as archive:
                return _parsed(path, archive)
    except WitnessError as error:
        raise WitnessError(f"{path}: {error}") from error
    except OSError as error:
        raise WitnessError(f"{path}: cannot be read: {error.strerror or error}") from error
    except _DAMAGE as error:
        raise WitnessError(f"{path}: not a witness, or damaged: {error}") from error


def _check_directory(opened: IO[bytes]) -> None:
    """Look at the end of the zip file, since ``ZipFile`` reads a directory of any length."""
    size = os.fstat(opened.fileno()).st_size
    if size > LIMIT:
        raise WitnessError(f"{size:,} bytes, but a witness has at most {LIMIT:,}")
    opened.seek(max(size - 42, 0))
    locator, end = opened.read(20), opened.read(22)
    if end[:4] != b"PK\5\6" or locator[:4] == b"PK\6\7":
        raise WitnessError("not a witness, or cut short: it does not end as an .npz file does")
    (length,) = struct.unpack("<L", end[12:16])
    if length > _DIRECTORY_LIMIT:
        raise WitnessError(f"a directory of {length:,} bytes, but a witness has one of at most {_DIRECTORY_LIMIT:,}")
    opened.seek(0)


def _parsed(path: Path, archive: zipfile.ZipFile) -> WitnessFile:
    sizes = {info.filename: info.file_size for info in archive.infolist()}
    if sum(sizes.values()) > LIMIT:
        raise WitnessError(f"{sum(sizes.values()):,} bytes unpacked, but a witness has at most {LIMIT:,}")
    if sizes.get("header.npy", LIMIT) > 4 * _HEADER_LIMIT:
        raise WitnessError("not a witness: it has no header, or one that is too large")
    text = _array(archive, "header.npy")
    if text.dtype.kind != "U" or text.shape != ():
        raise WitnessError("not a witness: its header is no text")
    try:
        header = json.loads(str(text))
    except (ValueError, RecursionError) as error:
        raise WitnessError(f"its header is not JSON: {error}") from error
    if not isinstance(header, dict) or header.get("witness") != FORMAT:
        found = header.get("witness") if isinstance(header, dict) else header
        raise WitnessError(f"witness={_brief(found)}, but this likewise ({__version__}) reads witness={FORMAT}")
    _check_header(header, len(sizes) - 1)
    arrays = tuple(_array(archive, f"{_member(place)}.npy") for place in range(header["arrays"]))
    return WitnessFile(
        path=path,
        execution=Execution(header["execution"]["mode"], header["execution"]["dimensions"]),
        axes=tuple(header["axes"]),
        arrays=arrays,
        **{name: header[name] for name in ("law", "claim", "seed", "cell", "likewise", "message", "case", "inputs")},
    )


def _check_header(header: Dict[str, Any], members: int) -> None:
    for name, kind in _HEADER:
        if name not in header or not isinstance(header[name], kind):
            raise WitnessError(f"{name}={_brief(header.get(name))} in its header, but expected {kind.__name__}")
    execution = header["execution"]
    if execution.get("mode") not in tuple(MODES) or execution.get("dimensions") not in DIMENSIONS:
        raise WitnessError(f"execution={_brief(execution)} in its header, but there is no such mode or dimensions")
    if not all(isinstance(axes, str) for axes in header["axes"]):
        raise WitnessError(f"axes={_brief(header['axes'])} in its header, but expected a text each")
    if not all(str(value).isprintable() for value in header["cell"].values()):
        raise WitnessError(f"cell={_brief(header['cell'])} in its header, but expected what can be printed")
    if header["seed"] < 0:
        raise WitnessError(f"seed={header['seed']} in its header, but expected at least 0")
    if header["arrays"] != members:
        raise WitnessError(f"{members} arrays, but its header counts {header['arrays']}")


#: What a header must hold, beside what is decoded later.
_HEADER: Sequence[Tuple[str, type]] = (
    ("law", str),
    ("claim", str),
    ("message", str),
    ("likewise", str),
    ("execution", dict),
    ("seed", int),
    ("cell", dict),
    ("case", object),
    ("inputs", object),
    ("axes", list),
    ("arrays", int),
)


def _array(archive: zipfile.ZipFile, name: str) -> np.ndarray:
    """One array, read by its declared size; numpy's own reader would trust the shape that the member states."""
    try:
        info = archive.getinfo(name)
    except KeyError:
        raise WitnessError(f"it has no {name}") from None
    if info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        raise WitnessError(f"{name} is compressed in a way that numpy does not use")
    with archive.open(info) as member:
        content = member.read(info.file_size)  # with a number, no more than that is unpacked
    if len(content) != info.file_size:
        raise WitnessError(f"{name} is cut short")
    match = _NPY.match(content)
    if match is None:
        raise WitnessError(f"{name} is no array of numbers as numpy writes it")
    dtype = np.dtype(match.group("dtype").decode("ascii"))
    shape = tuple(int(length) for length in match.group("shape").split(b",") if length.strip())
    values = content[match.end() :]
    count = 1
    for length in shape:
        count *= length
    if dtype.itemsize == 0 or count * dtype.itemsize != len(values):
        raise WitnessError(f"{name} states the shape {shape}, which is not that of its {len(values):,} bytes")
    array = np.frombuffer(values, dtype, count) if count else np.zeros(shape, dtype)
    return array.reshape(shape, order="F" if match.group("fortran") == b"True" else "C")


def _brief(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 80 else text[:79] + "…"
