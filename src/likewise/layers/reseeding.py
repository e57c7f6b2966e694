"""Initializers that are given another seed each time that they are asked, so that a fixed one hides nothing.

Two programs that draw from the same distribution with other seeds begin alike; and one that is built again with the
same seed would show the same draw for ever.
"""

from __future__ import annotations

import contextlib
from typing import Any, Callable, Iterator

from likewise.layers.wrapping import class_with, wrapped

__all__ = ["reseeded"]


@contextlib.contextmanager
def reseeded(seeds: Iterator[int]) -> Iterator[None]:
    """Within, weights of Keras layers come from initializers of their kind, each with the next of these seeds.

    Those that tell no seed in their config stay as they are.
    """

    def wrap(original: Callable[..., Any]) -> Callable[..., Any]:
        def add_weight(layer: Any, *arguments: Any, **keywords: Any) -> Any:
            if "initializer" in keywords:
                keywords["initializer"] = _with_seed(keywords["initializer"], seeds)
            return original(layer, *arguments, **keywords)

        return add_weight

    with wrapped(class_with("add_weight"), "add_weight", wrap):
        yield


def _with_seed(initializer: Any, seeds: Iterator[int]) -> Any:
    try:
        config = initializer.get_config()
        return type(initializer).from_config({**config, "seed": next(seeds)}) if "seed" in config else initializer
    except Exception:  # noqa: BLE001  a name, a function, or one of the user's that has no such config
        return initializer
