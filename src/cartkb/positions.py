"""Where in a file a statement is written, so that every complaint can name its line.

The RDF parsers keep no positions (rdflib's line counter drifts), so Turtle is scanned once more,
but only when something is wrong. The scanner knows just enough: strings, comments, names and ends.
"""

import functools
import re
from pathlib import Path

_TOKEN = re.compile(
    r'''(?P<skip>\s+|\#[^\n]*)
    | (?P<string>"""(?:[^"\\]|\\.|"(?!""))*"""|\'\'\'(?:[^'\\]|\\.|'(?!''))*\'\'\'|"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*')
    | (?P<iri><[^>\s]*>)
    | (?P<sign>[;,\[\]()]|\.(?=\s|$))
    | (?P<word>[^\s;,\[\]()<>"'#]+?(?=\.?(?:[\s;,\[\]()<>"'#]|$)))
    | (?P<other>.)''',
    re.VERBOSE | re.DOTALL,
)
_RDF_TYPE = "http://www.w3.org/1999/02/22-rdf-syntax-ns#type"


def _scan(text: str) -> dict[tuple[str, str], int]:
    """Return the line of each subject, and of each predicate of each subject."""
    prefixes: dict[str, str] = {}
    places: dict[tuple[str, str], int] = {}
    line, depth, statement, predicate_next = 1, 0, [], False
    subject = ""

    def iri(token: str) -> str:
        if token.startswith("<"):
            return token[1:-1]
        prefix, _, name = token.partition(":")
        return _RDF_TYPE if token == "a" else prefixes.get(prefix, prefix + ":") + name

    for match in _TOKEN.finditer(text):
        token, kind, at = match[0], match.lastgroup, line
        line += token.count("\n")
        if kind == "skip":
            continue
        if token == "." and depth == 0:
            if statement and statement[0].lower().lstrip("@") == "prefix" and len(statement) > 2:
                prefixes[statement[1].rstrip(":")] = statement[2][1:-1]
            statement, subject, predicate_next = [], "", False
            continue
        if statement and statement[0] == "PREFIX" and len(statement) == 2:
            prefixes[statement[1].rstrip(":")] = token[1:-1]
            statement = []
            continue
        if token in "[(":
            depth += 1
        elif token in ")]":
            depth -= 1
        statement.append(token)
        if depth or kind == "sign":
            predicate_next = token == ";" and depth == 0 and bool(subject)
        elif len(statement) == 1 and token.lower().lstrip("@") not in ("prefix", "base"):
            subject, predicate_next = iri(token), True
            places.setdefault((subject, ""), at)
        elif predicate_next and kind in ("word", "iri"):
            places.setdefault((subject, iri(token)), at)
            predicate_next = False
    return places


@functools.cache
def _turtle_places(path: Path) -> dict[tuple[str, str], int]:
    return _scan(path.read_text(encoding="utf-8"))


def line_of(path: Path, subject: str, predicate: str = "") -> int:
    """Return the line, from 1, where a subject's predicate is written, or its first statement.

    JSON-LD and N-Quads are searched for the line that names the subject. 0 where it is not found.
    """
    if path.suffix == ".ttl":
        places = _turtle_places(path)
        return places.get((subject, predicate)) or places.get((subject, ""), 0)
    name = re.split(r"[/#:]", subject)[-1]
    lines = path.read_text(encoding="utf-8").splitlines()
    candidates = [n for n, line in enumerate(lines, 1) if subject in line or f'{name}"' in line]
    exact = [n for n in candidates if predicate and predicate in lines[n - 1]]
    return next(iter(exact or candidates), 0)
