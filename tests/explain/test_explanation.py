"""An explanation as text and as builtin types; and that what goes wrong in one part is told."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from likewise.comparison import Comparison, Finding
from likewise.execution import Execution
from likewise.explaining import explained
from likewise.explanation import Apart, Condition, Explanation, LayerFault, OtherPairing, Smallest
from likewise.inputs import inputs_of
from likewise.program import NO_CASE, Source

FULL = Explanation(
    layer=LayerFault(
        "Conv2D 'conv2d' of the candidate, inside TimeDistributed 'time_distributed': its inputs agree, "
        "its output does not\n"
        "against Conv2D 'conv2d' of the reference; apart: the same bits before\n"
        "it gives the shape (1, 2), but (2, 1) there",
        "conv2d",
        "Conv2D",
        "candidate",
        ("TimeDistributed", "Conv2D"),
        "Conv2D 'conv2d'",
        before=Apart(0, 0.0),
    ),
    condition=Condition("all 57 with strides > 1; none of 43 others", "strides > 1", "", ("conv.strides",), 57, 43),
    smallest=Smallest(
        {"video": np.array([[0, 1.5], [0, 0]], "float32")},
        ({0: np.array([0.1], "float32")}, {0: np.array([0.1], "float32")}),
        (["kernel"], ["other/kernel"]),
        (2, 5),
        17,
        "",
    ),
    pairing=OtherPairing("the same network (identical); pair={'a': 'b'}", {"a": "b"}, "identical"),
    troubles=("the condition could not be found: ValueError: no",),
)


def test_text() -> None:
    lines = str(FULL).splitlines()
    assert len(lines) <= 10
    assert all(len(line) <= 100 for line in lines)
    assert [line.split()[0] for line in lines if line[:1] != " "] == [
        "layer",
        "condition",
        "pairing",
        "data",
        "trouble",
    ]
    assert "           inputs['video'][0, 1] = 1.5" in lines
    assert "           kernel[0] = 0.1" in str(replace(FULL, layer=None))


def test_nothing_is_told_of_what_is_not_known() -> None:
    assert not Explanation()
    assert str(Explanation()) == ""
    assert str(Explanation(layer=LayerFault("none: all outputs agree"))) == "layer      none: all outputs agree"


def test_json_holds_builtin_types() -> None:
    told = FULL.to_json()
    assert json.loads(json.dumps(told)) == told
    assert told["layer"]["path"] == ["TimeDistributed", "Conv2D"]
    assert told["condition"]["settings"] == ["conv.strides"]
    (video,) = told["smallest"]["inputs"]
    rest = {"shape": [2, 2], "dtype": "float32", "entries": [[[0, 1], 1.5]], "count": 1}
    assert video == {"name": "inputs['video']", **rest}
    assert told["smallest"]["values"][1][0]["name"] == "other/kernel"
    assert told["smallest"]["values"][1][0]["entries"] == [[[0], 0.1]]


def test_of_many_entries_few_are_kept() -> None:
    many, few = np.ones((30, 30), "float32"), np.array([2 + 1j, 0], "complex64")
    names = ["kernel", "bias"]
    values = {0: many, 1: np.ones(3, "int32")}
    smallest = Smallest((many, few, None, np.array([b"a"], object)), (values, {}), (names, []), (1805, 1805), 1, "")
    told = Explanation(smallest=smallest).to_json()["smallest"]
    assert json.loads(json.dumps(told)) == told
    assert [(each["name"], len(each["entries"]), each["count"]) for each in told["inputs"]] == [
        ("inputs[0]", 100, 900),
        ("inputs[1]", 0, 1),
        ("inputs[3]", 0, 1),
    ]
    assert [(len(each["entries"]), each["count"]) for each in told["values"][0]] == [(100, 900), (0, 3)]
    lines = str(Explanation(smallest=smallest)).splitlines()
    assert lines[1].endswith("inputs[0][0, 2] = 1.0, 899 more")
    assert lines[2].endswith("kernel[0, 2] = 1.0, 900 more")


def test_what_is_no_number_is_told_as_text() -> None:
    data = {"a": np.array(3, "int32"), "b": np.array([2 + 1j], "complex64"), "c": np.array([b"x"], object)}
    told = Explanation(smallest=Smallest(data, ({}, {}), ([], []), (3, 3), 1, "")).told
    assert told is not None
    assert [text for each in told.inputs for text in each.texts] == [
        "inputs['a'] = 3",
        "inputs['b'][0] = (2+1j)",
        "inputs['c'][0] = b'x'",
    ]


def test_what_the_candidate_alone_has_is_told() -> None:
    values = {0: np.array([4.0])}
    told = str(Explanation(smallest=Smallest(np.zeros(2), ({}, values), ([], ["extra"]), (1, 3), 1, "")))
    assert told.splitlines()[1:] == ["           all inputs are 0", "           extra[0] = 4.0"]


@pytest.mark.parametrize(
    "inputs, values, entries, lines",
    [
        (np.array([2.0, 0.0]), {}, (1, 2), ["1 of 2 entries of inputs are enough to differ, the others being 0"]),
        (np.array(2.0), {}, (1, 1), ["it differs with one entry of inputs, which is all that there is"]),
        ((), {0: np.array(3.0)}, (1, 1), ["it differs with one entry of variables, which is all that there is"]),
        ((np.zeros((0, 3)), np.zeros(2)), {0: np.zeros(0)}, (0, 2), ["it differs even where all inputs are 0"]),
        (np.ones(2), {0: np.ones(1)}, (3, 3), ["as far as was found, it takes all 3 entries of inputs and variables"]),
    ],
)
def test_nothing_is_told_of_inputs_and_variables_where_there_are_none(
    inputs: Any, values: Any, entries: Any, lines: Any
) -> None:
    smallest = Smallest(inputs, (values, values), (["v"] * len(values), ["v"] * len(values)), entries, 1, "")
    told = str(Explanation(smallest=smallest))
    assert all(line in told for line in lines), told
    assert ("inputs" in told) is any(np.size(each) for each in (inputs if isinstance(inputs, tuple) else [inputs]))
    assert ("variables" in told or "v = " in told) is any(np.size(each) for each in values.values())
    assert told.count("are 0") == (entries[0] == 0) * 2


def test_without_its_arrays_it_says_the_same() -> None:
    without = replace(FULL, smallest=FULL.told)
    assert (str(without), without.to_json()) == (str(FULL), FULL.to_json())


def test_a_comparison_tells_it() -> None:
    finding = Finding("outputs", "different", 3, message="they differ")
    plain = Comparison({"outputs": finding}, {}, ("eager",))
    told = replace(plain, explanation=FULL)
    assert str(FULL) in str(told)
    assert json.loads(json.dumps(told.to_json()))["explanation"] == FULL.to_json()
    assert plain.to_json()["explanation"] is None


def test_what_goes_wrong_in_one_part_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(_: Any) -> Any:
        raise ZeroDivisionError("by none\nand more")

    monkeypatch.setattr(explained, "layer_at_fault", fails)
    sides = Source("reference", lambda: lambda x: x), Source("candidate", lambda: lambda x: x + 1.0)
    found = explained.explained_in(Execution("session"), *sides, inputs_of(NO_CASE, np.ones(2, "float32")))
    assert found.layer is None
    assert found.troubles == ("the layer could not be found: ZeroDivisionError: by none",)
    assert "trouble    the layer could not be found" in str(found)
