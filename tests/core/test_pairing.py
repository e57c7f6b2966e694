"""Which variable is which."""

from __future__ import annotations

import re
from typing import Any, List, Sequence, Tuple

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from likewise.errors import InputError
from likewise.pairing import Pairing, pair_variables
from likewise.variable import Variable

FEWER = settings(max_examples=50)  # small values: what there is to find is found soon


def variable(name: str, *shape: int, dtype: str = "float32", trainable: bool = True, kind: str = "weight") -> Variable:
    return Variable(name, shape, dtype, trainable, kind)


VARIABLES = st.lists(
    st.builds(
        Variable,
        name=st.builds("{}/{}:0".format, st.sampled_from("ab"), st.sampled_from(["kernel", "bias", "gamma"])),
        shape=st.sampled_from([(), (2,), (2, 3)]),
        dtype=st.sampled_from(["float32", "float64"]),
        trainable=st.booleans(),
        kind=st.sampled_from(["weight", "weight", "rng", "counter"]),
    ),
    max_size=6,
)


def paired(reference: Sequence[Variable], candidate: Sequence[Variable], **pair: str) -> List[Tuple[str, str]]:
    pairing = pair_variables(reference, candidate, pair)
    return [(pairing.reference[one].name, pairing.candidate[other].name) for one, other in pairing.pairs]


@FEWER
@given(VARIABLES, VARIABLES)
def test_every_variable_appears_once(reference: List[Variable], candidate: List[Variable]) -> None:
    pairing = pair_variables(reference, candidate)
    assert sorted([*(one for one, _ in pairing.pairs), *pairing.only_reference]) == list(range(len(reference)))
    assert sorted([*(other for _, other in pairing.pairs), *pairing.only_candidate]) == list(range(len(candidate)))
    assert len(pairing.table()) == len(pairing.pairs) + len(pairing.only_reference) + len(pairing.only_candidate)


@FEWER
@given(VARIABLES, VARIABLES)
def test_pairing_is_the_same_in_both_directions(reference: List[Variable], candidate: List[Variable]) -> None:
    there, back = pair_variables(reference, candidate), pair_variables(candidate, reference)
    assert sorted((one, other) for other, one in back.pairs) == list(there.pairs)
    assert (back.only_candidate, back.only_reference) == (there.only_reference, there.only_candidate)


@FEWER
@given(VARIABLES, VARIABLES)
def test_a_kind_is_never_paired_with_another(reference: List[Variable], candidate: List[Variable]) -> None:
    for one, other in pair_variables(reference, candidate).pairs:
        assert reference[one].kind == candidate[other].kind


@FEWER
@given(VARIABLES.flatmap(lambda variables: st.tuples(st.just(variables), st.permutations(variables))))
def test_a_permutation_is_paired_whole(both: Any) -> None:
    reference, candidate = both
    pairing = pair_variables(reference, candidate)
    assert not pairing.only_reference + pairing.only_candidate
    for one, other in pairing.pairs:
        mine, its = reference[one], candidate[other]
        assert (mine.role, mine.shape, mine.dtype, mine.trainable) == (its.role, its.shape, its.dtype, its.trainable)


@FEWER
@given(VARIABLES)
def test_the_same_variables_are_paired_in_order_and_renamed_in_nothing(variables: List[Variable]) -> None:
    pairing = pair_variables(variables, variables)
    assert pairing.pairs == tuple((place, place) for place in range(len(variables)))
    assert pairing.renames == {}


@FEWER
@given(VARIABLES, VARIABLES)
def test_ambiguous_groups_are_pairs_that_could_be_otherwise(
    reference: List[Variable], candidate: List[Variable]
) -> None:
    pairing = pair_variables(reference, candidate)
    for group in pairing.ambiguous:
        assert len(group) > 1
        assert set(group) <= set(pairing.pairs)
        assert len({reference[one].kind for one, _ in group}) == 1


def test_role_tells_two_of_one_shape_apart() -> None:
    reference = variable("a/gamma:0", 2), variable("a/beta:0", 2)
    candidate = variable("b/beta:0", 2), variable("b/gamma:0", 2)
    pairing = pair_variables(reference, candidate)
    assert pairing.pairs == ((0, 1), (1, 0))
    assert pairing.ambiguous == ()
    assert pairing.renames == {"a/gamma:0": "b/gamma:0", "a/beta:0": "b/beta:0"}


def test_renames_are_of_weights_and_lose_none_of_a_name_that_occurs_twice() -> None:
    whole, others = (
        [
            variable(f"{name}/steps:0", dtype="int64", kind="counter"),
            variable(f"{name}/seed_generator_state:0", 2, dtype="int64", kind="rng"),
        ]
        for name in "ab"
    )
    reference = variable("Variable:0", 2), variable("Variable:0", 2), *whole
    candidate = variable("scale:0", 2), variable("shift:0", 2), *others
    assert pair_variables(reference, candidate).renames == {"Variable:0": "scale:0", "Variable:0 (1)": "shift:0"}


def test_shape_tells_two_of_one_role_apart() -> None:
    reference = variable("a/kernel:0", 2, 3), variable("b/kernel:0", 3, 2)
    assert pair_variables(reference, reference[::-1]).pairs == ((0, 1), (1, 0))


def test_shape_pairs_what_has_another_role() -> None:
    assert paired([variable("w:0", 2, 3)], [variable("dense/kernel:0", 2, 3)]) == [("w:0", "dense/kernel:0")]


def test_role_pairs_what_has_another_shape() -> None:
    reference = variable("a/kernel:0", 2, 3), variable("a/bias:0", 3)
    candidate = variable("b/kernel:0", 2, 4), variable("b/bias:0", 4)
    assert paired(reference, candidate) == [("a/kernel:0", "b/kernel:0"), ("a/bias:0", "b/bias:0")]


def test_order_decides_among_equals_and_is_noted() -> None:
    reference = [variable(f"{name}/kernel:0", 2) for name in "ab"]
    candidate = [variable(f"{name}/kernel:0", 2) for name in "cd"]
    pairing = pair_variables(reference, candidate)
    assert pairing.pairs == ((0, 0), (1, 1))
    assert pairing.ambiguous == (((0, 0), (1, 1)),)


def test_what_is_alone_stands_in_the_table() -> None:
    pairing = pair_variables([variable("a/kernel:0", 2), variable("a/bias:0", 3)], [variable("b/kernel:0", 2)])
    assert (pairing.only_reference, pairing.only_candidate) == ((1,), ())
    assert pairing.table() == (("a/kernel:0 float32[2]", "b/kernel:0 float32[2]"), ("a/bias:0 float32[3]", "-"))
    back = pair_variables([variable("b/kernel:0", 2)], [variable("a/kernel:0", 2), variable("a/bias:0", 3)])
    assert back.table()[-1] == ("-", "a/bias:0 float32[3]")


def test_random_states_are_paired_but_not_renamed() -> None:
    pairing = pair_variables([variable("a/s:0", 2, kind="rng")], [variable("b/s:0", 2, kind="rng")])
    assert pairing.pairs == ((0, 0),)
    assert pairing.renames == {}


@pytest.mark.parametrize("suffix", ["", ":0"])
def test_an_explicit_pair_goes_before_all_signs(suffix: str) -> None:
    reference = variable("a/kernel:0", 2), variable("b/kernel:0", 2)
    candidate = variable("c/kernel:0", 2), variable("d/kernel:0", 2)
    asked = {"a/kernel" + suffix: "d/kernel" + suffix}
    assert paired(reference, candidate, **asked) == [("a/kernel:0", "d/kernel:0"), ("b/kernel:0", "c/kernel:0")]
    assert pair_variables(reference, candidate, asked).ambiguous == ()


@pytest.mark.parametrize(
    "pair, message",
    [
        ({"x": "c"}, "pair={'x': 'c'}, but the reference has no variable 'x'; it has 'a', 'b'"),
        ({"a": "x"}, "pair={'a': 'x'}, but the candidate has no variable 'x'; it has 'c', 'd'"),
        ({"a": "c", "b": "c"}, "names variable 0 of the candidate more than once; name each once"),
        ({"a": "c", "a:0": "d"}, "names variable 0 of the reference more than once; name each once"),
    ],
)
def test_names_that_cannot_be_paired(pair: Any, message: str) -> None:
    reference, candidate = [variable("a:0", 2), variable("b:0", 2)], [variable("c:0", 2), variable("d:0", 2)]
    with pytest.raises(InputError, match=re.escape(message)):
        pair_variables(reference, candidate, pair)


def test_a_name_in_an_empty_program() -> None:
    with pytest.raises(InputError, match="the reference has no variable 'a'; it has none"):
        pair_variables([], [], {"a": "b"})


def test_no_variables_are_a_pairing() -> None:
    assert pair_variables([], []) == Pairing((), (), (), (), (), ())


def test_values_by_the_names_of_the_reference() -> None:
    one = (
        variable("a/kernel:0", 1, 2, 3),
        variable("b/bias:0", 3),
        variable("b/bias:0", 3),
        variable("step:0", kind="counter"),
    )
    other = (
        variable("x/bias:0", 3),
        variable("x/kernel:0", 2, 3),
        variable("y/bias:0", 3),
        variable("step:0", kind="counter"),
    )
    pairing = pair_variables(one, other)
    kernel, first, second = np.ones((2, 3)), np.zeros(3), np.ones(3)
    found = pairing.by_name(1, {0: first, 1: kernel, 2: second, 3: np.ones(())})
    assert list(found) == ["a/kernel:0", "b/bias:0", "b/bias:0 (2)"]
    assert found["a/kernel:0"].shape == (1, 2, 3)
    assert (found["b/bias:0"] is first, found["b/bias:0 (2)"] is second) == (True, True)
    assert pairing.by_name(0, {0: None})["a/kernel:0"] is None
    assert pairing.by_name(0, {}, where=lambda each: each.role == "kernel") == {"a/kernel:0": None}
