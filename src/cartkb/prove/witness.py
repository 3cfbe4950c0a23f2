"""A witness: the smallest patient that shows what was found, as Turtle that anybody can run.

The records are settled one after another, always in the same order and with the simplest choice that still
shows it, so that the same finding gets the same patient whatever z3 found first.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from fractions import Fraction

import z3

from cartkb.problems import CartkbError, Problem
from cartkb.prove.patient import AFTER, ALWAYS, EVENT, FIRST, ORIGIN, SECOND, Record
from cartkb.prove.space import Space, decided
from cartkb.prove.truth import number

DAY_ZERO = date(2026, 3, 1)
_OFFSETS = {FIRST: (-40, -30), EVENT: (-10, -10), SECOND: (-7, -6), ORIGIN: (0, 0)}
_HEAD = """@prefix ckb: <https://w3id.org/cartkb/vocab/> .
@prefix ckbg: <https://w3id.org/cartkb/guideline/> .
@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .
@prefix xsd: <http://www.w3.org/2001/XMLSchema#> .
@prefix w: <https://example.org/witness/{name}/> .
"""


@dataclass(frozen=True)
class Witness:
    """A patient as Turtle, with the class of every question and the truth of every criterion that is decided."""

    name: str
    turtle: str
    classes: dict[str, str]
    truths: dict[str, bool]


class _Settling:
    """Settles a patient's variables one by one within a solver."""

    def __init__(self, space: Space, conditions: Iterable[z3.BoolRef]):
        self.space, self.solver = space, space.solver
        self.solver.push()
        self.solver.add(*conditions)
        if not decided(self.solver.check()):
            raise ValueError("no patient satisfies the conditions")
        self.model = self.solver.model()
        limits = [c.limit for c in space.base.criteria.values() if c.kind in ("Elapsed", "EventDay")]
        self._days = [
            Fraction(30),
            *sorted({limit + n for limit in limits for n in (-1, 0, 1)}),
            *map(Fraction, range(30)),
        ]

    def first(self, options: Iterable[z3.BoolRef]) -> bool:
        """Keep the first option that is still possible; say whether there was one."""
        for option in options:
            shown = z3.is_true(self.model.eval(option, model_completion=True))
            if shown or decided(self.solver.check(option)):
                self.model = self.model if shown else self.solver.model()
                self.solver.add(option)
                return True
        return False

    def settle(self) -> z3.ModelRef:
        """Return the settled patient."""
        patient = self.space.patient
        for record in patient.records:
            self.first([z3.Not(record.present), z3.BoolVal(True)])
        for record in patient.records:
            self.first(self._states(record))
        self.first(patient.elapsed == number(day) for day in self._days)
        for record in patient.records:
            if record.day is not None:
                self.first(record.day == number(day) for day in self._days)
        for record in patient.records:
            if record.value is not None:
                self.first([z3.Not(record.stated)] if record.stated is not None else [])
                self.first([record.same_assay] if record.same_assay is not None else [])
                self.first(record.value == number(value) for value in self._values(record))
        for record in patient.records:
            if record.stated is not None:
                self.first(record.sensitivity == number(value) for value in (Fraction(1, 100), *self._values(record)))
        self.solver.pop()
        return self.model

    @staticmethod
    def _states(record: Record) -> Iterator[z3.BoolRef]:
        yield z3.Not(record.present)
        yield from record.codes.values()
        yield record.absent
        yield record.known
        yield record.present

    def _values(self, record: Record) -> list[Fraction]:
        limits = {c.limit for c in self.space.base.criteria.values() if c.feature == record.feature.name and c.limit}
        steps = [
            limit + n * (Fraction(1) if limit >= 2 else limit / 10) for limit in sorted(limits) for n in (-1, 0, 1)
        ]
        return steps + [Fraction(n) for n in (1, 2, 10)] + [Fraction(1, n) for n in (10, 100, 1000)]


def witness(space: Space, name: str, story: str, conditions: Iterable[z3.BoolRef]) -> Witness:
    """Return the smallest patient that satisfies the conditions. Raises ValueError where there is none."""
    return shown(space, _Settling(space, conditions).settle(), name, story)


def shown(space: Space, model: z3.ModelRef, name: str, story: str) -> Witness:
    """Return the patient of a model as Turtle, with what is proved of it."""

    def holds(condition: z3.BoolRef) -> bool:
        return z3.is_true(model.eval(condition, model_completion=True))

    classes = {q: next(c for c, is_class in of.items() if holds(is_class)) for q, of in space.answers.is_class.items()}
    truths = {c: True for c, true in space.true.items() if holds(true)}
    truths |= {c: False for c, false in space.false.items() if holds(false)}
    return Witness(
        name, _turtle(space, model, name, story, holds), dict(sorted(classes.items())), dict(sorted(truths.items()))
    )


def _turtle(space: Space, model: z3.ModelRef, name: str, story: str, holds) -> str:
    elapsed = model.eval(space.patient.elapsed, model_completion=True).as_long()
    records = [record for record in space.patient.records if holds(record.present)]
    facts = {f"w:{record.feature.name}-{record.slot}-{record.place + 1}": record for record in records}
    as_of = DAY_ZERO + timedelta(days=elapsed)
    lines = [f'w:patient a ckb:Patient ;\n  rdfs:label "{story}"@en ;\n  ckb:asOf "{as_of}"^^xsd:date']
    if facts:
        lines[0] += " ;\n  ckb:hasFact " + ", ".join(facts)
    for fact, record in facts.items():
        lines.append(_fact(fact, record, model, elapsed, holds))
    return _HEAD.format(name=name) + "\n" + "".join(f"{line} .\n" for line in lines)


def _fact(fact: str, record: Record, model: z3.ModelRef, elapsed: int, holds) -> str:
    known = holds(record.known)
    state = "known" if known else "absent" if holds(record.absent) else "unknown"
    parts = [f"{fact} a ckb:Fact", f"ckb:feature ckb:{record.feature.name}", f"ckb:state ckb:{state}"]
    for code, condition in record.codes.items():
        if holds(condition):
            parts.append(f"ckb:value {record.feature.code_prefix}:{code}")
    if known and record.value is not None:
        parts += [f"ckb:value {_decimal(model, record.value)}", f'ckb:unit "{record.feature.unit}"']
    if record.stated is not None and holds(record.stated):
        parts.append(f"ckb:assaySensitivity {_decimal(model, record.sensitivity)}")
    if record.same_assay is not None and known and not holds(record.same_assay):
        parts.append('ckb:assay "another assay"')
    if record.slot != ALWAYS:
        parts.append(f'ckb:date "{DAY_ZERO + timedelta(days=_offset(record, model, elapsed))}"^^xsd:date')
    return " ; ".join(parts)


def _offset(record: Record, model: z3.ModelRef, elapsed: int) -> int:
    if record.slot != AFTER:
        return _OFFSETS[record.slot][record.place]
    if record.day is not None:
        return model.eval(record.day, model_completion=True).as_long()
    return elapsed - (record.places - 1 - record.place)


def _decimal(model: z3.ModelRef, value: z3.ArithRef) -> str:
    exact = model.eval(value, model_completion=True).as_fraction()
    for digits in range(13):
        if (exact * 10**digits).denominator == 1:
            return f"{float(exact):.{digits}f}" if digits else str(exact.numerator)
    raise CartkbError([Problem("verify", 0, f"a witness would need the value {exact}, which is not a decimal")])
