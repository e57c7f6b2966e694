"""A failure as a page: one file that asks for no other, from a witness of any cell, without TensorFlow."""

from __future__ import annotations

import pkgutil
import shlex
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Dict, List, Optional, Sequence, Tuple, Union

import jinja2
import numpy as np

from likewise import nest
from likewise.errors import WitnessError
from likewise.files import write_whole
from likewise.report.heat import ALONE, LEVELS, LIMIT, Heat, heat
from likewise.variable import Variable
from likewise.verdict import Distance, distance
from likewise.witness.file import Leaf, SavedSide, WitnessFile
from likewise.witness.reading import read

__all__ = ["page", "write_page"]

#: As many outputs as are drawn, and as many entries as are told of an input, and of the smallest inputs and variables.
OUTPUTS = 8
INPUT = 64
ENTRIES = 12

#: What is said of a verdict without colour.
SIGNS = {"identical": "=", "rounding": "~", "imprecise": "≠", "different": "≠", "refused": "="}


@dataclass(frozen=True)
class _Output:
    """One output on both sides."""

    title: str
    texts: Tuple[str, str]
    heat: Optional[Heat]
    apart: Optional[Distance]


@dataclass(frozen=True)
class _Row:
    """A pair of variables, or one that is alone: its texts, and in what they differ."""

    texts: Tuple[str, str]
    note: str


def write_page(witness: Union[str, Path]) -> Path:
    """Write the page of a witness file beside it and return the page's path. Raises WitnessError."""
    path = Path(witness).with_suffix(".html")
    content = page(read(witness)).encode("utf-8")
    try:
        write_whole(path, content)
    except OSError as error:
        raise WitnessError(f"{path}: cannot be written: {error}") from error
    return path


def page(witness: WitnessFile) -> str:
    """The page of a witness: what differs, why and where, by claim and by variable, and how to see it again."""
    return str(
        _template().render(
            witness=witness,
            why=None if witness.comparison is None else witness.comparison.explanation,
            sides=witness.sides,
            outputs=_outputs(witness.sides),
            left_out=max(_count(witness.sides) - OUTPUTS, 0),
            rows=_rows(witness),
            inputs=_inputs(witness),
            file=shlex.quote(witness.path.name),
            signs=SIGNS,
            levels=range(1, LEVELS + 1),
            ALONE=ALONE,
            LIMIT=LIMIT,
            ENTRIES=ENTRIES,
        )
    )


def _template() -> jinja2.Template:
    source = pkgutil.get_data("likewise.report", "page.html")
    assert source is not None
    environment = jinja2.Environment(
        autoescape=True, undefined=jinja2.StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    environment.filters["number"] = _number
    return environment.from_string(source.decode("utf-8"))


def _number(value: Any) -> str:
    return "" if value is None else f"{value:,}" if isinstance(value, int) else f"{value:.3g}"


def _leaves(side: SavedSide) -> Dict[str, Leaf]:
    return {leaf.path: leaf for leaf in side.outputs or ()}


def _count(sides: Sequence[SavedSide]) -> int:
    return len({path for side in sides for path in _leaves(side)})


def _outputs(sides: Sequence[SavedSide]) -> List[_Output]:
    """Each output with its heat maps, in the reference's order; those that only the candidate has come last."""
    if not sides or any(side.outputs is None for side in sides):
        return []
    one, other = map(_leaves, sides)
    return [_output(path, one.get(path), other.get(path)) for path in list({**one, **other})[:OUTPUTS]]


def _output(path: str, one: Optional[Leaf], other: Optional[Leaf]) -> _Output:
    texts = (_described(one), _described(other))
    arrays = [leaf.array for leaf in (one, other) if leaf is not None and leaf.array is not None]
    if len(arrays) < 2:
        return _Output(f"outputs{path}", texts, None, None)
    drawn = heat(*arrays)
    same = (arrays[0].shape, arrays[0].dtype) == (arrays[1].shape, arrays[1].dtype)
    apart = distance(*arrays) if same and drawn is not None else None
    return _Output(f"outputs{path}", texts, drawn, apart)


def _described(leaf: Optional[Leaf]) -> str:
    if leaf is None:
        return "missing"
    return leaf.text or f"{leaf.dtype}{list(leaf.shape)}"


def _rows(witness: WitnessFile) -> List[_Row]:
    """The variables side by side."""
    if not witness.sides:
        pairs = () if witness.comparison is None else witness.comparison.pairs
        return [_Row((one, other), "" if "-" not in (one, other) else "on one side alone") for one, other in pairs]
    one, other = (side.variables for side in witness.sides)
    rows = [_Row((str(one[mine]), str(other[its])), _note(one[mine], other[its])) for mine, its in witness.pairs]
    for side, variables in enumerate((one, other)):
        paired = {pair[side] for pair in witness.pairs}
        for place, variable in enumerate(variables):
            if place not in paired:
                text = str(variable)
                note = f"the {('reference', 'candidate')[side]} alone has it"
                rows.append(_Row((text, "-") if side == 0 else ("-", text), note))
    return rows


def _note(one: Variable, other: Variable) -> str:
    told = [
        f"another {word}"
        for field, word in (("shape", "shape"), ("dtype", "dtype"), ("trainable", "trainability"))
        if getattr(one, field) != getattr(other, field)
    ]
    return ", ".join([*told, *(["renamed"] if one.name != other.name else [])])


def _inputs(witness: WitnessFile) -> List[Tuple[str, str]]:
    """The arrays that both sides were fed with, with their values where they are few."""
    try:
        leaves = nest.flatten(witness.decoded(witness.inputs))
    except RecursionError:
        raise WitnessError(f"{witness.path}: its inputs are nested too deeply") from None
    return [
        (
            f"inputs{path}: {leaf.dtype}{list(leaf.shape)}",
            np.array2string(leaf, separator=", ") if leaf.size <= INPUT else f"{leaf.size:,} entries",
        )
        for path, leaf in leaves
        if isinstance(leaf, np.ndarray)
    ]
