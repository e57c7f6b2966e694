"""Sizes that programs compare with, in place of some that were drawn."""

from __future__ import annotations

from typing import Any, Mapping, Sequence

from likewise_strategies import bits

__all__ = ["with_size"]

#: The greatest size that is tried.
MOST = 128


def with_size(case: Any, free: Mapping[str, int], sizes: Sequence[int]) -> Any:
    """A ``SpecCase`` with half of its greater dimensions at, or next to, one of the sizes, as its seed says.

    So it shrinks to small sizes as it is drawn.

    - free: the dimensions whose size may be any, and the greatest that is drawn.
    """
    around = dict.fromkeys(size for each in sizes for size in (each, each + 1, each - 1))
    for name, greatest in free.items():
        choices = [size for size in around if greatest < size <= MOST]
        if choices and 2 * case.sizes[name] > greatest:
            number = int(bits.integers(case.seed, f"size of {name}", (), 2 * len(choices)))
            case = case.resized(name, choices[number]) if number < len(choices) else case
    return case
