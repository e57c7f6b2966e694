"""The command ``likewise``; its commands are the files of ``likewise.commands``, each imported when it is asked for."""

from __future__ import annotations

import importlib
import logging
import os
import pkgutil
import sys
import traceback
from pathlib import Path
from typing import Any, List, Optional

import click

from likewise import __version__
from likewise.cli import chatter
from likewise.cli.supervising import supervised
from likewise.errors import LikewiseError
from likewise.errors.raised import plain, said, type_of
from likewise.listening import pulse

__all__ = ["cli", "main"]

INTERRUPTED = 130

#: What nobody foresaw. (1 means that something differs.)
FAILED = 3

#: How click ends a command.
_CLICKS = (click.ClickException, click.exceptions.Exit, click.Abort)


class _Mistake(click.ClickException):
    """A LikewiseError, as click tells it: one line, and exit code 2."""

    exit_code = 2


class _Commands(click.Group):
    def list_commands(self, ctx: click.Context) -> List[str]:
        # (looked up, not imported: the process that watches another needs none of them)
        files = [module.name for module in pkgutil.iter_modules([str(Path(__file__).parent.with_name("commands"))])]
        return sorted([*super().list_commands(ctx), *files])

    def get_command(self, ctx: click.Context, cmd_name: str) -> Optional[click.Command]:
        if cmd_name not in self.list_commands(ctx):
            return None
        command: click.Command = importlib.import_module(f"likewise.commands.{cmd_name}").command
        return command

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except LikewiseError as error:
            raise _Mistake(plain(str(error))) from error
        except KeyboardInterrupt:
            click.echo("Interrupted", err=True)
            ctx.exit(INTERRUPTED)
        except _CLICKS:
            raise
        except BaseException as error:  # noqa: BLE001  such as what a property of the user's raises, or a mistake here
            traceback.print_exc()
            click.echo(f"likewise stopped, and nothing was shown: {type_of(error)}: {said(error)}", err=True)
            ctx.exit(FAILED)


def _is_error(record: logging.LogRecord) -> bool:
    return record.levelno >= logging.ERROR


@click.command(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(__version__, prog_name="likewise")
def cli() -> None:
    """Tell whether two ways of writing a neural network are the same network."""
    # TensorFlow's chatter drowns what is said here; who asks for it has it.
    if os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2") >= "2":
        for logger in ("tensorflow", "absl"):
            logging.getLogger(logger).setLevel(logging.ERROR)
            logging.getLogger(logger).addFilter(_is_error)  # absl sets its level anew when it is imported


def main() -> None:
    """The console script; the commands that run examples are run in a process of their own, which can be ended."""
    chatter.ours()
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")  # a terminal that cannot show "≠" still gets the rest
    code = supervised(sys.argv[1:])
    if code is not None:
        sys.exit(code)
    try:
        cli(prog_name="likewise")
    finally:
        pulse.done()
