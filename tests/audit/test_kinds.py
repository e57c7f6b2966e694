"""Mutants of what thresholds, single calls and plain outputs do not show; each is noticed by the claim about it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Callable, Dict

import numpy as np
import pytest
from hypothesis import strategies as st

from likewise import Law, config, keras, outputs, refusal, repeat, saving, variables
from likewise.auditing.audit import audit_law
from likewise.cell import tensorflow

Made = Callable[..., Law]


@dataclass(frozen=True)
class Steps:
    """Sequences of which some steps are all zeros, and others all ones."""

    batch: int

    @property
    def inputs(self) -> Any:
        array = np.sin(np.arange(self.batch * 8, dtype="float32")).reshape(self.batch, 4, 2)
        array[0, 1], array[-1, 2] = 0.0, 1.0
        return array


STEPS = st.builds(Steps, st.integers(1, 4))


def named(law: Law, *names: str, examples: int = 8) -> Any:
    """The outcome of the mutant of this name; of several names, a list."""
    outcomes = {each.mutant.name: each for each in audit_law(law, examples=examples).outcomes}
    found = [outcomes[name] for name in names]
    return found if len(found) > 1 else found[0]


def summed(bias: float = 0.0) -> Callable[[Any], Callable[[Any], Any]]:
    """A function with a variable, which sums the steps."""

    def build(case: Any) -> Callable[[Any], Any]:
        scale = tensorflow().Variable(1.0, name="scale")
        return lambda x: tensorflow().reduce_sum(x * tensorflow().convert_to_tensor(scale), 1) + bias

    return build


def steps(law: Made, **settings: Any) -> Law:
    return law(**{"cases": STEPS, "reference": summed(), "candidate": summed(), **settings})


@pytest.mark.usefixtures("eager")
def test_a_call_that_is_wrong_at_times(law: Made) -> None:
    found = named(steps(law), "each seventh call wrong", examples=12)
    assert (found.outcome, found.claim) == ("killed", "outputs")


@pytest.mark.usefixtures("eager")
def test_a_state_that_is_kept_takes_a_second_call(law: Made) -> None:
    assert named(steps(law), "a state kept").outcome == "not claimed"
    found = named(steps(law, claims=[refusal, variables, outputs, repeat]), "a state kept")
    assert (found.outcome, found.claim) == ("killed", "repeat")


def test_an_entry_that_sees_another(law: Made) -> None:
    found = named(steps(law), "entries mixed up")
    assert (found.outcome, found.claim) == ("killed", "outputs")


def test_an_entry_beside_a_great_one(law: Made) -> None:
    def beside(case: Any) -> Callable[[Any], Any]:
        tf, of = tensorflow(), summed()(case)

        def call(x: Any) -> Any:
            y = of(x)
            return tf.concat([y, tf.fill(tf.shape(y[:, :1]), tf.constant(1e30, y.dtype))], -1)

        return call

    found = named(steps(law, reference=beside, candidate=beside), "one entry of outputs wrong")
    assert (found.outcome, found.claim) == ("killed", "outputs")


def test_digits_that_are_lost(law: Made) -> None:
    found = named(steps(law), "digits of outputs lost")
    assert (found.outcome, found.claim) == ("killed", "precision")
    found = named(steps(law, claims=[refusal, variables, outputs]), "digits of outputs lost")
    assert found.outcome == "not claimed"


def masked(case: Any) -> Any:
    return keras().Sequential([keras().layers.Masking(0.0), keras().layers.SimpleRNN(2)])


def test_masks_that_a_layer_makes(law: Made) -> None:
    names = "mask dropped", "mask value changed"
    found = named(steps(law, reference=masked, candidate=masked), *names)
    assert [(each.outcome, each.claim) for each in found] == [("killed", "outputs")] * 2
    assert [each.outcome for each in named(steps(law), *names)] == ["not made"] * 2


def dense(case: Any) -> Any:
    return keras().layers.Dense(2, use_bias=False)


def test_a_setting_that_a_config_loses(law: Made) -> None:
    found = named(
        steps(law, reference=dense, candidate=dense, claims=[outputs, config]), "a setting lost from the config"
    )
    assert (found.outcome, found.claim) == ("killed", "config")


def test_variables_that_are_not_kept(law: Made) -> None:
    claims = [outputs, saving.by("tf.train.Checkpoint")]
    found = named(steps(law, reference=dense, candidate=dense, claims=claims), "variables not kept")
    assert (found.outcome, found.claim) == ("killed", "saving")


def test_functions_keep_nothing_by_themselves(law: Made) -> None:
    names: Dict[str, Any] = {
        "a setting lost from the config": config,
        "variables not kept": saving.by("tf.train.Checkpoint"),
    }
    for name, claim in names.items():
        assert named(steps(law, claims=[outputs, claim]), name, examples=2).outcome == "not made"
