"""SHACL validation: what cannot be read safely gets no answer, only its violations with their lines."""

import functools
from collections.abc import Iterable, Iterator

import pyoxigraph as ox

from cartkb.graph import Graph
from cartkb.knowledge import Knowledge, rows
from cartkb.load import Loaded, ckb, short
from cartkb.problems import Problem, shown
from cartkb.shape import Violation
from cartkb.shapes import Shapes

_TEXTS = ("ucumCode", "factorToCanonical", "timeless", "minimumValue", "maximumValue")
_ASKED = {"http://www.w3.org/2000/01/rdf-schema#label", *(ckb(name).value for name in _TEXTS)}
PATIENT_SHAPES = ("patient.ttl", "fact.ttl")


class PatientShapes:
    """The shapes of patients and the vocabulary that they ask about, ready for any number of patients.

    Raises CartkbError where a shape says what is not evaluated.
    """

    def __init__(self, knowledge: Knowledge):
        folder = knowledge.ontology_folder / "shapes"
        self.shapes = Shapes({folder / name: knowledge.loaded.files[folder / name] for name in PATIENT_SHAPES})
        self.vocabulary = list(_vocabulary(knowledge))
        self._graph = Graph(self.vocabulary)
        self._store = ox.Store()
        self._store.extend(ox.Quad(*triple) for triple in self.vocabulary)

    def violations(self, triples: Iterable[ox.Triple]) -> list[Violation]:
        """Return node, predicate (or an empty text) and message of what is wrong with some patients, sorted."""
        quads = [quad for quad in (ox.Quad(*triple) for triple in triples) if quad not in self._store]
        self._store.extend(quads)
        try:
            return sorted(self.shapes.violations(Graph((quad.triple for quad in quads), self._graph), self._ask))
        finally:
            for quad in quads:
                self._store.remove(quad)


    def _ask(self, query: str) -> list[dict]:
        return rows(self._store.query(query))


@functools.lru_cache(maxsize=1)
def _patient_shapes(knowledge: Knowledge) -> PatientShapes:
    return PatientShapes(knowledge)


def validate_patients(knowledge: Knowledge, patients: Loaded) -> list[Problem]:
    """Return what is wrong with some patients, each at its line. An empty list means valid."""
    from cartkb.reason import patients_of

    if not patients_of(patients):
        files = ", ".join(shown(path) for path in patients.files)
        return [Problem(files, 0, "no patient in it", fix="a patient is a named node with a ckb:Patient")]
    found = _patient_shapes(knowledge).violations(patients.triples())
    return [_problem(patients, *violation) for violation in found] + _blank_nodes(patients)


def validate_all(knowledge: Knowledge) -> list[Problem]:
    """Return what is wrong with vocabulary, codes, guideline and cases, each at its line.

    Raises CartkbError where a shape says what is not evaluated.
    """
    folder = knowledge.ontology_folder / "shapes"
    files = {path: triples for path, triples in knowledge.loaded.files.items() if path.parent == folder}
    if not files:
        return [Problem(shown(folder), 0, "no shapes", "nothing would be validated")]
    graph = Graph(t for path, triples in knowledge.loaded.files.items() if path not in files for t in triples)
    found = sorted(Shapes(files).violations(graph, knowledge.select))
    return [_problem(knowledge.loaded, *violation) for violation in found]


def _vocabulary(knowledge: Knowledge) -> Iterator[ox.Triple]:
    """Yield what the shapes of patients ask about: the vocabulary without its prose, and the products."""
    for path, triples in knowledge.loaded.files.items():
        parts = path.relative_to(knowledge.home).parts
        if parts[0] == "ontology" and parts[1] not in ("shapes", "codes"):
            yield from (t for t in triples if t.predicate.value in _ASKED or isinstance(t.object, ox.NamedNode))
        elif "products" in parts:
            yield from triples


def _problem(loaded: Loaded, focus: str, path: str, message: str) -> Problem:
    name = short(ox.NamedNode(focus)) if ":" in focus else focus
    return loaded.problem(focus, f"{name}: {message}", predicate=path)


def _blank_nodes(patients: Loaded) -> list[Problem]:
    return [
        Problem(shown(path), 0, "a node without a name", "an answer has to say which fact it rests on", "name it")
        for path, triples in patients.files.items()
        if any(isinstance(node, ox.BlankNode) for t in triples for node in (t.subject, t.object))
    ]
