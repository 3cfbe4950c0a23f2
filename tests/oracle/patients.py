"""Patients as plain values: what they say, whether they say it without contradiction, and how they are written."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from fractions import Fraction
from functools import cache

import pyoxigraph as ox

from oracle.graph import Graph, expanded
from oracle.history import KNOWN, UNKNOWN

_XSD = "http://www.w3.org/2001/XMLSchema#"
_TYPE = ox.NamedNode("http://www.w3.org/1999/02/22-rdf-syntax-ns#type")
INFUSION, LYMPHODEPLETION, COLLECTION, AGE = (
    "ckb:car-t-infusion",
    "ckb:lymphodepletion",
    "ckb:leukapheresis",
    "ckb:age",
)
STEPS = (COLLECTION, LYMPHODEPLETION, INFUSION)
_PREFIXES = {
    "ckb": "https://w3id.org/cartkb/vocab/",
    "ckbg": "https://w3id.org/cartkb/guideline/",
    "xsd": _XSD,
    "": "https://example.org/",
}


@dataclass(frozen=True)
class Fact:
    """One fact; a quantity as the decimal that is written, a coded value as a short name."""

    feature: str
    state: str
    value: Decimal | str | None = None
    unit: str | None = None
    day: date | None = None
    assay: str | None = None
    sensitivity: Decimal | None = None


@dataclass(frozen=True)
class Patient:
    """The facts of one patient, with the date of the assessment."""

    as_of: date
    facts: tuple[Fact, ...]
    birth: date | None = None

    def with_facts(self, facts: Iterable[Fact]) -> "Patient":
        return replace(self, facts=tuple(facts))


class Consistency:
    """Says whether facts agree with each other and with what is known of the product, as the shapes demand."""

    def __init__(self, of_product: dict[str, dict[str, str]], timeless: set[str]):
        self._of_product = of_product
        self._timeless = timeless

    def holds(self, patient: Patient) -> bool:
        """Say whether the facts of a patient agree."""
        facts = patient.facts
        return all(self.admits(patient.with_facts(facts[:place]), fact) for place, fact in enumerate(facts))

    def admits(self, patient: Patient, new: Fact) -> bool:
        """Say whether one more fact agrees with those of a patient."""
        if patient.birth and (new.feature == AGE or (new.day and new.day < patient.birth)):
            return False
        described = self._of_product.get(new.value, {})
        for fact in patient.facts:
            if fact.feature == new.feature:
                if not self._agree(fact, new):
                    return False
            elif fact.feature in described and not says(fact, described[fact.feature]):
                return False
            else:
                known = self._of_product.get(fact.value)
                if known and new.feature in known and not says(new, known[new.feature]):
                    return False
                if new.feature in STEPS and fact.feature in STEPS and not in_order(fact, new):
                    return False
        return True

    def _agree(self, one: Fact, other: Fact) -> bool:
        if one.feature in (INFUSION, LYMPHODEPLETION) and one.state == other.state == KNOWN:
            return False
        together = one.feature in self._timeless or (one.day is not None and one.day == other.day)
        alike = (one.state, one.value, one.unit) == (other.state, other.value, other.unit)
        return alike or not together or bool(one.assay and other.assay and one.assay != other.assay)


def smallest(patient: Patient, still: Callable[[Patient], bool]) -> Patient:
    """Return a patient with as few facts as possible for whom something still holds, dropping one after the other."""
    position = 0
    while position < len(patient.facts):
        without = patient.with_facts([*patient.facts[:position], *patient.facts[position + 1 :]])
        if still(without):
            patient = without
        else:
            position += 1
    plainer = (replace(fact, assay=None, sensitivity=None) for fact in patient.facts)
    plain = replace(patient, birth=None).with_facts(plainer)
    return plain if still(plain) else patient


def says(fact: Fact, value: str) -> bool:
    """Say whether a fact leaves a value open or states this one."""
    return fact.state == UNKNOWN or (fact.state, fact.value) == (KNOWN, value)


def in_order(one: Fact, other: Fact) -> bool:
    """Say whether two steps of the treatment, if both happened, are dated in their order."""
    first, second = sorted((one, other), key=lambda fact: STEPS.index(fact.feature))
    if not (first.state == second.state == KNOWN and first.day and second.day):
        return True
    return first.day < second.day or (first.day == second.day and second.feature != INFUSION)


def triples(patient: Patient, name: str) -> Iterator[ox.Triple]:
    """Yield a patient as triples; facts are named after the patient and numbered."""
    node = ox.NamedNode(_PREFIXES[""] + name)
    yield ox.Triple(node, _TYPE, _node("ckb:Patient"))
    yield ox.Triple(node, _node("ckb:asOf"), _date(patient.as_of))
    if patient.birth:
        yield ox.Triple(node, _node("ckb:birthDate"), _date(patient.birth))
    for number, fact in enumerate(patient.facts):
        own = ox.NamedNode(f"{node.value}-{number}")
        yield ox.Triple(node, _node("ckb:hasFact"), own)
        yield ox.Triple(own, _TYPE, _node("ckb:Fact"))
        yield ox.Triple(own, _node("ckb:feature"), _node(fact.feature))
        yield ox.Triple(own, _node("ckb:state"), _node(fact.state))
        if fact.value is not None:
            value = _node(fact.value) if isinstance(fact.value, str) else _number(fact.value)
            yield ox.Triple(own, _node("ckb:value"), value)
        if fact.unit:
            yield ox.Triple(own, _node("ckb:unit"), _text(fact.unit))
        if fact.day:
            yield ox.Triple(own, _node("ckb:date"), _date(fact.day))
        if fact.assay:
            yield ox.Triple(own, _node("ckb:assay"), _text(fact.assay))
        if fact.sensitivity is not None:
            yield ox.Triple(own, _node("ckb:assaySensitivity"), _number(fact.sensitivity))


def turtle(patient: Patient, name: str = "patient") -> str:
    """Return a patient as Turtle that ``cartkb infer`` reads."""
    return ox.serialize(triples(patient, name), format=ox.RdfFormat.TURTLE, prefixes=_PREFIXES).decode()


def from_graph(graph: Graph, name: str) -> Patient:
    """Return a patient of a graph as plain values."""

    def number(value: object) -> object:
        return Decimal(value.numerator) / Decimal(value.denominator) if isinstance(value, Fraction) else value

    facts = (
        Fact(
            *(graph.one(fact, f"ckb:{part}") for part in ("feature", "state")),
            number(graph.one(fact, "ckb:value")),
            *(graph.one(fact, f"ckb:{part}") for part in ("unit", "date", "assay")),
            number(graph.one(fact, "ckb:assaySensitivity")),
        )
        for fact in graph.all(name, "ckb:hasFact")
    )
    return Patient(graph.one(name, "ckb:asOf"), tuple(facts), graph.one(name, "ckb:birthDate"))


@cache
def _node(name: str) -> ox.NamedNode:
    return ox.NamedNode(expanded(name))


@cache
def _date(day: date) -> ox.Literal:
    return ox.Literal(day.isoformat(), datatype=ox.NamedNode(_XSD + "date"))


@cache
def _text(text: str) -> ox.Literal:
    return ox.Literal(text)


@cache
def _number(number: Decimal) -> ox.Literal:
    return ox.Literal(f"{number:f}", datatype=ox.NamedNode(_XSD + "decimal"))
