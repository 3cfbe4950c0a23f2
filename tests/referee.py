"""pyshacl as the referee of our own evaluation of shapes: slow, independent, and made by others."""

from collections.abc import Iterable

import pyoxigraph as ox
import pyshacl
import rdflib
from rdflib import RDF, SH

from cartkb.load import short

rdflib.NORMALIZE_LITERALS = False


def rdflib_graph(triples: Iterable[ox.Triple]) -> rdflib.Graph:
    """Return an rdflib graph of some triples, with every literal as it was written."""
    lines = ox.serialize((ox.Quad(*triple) for triple in triples), format=ox.RdfFormat.N_QUADS)
    return rdflib.Graph(bind_namespaces="none").parse(data=lines, format="nt")


def violations(data: rdflib.Graph, shapes: rdflib.Graph) -> set[tuple[str, str, str]]:
    """Return node in doubt, predicate (or an empty text) and message of everything that pyshacl finds."""
    _, report, _ = pyshacl.validate(data, shacl_graph=shapes, inference="none", advanced=False, inplace=True)
    found = set()
    for result in report.subjects(RDF.type, SH.ValidationResult):
        node, path = report.value(result, SH.focusNode), report.value(result, SH.resultPath)
        component = report.value(result, SH.sourceConstraintComponent)
        message = str(report.value(result, SH.resultMessage))
        if component == SH.ClosedConstraintComponent:
            message = f"{short(ox.NamedNode(str(path)))}: {message}"
        value = report.value(result, SH.value)
        if component == SH.SPARQLConstraintComponent and isinstance(value, rdflib.URIRef):
            node = value
        found.add((str(node), str(path) if isinstance(path, rdflib.URIRef) else "", message))
    return found
