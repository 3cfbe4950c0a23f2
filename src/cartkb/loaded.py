"""What some files say, by file, and where in them a thing is described."""

import functools
from collections import defaultdict
from collections.abc import Iterable, Iterator, KeysView
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple, Self

import pyoxigraph as ox

from cartkb.names import CKBG, RDF_TYPE, ckb
from cartkb.problems import ANYTHING, Bearing, Problem, shown


def graph_of(path: Path) -> ox.NamedNode:
    """Return the name of the graph of a file: ``file:`` and the path."""
    return ox.NamedNode(path.absolute().as_uri())


class Terms(NamedTuple):
    """What stands in which place of the triples of one file, each once."""

    subjects: set[ox.NamedNode | ox.BlankNode]
    predicates: set[ox.NamedNode]
    objects: set[ox.NamedNode | ox.BlankNode | ox.Literal]


def _terms(triples: list[ox.Triple]) -> Terms:
    return Terms(*map(set, zip(*triples, strict=True)))


@dataclass
class Loaded:
    """Triples by the file that they came from."""

    files: dict[Path, list[ox.Triple]] = field(default_factory=dict)
    _known_terms: dict[Path, Terms] = field(default_factory=dict, repr=False)
    _by_subject: dict[Path, dict[str, list[ox.Triple]]] = field(default_factory=dict, repr=False)

    def with_files(self, files: dict[Path, list[ox.Triple]]) -> Self:
        """Return other files, of which those that are the same here need not be looked through again."""
        same = {path for path, triples in files.items() if self.files.get(path) is triples}
        known = {path: terms for path, terms in self.terms.items() if path in same}
        return type(self)(files, known, {path: said for path, said in self._by_subject.items() if path in same})

    @functools.cached_property
    def terms(self) -> dict[Path, Terms]:
        """The terms of each file that says something."""
        return {path: self._known_terms.get(path) or _terms(t) for path, t in self.files.items() if t}

    def triples(self) -> Iterable[ox.Triple]:
        for triples in self.files.values():
            yield from triples

    def store(self) -> ox.Store:
        """Return one store whose graphs are the files, named ``file:`` and the path."""
        store = ox.Store()
        graphs = ((graph_of(path), triples) for path, triples in self.files.items())
        store.bulk_extend(ox.Quad(*triple, graph) for graph, triples in graphs for triple in triples)
        return store

    def files_of(self, subject: str) -> list[Path]:
        """Return the files in which an IRI is a subject."""
        return list(self._files_by_subject.get(subject, ()))

    @functools.cached_property
    def _files_by_subject(self) -> dict[str, dict[Path, None]]:
        found: dict[str, dict[Path, None]] = {}
        for path, terms in self.terms.items():
            for node in terms.subjects:
                found.setdefault(node.value, {})[path] = None
        return found

    @property
    def described(self) -> KeysView[str]:
        """The IRIs of all subjects."""
        return self._files_by_subject.keys()

    @functools.cached_property
    def predicates(self) -> set[ox.NamedNode]:
        """Every predicate, once."""
        return set().union(*(terms.predicates for terms in self.terms.values()))

    @functools.cached_property
    def objects(self) -> set[ox.NamedNode | ox.BlankNode | ox.Literal]:
        """Every object, once."""
        return set().union(*(terms.objects for terms in self.terms.values()))

    def of_kind(self, kind: ox.NamedNode) -> Iterator[ox.NamedNode | ox.BlankNode]:
        """Yield what is said to be of a class, once for each time that it is said."""
        for path, terms in self.terms.items():
            if kind in terms.objects:
                yield from (t.subject for t in self.files[path] if t.predicate == RDF_TYPE and t.object == kind)

    def about(self, subject: str) -> list[ox.Triple]:
        """Return what is said of an IRI, in all files."""
        return [triple for path in self.files_of(subject) for triple in self._said(path)[subject]]

    def _said(self, path: Path) -> dict[str, list[ox.Triple]]:
        """Return what a file says, by subject."""
        if path not in self._by_subject:
            said = self._by_subject[path] = defaultdict(list)
            for triple in self.files[path]:
                said[triple.subject.value].append(triple)
        return self._by_subject[path]

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


def patients_of(loaded: Loaded) -> list[ox.NamedNode]:
    """Return the patients of some files, in the order in which they stand there."""
    return list(dict.fromkeys(loaded.of_kind(ckb("Patient"))))
