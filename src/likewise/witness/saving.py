"""A counterexample written down."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, Dict, List, Optional, Sequence

import numpy as np

from likewise import __version__, nest
from likewise.errors import LikewiseError, WitnessError
from likewise.evidence.gathering import Evidence, Seen, gathered
from likewise.files import witness_file, write_whole
from likewise.inputs import inputs_of, seed_of
from likewise.plain import DTYPES, encoded, placed
from likewise.program import Source
from likewise.witness import container
from likewise.witness.file import FORMAT

if TYPE_CHECKING:
    from likewise.law import Law
    from likewise.running import LawRun, Witness

__all__ = ["save"]

#: As long as the text of an output that is no array may be.
_TEXT = 2000


def save(witness: Witness, run: LawRun, directory: Path) -> Path:
    """Write a witness of a run under ``directory`` and return the file's path.

    Unless the witness has its evidence, both sides are run once more for it. Raises WitnessError for a case that
    cannot be written as plain data, one that cannot be run again, and a file that cannot be written.
    """
    arrays: List[np.ndarray] = []
    cell = run.cell.to_json()
    evidence = _evidence(witness, run)
    inputs = evidence.inputs
    header = {
        "witness": FORMAT,
        "likewise": __version__,
        "law": run.law.name,
        "statement": run.law.statement,
        "claim": witness.claim,
        "message": witness.comparison.claims[witness.claim].message,
        "execution": {"mode": witness.way.mode, "dimensions": witness.way.dimensions},
        "seed": seed_of(witness.case),
        "cell": cell,
        "case": encoded(witness.case, arrays),
        "repr": repr(witness.case),
        "inputs": encoded(inputs.nested, arrays),
        "axes": list(inputs.axes),
        "comparison": witness.comparison.to_json(),
        "sides": [_side(side, [placed(array, arrays) for array in inputs.arrays], arrays) for side in evidence.sides],
        "pairs": [list(pair) for pair in evidence.pairs],
        "check": _check(run.law),
    }
    path = witness_file(directory, cell, run.law.name, witness.claim)
    content = container.packed({**header, "arrays": len(arrays)}, arrays)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        write_whole(path, content)
    except OSError as error:
        raise WitnessError(f"{path}: cannot be written: {error}") from error
    return path


def _check(law: Law) -> Optional[Dict[str, Any]]:
    if law.located is None:
        return None
    reference, candidate = law.located
    return {"reference": reference, "candidate": candidate, "pair": dict(law.pair or {})}


def _evidence(witness: Witness, run: LawRun) -> Evidence:
    if witness.evidence is not None:
        return witness.evidence
    try:
        return gathered(
            Source("reference", run.law.reference, witness.case),
            Source("candidate", run.law.candidate, witness.case),
            inputs_of(witness.case, witness.inputs),
            witness.way,
            pair=run.law.pair,
            seed=seed_of(witness.case),
            reweigh=witness.reweigh,
        )
    except LikewiseError as error:
        raise WitnessError(f"it cannot be run again to be written down: {error}") from error


def _side(side: Seen, inputs: Sequence[int], arrays: List[np.ndarray]) -> Dict[str, Any]:
    places = {place: placed(value, arrays) for place, value in side.values.items()}
    graph = side.graph
    return {
        "title": side.title,
        "variables": [{**each.to_json(), "array": places[place]} for place, each in enumerate(side.variables)],
        "outputs": None if side.outputs is None else [_leaf(*leaf, arrays) for leaf in nest.flatten(side.outputs)],
        "refusal": "" if side.refusal is None else str(side.refusal),
        "graph": None
        if graph is None
        else {
            "definition": placed(np.frombuffer(graph.definition, np.uint8), arrays),
            "inputs": [list(each) for each in zip(graph.inputs, inputs)],
            "loads": [[*load, places[place]] for load, place in zip(graph.loads, side.places)],
            "outputs": list(graph.outputs),
            "agrees": side.agrees,
        },
        "no_graph": side.no_graph,
    }


def _leaf(path: str, leaf: Any, arrays: List[np.ndarray]) -> Dict[str, Any]:
    dtype = np.dtype(getattr(leaf, "dtype", object))
    saved: Dict[str, Any] = {"path": path, "dtype": dtype.name, "shape": list(np.shape(leaf)), "array": None}
    if dtype.name == "bfloat16":
        saved["array"] = placed(np.asarray(leaf).astype(np.float32), arrays)
    elif dtype.str[1:] in DTYPES:
        saved["array"] = placed(np.asarray(leaf), arrays)
    return {**saved, "text": "" if saved["array"] is not None else repr(leaf)[:_TEXT]}
