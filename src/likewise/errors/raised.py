"""What a program of the user's raises, whatever it is: told as text, and kept from ending more than the program."""

from __future__ import annotations

import contextlib
import sys
from typing import Any, Iterator, Tuple, Type

from likewise.errors import LikewiseError

__all__ = ["Escaped", "contained", "let_pass", "plain", "said", "shown", "type_of"]

#: As long as the text of an exception may be; what matters stands at its beginning or end.
_TEXT = 10_000

#: As long as a value may be in a message.
_BRIEF = 60


class Escaped(Exception):
    """Stands for what a program raised that is no Exception, such as SystemExit, which nothing on its way catches.

    ``error`` is what was raised.
    """

    def __init__(self, error: BaseException) -> None:
        super().__init__(error)
        self.error = error

    def __str__(self) -> str:
        return said(self.error)


@contextlib.contextmanager
def contained() -> Iterator[None]:
    """Within, what a program raises is an Exception, so that it ends the program alone (``sys.exit`` is a refusal)."""
    try:
        yield
    except StopIteration as error:  # which no generator on its way lets pass
        raise Escaped(error) from error
    except Exception:
        raise
    except BaseException as error:
        let_pass(error)
        raise Escaped(error) from error


def let_pass(error: BaseException) -> None:
    """Raise what is about the question again; return for what a program raised, which is a result.

    About the question are a mistake in how likewise was asked, Ctrl-C, and how Hypothesis is told that an example is
    none.
    """
    if isinstance(error, (KeyboardInterrupt, LikewiseError, *_of_hypothesis())):
        raise error


def _of_hypothesis() -> Tuple[Type[BaseException], ...]:
    errors = sys.modules.get("hypothesis.errors")  # it takes long to import, and raises nothing before
    return () if errors is None else (errors.StopTest, errors.UnsatisfiedAssumption)


def said(error: BaseException) -> str:
    """The text of an exception, whatever its ``__str__`` does, at most so long and with no lone surrogates."""
    try:
        text = plain(str(error))
    except KeyboardInterrupt:
        raise
    except BaseException:  # noqa: BLE001  a text that cannot be had says nothing
        return "(its text cannot be read)"
    return text if len(text) <= _TEXT else f"{text[: _TEXT // 2]} … {text[-_TEXT // 2 :]}"


def type_of(error: BaseException) -> str:
    """The name of what a program raised."""
    return plain(type(error.error if isinstance(error, Escaped) else error).__name__)


def shown(value: Any) -> str:
    """A user's value for a message, whatever its ``__repr__`` does."""
    try:
        text = plain(repr(value))
    except KeyboardInterrupt:
        raise
    except BaseException:  # noqa: BLE001  as for texts
        return f"a {plain(type(value).__name__)} that cannot be shown"
    return text if len(text) <= _BRIEF else f"{plain(type(value).__name__)} {text[: _BRIEF - 10]}…"


def plain(text: str) -> str:
    """A text of any origin, of a subclass of ``str`` perhaps, as one that can be encoded."""
    return str.encode(text, "utf-8", "backslashreplace").decode("utf-8")
