"""Lines of a report to be read aloud, written as text for a terminal or as Markdown."""

import textwrap
from collections.abc import Iterable
from dataclasses import dataclass

_WIDTH = 110


@dataclass(frozen=True)
class Line:
    """One line of a report: a heading (depth 0), or an item of a list at a depth. ``verbatim`` lines are not
    wrapped.
    """

    depth: int
    text: str
    verbatim: bool = False


def as_text(lines: Iterable[Line]) -> str:
    """Return a report for a terminal."""
    return "\n".join(_text_line(line) for line in lines).lstrip("\n") + "\n"


def _text_line(line: Line) -> str:
    if line.depth == 0:
        return f"\n{line.text}"
    if line.verbatim:
        return textwrap.indent(line.text, "  " * line.depth)
    first = "  " * (line.depth - 1) + "- "
    return textwrap.fill(
        line.text,
        _WIDTH,
        initial_indent=first,
        subsequent_indent="  " * line.depth,
        break_long_words=False,
        break_on_hyphens=False,
    )


def as_markdown(lines: Iterable[Line]) -> str:
    """Return a report as Markdown."""
    return "\n".join(_markdown_line(line) for line in lines).lstrip("\n") + "\n"


def _markdown_line(line: Line) -> str:
    if line.depth == 0:
        return f"\n## {line.text}\n"
    if line.verbatim:
        return f"\n```turtle\n{line.text}\n```"
    return "  " * (line.depth - 1) + "- " + line.text
