"""Strict reading of Turtle, JSON-LD, N-Triples and N-Quads: what cannot be read safely is refused.

Nothing is fetched: a JSON-LD context has to stand in the file, or be the project's own.
"""

import functools
import json
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

import pyoxigraph as ox

from cartkb.problems import CartkbError, Problem, shown

CKB = "https://w3id.org/cartkb/vocab/"
CKBG = "https://w3id.org/cartkb/guideline/"
CONTEXT = "https://w3id.org/cartkb/context.jsonld"
FORMATS = {
    ".ttl": ox.RdfFormat.TURTLE,
    ".nt": ox.RdfFormat.N_TRIPLES,
    ".nq": ox.RdfFormat.N_QUADS,
    ".jsonld": ox.RdfFormat.JSON_LD,
    ".json": ox.RdfFormat.JSON_LD,
}
PREFIXES = {
    "ckb": CKB,
    "ckbg": CKBG,
    "cito": "http://purl.org/spar/cito/",
    "dcat": "http://www.w3.org/ns/dcat#",
    "dcterms": "http://purl.org/dc/terms/",
    "fabio": "http://purl.org/spar/fabio/",
    "owl": "http://www.w3.org/2002/07/owl#",
    "prov": "http://www.w3.org/ns/prov#",
    "rdf": "http://www.w3.org/1999/02/22-rdf-syntax-ns#",
    "rdfs": "http://www.w3.org/2000/01/rdf-schema#",
    "sh": "http://www.w3.org/ns/shacl#",
    "skos": "http://www.w3.org/2004/02/skos/core#",
    "xsd": "http://www.w3.org/2001/XMLSchema#",
}


@functools.cache
def ckb(name: str) -> ox.NamedNode:
    """Return the IRI of a term of the vocabulary."""
    return ox.NamedNode(CKB + name)


def short(term) -> str:
    """Return a term as people read it: a literal's text, an IRI with its usual prefix."""
    text = term.value
    if isinstance(term, ox.Literal):
        return text
    for prefix, namespace in PREFIXES.items():
        if text.startswith(namespace) and len(text) > len(namespace):
            return f"{prefix}:{text[len(namespace) :]}"
    return text


def local_name(term) -> str:
    """Return the last part of an IRI: the item's name, its file's stem and its page's address."""
    return re.split(r"[/#]", term.value)[-1]


@dataclass
class Loaded:
    """Triples by the file that they came from."""

    files: dict[Path, list[ox.Triple]] = field(default_factory=dict)

    def triples(self) -> Iterable[ox.Triple]:
        for triples in self.files.values():
            yield from triples

    def store(self) -> ox.Store:
        """Return one store whose graphs are the files, named ``file:`` and the path."""
        store = ox.Store()
        for path, triples in self.files.items():
            graph = ox.NamedNode(path.resolve().as_uri())
            store.extend(ox.Quad(t.subject, t.predicate, t.object, graph) for t in triples)
        return store

    def files_of(self, subject: str) -> list[Path]:
        """Return the files in which an IRI is a subject."""
        return [path for path, triples in self.files.items() if any(t.subject.value == subject for t in triples)]

    def problem(self, subject: str, what: str, why: str = "", fix: str = "", predicate: str = "") -> Problem:
        """Return a problem placed at the line where a subject (and predicate) is written."""
        from cartkb.positions import line_of

        for path in self.files_of(subject):
            return Problem(shown(path), line_of(path, subject, predicate), what, why, fix)
        return Problem(subject, 0, what, why, fix)


def read(path: Path, context: str | None = None) -> list[ox.Triple]:
    """Read one file; graph names of N-Quads are dropped.

    Raises CartkbError with file and line where it is not there, of an unknown kind or malformed.
    """
    if path.suffix not in FORMATS:
        known = ", ".join(FORMATS)
        raise CartkbError([Problem(shown(path), 0, f"cannot read '{path.suffix}' files", fix=f"use one of {known}")])
    try:
        data = path.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        line = path.read_bytes()[: error.start].count(b"\n") + 1
        raise CartkbError([Problem(shown(path), line, "not UTF-8 text", fix="save the file as UTF-8")]) from None
    except OSError as error:
        raise CartkbError([Problem(shown(path), 0, f"cannot be read: {error.strerror}")]) from None
    try:
        if FORMATS[path.suffix] == ox.RdfFormat.JSON_LD:
            data = _with_own_context(data, context)
        quads = list(ox.parse(data, format=FORMATS[path.suffix]))
    except json.JSONDecodeError as error:
        raise CartkbError([Problem(shown(path), error.lineno, f"not JSON: {error.msg}")]) from None
    except (SyntaxError, ValueError) as error:
        raise CartkbError([_syntax_problem(path, data, error)]) from None
    return [quad.triple for quad in quads]


def _with_own_context(data: str, context: str | None) -> str:
    document = json.loads(data)
    if context and isinstance(document, dict) and document.get("@context") == CONTEXT:
        document["@context"] = json.loads(context)["@context"]
        return json.dumps(document)
    return data


def _syntax_problem(path: Path, data: str, error: Exception) -> Problem:
    line = getattr(error, "lineno", None) or data.count("\n") + 1
    lines = data.splitlines()
    written = lines[line - 1].strip() if line <= len(lines) else ""
    message = re.sub(r"^Parser error at line \d+[^:]*: ", "", getattr(error, "msg", None) or str(error))
    fix = "mend the line, or the end of the statement before it"
    if any(sign in written for sign in "“”‘’"):
        fix = 'replace typographic quotation marks by plain ones (")'
    elif line >= len(lines):
        fix = "the file ends in the middle of a statement: write its end, with a full stop"
    elif "No scheme found" in message or "relative IRI" in message:
        fix = "write the whole IRI or a prefixed name"
    elif "remote" in message.lower() or "context" in message.lower():
        fix = f'put the context in the file, or write "@context": "{CONTEXT}"'
    return Problem(shown(path), line, f"syntax error: {message}", f"the line reads: {written}" if written else "", fix)


def read_all(paths: Iterable[Path], context: str | None = None) -> Loaded:
    """Read files and the files below folders, in the order of their names.

    Raises CartkbError with the problems of every unreadable file.
    """
    loaded, problems = Loaded(), []
    for path in paths:
        inside = sorted(p for p in path.rglob("*") if p.suffix in FORMATS) if path.is_dir() else [path]
        if not inside:
            problems.append(Problem(shown(path), 0, "the folder holds nothing that can be read"))
        for file in inside:
            try:
                loaded.files[file] = read(file, context)
            except CartkbError as error:
                problems += error.problems
    if problems:
        raise CartkbError(problems)
    return loaded
