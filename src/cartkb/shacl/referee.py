"""pyshacl as the referee of our own evaluation of shapes: slow, independent, and made by others."""

from collections.abc import Iterable

import pyoxigraph as ox
import pyshacl
import rdflib
from rdflib import RDF, SH

from cartkb.knowledge import Knowledge
from cartkb.loaded import Loaded
from cartkb.names import short
from cartkb.shacl.validate import PATIENT_SHAPES, PatientShapes

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


def disputed(knowledge: Knowledge, patients: Loaded) -> list[str]:
    """Return in sentences where pyshacl and our own evaluation disagree about some patients; nothing where they agree.

    Raises CartkbError where a shape says what our own does not evaluate.
    """
    shapes, triples = PatientShapes(knowledge), list(patients.triples())
    ours = {(_name(found.node), found.predicate, found.message) for found in shapes.violations(triples)}
    folder = knowledge.ontology_folder / "shapes"
    files = knowledge.part(lambda path: path.parent == folder and path.name in PATIENT_SHAPES)
    rules = rdflib_graph(triple for part in files.values() for triple in part)
    found = violations(rdflib_graph({*shapes.vocabulary, *triples}), rules)
    theirs = {(_name(node), predicate, message) for node, predicate, message in found}
    return [
        f"only {who} finds of {node}: {message}"
        for who, found in (("pyshacl", theirs - ours), ("cartkb", ours - theirs))
        for node, _, message in sorted(found)
    ]


def _name(node: str) -> str:
    return short(ox.NamedNode(node)) if ":" in node else "a node without a name"
