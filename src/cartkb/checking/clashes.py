"""Axioms of the vocabulary that contradict each other, each named with its line."""

from collections.abc import Iterator
from pathlib import Path

import pyoxigraph as ox

from cartkb.loaded import Loaded
from cartkb.logic import owl
from cartkb.names import CKB, PREFIXES, local_name, short
from cartkb.problems import Bearing, Problem

_RDFS, _OWL = PREFIXES["rdfs"], PREFIXES["owl"]
_SUBCLASS = ox.NamedNode(_RDFS + "subClassOf")
WORDS = frozenset(  # what the logic rests on
    {
        *(PREFIXES["rdf"] + name for name in ("type", "first", "rest")),
        *(_RDFS + name for name in ("subClassOf", "subPropertyOf", "domain", "range")),
        *(_OWL + name for name in ("disjointWith", "equivalentClass", "inverseOf", "unionOf", "intersectionOf")),
        *(_OWL + name for name in ("complementOf", "oneOf", "onProperty", "members", "Class", "ObjectProperty")),
    }
)
_EXPLAINED = 3  # contradictions whose axioms are looked for, since each takes seconds
_WHY = "where axioms contradict each other anything would follow, so nothing can be trusted"


def check_logic(files: dict[Path, list[ox.Triple]], java: str) -> Iterator[Problem]:
    """Yield a problem for each class that can have no members, or one if the whole is inconsistent."""
    vocabulary = Loaded(files)
    found = owl.inconsistencies(vocabulary.triples(), java)
    for number, iri in enumerate(_roots(vocabulary, found)):
        axioms = owl.explanation(vocabulary.triples(), java, iri) if number < _EXPLAINED else []
        yield _problem(vocabulary, iri, axioms)


def _roots(vocabulary: Loaded, found: list[str]) -> list[str]:
    """Return the classes that have no members for a reason of their own, not because of a class above them."""
    above = {}
    for subject, predicate, value in vocabulary.triples():
        if predicate == _SUBCLASS:
            above.setdefault(subject.value, set()).add(value.value)
    return [iri for iri in found if above.get(iri, set()).isdisjoint(found)] or found[:1]


def _problem(vocabulary: Loaded, iri: str, axioms: list[str]) -> Problem:
    places = [(axiom, _place(vocabulary, axiom)) for axiom in axioms]
    told = ", ".join(f"{axiom} ({place.place})" if place else axiom for axiom, place in places)
    whole = iri == owl.NOTHING
    code = "inconsistent-vocabulary" if whole else "class-without-members"
    what = "the vocabulary contradicts itself" if whole else f"{short(ox.NamedNode(iri))} can have no members"
    what = f"{what}: {told} cannot all be true" if told else what
    fix = "take one of these axioms out" if told else "look at its superclasses, domains, ranges and disjointness"
    name = local_name(ox.NamedNode(iri))
    known = [place for axiom, place in places if place]
    own = [place for axiom, place in places if place and axiom.startswith(f"{name} ") and "disjointWith" not in axiom]
    bearing = Bearing(frozenset({iri}))
    if not known:
        subject = CKB if whole else iri
        return vocabulary.problem(subject, what, _WHY, fix, code=code, bearing=bearing)
    at = (own or known)[0]
    return Problem(at.file, at.line, what, _WHY, fix, column=at.column, code=code, bearing=bearing)


def _place(vocabulary: Loaded, axiom: str) -> Problem | None:
    """Return something that stands where an axiom is written, or None where it is not a single triple."""
    words = axiom.split()
    if len(words) != 3:
        return None
    left, verb, right = words
    verb = {"equivalentTo": "equivalentClass"}.get(verb, verb)
    for triple in vocabulary.triples():
        ends = [local_name(node) for node in (triple.subject, triple.object)]
        turned = verb in ("disjointWith", "equivalentClass", "inverseOf") and ends == [right, left]
        if local_name(triple.predicate) == verb and (ends == [left, right] or turned):
            return vocabulary.problem(
                triple.subject.value, "", predicate=triple.predicate.value, value=triple.object.value
            )
    return None
