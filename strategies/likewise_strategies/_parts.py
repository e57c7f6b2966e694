"""What cases are put together from, checked before the first example is drawn."""

from __future__ import annotations

from typing import Any, Tuple, Union

from hypothesis import strategies as st
from hypothesis.errors import InvalidArgument
from hypothesis.strategies import SearchStrategy

#: The seeds of a case's weights.
SEEDS = st.integers(0, 2**32 - 1)

Types = Union[type, Tuple[type, ...]]


def checked_shapes(shapes: Any, default: SearchStrategy[tuple[int, ...]], form: str) -> SearchStrategy[tuple[int, ...]]:
    """Return `shapes`, or `default` for None; `form` is what a shape looks like, such as "(n, t, c)"."""
    if shapes is None:
        return default
    if not isinstance(shapes, SearchStrategy):
        raise InvalidArgument(
            f"shapes={shapes!r}: expected a strategy for shapes {form}; for one shape, give st.just(shape)"
        )
    return shapes


def check_configs(name: str, configs: Any, of: Types, *fitting: Any, **more: Any) -> None:
    """Check by a call, so that a setting out of range is refused before the first example is drawn."""
    kinds = " or ".join(each.__name__ for each in (of if isinstance(of, tuple) else (of,)))
    mend = f"expected a function that returns a strategy for {kinds}"
    if not callable(configs) or isinstance(configs, SearchStrategy):
        raise InvalidArgument(f"{name}={configs!r}: {mend}; give functools.partial of one, or leave it out")
    returned = configs(*fitting, **more)
    if not isinstance(returned, SearchStrategy):
        raise InvalidArgument(f"{name}={configs!r}: {mend}; it returned {returned!r}")
