"""Where in a file a statement is written, so that every complaint can name its line and column.

The RDF parsers keep no positions (rdflib's line counter drifts), so Turtle is scanned once more,
but only when something is wrong. The scanner knows just enough: strings, comments, names and ends.
"""

import functools
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

_TOKEN = re.compile(
    r'''(?P<skip>\s+|\#[^\n]*)
    | (?P<string>"""(?:[^"\\]|\\.|"(?!""))*"""|\'\'\'(?:[^'\\]|\\.|'(?!''))*\'\'\'
     |"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*')
    | (?P<iri><[^>\s]*>)
    | (?P<sign>[;,\[\]()]|\.(?=\s|$))
    | (?P<word>[^\s;,\[\]()<>"'#]+?(?=\.?(?:[\s;,\[\]()<>"'#]|$)))
    | (?P<other>.)''',
    re.VERBOSE | re.DOTALL,
)
_RDF_TYPE = "http://www.w3.org/1999/02/22-rdf-syntax-ns#type"
_ESCAPES = {"t": "\t", "b": "\b", "n": "\n", "r": "\r", "f": "\f"}


class Place(NamedTuple):
    """A line and a column, counted from 1; 0 where it is not known."""

    line: int
    column: int


NOWHERE = Place(0, 0)


@dataclass
class Written:
    """What a text of Turtle says, by the place where it says it first."""

    said: dict[tuple[str, str, str], Place] = field(default_factory=dict)  # subject, predicate or "", value or ""
    names: dict[str, Place] = field(default_factory=dict)  # every IRI
    texts: dict[str, Place] = field(default_factory=dict)  # every literal
    subjects: set[str] = field(default_factory=set)
    nameless: Place = NOWHERE  # the first blank node, [ ] or ( )


class _Scanner:
    def __init__(self, text: str, prefixes: dict[str, str]):
        self.text, self.prefixes, self.written = text, dict(prefixes), Written()
        self.statement: list[str] = []
        self.subject = self.predicate = ""
        self.depth, self.predicate_next = 0, False

    def scan(self) -> Written:
        line, begin = 1, 0
        for match in _TOKEN.finditer(self.text):
            token = match[0]
            if match.lastgroup != "skip":
                self._token(token, match.lastgroup, Place(line, match.start() - begin + 1))
            if newlines := token.count("\n"):
                line += newlines
                begin = match.start() + token.rindex("\n") + 1
        return self.written

    def _token(self, token: str, kind: str, place: Place) -> None:
        if token == "." and self.depth == 0:
            self._directive()
            self.statement, self.subject, self.predicate_next = [], "", False
            return
        if token in "[(" and self.written.nameless == NOWHERE:
            self.written.nameless = place
        self.depth += (token in "[(") - (token in ")]")
        self.statement.append(token)
        if self.statement[0] == "PREFIX" and len(self.statement) == 3:
            self._directive()
            self.statement = []
        elif self.statement[0].lower().lstrip("@") in ("prefix", "base"):
            return
        elif kind == "sign":
            self.predicate_next = token == ";" and self.depth == 0 and bool(self.subject)
        elif kind in ("word", "iri", "string") and not token.startswith(("@", "^^")):
            self._term(token, kind, place)

    def _directive(self) -> None:
        if len(self.statement) > 2 and self.statement[0].lower().lstrip("@") == "prefix":
            self.prefixes[self.statement[1].rstrip(":")] = self.statement[2][1:-1]

    def _term(self, token: str, kind: str, place: Place) -> None:
        name = _text(token) if kind == "string" else self._iri(token)
        if kind == "string" or _is_bare(token):
            self.written.texts.setdefault(name, place)
        else:
            self.written.names.setdefault(name, place)
        if len(self.statement) == 1:
            self.subject, self.predicate_next = name, True
            self.written.subjects.add(name)
            self.written.said.setdefault((name, "", ""), place)
        elif self.depth == 0 and self.predicate_next:
            self.predicate, self.predicate_next = name, False
            self.written.said.setdefault((self.subject, name, ""), place)
        elif self.depth == 0:
            self.written.said.setdefault((self.subject, self.predicate, name), place)

    def _iri(self, token: str) -> str:
        if token.startswith("<"):
            return token[1:-1]
        if _is_bare(token):
            return token
        prefix, _, name = token.partition(":")
        return _RDF_TYPE if token == "a" else self.prefixes.get(prefix, prefix + ":") + name


def _is_bare(token: str) -> bool:
    """Say whether a word is a number or a truth value, which Turtle writes without quotes."""
    return bool(re.fullmatch(r"true|false|[+-]?[0-9.]+([eE][+-]?[0-9]+)?", token))


def _text(token: str) -> str:
    """Return what a text in quotes says.

    >>> _text(r'"a \\"b\\" \\u00e9"'), _text("'''two'''")
    ('a "b" é', 'two')
    """
    marks = 3 if token.startswith(('"""', "'''")) else 1

    def meant(escape: re.Match) -> str:
        sign = escape[1]
        return chr(int(sign[1:], 16)) if len(sign) > 1 else _ESCAPES.get(sign, sign)

    return re.sub(r"\\(u[0-9A-Fa-f]{4}|U[0-9A-Fa-f]{8}|.)", meant, token[marks:-marks], flags=re.DOTALL)


@functools.lru_cache(maxsize=256)
def written(text: str, prefixes: tuple[tuple[str, str], ...] = ()) -> Written:
    """Return what a text of Turtle says and where, as far as it can be made out; it need not be whole.

    ``prefixes`` are those that hold before the text says otherwise.
    """
    return _Scanner(text, dict(prefixes)).scan()


def place_of(path: Path, subject: str, predicate: str = "", value: str | None = None) -> Place:
    """Return where a subject's value is written, else its predicate, else its first statement, else where it is named.

    JSON-LD and N-Quads are searched for the line that names the subject. ``NOWHERE`` where it is not found.
    """
    text = path.read_text(encoding="utf-8")
    if path.suffix == ".ttl":
        found = written(text)
        wanted = ((subject, predicate, value or ""), (subject, predicate, ""), (subject, "", ""))
        inside = found.names.get(predicate) if subject not in found.subjects else None
        return next(
            (found.said[key] for key in wanted if key in found.said), inside or found.names.get(subject, NOWHERE)
        )
    name = re.split(r"[/#:]", subject)[-1]
    lines = text.splitlines()
    candidates = [n for n, line in enumerate(lines, 1) if subject in line or f'{name}"' in line]
    exact = [n for n in candidates if predicate and predicate in lines[n - 1]]
    return Place(next(iter(exact or candidates), 0), 0)


def place_of_word(path: Path, word: str) -> Place:
    """Return where a term or a literal is first written in a file of Turtle, whoever says it, or ``NOWHERE``."""
    found = written(path.read_text(encoding="utf-8"))
    return found.names.get(word) or found.texts.get(word, NOWHERE)
