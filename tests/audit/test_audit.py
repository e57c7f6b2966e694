"""Audits of tiny laws: what is killed, survives, is equivalent, and is unseen."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Callable, Dict, Tuple

import numpy as np
import pytest
from hypothesis import strategies as st

from likewise import Break, Law, bits, gradients, keras, outputs, refusal, shapes, updates, variables
from likewise import names as named
from likewise.auditing import audit as auditing
from likewise.auditing.audit import OUTCOMES, Audit, Outcome, audit_law
from likewise.auditing.mutant import Mutant
from likewise.cell import tensorflow
from likewise.errors import InputError, LawError

Made = Callable[..., Law]
Names = Callable[[Any], Tuple[str, ...]]

DOCS = Path(__file__).parents[2] / "docs" / "json.md"


def by_name(audit: Audit) -> Dict[str, Outcome]:
    return {each.mutant.name: each for each in audit.outcomes}


def test_a_law_that_can_fail(law: Made) -> None:
    audit = law().audit(examples=8)
    assert audit
    assert (audit.score, audit.survived, audit.unseen, audit.problems) == (1.0, [], [], [])
    found = by_name(audit)
    expected = {
        "zeroed dense/kernel": "outputs",
        "scaled dense/bias": "outputs",
        "swapped in dense/kernel": "outputs",
        "unshared dense/bias": "outputs",
        "untrained dense/kernel": "variables",
        "an extra variable": "variables",
        "channels permuted in the input": "outputs",
        "the input ignored": "outputs",
        "outputs transposed": "shapes",
        "outputs with a NaN": "outputs",
        "outputs of another dtype": "outputs",
        "layer.units changed": "variables",
        "layer.activation changed": "outputs",
        "layer.use_bias changed": "variables",
        "refusing": "refusal",
    }
    assert {name: found[name].claim for name in expected} == expected
    assert found["outputs missing"].claim in ("shapes", "outputs")
    assert all(1 <= each.examples <= 8 for each in audit.killed)


def test_examples_are_counted_to_the_kill(law: Made) -> None:
    audit = law().audit(examples=4)
    counts = sorted(each.examples for each in audit.killed)
    assert audit.examples == 4
    assert audit.median_examples == float(np.median(counts))
    assert by_name(audit)["refusing"].examples == 1


def test_a_law_whose_claims_miss_something(law: Made, names: Names) -> None:
    audit = law(claims=[shapes]).audit(examples=5)
    assert not audit
    assert audit.unseen == ["dense/kernel", "dense/bias"]
    assert {"zeroed dense/kernel", "the input ignored", "an extra variable"} <= set(names(audit.survived))
    assert by_name(audit)["outputs transposed"].claim == "shapes"
    assert by_name(audit)["refusing"].claim == "refusal"  # it is looked at unasked
    assert 0 < (audit.score or 0) < 1
    told = str(audit)
    assert "survived: zeroed dense/kernel (all its entries are 0): " in told
    assert "no claim sees the values of dense/kernel, dense/bias" in told
    assert re.search(r"entries of outputs, by up to \d", by_name(audit)["zeroed dense/kernel"].why)


def test_one_ulp_is_noticed_where_bits_are_claimed(law: Made) -> None:
    one = by_name(law(claims=[refusal, variables, outputs, bits]).audit(examples=3))["outputs off by one ULP"]
    other = by_name(law().audit(examples=3))["outputs off by one ULP"]
    assert (one.outcome, one.claim) == ("killed", "bits")
    assert (other.outcome, other.claim) == ("equivalent", None)
    assert other.why.startswith("within rounding in ")


def test_one_ulp_that_a_law_lets_pass(law: Made) -> None:
    audit = law(claims=[refusal, variables, outputs.within(ulps=4)]).audit(examples=3)
    assert by_name(audit)["outputs off by one ULP"].outcome == "equivalent"


def test_a_setting_that_does_not_matter(law: Made) -> None:
    audit = law().audit(examples=4)
    for name in ("layer.unused changed", "size changed"):
        outcome = by_name(audit)[name]
        assert (outcome.outcome, outcome.examples) == ("equivalent", audit.examples)
        assert outcome.why == f"the candidate computes what it did, bit for bit, in each of {audit.examples} examples"


def test_what_never_changes_is_tried_no_longer_than_that_shows_it(
    law: Made, case: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(auditing, "ENOUGH_UNCHANGED", 3)
    audit = law(cases=st.builds(case, st.integers(1, 9))).audit(examples=6)
    assert by_name(audit)["layer.unused changed"].examples == 3
    assert by_name(law(claims=[shapes]).audit(examples=6))["zeroed dense/kernel"].examples == 6


def test_values_that_stay_as_they_are(law: Made) -> None:
    def single(case: Any) -> Any:
        return keras().layers.Dense(3)

    audit = law(reference=single, candidate=single).audit(examples=3)
    assert by_name(audit)["transposed dense/kernel, axes 0 and 1"].outcome == "killed"

    def of_zeros(case: Any) -> Callable[[Any], Any]:
        moving = tensorflow().Variable(np.zeros((0, 3), "float32"), name="empty", trainable=False)
        return lambda numbers: numbers + tensorflow().reduce_sum(tensorflow().convert_to_tensor(moving))

    empty = by_name(law(reference=of_zeros, candidate=of_zeros).audit(examples=4))["zeroed empty"]
    assert (empty.outcome, empty.why) == ("equivalent", "the values are those that they were, in each of 4 examples")


def test_what_is_the_same_but_for_rounding(law: Made) -> None:
    @dataclass(frozen=True)
    class Sequence:
        steps: int

        @property
        def inputs(self) -> Any:
            return np.sin(np.arange(self.steps * 6, dtype="float32")).reshape(2, self.steps, 3)

    def mean(case: Any) -> Callable[[Any], Any]:
        return lambda numbers: tensorflow().reduce_mean(numbers, axis=1)

    audit = law(cases=st.builds(Sequence, st.integers(5, 30)), reference=mean, candidate=mean).audit(examples=5)
    assert audit
    for name in ("time reversed in the input", "a frame shifted in the input"):
        assert by_name(audit)[name].outcome == "equivalent"
        assert by_name(audit)[name].why.startswith("within rounding in ")
    assert by_name(audit)["batch and time mixed up in the input"].claim == "outputs"


def test_a_variable_that_is_of_no_use(law: Made) -> None:
    def useless(case: Any) -> Callable[[Any], Any]:
        layer, variable = keras().layers.Dense(2), tensorflow().Variable([1.0, 2.0], name="useless")
        return lambda numbers: layer(numbers) + 0.0 * tensorflow().convert_to_tensor(variable)

    audit = law(reference=useless, candidate=useless).audit(examples=5)
    assert not audit
    assert audit.unseen == ["useless"]
    assert by_name(audit)["zeroed useless"].why == "its values, and nothing that is computed from them"


def test_a_change_of_a_variable_that_nothing_comes_of(law: Made) -> None:
    def summed(case: Any) -> Callable[[Any], Any]:
        kernel = tensorflow().Variable(np.zeros((2, 2), "float32"), name="kernel")
        return lambda numbers: numbers * tensorflow().reduce_max(tensorflow().convert_to_tensor(kernel))

    audit = law(reference=summed, candidate=summed).audit(examples=4)
    assert audit
    outcome = by_name(audit)["transposed kernel, axes 0 and 1"]
    assert (outcome.outcome, outcome.examples) == ("equivalent", 4)
    assert by_name(audit)["zeroed kernel"].outcome == "killed"


def test_cases_that_are_no_dataclasses(law: Made) -> None:
    class Plain:
        def __init__(self, size: int) -> None:
            self.inputs = np.cos(np.arange(size * 3, dtype="float32").reshape(size, 3))

    audit = law(cases=st.builds(Plain, st.integers(1, 5))).audit(examples=4)
    assert audit
    kinds = {each.mutant.kind for each in audit.outcomes}
    assert kinds == {each.KIND for each in auditing.KINDS} - {"settings"}


def test_a_law_that_refuses_everything(law: Made, names: Names) -> None:
    def refused(case: Any) -> Any:
        raise TypeError("never")

    audit = law(reference=refused, candidate=refused, claims=[refusal]).audit(examples=3)
    assert audit
    assert names(audit.killed) == ("not refusing",)
    assert audit.killed[0].claim == "refusal"
    assert by_name(audit)["the input ignored"].why == "the candidate raises as it did, in each of 3 examples"


def test_a_candidate_that_refuses_while_it_is_called(law: Made, names: Names) -> None:
    def refused(case: Any) -> Callable[[Any], Any]:
        layer = keras().layers.Dense(2)
        return lambda numbers: layer(numbers[0, 0])

    audit = law(reference=refused, candidate=refused, claims=[refusal]).audit(examples=3)
    assert names(audit.killed) == ("not refusing",)


def test_a_break_notices_no_mutant(law: Made, case: Any, names: Names) -> None:
    def wrong(of: Any) -> Callable[[Any], Any]:
        layer = keras().layers.Dense(2)
        return lambda numbers: layer(numbers) + (1.0 if of.size < 5 else 0.0)

    def right(of: Any) -> Any:
        return keras().layers.Dense(2)

    broken = law(
        cases=st.builds(case, st.integers(1, 9)),
        reference=right,
        candidate=wrong,
        breaks=[Break(outputs, "one too many", when=lambda of: of.size < 5)],
    )
    audit = broken.audit(examples=9)
    assert audit
    sizes = [of.size for of, _ in auditing._drawn(broken, audit.ways, 9, 0)]
    noticed = [each for each in audit.killed if each.claim == "outputs"]
    assert noticed
    assert all(sizes[each.examples - 1] >= 5 for each in noticed)
    everywhere = replace(broken, breaks=[Break(outputs, "one too many, or none")])
    blind = everywhere.audit(examples=3)
    assert blind.unseen == ["dense/kernel", "dense/bias"]
    assert {"the input ignored", "outputs with a NaN"} <= set(names(blind.survived))


def test_a_break_of_names_hides_no_rounding(law: Made) -> None:
    def renamed(of: Any) -> Any:
        return keras().layers.Dense(of.layer.units, activation=of.layer.activation, name="other")

    claims = [refusal, variables, shapes, outputs, named]
    audit = law(candidate=renamed, claims=claims, breaks=[Break(named, "it is renamed")]).audit(examples=3)
    assert by_name(audit)["outputs off by one ULP"].outcome == "equivalent"


def test_a_law_that_does_not_hold(law: Made) -> None:
    def wrong(of: Any) -> Callable[[Any], Any]:
        layer = keras().layers.Dense(of.layer.units)
        return lambda numbers: layer(numbers) + 1.0

    audit = law(candidate=wrong).audit(examples=3)
    assert not audit
    assert audit.problems == ["outputs does not hold without any mutant; see: likewise run dense-is-dense"]
    assert not [each for each in audit.killed if each.claim == "outputs"]


def test_a_mutant_that_cannot_be_paired(law: Made) -> None:
    audit = law(pair={"dense/kernel": "dense/kernel", "dense/bias": "dense/bias"}).audit(examples=5)
    outcome = by_name(audit)["layer.use_bias changed"]
    assert (outcome.outcome, outcome.claim) == ("killed", None)
    assert "the candidate has no variable 'dense/bias'" in outcome.why


def test_gates_are_permuted(law: Made, names: Names) -> None:
    @dataclass(frozen=True)
    class Sequence:
        units: int

        @property
        def inputs(self) -> Any:
            return np.sin(np.arange(24, dtype="float32")).reshape(2, 4, 3)

    def lstm(case: Any) -> Callable[[Any], Any]:
        # Written out, since Keras 3 runs none in TF1 graphs.
        tf, units = tensorflow(), case.units
        shapes = {"kernel": (3, 4 * units), "recurrent_kernel": (units, 4 * units), "bias": (4 * units,)}
        made = {role: tf.Variable(np.zeros(each, "float32"), name=f"lstm/{role}") for role, each in shapes.items()}

        def call(numbers: Any) -> Any:
            kernel, recurrent, bias = (tf.convert_to_tensor(each) for each in made.values())
            carry = hidden = tf.zeros([2, units])
            for step in range(4):
                gates = tf.matmul(numbers[:, step], kernel) + tf.matmul(hidden, recurrent) + bias
                of_input, of_forget, of_cell, of_output = tf.split(gates, 4, axis=-1)
                carry = tf.sigmoid(of_forget) * carry + tf.sigmoid(of_input) * tf.tanh(of_cell)
                hidden = tf.sigmoid(of_output) * tf.tanh(carry)
            return hidden

        return call

    audit = law(cases=st.builds(Sequence, st.integers(2, 3)), reference=lstm, candidate=lstm).audit(examples=4)
    permuted = [name for name in names(audit.killed) if name.startswith("permuted gates of ")]
    assert [name.rpartition("/")[2] for name in permuted] == ["kernel", "recurrent_kernel", "bias"]


def test_what_is_not_claimed(law: Made) -> None:
    outcome = by_name(law().audit(examples=2))["gradient stopped"]
    assert (outcome.outcome, outcome.examples) == ("not claimed", 0)
    assert outcome.why == "the law does not claim gradients or training"


def test_what_only_training_and_gradients_tell(law: Made) -> None:
    def normalized(case: Any) -> Callable[[Any], Any]:
        layers = [keras().layers.Dense(2), keras().layers.BatchNormalization()]
        return lambda numbers: layers[1](layers[0](numbers))

    claims = [refusal, variables, shapes, outputs, gradients, updates]
    learning = law(reference=normalized, candidate=normalized, claims=claims)
    found = by_name(learning.audit(examples=4))
    assert {name: found[name].claim for name in ("gradient stopped", "training flag lost", "updates lost")} == {
        "gradient stopped": "gradients",
        "training flag lost": "updates",
        "updates lost": "updates",
    }
    plain = by_name(law(claims=claims).audit(examples=3))
    assert plain["training flag lost"].outcome == "equivalent"
    assert plain["updates lost"].outcome == "not made"


def test_what_has_no_place() -> None:
    outcome = Outcome(Mutant("none", "settings", "nothing"))
    outcome.conclude(seen=False)
    assert (outcome.outcome, outcome.why) == ("not made", "no example has a place for it")


def test_a_law_without_mutants(law: Made, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(auditing, "KINDS", ())
    audit = law().audit(examples=2)
    assert not audit
    assert audit.score is None
    assert audit.median_examples is None
    assert audit.problems == ["no mutant could be killed, so nothing shows that the law can fail"]


def test_a_seed_decides(law: Made) -> None:
    def told(seed: int) -> Any:
        untimed = {"seconds": 0, "structures_per_second": 0, "cases_per_second": 0}
        return {**law().audit(examples=5, seed=seed).to_json(), **untimed}

    assert told(3) == told(3)


def test_progress_is_told_after_each_example(law: Made) -> None:
    seen = []
    audit_law(law(), examples=4, progress=lambda audit: seen.append(audit.examples))
    assert seen == [1, 2, 3, 4]


def test_bad_arguments(law: Made) -> None:
    with pytest.raises(LawError, match="examples=0"):
        law().audit(examples=0)
    with pytest.raises(InputError, match="modes='lazy'"):
        law().audit(modes=["lazy"])
    with pytest.raises(LawError, match="cannot be drawn from"):
        law(cases=st.nothing()).audit()


def documented(heading: str) -> Dict[str, str]:
    """The fields in the table below a heading of docs/json.md, with what they mean."""
    (section,) = re.findall(
        rf"^##+ {heading}.*?$(.*?)(?=^##|\Z)", DOCS.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL
    )
    return dict(re.findall(r"^\| `(\w+)` \| [^|]* \| (.*) \|$", section, re.MULTILINE))


def test_every_field_is_documented(law: Made) -> None:
    record = law().audit(examples=2).to_json()
    assert list(record) == list(documented("`audits`"))
    fields = documented(r"`audits\[\].mutants`")
    assert list(record["mutants"][0]) == list(fields)
    assert re.findall(r'`"([a-z ]+)"`', fields["outcome"]) == list(OUTCOMES)
    assert re.findall(r'`"([a-z]+)"`', fields["kind"]) == [kind.KIND for kind in auditing.KINDS]
