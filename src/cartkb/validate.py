"""SHACL validation: what cannot be read safely gets no answer, only its violations with their lines."""

from collections.abc import Iterable
from pathlib import Path

import pyoxigraph as ox

from cartkb.knowledge import Knowledge
from cartkb.load import Loaded, short
from cartkb.problems import Problem, shown

PATIENT_SHAPES = ("patient.ttl", "fact.ttl", "product.ttl")


def rdflib_graph(triples: Iterable[ox.Triple]):
    """Return an rdflib graph of some triples, with every literal as it was written."""
    import rdflib

    rdflib.NORMALIZE_LITERALS = False
    data = ox.serialize((ox.Quad(*triple) for triple in triples), format=ox.RdfFormat.N_QUADS)
    return rdflib.Graph().parse(data=data, format="nt")


def violations(data: Iterable[ox.Triple], shapes: Iterable[ox.Triple]) -> list[tuple[str, str, str]]:
    """Return node, predicate (or an empty text) and message of every violation, sorted.

    The node is the one in doubt: the focus node, or what a query in a shape found wrong about it.
    """
    import pyshacl
    import rdflib

    sh = rdflib.SH
    _, report, _ = pyshacl.validate(
        rdflib_graph(data), shacl_graph=rdflib_graph(shapes), inference="none", advanced=False
    )
    found = set()
    for result in report.subjects(rdflib.RDF.type, sh.ValidationResult):
        node, message = report.value(result, sh.focusNode), str(report.value(result, sh.resultMessage))
        path, value = report.value(result, sh.resultPath), report.value(result, sh.value)
        component = report.value(result, sh.sourceConstraintComponent)
        if component == sh.SPARQLConstraintComponent and isinstance(value, rdflib.URIRef):
            node = value
        if component == sh.ClosedConstraintComponent:
            message = f"{short(ox.NamedNode(str(path)))}: {message}"
        found.add((str(node), str(path) if isinstance(path, rdflib.URIRef) else "", message))
    return sorted(found)


def validate_patients(knowledge: Knowledge, patients: Loaded) -> list[Problem]:
    """Return what is wrong with some patients, each at its line. An empty list means valid."""
    from cartkb.reason import patients_of

    if not patients_of(patients):
        files = ", ".join(shown(path) for path in patients.files)
        return [Problem(files, 0, "no patient in it", fix="a patient is a named node with a ckb:Patient")]
    folder = knowledge.ontology_folder / "shapes"
    shapes = [t for name in PATIENT_SHAPES for t in knowledge.loaded.files[folder / name]]
    vocabulary = [
        triple
        for path, triples in knowledge.loaded.files.items()
        if path.relative_to(knowledge.home).parts[:2] != ("ontology", "shapes")
        and not {"ontology", "products"}.isdisjoint(path.relative_to(knowledge.home).parts)
        for triple in triples
    ]
    known = {triple.subject.value for triple in vocabulary}
    found = violations([*vocabulary, *patients.triples()], shapes)
    return [
        _problem(patients, focus, path, message)
        for focus, path, message in found
        if focus not in known or patients.files_of(focus)
    ] + _blank_nodes(patients)


def _problem(loaded: Loaded, focus: str, path: str, message: str) -> Problem:
    name = short(ox.NamedNode(focus)) if ":" in focus else focus
    return loaded.problem(focus, f"{name}: {message}", predicate=path)


def _blank_nodes(patients: Loaded) -> list[Problem]:
    return [
        Problem(shown(path), 0, "a node without a name", "an answer has to say which fact it rests on", "name it")
        for path, triples in patients.files.items()
        if any(isinstance(node, ox.BlankNode) for t in triples for node in (t.subject, t.object))
    ]
