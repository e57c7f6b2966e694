"""What a pair is, and how its two sides are written."""

from __future__ import annotations

from typing import Any, Callable, List, NamedTuple, Sequence, Tuple

from likewise.cell import keras, tensorflow

__all__ = ["Implementation", "Pair", "moderate", "pair", "stateless", "weighted"]

#: What takes nothing, and returns what maps inputs to outputs.
Implementation = Callable[[], Callable[..., Any]]

Shape = Sequence[int]


class Pair(NamedTuple):
    """Two implementations, by their names in a module, which are the same in exact arithmetic.

    - specs: what both are fed with.
    - claims: beside refusal; () for the default ones.
    - where: the cells that have all that it takes, as a ``Break`` has it.
    """

    reference: str
    candidate: str
    specs: Tuple[str, ...]
    claims: Tuple[str, ...] = ()
    where: str = ""
    module: str = ""

    @property
    def sides(self) -> Tuple[str, str]:
        """Both as ``MODULE:NAME``."""
        return f"{self.module}:{self.reference}", f"{self.module}:{self.candidate}"

    @property
    def options(self) -> List[str]:
        """The arguments of ``likewise check`` but for the two sides."""
        found = [text for spec in self.specs for text in ("--input", spec)]
        return [*found, *(text for claim in self.claims for text in ("--claim", claim))]

    def __str__(self) -> str:
        claims = f" {'+'.join(self.claims)}" if self.claims else ""
        return f"{self.module.rpartition('.')[2]}:{self.reference}-{self.candidate} {' '.join(self.specs)}{claims}"


def pair(reference: str, candidate: str, *specs: str, claims: str = "", where: str = "") -> Pair:
    """A pair; ``claims`` are words in one text."""
    return Pair(reference, candidate, specs, tuple(claims.split()), where)


def stateless(function: Callable[..., Any]) -> Implementation:
    """The implementation that is a function of the inputs alone."""
    return lambda: function


def weighted(function: Callable[..., Any], **shapes: Shape) -> Implementation:
    """The implementation whose function is given the inputs, and then a weight of each of these names and shapes."""

    def build() -> Callable[..., Any]:
        tf, dtype = tensorflow(), keras().backend.floatx()
        made = [tf.Variable(tf.zeros(shape, dtype), name=name) for name, shape in shapes.items()]
        return lambda *inputs: function(*inputs, *map(tf.convert_to_tensor, made))

    return build


def moderate(x: Any) -> Any:
    """Numbers between -3 and 3, by the same operation on both sides: what follows neither overflows nor saturates."""
    return 3 * tensorflow().tanh(x)
