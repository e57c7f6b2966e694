"""Settings of dense layers, valid from TensorFlow 1.15 to Keras 3."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Sequence

from hypothesis import strategies as st

from likewise_strategies import _check
from likewise_strategies.layers import ACTIVATIONS

if TYPE_CHECKING:
    from hypothesis.strategies import SearchStrategy

_BOTH = (False, True)
_UNITS = 4


@dataclass(frozen=True)
class DenseConfig:
    """The settings of a Keras `Dense`, as `kwargs()` hands them over.

    * `units` is an int of at least 1. Raises InvalidArgument where it is not.
    """

    units: int
    activation: str = "linear"
    use_bias: bool = True

    def __post_init__(self) -> None:
        _check.at_least("units", self.units, 1)

    def kwargs(self) -> dict[str, Any]:
        """Return the keyword arguments for `Dense`."""
        return dict(vars(self))


def dense_configs(
    *,
    min_units: int = 1,
    max_units: int | None = None,
    activations: Sequence[str] = ACTIVATIONS,
    use_bias: Sequence[bool] = _BOTH,
) -> SearchStrategy[DenseConfig]:
    """Return a strategy for settings of dense layers, such that Keras accepts each.

    * `min_units` and `max_units` bound the units, 4 at most by default.
    * `activations` and `use_bias` are what is drawn from, the plainest first.

    A `max_units` left out is its default, or `min_units` where that is more. Raises InvalidArgument for arguments out
    of range and bounds that exclude everything.
    """
    return st.builds(
        DenseConfig,
        units=st.integers(*_check.span("units", min_units, max_units, _UNITS)),
        activation=st.sampled_from(_check.choices("activations", activations, ACTIVATIONS)),
        use_bias=st.sampled_from(_check.choices("use_bias", use_bias, _BOTH)),
    )
