"""Runs of laws as they would come out of TensorFlow, made without it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Dict, Mapping, Sequence, Tuple

import numpy as np
import pytest
from hypothesis import strategies as st

from likewise.cell import Cell
from likewise.claims import Claim
from likewise.claims.names import names
from likewise.claims.outputs import outputs
from likewise.comparison import Comparison, Finding
from likewise.evidence.gathering import Evidence, Seen
from likewise.evidence.graph import Graph
from likewise.execution import Execution
from likewise.explanation import Apart, Condition, Explanation, LayerFault, OtherPairing, Smallest
from likewise.inputs import inputs_of
from likewise.law import Break, Law
from likewise.running import LawRun, Witness
from likewise.variable import Variable
from likewise_strategies import ConvConfig, ConvVideo, Tensor

VIDEO = ConvVideo(Tensor((1, 2, 1, 1, 1), axes="ndhwc", seed=3), ConvConfig(2, 1, (1, 1)), seed=5)


def evidence(case: Any) -> Evidence:
    """What a run of a video would leave: both sides have a kernel, the candidate another name and one entry."""
    inputs = inputs_of(case)
    kernel = np.arange(2, dtype="float32").reshape(1, 1, 1, 2)
    outputs = np.linspace(0, 1, 4, dtype="float32").reshape(1, 2, 1, 1, 2)
    others = outputs + np.array([0, 0.5], "float32")
    kernels = [Variable(f"{name}/kernel:0", kernel.shape, "float32", True, "weight") for name in ("conv2d", "dense")]
    graph = Graph(b"graph", ("x:0",), (kernels[0],), (("load", "slot:0"),), ("y:0",))
    sides = (
        Seen("reference=f", (kernels[0],), {0: kernel}, outputs, None, graph, (0,), agrees=True),
        Seen("candidate=g", (kernels[1],), {0: kernel}, others, None, no_graph="a graph cannot be built: it is eager"),
    )
    return Evidence(inputs, sides, ((0, 0),))


@dataclass
class Finished:
    """Makes finished runs; a call of it is one."""

    cell: Cell
    case: Any = VIDEO
    claims: Sequence[Claim] = (outputs, names)
    way: Execution = field(default_factory=lambda: Execution("function", "batch"))

    def __call__(
        self,
        name: str = "some-law",
        *,
        findings: Mapping[str, Finding] = {},
        broken: str = "",
        breaks: Tuple[Break, ...] = (),
        **cell: Any,
    ) -> LawRun:
        """A run of a law that holds; with a claim in ``broken`` one that fails, with ``breaks`` one that shows them."""
        law = Law(
            name,
            f"{name} is what it says",
            cases=st.just(self.case),
            reference=_unused,
            candidate=_unused,
            claims=self.claims,
            breaks=breaks,
            source="a book",
        )
        found: Dict[str, Finding] = {
            "outputs": Finding("outputs", "identical", 10, 0, 0.0, 0.0, 0.0, execution="eager"),
            "names": Finding("names", "identical", 2, execution="eager"),
            **findings,
        }
        shown = [each.claim.name for each in breaks]
        for claim in (broken, *shown):
            if claim:
                found[claim] = Finding(claim, "different", 2, message=f"{claim} differ", execution=str(self.way))
        run = LawRun(
            law,
            Cell(**{**self.cell.to_json(), **cell}),
            [Execution("eager"), self.way],
            examples=20,
            seconds=1.25,
            findings=found,
            renames={"conv2d/kernel": "time_distributed/kernel"},
        )
        comparison = Comparison(found, run.renames, (str(self.way),), cell=str(run.cell), case=repr(self.case))
        run.witnesses = {
            claim: Witness(self.case, self.way, claim, comparison, evidence=evidence(self.case)) for claim in shown
        }
        if broken:
            run.failure = Witness(self.case, self.way, broken, comparison, evidence=evidence(self.case))
            run.problems = [f"{broken} does not hold"]
        return run


def _unused(case: Any) -> Any:
    raise AssertionError("no program is run here")


@pytest.fixture
def explanation() -> Explanation:
    """One that has all parts."""
    kernel = np.array([[0.1], [0.0], [np.nan]], "float32")
    return Explanation(
        layer=LayerFault(
            "Conv2D 'conv2d' of the candidate: its inputs agree, its output does not\n"
            "against Dense 'dense' of the reference; apart: the same bits before, 3 ULP, inf absolute after",
            "conv2d",
            "Conv2D",
            "candidate",
            ("TimeDistributed", "Conv2D"),
            "Dense 'dense'",
            ("the inputs", "Conv2D 'conv2d'"),
            Apart(0, 0.0),
            Apart(3, float("inf")),
        ),
        condition=Condition("all 57 with strides > 1; none of 43 others", "strides > 1", "", ("conv.strides",), 57, 43),
        smallest=Smallest(
            {"video": np.array([[0, 1.5], [0, 0]], "float32"), "on": np.array(True)},
            ({0: kernel, 1: np.zeros(2, "int64")}, {0: kernel}),
            (["conv2d/kernel", ""], ["dense/kernel"]),
            (4, 8),
            17,
            "they differ",
        ),
        pairing=OtherPairing("the same network (identical); pair={'a': 'b'}", {"a": "b"}, "identical"),
        troubles=("it was late",),
    )


@pytest.fixture
def cell() -> Cell:
    return Cell("3.11.7", "2.15.1", "2.15.0", 2, "v2", "strict", "1.26.4", "6.100.0", "0.1.0", "x86_64")


@pytest.fixture
def finished(cell: Cell) -> Finished:
    return Finished(cell)
