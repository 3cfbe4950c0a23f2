"""SHACL validation: what cannot be read safely gets no answer, only its violations with their lines."""

import re
from collections.abc import Iterable, Iterator

import pyoxigraph as ox

from cartkb.knowledge import Knowledge, rows
from cartkb.load import PREFIXES, Loaded, ckb, short
from cartkb.problems import Problem, shown

_SH = "http://www.w3.org/ns/shacl#"
_TYPE = ox.NamedNode("http://www.w3.org/1999/02/22-rdf-syntax-ns#type")
_TEXTS = ("ucumCode", "factorToCanonical", "timeless", "minimumValue", "maximumValue")
_ASKED = {"http://www.w3.org/2000/01/rdf-schema#label", *(ckb(name).value for name in _TEXTS)}
PATIENT_SHAPES = ("patient.ttl", "fact.ttl")


def rdflib_graph(triples: Iterable[ox.Triple]):
    """Return an rdflib graph of some triples, with every literal as it was written."""
    import rdflib

    rdflib.NORMALIZE_LITERALS = False
    data = ox.serialize((ox.Quad(*triple) for triple in triples), format=ox.RdfFormat.N_QUADS)
    return rdflib.Graph().parse(data=data, format="nt")


def violations(data: Iterable[ox.Triple], shapes: Iterable[ox.Triple]) -> list[tuple[str, str, str]]:
    """Return node, predicate (or an empty text) and message of every violation, sorted.

    The node is the one in doubt: the focus node, or what a query in a shape found wrong about it.
    pyshacl checks the core constraints. The queries in the shapes are asked once for all focus
    nodes, not once for each: they find the same, some hundred times faster.
    """
    import pyshacl
    import rdflib

    data, shapes, sh = list(data), list(shapes), rdflib.SH
    core = (triple for triple in shapes if triple.predicate.value != str(sh.sparql))
    _, report, _ = pyshacl.validate(
        rdflib_graph(data), shacl_graph=rdflib_graph(core), inference="none", advanced=False, inplace=True
    )
    found = set(_query_violations(data, shapes))
    for result in report.subjects(rdflib.RDF.type, sh.ValidationResult):
        node, message = report.value(result, sh.focusNode), str(report.value(result, sh.resultMessage))
        path = report.value(result, sh.resultPath)
        if report.value(result, sh.sourceConstraintComponent) == sh.ClosedConstraintComponent:
            message = f"{short(ox.NamedNode(str(path)))}: {message}"
        found.add((str(node), str(path) if isinstance(path, rdflib.URIRef) else "", message))
    return sorted(found)


def _query_violations(data: list[ox.Triple], shapes: list[ox.Triple]) -> Iterator[tuple[str, str, str]]:
    """Yield the violations that the queries (sh:sparql) of the shapes find, at the value in doubt."""
    said = {(triple.subject, triple.predicate.value.removeprefix(_SH)): triple.object for triple in shapes}
    prefixes = "".join(f"PREFIX {prefix}: <{namespace}>\n" for prefix, namespace in PREFIXES.items())
    store = ox.Store()
    store.extend(ox.Quad(*triple) for triple in data)
    for triple in shapes:
        if triple.predicate.value != f"{_SH}sparql":
            continue
        message = re.sub(r"[{]\?(\w+)[}]", r"{\1}", said[triple.object, "message"].value)
        for row in rows(store.query(prefixes + said[triple.object, "select"].value)):
            if ox.Quad(row["this"], _TYPE, said[triple.subject, "targetClass"]) in store:
                node = row.get("value") if isinstance(row.get("value"), ox.NamedNode) else row["this"]
                texts = {name: value.value if value is not None else "" for name, value in row.items()}
                yield node.value, "", message.format_map(texts)


def validate_patients(knowledge: Knowledge, patients: Loaded) -> list[Problem]:
    """Return what is wrong with some patients, each at its line. An empty list means valid."""
    from cartkb.reason import patients_of

    if not patients_of(patients):
        files = ", ".join(shown(path) for path in patients.files)
        return [Problem(files, 0, "no patient in it", fix="a patient is a named node with a ckb:Patient")]
    folder = knowledge.ontology_folder / "shapes"
    shapes = [t for name in PATIENT_SHAPES for t in knowledge.loaded.files[folder / name]]
    vocabulary = list(_vocabulary(knowledge, patients))
    known = {triple.subject.value for triple in vocabulary}
    found = violations([*vocabulary, *patients.triples()], shapes)
    return [
        _problem(patients, focus, path, message)
        for focus, path, message in found
        if focus not in known or patients.files_of(focus)
    ] + _blank_nodes(patients)


def _vocabulary(knowledge: Knowledge, patients: Loaded) -> Iterator[ox.Triple]:
    """Yield what the shapes of patients ask about: the vocabulary without its prose, and the products given."""
    named = {triple.object for triple in patients.triples()}
    for path, triples in knowledge.loaded.files.items():
        parts = path.relative_to(knowledge.home).parts
        if parts[0] == "ontology" and parts[1] not in ("shapes", "codes"):
            yield from (t for t in triples if t.predicate.value in _ASKED or isinstance(t.object, ox.NamedNode))
        elif "products" in parts:
            given = any(triple.subject in named for triple in triples)
            yield from (t for t in triples if given or t.object == ckb("Product"))


def _problem(loaded: Loaded, focus: str, path: str, message: str) -> Problem:
    name = short(ox.NamedNode(focus)) if ":" in focus else focus
    return loaded.problem(focus, f"{name}: {message}", predicate=path)


def _blank_nodes(patients: Loaded) -> list[Problem]:
    return [
        Problem(shown(path), 0, "a node without a name", "an answer has to say which fact it rests on", "name it")
        for path, triples in patients.files.items()
        if any(isinstance(node, ox.BlankNode) for t in triples for node in (t.subject, t.object))
    ]
