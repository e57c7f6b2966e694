"""The values that variables get, given to them as they are created, so that a program's first call is its run.

Which variable of the candidate belongs to which of the reference is known for certain only when both are built. Here
it is foretold; whoever runs the programs has to look whether it came so, and to load the values and run again if not.
"""

from __future__ import annotations

from typing import Hashable, List, Mapping, Sequence, Tuple

import numpy as np

from likewise.values import numpy_dtype, value_of
from likewise.variable import Foretold, Variable

__all__ = ["Foretelling"]


class Foretelling:
    """Tells the values of a reference's variables, and then those of a candidate's, in their order of creation."""

    def __init__(self, seed: int) -> None:
        self._seed = seed
        self._left: List[Tuple[Variable, np.ndarray]] = []
        self._made = [0, 0]

    @classmethod
    def after(cls, variables: Sequence[Variable], values: Mapping[int, np.ndarray], seed: int) -> Foretelling:
        """That for a candidate, where the reference has these variables and values (by place) already."""
        made = cls(seed)
        made._left = [(variable, values[place]) for place, variable in enumerate(variables)]
        return made

    @staticmethod
    def known(values: Mapping[int, np.ndarray]) -> Foretold:
        """What tells these values (by place) in turn, in the dtypes that the variables have: the same program again."""
        left = iter(sorted(values.items()))

        def foretold(variable: Variable) -> np.ndarray:
            _, value = next(left, (0, None))
            if value is None or value.shape != variable.shape:  # it is another program, which will be found out
                value = np.zeros(variable.shape)
            return value.astype(numpy_dtype(variable.dtype))

        return foretold

    def of_reference(self, variable: Variable) -> np.ndarray:
        """The value of the reference's next variable."""
        value = value_of(variable, self._seed, self._next(0))
        self._left.append((variable, value))
        return value

    def of_candidate(self, variable: Variable) -> np.ndarray:
        """The value of the candidate's next variable: of the reference's first like it, or else one of its own."""
        place = self._next(1)
        for key in (_by_role, _by_shape):
            for index, (other, value) in enumerate(self._left):
                if key(other) == key(variable):
                    del self._left[index]
                    return value
        return value_of(variable, self._seed + 1, place)

    def _next(self, side: int) -> int:
        self._made[side] += 1
        return self._made[side] - 1


def _by_role(variable: Variable) -> Hashable:
    return variable.kind, variable.role, variable.shape, variable.dtype


def _by_shape(variable: Variable) -> Hashable:
    return variable.kind, variable.shape, variable.dtype
