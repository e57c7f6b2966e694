"""The page of a failure: what it tells, and that nothing in it is more than text."""

from __future__ import annotations

import re
import subprocess
import sys
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path
from typing import Any, Callable, Dict, List, Tuple

import numpy as np
import pytest

from likewise.errors import WitnessError
from likewise.explanation import Explanation, Smallest
from likewise.report.heat import ALONE
from likewise.report.html import page, write_page
from likewise.witness.file import Checked, WitnessFile


class Elements(HTMLParser):
    """The elements of a page: their names, attributes and texts."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: List[str] = []
        self.found: List[Tuple[str, Dict[str, Any]]] = []
        self.texts: List[Tuple[str, str]] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: Any) -> None:
        self.found.append((tag, dict(attrs)))
        if tag not in ("meta", "rect", "path"):
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: Any) -> None:
        self.found.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if data.strip():
            self.texts.append((self.open[-1] if self.open else "", data.strip()))

    def all(self, tag: str) -> List[Dict[str, Any]]:
        return [attributes for name, attributes in self.found if name == tag]

    def of(self, tag: str) -> List[str]:
        return [text for name, text in self.texts if name == tag]


def rows(text: str, heading: str) -> List[List[str]]:
    """The cells of the first table below a heading."""
    table = text.partition(f'id="{heading}"')[2].partition("</table>")[0]
    body = table.partition("<tbody>")[2] or table
    return [
        [re.sub("<[^>]*>", "", cell).strip() for cell in re.findall(r"<t[hd][^>]*>(.*?)</t[hd]>", row, re.DOTALL)]
        for row in body.split("<tr>")[1:]
    ]


def test_every_element_is_closed(video: WitnessFile) -> None:
    assert Elements(page(video)).open == []


def test_what_the_page_tells(witness: Callable[..., WitnessFile]) -> None:
    text = page(witness())
    elements = Elements(text)
    assert elements.of("h1") == ["some-law"]
    assert "outputs differ" in "".join(elements.of("pre"))
    assert rows(text, "claims") == [
        ["outputs", "≠ different", "2", "", "", ""],
        ["names", "= identical", "2", "", "", ""],
    ]
    assert rows(text, "variables") == [
        ["conv2d/kernel:0 float32[1, 1, 1, 2]", "dense/kernel:0 float32[1, 1, 1, 2]", "renamed"]
    ]
    assert ["tensorflow", "2.15.1"] in rows(text, "where")
    assert "ConvVideo(" in text
    assert "likewise replay some-law-outputs-tensorflow-2.15.1-keras-2.15.0-v2-strict-py311.npz --script" in text
    assert "The script shows no candidate: a graph cannot be built: it is eager" in text


def test_why_it_differs(witness: Callable[..., WitnessFile], explanation: Explanation) -> None:
    text = page(witness(explanation=explanation))
    elements = Elements(text.partition('<section aria-labelledby="why">')[2].partition("</section>")[0])
    assert elements.of("dt") == ["first layer", "condition", "other pairing", "smallest data", "trouble"]
    assert elements.of("p") == [
        "Conv2D 'conv2d' of the candidate: its inputs agree, its output does not",
        "against Dense 'dense' of the reference; apart: the same bits before, 3 ULP, inf absolute after",
        "all 57 with strides > 1; none of 43 others",
        "the same network (identical); pair={'a': 'b'}",
        "4 of 8 entries of inputs and variables are enough to differ, the others being 0",
        "it was late",
    ]
    assert elements.of("pre") == [
        "inputs['on'] = True\ninputs['video'][0, 1] = 1.5",
        "conv2d/kernel[0, 0] = 0.1\nconv2d/kernel[2, 0] = nan",
    ]


def test_what_is_not_known_is_not_told(witness: Callable[..., WitnessFile], explanation: Explanation) -> None:
    text = page(witness(explanation=Explanation(condition=explanation.condition)))
    assert text.count("<dt>") == 1
    for nothing in (None, Explanation()):
        assert 'id="why"' not in page(witness(explanation=nothing))


def test_of_many_entries_few_are_told(witness: Callable[..., WitnessFile]) -> None:
    many = Smallest(np.ones((20, 20)), ({}, {}), ([], []), (400, 400), 1, "")
    text = page(witness(explanation=Explanation(smallest=many)))
    assert "inputs[0, 11] = 1.0\n… and 388 more of the inputs</pre>" in text
    assert "variables" not in text.partition('id="why"')[2].partition("</section>")[0], "there are none"


def test_what_was_checked_is_named(witness: Callable[..., WitnessFile]) -> None:
    assert ".npz --reference a:b --candidate a:c</pre>" in page(witness(check=Checked("a:b", "a:c")))


def test_a_law_of_the_user_has_to_be_named(witness: Callable[..., WitnessFile]) -> None:
    assert ".npz --law MODULE:NAME</pre>" in page(witness())
    assert ".npz</pre>" in page(replace(witness(), law="time-distributed-conv2d"))


def test_heat_maps(video: WitnessFile) -> None:
    elements = Elements(page(video))
    squares = [each["class"] for each in elements.all("rect")]
    assert f"l{ALONE}" in squares
    assert {"l0", "l8"} < set(squares)
    titles = elements.of("title")
    assert "[1, 2, 3, 4, 1]: 1.0, but 0.0 in the reference, 1 apart" in titles
    assert "[0, 1, 1, 2, 0]: nan, but 0.0 in the reference" in titles
    assert "[0, 2]: missing, but 2.0 in the reference" in titles
    labels = [each["aria-label"] for each in elements.all("svg") if "aria-label" in each]
    assert "[0, 1, :, :, 0]: 1 of 20 entries differ, some on one side alone" in labels
    assert elements.of("caption") == ["The entries that differ most"] * 2


def test_no_colour_is_needed(video: WitnessFile) -> None:
    elements = Elements(page(video))
    alone = [each for each in elements.all("rect") if each["class"] == f"l{ALONE}"]
    assert len(elements.all("path")) == len(alone)


def test_the_page_asks_for_no_other(video: WitnessFile) -> None:
    text = page(video)
    assert not re.search(r"https?:|//|url\(|@import|<script|<link|<img|\bsrc=|\bhref=", text)
    (policy,) = [each for each in Elements(text).all("meta") if each.get("http-equiv") == "Content-Security-Policy"]
    assert policy["content"].startswith("default-src 'none'")


def test_hostile_texts_stay_texts(hostile: WitnessFile, video: WitnessFile) -> None:
    elements = Elements(page(hostile))
    assert {tag for tag, _ in elements.found} <= {tag for tag, _ in Elements(page(video)).found}
    attributes = {name for _, each in elements.found for name in each}
    assert attributes <= {name for _, each in Elements(page(video)).found for name in each}
    assert hostile.message in elements.of("pre")


@pytest.mark.parametrize(
    "outputs, told",
    [
        ((np.zeros((2, 3)), np.zeros(6)), "float64[6]; in the reference float64[2, 3]"),
        ((np.zeros((2, 3)), np.zeros((2, 3))), "= all 6 entries are the same"),
        ((np.zeros((0, 3)), np.zeros((0, 3))), "= all 0 entries are the same"),
        (({"a": np.zeros(2)}, {"b": np.zeros(2)}), "missing; in the reference float64[2]"),
        (({"a": np.zeros(2)}, {"b": np.zeros(2)}), "float64[2]; in the reference missing"),
        (([None], [np.zeros(2)]), "float64[2]; in the reference None"),
        ((np.zeros(2, "int64"), np.zeros(2, "int32") + 3), "int32[2], but int64[2] in the reference"),
        (([np.zeros(2)] * 10, [np.ones(2)] * 10), "… and 2 more outputs"),
    ],
)
def test_outputs_of_any_kind(witness: Callable[..., WitnessFile], outputs: Any, told: str) -> None:
    assert told in " ".join(page(witness(*outputs)).split())


def test_a_side_that_raised(witness: Callable[..., WitnessFile]) -> None:
    found = witness()
    one, other = found.sides
    text = page(replace(found, sides=(one, replace(other, outputs=None, refusal="ValueError: no"))))
    assert "<pre>ValueError: no</pre>" in text
    assert 'id="outputs"' not in text


def test_variables_that_are_alone_or_differ(witness: Callable[..., WitnessFile]) -> None:
    found = witness()
    one, other = found.sides
    (variable,) = other.variables
    wide = replace(variable, dtype="float64", shape=(3,), trainable=False)
    changed = replace(found, sides=(one, replace(other, variables=(wide,))))
    note = "another shape, another dtype, another trainability, renamed"
    assert [row[2] for row in rows(page(changed), "variables")] == [note]
    alone = replace(found, pairs=())
    assert [row[2] for row in rows(page(alone), "variables")] == [
        "the reference alone has it",
        "the candidate alone has it",
    ]


def test_a_witness_of_the_first_format(witness: Callable[..., WitnessFile]) -> None:
    text = page(witness(format=1, comparison=None, sides=(), pairs=()))
    assert 'id="case"' in text
    assert "--script" not in text
    for absent in ("claims", "outputs", "variables"):
        assert f'id="{absent}"' not in text


def test_a_page_is_written_beside_its_witness(witness: Callable[..., WitnessFile]) -> None:
    found = witness()
    path = write_page(found.path)
    assert path == found.path.with_suffix(".html")
    assert path.read_text(encoding="utf-8") == page(found)


def test_a_page_that_cannot_be_written(witness: Callable[..., WitnessFile]) -> None:
    found = witness()
    found.path.with_suffix(".html").mkdir()
    with pytest.raises(WitnessError, match="cannot be written"):
        write_page(found.path)


def test_a_large_output_makes_no_large_page(witness: Callable[..., WitnessFile]) -> None:
    one = np.zeros((2, 20, 40, 40, 8), "float32")
    assert len(page(witness(one, one + 1))) < 1_000_000


def test_no_tensorflow_is_needed(video: WitnessFile) -> None:
    code = (
        "import sys; from likewise.report.html import write_page; write_page(sys.argv[1]);"
        "print({'tensorflow', 'keras', 'tf_keras'} & set(sys.modules))"
    )
    told = subprocess.check_output([sys.executable, "-c", code, str(video.path)])
    assert told.decode().strip() == "set()"
    assert video.path.with_suffix(".html").is_file()


def test_a_template_is_in_the_package() -> None:
    assert (Path(sys.modules["likewise.report.html"].__file__ or "").parent / "page.html").is_file()
