"""A law's case compared in one execution, with further draws of data for the structure that is there."""

from __future__ import annotations

import contextlib
import itertools
import zlib
from typing import TYPE_CHECKING, Any, Iterable, Iterator, List, NamedTuple, Optional, Sequence

from likewise.comparison import Comparison
from likewise.execution import Execution
from likewise.inputs import Inputs, inputs_of, structure_of
from likewise.program import Source
from likewise.redrawing.data import Redrawing
from likewise.redrawing.sizes import with_size
from likewise.redrawing.structure import Compared, Kept, Structure
from likewise.tally import digest
from likewise.trial import Trial

if TYPE_CHECKING:
    from likewise.law import Law

__all__ = ["STEADIED", "Draws", "Example"]

#: With how many further draws of data a structure is run where to build it is what costs: some thirty times a run, in
#: graphs. Eagerly a run costs as much as the next structure.
DRAWS = 7

#: So many draws are stacked in one call, which costs as much as two or three structures eagerly, or fewer where their
#: inputs would have more entries than ``ENTRIES``; in one of so many examples, eagerly and in graphs.
STACKED = 512
ENTRIES = 1 << 18
STACKED_IN = 32
STACKED_IN_GRAPHS = 4

#: How often programs are run again from the same values to see whether they are steady; graphs run no Python. Eagerly
#: it takes as long as a dozen examples, so a run that has no more than ``SHORT`` leaves it at the second call, and one
#: that has more runs them once more for each five.
STEADIED = 16
STEADIED_IN_GRAPHS = 4
SHORT = 25


class Example(NamedTuple):
    """What an example comes to: the comparisons of its case and of the draws, each made as it is asked for.

    ``built`` tells whether its structure was built for it, and not for another case; ``trial`` is that of the case that
    it was built for. ``again`` is the comparison of its case where both programs are called once more, and ``steadied``
    that of each program with itself, run many times.
    """

    built: bool
    trial: Trial
    compared: Iterable[Compared]
    again: Iterable[Compared]
    steadied: Iterable[Compared]


class Draws:
    """Compares a law's cases; in graphs the structures that were built last serve other cases, too.

    ``always_stacked`` may be set, so that draws are stacked upon each case.
    """

    def __init__(self, law: Law, asked: Optional[int] = None) -> None:
        """``asked``: how many examples there will be; None where time decides."""
        self.always_stacked = False
        self._law = law
        self._asked = asked
        self._kept = Kept()
        self._redrawing = Redrawing()
        self._sizes: Sequence[int] = ()

    @contextlib.contextmanager
    def example(self, case: Any, way: Execution, *, once: bool, trusted: bool) -> Iterator[Example]:
        """What a case comes to with its draws, as long as the context lasts.

        - once, trusted: those of ``trial.tried``.
        """
        self._redrawing.note(case)
        key = way, digest(structure_of(case))
        with contextlib.ExitStack() as stack:
            known = self._kept.of(key)
            structure = known or self._structure(case, way, once=once, trusted=trusted)
            if known is None:
                # Eagerly to build is not what costs.
                if way.traits.graphs and structure.serves:
                    self._kept.keep(key, structure)
                else:
                    stack.enter_context(contextlib.closing(structure))
            compared = itertools.chain(
                structure.in_turn([case]) if known else [([case], structure.first)],
                structure.in_turn(self._redrawing.drawn(case, DRAWS) if way.traits.graphs else []),
                structure.at_once(self._stacked(case, way)),
            )
            steadied = structure.steadied(self._times(way))
            yield Example(known is None, structure.trial, compared, structure.again(), steadied)

    def inputs_like(self, case: Any, count: int) -> List[Inputs]:
        """The inputs of so many cases of the same structure, or of none."""
        return [inputs_of(each) for each in self._redrawing.drawn(case, count, weights=False)]

    def compared_beside(self, case: Any, way: Execution) -> List[Inputs]:
        """The inputs of the draws that are compared with the weights of a case."""
        return self.inputs_like(case, DRAWS) if way.traits.graphs else []

    def with_landmarks(self, case: Any) -> Any:
        """The case with some of the programs' constants where its arrays have landmarks; once these are known.

        Some dimensions whose size may be any get one that they compare with.
        """
        return self._redrawing.with_landmarks(with_size(case, self._law.free, self._sizes))

    def learn(self, constants: Sequence[float], sizes: Sequence[int]) -> None:
        """Let further draws have these numbers, at which the programs compare, and these sizes."""
        self._redrawing.constants, self._sizes = tuple(constants), tuple(sizes)

    def alone(self, case: Any, way: Execution, *, once: bool) -> Comparison:
        """The comparison of a case for which both sides are built."""
        with contextlib.closing(self._structure(case, way, once=once, trusted=True)) as structure:
            return structure.first

    def forget_kinds(self) -> None:
        """Forget which kinds data had."""
        self._redrawing = Redrawing(constants=self._redrawing.constants)

    def close(self) -> None:
        """Let all structures go."""
        self._kept.clear()

    def _times(self, way: Execution) -> int:
        """How often a program is run again to see whether it is steady."""
        if way.traits.graphs:
            return STEADIED_IN_GRAPHS
        return STEADIED if self._asked is None else min(STEADIED, max(self._asked - SHORT, 0) // 5)

    def _structure(self, case: Any, way: Execution, *, once: bool, trusted: bool) -> Structure:
        law = self._law
        sources = Source("reference", law.reference, case), Source("candidate", law.candidate, case)
        return Structure(way, *sources, claims=law.claims, pair=law.pair, once=once, trusted=trusted)

    def _stacked(self, case: Any, way: Execution) -> List[Any]:
        """The draws that are stacked upon a case: none for most, and always the same for the same."""
        one_of = STACKED_IN_GRAPHS if way.traits.graphs else STACKED_IN
        if not way.any_batch or zlib.crc32(repr(case).encode()) % (1 if self.always_stacked else one_of):
            return []
        size = max((array.size for array in inputs_of(case).arrays), default=0)
        return self._redrawing.drawn(case, min(STACKED, ENTRIES // max(size, 1)), weights=False)
