"""SHACL validation: what cannot be read safely gets no answer, only its violations with their lines."""

import functools
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from pathlib import Path

import pyoxigraph as ox

from cartkb.knowledge import Knowledge, rows
from cartkb.loaded import Loaded
from cartkb.names import PREFIXES, local_name, short
from cartkb.problems import CartkbError, Problem, in_one, shown
from cartkb.shacl.graph import SUBCLASS, TYPE, Graph
from cartkb.shacl.shape import Violation
from cartkb.shacl.shapes import Shapes

_NOT_VOCABULARY = {"shapes", "codes", "complaints", "skeletons"}
_FORGET_AFTER = 100_000  # triples of patients
_FEW = 9  # items that fail alike, up to which each is told of on its own
_NAMELESS = "an answer has to say which fact it rests on"
PATIENT_SHAPES = ("patient.ttl", "fact.ttl")


class PatientShapes:
    """The shapes of patients and the vocabulary that they ask about, ready for any number of patients.

    Raises CartkbError where a shape says what is not evaluated.
    """

    def __init__(self, knowledge: Knowledge):
        folder = knowledge.ontology_folder / "shapes"
        files = knowledge.part(lambda path: path.parent == folder and path.name in PATIENT_SHAPES)
        self.shapes = Shapes(files)
        self.vocabulary = _vocabulary(knowledge, [triple for triples in files.values() for triple in triples])
        self._graph = Graph(self.vocabulary)
        self._renew()

    def _renew(self) -> None:
        """Begin with a new store: one never forgets the names that it has held, so memory would grow with patients."""
        self._store, self._held = ox.Store(), 0
        self._store.extend(ox.Quad(*triple) for triple in self.vocabulary)

    def violations(self, triples: Iterable[ox.Triple]) -> list[Violation]:
        """Return what is wrong with some patients, sorted."""
        quads = [quad for quad in (ox.Quad(*triple) for triple in triples) if quad not in self._store]
        self._store.extend(quads)
        self._held += len(quads)
        try:
            return sorted(self.shapes.violations(Graph((quad.triple for quad in quads), self._graph), self._ask))
        finally:
            if self._held > _FORGET_AFTER:
                self._renew()
            else:
                for quad in quads:
                    self._store.remove(quad)

    def _ask(self, query: str) -> list[dict]:
        return rows(self._store.query(query))


@functools.lru_cache(maxsize=1)
def _patient_shapes(knowledge: Knowledge) -> PatientShapes:
    return PatientShapes(knowledge)


def validate_patients(knowledge: Knowledge, patients: Loaded) -> list[Problem]:
    """Return what is wrong with some patients, each at its line. An empty list means valid."""
    from cartkb.loaded import patients_of

    if not patients_of(patients):
        files = ", ".join(shown(path) for path in patients.files)
        fix = "a patient is a named node with a ckb:Patient"
        return [Problem(files, 0, "no patient in it", fix=fix, code="no-patient")]
    found = _patient_shapes(knowledge).violations(patients.triples())
    return [_problem(patients, violation) for violation in _once(found)] + _blank_nodes(patients)


def refused_patients(knowledge: Knowledge, patients: Loaded) -> set[ox.NamedNode]:
    """Return the patients and facts about which something is wrong."""
    return {ox.NamedNode(violation.node) for violation in _patient_shapes(knowledge).violations(patients.triples())}


def valid_patients(knowledge: Knowledge, files: Iterable[Path]) -> Loaded:
    """Read files of patients that are valid. Raises CartkbError with every violation where they are not."""
    patients = knowledge.read_patients(files)
    if problems := validate_patients(knowledge, patients):
        raise CartkbError(problems)
    return patients


def validate_all(knowledge: Knowledge) -> list[Problem]:
    """Return what is wrong with vocabulary, codes, guideline and cases, each at its line.

    A shape that says what is not evaluated is a problem of its own.
    """
    folder = knowledge.ontology_folder / "shapes"
    files = {path: triples for path, triples in knowledge.loaded.files.items() if path.parent == folder}
    if not files:
        fix = "put one file there for each class"
        return [Problem(shown(folder), 0, "no shapes", "nothing would be validated", fix, code="no-shapes")]
    graph = Graph(t for path, triples in knowledge.loaded.files.items() if path not in files for t in triples)
    problems: list[Problem] = []
    found = sorted(Shapes(files, problems.append).violations(graph, knowledge.select))
    by_message: dict[tuple[str, str], list[Problem]] = defaultdict(list)
    for violation in _once(found):
        by_message[violation.predicate, violation.message].append(_problem(knowledge.loaded, violation))
    for alike in by_message.values():  # what so many lack has one cause, most likely in the shape or the vocabulary
        problems += [in_one(alike)] if len(alike) > _FEW else alike
    return problems


def _vocabulary(knowledge: Knowledge, shapes: Iterable[ox.Triple]) -> list[ox.Triple]:
    """Return what the shapes of patients ask about: of vocabulary and products, what they name and the classes."""
    texts = [triple.object.value for triple in shapes if isinstance(triple.object, ox.Literal)]
    asked = {triple.object.value for triple in shapes} | {TYPE.value, SUBCLASS.value}
    asked |= {PREFIXES.get(p, "") + name for text in texts for p, name in re.findall(r"\b(\w+):([\w-]+)", text)}

    def is_vocabulary(path: Path) -> bool:
        folders = path.relative_to(knowledge.home).parts
        return "products" in folders or (folders[0] == "ontology" and folders[1] not in _NOT_VOCABULARY)

    files = knowledge.part(is_vocabulary).values()
    return [triple for triples in files for triple in triples if triple.predicate.value in asked]


def _once(violations: Iterable[Violation]) -> Iterator[Violation]:
    """Yield each violation once: where several constraints of one shape fail, what is wrong with a value says most."""
    violations = list(violations)
    with_value = {violation[:3] for violation in violations if violation.value}
    seen = set()
    for violation in violations:
        if violation[:4] not in seen and (violation.value or violation[:3] not in with_value):
            seen.add(violation[:4])
            yield violation


def _problem(loaded: Loaded, found: Violation) -> Problem:
    """Return the problem of a violation. The last sentence of a shape's message says what to do."""
    iri = ox.NamedNode(found.node) if ":" in found.node else None
    name = short(iri) if iri else "a node without a name"
    *said, fix = re.split(r"(?<=[.?]) (?=[A-Z])", found.message)
    said = " ".join(said) or fix
    what = said if iri and said.startswith(local_name(iri)) else f"{name}: {said}"
    bearing = loaded.bearing(found.node, found.predicate, [found.value])
    value = found.value or None
    return loaded.problem(
        found.node,
        what,
        fix=fix if said != fix else "",
        predicate=found.predicate,
        value=value,
        code=found.code,
        bearing=bearing,
    )


def _blank_nodes(patients: Loaded) -> list[Problem]:
    return [
        Problem(shown(path), 0, "a node without a name", _NAMELESS, "name it", code="blank-node")
        for path, triples in patients.files.items()
        if any(isinstance(node, ox.BlankNode) for t in triples for node in (t.subject, t.object))
    ]
