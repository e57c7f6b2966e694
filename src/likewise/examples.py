"""How the examples of a law are drawn: in batches, up to a number, a time, or both.

A batch is a run of Hypothesis of its own, with a seed of its own: the unit in which a run is cut, since Hypothesis has
to be told beforehand how many examples will be. What a batch is made of depends on no other.
"""

from __future__ import annotations

import functools
import itertools
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Callable, Iterator, List, Optional, Sequence, Tuple

import hypothesis
import hypothesis.core
from hypothesis import strategies as st
from hypothesis.errors import FailedHealthCheck, Unsatisfiable

from likewise.cell import current
from likewise.errors import LawError, NotEquivalent
from likewise.execution import Execution, executions, usable_modes, weighted
from likewise.listening import listeners
from likewise.running import LawRun
from likewise.sharding import shard

if TYPE_CHECKING:
    from likewise.law import Law

__all__ = ["BATCH", "EXAMPLES", "law_test", "one_of_ways", "run_law"]

#: How many examples a run of Hypothesis has at most.
BATCH = 25

#: From how many choices an execution is drawn at least.
LEAST_CHOICES = 7

#: How many a law gets where nothing else is asked for.
EXAMPLES = 100


@dataclass
class _Drawing:
    """What Hypothesis calls for each example that it draws, batch after batch."""

    run: LawRun
    progress: Optional[Callable[[LawRun], None]] = None
    _tried: int = 0

    def example(self, case: Any, way: Execution) -> None:
        """Try an example."""
        __tracebackhide__ = True
        self._tried += 1
        self.run.try_in_time(case, way)
        if self.progress is not None:
            self.progress(self.run)

    def batches(
        self, examples: Optional[int], draw: Callable[[int, int], None], *, first: int = BATCH
    ) -> Iterator[None]:
        """Draw a batch with each step, until there are so many examples, None for no end, or no more cases.

        - draw: runs Hypothesis for a batch, by its number, on so many examples.
        - first: how many the first batch has.
        """
        __tracebackhide__ = True
        for number, size in _sizes(examples, first):
            if self.run.shard is not None and not self.run.shard.has(number):
                continue
            self._tried = 0
            self.run.begin_batch()
            draw(number, size)
            yield
            if self._tried < size:
                return  # all that there is to be drawn was drawn


def _sizes(examples: Optional[int], first: int = BATCH) -> Iterator[Tuple[int, int]]:
    """The batches, each by its number and size."""
    left = math.inf if examples is None else examples
    for number in itertools.count():
        size = int(min(first if number == 0 else BATCH, left))
        if size <= 0:
            return
        yield number, size
        left -= size


def _batch_seed(seed: Any, number: int) -> Any:
    """The seed of a batch; the first has the run's own."""
    return seed if number == 0 else f"{seed!r}, batch {number}"


def _batch_settings(asked: hypothesis.settings, number: int, examples: int) -> hypothesis.settings:
    """What law runs and tests have in common; a later batch draws new examples alone, of cases that were checked."""
    # To explain takes a hundred more examples, and names lines of ours.
    left_out = {"explain"} if number == 0 else {"explain", "explicit", "reuse"}
    return hypothesis.settings(
        asked,
        max_examples=examples,
        phases=[phase for phase in asked.phases if phase.name not in left_out],
        suppress_health_check=asked.suppress_health_check if number == 0 else list(hypothesis.HealthCheck),
        deadline=None,
        report_multiple_bugs=False,
    )


def one_of_ways(ways: Sequence[Execution]) -> st.SearchStrategy[Execution]:
    """Return a strategy for an execution out of some: the last of an example's choices, of which the simplest is none.

    Hypothesis begins with the simplest example, and half of the next ones are the simplest from an early choice on: one
    entry, one filter, no bias. Hardly a mistake shows there. It makes none of them where five of them are invalid.
    """
    choices = weighted(ways)
    # At most one example of eight is drawn in vain, and where cases are few, each is run seven times at most.
    return _drawn_from(st.sampled_from([None, *choices * max(LEAST_CHOICES // len(choices), 1)]))


@st.composite
def _drawn_from(draw: Callable[[Any], Any], choices: st.SearchStrategy[Optional[Execution]]) -> Execution:
    way: Optional[Execution] = draw(choices)
    if way is None:
        hypothesis.reject()
    return way


def law_test(law: Law, settings: Optional[hypothesis.settings] = None) -> Callable[[], None]:
    """The law as a ``@given`` test function; see ``Law.test``."""
    drawings: List[_Drawing] = []

    def holds(case: Any, execution: Execution) -> None:
        __tracebackhide__ = True
        drawings[-1].example(case, execution)

    # The example database tells tests apart by name and source, and the source is the same.
    holds.__name__ = holds.__qualname__ = "test_" + law.name.replace("-", "_")
    holds.__doc__ = law.statement
    execution = st.deferred(lambda: one_of_ways(_ways(law, None)))
    given = hypothesis.given(case=law.cases, execution=execution)(holds)
    if settings is not None:
        given = settings(given)

    @functools.wraps(given)
    def test() -> None:
        __tracebackhide__ = True
        # What decorators (settings, seed, example …) wrote on this function is meant for @given's.
        decorated = {k: v for k, v in vars(test).items() if k != "__wrapped__"}
        asked: hypothesis.settings = decorated["_hypothesis_internal_use_settings"]

        def draw(number: int, examples: int) -> None:
            __tracebackhide__ = True
            vars(given).update(decorated)
            vars(given)["_hypothesis_internal_use_settings"] = _batch_settings(asked, number, examples)
            if number > 0:
                seed = _seed_of(law, asked, decorated["_hypothesis_internal_use_seed"])
                vars(given)["_hypothesis_internal_use_seed"] = None if seed is None else _batch_seed(seed, number)
            given()

        run = LawRun(law, current(), _ways(law, None), shard=shard.current(), asked=_asked_for(asked))
        drawings.append(_Drawing(run))
        try:
            run.complete(drawings[-1].batches(_asked_for(asked), draw))
        except NotEquivalent as error:
            run.explain()
            if run.failure is not None:
                error.comparison = run.failure.comparison
            raise
        finally:
            drawings.pop()
            for listener in listeners:
                listener(run)
        if run.problems:
            raise AssertionError(f"law {law.name}: " + "; ".join(run.problems))

    # By which the pytest plugin knows such a test, and into how many shards it can be split.
    vars(test)["likewise_batches"] = lambda: len(
        list(_sizes(_asked_for(vars(test)["_hypothesis_internal_use_settings"])))
    )
    return test


def _asked_for(settings: hypothesis.settings) -> int:
    """How many examples a test has; where none are generated, one batch is enough for those that are known."""
    generating = hypothesis.Phase.generate in settings.phases
    return settings.max_examples if generating else min(settings.max_examples, BATCH)


def _seed_of(law: Law, asked: hypothesis.settings, seeded: Any) -> Any:
    """What decides the examples of a test, in the order that Hypothesis goes by; None where nothing does."""
    if seeded is not None:
        return seeded
    return law.name if asked.derandomize else hypothesis.core.global_force_seed


def run_law(
    law: Law,
    *,
    examples: Optional[int] = None,
    seconds: Optional[float] = None,
    seed: int = 0,
    modes: Optional[Sequence[str]] = None,
    shrink: bool = True,
    explain: Optional[bool] = None,
    progress: Optional[Callable[[LawRun], None]] = None,
) -> LawRun:
    """Try a law on many examples; whatever it comes to is in the LawRun, nothing is raised for it.

    - examples: how many; default: ``EXAMPLES``, or where ``seconds`` is given as many as there is time for.
    - seconds: for how long at most; an example that runs ends, and a failure is shrunk and explained however long
      it takes. What there was no time left for is a problem of the run.
    - modes: instead of the law's own. Where they are fewer, a claim that none of them compares is no problem.
    - shrink: look for the smallest example once one fails.
    - explain: and then for the reason, see ``LawRun.explain``; default: as ``shrink``.
    - progress: called after each example.
    """
    if examples is None and seconds is None:
        examples = EXAMPLES
    if examples is not None and examples < 1:
        raise LawError(f"examples={examples!r}, but expected at least 1")
    if seconds is not None and not 0 < seconds < math.inf:
        raise LawError(f"seconds={seconds!r}, but expected a number above 0")
    ways = _ways(law, modes)
    narrowed = not set(_ways(law, None)) <= set(ways)
    run = LawRun(law, current(), ways, budget=seconds, asked=examples, narrowed=narrowed)
    drawing = _Drawing(run, progress)
    settings = hypothesis.settings(
        phases=[hypothesis.Phase.generate, hypothesis.Phase.target, *([hypothesis.Phase.shrink] if shrink else [])],
        database=None,
        derandomize=False,
        print_blob=False,
    )

    def holds(case: Any, execution: Execution) -> None:
        drawing.example(case, execution)

    def draw(number: int, examples: int) -> None:
        given = hypothesis.given(case=law.cases, execution=one_of_ways(run.ways))(holds)
        hypothesis.seed(_batch_seed(seed, number))(_batch_settings(settings, number, examples)(given))()

    # After the first batch a run with a time budget sees to what it must not leave out, so that one is short.
    first = BATCH if seconds is None else min(len(run.ways), BATCH)
    try:
        run.complete(drawing.batches(examples, draw, first=first))
    except NotEquivalent:
        # It is in run.failure, the smallest one last.
        if shrink if explain is None else explain:
            run.explain()
    except (FailedHealthCheck, Unsatisfiable) as error:
        raise LawError(f"the cases of law {law.name} cannot be drawn from: {error}") from error
    return run


def _ways(law: Law, modes: Optional[Sequence[str]]) -> List[Execution]:
    return executions(usable_modes(current(), modes or law.modes), law.dimensions)
