"""Our evaluation of the shapes against pyshacl's: the same nodes, properties and messages, whatever is wrong."""

import random
import re

import pyoxigraph as ox
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cartkb.knowledge import Knowledge, case_patients
from cartkb.load import read
from cartkb.names import CKB, CKBG
from cartkb.problems import CartkbError
from cartkb.shacl.graph import Graph
from cartkb.shacl.literals import WRITTEN, is_ordered
from cartkb.shacl.referee import rdflib_graph, violations
from cartkb.shacl.shapes import KNOWN, Shapes
from cartkb.shacl.validate import PATIENT_SHAPES, PatientShapes
from conftest import HOME

SHAPES = HOME / "ontology" / "shapes"
PREFIXES = """
@prefix ckb: <https://w3id.org/cartkb/vocab/> .
@prefix rdf: <http://www.w3.org/1999/02/22-rdf-syntax-ns#> .
@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .
@prefix sh: <http://www.w3.org/ns/shacl#> .
@prefix xsd: <http://www.w3.org/2001/XMLSchema#> .
"""
FILES = sorted(
    p for part in ("refused", "accepted") for p in (HOME / "tests" / part).iterdir() if p.stem != "truncated-file"
)
BY_QUERY = (
    *("platelets-in-kelvin", "negative-platelets", "unknown-product", "leukapheresis-after-infusion"),
    *("contradicting-facts", "contradicts-product"),
)
XSD = "http://www.w3.org/2001/XMLSchema#"


def parse(turtle: str) -> list[ox.Triple]:
    return [quad.triple for quad in ox.parse(PREFIXES + turtle, format=ox.RdfFormat.TURTLE)]


SH = "http://www.w3.org/ns/shacl#"
SPARQL = f"{SH}sparql"


class Referee:
    """pyshacl with the shapes of patients and the vocabulary, ready for patient after patient."""

    def __init__(self, knowledge: Knowledge, ours: PatientShapes, queries: bool):
        shapes = [t for name in PATIENT_SHAPES for t in knowledge.loaded.files[SHAPES / name]]
        self.shapes = rdflib_graph(t for t in shapes if queries or t.predicate.value != SPARQL)
        self.graph = rdflib_graph(ours.vocabulary)

    def violations(self, triples: list[ox.Triple]) -> set[tuple[str, str, str]]:
        own = {triple.subject.value for triple in triples}
        added = [triple for triple in rdflib_graph(triples) if triple not in self.graph]
        for triple in added:
            self.graph.add(triple)
        found = violations(self.graph, self.shapes)
        for triple in added:
            self.graph.remove(triple)
        return {violation for violation in found if violation[0] in own}


@pytest.fixture(scope="module")
def ours(knowledge) -> PatientShapes:
    return PatientShapes(knowledge)


@pytest.fixture(scope="module")
def core_referee(knowledge, ours) -> Referee:
    """Without the queries, which take pyshacl most of the time."""
    return Referee(knowledge, ours, queries=False)


@pytest.fixture(scope="module")
def whole_referee(knowledge, ours) -> Referee:
    return Referee(knowledge, ours, queries=True)


def said(found) -> set[tuple[str, str, str]]:
    return {tuple(violation[:3]) for violation in found}


def apart(number: int, triples: list[ox.Triple]) -> list[ox.Triple]:
    """Return the triples of one patient under names of their own, so that many can be looked at in one run."""
    own = {t.subject: ox.NamedNode(f"urn:test:{number}:{t.subject.value.rsplit('/', 1)[-1]}") for t in triples}
    return [ox.Triple(own[t.subject], t.predicate, own.get(t.object, t.object)) for t in triples]


def from_queries(ours: PatientShapes) -> re.Pattern:
    """Return the pattern of the messages that queries write, with the names that they fill in."""
    messages = [message for shape in ours.shapes.shapes for message, _ in shape.queries]
    assert len(messages) > 4
    return re.compile("|".join(re.sub(r"\\\{\w+\\\}", "(?s:.*)", re.escape(message)) for message in messages))


def from_order(knowledge: Knowledge) -> set[str]:
    """Return the messages about values that come in the wrong order: pyshacl also orders what cannot be compared."""
    shapes = [triple for name in PATIENT_SHAPES for triple in knowledge.loaded.files[SHAPES / name]]
    ordering = {t.subject for t in shapes if t.predicate.value in (SH + "lessThan", SH + "lessThanOrEquals")}
    messages = {t.object.value for t in shapes if t.subject in ordering and t.predicate.value == SH + "message"}
    assert messages
    return messages


def test_there_are_patients_of_both_kinds():
    assert {path.parent.name for path in FILES} == {"refused", "accepted"}
    assert len(FILES) > 50


def test_of_all_patients_the_referee_says_the_same(knowledge, ours, core_referee):
    patients = [apart(number, read(path, knowledge.context)) for number, path in enumerate(FILES)]
    triples = [triple for patient in patients for triple in patient]
    by_query = from_queries(ours)
    found = {violation for violation in said(ours.violations(triples)) if not by_query.fullmatch(violation[2])}
    assert len(found) > 35
    assert found == core_referee.violations(triples)


@pytest.mark.parametrize("name", BY_QUERY)
def test_of_what_the_queries_find_the_referee_says_the_same(knowledge, ours, whole_referee, name):
    triples = read(HOME / "tests" / "refused" / f"{name}.ttl")
    found = said(ours.violations(triples))
    assert len(found) == 1
    assert from_queries(ours).fullmatch(next(iter(found))[2])
    assert found == whole_referee.violations(triples)


def test_each_query_is_looked_at(knowledge, ours):
    messages = {next(iter(ours.violations(read(HOME / "tests/refused" / f"{name}.ttl"))))[2] for name in BY_QUERY}
    queries = [
        re.sub(r"\\\{\w+\\\}", "(?s:.*)", re.escape(m)) for shape in ours.shapes.shapes for m, _ in shape.queries
    ]
    assert all(any(re.fullmatch(query, message) for message in messages) for query in queries)


LITERALS = [
    *("4", "-4", "+4", "4.0", "4e0", "04", "", "2026-01-31", "2026-02-30", "2026-1-31", "2026-01-31Z", "true", "yes"),
    *("2026-01-31T00:00:00", "9999-12-31", "%", "U/L"),
]
DATATYPES = ["integer", "decimal", "string", "date", "boolean", "double", "dateTime"]
TERMS = st.one_of(
    st.builds(
        lambda text, kind: ox.Literal(text, datatype=ox.NamedNode(XSD + kind)),
        st.sampled_from(LITERALS),
        st.sampled_from(DATATYPES),
    ),
    st.builds(lambda text, language: ox.Literal(text, language=language), st.sampled_from(LITERALS), st.just("en")),
    st.builds(lambda name: ox.NamedNode(CKB + name), st.sampled_from(["known", "absent", "ldh", "tp53", "cr", "Fact"])),
    st.builds(lambda name: ox.NamedNode(CKBG + name), st.sampled_from(["kte-c19", "nobody"])),
)
EDITS = st.lists(
    st.tuples(
        st.sampled_from(["drop", "replace", "add", "move"]), st.integers(0, 10_000), st.integers(0, 10_000), TERMS
    ),
    min_size=1,
    max_size=6,
)


def edited(triples: list[ox.Triple], edits) -> list[ox.Triple]:
    """Return triples some of which were dropped, given another value, joined by another value, or moved elsewhere."""
    triples = list(triples)
    for kind, first, second, term in edits:
        at, other = first % len(triples), second % len(triples)
        subject, predicate, value = triples[at]
        if kind in ("drop", "replace"):
            del triples[at]
        if kind in ("replace", "add"):
            triples.append(ox.Triple(subject, predicate, term))
        if kind == "move":
            triples.append(ox.Triple(triples[other % len(triples)].subject, predicate, value))
        triples = triples or [ox.Triple(subject, predicate, value)]
    return triples


@settings(max_examples=12, suppress_health_check=list(HealthCheck))
@given(chosen=st.lists(st.tuples(st.integers(0, 10_000), EDITS), min_size=1, max_size=12))
def test_of_mutated_patients_the_referee_says_the_same(knowledge, ours, core_referee, chosen):
    cases = [of_patient(triples) for _, triples in sorted(case_patients(knowledge).files.items())]
    patients = [*cases, *(read(path, knowledge.context) for path in FILES[:3])]
    triples = [
        triple
        for number, (which, edits) in enumerate(chosen)
        for triple in edited(apart(number, patients[which % len(patients)]), edits)
    ]
    by_query, by_order = from_queries(ours), from_order(knowledge)
    found = {violation for violation in said(ours.violations(triples)) if not by_query.fullmatch(violation[2])}
    of_referee = core_referee.violations(triples)
    assert {v for v in found if v[2] not in by_order} == {v for v in of_referee if v[2] not in by_order}


def test_one_value_comes_before_another_as_in_sparql():
    """SHACL orders values by SPARQL's operators, and takes those that SPARQL cannot compare for out of order."""
    kinds = ("string", "integer", "decimal", "date")
    values = [ox.Literal(text, datatype=ox.NamedNode(XSD + kind)) for text in LITERALS for kind in kinds]
    values = [value for value in values if not value.value.endswith("Z")]  # a date of ours has no time zone
    written = {value for value in values if WRITTEN[value.datatype.value](value.value)}
    rows = " ".join(f"({left} {right})" for left in values for right in values)
    answers = list(
        ox.Store().query(
            f"SELECT ?left ?right (?left < ?right AS ?before) (?left <= ?right AS ?notAfter) "
            f"{{ VALUES (?left ?right) {{ {rows} }} }}"
        )
    )
    assert len(answers) == len(values) ** 2
    seen = set()
    for left, right, before, not_after in answers:
        for term, allow_equal in ((before, False), (not_after, True)):
            same_text = left == right and left not in written  # SPARQL compares it as text: it is no value of its type
            expected = term is not None and term.value == "true" and not same_text
            seen.add((left.datatype == right.datatype, expected))
            assert is_ordered(left, right, allow_equal) == expected, (left, right, allow_equal)
    assert len(seen) == 4


def of_patient(triples: list[ox.Triple]) -> list[ox.Triple]:
    """Return a patient and facts without the case around them."""
    kinds = {ox.NamedNode(CKB + name) for name in ("Patient", "Fact")}
    own = {triple.subject for triple in triples if triple.object in kinds}
    assert len(own) > 1
    return [triple for triple in triples if triple.subject in own]


def test_of_the_mutated_knowledge_base_the_referee_says_the_same(knowledge):
    """One run over everything but cases, with some hundred values dropped, replaced, added or moved."""
    draw = random.Random(7)
    shapes = {path: triples for path, triples in knowledge.loaded.files.items() if path.parent == SHAPES}
    core = {path: [t for t in triples if t.predicate.value != SPARQL] for path, triples in shapes.items()}
    rest = [
        triples
        for path, triples in knowledge.loaded.files.items()
        if path.parent != SHAPES and "cases" not in path.parts
    ]
    items = [triple for triples in rest for triple in triples]
    values = draw.sample([triple.object for triple in items], 300)
    kinds = ("drop", "replace", "add", "move")
    items = edited(items, [(draw.choice(kinds), draw.randrange(10**6), draw.randrange(10**6), v) for v in values])
    found = said(Shapes(core).violations(Graph(items), lambda query: []))
    assert len(found) > 150
    assert found == violations(rdflib_graph(items), rdflib_graph(t for triples in core.values() for t in triples))


@pytest.mark.parametrize(
    ("constraint", "term"),
    [
        ("sh:mincount 1", "sh:mincount"),
        ("sh:qualifiedValueShapesDisjoint true", "sh:qualifiedValueShapesDisjoint"),
        ("sh:datatype xsd:gMonth", "xsd:gMonth"),
        ("sh:node ckb:NoSuchShape", "ckb:NoSuchShape"),
        ("sh:uniqueLang false", "uniqueLang"),
        ("sh:in ckb:known", "first"),
    ],
)
def test_what_is_not_evaluated_is_refused_at_its_line(tmp_path, constraint, term):
    path = tmp_path / "shape.ttl"
    text = f"""{PREFIXES}
ckb:TestShape a sh:NodeShape ; sh:targetClass ckb:Fact ;
  sh:property [
    sh:path ckb:state ;
    sh:message "No."@en ;
    {constraint}
  ] .
"""
    path.write_text(text, encoding="utf-8")
    with pytest.raises(CartkbError) as refused:
        Shapes({path: read(path)})
    (problem,) = refused.value.problems
    assert problem.line > 0
    assert term in problem.what


def test_a_constraint_needs_words_of_its_own(tmp_path):
    path = tmp_path / "shape.ttl"
    text = (
        "ckb:TestShape a sh:NodeShape ; sh:targetClass ckb:Fact ; sh:property [ sh:path ckb:state ; sh:minCount 1 ] ."
    )
    path.write_text(PREFIXES + text, encoding="utf-8")
    with pytest.raises(CartkbError, match="sh:message"):
        Shapes({path: read(path)})


def test_every_word_that_the_shapes_use_is_known(knowledge):
    """Nothing in the shapes is read by pyshacl alone, or by nobody."""
    used = {
        node.value.rpartition("#")[2]
        for path, triples in knowledge.loaded.files.items()
        if path.parent == SHAPES
        for triple in triples
        for node in (triple.predicate, triple.object)
        if node.value.startswith("http://www.w3.org/ns/shacl#")
    }
    assert len(used) > 30
    assert used <= KNOWN


def test_whoever_validates_can_ask_the_referee(run, monkeypatch):
    case = HOME / "guideline/cases/adult-ldh-211.ttl"
    result = run("validate", "--referee", case)
    assert (result.exit_code, result.stdout) == (0, "valid: 1 patients, and pyshacl says the same\n")
    refused = run("validate", "--referee", HOME / "tests/refused/ldh-in-mg-per-dl.ttl")
    assert refused.exit_code == 1
    assert "mg/dL" in refused.stderr
    assert "pyshacl" not in refused.stderr
    monkeypatch.setattr(
        "cartkb.shacl.referee.violations", lambda *graphs: {(f"{CKBG}adult-ldh-211-ldh", "", "something else")}
    )
    disputed = run("validate", "--referee", case)
    assert disputed.exit_code == 1
    assert "only pyshacl finds of ckbg:adult-ldh-211-ldh: something else" in disputed.stderr
