"""Boundaries: every limit lies where its passage or decision says, the value itself on the side it says."""

from collections.abc import Iterable
from datetime import date
from fractions import Fraction

import pyoxigraph as ox
import z3

from cartkb.names import CKB, ckb, local_name
from cartkb.prove.base import Base, Boundary, Criterion
from cartkb.prove.proof import Finding, Place, Proof, several
from cartkb.prove.space import Space
from cartkb.prove.truth import number
from cartkb.prove.witness import witness


def boundaries(space: Space, place: Place, cases: Iterable[ox.Triple]) -> Proof:
    """Prove that each limit divides all values as its boundary says, and find a case exactly on it."""
    proof, base = Proof(), space.base
    limited = {name: c for name, c in base.criteria.items() if c.limit is not None}
    said = {boundary.criterion for boundary in base.boundaries.values()}
    for criterion in limited.values():
        if criterion.name not in said:
            what = f"nothing says on which side of the limit of {criterion.name} the limit itself lies"
            why, fix = (
                "a wrong comparator would pass unseen",
                "add a ckb:Boundary in guideline/boundaries/, read from the passage",
            )
            proof.findings.append(Finding("boundary", place(criterion.iri, what, why, fix, CKB + "comparator"), None))
    for boundary in base.boundaries.values():
        proof.findings += _wrong(space, place, boundary, base.criteria[boundary.criterion])
    met = _met_by_cases(base, list(cases))
    for criterion in limited.values():
        if criterion.limit not in met.get((criterion.kind, criterion.feature), ()):
            what = f"no case has exactly the value that {criterion.name} turns on"
            why, fix = (
                "the side of the limit would rest on one line only",
                "add a case with that value in guideline/cases/",
            )
            proof.findings.append(Finding("boundary", place(criterion.iri, what, why, fix, CKB + "threshold"), None))
    if not proof.findings:
        proof.said.append(
            f"Bounded: each of {several(len(limited), 'limit')} divides all values as its boundary, read from a"
            " passage or a decision, says of those below it, at it and above it, and a case has exactly that value."
        )
    return proof


def _wrong(space: Space, place: Place, boundary: Boundary, criterion: Criterion) -> list[Finding]:
    findings, limit = [], number(boundary.value)
    truth = {True: space.true[criterion.name], False: space.false[criterion.name]}
    for word, said, on_side in (
        ("below", boundary.below, lambda value: value < limit),
        ("at", boundary.itself, lambda value: value == limit),
        ("above", boundary.above, lambda value: value > limit),
    ):
        values = space.truths.counted[criterion.name]
        all_there = [z3.Implies(counts, on_side(value)) for counts, value in values]
        wrong = [z3.Or([counts for counts, _ in values]), *all_there, z3.Not(truth[said])]
        if space.some(*wrong):
            side = f"a value {word} the limit, as {boundary.name} says it is"
            what = f"{criterion.name} is not {str(said).lower()} of {side}"
            why = "patients on the limit, or beyond it, would be told the contrary of what the passage says"
            fix = "read the passages of both again; correct ckb:comparator or ckb:threshold, or the boundary"
            shown = witness(space, f"{word}-{criterion.name}", what, wrong)
            findings.append(Finding("boundary", place(criterion.iri, what, why, fix, CKB + "comparator"), shown))
    return findings


def _met_by_cases(base: Base, triples: list[ox.Triple]) -> dict[tuple[str, str], set[Fraction]]:
    """Return the values that patients of cases have, by kind of criterion and feature, in canonical units."""
    said = {(t.subject, t.predicate): t.object for t in triples}
    patient = {t.object: t.subject for t in triples if t.predicate == ckb("hasFact")}
    origin = {
        patient[fact]: date.fromisoformat(said[fact, ckb("date")].value)
        for fact in patient
        if local_name(said[fact, ckb("feature")]) == base.origin and (fact, ckb("date")) in said
    }
    met = {}
    in_years = [f.name for f in base.features.values() if f.unit == "a"]
    for (owner, predicate), value in said.items():
        if predicate == ckb("birthDate"):
            birth, as_of = date.fromisoformat(value.value), date.fromisoformat(said[owner, ckb("asOf")].value)
            years = as_of.year - birth.year - ((as_of.month, as_of.day) < (birth.month, birth.day))
            for name in in_years:
                met.setdefault(("Quantity", name), set()).add(Fraction(years))
    for fact, owner in patient.items():
        feature, value = local_name(said[fact, ckb("feature")]), said.get((fact, ckb("value")))
        if isinstance(value, ox.Literal):
            factor = base.units[said[fact, ckb("unit")].value]
            met.setdefault(("Quantity", feature), set()).add(Fraction(value.value) * factor)
        if owner in origin and (fact, ckb("date")) in said:
            days = date.fromisoformat(said[fact, ckb("date")].value) - origin[owner]
            met.setdefault(("EventDay", feature), set()).add(Fraction(days.days))
    for owner, day in origin.items():
        as_of = date.fromisoformat(said[owner, ckb("asOf")].value)
        met.setdefault(("Elapsed", ""), set()).add(Fraction((as_of - day).days))
    return met
