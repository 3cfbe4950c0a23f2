"""The house format of Turtle: checked, never imposed, since no program rewrites the files of authors.

Two spaces for each level, one property a line unless the whole statement stands on one, prefixes declared once, used
and in the order of the alphabet, no tabs, no spaces at the end of a line, a line break at the end of the file. Lines
may be as long as it takes: texts and lists of names are not broken.
"""

import functools
import re
from collections.abc import Iterator
from pathlib import Path

from cartkb.problems import Bearing, Problem, shown

_WHY = "files that look alike show a difference for what it is"
_HARMLESS = Bearing(doubts=frozenset(), reads=frozenset())
_STRING = re.compile(r'"(?:[^"\\\n]|\\.)*"')
_PREFIX = re.compile(r"^@prefix\s+([^\s:]*):.*$", re.MULTILINE)
_BETWEEN = re.compile(r"^ +[^\s#].* ; +[^\s#].*$", re.MULTILINE)


def check_format(path: Path, text: str) -> Iterator[Problem]:
    """Yield a problem for each rule of the house format that a file breaks, where it breaks it first."""
    for code, at, what, fix in _rules_broken(text):
        before = text[:at]
        line, column = before.count("\n") + 1, at - before.rfind("\n")
        yield Problem(shown(path), line, what, _WHY, fix, column=column, code=code, bearing=_HARMLESS)


@functools.lru_cache(maxsize=2048)
def _rules_broken(text: str) -> list[tuple[str, int, str, str]]:
    """Return code, offset, what and fix. Kept, since whoever is working on one file has all others checked again."""
    return list(_broken(text))


def _broken(text: str) -> Iterator[tuple[str, int, str, str]]:
    if '"""' in text or "'''" in text:
        return  # a text of several lines is laid out as its author likes
    if "\r" in text:
        what, fix = "the lines end as on Windows", "let the editor end lines with LF"
        yield "format-line-ends", text.index("\r"), what, fix
        return
    if (at := text.find("\t")) >= 0:
        yield "format-tab", at, "a tab stands here", "write two spaces for each level"
    if (at := text.find(" \n")) >= 0:
        yield "format-trailing-spaces", at, "spaces at the end of a line", "delete them"
    if not text.endswith("\n") or text.endswith("\n\n"):
        what, fix = "the file does not end with one line break", "end the last line, and nothing after it"
        yield "format-last-line", max(len(text.rstrip("\n")) - 1, 0), what, fix
    yield from _indentation(text)
    yield from _prefixes(text)
    for found in _BETWEEN.finditer(text):
        plain = _STRING.sub(lambda text: "x" * len(text[0]), found[0])
        if (between := re.search(r" ; +[^\s#]", plain)) and "[" not in plain:
            at = found.start() + between.end() - 1
            yield "format-two-on-a-line", at, "two properties on one line", "begin a new line after the semicolon"
            return


def _indentation(text: str) -> Iterator[tuple[str, int, str, str]]:
    depth = 0
    for found in re.finditer(r"^( *)(\S.*)$", text, re.MULTILINE):
        spaces = len(found[1])
        if spaces % 2 or spaces > depth + 4:
            what = f"{spaces} spaces at the beginning of the line"
            yield "format-indentation", found.start(2), what, f"write {min(spaces + 1, depth + 2) // 2 * 2}"
            return
        depth = spaces


def _prefixes(text: str) -> Iterator[tuple[str, int, str, str]]:
    declared = list(_PREFIX.finditer(text))
    names = [found[1] for found in declared]
    body = text[declared[-1].end() :] if declared else ""
    for found, before in zip(declared, ["", *names], strict=False):
        if found[1] in names[: names.index(found[1])] or (before and found[1] <= before):
            what = f"{found[1]}: comes after {before}:"
            yield "format-prefix-order", found.start(), what, "order the prefixes by the alphabet, each once"
            break
    for found in declared:
        if not re.search(rf"(?:^|[\s,;(\[^]){re.escape(found[1])}:", body):
            yield "format-unused-prefix", found.start(), f"the prefix {found[1]}: is not used", "delete the line"
