"""How the examples of a law are drawn: batches, a number, a time. No network is run for it, and no clock is asked."""

from __future__ import annotations

from typing import Any, Callable, List, Optional, Tuple

import hypothesis
import pytest
from hypothesis import Phase
from hypothesis import strategies as st
from hypothesis.database import InMemoryExampleDatabase

from likewise import Break, Law, NotEquivalent, cell, outputs
from likewise.comparison import Comparison, Finding
from likewise.errors import LawError
from likewise.examples import BATCH, EXAMPLES, run_law
from likewise.execution import Execution
from likewise.running import LawRun, Witness

Example = Tuple[Any, str]

MANY = st.integers(0, 10**9)


class Tried:
    """Takes the place of running an example, which takes one second and fails where ``wrong`` says so."""

    def __init__(self) -> None:
        self.examples: List[Example] = []
        self.now = 0.0
        self.wrong: Callable[[Any, Execution], bool] = lambda case, way: False
        self.error: Optional[Exception] = None

    def __call__(self, run: LawRun, case: Any, way: Execution) -> None:
        run.examples += 1
        self.now += 1
        self.examples.append((case, str(way)))
        wrong = self.wrong(case, way)
        comparison = Comparison({"outputs": Finding("outputs", "different" if wrong else "identical", 1)}, {}, ())
        run._tally([case], way, comparison)
        if wrong and self.error is not None:
            raise self.error
        if wrong and not run._is_declared("outputs", case, way, comparison):
            run.failure = Witness(case, way, "outputs", comparison)
            raise NotEquivalent(comparison)

    @property
    def cases(self) -> List[Any]:
        return [case for case, _ in self.examples]

    def by(self, try_all: Callable[[], Any]) -> List[Example]:
        """What this tries."""
        self.examples = []
        try_all()
        return self.examples


@pytest.fixture
def tried(monkeypatch: pytest.MonkeyPatch) -> Tried:
    found = Tried()

    def try_example(run: LawRun, case: Any, way: Execution) -> None:
        found(run, case, way)

    monkeypatch.setattr(LawRun, "try_example", try_example)
    monkeypatch.setattr(LawRun, "explain", lambda run: None)
    monkeypatch.setattr("likewise.running.clock", lambda: found.now)
    monkeypatch.setattr("likewise.examples.listeners", [])
    return found


def law(cases: Any = MANY, **settings: Any) -> Law:
    asked = {"claims": [outputs], "dimensions": ["static"], "modes": ["session"], **settings}
    return Law("some-law", "it holds", cases=cases, reference=int, candidate=int, **asked)


@pytest.mark.parametrize("count", [1, BATCH, BATCH + 1, 3 * BATCH, 111])
def test_as_many_examples_as_were_asked_for(tried: Tried, count: int) -> None:
    assert run_law(law(), examples=count).examples == count
    assert len(tried.examples) == count
    settings = hypothesis.settings(max_examples=count, database=None)
    assert len(tried.by(law().test(settings=settings))) == count


def test_as_many_examples_as_ever(tried: Tried) -> None:
    assert run_law(law()).examples == EXAMPLES


def test_a_batch_depends_on_no_other(tried: Tried) -> None:
    some = tried.by(lambda: run_law(law(), examples=2 * BATCH))
    more = tried.by(lambda: run_law(law(), examples=3 * BATCH))
    assert more[: 2 * BATCH] == some


def test_no_batch_begins_with_the_simplest_case(tried: Tried) -> None:
    """Each run of Hypothesis would, by itself."""
    run_law(law(st.binary(min_size=8, max_size=8)), examples=4 * BATCH)
    assert bytes(8) not in tried.cases[::BATCH]
    batches = [tried.cases[place : place + BATCH] for place in range(0, 4 * BATCH, BATCH)]
    assert len(set(map(tuple, batches))) == 4


def seeded_test(count: int) -> Any:
    settings = hypothesis.settings(max_examples=count, database=None, derandomize=False)
    return hypothesis.seed(7)(law().test(settings=settings))


def derandomized_test(count: int) -> Any:
    return law().test(settings=hypothesis.settings(max_examples=count, database=None, derandomize=True))


def other_test(count: int) -> Any:
    return law().test(settings=hypothesis.settings(max_examples=count, database=None, derandomize=False))


@pytest.mark.parametrize("make, forced", [(seeded_test, None), (derandomized_test, None), (other_test, 11)])
def test_what_is_seeded_is_the_same_again(
    tried: Tried, monkeypatch: pytest.MonkeyPatch, make: Callable[[int], Any], forced: Optional[int]
) -> None:
    monkeypatch.setattr("hypothesis.core.global_force_seed", forced)
    once = tried.by(make(3 * BATCH))
    again = make(3 * BATCH)
    assert tried.by(again) == once
    assert tried.by(again) == once
    assert once[BATCH : 2 * BATCH] != once[2 * BATCH :]


def test_what_is_not_seeded_is_another_each_time(tried: Tried, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("hypothesis.core.global_force_seed", None)
    test = other_test(3 * BATCH)
    assert tried.by(test)[BATCH:] != tried.by(test)[BATCH:]


def test_examples_that_are_given_are_tried_once(tried: Tried) -> None:
    way = Execution("session")
    hypothesis.example(case=-1, execution=way)(other_test(3 * BATCH))()
    assert tried.cases.count(-1) == 1
    assert tried.cases[0] == -1
    assert len(tried.cases) == 3 * BATCH + 1


def test_nothing_but_given_examples(tried: Tried) -> None:
    settings = hypothesis.settings(max_examples=3 * BATCH, database=None, phases=[Phase.explicit])
    test = hypothesis.example(case=-1, execution=Execution("session"))(law().test(settings=settings))
    test()
    assert tried.cases == [-1]


def test_a_failure_of_a_later_batch_is_tried_first_the_next_time(tried: Tried) -> None:
    bad = set()

    def wrong(case: Any, way: Execution) -> bool:
        if len(tried.examples) == 2 * BATCH:
            bad.add(case)
        return case in bad

    tried.wrong = wrong
    database = InMemoryExampleDatabase()
    settings = hypothesis.settings(max_examples=3 * BATCH, database=database, derandomize=False)
    for place in (2 * BATCH - 1, 0):
        tried.examples = []
        with pytest.raises(NotEquivalent):
            law().test(settings=settings)()
        assert tried.cases[place] in bad


def test_no_more_cases_than_there_are(tried: Tried) -> None:
    few = law(st.booleans())
    for some in (tried.by(lambda: run_law(few, examples=1000)), tried.by(lambda: run_law(few, seconds=1000))):
        assert {case for case, _ in some} == {False, True}
        assert len(some) < BATCH


def test_a_failure_of_a_later_batch_is_shrunk(tried: Tried) -> None:
    tried.wrong = lambda case, way: len(set(tried.examples)) > BATCH and case >= 1000
    run = run_law(law(), examples=4 * BATCH)
    assert run.failure is not None
    assert run.failure.case == 1000


def test_as_many_examples_as_there_is_time_for(tried: Tried) -> None:
    run = run_law(law(), seconds=60)
    assert (run.ok, run.examples, run.seconds) == (True, 60, 60)


@pytest.mark.parametrize("count, seconds", [(40, 60), (60, 40), (40, 39.5)])
def test_whichever_ends_first(tried: Tried, count: int, seconds: float) -> None:
    run = run_law(law(), examples=count, seconds=seconds)
    assert (run.ok, run.examples) == (True, 40)


ALL = ["static", "batch", "steps", "unknown"]


def test_executions_that_no_example_drew_are_run_before_the_time_is_up(tried: Tried) -> None:
    seldom = law(st.just(0), dimensions=ALL)
    assert run_law(seldom, examples=1, seconds=4).ok
    dull = law(dimensions=ALL)
    run = run_law(dull, seconds=60)
    assert (run.ok, run.examples) == (True, 60)
    assert {way for _, way in tried.examples} == {"session", *(f"session[{each}]" for each in ALL[1:])}


def test_executions_that_there_was_no_time_for(tried: Tried) -> None:
    run = run_law(law(dimensions=ALL), examples=1, seconds=2)
    assert run.examples == 2
    missing = [str(way) for way in run.ways if str(way) not in run.modes]
    assert len(missing) == 2
    assert run.problems == [f"no time was left for {', '.join(missing)}; give more --seconds (seconds=2, examples=2)"]


RARE = Break(outputs, because="it is a lot", when=lambda case: case > 10**6, cases=st.integers(10**6 + 1, 10**7))
SMALL = st.integers(0, 1000)


def test_a_declared_break_is_searched_for_before_the_time_is_up(tried: Tried) -> None:
    tried.wrong = lambda case, way: case > 10**6
    run = run_law(law(SMALL, breaks=[RARE]), seconds=60)
    assert run.ok
    assert 60 <= run.examples <= 61  # Hypothesis wants to see it twice
    assert tried.cases[1] > 10**6
    assert max(tried.cases[-10:]) <= 1000


def test_a_declared_break_that_there_was_no_time_to_find(tried: Tried) -> None:
    tried.wrong = lambda case, way: case > 10**6
    (problem,) = run_law(law(SMALL, breaks=[RARE]), seconds=1).problems
    assert problem == (
        "no time was left to find that outputs is declared to break where ever (it is a lot); "
        "give more --seconds (seconds=1, examples=1)"
    )
    assert run_law(law(SMALL, breaks=[RARE]), seconds=2).ok


def test_a_declared_break_that_was_searched_for_in_vain(tried: Tried) -> None:
    never = Break(outputs, because="of the moon", when=lambda case: case < 0)
    run = run_law(law(SMALL, breaks=[never]), examples=80, seconds=60)
    (problem,) = run.problems
    assert problem.endswith("but it held in all 60 examples; take the break out, or narrow it")


def test_a_failure_is_shrunk_when_the_time_is_up(tried: Tried) -> None:
    tried.wrong = lambda case, way: case >= 1000
    run = run_law(law(), seconds=5)
    assert run.failure is not None
    assert run.failure.case == 1000
    assert run.problems == ["outputs does not hold"]
    assert run.seconds > 5


def test_a_mistake_is_told_when_the_time_is_up(tried: Tried) -> None:
    tried.wrong = lambda case, way: len(tried.examples) >= 5
    tried.error = LawError("a mistake")
    with pytest.raises(LawError, match="a mistake"):
        run_law(law(), seconds=5)


@pytest.mark.parametrize("seconds", [0, -1.5, float("nan"), float("inf")])
def test_no_time(tried: Tried, seconds: float) -> None:
    with pytest.raises(LawError, match=f"seconds={seconds}, but expected a number above 0"):
        run_law(law(), seconds=seconds)


def test_the_clock_starts_when_all_is_imported(tried: Tried, monkeypatch: pytest.MonkeyPatch) -> None:
    noted: List[str] = []
    here = cell.current()

    def current() -> cell.Cell:
        noted.append("imported")
        return here

    def clock() -> float:
        noted.append("asked")
        return 0.0

    monkeypatch.setattr("likewise.examples.current", current)
    monkeypatch.setattr("likewise.running.clock", clock)
    run_law(law(), examples=1)
    assert noted[0] == "imported"
    assert "imported" not in noted[noted.index("asked") :]
