"""Triples as plain Python values, so that the second evaluator needs no query language and no engine."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import date
from fractions import Fraction
from functools import lru_cache

import pyoxigraph as ox

_PREFIXES = {"https://w3id.org/cartkb/vocab/": "ckb:", "https://w3id.org/cartkb/guideline/": "ckbg:"}
_NAMESPACES = {prefix: namespace for namespace, prefix in _PREFIXES.items()}
_TYPE = "http://www.w3.org/1999/02/22-rdf-syntax-ns#type"
_XSD = "http://www.w3.org/2001/XMLSchema#"
_READ = {
    _XSD + "date": date.fromisoformat,
    _XSD + "decimal": Fraction,
    _XSD + "integer": Fraction,
    _XSD + "boolean": lambda text: text in ("true", "1"),
}


@lru_cache(maxsize=50_000)
def plain(term: ox.NamedNode | ox.Literal) -> object:
    """Return a term as a Python value: a short name, an exact number, a date, a truth value or a text."""
    if isinstance(term, ox.NamedNode):
        return shortened(term.value)
    return _READ.get(term.datatype.value, str)(term.value)


@lru_cache(maxsize=50_000)
def shortened(iri: str) -> str:
    """Return an IRI of this project with its usual prefix, so that ``ckb:tp53`` and ``ckbg:tp53`` stay apart."""
    start = next((namespace for namespace in _PREFIXES if iri.startswith(namespace)), None)
    return _PREFIXES[start] + iri.removeprefix(start) if start else iri


def expanded(name: str) -> str:
    """Return the full IRI of a short name."""
    prefix, _, local = name.partition(":")
    return _NAMESPACES[prefix + ":"] + local


class Graph:
    """What is said of each subject, by predicate, in the order in which it is said."""

    def __init__(self, triples: Iterable[ox.Triple]):
        self._said: dict[str, dict[str, list]] = {}
        self._members: dict[str, list[str]] = defaultdict(list)
        for triple in triples:
            subject, predicate, value = shortened(triple.subject.value), plain(triple.predicate), plain(triple.object)
            self._said.setdefault(subject, {}).setdefault(predicate, []).append(value)
            if predicate == _TYPE:
                self._members[value].append(subject)

    def about(self, subject: str) -> dict[str, list]:
        """Return everything that is said of a subject."""
        return self._said.get(subject, {})

    def all(self, subject: str, predicate: str) -> list:
        """Return every value of a predicate."""
        return self._said.get(subject, {}).get(predicate, [])

    def one(self, subject: str, predicate: str, otherwise: object = None) -> object:
        """Return the only value of a predicate, or ``otherwise`` where there is none. Raises ValueError for two."""
        values = self.all(subject, predicate)
        if len(values) > 1:
            raise ValueError(f"{subject} says {predicate} {len(values)} times")
        return values[0] if values else otherwise

    def members(self, of_class: str) -> list[str]:
        """Return the subjects that are of a class, in the order in which they are described."""
        return self._members.get(of_class, [])

    def subjects(self, predicate: str) -> list[str]:
        """Return the subjects of which a predicate is said."""
        return [subject for subject, said in self._said.items() if predicate in said]
