"""What every command of the command line shares: the ways in which it prints progress and problems, and exits."""

import functools
import sys
from collections.abc import Callable
from pathlib import Path

import click

from cartkb.home import find_home
from cartkb.problems import CartkbError, Problem


def problems_exit(command: Callable) -> Callable:
    """Return a command that turns problems into messages and exit code 1."""

    @functools.wraps(command)
    def wrapped(*args, **kwargs):
        try:
            return command(*args, **kwargs)
        except CartkbError as error:
            fail(error.problems)

    return wrapped


def fail(problems: list[Problem]) -> None:
    """Print problems to the error stream and exit with code 1."""
    for problem in problems:
        click.echo(str(problem), err=True)
    click.echo(f"{len(problems)} problem{'s' if len(problems) != 1 else ''}", err=True)
    sys.exit(1)


def progress(step: str) -> None:
    """Say what is being done, on one line that is written over, where somebody is watching."""
    if sys.stderr.isatty():
        click.echo(f"\r\033[K{step} ...", err=True, nl=False)


def progress_end() -> None:
    """Clear the line of progress."""
    if sys.stderr.isatty():
        click.echo("\r\033[K", err=True, nl=False)


def knowledge_of(home: Path | None):
    """Return the knowledge base in a folder, or in the nearest one that holds one."""
    from cartkb.knowledge import Knowledge

    return Knowledge(find_home(home))
