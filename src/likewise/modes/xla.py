"""XLA: ``tf.function`` compiled."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ContextManager, Optional

from packaging.version import Version

from likewise.cell import Cell
from likewise.modes import Running, Signature, Traits, function

if TYPE_CHECKING:
    from likewise.program import Program

__all__ = ["TRAITS", "opened", "why_not"]


#: It compiles for the shape at hand, which takes seconds.
TRAITS = Traits(graphs=True, open_shapes=False, takes_built=True, by_default=False, naming=2)


def why_not(cell: Cell) -> Optional[str]:
    if Version(cell.tensorflow) < Version("2.5"):
        return f"tensorflow={cell.tensorflow} has no jit_compile; XLA needs 2.5 or later"
    return function.why_not(cell)


def opened(program: Program, inputs: Any, signature: Signature) -> ContextManager[Running]:
    return function.opened(program, inputs, signature, options={"jit_compile": True})
