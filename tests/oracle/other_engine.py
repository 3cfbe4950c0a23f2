"""The same rule files under another SPARQL engine: rdflib's, which shares no code with the one that ships."""

from collections.abc import Iterable
from itertools import groupby

import pyoxigraph as ox
import rdflib
from rdflib.plugins.sparql import prepareQuery

_PATIENTS = 10  # strata below are about the knowledge base alone
_PROOFS = 91  # strata from here on show what a conclusion rests on


class OtherEngine:
    """Runs the rules with rdflib, stratum by stratum, each to its fixpoint; proofs are left out."""

    def __init__(self, operative: Iterable[ox.Triple], rules: Iterable[tuple[int, str, str]]):
        strata = {
            stratum: [prepareQuery(text) for _, _, text in files]
            for stratum, files in groupby(rules, key=lambda rule: rule[0])
        }
        self._of_patients = [rules for stratum, rules in strata.items() if _PATIENTS <= stratum < _PROOFS]
        self._graph = rdflib.Graph()
        for triple in operative:
            self._graph.add(_as_rdflib(triple))
        self._run([rules for stratum, rules in strata.items() if stratum < _PATIENTS], self._graph)

    def conclude(self, patients: Iterable[ox.Triple]) -> list[ox.Triple]:
        """Return everything that follows for some patients."""
        graph = rdflib.Graph()
        for triple in self._graph:
            graph.add(triple)
        for triple in patients:
            graph.add(_as_rdflib(triple))
        return [_as_pyoxigraph(triple) for triple in self._run(self._of_patients, graph)]

    @staticmethod
    def _run(strata: list, graph: rdflib.Graph) -> list[tuple]:
        derived = []
        for rules in strata:
            while True:
                new = {triple for rule in rules for triple in graph.query(rule) if triple not in graph}
                if not new:
                    break
                for triple in new:
                    graph.add(triple)
                derived += new
        return derived


def _as_rdflib(triple: ox.Triple) -> tuple:
    return tuple(map(_term_of_rdflib, (triple.subject, triple.predicate, triple.object)))


def _term_of_rdflib(term: ox.NamedNode | ox.Literal):
    if isinstance(term, ox.NamedNode):
        return rdflib.URIRef(term.value)
    if term.language:
        return rdflib.Literal(term.value, lang=term.language)
    datatype = rdflib.URIRef(term.datatype.value)  # rdflib holds "a" and "a"^^xsd:string for two things
    return rdflib.Literal(term.value, datatype=None if datatype == rdflib.XSD.string else datatype)


def _as_pyoxigraph(triple: tuple) -> ox.Triple:
    return ox.Triple(*map(_term_of_pyoxigraph, triple))


def _term_of_pyoxigraph(term):
    if isinstance(term, rdflib.URIRef):
        return ox.NamedNode(str(term))
    return ox.Literal(str(term), datatype=ox.NamedNode(str(term.datatype or rdflib.XSD.string)))
