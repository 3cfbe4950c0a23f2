"""Random patients that the shapes accept, close to every cut-off and every edge of a window of care.

Features, units, codes, products and cut-offs are read from the vocabulary and the criteria. Half of the patients
are cases of the guideline with some facts changed, so that answers deep inside the rules are reached.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from random import Random

from oracle.criteria import BUILDERS
from oracle.graph import Graph
from oracle.history import ABSENT, KNOWN, UNKNOWN
from oracle.patients import AGE, INFUSION, LYMPHODEPLETION, STEPS, Consistency, Fact, Patient

_ASSAYS = (None, None, "one assay", "another assay")
_WEIGHTS = {  # of known, absent and unknown; of a quantity, of known and unknown
    "ckb:quantity-kind": (92, 8),
    "ckb:coded-kind": (91, 2, 7),
    "ckb:finding-kind": (38, 54, 8),
    "ckb:event-kind": (30, 62, 8),
}
_SMALL = Decimal("0.0001")


@dataclass
class Feature:
    """One feature as the generator needs it."""

    kind: str
    timeless: bool
    units: dict[str, Fraction] = field(default_factory=dict)  # UCUM code -> factor to the canonical unit
    limits: tuple[Fraction, Fraction] = (Fraction(0), Fraction(0))
    values: list[str] = field(default_factory=list)
    awaited: list[str] = field(default_factory=list)  # those that some criterion expects
    cut_offs: list[Fraction] = field(default_factory=list)  # in the canonical unit
    has_status: bool = False


class Vocabulary:
    """Everything that a patient may say, and where it starts to matter."""

    def __init__(self, graph: Graph):
        self.features = {name: self._feature(graph, name) for name in sorted(graph.members("ckb:Feature"))}
        by_day = [*graph.members("ckb:EventDayCriterion"), *graph.members("ckb:ElapsedCriterion")]
        self.days = sorted({int(graph.one(criterion, "ckb:threshold")) for criterion in by_day})
        self.of_product: dict[str, dict[str, str]] = defaultdict(dict)
        for product in graph.members("ckb:Product"):
            for fact in graph.all(product, "ckb:productFact"):
                self.of_product[product][graph.one(fact, "ckb:feature")] = graph.one(fact, "ckb:value")
        timeless = {name for name, feature in self.features.items() if feature.timeless}
        self.consistency = Consistency(self.of_product, timeless)
        populations = [graph.one(s, "ckb:population") for s in sorted(graph.members("ckb:Statement"))]
        self.turned_on = [features for p in populations if (features := sorted(set(self._turns_on(graph, p))))]

    @classmethod
    def _turns_on(cls, graph: Graph, criterion: str) -> Iterator[str]:
        """Yield the features that a criterion turns on, at any depth."""
        for feature in graph.all(criterion, "ckb:feature"):
            yield feature
            yield from graph.all(feature, "ckb:derivedFrom")
        for operand in graph.all(criterion, "ckb:operand"):
            yield from cls._turns_on(graph, operand)

    @staticmethod
    def _feature(graph: Graph, name: str) -> Feature:
        units = {
            graph.one(unit, "ckb:ucumCode"): graph.one(unit, "ckb:factorToCanonical")
            for unit in graph.all(name, "ckb:allowedUnit")
        }
        listed = graph.one(name, "ckb:allowedValueClass")
        mine = [c for kind in BUILDERS for c in graph.members(kind) if graph.one(c, "ckb:feature") == name]
        awaited = {value for criterion in mine for value in graph.all(criterion, "ckb:expectedValue")}
        return Feature(
            graph.one(name, "ckb:featureKind"),
            graph.one(name, "ckb:timeless"),
            units,
            (graph.one(name, "ckb:minimumValue", Fraction(0)), graph.one(name, "ckb:maximumValue", Fraction(0))),
            sorted(graph.members(listed) if listed else graph.all(name, "ckb:allowedValue")),
            sorted(awaited),
            sorted(
                graph.one(criterion, "ckb:threshold") * units[graph.one(criterion, "ckb:unit")]
                for criterion in graph.members("ckb:QuantityCriterion")
                if criterion in mine
            ),
            any(graph.one(status, "ckb:derivedFrom") == name for status in graph.members("ckb:Feature")),
        )


class Generator:
    """Draws patients with a source of randomness: seeded for bulk, or one that Hypothesis steers."""

    def __init__(self, vocabulary: Vocabulary, cases: Iterable[Patient], random: Random):
        self.vocabulary, self.cases, self.random = vocabulary, list(cases), random
        self.features = list(vocabulary.features)

    def patient(self) -> Patient:
        """Return a patient without contradiction: made up, or a case with some facts changed."""
        return self.near_a_case() if self.random.random() < 0.5 else self.made_up()

    def made_up(self) -> Patient:
        pick = self.random
        day_0 = date(2019, 1, 1) + timedelta(days=pick.randrange(3000))
        patient = Patient(day_0 + timedelta(days=self._as_of()), ())
        for step, offsets in zip(STEPS, ((-9, -20, -5), (-5, -4, -1), (0,)), strict=True):
            state = pick.choices((KNOWN, ABSENT, UNKNOWN, None), (85, 4, 5, 6))[0]
            if state:
                dated = state != UNKNOWN or pick.random() < 0.5
                day = day_0 + timedelta(days=pick.choice(offsets)) if dated else None
                patient = self._with(patient, Fact(step, state, day=day))
        if pick.random() < 0.3:
            patient = replace(patient, birth=self._birth(patient.as_of))
        completeness = pick.choice((0.3, 0.7, 0.95, 1.0))
        for name in self.features:
            if name in STEPS or pick.random() > completeness:
                continue
            for _ in range(pick.choices((1, 2, 3), (60, 28, 12))[0]):
                patient = self._with(patient, self.fact(name, patient, day_0))
        return patient

    def near_a_case(self) -> Patient:
        pick = self.random
        patient = pick.choice(self.cases)
        day_0 = next((f.day for f in patient.facts if f.feature == INFUSION and f.day), patient.as_of)
        focus = pick.choice(self.vocabulary.turned_on)  # what one statement turns on, so that it is reached
        for _ in range(pick.choice((1, 2, 3, 5, 8))):
            feature = pick.choice(focus if pick.random() < 0.7 else self.features)
            change = pick.random()
            if change < 0.12:
                as_of = day_0 + timedelta(days=self._as_of())
                patient = patient if patient.birth and patient.birth > as_of else replace(patient, as_of=as_of)
                continue
            of_feature = [position for position, fact in enumerate(patient.facts) if fact.feature == feature]
            kept, new = patient, self.fact(feature, patient, day_0)
            if of_feature and change < 0.8:
                position = pick.choice(of_feature)
                kept = patient.with_facts([*patient.facts[:position], *patient.facts[position + 1 :]])
                if change < 0.2:
                    patient = kept
                    continue
                new = Fact(feature, UNKNOWN, day=patient.facts[position].day) if change < 0.3 else new
            patient = more if (more := self._with(kept, new)) is not kept else patient
        return patient

    def _with(self, patient: Patient, fact: Fact) -> Patient:
        admitted = self.vocabulary.consistency.admits(patient, fact)
        return patient.with_facts([*patient.facts, fact]) if admitted else patient

    def _as_of(self) -> int:
        pick = self.random
        near = pick.choice(self.vocabulary.days) + pick.choice((-1, 0, 1))
        return pick.choices((near, pick.randrange(1, 400), 0, 1, -pick.randrange(1, 30)), (50, 35, 3, 4, 8))[0]

    def _birth(self, as_of: date) -> date:
        pick = self.random
        years = pick.choice([*map(int, self.vocabulary.features[AGE].cut_offs), pick.randrange(4, 80)])
        birthday = date(as_of.year - years, as_of.month, min(as_of.day, 28))
        last_of_february = date(as_of.year - years, 2, 28) + timedelta(days=1)
        return pick.choice((birthday + timedelta(days=pick.choice((-1, 0, 1))), last_of_february))

    def fact(self, name: str, patient: Patient, day_0: date) -> Fact:
        """Return a fact of a feature, which may still contradict others of the patient."""
        pick, feature = self.random, self.vocabulary.features[name]
        states = (KNOWN, UNKNOWN) if feature.kind == "ckb:quantity-kind" else (KNOWN, ABSENT, UNKNOWN)
        weights = _WEIGHTS[feature.kind]
        state = pick.choices(states, weights)[0]
        undated = feature.timeless if pick.random() < 0.9 else state == UNKNOWN or feature.timeless
        fact = Fact(name, state, day=None if undated else self._day(patient, day_0), assay=pick.choice(_ASSAYS))
        if state != KNOWN or feature.kind not in ("ckb:coded-kind", "ckb:quantity-kind"):
            return fact
        if feature.kind == "ckb:coded-kind":
            return replace(fact, value=self._code(name, feature, patient))
        unit = pick.choice(list(feature.units))
        value = self._number(feature, feature.units[unit])
        sensitivity = None
        if feature.has_status and pick.random() < 0.6:
            sensitivity = max(_SMALL, pick.choice((value, value + _SMALL, value - _SMALL, Decimal("0.01"))))
        return replace(fact, value=value, unit=unit, sensitivity=sensitivity)

    def _code(self, name: str, feature: Feature, patient: Patient) -> str:
        for given in patient.facts:
            described = self.vocabulary.of_product.get(given.value, {})
            if name in described:
                return described[name]
        likely = feature.awaited and self.random.random() < 0.75
        return self.random.choice(feature.awaited if likely else feature.values)

    def _day(self, patient: Patient, day_0: date) -> date:
        pick = self.random
        start = next((f.day for f in patient.facts if f.feature == LYMPHODEPLETION and f.day), day_0)
        edge = pick.choice((day_0, start, patient.as_of)) + timedelta(days=pick.choice((-1, 0, 1)))
        limit = day_0 + timedelta(days=pick.choice(self.vocabulary.days) + pick.choice((-1, 0, 1)))
        before, after = (day_0 + timedelta(days=days) for days in (-pick.randrange(6, 60), pick.randrange(1, 130)))
        return pick.choices((edge, limit, before, after), (25, 12, 30, 33))[0]

    def _number(self, feature: Feature, factor: Fraction) -> Decimal:
        """Return a number in a unit: at a cut-off, just beside it, at a limit of the possible, or anywhere."""
        pick, (low, high) = self.random, feature.limits
        anywhere = low + (high - low) * Fraction(pick.randrange(1, 1000), 1000 * 10 ** pick.randrange(5))
        near = pick.choice(feature.cut_offs) if feature.cut_offs and pick.random() < 0.7 else None
        written = (pick.choice((low, high, anywhere)) if near is None else near) / factor
        rounded = Decimal(round(written * 10000)) / 10000
        value = rounded + pick.choice((0, 0, _SMALL, -_SMALL, 1, -1))
        return next((v for v in (value, rounded) if low <= Fraction(v) * factor <= high), Decimal(0))
