"""What a failure says of itself: the first layer that differs, the condition, the smallest data, another pairing."""

from __future__ import annotations

import itertools
from dataclasses import asdict, dataclass
from typing import Any, Dict, Iterable, List, Mapping, Optional, Sequence, Tuple, Union

import numpy as np

from likewise import nest
from likewise.lines import Part, fitted, wrapped

__all__ = ["Apart", "Condition", "Explanation", "LayerFault", "OtherPairing", "Smallest", "Sparse", "Told", "filled"]

#: As many entries as the text tells of inputs, and of variables.
ENTRIES = 3

#: As many as a file keeps of inputs, and of the variables of a side; data that could not be cut down have thousands.
KEPT = 100

#: As many lines as the text has at most.
LINES = 10


@dataclass(frozen=True)
class Apart:
    """How far two tensors are apart: the greatest distance of two entries, in ULPs and absolute."""

    max_ulp: int
    max_abs: float

    def __str__(self) -> str:
        return f"{self.max_ulp:,} ULP, {self.max_abs:.3g} absolute" if self.max_abs else "the same bits"


@dataclass(frozen=True)
class LayerFault:
    """The first layer whose inputs agree and whose output does not, or where between layers it goes wrong.

    - name, kind: the layer's name and class; "" where it is no layer that is at fault.
    - side: "candidate" or "reference", whose layer it is.
    - path: the classes of the layers that call it, the outermost first, its own, and of those that it wraps.
    - counterpart: the layer of the other side that gets the same, such as "Conv2D 'conv2d'"; "" where none is found.
    - between: where no layer is at fault: after and before which layers it goes wrong, such as
      ("the inputs", "Conv2D 'conv2d'"); where one raises: which layer gave its input, and itself.
    - before, after: how far both sides are apart in what the layer gets and in what it gives; None where that cannot
      be said, as of other shapes.
    - message: all of it in words.
    """

    message: str
    name: str = ""
    kind: str = ""
    side: str = ""
    path: Tuple[str, ...] = ()
    counterpart: str = ""
    between: Optional[Tuple[str, str]] = None
    before: Optional[Apart] = None
    after: Optional[Apart] = None


@dataclass(frozen=True)
class Condition:
    """Under which settings the law breaks.

    - rule: the shortest rule that separates the near-by cases that fail from those that pass; "" where there is none.
    - needed: where there is none, a condition without which no case fails, though some pass that meet it; "" for none.
    - settings: the paths of the settings in either, such as ("conv.strides", "conv.padding").
    - failing, passing: how many cases were tried, and came to what.
    - message: the rule and the counts in words.
    """

    message: str
    rule: str = ""
    needed: str = ""
    settings: Tuple[str, ...] = ()
    failing: int = 0
    passing: int = 0


@dataclass(frozen=True)
class Sparse:
    """An array as those entries that are not zero.

    - entries: the index and the value of each, where there are many of the first ones; what is no number is a text.
    - count: how many there are.
    """

    name: str
    shape: Tuple[int, ...]
    dtype: str
    entries: Tuple[Tuple[Tuple[int, ...], Union[float, str]], ...]
    count: int

    @property
    def texts(self) -> List[str]:
        """Each entry, such as "inputs[0, 1] = 1.5"."""
        return [f"{self.name}{list(index) if index else ''} = {value}" for index, value in self.entries]


#: What is said of data of which it takes the very numbers.
EXACT = "; it takes these very numbers, such as two that are equal: with all of them moved a little, both sides agree"


@dataclass(frozen=True)
class Told:
    """Smallest data as plain data: what a file keeps of them, beside the arrays of its own.

    - inputs, values: of the inputs, and of the variables of both sides, those entries that are not zero.
    - entries, tries, message, exact: as of ``Smallest``.
    """

    inputs: Tuple[Sparse, ...]
    values: Tuple[Tuple[Sparse, ...], Tuple[Sparse, ...]]
    entries: Tuple[int, int]
    tries: int
    message: str
    exact: bool = False

    def rows(self) -> List[Tuple[str, List[str], int]]:
        """For inputs and for variables: what they are, the entries that are not zero, and how many more there are.

        Where there are no entries at all, as in a program without variables, nothing is told of them.
        """
        found = []
        for title, arrays in self._arrays():
            texts = [text for each in arrays for text in each.texts]
            found.append((title, texts, sum(each.count for each in arrays) - len(texts)))
        return found

    @property
    def summary(self) -> str:
        """How many entries it takes, in a sentence."""
        titles = " and ".join(title for title, _ in self._arrays())
        return f"{self._counted(titles)}{EXACT if self.exact else ''}"

    def _counted(self, titles: str) -> str:
        found, of = self.entries
        if found == of and of > 1:
            return f"as far as was found, it takes all {of:,} entries of {titles} to differ"
        if not found:
            return f"it differs even where all {titles} are 0"
        if of == 1:
            return f"it differs with one entry of {titles}, which is all that there is"
        return f"{found:,} of {of:,} entries of {titles} are enough to differ, the others being 0"

    def _arrays(self) -> List[Tuple[str, Tuple[Sparse, ...]]]:
        arrays = (("inputs", self.inputs), ("variables", self.values[0] or self.values[1]))
        return [(title, each) for title, each in arrays if any(0 not in array.shape for array in each)]


@dataclass(frozen=True)
class Smallest:
    """Inputs and weights cut down to the few entries, as small and round as they go, that still differ.

    - inputs: nested arrays, of the shapes that the case's own have.
    - values: what the variables of both sides get, by their places (reference's, candidate's).
    - names: of the variables of both sides, by their places; "" for random generators and counters, which stay.
    - entries: how many entries of inputs and variables are not zero, and how many could be.
    - tries: how often both sides were run for it.
    - message: what is found with them, as the claim says it.
    - exact: whether it takes these very numbers: a tie, a kink, or a number that a program compares with.
    """

    inputs: Any
    values: Tuple[Dict[int, np.ndarray], Dict[int, np.ndarray]]
    names: Tuple[Sequence[str], Sequence[str]]
    entries: Tuple[int, int]
    tries: int
    message: str
    exact: bool = False

    @property
    def told(self) -> Told:
        """The same without the arrays."""
        names = [[(self.names[side][place], value) for place, value in self.values[side].items()] for side in (0, 1)]
        one, other = (_sparse((name, value) for name, value in side if name) for side in names)
        inputs = _sparse((f"inputs{path}", leaf) for path, leaf in nest.flatten(self.inputs) if leaf is not None)
        return Told(inputs, (one, other), self.entries, self.tries, self.message, self.exact)


@dataclass(frozen=True)
class OtherPairing:
    """The pairing of variables with which both sides are the same network.

    - pair: what to give as ``pair=``: names of the reference → names of the candidate.
    - verdict: "identical" or "rounding".
    """

    message: str
    pair: Mapping[str, str]
    verdict: str


@dataclass(frozen=True)
class Explanation:
    """Why two implementations are not the same network, as far as that can be said; each part is None where it cannot.

    ``smallest`` comes without its arrays from a file. ``troubles`` says what went wrong while it was looked for.
    """

    layer: Optional[LayerFault] = None
    condition: Optional[Condition] = None
    smallest: Optional[Union[Smallest, Told]] = None
    pairing: Optional[OtherPairing] = None
    troubles: Tuple[str, ...] = ()

    @property
    def told(self) -> Optional[Told]:
        """The smallest data as plain data."""
        return self.smallest.told if isinstance(self.smallest, Smallest) else self.smallest

    def to_json(self) -> Dict[str, Any]:
        """Builtin types; of the smallest data no more than ``Told``."""
        found: Dict[str, Any] = {
            "layer": None if self.layer is None else _plain(asdict(self.layer)),
            "condition": None if self.condition is None else _plain(asdict(self.condition)),
            "smallest": None if self.told is None else _plain(asdict(self.told)),
            "pairing": None if self.pairing is None else {**vars(self.pairing), "pair": dict(self.pairing.pair)},
        }
        return {**found, "troubles": list(self.troubles)}

    def __bool__(self) -> bool:
        return any(vars(self).values())

    def __str__(self) -> str:
        rows: List[Tuple[str, str]] = []
        if self.layer is not None:
            rows.append(("layer", self.layer.message))
        if self.condition is not None:
            rows.append(("condition", self.condition.message))
        if self.pairing is not None:
            rows.append(("pairing", self.pairing.message))
        if self.told is not None:
            rows.append(("data", _data(self.told)))
        rows.extend(("trouble", text) for text in self.troubles[:2])
        parts = [Part(_rows(title, text), least=2) for title, text in rows]
        return "\n".join(fitted(parts, LINES))


def _rows(title: str, text: str) -> List[str]:
    """The text with its title before the first line."""
    titles = [title, *[""] * text.count("\n")]
    lines = [wrapped(f"{each:<10} {line}", indent=" " * 11) for each, line in zip(titles, text.splitlines())]
    return [line for each in lines for line in each]


def _data(told: Told) -> str:
    """Three lines: how many entries, those of the inputs, and those of the variables."""
    lines = [told.summary]
    for title, texts, left_out in told.rows():
        more = left_out + len(texts[ENTRIES:])
        shown = [*texts[:ENTRIES], *([f"{more:,} more"] if more else [])]
        lines.append(", ".join(shown) or f"all {title} are 0")
    return "\n".join(lines)


def _sparse(arrays: Iterable[Tuple[str, Any]]) -> Tuple[Sparse, ...]:
    """The arrays with their names, and the first ``KEPT`` entries of them all."""
    found, left = [], KEPT
    for name, value in arrays:
        array = np.asarray(value)
        places = np.argwhere(filled(array))
        entries = tuple(
            (tuple(int(i) for i in place), _number(array[tuple(place)])) for place in itertools.islice(places, left)
        )
        left -= len(entries)
        found.append(Sparse(name, array.shape, array.dtype.name, entries, len(places)))
    return tuple(found)


def filled(array: np.ndarray) -> np.ndarray:
    """Where an array's entries are not zero, or no empty text; a NaN is not zero."""
    if array.dtype.kind in "OSU":
        return np.array([bool(each) for each in array.ravel()], bool).reshape(array.shape)
    return np.asarray(array != 0)


def _number(value: Any) -> Union[float, str]:
    """A number of numpy's as the shortest one of Python's that is read as the same; what is none as its text."""
    if isinstance(value, (np.bool_, np.integer)):
        return value.item()
    try:
        return float(str(value))
    except ValueError:
        return str(value)


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    return [_plain(item) for item in value] if isinstance(value, (list, tuple)) else value
