"""Text for a terminal: wrapped to a width, cut to a number of lines; and the names that somebody may have meant."""

from __future__ import annotations

import difflib
import re
import textwrap
from dataclasses import dataclass
from typing import Iterable, List, Sequence

__all__ = ["WIDTH", "Part", "fitted", "nearest", "printable", "shortened", "wrapped"]

#: As wide as a line is made; paths and commands may be wider, for they are copied.
WIDTH = 100


@dataclass(frozen=True)
class Part:
    """Lines that belong together; ``least`` of them are kept, whatever else there is to say."""

    lines: Sequence[str]
    least: int = 3


def fitted(parts: Sequence[Part], limit: int) -> List[str]:
    """The lines of all parts, of the longest ones fewer, so that there are at most ``limit`` where ``least`` allows it.

    A part that is cut ends with a line that says how many are missing.
    """
    shown = [len(part.lines) for part in parts]
    while sum(shown) > limit:
        slack = [count - max(part.least, 2) for part, count in zip(parts, shown)]
        longest = max(range(len(parts)), key=lambda place: (slack[place] > 0, shown[place]))
        if slack[longest] <= 0:
            break
        shown[longest] -= 1
    found: List[str] = []
    for part, count in zip(parts, shown):
        if count == len(part.lines):
            found.extend(part.lines)
        else:
            found.extend(part.lines[: count - 1])
            found.append(f"    … and {len(part.lines) - count + 1:,} more")
    return found


def wrapped(text: str, *, indent: str = "    ") -> List[str]:
    """Text in lines of at most ``WIDTH``, all but the first of each of its own lines indented."""
    found: List[str] = []
    for line in text.splitlines():
        # Numbers of one tuple stay together: what is split by spaces is not split by those that do not break.
        tied = re.sub(r"(?<=\d), (?=-?\d)", ",\N{NO-BREAK SPACE}", line)
        lines = textwrap.wrap(tied, WIDTH, subsequent_indent=indent, break_on_hyphens=False)
        found.extend(each.replace("\N{NO-BREAK SPACE}", " ") for each in lines or [""])
    return found


def shortened(text: str, width: int = WIDTH) -> str:
    """Text in one line of at most so many characters."""
    line = " ".join(text.splitlines())
    return line if len(line) <= width else line[: width - 1] + "…"


def printable(text: str) -> str:
    """Text of any origin without what would move a terminal's cursor or turn its colours; its lines stay."""
    return "\n".join("".join(each if each.isprintable() else " " for each in line) for line in text.split("\n"))


def nearest(name: str, known: Iterable[str]) -> str:
    """What mends a name that is not known: "did you mean …?" with those that look like it, else some that there are."""
    known = sorted(known)
    near = difflib.get_close_matches(name, known, n=3, cutoff=0.4)
    if near:
        return f"did you mean {' or '.join(near)}?"
    return f"there is {', '.join(known[:10])}" if known else "there is none"
