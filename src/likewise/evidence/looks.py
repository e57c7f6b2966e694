"""In which examples it is looked at what programs do beside what claims compare."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["Looks"]

#: Eagerly, where a call is what costs, it is looked at the first of so many examples, and at each from ``DOUBTED`` on
#: as long as something is in doubt.
EAGER = 16
DOUBTED = 8


@dataclass
class Looks:
    """Counts examples and looks.

    - eager, graphs: how many looks there are at most, eagerly and in graphs. These run in a millisecond, so each of
      their examples is one to look at.
    - taken, left_out: at how many examples it was looked, and at how many it was not.
    """

    eager: float
    graphs: float
    taken: int = 0
    left_out: int = 0
    _examples: int = 0

    def due(self, *, graphs: bool, doubtful: bool = False, failing: bool = False) -> bool:
        """Whether it is looked at this example.

        - graphs: whether the example ran as a graph.
        - doubtful: whether something would be told that a further look may put right.
        - failing: whether the run would fail for it.
        """
        if graphs:
            found = self.graphs > 0
            self.graphs -= found
        else:
            self._examples += 1
            found = self._examples % EAGER == 1 or failing or (doubtful and self._examples >= DOUBTED)
            found = found and self.eager > 0
            self.eager -= found
        self.taken += found
        self.left_out += not found
        return found
