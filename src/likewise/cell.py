"""Where a program runs: Python, TensorFlow, Keras generation, TF1-compat or TF2 behavior, numerics.

A process is one cell, for good: numerics and the Keras generation must be settled before
TensorFlow is imported, the behavior before its first use. So this is the one place that
imports TensorFlow; all others ask ``tensorflow()`` or ``keras()``.
"""

from __future__ import annotations

import contextlib
import os
import platform
import re
import sys
import warnings
from dataclasses import asdict, dataclass
from typing import Any, Dict, Iterator, Optional, Sequence, Union

from packaging.specifiers import InvalidSpecifier, SpecifierSet
from packaging.version import InvalidVersion, Version

from likewise.errors import CellError

__all__ = [
    "BEHAVIORS",
    "NUMERICS",
    "Cell",
    "current",
    "fresh_names",
    "keras",
    "matches",
    "precision",
    "settle",
    "tensorflow",
]

BEHAVIORS = ("v2", "compat1")
NUMERICS = ("strict", "native")

OLDEST = Version("1.15")

#: TensorFlow builds for x86-64 Linux switch oneDNN on by themselves from this version on.
ONEDNN_DEFAULT = Version("2.9")


@dataclass(frozen=True)
class Cell:
    """One place where programs run; part of every record.

    ``generation`` is that of Keras (2 or 3; TensorFlow 1.15's own counts as 2), ``behavior``
    "v2" or "compat1", ``numerics`` "strict" (oneDNN off, one thread an operation) or "native".
    """

    python: str
    tensorflow: str
    keras: str
    generation: int
    behavior: str
    numerics: str
    numpy: str
    hypothesis: str
    likewise: str
    machine: str

    def to_json(self) -> Dict[str, Union[str, int]]:
        """The fields as a dict."""
        return asdict(self)

    def __str__(self) -> str:
        return (
            f"TensorFlow {self.tensorflow}, Keras {self.keras}, Python {self.python}, "
            f"behavior {self.behavior}, numerics {self.numerics}"
        )


_wanted: Dict[str, str] = {}
_current: Optional[Cell] = None


def _choice(name: str, value: str, choices: Sequence[str], origin: str) -> str:
    if value not in choices:
        raise CellError(f"{origin}{name}={value!r}, but expected one of {', '.join(choices)}")
    return value


def settle(*, numerics: Optional[str] = None, behavior: Optional[str] = None) -> None:
    """Choose what cell this process is to be; imports nothing.

    - numerics: "strict" switches oneDNN off and gives each operation one thread, so that equal
      programs give equal bits; "native" leaves TensorFlow as it is. Default: ``LIKEWISE_NUMERICS``, else "strict".
    - behavior: "v2", or "compat1" for ``disable_v2_behavior()``. Default: ``LIKEWISE_BEHAVIOR``,
      else what the installed TensorFlow does by itself.

    Raises CellError for another value, and when the process is already another cell.
    """
    for name, value, choices in (
        ("numerics", numerics, NUMERICS),
        ("behavior", behavior, BEHAVIORS),
    ):
        if value is None:
            continue
        _choice(name, value, choices, "")
        if _current is not None and getattr(_current, name) != value:
            raise CellError(
                f"{name}={value!r}, but this process already runs with "
                f"{name}={getattr(_current, name)!r}, and TensorFlow cannot change it; "
                "start another process"
            )
        _wanted[name] = value
    if _numerics() == "strict" and "tensorflow" not in sys.modules:
        os.environ["TF_ENABLE_ONEDNN_OPTS"] = "0"
        # With more threads a convolution of many frames is cut up, and rounds, otherwise than one of few.
        os.environ["TF_NUM_INTRAOP_THREADS"] = "1"


def _numerics() -> str:
    return _wanted.get("numerics") or _choice(
        "", os.environ.get("LIKEWISE_NUMERICS") or "strict", NUMERICS, "LIKEWISE_NUMERICS"
    )


def _behavior(version: Version) -> str:
    native = "v2" if version.major >= 2 else "compat1"
    return _wanted.get("behavior") or _choice(
        "", os.environ.get("LIKEWISE_BEHAVIOR") or native, BEHAVIORS, "LIKEWISE_BEHAVIOR"
    )


def tensorflow() -> Any:
    """TensorFlow, imported and set up as this process's cell."""
    current()
    return sys.modules["tensorflow"]


def keras() -> Any:
    """This cell's Keras: ``tf.keras`` up to Keras 2 (``tf_keras`` where it stands in), else Keras 3.

    Raises CellError where there is no TensorFlow to run on.
    """
    cell = current()
    if cell.generation >= 3:
        return sys.modules["keras"]
    # Up to Keras 2 everything that users write is found under tf.keras, tf_keras included.
    return sys.modules["tensorflow"].keras


def current() -> Cell:
    """The cell that this process is; settles it at the first call, by importing TensorFlow.

    Raises CellError without TensorFlow, for one older than 1.15, for a Keras that runs on
    another backend, and when TensorFlow was imported before strict numerics could be had.
    """
    global _current  # noqa: PLW0603  a process is one cell, for good
    if _current is None:
        _current = _enter()
    return _current


def _enter() -> Cell:
    settle()
    numerics = _numerics()
    try:
        with warnings.catch_warnings():
            # What TensorFlow's own modules warn of at import is nobody's fault here.
            warnings.simplefilter("ignore")
            import tensorflow as tf
    except ModuleNotFoundError as error:
        if error.name != "tensorflow":
            raise
        raise CellError(
            "no TensorFlow is installed for this Python "
            f"({platform.python_version()}); install one: pip install 'likewise[tensorflow]'"
        ) from None
    except ValueError as error:  # of Keras 3, which it imports, for a backend that there is not
        if not os.environ.get("KERAS_BACKEND"):
            raise
        raise _without_keras(error) from None
    version = Version(tf.__version__)
    if version < OLDEST:
        raise CellError(f"tensorflow={tf.__version__}, but likewise needs {OLDEST} or later")
    if numerics == "strict" and _onednn_is_on(version):
        raise CellError(
            "numerics='strict', but TensorFlow was imported before with oneDNN on, whose results "
            "depend on how data is batched; set TF_ENABLE_ONEDNN_OPTS=0 before it is imported, or "
            "choose numerics='native' (LIKEWISE_NUMERICS=native)"
        )
    behavior = _behavior(version)
    if behavior == "compat1" and version.major >= 2:
        tf.compat.v1.disable_v2_behavior()
    elif behavior == "v2" and version.major == 1:
        tf.compat.v1.enable_v2_behavior()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # tf.keras is imported at its first use
        keras_version = _keras_version(tf, version)
    return Cell(
        python=platform.python_version(),
        tensorflow=tf.__version__,
        keras=keras_version,
        generation=3 if Version(keras_version).major >= 3 else 2,
        behavior=behavior,
        numerics=numerics,
        numpy=_version_of("numpy"),
        hypothesis=_version_of("hypothesis"),
        likewise=_version_of("likewise"),
        machine=platform.machine(),
    )


def _version_of(module: str) -> str:
    __import__(module)
    return str(sys.modules[module].__version__)


def _onednn_is_on(version: Version) -> bool:
    try:
        from tensorflow.python.util import _pywrap_util_port
    except ImportError:  # TensorFlow 1.15 keeps it elsewhere, and has no oneDNN to switch on
        return False
    return version >= Version("2.5") and bool(_pywrap_util_port.IsMklEnabled())


def _keras_version(tf: Any, version: Version) -> str:
    asked = os.environ.get("TF_USE_LEGACY_KERAS")
    if version < Version("2.16") or asked in ("1", "true", "True"):
        try:
            # tf.keras is a lazy module: the version is in the first layer's own package.
            package = sys.modules[tf.keras.layers.Layer.__module__.partition(".")[0]]
        except (ImportError, RecursionError) as error:  # (of TensorFlow 2.15 the latter, the second time)
            where = f"TF_USE_LEGACY_KERAS={asked!r} asks for tf_keras" if asked else f"TensorFlow {version} needs it"
            raise CellError(
                f"tf.keras cannot be imported ({type(error).__name__}), and {where}; install tf-keras of this "
                "TensorFlow's version, or unset TF_USE_LEGACY_KERAS"
            ) from None
        found = getattr(tf.keras, "__version__", None) or getattr(package, "__version__", None)
        if found is None:
            raise CellError(f"the Keras behind tf.keras of TensorFlow {version} tells no version")
        return str(found).replace("-tf", "")
    try:
        import keras
    except (ImportError, ValueError) as error:  # of a backend that is not installed, or that there is not
        if not os.environ.get("KERAS_BACKEND"):
            raise
        raise _without_keras(error) from None
    if keras.backend.backend() != "tensorflow":
        raise CellError(f"KERAS_BACKEND={keras.backend.backend()!r}, but {_TENSORFLOW_ALONE}")
    return str(keras.__version__)


#: What mends another backend.
_TENSORFLOW_ALONE = (
    "likewise runs on TensorFlow; unset KERAS_BACKEND or set it to 'tensorflow' before Keras is imported"
)


def _without_keras(error: Exception) -> CellError:
    backend = os.environ.get("KERAS_BACKEND")
    return CellError(f"Keras cannot be imported ({error}), with KERAS_BACKEND={backend!r}; {_TENSORFLOW_ALONE}")


_CONDITION = re.compile(r"(\w*)\s*(.*)\Z", re.DOTALL)
_WORD_COMPARISON = re.compile(r"(==|!=)\s*([A-Za-z]\w*)\Z")


def matches(where: str, facts: Dict[str, Union[str, int]]) -> bool:
    """Whether a condition such as "keras>=3", "tensorflow<2.4" or "behavior!=compat1" holds.

    - where: conditions joined by " and "; versions are compared as versions, words as words.
    - facts: the cell's fields, with the mode and the dimensions of a run beside them.

    Raises CellError for a condition that cannot be read.
    """
    return all(_holds(part.strip(), facts) for part in where.split(" and ")) if where else True


def _holds(condition: str, facts: Dict[str, Union[str, int]]) -> bool:
    name, comparison = _CONDITION.match(condition).groups()  # type: ignore[union-attr]  # it always matches
    fact = str(facts.get(name, ""))
    word = _WORD_COMPARISON.match(comparison)
    if word and fact and not fact[0].isdigit():
        return (fact == word.group(2)) is (word.group(1) == "==")
    try:
        if not comparison:
            raise InvalidSpecifier(comparison)
        return bool(SpecifierSet(comparison).contains(Version(fact), prereleases=True))
    except (InvalidSpecifier, InvalidVersion):
        raise CellError(
            f"where={condition!r}, but expected NAME and a comparison, such as 'keras>=3' or "
            f"'behavior==compat1', with NAME one of {', '.join(sorted(facts))}"
        ) from None


@contextlib.contextmanager
def fresh_names() -> Iterator[None]:
    """Number layers from the start within, as a new process would ("conv2d", not "conv2d_7")."""
    cell = current()
    if cell.generation < 3:
        keras().backend.reset_uids()
        yield
        return
    from keras.src.backend.common import global_state

    before = global_state.get_global_attribute("object_name_uids")
    global_state.set_global_attribute("object_name_uids", None)
    try:
        yield
    finally:
        global_state.set_global_attribute("object_name_uids", before)


@contextlib.contextmanager
def precision(dtype: str) -> Iterator[None]:
    """Make "float32" or "float64" the dtype of the layers that are created within."""
    cell = current()
    if cell.generation < 3:
        backend = keras().backend
        before = backend.floatx()
        backend.set_floatx(dtype)
        try:
            yield
        finally:
            backend.set_floatx(before)
        return
    config = keras().config
    floatx, policy = config.floatx(), config.dtype_policy()
    config.set_floatx(dtype)
    config.set_dtype_policy(dtype)
    try:
        yield
    finally:
        config.set_floatx(floatx)
        config.set_dtype_policy(policy)
