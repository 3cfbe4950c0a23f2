"""What could still become known of a patient: for each feature, the records that would decide its criteria.

Nothing clinical is written here. Values are taken from the limits and expected values of the criteria
that look at a feature, days from the windows of care; which of them tell anything apart is found by
running the rules over a patient who has them.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from itertools import product
from pathlib import Path

import pyoxigraph as ox

from cartkb.knowledge import rows
from cartkb.loaded import Loaded
from cartkb.names import RDF_TYPE, ckb, local_name
from cartkb.reasoning.reason import Reasoner

_XSD = "http://www.w3.org/2001/XMLSchema#"
_LEAVES = """
PREFIX ckb: <https://w3id.org/cartkb/vocab/>
SELECT DISTINCT ?feature ?criterion ?kind ?window ?threshold ?unit ?timeless ?featureKind WHERE {
  ?criterion ckb:feature ?feature ; a ?kind .
  ?feature ckb:featureKind ?featureKind ; ckb:timeless ?timeless .
  OPTIONAL { ?criterion ckb:window ?window }
  OPTIONAL { ?criterion ckb:threshold ?threshold ; ckb:unit ?unit }
  { ?user ckb:dependsOn ?criterion }
  UNION { ?question ckb:scope|ckb:precondition|ckb:closedBy ?top . ?top ckb:operand* ?criterion }
} ORDER BY ?feature ?criterion
"""
_CODES = """
PREFIX ckb: <https://w3id.org/cartkb/vocab/>
SELECT DISTINCT ?feature ?code ?criterion WHERE {
  { ?feature ckb:allowedValue ?code } UNION { ?feature ckb:allowedValueClass ?class . ?code a ?class }
  OPTIONAL { ?criterion ckb:feature ?feature ; ckb:expectedValue|ckb:fromValue|ckb:toValue ?code }
} ORDER BY ?feature ?code ?criterion
"""
_WINDOWS = """
PREFIX ckb: <https://w3id.org/cartkb/vocab/>
SELECT ?window ?ends ?begins WHERE {
  ?window a ckb:Window .
  OPTIONAL { ?window ckb:endsBefore ?ends }
  OPTIONAL { ?window ckb:beginsAfter ?begins }
} ORDER BY ?window
"""
_SERIES = ("TrendCriterion", "ChangeCriterion")


@dataclass(frozen=True)
class Record:
    """One record that could be there: a state, with value, unit and sensitivity where they belong, and a day."""

    state: str
    value: ox.NamedNode | ox.Literal | None = None
    unit: str = ""
    day: date | None = None


@dataclass(frozen=True)
class Supplement:
    """Records of one feature that decide criteria: ``truths`` are pairs of criterion and truth."""

    feature: ox.NamedNode
    records: tuple[Record, ...]
    truths: tuple[tuple[str, str], ...] = ()


class Dossier:
    """The facts of one patient, to be read, thinned and supplemented."""

    def __init__(self, loaded: Loaded, patient: ox.NamedNode, as_of: date | None = None):
        about = {}
        for triple in loaded.triples():
            about.setdefault(triple.subject, []).append(triple)
        self.patient = patient
        self.own = about[patient]
        self.facts = {t.object: about.get(t.object, []) for t in self.own if t.predicate == ckb("hasFact")}
        self.as_of = as_of or date.fromisoformat(self._text(self.own, "asOf"))

    @staticmethod
    def _text(triples: Iterable[ox.Triple], name: str) -> str:
        return next((t.object.value for t in triples if t.predicate == ckb(name)), "")

    def feature(self, fact: ox.NamedNode) -> ox.NamedNode | None:
        return next((t.object for t in self.facts[fact] if t.predicate == ckb("feature")), None)

    def state(self, fact: ox.NamedNode) -> str:
        return self._text(self.facts[fact], "state").rsplit("/", 1)[-1]

    def day(self, fact: ox.NamedNode) -> date | None:
        text = self._text(self.facts[fact], "date")
        return date.fromisoformat(text) if text else None

    def event_day(self, feature: ox.NamedNode) -> date | None:
        """Return the day, up to the as-of date, on which an event is recorded to have happened."""
        days = [self.day(f) for f in self.facts if self.feature(f) == feature and self.state(f) == "known"]
        return min((d for d in days if d and d <= self.as_of), default=None)

    def variant(
        self, number: int, supplements: Iterable[Supplement], without: frozenset = frozenset()
    ) -> Iterator[ox.Triple]:
        """Yield a copy of the patient, numbered, with more records and without some facts.

        Facts stated as unknown give way to a supplement of the same feature.
        """
        patient = ox.NamedNode(f"urn:cartkb:variant:{number}")
        supplements = list(supplements)
        filled = {s.feature for s in supplements}
        kept = [
            f for f in self.facts if f not in without and not (self.feature(f) in filled and self.state(f) == "unknown")
        ]
        for triple in self.own:
            if triple.predicate == ckb("asOf"):
                yield ox.Triple(patient, triple.predicate, _date(self.as_of))
            elif triple.predicate != ckb("hasFact"):
                yield ox.Triple(patient, triple.predicate, triple.object)
        for place, fact in enumerate(kept):
            name = ox.NamedNode(f"urn:cartkb:variant:{number}:kept:{place}")
            yield ox.Triple(patient, ckb("hasFact"), name)
            yield from (ox.Triple(name, t.predicate, t.object) for t in self.facts[fact])
        for place, (feature, record) in enumerate((s.feature, r) for s in supplements for r in s.records):
            name = ox.NamedNode(f"urn:cartkb:variant:{number}:added:{place}")
            yield ox.Triple(patient, ckb("hasFact"), name)
            yield from _fact(name, feature, record)


def _date(day: date) -> ox.Literal:
    return ox.Literal(day.isoformat(), datatype=ox.NamedNode(f"{_XSD}date"))


def _fact(name: ox.NamedNode, feature: ox.NamedNode, record: Record) -> Iterator[ox.Triple]:
    yield ox.Triple(name, RDF_TYPE, ckb("Fact"))
    yield ox.Triple(name, ckb("feature"), feature)
    yield ox.Triple(name, ckb("state"), ckb(record.state))
    if record.value is not None:
        yield ox.Triple(name, ckb("value"), record.value)
    if record.unit:
        yield ox.Triple(name, ckb("unit"), ox.Literal(record.unit))
    if record.day:
        yield ox.Triple(name, ckb("date"), _date(record.day))


class Possibilities:
    """The records that could be there, for each feature that some criterion looks at."""

    def __init__(self, reasoner: Reasoner):
        store = reasoner.store
        self.leaves: dict[ox.NamedNode, list[dict]] = {}
        for row in rows(store.query(_LEAVES)):
            self.leaves.setdefault(row["feature"], []).append(row)
        told: dict[ox.NamedNode, dict[ox.NamedNode, set]] = {}
        for row in rows(store.query(_CODES)):
            told.setdefault(row["feature"], {}).setdefault(row["code"], set()).add(row["criterion"])
        self.codes = {feature: self._one_of_each(codes) for feature, codes in told.items()}
        self.windows = {row["window"]: row for row in rows(store.query(_WINDOWS))}
        self.closing = {quad.object.value for quad in store.quads_for_pattern(None, ckb("closedBy"), None)}

    @staticmethod
    def _one_of_each(codes: dict) -> list[ox.NamedNode]:
        """Return one code for each set of criteria that tell codes apart."""
        kept = {}
        for code, criteria in codes.items():
            kept.setdefault(frozenset(map(str, criteria)), code)
        return list(kept.values())

    def records(self, dossier: Dossier, feature: ox.NamedNode) -> list[tuple[Record, ...]]:
        """Return every combination of records that may tell the criteria of a feature apart."""
        leaves = self.leaves.get(feature, [])
        if not leaves:
            return []
        kinds = {local_name(row["kind"]) for row in leaves}
        values = list(self._values(feature, leaves))
        if leaves[0]["timeless"].value == "true":
            return [(record,) for record in values]
        slots = [
            [(), *((record,) for record in self._dated(values, days))] for days in self._days(dossier, leaves, kinds)
        ]
        return [tuple(r for part in parts for r in part) for parts in product(*slots) if any(parts)]

    @staticmethod
    def _dated(values: list[Record], days: list[date]) -> Iterator[Record]:
        for day in days:
            yield from (Record(v.state, v.value, v.unit, day) for v in values)

    def _values(self, feature: ox.NamedNode, leaves: list[dict]) -> Iterator[Record]:
        kind = local_name(leaves[0]["featureKind"])
        if kind == "quantity-kind":
            limits = {(Decimal(r["threshold"].value), r["unit"].value) for r in leaves if r["threshold"] is not None}
            unit = min((unit for _, unit in limits), default="")
            steps = {limit + step for limit, _ in limits for step in (Decimal(-1), Decimal(0), Decimal(1))}
            for number in sorted(n for n in steps or {Decimal(1), Decimal(2)} if n >= 0):
                yield Record("known", ox.Literal(f"{number:f}", datatype=ox.NamedNode(f"{_XSD}decimal")), unit)
        elif kind == "coded-kind":
            yield from (Record("known", code) for code in self.codes.get(feature, []))
        else:
            yield Record("known")
            yield Record("absent")

    def _days(self, dossier: Dossier, leaves: list[dict], kinds: set[str]) -> list[list[date]]:
        """Return the days on which a record could fall, one list for each record that is needed.

        A window that ends before an event gets the day before it, or before the next event that is recorded.
        """
        day, slots = timedelta(days=1), []
        windows = [self.windows[row["window"]] for row in leaves if row["window"] is not None]
        if "NewFindingCriterion" in kinds:
            windows += [row for row in self.windows.values() if row["ends"] is not None]
        starts = [dossier.event_day(row["begins"]) for row in self.windows.values() if row["begins"] is not None]
        start = min((found for found in starts if found), default=None)
        ends = [dossier.event_day(row["ends"]) or start for row in windows if row["ends"] is not None]
        if ends:
            slots.append([min((found for found in ends if found), default=dossier.as_of + day) - day])
        if start and start < dossier.as_of:
            first = start + day
            if kinds & set(_SERIES) and first < dossier.as_of:
                slots.append([first])
            limits = [row["threshold"] for row in leaves if local_name(row["kind"]) == "EventDayCriterion"]
            turns = {start + timedelta(days=int(limit.value) + step) for limit in limits for step in (-1, 0, 1)}
            slots.append(sorted({d for d in turns if first <= d < dossier.as_of} | {dossier.as_of}))
        elif not slots or any(row["ends"] is None for row in windows):
            slots.append([dossier.as_of])
        return slots


def variant_number(node: ox.NamedNode) -> int:
    """Return the number of the variant that a node made up here belongs to."""
    return int(node.value.split(":")[3])


def loaded_variants(variants: Iterable[Iterable[ox.Triple]]) -> Loaded:
    """Return patients made up here as if they had been read from one file."""
    return Loaded({Path("variants"): [triple for variant in variants for triple in variant]})
