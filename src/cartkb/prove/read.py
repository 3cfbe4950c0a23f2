"""Reading what is to be proved from the triples of a knowledge base."""

from collections import defaultdict
from collections.abc import Iterable
from fractions import Fraction

import pyoxigraph as ox

from cartkb.names import RDF_TYPE, ckb, local_name, short
from cartkb.prove.base import (
    COMPOSITE_KINDS,
    LEAF_KINDS,
    Base,
    Boundary,
    Criterion,
    Feature,
    Overshadowing,
    Question,
    Silence,
    Statement,
    Tension,
)


class _Reader:
    def __init__(self, triples: Iterable[ox.Triple]):
        self.values = defaultdict(list)
        self.members = defaultdict(list)
        for subject, predicate, value in triples:
            self.values[subject, predicate].append(value)
            if predicate == RDF_TYPE:
                self.members[value].append(subject)

    def all(self, subject, name: str) -> list:
        return sorted(self.values[subject, ckb(name)], key=lambda term: term.value)

    def names(self, subject, name: str) -> tuple[str, ...]:
        return tuple(sorted({local_name(term) for term in self.all(subject, name)}))

    def name(self, subject, name: str) -> str:
        return next(iter(self.names(subject, name)), "")

    def number(self, subject, name: str) -> Fraction | None:
        return next((Fraction(term.value) for term in self.all(subject, name)), None)

    def converted(self, subject, name: str, units: dict[str, Fraction]) -> Fraction | None:
        """Return a number in the canonical unit of the unit that the subject names."""
        value, code = self.number(subject, name), next((unit.value for unit in self.all(subject, "unit")), "")
        return value if value is None else value * units.get(code, 1)

    def true(self, subject, name: str) -> bool:
        return any(term.value == "true" for term in self.all(subject, name))

    def of_kind(self, name: str) -> list:
        return sorted(set(self.members[ckb(name)]), key=lambda term: term.value)


def read_base(triples: Iterable[ox.Triple]) -> Base:
    """Return the decision base of some triples: the operative part of a knowledge base."""
    reader, base = _Reader(triples), Base()
    for unit in reader.of_kind("Unit"):
        base.units |= {code.value: reader.number(unit, "factorToCanonical") for code in reader.all(unit, "ucumCode")}
    for term in reader.of_kind("Feature"):
        base.features[local_name(term)] = _feature(reader, term)
    for kind in (*(f"{k}Criterion" for k in LEAF_KINDS), *COMPOSITE_KINDS):
        for term in reader.of_kind(kind):
            base.criteria[local_name(term)] = _criterion(reader, term, kind.removesuffix("Criterion"), base.units)
    base.criteria = dict(sorted(base.criteria.items()))
    for term in reader.of_kind("Statement"):
        base.statements[local_name(term)] = _statement(reader, term)
    for term in reader.of_kind("Question"):
        base.questions[local_name(term)] = Question(
            local_name(term),
            reader.name(term, "scope"),
            reader.name(term, "precondition"),
            reader.names(term, "closedBy"),
            reader.name(term, "aggregation") == "list-all",
        )
    for term in reader.of_kind("Tension"):
        base.tensions[local_name(term)] = Tension(
            local_name(term),
            term.value,
            reader.names(term, "between"),
            reader.names(term, "hingesOn"),
            reader.name(term, "ruledOutBy"),
        )
    for term in reader.of_kind("Silence"):
        question, population = reader.name(term, "question"), reader.name(term, "population")
        base.silences[local_name(term)] = Silence(local_name(term), term.value, question, population)
    for term in reader.of_kind("Boundary"):
        base.boundaries[local_name(term)] = Boundary(
            local_name(term),
            term.value,
            reader.name(term, "boundaryOf"),
            reader.converted(term, "boundaryValue", base.units),
            *(reader.name(term, place) == "true" for place in ("justBelow", "exactlyAt", "justAbove")),
        )
    for term in reader.of_kind("Overshadowing"):
        weaker, stronger = reader.names(term, "overshadows"), reader.names(term, "overshadowedBy")
        base.overshadowings[local_name(term)] = Overshadowing(local_name(term), term.value, weaker, stronger)
    for term in reader.of_kind("RiskFactor"):
        base.factors[local_name(term)] = (term.value, reader.name(term, "definingCriterion"))
    for term in reader.of_kind("Product"):
        base.given[local_name(term)] = {
            reader.name(fact, "feature"): (reader.name(fact, "state"), reader.name(fact, "value"))
            for fact in reader.all(term, "productFact")
        }
    for term in reader.of_kind("Window"):
        base.ends_before |= {local_name(term): event for event in reader.names(term, "endsBefore")}
        base.begins_after |= {local_name(term): event for event in reader.names(term, "beginsAfter")}
    return base


def _feature(reader: _Reader, term) -> Feature:
    unit = next((reader.all(u, "ucumCode")[0].value for u in reader.all(term, "canonicalUnit")), "")
    codes = set(reader.all(term, "allowedValue"))
    for kind in reader.all(term, "allowedValueClass"):
        codes |= set(reader.members[kind])
    return Feature(
        local_name(term),
        reader.name(term, "featureKind"),
        reader.true(term, "timeless"),
        tuple(sorted(local_name(code) for code in codes)),
        min((short(code).partition(":")[0] for code in codes), default=""),
        reader.number(term, "minimumValue"),
        reader.number(term, "maximumValue"),
        unit,
        reader.name(term, "givenBy"),
        reader.name(term, "derivedFrom"),
        reader.name(term, "belowSensitivityValue"),
        reader.name(term, "atOrAboveSensitivityValue"),
    )


def _criterion(reader: _Reader, term, kind: str, units: dict[str, Fraction]) -> Criterion:
    operands = reader.names(term, "operand")
    minimum = {"AllOf": len(operands), "AnyOf": 1, "Not": 1}.get(kind) or int(reader.number(term, "minimumTrue") or 0)
    return Criterion(
        local_name(term),
        term.value,
        kind,
        reader.name(term, "feature"),
        reader.name(term, "window"),
        reader.name(term, "pick") == "ever",
        reader.name(term, "comparator"),
        reader.converted(term, "threshold", units),
        frozenset(reader.names(term, "expectedValue")),
        reader.name(term, "direction") == "rising",
        (reader.name(term, "fromValue"), reader.name(term, "toValue")),
        reader.true(term, "silenceMeansAbsent"),
        operands,
        minimum,
    )


def _statement(reader: _Reader, term) -> Statement:
    directive = next(iter(reader.all(term, "directs")), term)
    rank = reader.number(directive, "rank")
    return Statement(
        local_name(term),
        term.value,
        reader.name(term, "question"),
        local_name(directive),
        reader.name(directive, "stance"),
        int(rank) if rank is not None else None,
        reader.name(term, "population"),
        reader.names(term, "exceptWhen"),
        reader.name(term, "ruledOutBy"),
    )
