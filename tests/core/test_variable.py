"""Variables caught and described."""

from __future__ import annotations

import re
from typing import Any, List

import numpy as np
import pytest

from likewise.cell import fresh_names, keras, tensorflow
from likewise.errors import ImplementationError
from likewise.variable import Catch, Variable, describe, own_variables


def variable(name: str) -> Variable:
    return Variable(name, (2, 3), "float32", True, "weight")


@pytest.mark.parametrize(
    "name, role",
    [
        ("kernel", "kernel"),
        ("kernel:0", "kernel"),
        ("conv2d/kernel:0", "kernel"),
        ("time_distributed/conv2d_1/kernel:0", "kernel"),
        ("lstm/recurrent_kernel_2:0", "recurrent_kernel"),
        ("conv2d_3/bias_1:0", "bias"),
        ("layer_1/w2:0", "w2"),
    ],
)
def test_role(name: str, role: str) -> None:
    assert variable(name).role == role


def test_text() -> None:
    assert str(variable("a/kernel:0")) == "a/kernel:0 float32[2, 3]"
    assert str(Variable("mean", (), "float64", False, "weight")) == "mean float64[], not trainable"


def made_in_a_graph(**settings: Any) -> Variable:
    with tensorflow().Graph().as_default():
        return describe(tensorflow().compat.v1.get_variable(**settings))


def test_description() -> None:
    found = made_in_a_graph(name="kernel", shape=(2, 3), dtype="float32")
    assert found == Variable("kernel:0", (2, 3), "float32", True, "weight")
    assert found.to_json() == {
        "name": "kernel:0",
        "shape": (2, 3),
        "dtype": "float32",
        "trainable": True,
        "kind": "weight",
        "begins": None,
    }


@pytest.mark.parametrize(
    "name, dtype, kind",
    [
        ("iterations", "int64", "counter"),
        ("seed_generator_state", "int64", "rng"),
        ("seed_generator_state_1", "int64", "rng"),
        ("StateVar", "int64", "rng"),
        ("gamma", "float16", "weight"),
        ("gamma", "bfloat16", "weight"),
    ],
)
def test_kinds(name: str, dtype: str, kind: str) -> None:
    found = made_in_a_graph(
        name=name, shape=(2,), dtype=dtype, trainable=False, initializer=tensorflow().compat.v1.zeros_initializer()
    )
    assert (found.kind, found.dtype, found.trainable) == (kind, dtype, False)


def with_names(catch: Catch) -> List[str]:
    return [each.role for each in catch.described()]


def test_all_variables_made_within_are_caught_in_order() -> None:
    catch = Catch()
    with tensorflow().Graph().as_default():
        keras().layers.Dense(1).build((1, 2))
        with catch.catching():
            keras().layers.BatchNormalization().build((1, 2))
            keras().layers.Dense(1, use_bias=False).build((1, 2))
        keras().layers.Dense(1).build((1, 2))
    assert with_names(catch) == ["gamma", "beta", "moving_mean", "moving_variance", "kernel"]


def test_creations_are_answered_by_the_variables_of_the_first_time() -> None:
    catch = Catch()
    with tensorflow().Graph().as_default():
        with catch.catching():
            keras().layers.Dense(2).build((1, 3))
        with catch.reusing(0, "candidate=f"):
            again = keras().layers.Dense(2)
            again.build((1, 3))
    assert all(one is other for one, other in zip(own_variables(again), catch.made))
    assert len(catch.made) == 2


@pytest.mark.parametrize(
    "use_bias, bias_again, message",
    [
        (False, True, "candidate=f created one more variable"),
        (True, False, "candidate=f created 2 variables when it was first called, but 1 when it was called again"),
    ],
)
def test_other_variables_the_next_time(use_bias: bool, bias_again: bool, message: str) -> None:
    catch = Catch()
    with tensorflow().Graph().as_default():
        with catch.catching():
            keras().layers.Dense(2, use_bias=use_bias).build((1, 3))
        with pytest.raises(ImplementationError, match=re.escape(message)), catch.reusing(0, "candidate=f"):
            keras().layers.Dense(2, use_bias=bias_again).build((1, 3))


def test_none_created_again_is_how_a_built_layer_is_called() -> None:
    catch = Catch()
    with tensorflow().Graph().as_default():
        layer = keras().layers.Dense(2)
        with catch.catching():
            layer(np.ones((1, 3), "float32"))
        with catch.reusing(0, "candidate=f"):
            layer(np.ones((1, 3), "float32"))
    assert with_names(catch) == ["kernel", "bias"]


def test_a_sequential_that_is_not_built_has_no_variables_yet() -> None:
    assert own_variables(keras().Sequential([keras().layers.Dense(2)])) == []


def test_names_within_fresh_names_start_anew() -> None:
    names = []
    for _ in range(2):
        with tensorflow().Graph().as_default(), fresh_names():
            names.append([keras().layers.Dense(2).name, keras().layers.Dense(2).name])
    assert names == [["dense", "dense_1"]] * 2
