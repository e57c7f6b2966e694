"""The catalog: laws, a file a family.

A family is a module with a tuple ``LAWS``; to add one, name it in ``FAMILIES``.
"""

from __future__ import annotations

import importlib
from typing import Dict, Iterable, List

from likewise.errors import LawError
from likewise.law import Law
from likewise.lines import nearest

__all__ = ["FAMILIES", "catalog", "chosen"]

FAMILIES = ("wrappers", "dense", "activations", "recurrent", "normalization", "pooling", "convolution", "models")


def catalog() -> Dict[str, Law]:
    """All laws by name, in the order of the families."""
    laws: Dict[str, Law] = {}
    for family in FAMILIES:
        for law in importlib.import_module(f"likewise.laws.{family}").LAWS:
            if law.name in laws:
                raise LawError(f"name={law.name!r} is the name of two laws; rename one")
            laws[law.name] = law
    return laws


def chosen(names: Iterable[str] = ()) -> List[Law]:
    """The laws of these names, or all of them.

    Raises LawError for an unknown name, with the nearest known ones.
    """
    laws = catalog()
    found = []
    for name in dict.fromkeys(names):
        if name not in laws:
            raise LawError(f"law {name!r} is not in the catalog; {nearest(name, laws)}")
        found.append(laws[name])
    return found or list(laws.values())
