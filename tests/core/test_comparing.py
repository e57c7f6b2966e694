"""Two implementations and a case, all the way to a comparison."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any, Callable, Optional, Tuple

import numpy as np
import pytest

from likewise import NotEquivalent, assert_equivalent, bits, compare, names, outputs, refusal
from likewise.cell import current, keras, tensorflow
from likewise.comparing import DEFAULT_CLAIMS
from likewise.errors import InputError
from likewise.execution import usable_modes
from likewise.modes import xla

X = np.linspace(-1, 1, 24, dtype="float32").reshape(2, 4, 3)


@dataclass(frozen=True)
class Case:
    units: int = 2
    seed: int = 0

    @property
    def inputs(self) -> Any:
        return X

    def __repr__(self) -> str:
        return f"Case({self.units})"


def layer(case: Case) -> Any:
    return keras().layers.Dense(case.units)


def without_bias(case: Case) -> Any:
    return keras().layers.Dense(case.units, use_bias=False)


def plain() -> Any:
    return keras().layers.Dense(2)


def as_it_is(given: Any) -> Any:
    return given


def identity() -> Callable[..., Any]:
    return as_it_is


def test_all_that_this_cell_has_by_default(modes: Tuple[str, ...]) -> None:
    found = compare(layer, layer, Case())
    expected = [way for mode in modes for way in ([mode] if mode == "eager" else [mode, f"{mode}[unknown]"])]
    assert list(found.modes) == expected
    assert list(found.claims) == [claim.name for claim in DEFAULT_CLAIMS]
    assert found.claims["refusal"].compared == len(expected)
    assert found.claims["outputs"].compared == 16 * len(expected)
    assert found
    assert (found.verdict, found.broken, found.renames) == ("identical", [], {})
    assert (found.reference, found.candidate, found.case) == ("reference=layer", "candidate=layer", "Case(2)")
    assert found.cell == str(current())


def test_modes_and_dimensions_asked_for() -> None:
    found = compare(layer, layer, Case(), modes=["session"], dimensions=["unknown", "batch"])
    assert found.modes == ("session[unknown]", "session[batch]")


def test_xla_on_request() -> None:
    reason = xla.why_not(current())
    if reason is None:
        assert compare(layer, layer, Case(), modes=["xla"]).modes == ("xla",)
    else:
        with pytest.raises(InputError, match=re.escape(f"mode='xla', but {reason}")):
            compare(layer, layer, Case(), modes=["xla"])


def test_a_built_layer_leaves_the_session_out(modes: Tuple[str, ...]) -> None:
    found = compare(layer, plain(), Case(), dimensions=["static"])
    assert found.modes == (tuple(mode for mode in modes if mode != "session") or ("session",))
    assert found.verdict == "identical"


def test_a_difference_and_the_table_of_variables() -> None:
    found = compare(layer, without_bias, Case())
    assert not found
    assert found.verdict == "different"
    assert [finding.claim for finding in found.broken] == ["variables", "outputs"]
    text = str(found)
    assert text.startswith("candidate=without_bias against reference=layer: different\nin ")
    assert "\ncase: Case(2)\nvariables  different " in text
    assert "only the reference has dense/bias" in text
    assert re.search(r"\n    dense/bias\S* float32\[2\] +\| -\Z", text)


def test_renames() -> None:
    found = compare(layer, lambda case: keras().layers.Dense(2, name="head"), Case())
    assert {one.partition(":")[0]: other.partition(":")[0] for one, other in found.renames.items()} == {
        "dense/kernel": "head/kernel",
        "dense/bias": "head/bias",
    }
    assert "renames\n    dense/" in str(found)


@pytest.mark.parametrize("turned", [False, True])
def test_renames_are_the_same_whichever_mode_runs_first(turned: bool) -> None:
    """Graphs give another name to the second of two variables without one: so they are told as they are eagerly."""

    def build(*names: Optional[str]) -> Callable[[], Any]:
        def implementation() -> Any:
            tf = tensorflow()
            one, other = (tf.Variable(np.ones(3, "float32"), name=name) for name in names)
            return lambda x: x * tf.cast(one, x.dtype) + tf.cast(other, x.dtype)

        return implementation

    modes = usable_modes(current())
    sides = build(None, None), build("scale", "shift")
    found = compare(*sides, inputs=np.ones((2, 3), "float32"), modes=modes[::-1] if turned else modes)
    eager = modes[0] == "eager"
    second = "Variable:0 (1)" if eager else "Variable_1:0"
    assert found.renames == {"Variable:0": "scale:0", second: "shift:0"}


def test_inputs_go_before_the_case_s() -> None:
    found = compare(layer, layer, Case(), inputs=X[:1], modes=["session"], dimensions=["static"])
    assert found.claims["outputs"].compared == 8


def test_nested_inputs_and_outputs() -> None:
    def of_all() -> Any:
        return lambda given: {"sum": given["a"][0] + given["a"][1], "rest": (given["b"], None)}

    def in_another_order() -> Any:
        return lambda given: {"rest": [given["b"], None], "sum": given["a"][1] + given["a"][0]}

    inputs = {"b": np.arange(3), "a": (X, 2 * X)}
    found = compare(of_all, in_another_order, inputs=inputs, dimensions=["static"])
    assert found.verdict == "identical"
    assert found.claims["outputs"].compared == 27 * len(found.modes)


def test_the_seed_decides_the_values() -> None:
    def first_value(seed: Any, case_seed: int = 0) -> float:
        seen = []

        def note(value: Any) -> Any:
            seen.append(value)
            return value

        def noting(case: Case) -> Any:
            dense = keras().layers.Dense(2)
            return lambda video: tensorflow().numpy_function(note, [dense(video)], "float32")

        compare(
            noting, noting, Case(seed=case_seed), modes=["session"], dimensions=["static"], seed=seed, claims=[outputs]
        )
        return float(np.ravel(seen[0])[0])

    assert first_value(3) == first_value(None, case_seed=3) == first_value(3, case_seed=5)
    assert first_value(3) != first_value(4)
    assert first_value(0) == first_value(None)


def test_pairs_by_name() -> None:
    def one(video: Any) -> Any:
        a, b = (keras().layers.Dense(3, use_bias=False, name=name) for name in "ab")
        return b(a(video))

    def swapped(video: Any) -> Any:
        b, a = (keras().layers.Dense(3, use_bias=False, name=name) for name in "ba")
        b(video)
        return b(a(video))

    found = compare(one, swapped, inputs=X, dimensions=["static"])
    assert found.verdict == "different"  # the order of creation told them apart, and wrongly
    pair = {"a/kernel": "a/kernel", "b/kernel": "b/kernel"}
    assert compare(one, swapped, inputs=X, dimensions=["static"], pair=pair).verdict == "identical"


@pytest.mark.parametrize(
    "options, message",
    [
        ({"modes": ["eagre"]}, "modes='eagre', but expected one of eager, function, session, xla"),
        ({"modes": "session"}, "modes='session', but expected a sequence, such as modes=('session',)"),
        ({"dimensions": ["dynamic"]}, "dimensions='dynamic', but expected one of static, batch, steps, unknown"),
        ({"claims": []}, "nothing would be compared; give at least one claim and one mode"),
        ({"modes": []}, "nothing would be compared; give at least one claim and one mode"),
        ({"inputs": None}, "inputs=None and no case, so there is nothing to feed"),
        ({"inputs": object()}, "but expected an array, a number, an eager tensor"),
        ({"pair": {"x": "y"}}, "the reference has no variable 'x'; it has 'dense/kernel', 'dense/bias'"),
    ],
)
def test_questions_that_cannot_be_asked(options: Any, message: str) -> None:
    with pytest.raises(InputError, match=re.escape(message)):
        compare(plain, plain, **{"inputs": X, **options})


def test_assert_equivalent() -> None:
    assert assert_equivalent(layer, layer, Case(), modes=["session"]).verdict == "identical"
    with pytest.raises(NotEquivalent) as caught:
        assert_equivalent(layer, without_bias, Case(), modes=["session"])
    assert isinstance(caught.value, AssertionError)
    assert caught.value.comparison.verdict == "different"
    assert str(caught.value) == str(caught.value.comparison)


def test_assert_equivalent_hands_on_what_is_asked() -> None:
    renamed: Any = {
        "claims": [names.renamed({"dense": "head"})],
        "modes": ["session"],
        "dimensions": ["batch"],
        "seed": 1,
    }
    found = assert_equivalent(layer, lambda case: keras().layers.Dense(2, name="head"), Case(), **renamed)
    assert (list(found.claims), found.modes) == (["names"], ("session[batch]",))


def refusing() -> Any:
    raise ValueError("no such layer")


def test_both_refuse() -> None:
    found = compare(refusing, refusing, inputs=X)
    assert (found.verdict, bool(found), found.renames) == ("refused", True, {})
    assert "both sides raised, and nothing else was compared" in str(found)


@pytest.mark.parametrize("claims", [DEFAULT_CLAIMS, [outputs], [names]])
def test_one_refuses_whatever_is_claimed(claims: Any) -> None:
    found = compare(plain, refusing, inputs=X, claims=claims)
    assert not found
    assert [finding.claim for finding in found.broken] == ["refusal"]
    assert "the candidate raised ValueError: no such layer" in str(found)


def test_nothing_compared_is_no_agreement() -> None:
    with pytest.raises(NotEquivalent, match=r"names +not compared"):
        assert_equivalent(identity, identity, inputs=X, claims=[names])


def test_a_claim_that_the_cell_cannot_observe(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(type(bits), "why_not", lambda self, cell: "this cell has no bits")
    found = compare(identity, identity, inputs=X, claims=[bits, refusal])
    assert found.verdict == "identical"
    assert (found.claims["bits"].verdict, found.claims["bits"].message) == (None, "this cell has no bits")
