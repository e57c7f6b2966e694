"""``float32[n t 32 32 3]``: inputs described in a line, and the cases that are drawn from such lines.

``int32[n t]>=1<50`` keeps integers at least 1 and below 50, ``float32[n]+nan+infinity`` has some of these drawn, too.
"""

from __future__ import annotations

import keyword
import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Dict, Iterator, List, Mapping, Optional, Sequence, Tuple, Union

from hypothesis import strategies as st
from hypothesis.errors import InvalidArgument

from likewise.errors import InputError
from likewise_strategies import KINDS, Tensor, data, tensors
from likewise_strategies.arrays import kinds_of, range_of

if TYPE_CHECKING:
    from hypothesis.strategies import DrawFn, SearchStrategy

__all__ = ["Dimension", "Spec", "SpecCase", "bounds_of", "cases", "free_of", "parsed"]

#: What a drawn dimension lies between where no range is given.
DEFAULT_BOUNDS = (1, 6)

Bounds = Tuple[int, int]

#: The dtypes that have NaN and infinities.
_WITH_NAN = ("float16", "float32", "float64", "complex64", "complex128")

_SEEDS = st.integers(0, 2**32 - 1)


@dataclass(frozen=True)
class Dimension:
    """One dimension of a spec: a number, or a name whose size is drawn.

    ``name`` is "" for a number, which is both of the ``bounds``; a name without a range has none.
    """

    name: str = ""
    bounds: Optional[Bounds] = None

    def size(self, drawn: Mapping[str, int]) -> int:
        """Its size, where these are the drawn ones."""
        if self.name:
            return drawn[self.name]
        assert self.bounds is not None  # it is a number
        return self.bounds[0]

    def __str__(self) -> str:
        if self.bounds is None:
            return self.name
        low, high = self.bounds
        size = str(low) if low == high else f"{low}-{high}"
        return f"{self.name}:{size}" if self.name else size


@dataclass(frozen=True)
class Spec:
    """An input: its dtype and its dimensions. ``parsed(str(spec)) == spec``.

    - limits: (low, high), between which integers lie, high itself left out; None for all that the dtype holds.
    - more: the kinds of values that are drawn beside the usual ones, "nan" and "infinity".
    """

    dtype: str
    dimensions: Tuple[Dimension, ...]
    limits: Optional[Bounds] = None
    more: Tuple[str, ...] = ()

    def __str__(self) -> str:
        text = f"{self.dtype}[{' '.join(map(str, self.dimensions))}]"
        if self.limits is not None:
            text += f">={self.limits[0]}<{self.limits[1]}"
        return text + "".join(f"+{kind}" for kind in self.more)

    @property
    def kinds(self) -> Optional[Tuple[str, ...]]:
        """The kinds to draw from; None for the usual ones."""
        if not self.more:
            return None
        return (*(kind for kind in KINDS if kind in kinds_of(self.dtype)), *self.more)


@dataclass(frozen=True)
class SpecCase:
    """What was drawn for specs.

    - inputs: a tensor, or a tuple of them where there are several specs.
    - dimensions: what the axes of each are, a number or a name: "n t 32 32 3"; a tuple where ``inputs`` is one.
    - seed: of the weights; data (see ``likewise_strategies.split``).

    Raises InputError where a shape is not as its dimensions say, or equal names are not equal.
    """

    inputs: Union[Tensor, Tuple[Tensor, ...]]
    dimensions: Union[str, Tuple[str, ...]]
    seed: int = data(default=0)

    def __post_init__(self) -> None:
        sizes = self.sizes
        for tensor, dimensions in self._described():
            wanted = [sizes.get(each, each) for each in dimensions.split()]
            if list(map(str, tensor.shape)) != list(map(str, wanted)):
                raise InputError(
                    f"inputs.shape={tensor.shape!r}, but dimensions={dimensions!r} and the other inputs make it "
                    f"{' '.join(map(str, wanted))}; give each axis its number or name, and equal names one size"
                )

    @property
    def sizes(self) -> Dict[str, int]:
        """The drawn dimensions by name, in the order in which they first appear."""
        found: Dict[str, int] = {}
        for tensor, dimensions in self._described():
            for name, size in zip(dimensions.split(), tensor.shape):
                if not name.isdigit():
                    found.setdefault(name, size)
        return found

    def resized(self, name: str, size: int) -> SpecCase:
        """The same with another size of a drawn dimension, wherever it occurs."""
        found = [
            replace(
                tensor, shape=tuple(size if each == name else old for each, old in zip(names.split(), tensor.shape))
            )
            for tensor, names in self._described()
        ]
        return replace(self, inputs=tuple(found) if isinstance(self.inputs, tuple) else found[0])

    def _described(self) -> Iterator[Tuple[Tensor, str]]:
        both = self.inputs, self.dimensions
        return zip(*(each if isinstance(each, tuple) else (each,) for each in both))

    def __str__(self) -> str:
        sizes = "".join(f"{name}={size}, " for name, size in self.sizes.items())
        return f"{sizes}inputs " + ", ".join(
            f"{each.dtype}[{' '.join(map(str, each.shape))}] ({each.kind})" for each, _ in self._described()
        )


def parsed(text: str) -> Spec:
    """Read a spec: ``DTYPE[DIMENSION …]``, and what is drawn.

    A dimension is a number, a name whose size is drawn, or a name with a size or a range: ``t:4``, ``t:1-6``. Behind
    them ``<50`` bounds integers, from 0 on or as ``>=1`` says, and ``+nan``, ``+infinity`` have these drawn, too.
    Raises InputError for another form, which shows the place and says what would mend it.
    """
    head = re.match(r"\s*([^\s\[\]]*)\s*", text)
    assert head is not None  # everything in it may be empty
    dtype = head.group(1)
    try:
        Tensor((), dtype)
    except InvalidArgument as error:
        reason = str(error).partition(": ")[2]
        raise _unreadable(text, head.start(1), reason, f"write it as {_like(dtype='float32')}") from None
    start, end = head.end(), text.find("]", head.end())
    if text[start : start + 1] != "[":
        raise _unreadable(text, start, "expected '[' and the dimensions", f"write it as {_like(dtype)}")
    if end < 0:
        raise _unreadable(text, len(text.rstrip()), "expected ']' after the last dimension", "close it with ']'")
    limits, more = _drawn(text, end + 1, dtype)
    tokens = re.finditer(r"\S+", text[start + 1 : end])
    dimensions = tuple(_dimension(text, token.group(), start + 1 + token.start()) for token in tokens)
    bounds_of([Spec(dtype, dimensions)])
    return Spec(dtype, dimensions, limits, more)


def _drawn(text: str, place: int, dtype: str) -> Tuple[Optional[Bounds], Tuple[str, ...]]:
    """What is said behind the dimensions of the values that are drawn."""
    limits: Dict[str, int] = {}
    more: List[str] = []
    for found in re.finditer(
        r"\s*(?:(>=|<)\s*(-?[0-9]{1,20})(?![0-9])|\+\s*(nan|infinity)(?![a-z]))|\s*(\S)", text[place:]
    ):
        sign, number, kind, other = found.groups()
        at = place + found.start() + len(found.group()) - len(found.group().lstrip())
        if other is not None:
            mend = "give each further input an --input of its own"
            if other in "<>=+":
                mend = "integers are bounded as in int32[n t]>=1<50, and +nan and +infinity draw these, too"
            raise _unreadable(text, at, "expected nothing after ']'", mend)
        if kind is not None:
            if dtype not in _WITH_NAN:
                raise _unreadable(text, at, f"{dtype} has no {kind}", f"leave +{kind} out, or take a float dtype")
            more.append(kind)
            continue
        if sign in limits:
            raise _unreadable(text, at, f"{sign} is there twice", "give each bound once")
        limits[sign] = int(number)
        try:
            bounds = _limits(limits, dtype)
            Tensor((), dtype, bounds=bounds)
        except InvalidArgument as error:
            raise _unreadable(text, at, *str(error).partition(": ")[2].split("; ", 1)) from None
    return (_limits(limits, dtype) if limits else None), tuple(dict.fromkeys(more))


def _limits(given: Mapping[str, int], dtype: str) -> Bounds:
    """The bounds of integers of a dtype: at least 0, and at most what it holds, where nothing else is given."""
    low = given.get(">=", min(given.get("<", 1) - 1, 0))
    return low, given["<"] if "<" in given else range_of(dtype)[1] + 1


def _dimension(text: str, token: str, place: int) -> Dimension:
    if re.match(r"[0-9]+\Z", token):
        size = _size(text, token, place)
        return Dimension("", (size, size))
    name, colon, span = token.partition(":")
    if not name.isidentifier() or keyword.iskeyword(name):
        mend = "separate dimensions by spaces" if "," in token else "write a number, or a name such as n, t or t:1-6"
        raise _unreadable(text, place, f"{token!r} is no dimension", mend)
    if not colon:
        return Dimension(name)
    place += len(name) + 1
    numbers = re.match(r"([0-9]+)(?:-([0-9]+))?\Z", span)
    if numbers is None:
        raise _unreadable(text, place, f"expected a size or a range after {name}:", f"write {name}:4 or {name}:1-6")
    low = _size(text, numbers.group(1), place)
    high = low if numbers.group(2) is None else _size(text, numbers.group(2), place + numbers.start(2))
    if high < low:
        raise _unreadable(text, place, f"no size lies in {low}-{high}", f"write {name}:{high}-{low}")
    return Dimension(name, (low, high))


def _size(text: str, digits: str, place: int) -> int:
    if len(digits) > 9 or int(digits) < 1:
        raise _unreadable(text, place, f"{digits} is no size", "write a number from 1 to 999999999")
    return int(digits)


def _unreadable(text: str, place: int, expected: str, mend: str) -> InputError:
    shown = "".join(letter if letter.isprintable() else " " for letter in text)
    return InputError(f"input spec {text!r}: {expected}; {mend}\n    {shown}\n    {' ' * place}^")


def _like(dtype: str) -> str:
    return f"{dtype}[n t 32 32 3]"


def free_of(specs: Sequence[Spec]) -> Dict[str, int]:
    """The names whose size may be any, since no range is given for them, and the greatest that is drawn."""
    ranged = {each.name for each in _named(specs) if each.bounds is not None}
    return {each.name: DEFAULT_BOUNDS[1] for each in _named(specs) if each.name not in ranged}


def bounds_of(specs: Sequence[Spec]) -> Dict[str, Bounds]:
    """The names of all specs, in the order in which they first appear, and between what each is drawn.

    Equal names are equal, so a range that is given once counts everywhere. Raises InputError for
    different ranges of one name.
    """
    given: Dict[str, Optional[Bounds]] = {}
    for dimension in _named(specs):
        known = given.get(dimension.name)
        if known is not None and dimension.bounds not in (None, known):
            raise InputError(
                f"{Dimension(dimension.name, known)} and {dimension} in {', '.join(map(str, specs))}, but equal "
                "names are equal; give the range once, or use another name"
            )
        given[dimension.name] = known or dimension.bounds
    return {name: bounds or DEFAULT_BOUNDS for name, bounds in given.items()}


def _named(specs: Sequence[Spec]) -> Iterator[Dimension]:
    return (dimension for spec in specs for dimension in spec.dimensions if dimension.name)


def cases(specs: Sequence[Spec]) -> SearchStrategy[SpecCase]:
    """Return a strategy for ``SpecCase``s: drawn sizes, and a tensor for each spec.

    The axes of the tensors tell which dimensions a graph may leave open: the first drawn one is
    the batch (n) and the second the steps (d), unless a name says otherwise: n, d, t, h, w and c
    stand for themselves. Numbers are never left open, nor is c.

    Raises InputError for no specs, and as ``bounds_of``.
    """
    if not specs:
        raise InputError("specs=[], but expected at least one, such as " + _like("float32"))
    return _cases(tuple(specs), bounds_of(specs))


@st.composite
def _cases(draw: DrawFn, specs: Tuple[Spec, ...], bounds: Dict[str, Bounds]) -> SpecCase:
    sizes = {name: draw(st.integers(low, high)) for name, (low, high) in bounds.items()}
    letters = _letters(list(bounds))
    inputs: List[Tensor] = []
    dimensions = [" ".join(each.name or str(each) for each in spec.dimensions) for spec in specs]
    for spec in specs:
        shape = [each.size(sizes) for each in spec.dimensions]
        axes = "".join(letters.get(each.name, "c") for each in spec.dimensions)
        inputs.append(draw(tensors(shape, spec.dtype, kinds=spec.kinds, axes=axes, bounds=spec.limits)))
    if len(specs) == 1:
        return SpecCase(inputs[0], dimensions[0], draw(_SEEDS))
    return SpecCase(tuple(inputs), tuple(dimensions), draw(_SEEDS))


def _letters(names: Sequence[str]) -> Dict[str, str]:
    """What each drawn dimension is, as a letter of ``Tensor.axes``; "x" is none in particular."""
    letters = {name: name for name in names if name in set("ndthwc")}
    free = [letter for letter, taken in (("n", "n"), ("d", "dt")) if not set(taken) & set(letters)]
    for name in names:
        if name not in letters:
            letters[name] = free.pop(0) if free else "x"
    return letters
