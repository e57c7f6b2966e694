"""Which cell this process is, and what it cannot be."""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
from typing import Any, Dict, List

import pytest
from packaging.version import Version

from likewise import cell
from likewise.cell import current, fresh_names, keras, matches, precision, settle, tensorflow
from likewise.errors import CellError

FACTS: Dict[str, Any] = {
    "tensorflow": "2.15.1",
    "keras": "2.15.0",
    "generation": 2,
    "python": "3.7.16",
    "behavior": "compat1",
    "machine": "x86_64",
    "mode": "session",
    "dimensions": "unknown",
}


@pytest.mark.parametrize(
    "where",
    [
        "",
        "keras<3",
        "keras >= 2.4",
        "keras!=2.14.0",
        "tensorflow>=2.9,<2.16",
        "tensorflow>2.9",  # as a version: 2.15 is more than 2.9
        "tensorflow==2.15.*",
        "generation==2",
        "python<3.10",
        "behavior==compat1",
        "behavior == compat1",
        "behavior!=v2",
        "machine==x86_64",
        "keras<3 and behavior==compat1 and dimensions!=static",
    ],
)
def test_conditions_that_hold(where: str) -> None:
    assert matches(where, FACTS)


@pytest.mark.parametrize(
    "where",
    [
        "keras>=3",
        "tensorflow<2.9",
        "tensorflow>=2.9,<2.15",
        "generation!=2",
        "behavior==v2",
        "behavior!=compat1",
        "mode==eager",
        "keras<3 and behavior==v2",
        "behavior==v2 and keras<3",
    ],
)
def test_conditions_that_do_not_hold(where: str) -> None:
    assert not matches(where, FACTS)


def test_a_release_to_come_counts_as_a_version() -> None:
    assert matches("tensorflow>=2.16", {"tensorflow": "2.22.0rc1"})


@pytest.mark.parametrize(
    "where",
    [
        "keras",
        "kears>=3",
        ">=3",
        "keras=3",
        "keras>=",
        "keras>=three",
        "keras==three",
        "keras>=3; python_version<'3.8'",
        "keras[all]>=3",
        "mode>=eager",
        "mode>=3",
        "mode==3",
        "keras<3 and",
        "keras<3 or mode==eager",
        " ",
    ],
)
def test_conditions_that_cannot_be_read(where: str) -> None:
    with pytest.raises(CellError, match="but expected NAME and a comparison") as caught:
        matches(where, FACTS)
    assert "NAME one of behavior, dimensions, generation, keras" in str(caught.value)


def test_this_cell_is_what_runs() -> None:
    tf = tensorflow()
    found = current()
    assert found is current()
    assert (found.tensorflow, found.python) == (tf.__version__, sys.version.split()[0])
    assert tf.executing_eagerly() == (found.behavior == "v2")
    assert found.generation == (3 if Version(found.keras) >= Version("3") else 2)
    assert keras().layers.Layer.__module__.split(".")[0] in ("keras", "tf_keras", "tensorflow", "tensorflow_core")
    assert all(isinstance(value, (str, int)) for value in found.to_json().values())
    assert matches(f"tensorflow=={found.tensorflow} and behavior=={found.behavior}", found.to_json())
    assert f"TensorFlow {found.tensorflow}" in str(found)
    assert found.behavior in str(found)


def test_a_cell_is_settled_for_good() -> None:
    found = current()
    settle(numerics=found.numerics, behavior=found.behavior)
    other = "v2" if found.behavior == "compat1" else "compat1"
    with pytest.raises(CellError, match=f"behavior='{other}', but this process already runs with .*start another"):
        settle(behavior=other)
    assert current() is found


@pytest.mark.parametrize(
    "asked, message",
    [
        ({"numerics": "exact"}, "numerics='exact', but expected one of strict, native"),
        ({"behavior": "v1"}, "behavior='v1', but expected one of v2, compat1"),
    ],
)
def test_unknown_values(asked: Any, message: str) -> None:
    with pytest.raises(CellError, match=message):
        settle(**asked)


@pytest.fixture
def unsettled(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """As before the first question, with TensorFlow imported already."""
    tensorflow()
    monkeypatch.setattr(cell, "_current", None)
    monkeypatch.setattr(cell, "_wanted", {})
    return monkeypatch


def test_strict_numerics_that_come_too_late(unsettled: pytest.MonkeyPatch) -> None:
    unsettled.setattr(cell, "_onednn_is_on", lambda version: True)
    settle(numerics="strict")
    with pytest.raises(CellError, match="set TF_ENABLE_ONEDNN_OPTS=0 before it is imported, or choose"):
        current()


def test_native_numerics_take_tensorflow_as_it_is(unsettled: pytest.MonkeyPatch) -> None:
    unsettled.setattr(cell, "_onednn_is_on", lambda version: True)
    unsettled.setenv("LIKEWISE_NUMERICS", "native")
    assert current().numerics == "native"


@pytest.mark.parametrize("name", ["LIKEWISE_NUMERICS", "LIKEWISE_BEHAVIOR"])
def test_unknown_values_in_the_environment(unsettled: pytest.MonkeyPatch, name: str) -> None:
    unsettled.setenv(name, "other")
    with pytest.raises(CellError, match=f"{name}='other', but expected one of"):
        current()


def test_a_keras_on_another_backend(unsettled: pytest.MonkeyPatch) -> None:
    generation = current().generation
    unsettled.setattr(keras().backend, "backend", lambda: "jax")
    unsettled.setattr(cell, "_current", None)
    if generation >= 3:
        with pytest.raises(CellError, match="KERAS_BACKEND='jax', but likewise runs on TensorFlow"):
            current()
    else:  # up to Keras 2 there is no other backend, and nobody asks
        assert current().generation == 2


@pytest.mark.parametrize("name, value", [("KERAS_BACKEND", "nosuch"), ("TF_USE_LEGACY_KERAS", "1")])
def test_a_keras_that_cannot_be_had(name: str, value: str) -> None:
    if current().generation < 3:
        pytest.skip("this TensorFlow has one Keras, or has the one that is asked for")
    if name == "TF_USE_LEGACY_KERAS" and importlib.util.find_spec("tf_keras") is not None:
        pytest.skip("tf_keras is installed")
    (told,) = told_by(ASK.format(before=""), **{name: value, "TF_CPP_MIN_LOG_LEVEL": "3"})
    assert told.startswith("CellError")
    assert f"{name}={value!r}" in told


def told_by(code: str, **environment: str) -> List[str]:
    """What a fresh interpreter prints, settled by nothing but this environment."""
    mine = ("LIKEWISE_NUMERICS", "LIKEWISE_BEHAVIOR", "TF_ENABLE_ONEDNN_OPTS")
    inherited = {name: value for name, value in os.environ.items() if name not in mine}
    output = subprocess.check_output(
        [sys.executable, "-c", code], universal_newlines=True, env={**inherited, **environment}
    )
    return output.splitlines()


ASK = """
import sys, types
from likewise import cell
from likewise.errors import CellError
{before}
try:
    print(cell.current())
except CellError as error:
    print("CellError", error)
"""


def test_no_tensorflow() -> None:
    (told,) = told_by(ASK.format(before="sys.modules['tensorflow'] = None"))
    assert told.startswith("CellError no TensorFlow is installed for this Python")
    assert "pip install 'likewise[tensorflow]'" in told


def test_a_tensorflow_that_lacks_something_else_says_so_itself(tmp_path: Any) -> None:
    (tmp_path / "tensorflow.py").write_text("import no_such_module_of_tensorflow\n")
    code = f"import sys; sys.path.insert(0, {str(tmp_path)!r})\n" + ASK.format(before="").replace(
        "except CellError", "except ModuleNotFoundError"
    )
    (told,) = told_by(code)
    assert "No module named 'no_such_module_of_tensorflow'" in told


def test_a_tensorflow_that_is_too_old() -> None:
    before = "old = sys.modules['tensorflow'] = types.ModuleType('tensorflow'); old.__version__ = '1.14.0'"
    (told,) = told_by(ASK.format(before=before))
    assert told == "CellError tensorflow=1.14.0, but likewise needs 1.15 or later"


def test_settling_strict_numerics_switches_onednn_off_and_imports_nothing() -> None:
    code = "import os, sys; from likewise.cell import settle; settle({}); print('tensorflow' in sys.modules, {})"
    asked = "os.environ.get('TF_ENABLE_ONEDNN_OPTS')"
    assert told_by(code.format("", asked)) == ["False 0"]
    assert told_by(code.format("numerics='native'", asked)) == ["False None"]
    assert told_by(code.format("", asked), LIKEWISE_NUMERICS="native") == ["False None"]


def test_a_tensorflow_imported_with_onednn_on() -> None:
    """What TensorFlow makes of strict numerics, asked too late."""
    before = "import tensorflow; print(tensorflow.__version__); cell.settle(numerics='strict')"
    version, told = told_by(ASK.format(before=before))
    if Version(version) >= cell.ONEDNN_DEFAULT and current().machine == "x86_64":
        assert told.startswith("CellError numerics='strict', but TensorFlow was imported before with oneDNN on")
    else:
        assert told.startswith(f"TensorFlow {version}")


def dtype_of_a_new_layer() -> str:
    with tensorflow().Graph().as_default():
        layer = keras().layers.Dense(1)
        layer.build((1, 2))
        return str(tensorflow().as_dtype(layer.kernel.dtype).base_dtype.name)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_precision_of_new_layers(dtype: str) -> None:
    with precision(dtype):
        assert dtype_of_a_new_layer() == dtype


def test_precision_ends_with_its_block_even_where_that_raises() -> None:
    with pytest.raises(ZeroDivisionError), precision("float64"):
        raise ZeroDivisionError
    assert dtype_of_a_new_layer() == "float32"


def test_precision_nests() -> None:
    with precision("float64"):
        with precision("float32"):
            assert dtype_of_a_new_layer() == "float32"
        assert dtype_of_a_new_layer() == "float64"
    assert dtype_of_a_new_layer() == "float32"


def name_of_a_new_layer() -> str:
    with tensorflow().Graph().as_default():
        return str(keras().layers.Dense(1).name)


def test_fresh_names_begin_anew_each_time() -> None:
    for _ in range(2):
        with fresh_names():
            assert name_of_a_new_layer() == "dense"


def test_names_go_on_after_an_exception() -> None:
    with pytest.raises(ZeroDivisionError), fresh_names():
        raise ZeroDivisionError
    with fresh_names():
        assert name_of_a_new_layer() == "dense"
