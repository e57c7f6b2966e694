"""Witnesses run again: with the inputs and values of the file, in this cell and from other ones.

The files in ``witnesses`` were written by ``python tests/core/test_replaying.py FILE`` in other cells. All numbers in
them are small and whole, so that every cell computes the same bits.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Dict, List, Optional, Tuple

import numpy as np
import pytest

from likewise import Law, outputs, replay, variables
from likewise.cell import Cell, current, keras
from likewise.comparing import compare_in
from likewise.comparison import Finding
from likewise.evidence.gathering import gathered
from likewise.execution import Execution
from likewise.inputs import Inputs
from likewise.pairing import Pairing
from likewise.program import Source
from likewise.running import LawRun, Witness
from likewise.trial import Observation, Trial, Values
from likewise.witness.reading import read
from likewise.witness.saving import save

WRITTEN = sorted((Path(__file__).parent / "witnesses").glob("*.npz"))

CASE = {"filters": 2}
WAY = Execution("session", "batch")

#: One frame of one video, cut down to one entry.
VIDEO = np.zeros((1, 2, 2, 1, 3), "float32")
VIDEO[0, 1, 0, 0, 2] = 3

KERNEL = np.zeros((1, 1, 3, 2), "float32")
KERNEL[0, 0, 2] = 2, -1
EXTRA = np.array([[1, 0], [0, 4]], "float32")


def wrapped(case: Dict[str, int]) -> Any:
    return keras().layers.TimeDistributed(keras().layers.Conv2D(case["filters"], 1))


def with_extra(case: Dict[str, int]) -> Any:
    """The same with a layer more, whose kernel the reference knows nothing of."""
    inner, extra = wrapped(case), keras().layers.Dense(case["filters"], use_bias=False, name="extra")
    return lambda video: extra(inner(video))


def whole(pairing: Pairing, drawn: Values) -> Values:
    """Small whole numbers instead of what was drawn."""
    values = [
        {place: chosen(each.shape) for place, each in enumerate(side)}
        for side in (pairing.reference, pairing.candidate)
    ]
    return values[0], values[1]


def chosen(shape: Tuple[int, ...]) -> np.ndarray:
    return {KERNEL.shape: KERNEL, EXTRA.shape: EXTRA, (2,): np.array([0, 1], "float32")}[shape]


LAW = Law("with-extra", "a layer more is none", None, wrapped, with_extra, [variables, outputs])  # type: ignore[arg-type]


@dataclass(frozen=True)
class Noting:
    """A claim that notes what was seen of both sides."""

    seen: List[Tuple[Observation, Observation]] = field(default_factory=list)
    name: str = "noting"

    def why_not(self, cell: Cell) -> Optional[str]:
        return None

    def compare(self, trial: Trial) -> Finding:
        self.seen.append((trial.reference, trial.candidate))
        return Finding(self.name, "identical", 1)


def written(directory: Path) -> Path:
    """A witness of the law, made in this cell."""
    inputs = Inputs(VIDEO, ("ndhwc",))
    sides = [Source("reference", wrapped, CASE), Source("candidate", with_extra, CASE)]
    comparison = compare_in([WAY], *sides, inputs=inputs, claims=LAW.claims, reweigh=whole)
    witness = Witness(CASE, WAY, "outputs", comparison, inputs=inputs, reweigh=whole)
    return save(witness, LawRun(LAW, current(), [WAY]), directory)


@pytest.fixture
def here(tmp_path: Path) -> Path:
    return written(tmp_path)


def test_other_cells_have_written() -> None:
    assert [file.stem for file in WRITTEN] == ["keras-3", "tensorflow-1.15"]


@pytest.mark.parametrize("file", [*WRITTEN, None], ids=lambda file: "here" if file is None else file.stem)
def test_a_witness_is_replayed_as_it_was_seen(file: Optional[Path], here: Path) -> None:
    noting = Noting()
    found = read(file or here)
    comparison = replay(found.path, law=replace(LAW, claims=[noting, *LAW.claims]))
    assert [finding.claim for finding in comparison.broken] == ["variables", "outputs"]
    for side, seen in zip(found.sides, noting.seen[0]):
        assert side.outputs is not None
        (leaf,) = side.outputs
        ((_, output),) = seen.leaves()
        assert leaf.array is not None
        assert output.tobytes() == leaf.array.tobytes()
    assert output[0, 1, 0, 0].tolist() == [6, -8]


def test_what_the_candidate_alone_has_comes_from_the_file(here: Path) -> None:
    noting = Noting()
    replay(here, law=replace(LAW, claims=[noting], reference=with_extra, candidate=wrapped))
    ((_, output),) = noting.seen[0][1].leaves()
    assert output[0, 1, 0, 0].tolist() == [6, -2]


def test_what_the_file_has_no_value_for_is_drawn(here: Path) -> None:
    def another(case: Dict[str, int]) -> Any:
        inner, extra = wrapped(case), keras().layers.Dense(5, name="another")
        return lambda video: extra(inner(video))

    noting = Noting()
    assert not replay(here, law=replace(LAW, claims=[noting, outputs], candidate=another))
    ((_, output),) = noting.seen[0][1].leaves()
    assert output.shape == (1, 2, 2, 1, 5)
    assert output.any()


def test_a_shrunk_witness_is_small(here: Path) -> None:
    assert here.stat().st_size < 8_000


def test_what_is_gathered_is_what_was_tried() -> None:
    evidence = gathered(
        Source("reference", wrapped, CASE),
        Source("candidate", with_extra, CASE),
        Inputs(VIDEO, ("ndhwc",)),
        WAY,
        reweigh=whole,
    )
    one, other = evidence.sides
    assert [one.values[place].shape for place in sorted(one.values)] == [(1, 1, 3, 2), (2,)]
    assert other.values[2].tolist() == EXTRA.tolist()
    assert evidence.pairs == ((0, 0), (1, 1))
    assert one.outputs[0, 1, 0, 0].tolist() == [6, -2]


if __name__ == "__main__":
    import shutil
    import tempfile

    with tempfile.TemporaryDirectory() as directory:
        shutil.copyfile(str(written(Path(directory))), sys.argv[1])
