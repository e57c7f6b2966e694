"""Witness files read, whoever made them: every field is of its type, every place is that of an array."""

from __future__ import annotations

from dataclasses import fields
from pathlib import Path
from typing import Any, Dict, Mapping, Optional, Sequence, Union

import numpy as np

from likewise import __version__
from likewise.comparison import Comparison, Finding
from likewise.errors import WitnessError
from likewise.execution import DIMENSIONS, MODES, Execution
from likewise.variable import Variable
from likewise.verdict import VERDICTS
from likewise.witness import container
from likewise.witness.explained import explanation_of
from likewise.witness.fields import brief, check, is_row, number
from likewise.witness.file import READ, Checked, Leaf, SavedGraph, SavedSide, WitnessFile

__all__ = ["read"]


def read(file: Union[str, Path]) -> WitnessFile:
    """Read a witness file, whoever made it.

    Raises WitnessError for a file that is missing, broken, too large or no witness; sizes are checked
    before memory is taken for them.
    """
    path = Path(file)
    with container.opened(path) as opened:
        header = opened.header
        if not isinstance(header, dict) or header.get("witness") not in READ:
            found = header.get("witness") if isinstance(header, dict) else header
            raise WitnessError(
                f"witness={brief(found)}, but this likewise ({__version__}) reads {' and '.join(map(str, READ))}"
            )
        header = {**header, "statement": header.get("statement", "")}
        _check_header(header, opened.count)
        arrays = opened.arrays()
        later = _Later(arrays).read(header) if header["witness"] >= 2 else {}
    names = ("law", "statement", "claim", "message", "seed", "cell", "likewise", "case", "repr", "inputs")
    return WitnessFile(
        path=path,
        format=header["witness"],
        execution=Execution(header["execution"]["mode"], header["execution"]["dimensions"]),
        axes=tuple(header["axes"]),
        arrays=arrays,
        **{name: header[name] for name in names},
        **later,
    )


#: What the header of any format must hold, beside what is decoded later.
_HEADER = {
    "law": str,
    "statement": str,
    "claim": str,
    "message": str,
    "likewise": str,
    "execution": dict,
    "seed": int,
    "cell": dict,
    "case": object,
    "repr": str,
    "inputs": object,
    "axes": list,
    "arrays": int,
}

#: What is told on terminals.
_TOLD = ("law", "claim", "likewise")

_CELL = ("python", "tensorflow", "keras", "behavior", "numerics", "likewise")


def _check_header(header: Dict[str, Any], count: int) -> None:
    check("its header", header, _HEADER)
    execution = header["execution"]
    if execution.get("mode") not in tuple(MODES) or execution.get("dimensions") not in DIMENSIONS:
        raise WitnessError(f"execution={brief(execution)} in its header, but there is no such mode or dimensions")
    if not all(isinstance(axes, str) for axes in header["axes"]):
        raise WitnessError(f"axes={brief(header['axes'])} in its header, but expected a text each")
    check("cell", header["cell"], dict.fromkeys(_CELL, str))
    for name, value in [*header["cell"].items(), *((name, header[name]) for name in _TOLD)]:
        if not str(value).isprintable():
            raise WitnessError(f"{name}={brief(value)} in its header, but expected what can be printed")
    if header["seed"] < 0:
        raise WitnessError(f"seed={header['seed']} in its header, but expected at least 0")
    if header["arrays"] != count:
        raise WitnessError(f"{count} arrays, but its header counts {header['arrays']}")


_SIDE = {
    "title": str,
    "variables": list,
    "outputs": (list, type(None)),
    "refusal": str,
    "graph": (dict, type(None)),
    "no_graph": str,
}
_VARIABLE = {"name": str, "shape": list, "dtype": str, "trainable": bool, "kind": str, "array": int}
_LEAF = {"path": str, "dtype": str, "shape": list, "array": (int, type(None)), "text": str}
_GRAPH = {"definition": int, "inputs": list, "loads": list, "outputs": list, "agrees": bool}
_COMPARISON = {
    "claims": dict,
    "renames": dict,
    "modes": list,
    "reference": str,
    "candidate": str,
    "cell": str,
    "case": str,
    "pairs": list,
}
_FINDING = {
    "claim": str,
    "verdict": (str, type(None)),
    "compared": int,
    "max_ulp": (int, type(None)),
    "max_abs": (int, float, str, type(None)),
    "rtol": (int, float, str, type(None)),
    "atol": (int, float, str, type(None)),
    "max_rel": (int, float, str, type(None)),
    "where": str,
    "signed_zeros": int,
    "jumps": int,
    "within": (int, type(None)),
    "way": str,
    "message": str,
    "execution": str,
}
#: Fields of a finding that came later.
_FINDING_LATER = {"insignificant": int, "digits": (list, type(None))}
_NUMBERS = ("max_abs", "max_rel", "rtol", "atol")


class _Later:
    """What came with format 2, checked: every place is of an array, every shape that of its array."""

    def __init__(self, arrays: Sequence[np.ndarray]) -> None:
        self.arrays = arrays

    def read(self, header: Mapping[str, Any]) -> Dict[str, Any]:
        check("its header", header, {"comparison": dict, "sides": list, "pairs": list})
        if len(header["sides"]) != 2:
            raise WitnessError(f"{len(header['sides'])} sides in its header, but expected 2")
        sides = tuple(self.side(f"sides[{place}]", side) for place, side in enumerate(header["sides"]))
        for pair in header["pairs"]:
            if not is_row(pair, int, int) or not all(
                0 <= place < len(side.variables) for place, side in zip(pair, sides)
            ):
                raise WitnessError(f"pairs holds {brief(pair)}, but expected a place of a variable of either side")
        return {
            "comparison": self.comparison(header["comparison"]),
            "sides": sides,
            "pairs": tuple(tuple(pair) for pair in header["pairs"]),
            "check": _checked(header.get("check")),
        }

    def array(self, where: str, place: Any, shape: Any = None) -> np.ndarray:
        if not isinstance(place, int) or isinstance(place, bool) or not 0 <= place < len(self.arrays):
            raise WitnessError(f"{where} is in array {brief(place)}, but there are {len(self.arrays)}")
        array = self.arrays[place]
        if array.dtype.kind == "U" or (shape is not None and list(array.shape) != shape):
            raise WitnessError(f"{where} is in array {place} of shape {array.shape}, but expected {brief(shape)}")
        return array

    def side(self, where: str, side: Any) -> SavedSide:
        check(where, side, _SIDE)
        for each in side["variables"]:
            check(f"{where}.variables", each, _VARIABLE)
        leaves = side["outputs"]
        return SavedSide(
            side["title"],
            tuple(
                Variable(each["name"], tuple(each["shape"]), each["dtype"], each["trainable"], each["kind"])
                for each in side["variables"]
            ),
            tuple(self.array(f"{where}.variables", each["array"], each["shape"]) for each in side["variables"]),
            None if leaves is None else tuple(self.leaf(f"{where}.outputs", leaf) for leaf in leaves),
            side["refusal"],
            None if side["graph"] is None else self.graph(f"{where}.graph", side["graph"]),
            side["no_graph"],
        )

    def leaf(self, where: str, leaf: Any) -> Leaf:
        check(where, leaf, _LEAF)
        array = None if leaf["array"] is None else self.array(where, leaf["array"], leaf["shape"])
        if not is_row(leaf["shape"], *[int] * len(leaf["shape"])):
            raise WitnessError(f"shape={brief(leaf['shape'])} in {where}, but expected numbers")
        return Leaf(leaf["path"], leaf["dtype"], tuple(leaf["shape"]), array, leaf["text"])

    def graph(self, where: str, graph: Any) -> SavedGraph:
        check(where, graph, _GRAPH)
        if self.array(where, graph["definition"]).dtype != np.uint8:
            raise WitnessError(f"{where} is in array {graph['definition']}, but that holds no bytes")
        for row in graph["inputs"]:
            self.row(where, row, str)
        for row in graph["loads"]:
            self.row(where, row, str, str)
        if not all(isinstance(name, (str, type(None))) for name in graph["outputs"]):
            raise WitnessError(f"{where}.outputs={brief(graph['outputs'])}, but expected names")
        return SavedGraph(
            graph["definition"],
            tuple(tuple(row) for row in graph["inputs"]),
            tuple(tuple(row) for row in graph["loads"]),
            tuple(graph["outputs"]),
            graph["agrees"],
        )

    def row(self, where: str, row: Any, *kinds: type) -> None:
        if not is_row(row, *kinds, int):
            raise WitnessError(f"{where} holds {brief(row)}, but expected names and the place of an array")
        self.array(where, row[-1])

    def comparison(self, found: Any) -> Comparison:
        check("comparison", found, _COMPARISON)
        for name, claim in found["claims"].items():
            where = f"comparison.claims[{brief(name)}]"
            check(where, claim, _FINDING)
            check(where, claim, {each: kind for each, kind in _FINDING_LATER.items() if each in claim})
            if claim.get("digits") is not None and not is_row(claim["digits"], float, float):
                raise WitnessError(f"digits={brief(claim['digits'])} in {where}, but expected two numbers")
            if claim["verdict"] not in (*VERDICTS, None):
                raise WitnessError(f"verdict={brief(claim['verdict'])}, but expected one of {', '.join(VERDICTS)}")
        texts = [*found["modes"], *found["renames"].values()]
        if not all(isinstance(text, str) for text in texts) or not all(is_row(row, str, str) for row in found["pairs"]):
            raise WitnessError("modes, renames or pairs of its comparison are no texts")
        known = {each.name for each in fields(Finding)}
        return Comparison(
            **{name: found[name] for name in ("renames", "reference", "candidate", "cell", "case")},
            claims={
                name: Finding(**{key: _of_finding(key, value) for key, value in claim.items() if key in known})
                for name, claim in found["claims"].items()
            },
            modes=tuple(found["modes"]),
            pairs=tuple(tuple(row) for row in found["pairs"]),
            explanation=explanation_of(found.get("explanation")),
        )


def _checked(found: Any) -> Optional[Checked]:
    """What ``likewise check`` compared; None where it was not that, and of a file that is older."""
    if found is None:
        return None
    check("check", found, {"reference": str, "candidate": str, "pair": dict})
    for name in ("reference", "candidate"):
        if not found[name].isprintable():
            raise WitnessError(f"{name}={brief(found[name])} in check, but expected what can be printed")
    if not all(isinstance(text, str) for text in found["pair"].values()):
        raise WitnessError(f"pair={brief(found['pair'])} in check, but expected names")
    return Checked(found["reference"], found["candidate"], found["pair"])


def _of_finding(name: str, value: Any) -> Any:
    if name == "digits" and value is not None:
        return tuple(value)
    return number(name, value, "its comparison") if name in _NUMBERS and value is not None else value
