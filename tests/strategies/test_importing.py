from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import likewise_strategies
from likewise_strategies import ConvConfig, _entry

TYPES = [each for each in map(vars(likewise_strategies).get, likewise_strategies.__all__) if isinstance(each, type)]


def printed(code: str) -> str:
    return subprocess.run([sys.executable, "-c", code], check=True, stdout=subprocess.PIPE, text=True).stdout.strip()


def test_importing_needs_neither_tensorflow_nor_numpy_nor_likewise() -> None:
    imported = printed(
        "import likewise_strategies._entry, sys\n"
        "likewise_strategies._entry.register()\n"
        "print(*sorted({name.partition('.')[0] for name in sys.modules}))"
    ).split()
    assert "likewise_strategies" in imported
    assert not {"tensorflow", "tensorflow_core", "keras", "tf_keras", "numpy", "likewise"} & set(imported)


def test_drawing_needs_no_tensorflow() -> None:
    code = (
        "import sys, hypothesis\n"
        "from likewise_strategies import conv_lstm_videos\n"
        "hypothesis.find(conv_lstm_videos(), lambda case: case.video.array().size == 4)\n"
        "print(any(name in sys.modules for name in ('tensorflow', 'keras', 'likewise')))"
    )
    assert printed(code) == "False"


def test_importing_is_quick() -> None:
    code = (
        "import hypothesis, time\n"
        "start = time.process_time()\n"
        "import likewise_strategies._entry\n"
        "likewise_strategies._entry.register()\n"
        "print(time.process_time() - start)"
    )
    assert min(float(printed(code)) for _ in range(3)) < 0.1


def test_nothing_drawn_is_thrown_away() -> None:
    # By reading, because Hypothesis also gives up on some draws by itself, when it varies earlier ones.
    sources = list(Path(likewise_strategies.__file__).parent.glob("*.py"))
    assert len(sources) > 9
    for source in sources:
        for node in ast.walk(ast.parse(source.read_text(encoding="utf-8"))):
            name = getattr(node, "attr", getattr(node, "id", None))
            assert name not in {"assume", "filter", "reject"}, source


def test_everything_public_is_there_and_explained() -> None:
    for name in likewise_strategies.__all__:
        value = getattr(likewise_strategies, name)
        assert isinstance(value, tuple) or value.__doc__


@pytest.mark.parametrize("of", TYPES)
def test_a_strategy_comes_from_the_type(smallest: Any, of: Any) -> None:
    _entry.register()
    assert isinstance(smallest(st.from_type(of), lambda value: True), of)


@given(data=st.data())
def test_configs_from_their_type_are_of_every_rank(data: st.DataObject) -> None:
    _entry.register()
    config = data.draw(st.from_type(ConvConfig))
    assert len(config.kernel_size) == config.rank
