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

from cartkb.problems import ANYTHING, Bearing, CartkbError, Problem, shown

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
RDF_TYPE = ox.NamedNode(PREFIXES["rdf"] + "type")


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
        graphs = ((ox.NamedNode(path.resolve().as_uri()), triples) for path, triples in self.files.items())
        store.bulk_extend(ox.Quad(*triple, graph) for graph, triples in graphs for triple in triples)
        return store

    def files_of(self, subject: str) -> list[Path]:
        """Return the files in which an IRI is a subject."""
        return list(self._files_by_subject.get(subject, ()))

    @functools.cached_property
    def _files_by_subject(self) -> dict[str, dict[Path, None]]:
        found: dict[str, dict[Path, None]] = {}
        for path, triples in self.files.items():
            for node in {triple.subject for triple in triples}:
                found.setdefault(node.value, {})[path] = None
        return found

    @property
    def described(self) -> Iterable[str]:
        """The IRIs of all subjects."""
        return self._files_by_subject.keys()

    @functools.cached_property
    def predicates(self) -> set[ox.NamedNode]:
        """Every predicate, once."""
        return {triple.predicate for triple in self.triples()}

    @functools.cached_property
    def objects(self) -> set[ox.NamedNode | ox.BlankNode | ox.Literal]:
        """Every object, once."""
        return {triple.object for triple in self.triples()}

    def about(self, subject: str) -> list[ox.Triple]:
        """Return what is said of an IRI, in all files."""
        return [t for path in self.files_of(subject) for t in self.files[path] if t.subject.value == subject]

    def problem(
        self,
        subject: str,
        what: str,
        why: str = "",
        fix: str = "",
        predicate: str = "",
        *,
        value: str | None = None,
        code: str = "",
        bearing: Bearing | None = None,
    ) -> Problem:
        """Return a problem placed where a subject's value is written, or else its predicate, or the subject itself.

        Unless ``bearing`` says otherwise, it puts in doubt what the predicate says, or all that is said of the subject.
        """
        from cartkb.positions import place_of

        bearing = bearing or self.bearing(subject, predicate)
        files = self.files_of(subject)
        if not files:
            return Problem(subject, 0, what, why, fix, code=code, bearing=bearing)
        said = {path: [t for t in self.files[path] if t.subject.value == subject] for path in files if len(files) > 1}
        with_predicate = [path for path in said if any(t.predicate.value == predicate for t in said[path])]
        with_value = [path for path in with_predicate if any(t.object.value == value for t in said[path])]
        path = (with_value or with_predicate or files)[0]
        line, column = place_of(path, subject, predicate, value)
        return Problem(shown(path), line, what, why, fix, column=column, code=code, bearing=bearing)

    def bearing(
        self, subject: str, predicate: str = "", names: Iterable[str] = (), also: Iterable[str] = ()
    ) -> Bearing:
        """Return what a complaint about a subject's predicate bears on, or about the subject as a whole.

        ``names`` are other things that it mentions, ``also`` other predicates that it puts in doubt.
        """
        said = self.about(subject)
        values = {t.object.value for t in said if isinstance(t.object, ox.NamedNode)}
        doubts = (
            {predicate, *also}
            if predicate and predicate != RDF_TYPE.value
            else {t.predicate.value for t in said} | values
        )
        reads = doubts if predicate else ANYTHING
        items = {value for value in values if value.startswith(CKBG)}
        return Bearing(frozenset({subject}), frozenset(names), reads, frozenset(doubts), frozenset(items))


def read(path: Path, context: str | None = None) -> list[ox.Triple]:
    """Read one file; graph names of N-Quads are dropped.

    Raises CartkbError with file and line where it is not there, of an unknown kind or malformed.
    """
    data = text_of(path)
    try:
        if FORMATS[path.suffix] == ox.RdfFormat.JSON_LD:
            data = _with_own_context(data, context)
        quads = list(ox.parse(data, format=FORMATS[path.suffix]))
    except json.JSONDecodeError as error:
        what, fix = f"not JSON: {error.msg}", "mend the line, or the end of the line before it"
        problem = Problem(shown(path), error.lineno, what, fix=fix, column=error.colno, code="not-json")
        raise CartkbError([problem]) from None
    except (SyntaxError, ValueError) as error:
        from cartkb.syntax import syntax_problem

        raise CartkbError([syntax_problem(path, data, error)]) from None
    return [quad.triple for quad in quads]


def text_of(path: Path) -> str:
    """Return the text of a file. Raises CartkbError where it is not there, of an unknown kind or not UTF-8."""
    if path.suffix not in FORMATS:
        fix = f"use one of {', '.join(FORMATS)}"
        raise CartkbError(
            [Problem(shown(path), 0, f"cannot read '{path.suffix}' files", fix=fix, code="unreadable-file")]
        )
    try:
        return path.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        before = path.read_bytes()[: error.start]
        line, column = before.count(b"\n") + 1, len(before.rpartition(b"\n")[2].decode()) + 1
        why = "letters such as \u00e4 or \u03b1 would be read as something else"
        problem = Problem(
            shown(path), line, "not UTF-8 text", why, "save the file as UTF-8", column=column, code="not-utf-8"
        )
        raise CartkbError([problem]) from None
    except OSError as error:
        what, fix = f"cannot be read: {error.strerror}", "look whether the file is there, and may be read"
        raise CartkbError([Problem(shown(path), 0, what, fix=fix, code="unreadable-file")]) from None


def _with_own_context(data: str, context: str | None) -> str:
    document = json.loads(data)
    if context and isinstance(document, dict) and document.get("@context") == CONTEXT:
        document["@context"] = json.loads(context)["@context"]
        return json.dumps(document)
    return data


def files_in(folder: Path) -> list[Path]:
    """Return the files below a folder that can be read, in the order of their names."""
    return sorted(path for path in folder.rglob("*") if path.suffix in FORMATS)


def read_all(paths: Iterable[Path], context: str | None = None) -> Loaded:
    """Read files and the files below folders, in the order of their names.

    Raises CartkbError with the problems of every unreadable file.
    """
    loaded, problems = Loaded(), []
    for path in paths:
        inside = files_in(path) if path.is_dir() else [path]
        if not inside:
            fix = f"name a folder with files that end in {', '.join(FORMATS)}"
            problems.append(
                Problem(shown(path), 0, "the folder holds nothing that can be read", fix=fix, code="empty-folder")
            )
        for file in inside:
            try:
                loaded.files[file] = read(file, context)
            except CartkbError as error:
                problems += error.problems
    if problems:
        raise CartkbError(problems)
    return loaded


def patients_of(loaded: Loaded) -> list[ox.NamedNode]:
    """Return the patients of some files, in the order in which they stand there."""
    kind = ckb("Patient")
    return list(dict.fromkeys(t.subject for t in loaded.triples() if t.predicate == RDF_TYPE and t.object == kind))
