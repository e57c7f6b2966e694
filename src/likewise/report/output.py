"""Where a command's text and JSON go."""

from __future__ import annotations

import contextlib
import os
import sys
from pathlib import Path
from typing import Any, Callable, Iterator, List, Optional

from rich.console import Console, RenderableType
from rich.progress import BarColumn, Progress, ProgressColumn, Task, TextColumn
from rich.text import Text

from likewise.errors import RecordError
from likewise.files import write_whole
from likewise.lines import printable
from likewise.record import dumped

if sys.version_info >= (3, 8):
    from typing import Protocol
else:
    from typing_extensions import Protocol

__all__ = ["Output", "done", "share", "write_text"]

#: A table that is written to a file or a pipe may be as wide as it needs.
_PIPE_WIDTH = 240


class Counted(Protocol):
    """A run or an audit, of which the bar shows how far it is."""

    @property
    def examples(self) -> int: ...


class Output:
    """Text to standard output, unless JSON is written there: then text goes to standard error.

    - json: the value of ``--json``: a file, "-" for standard output, None for none.

    Raises RecordError at once for a file in a folder that is not there.
    """

    def __init__(self, json: Optional[str] = None) -> None:
        if json not in (None, "-"):
            _check_folder(str(json))
        self._json = json
        self.console = _console(sys.stderr if json == "-" else sys.stdout)
        self._errors = _console(sys.stderr)

    def line(self, text: str = "", *, style: str = "") -> None:
        """Print text as it is: no markup, no wrapping; what would move the cursor is left out."""
        self.show(Text(printable(text), style=style))

    def error(self, text: str) -> None:
        """The same to standard error."""
        _shown(self._errors, Text(printable(text)))

    def show(self, what: RenderableType) -> None:
        """Print text or a table; nothing where nobody reads any more (``| head``), which stops no command."""
        _shown(self.console, what)

    def json(self, value: Any) -> None:
        """Write the JSON that was asked for, if it was."""
        if self._json is not None:
            write_text(self._json, dumped(value, indent=2) + "\n")

    @contextlib.contextmanager
    def progress(
        self, title: str, examples: Optional[int], seconds: Optional[float] = None
    ) -> Iterator[Callable[[Counted], None]]:
        """A bar on standard error, where that is a terminal; gives what is called after each example.

        - examples, seconds: what is to be done, whichever comes first; None where there is no such end.
        """
        if not self._errors.is_terminal:
            yield lambda _: None
            return
        columns = (TextColumn("{task.description}", markup=False), BarColumn(), _Done(examples, seconds))
        with Progress(
            *columns, console=self._errors, transient=True, redirect_stdout=False, redirect_stderr=False
        ) as bar:
            task = bar.add_task(printable(title), total=1.0, done=0)

            def update(run: Counted) -> None:
                elapsed = bar.tasks[0].elapsed or 0.0
                bar.update(task, completed=share(run.examples, elapsed, examples, seconds), done=run.examples)

            yield update


class _Done(ProgressColumn):
    """How many examples are done, how fast, and what time is left, told anew as time goes by."""

    def __init__(self, examples: Optional[int], seconds: Optional[float]) -> None:
        super().__init__()
        self.limits = examples, seconds

    def render(self, task: Task) -> Text:
        return Text(done(task.fields["done"], task.elapsed or 0.0, *self.limits))


def share(examples: int, elapsed: float, asked: Optional[int], seconds: Optional[float]) -> float:
    """How much of what was asked for is done, from 0 to 1: of the examples or the time, whichever is closer."""
    # What is tried beyond the number asked for, to shrink a counterexample, moves the bar no further.
    return min(1.0, max(examples / asked if asked else 0.0, elapsed / seconds if seconds else 0.0))


def done(examples: int, elapsed: float, asked: Optional[int], seconds: Optional[float]) -> str:
    """The same in words: "12/100 examples, 3.5/s, 0:25 left"."""
    rate = examples / elapsed if elapsed else 0.0
    left: List[float] = [] if seconds is None else [seconds - elapsed]
    if asked is not None and rate:
        left.append((asked - examples) / rate)
    told = [f"{examples:,}{'' if asked is None else f'/{asked:,}'} examples"]
    if rate:
        told.append(f"{rate:.1f}/s")
    if left:
        minutes, of_a_minute = divmod(round(max(min(left), 0.0)), 60)
        told.append(f"{minutes}:{of_a_minute:02} left")
    return ", ".join(told)


class _Console(Console):
    def on_broken_pipe(self) -> None:
        """Let the caller see it; rich itself would end the process with exit code 1."""
        raise BrokenPipeError


def _console(stream: Any) -> Console:
    width = None if stream.isatty() else _PIPE_WIDTH
    return _Console(file=stream, width=width, markup=False, emoji=False, highlight=False)


def _shown(console: Console, what: RenderableType) -> None:
    try:
        console.print(what, soft_wrap=isinstance(what, Text))
    except BrokenPipeError:
        _to_nowhere(console.file)


def _to_nowhere(stream: Any) -> None:
    """Let what is written from now on, and what is left in the stream's buffer, go nowhere."""
    with contextlib.suppress(OSError, ValueError):  # a stream without a file
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, stream.fileno())
        os.close(nowhere)


def write_text(target: str, text: str) -> None:
    """Write text to a file, whole or not at all, or to standard output for "-". Raises RecordError."""
    if target == "-":
        try:
            sys.stdout.write(text)
            sys.stdout.flush()
        except BrokenPipeError:
            _to_nowhere(sys.stdout)
        return
    _check_folder(target)
    try:
        write_whole(Path(target), text.encode("utf-8"))
    except OSError as error:
        raise RecordError(f"{target}: cannot be written: {error}") from error


def _check_folder(target: str) -> None:
    folder = Path(target).absolute().parent
    if not folder.is_dir():
        raise RecordError(f"{target}: cannot be written, since {folder} is no folder; make it first")
