"""Writing triples as Turtle and JSON-LD, the same bytes for the same triples."""

import json
from collections.abc import Iterable
from itertools import groupby

import pyoxigraph as ox

from cartkb.names import PREFIXES, RDF_TYPE, ckb, short

_PUBLISHED = ("Answer", "Evaluation")
_XSD_STRING = "http://www.w3.org/2001/XMLSchema#string"
_ENCODE = json.JSONEncoder(ensure_ascii=False).encode  # without indents, which would take eight times as long


def ordered(triples: Iterable[ox.Triple]) -> list[ox.Triple]:
    """Return triples, each once, in the order in which they are written."""
    return sorted(
        set(triples), key=lambda t: (str(t.subject), t.predicate != RDF_TYPE, str(t.predicate), str(t.object))
    )


def turtle(triples: Iterable[ox.Triple]) -> str:
    """Return sorted Turtle with the project's prefixes."""
    return turtle_of(ordered(triples))


def turtle_of(triples: Iterable[ox.Triple]) -> str:
    """Return Turtle of triples that are in order already."""
    return ox.serialize(triples, format=ox.RdfFormat.TURTLE, prefixes=PREFIXES).decode()


def canonical_lines(triples: Iterable[ox.Triple]) -> list[str]:
    """Return triples as sorted lines of N-Triples, blank nodes named by RDFC-1.0 with SHA-256."""
    triples = list(triples)
    if any(isinstance(node, ox.BlankNode) for t in triples for node in (t.subject, t.object)):
        dataset = ox.Dataset(ox.Quad(*triple) for triple in triples)
        dataset.canonicalize(ox.CanonicalizationAlgorithm.RDFC_1_0)
        triples = [quad.triple for quad in dataset]
    return sorted({f"{t} ." for t in triples})


def json_ld(triples: Iterable[ox.Triple]) -> str:
    """Return sorted JSON-LD, a thing on each line, with the project's prefixes as its context: nothing is fetched."""
    return json_ld_of(ordered(triples))


def json_ld_of(triples: Iterable[ox.Triple]) -> str:
    """Return JSON-LD of triples that are in order already."""
    return json_ld_document(json_ld_line(group) for _, group in groupby(triples, key=lambda t: t.subject))


def json_ld_document(lines: Iterable[str]) -> str:
    """Return the document of some lines, each of one thing."""
    together = ",\n".join(lines)
    return f'{{"@context": {_ENCODE(PREFIXES)},\n"@graph": [\n{together}\n]}}\n'


def json_ld_line(triples: Iterable[ox.Triple]) -> str:
    """Return what is said of one thing, in order, as a line of JSON-LD."""
    node: dict = {}
    for t in triples:
        node.setdefault("@id", _named(t.subject))
        key = "@type" if t.predicate == RDF_TYPE else short(t.predicate)
        node.setdefault(key, []).append(short(t.object) if key == "@type" else _json_value(t.object))
    return _ENCODE(node)


def _named(node: ox.NamedNode | ox.BlankNode) -> str:
    return f"_:{node.value}" if isinstance(node, ox.BlankNode) else short(node)


def _json_value(term) -> dict:
    if not isinstance(term, ox.Literal):
        return {"@id": _named(term)}
    if term.language:
        return {"@value": term.value, "@language": term.language}
    if term.datatype.value == _XSD_STRING:
        return {"@value": term.value}
    return {"@value": term.value, "@type": short(term.datatype)}


def published(derived: Iterable[ox.Triple]) -> list[ox.Triple]:
    """Return the answers and evaluations among derived triples; the rules' inner steps stay inside."""
    derived = list(derived)
    kinds = {ckb(name) for name in _PUBLISHED}
    nodes = {t.subject for t in derived if t.predicate == RDF_TYPE and t.object in kinds}
    return [t for t in derived if t.subject in nodes]


def conclusions_turtle(derived: Iterable[ox.Triple]) -> str:
    """Return the published conclusions as Turtle."""
    return turtle(published(derived))
