"""Laws run: tallied, shrunk, their breaks demanded, and as tests of pytest and Hypothesis."""

from __future__ import annotations

import inspect
from dataclasses import dataclass, replace
from typing import Any, Callable, List, Tuple

import hypothesis
import numpy as np
import pytest
from hypothesis import strategies as st
from hypothesis.errors import InvalidArgument

from likewise import Break, Law, NotEquivalent, bits, examples, listening, names, outputs, refusal, variables
from likewise.cell import current, tensorflow
from likewise.comparing import compare_in
from likewise.comparison import Comparison, Finding
from likewise.errors import CellError, ImplementationError, LawError
from likewise.examples import run_law
from likewise.execution import executions
from likewise.program import Source
from likewise.redrawing.structure import Kept
from likewise.running import LawRun
from likewise_strategies import Tensor, data, tensors


@dataclass(frozen=True)
class Case:
    size: int

    @property
    def inputs(self) -> Any:
        return np.arange(self.size * 3, dtype="float32").reshape(self.size, 3) + 1


@dataclass(frozen=True)
class Wide(Case):
    second: int
    third: int
    fourth: int


CASES = st.builds(Case, st.integers(1, 9))


def plain(case: Case) -> Callable[[Any], Any]:
    return lambda video: video * 2


def added(case: Case) -> Callable[[Any], Any]:
    return lambda video: video + video


def wrong_from(size: int) -> Callable[[Case], Callable[[Any], Any]]:
    """Wrong for cases of this size and beyond."""

    def implementation(case: Case) -> Callable[[Any], Any]:
        return lambda video: video * (3 if case.size >= size else 2)

    return implementation


def refusing_unknown(case: Case) -> Callable[[Any], Any]:
    def function(video: Any) -> Any:
        if video.shape.as_list()[0] is None:
            raise ValueError("no batch is known")
        return video * 2

    return function


def law(candidate: Any = added, **settings: Any) -> Law:
    asked = {"claims": [refusal, outputs], "dimensions": ["static"], **settings}
    return Law("doubling", "twice is plus itself", cases=CASES, reference=plain, candidate=candidate, **asked)


@pytest.fixture
def heard(monkeypatch: pytest.MonkeyPatch) -> List[LawRun]:
    """The runs of which listeners are told; those of this very session are not."""
    runs: List[LawRun] = []
    monkeypatch.setattr("likewise.examples.listeners", [runs.append])
    return runs


def broken(size: int = 1) -> Break:
    """Declares what ``wrong_from(size)`` breaks."""
    return Break(outputs, because="three is not two", when=lambda case: case.size >= size)


def test_a_law_that_holds() -> None:
    run = run_law(law(), examples=8)
    assert (run.ok, run.problems, run.failure, run.witnesses) == (True, [], None, {})
    assert 8 <= run.examples <= 8 + len(run.ways)
    assert 1 <= run.structures <= run.cases <= run.examples
    assert {claim: finding.verdict for claim, finding in run.findings.items()} == {
        "refusal": "identical",
        "outputs": "identical",
    }
    # (once for each structure that is built, of which some serve several examples)
    assert run.structures <= run.findings["refusal"].compared <= run.examples
    assert run.cell is current()
    assert run.seconds > 0


def test_the_smallest_example_of_a_law_that_fails() -> None:
    run = run_law(law(wrong_from(4)), examples=60)
    assert run.problems == ["outputs does not hold"]
    assert run.failure is not None
    assert (run.failure.case, run.failure.claim, run.failure.way) == (Case(4), "outputs", run.ways[0])
    assert run.failure.comparison.verdict == "different"
    assert run.findings["outputs"].verdict == "different"


def test_what_always_fails_shrinks_to_the_simplest_example() -> None:
    run = run_law(law(wrong_from(1)), examples=20)
    assert run.failure is not None
    assert (run.failure.case, run.failure.way) == (Case(1), run.ways[0])


def test_the_first_examples_are_not_the_simplest(modes: Tuple[str, ...]) -> None:
    """By itself Hypothesis ends six of the first ten in the simplest choices."""
    drawn: List[Wide] = []

    def noting(case: Wide) -> Callable[[Any], Any]:
        drawn.append(case)
        return lambda video: video * 2

    numbers = st.integers(1, 9)
    wide = replace(law(), cases=st.builds(Wide, numbers, numbers, numbers, numbers), reference=noting)
    run_law(wide, examples=100, modes=modes[:1])
    assert sum((case.third, case.fourth) == (1, 1) for case in drawn[:10]) <= 2


def test_where_cases_are_few_not_all_examples_are_run(modes: Tuple[str, ...]) -> None:
    run = run_law(replace(law(), cases=st.just(Case(1))), examples=100, modes=modes[:1])
    assert run.ok
    assert 1 <= run.examples <= examples.LEAST_CHOICES


def test_a_seed_draws_the_same_examples() -> None:
    def drawn(seed: int) -> List[int]:
        sizes: List[int] = []

        def noting(case: Case) -> Callable[[Any], Any]:
            sizes.append(case.size)
            return plain(case)

        run_law(law(noting), examples=6, seed=seed)
        return sizes

    assert drawn(0) == drawn(0)
    assert any(drawn(seed) != drawn(0) for seed in (1, 2, 3))


def test_all_executions_are_run_even_with_one_example(modes: Tuple[str, ...]) -> None:
    dimensions = ["static", "batch", "unknown"]
    run = run_law(law(dimensions=dimensions), examples=1)
    assert run.modes == list(map(str, executions(modes, dimensions)))
    assert run.examples == len(run.modes)


def test_modes_instead_of_the_law_s_own(modes: Tuple[str, ...]) -> None:
    assert run_law(law(modes=modes), examples=1, modes=["session"]).modes == ["session"]


def test_an_execution_that_no_example_drew_may_fail(heard: List[LawRun]) -> None:
    of_the_session = law(refusing_unknown, modes=["session"], dimensions=["static", "unknown"])
    run = run_law(of_the_session, examples=1)
    assert run.problems == ["refusal does not hold"]
    assert run.failure is not None
    assert str(run.failure.way) == "session[unknown]"
    with pytest.raises(NotEquivalent, match="no batch is known"):
        of_the_session.test(settings=hypothesis.settings(max_examples=1, database=None))()
    assert [each.ok for each in heard] == [False]


def test_progress_is_told_after_each_example() -> None:
    told: List[int] = []
    run = run_law(law(), examples=4, progress=lambda each: told.append(each.examples))
    assert told == sorted(told)
    assert len(told) >= 4
    assert told[-1] <= run.examples


@pytest.mark.parametrize("examples", [0, -1])
def test_no_examples(examples: int) -> None:
    with pytest.raises(LawError, match=f"examples={examples}, but expected at least 1"):
        run_law(law(), examples=examples)


def test_cases_that_cannot_be_drawn() -> None:
    with pytest.raises(LawError, match="the cases of law doubling cannot be drawn from"):
        run_law(replace(law(), cases=CASES.filter(lambda case: False)), examples=3)


def test_a_declared_break_is_found() -> None:
    run = run_law(law(wrong_from(4), breaks=[broken(4)]), examples=20)
    assert run.problems == []
    assert run.failure is None
    witness = run.witnesses["outputs"]
    assert witness.case.size >= 4
    assert witness.comparison.verdict == "different"
    assert run.breaks == list(run.law.breaks)


def test_a_declared_break_is_searched_for_beyond_the_examples() -> None:
    run = run_law(law(wrong_from(9), breaks=[broken(9)]), examples=1)
    assert run.problems == []
    assert run.witnesses["outputs"].case == Case(9)


def test_a_break_outside_its_condition_is_a_failure() -> None:
    run = run_law(law(wrong_from(4), breaks=[broken(7)]), examples=60)
    assert run.problems == ["outputs does not hold"]
    assert run.failure is not None
    assert run.failure.case == Case(4)


def test_another_claim_than_the_declared_one_is_a_failure() -> None:
    declared = Break(refusal, because="so")
    run = run_law(law(wrong_from(1), breaks=[declared]), examples=5)
    assert run.problems == ["outputs does not hold"]


def test_a_declared_break_that_no_longer_breaks() -> None:
    run = run_law(law(breaks=[Break(outputs, because="three is not two", where="tensorflow>=1")]), examples=3)
    (problem,) = run.problems
    assert "outputs is declared to break where tensorflow>=1 (three is not two), but it held in all" in problem
    assert problem.endswith("take the break out, or narrow it")


def test_each_declared_break_has_to_be_shown() -> None:
    never = Break(outputs, because="of the moon", when=lambda case: case.size > 9)
    run = run_law(law(wrong_from(4), breaks=[broken(4), never]), examples=20)
    (problem,) = run.problems
    assert "of the moon" in problem


def test_a_break_elsewhere_does_not_apply() -> None:
    declared = Break(outputs, because="so", where="tensorflow>=99")
    run = run_law(law(breaks=[declared]), examples=2)
    assert (run.ok, run.breaks) == (True, [])
    run = run_law(law(wrong_from(1), breaks=[declared]), examples=2)
    assert run.problems == ["outputs does not hold"]


def test_a_break_of_some_executions() -> None:
    known = Break(refusal, because="it asks for the batch", where="dimensions==unknown")
    run = run_law(
        law(refusing_unknown, dimensions=["static", "unknown"], modes=["session"], breaks=[known]), examples=4
    )
    assert run.problems == []
    assert str(run.witnesses["refusal"].way) == "session[unknown]"


def test_a_condition_that_cannot_be_read() -> None:
    with pytest.raises(CellError, match="but expected NAME and a comparison"):
        run_law(law(breaks=[Break(outputs, because="so", where="kears>=3")]), examples=1)


def test_nothing_compared() -> None:
    run = run_law(law(plain, claims=[names]), examples=3)
    assert "nothing was compared, so nothing was shown" in run.problems
    assert f"names: not compared in any of {run.examples} examples" in run.problems


def test_a_claim_that_was_never_compared() -> None:
    run = run_law(law(plain, claims=[outputs, names]), examples=3)
    assert run.problems == [f"names: not compared in any of {run.examples} examples"]


def test_a_claim_that_the_chosen_modes_do_not_compare(modes: Tuple[str, ...]) -> None:
    doubted = law(plain, claims=[outputs, names], breaks=[Break(names, because="nobody looks")], modes=[*modes])
    run = run_law(doubted, examples=3, modes=modes[:1])
    assert run.ok == (len(modes) > 1)  # where there is one mode alone, all of them were chosen
    assert run.findings["names"].compared == 0
    assert not run_law(doubted, examples=3).ok


def test_a_claim_that_this_cell_cannot_observe(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(type(bits), "why_not", lambda self, cell: "this cell has no bits")
    run = run_law(law(claims=[outputs, bits]), examples=2)
    assert run.ok
    assert run.findings["bits"].message == "this cell has no bits"


def test_a_break_of_a_claim_that_this_cell_cannot_observe_is_not_demanded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(type(bits), "why_not", lambda self, cell: "this cell has no bits")
    declared = law(claims=[refusal, outputs, bits], breaks=[Break(bits, because="they round otherwise")])
    run = run_law(declared, examples=3)
    assert (run.problems, run.breaks) == ([], [])


def test_a_refusal_breaks_a_law_whatever_it_claims() -> None:
    def refusing(case: Case) -> Any:
        raise ValueError("never")

    run = run_law(law(refusing, claims=[variables]), examples=3)
    assert run.problems[0] == "refusal does not hold"


def test_a_mistaken_implementation_is_raised() -> None:
    with pytest.raises(ImplementationError, match="returned 3, but expected a callable"):
        run_law(law(lambda case: 3), examples=3)


def test_a_test_that_holds(heard: List[LawRun]) -> None:
    law().test()()
    (run,) = heard
    assert (run.law.name, run.ok) == ("doubling", True)


def test_a_test_that_fails(heard: List[LawRun]) -> None:
    with pytest.raises(NotEquivalent) as caught:
        law(wrong_from(4)).test(settings=hypothesis.settings(database=None))()
    assert "case: Case(size=4)" in str(caught.value)
    (run,) = heard
    assert run.problems == ["outputs does not hold"]


def test_a_test_whose_break_no_longer_breaks(heard: List[LawRun]) -> None:
    with pytest.raises(AssertionError, match="law doubling: outputs is declared to break") as caught:
        law(breaks=[Break(outputs, because="so")]).test(settings=hypothesis.settings(max_examples=3))()
    assert not isinstance(caught.value, NotEquivalent)
    assert not heard[0].ok


def test_a_test_that_stops_is_not_told_as_one_that_holds(heard: List[LawRun]) -> None:
    def mistaken(case: Case) -> Any:
        return 3 if case.size >= 4 else plain(case)

    with pytest.raises(ImplementationError, match="returned 3"):
        law(mistaken).test(settings=hypothesis.settings(database=None))()
    (run,) = heard
    assert not run.ok
    assert "ImplementationError" in run.problems[0]


def test_a_test_may_be_run_again(heard: List[LawRun]) -> None:
    test = law().test(settings=hypothesis.settings(max_examples=2))
    test()
    test()
    assert [run.ok for run in heard] == [True, True]
    assert heard[0] is not heard[1]


def test_a_test_is_what_pytest_takes() -> None:
    test: Any = law().test()
    assert test.__name__ == "test_doubling"
    assert test.__doc__ == "twice is plus itself"
    assert not inspect.signature(test).parameters
    assert test.is_hypothesis_test


@pytest.mark.parametrize("count", [1, 5])
def test_settings_may_be_given(heard: List[LawRun], count: int) -> None:
    asked = hypothesis.settings(max_examples=count, database=None)
    of_the_session = law(modes=["session"])
    of_the_session.test(settings=asked)()
    asked(of_the_session.test())()
    assert [run.examples for run in heard] == [count, count]


def test_the_deadline_is_off(heard: List[LawRun]) -> None:
    hypothesis.settings(max_examples=1, deadline=0.001, database=None)(law(modes=["session"]).test())()
    assert heard[0].ok


def test_settings_may_not_be_given_twice() -> None:
    asked = hypothesis.settings(max_examples=2)
    with pytest.raises(InvalidArgument, match="already been decorated"):
        asked(law().test(settings=asked))


def test_a_seed_may_be_given_after_the_fact(heard: List[LawRun]) -> None:
    for _ in range(2):
        hypothesis.seed(3)(law(wrong_from(4), modes=["session"]).test(settings=hypothesis.settings(database=None)))
        test = hypothesis.seed(3)(
            law(modes=["session"]).test(settings=hypothesis.settings(database=None, max_examples=9))
        )
        test()
    assert heard[0].findings == heard[1].findings
    assert heard[0].cases == heard[1].cases


def test_an_example_may_be_given_after_the_fact(heard: List[LawRun]) -> None:
    at_nine = wrong_from(9)
    (way, *_) = executions(["session"], ["static"])
    settings = hypothesis.settings(max_examples=1, database=None, phases=[hypothesis.Phase.explicit])
    test = hypothesis.example(case=Case(9), execution=way)(law(at_nine, modes=["session"]).test(settings=settings))
    with pytest.raises(NotEquivalent, match=r"Case\(size=9\)"):
        test()
    assert not heard[0].ok


def test_listeners_are_those_of_the_module_that_imports_nothing() -> None:
    assert vars(examples)["listeners"] is listening.listeners


def test_pytest_collects_and_runs_a_law(
    pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch, heard: List[LawRun]
) -> None:
    pytester.makepyfile(
        test_law="""
        from hypothesis import settings, strategies as st
        from likewise import Law
        from likewise.claims.outputs import outputs

        law = Law("some-law", "it holds", cases=st.integers(), reference=int, candidate=int, claims=[outputs])
        test_some_law = settings(max_examples=3, database=None)(law.test())
        """
    )
    # No network is needed for it.
    comparison = Comparison({"outputs": Finding("outputs", "identical", 1)}, {}, ())
    monkeypatch.setattr(LawRun, "try_example", lambda run, case, way: run._tally([case], way, comparison))
    result = pytester.runpytest_inprocess("-p", "no:likewise", "-p", "no:xdist", "-p", "no:cacheprovider")
    result.assert_outcomes(passed=1)
    assert [run.law.name for run in heard] == ["some-law"]


@dataclass(frozen=True)
class Seeded:
    """A case with data, which decides numbers alone."""

    inputs: Tensor
    seed: int = data(default=0)


SEEDED = st.builds(Seeded, tensors((2, 3), kinds=("constant", "normal")), st.integers(0, 9))


def seeded(candidate: Any, reference: Any = plain) -> Law:
    return Law(
        "seeded", "twice is twice", SEEDED, reference, candidate, claims=[refusal, outputs], dimensions=["static"]
    )


@pytest.fixture
def graph_mode(modes: Tuple[str, ...]) -> str:
    return "session" if modes == ("session",) else "function"


def test_a_structure_is_built_once_and_run_with_several_draws(graph_mode: str) -> None:
    built: List[Any] = []

    def counted(case: Any) -> Any:
        built.append(case)
        return plain(case)

    found = run_law(seeded(counted), examples=3, modes=[graph_mode])
    assert found.ok
    assert len(built) == 1
    assert found.examples >= 3
    assert found.structures == 1
    assert found.cases > 2 * found.examples


def test_a_structure_that_served_other_cases_is_built_for_the_one_that_fails(graph_mode: str) -> None:
    """So whatever is told failed in two builds, and where only what ran before makes it fail, this is told."""
    built: List[Any] = []

    def wrong(case: Any) -> Any:
        built.append(case)
        tf = tensorflow()
        return lambda x: tf.where(tf.equal(tf.reduce_max(x), tf.reduce_min(x)), 2 * x, 2 * x + 1)

    found = run_law(seeded(wrong), examples=20, modes=[graph_mode], explain=False)
    assert found.failure is not None
    assert found.failure.case in built
    assert found.failure.case.inputs.kind == "normal"


def test_what_a_further_draw_shows_fails_by_itself(graph_mode: str) -> None:
    """The greatest of three normal numbers is seldom less than 0; the first draw, a constant, never is."""

    def wrong(case: Any) -> Any:
        tf = tensorflow()
        return lambda x: tf.where(tf.reduce_max(x) < tf.reduce_min(x) + 0.5, 2 * x, 2 * x + 1)

    found = run_law(seeded(wrong), examples=20, modes=[graph_mode], explain=False)
    assert found.failure is not None
    assert found.failure.claim == "outputs"
    assert not compare_in(
        [found.failure.way],
        Source("reference", plain, found.failure.case),
        Source("candidate", wrong, found.failure.case),
        claims=[outputs],
    )


def test_an_implementation_that_is_built_by_data(graph_mode: str) -> None:
    """It agrees for the data that it was built with, and for no other."""

    def by_data(case: Any) -> Any:
        wanted = float(case.inputs.array()[0, 0])
        tf = tensorflow()
        return lambda x: tf.where(tf.equal(x[0, 0], wanted), 2 * x, 3 * x)

    with pytest.raises(LawError, match="must not build by fields of the case that are data"):
        run_law(seeded(by_data), examples=20, modes=[graph_mode])


def test_structures_that_are_kept_change_no_verdict(graph_mode: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def squared(case: Any) -> Any:
        return lambda x: x * x

    def of_the_first(case: Any) -> Any:
        return lambda x: x * x[0, 0]  # the same for a constant alone

    def found() -> List[Tuple[List[str], Any]]:
        runs = [
            run_law(seeded(candidate, squared), examples=20, modes=[graph_mode], explain=False)
            for candidate in (squared, of_the_first)
        ]
        return [(run.problems, run.failure and (run.failure.case, run.failure.claim)) for run in runs]

    kept = found()
    keep = Kept.keep

    def keep_alone(kept: Kept, key: Any, structure: Any) -> None:
        kept.clear()
        keep(kept, key, structure)

    monkeypatch.setattr(Kept, "of", lambda _, key: None)
    monkeypatch.setattr(Kept, "keep", keep_alone)
    assert found() == kept
    assert [problems for problems, _ in kept] == [[], ["outputs does not hold"]]


@pytest.mark.usefixtures("eager")
def test_what_differs_when_it_is_called_a_second_time_shrinks_as_any_other() -> None:
    def counting(_: Any) -> Any:
        calls: List[Any] = []

        def call(x: Any) -> Any:
            calls.append(x)
            return x * 2 if len(calls) == 1 else x * 3

        return call

    found = run_law(seeded(counting), examples=10, modes=["eager"], explain=False)
    assert found.problems == ["outputs does not hold"]
    assert found.failure is not None
    assert found.failure.case == Seeded(Tensor((2, 3), "float32", "constant", 0))
