"""After a save only those queries are asked again that may answer otherwise: none of the others ever does."""

import random

import pyoxigraph as ox
import pytest

from cartkb.dependence import changed_words, may_differ, together
from cartkb.names import RDF_TYPE, ckb, short
from cartkb.problems import ANYTHING
from conftest import HOME

FOLDERS = ("ontology/checks", "ontology/questions", "site_templates/views")
QUERIES = {
    path: path.read_text(encoding="utf-8") for folder in FOLDERS for path in sorted((HOME / folder).glob("*.rq"))
}
VALUE, LABEL = ckb("value").value, "http://www.w3.org/2000/01/rdf-schema#label"


def selected(store: ox.Store, text: str) -> list[str]:
    return sorted(str(solution) for solution in store.query(text, use_default_graph_as_union=True))


def test_a_query_that_is_not_asked_again_would_say_the_same(knowledge):
    """Some properties lose some of their triples, one after the other; what is said to stay as it is stays so."""
    store, draw = knowledge.loaded.store(), random.Random(20261125)
    before = {path: selected(store, text) for path, text in QUERIES.items()}
    assert sum(map(len, before.values())) > 10_000
    by_property: dict[ox.NamedNode, list[ox.Quad]] = {}
    for quad in sorted(store, key=str):
        by_property.setdefault(quad.predicate, []).append(quad)
    named = sorted((name for name in by_property if any(short(name) in text for text in QUERIES.values())), key=str)
    noticed, left_out = set(), 0
    for property_ in draw.sample([name for name in named if name != RDF_TYPE], 12):
        quads = by_property[property_]
        lost = draw.sample(quads, min(20, len(quads)))
        changed = changed_words([quad.triple for quad in lost], [])
        for quad in lost:
            store.remove(quad)
        for path, text in QUERIES.items():
            if not may_differ(text, changed):
                left_out += 1
                assert selected(store, text) == before[path], (path.name, property_)
            elif selected(store, text) != before[path]:
                noticed.add(path)
        store.extend(lost)
    assert left_out > 12 * len(QUERIES) / 2
    assert len(noticed) > 20


@pytest.mark.parametrize(
    ("where", "differs"),
    [
        ("?item ckb:value ?value", True),
        (f"?item <{VALUE}> ?value", True),
        ("?item ckb:median ?value", False),
        ("?item ckb:median/ckb:value ?value", True),
        ("?item ?property ?value", True),
        ("?item a ckb:Finding ; ?property ?value", True),
        ("?item a ckb:Finding ;\n  ?property 4", True),
        ("ckbg:one ?property ckbg:two", True),
        ("ckbg:one ?property ?value", True),
        ("?item !ckb:median ?value", True),
        ("?item !(ckb:median|ckb:minimum) ?value", True),
        ("VALUES ?property { ckb:median } ?item ?property ?value", False),
        ("VALUES ?property { ckb:value } ?item ?property ?value", True),
        ("?item ckb:median ?value # by any ?item ?property", False),
        ("?item ckb:signatureState ?value", True),
    ],
)
def test_what_a_query_asks_for_says_whether_it_may_differ(where, differs):
    query = (
        f"PREFIX ckb: <https://w3id.org/cartkb/vocab/>\nSELECT ?item ?value WHERE {{ {where}\n}} GROUP BY ?item ?value"
    )
    assert may_differ(query, frozenset({VALUE})) is differs
    assert may_differ(query, ANYTHING)
    assert not may_differ(query, frozenset())


def test_what_has_changed_is_told_by_its_properties():
    item, kind = ox.NamedNode("urn:item"), ox.Triple(ox.NamedNode("urn:item"), RDF_TYPE, ckb("Finding"))
    four, five = (ox.Triple(item, ckb("value"), ox.Literal(number)) for number in (4, 5))
    named = ox.Triple(item, ox.NamedNode(LABEL), ox.Literal("An item"))
    assert changed_words([four, named], [named, four]) == frozenset()
    assert changed_words([four, named], [five, named]) == {VALUE}
    assert together(changed_words([four], []), changed_words([], [named])) == {VALUE, LABEL}
    assert changed_words([four], [four, kind]) is ANYTHING
    assert together({VALUE}, ANYTHING) is ANYTHING
