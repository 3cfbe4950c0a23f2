"""A graph as dictionaries of sets, for asking one question about many nodes at once."""

from collections.abc import Iterable, Mapping
from typing import Self

import pyoxigraph as ox

RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
TYPE = ox.NamedNode(f"{RDF}type")
SUBCLASS = ox.NamedNode("http://www.w3.org/2000/01/rdf-schema#subClassOf")

Term = ox.NamedNode | ox.BlankNode | ox.Literal
Relation = Mapping[Term, set[Term]]  # from nodes to their values; a node without values is not in it
NONE: Relation = {}


class Graph:
    """Triples by predicate and subject, perhaps on top of another graph, which stays as it is.

    ``own`` are the subjects of the triples given here; relations hold those of the graph below too.
    """

    def __init__(self, triples: Iterable[ox.Triple], below: Self | None = None):
        self.below = below
        self._given: dict[Term, dict[Term, set[Term]]] = {}
        for subject, predicate, value in triples:
            relation = self._given.get(predicate)
            if relation is None:
                relation = self._given[predicate] = {}
            values = relation.get(subject)
            if values is None:
                relation[subject] = {value}
            else:
                values.add(value)
        self.own: set[Term] = set().union(*self._given.values())
        self.memory: dict[object, Relation] = {}  # of paths, by their text
        self._relations: dict[Term, Relation] = {}
        self._inverses: dict[Term, Relation] = {}
        self._subclasses: dict[Term, frozenset[Term]] = {}

    def predicates_of(self, nodes: set[Term]) -> set[Term]:
        """Return every predicate that some of the nodes have."""
        found = {predicate for predicate, relation in self._given.items() if not nodes.isdisjoint(relation)}
        if self.below and not nodes.isdisjoint(self.below.own):
            found |= self.below.predicates_of(nodes)
        return found

    def relation(self, predicate: Term) -> Relation:
        """Return the values of a predicate by node."""
        if predicate not in self._relations:
            below = self.below.relation(predicate) if self.below else NONE
            self._relations[predicate] = _on_top(self._given.get(predicate, NONE), below)
        return self._relations[predicate]

    def inverse(self, predicate: Term) -> Relation:
        """Return the nodes by a value that they have."""
        if predicate not in self._inverses:
            found: dict[Term, set[Term]] = {}
            for node, values in self._given.get(predicate, NONE).items():
                for value in values:
                    found.setdefault(value, set()).add(node)
            self._inverses[predicate] = _on_top(found, self.below.inverse(predicate) if self.below else NONE)
        return self._inverses[predicate]

    def members(self, kind: Term) -> set[Term]:
        """Return the nodes of a class and of those below it."""
        instances = self.inverse(TYPE)
        return set().union(*(instances.get(each, ()) for each in self._with_subclasses(kind)))

    def _with_subclasses(self, kind: Term) -> frozenset[Term]:
        if kind not in self._subclasses:
            found, pending = {kind}, [kind]
            while pending:
                more = self.inverse(SUBCLASS).get(pending.pop(), set()) - found
                found |= more
                pending += more
            self._subclasses[kind] = frozenset(found)
        return self._subclasses[kind]


def _on_top(given: Relation, below: Relation) -> Relation:
    if not given or not below:
        return given or below
    return {**below, **given, **{node: given[node] | below[node] for node in given.keys() & below.keys()}}


def values_of(relation: Relation, nodes: set[Term]) -> set[Term]:
    """Return all values of some nodes."""
    found: set[Term] = set()
    for node in nodes:
        if node in relation:
            found |= relation[node]
    return found


def after(first: Relation, second: Relation) -> Relation:
    """Return the relation of going along one and then along the other."""
    joined = {node: values_of(second, values) for node, values in first.items()}
    return {node: values for node, values in joined.items() if values}


def either(relations: Iterable[Relation]) -> Relation:
    """Return the relation of going along any of some."""
    found: dict[Term, set[Term]] = {}
    for relation in relations:
        for node, values in relation.items():
            found[node] = found.get(node, set()) | values
    return found
