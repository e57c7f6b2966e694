"""At which examples it is looked at what claims do not compare."""

from __future__ import annotations

from typing import List

from likewise.evidence.looks import DOUBTED, EAGER, Looks


def looked(
    looks: Looks, examples: int, *, graphs: bool = False, doubtful: bool = False, failing: bool = False
) -> List[int]:
    """The examples, counted from 1, at which it was looked."""
    due = [looks.due(graphs=graphs, doubtful=doubtful, failing=failing) for _ in range(examples)]
    assert (looks.taken, looks.left_out) == (sum(due), examples - sum(due))
    return [number for number, each in enumerate(due, 1) if each]


def test_in_graphs_at_each_example() -> None:
    assert looked(Looks(8, 3), 5, graphs=True) == [1, 2, 3]


def test_eagerly_at_few() -> None:
    assert looked(Looks(3, 99), 4 * EAGER) == [1, EAGER + 1, 2 * EAGER + 1]


def test_what_would_be_told_is_looked_at_again() -> None:
    assert looked(Looks(4, 99), 2 * EAGER, doubtful=True) == [1, DOUBTED, DOUBTED + 1, DOUBTED + 2]


def test_what_would_fail_the_run_is_looked_at_until_it_is_sure() -> None:
    assert looked(Looks(12, 99), EAGER, failing=True) == list(range(1, 13))
