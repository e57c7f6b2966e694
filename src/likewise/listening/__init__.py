"""Who is told of each finished law; a list of its own, so that listening costs a test runner no import."""

from __future__ import annotations

from typing import TYPE_CHECKING, Callable, List

if TYPE_CHECKING:
    from likewise.running import LawRun

__all__ = ["listeners"]

#: Called with each finished LawRun that ``law.test()`` made.
listeners: List[Callable[[LawRun], None]] = []
