"""What is known of one patient on the as-of date: the records that count, by feature and window of care."""

from datetime import date
from fractions import Fraction
from typing import NamedTuple

from oracle.graph import Graph

KNOWN, ABSENT, UNKNOWN = "ckb:known", "ckb:absent", "ckb:unknown"


class Record(NamedTuple):
    """One fact that counts. ``day`` is an ordinal day, or None for a fact without a date."""

    state: str
    value: object
    day: int | None
    assay: str | None = None


class Features:
    """The features of the vocabulary, as far as reading a fact needs them, and what the products say."""

    def __init__(self, graph: Graph):
        self.events = {f for f in graph.members("ckb:Feature") if graph.one(f, "ckb:featureKind") == "ckb:event-kind"}
        self.timeless = {f for f in graph.members("ckb:Feature") if graph.one(f, "ckb:timeless")}
        self._factors: dict[tuple[str, str], Fraction] = {}
        self.read_from = {}  # quantity -> coded feature, its value below the sensitivity, its value from there on
        for feature in graph.members("ckb:Feature"):
            for unit in graph.all(feature, "ckb:allowedUnit"):
                code, factor = graph.one(unit, "ckb:ucumCode"), graph.one(unit, "ckb:factorToCanonical")
                self._factors[feature, code] = factor
            quantity = graph.one(feature, "ckb:derivedFrom")
            if quantity:
                below = graph.one(feature, "ckb:belowSensitivityValue")
                self.read_from[quantity] = feature, below, graph.one(feature, "ckb:atOrAboveSensitivityValue")
        self.of_product = {
            product: [(graph.one(fact, "ckb:feature"), self.record(graph, fact)) for fact in said]
            for product in graph.members("ckb:Product")
            if (said := graph.all(product, "ckb:productFact"))
        }

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Features) and vars(self) == vars(other)

    __hash__ = None

    def canonical(self, feature: str, value: Fraction, unit: str) -> Fraction:
        """Return a number in the unit in which values of the feature are compared, exactly."""
        return value * self._factors[feature, unit]

    def record(self, graph: Graph, fact: str) -> Record:
        """Return a fact as a record, a quantity in its canonical unit."""
        value, unit, day = (graph.one(fact, name) for name in ("ckb:value", "ckb:unit", "ckb:date"))
        if isinstance(value, Fraction):
            value = self.canonical(graph.one(fact, "ckb:feature"), value, unit)
        assay = graph.one(fact, "ckb:assay")
        return Record(graph.one(fact, "ckb:state"), value, day.toordinal() if day else None, assay)


class History:
    """The records of one patient that count on the as-of date, stated, read from a number, or known of the product."""

    def __init__(self, features: Features, graph: Graph, patient: str):
        as_of = graph.one(patient, "ckb:asOf")
        self.as_of = as_of.toordinal()
        self._features = features
        self._records: dict[str, list[Record]] = {}
        self._windows: dict[tuple[str, str], list[Record]] = {}
        samples = []
        for fact in graph.all(patient, "ckb:hasFact"):
            feature, record = graph.one(fact, "ckb:feature"), features.record(graph, fact)
            if record.day is not None and record.day > self.as_of:
                continue
            self._add(feature, record)
            if feature in features.read_from:
                samples.append((feature, record, graph.one(fact, "ckb:assaySensitivity"), graph.one(fact, "ckb:value")))
            for product_feature, known in features.of_product.get(record.value, ()):
                self._add(product_feature, known)
        statuses = {status for status, *_ in features.read_from.values()}
        reported = {status: {record.day for record in self._records.get(status, ())} for status in statuses}
        for quantity, record, sensitivity, written in samples:
            status, below, at_or_above = features.read_from[quantity]
            if record.day not in reported[status]:
                readable = sensitivity is not None and written is not None
                value = (below if written < sensitivity else at_or_above) if readable else None
                self._add(status, Record(KNOWN if readable else UNKNOWN, value, record.day))
        birth = graph.one(patient, "ckb:birthDate")
        if birth:
            self._add("ckb:age", Record(KNOWN, Fraction(completed_years(birth, as_of)), self.as_of))
        self.infusion = self._day_of("ckb:car-t-infusion")
        self._ends = {"ckb:before-infusion": self._end_before_infusion()}
        self._ends["ckb:before-lymphodepletion"] = self._end_before_lymphodepletion()

    def _add(self, feature: str, record: Record) -> None:
        self._records.setdefault(feature, []).append(record)

    def _day_of(self, event: str) -> int | None:
        return next((record.day for record in self._records.get(event, ()) if record.state == KNOWN), None)

    def _end_before_infusion(self) -> int | None:
        """Return the first day that is no longer before the infusion, or None where nobody knows."""
        if self.infusion is not None:
            return self.infusion
        return None if self._is_open("ckb:car-t-infusion") else self.as_of + 1

    def _end_before_lymphodepletion(self) -> int | None:
        """Return the first day that is no longer before lymphodepletion, or None where nobody knows.

        Whoever had the cells without any, stated as absent, has the day of the infusion in its place.
        """
        first_day = self._day_of("ckb:lymphodepletion")
        if first_day is not None or self._is_open("ckb:lymphodepletion"):
            return first_day
        if self.infusion is None or self.mentions("ckb:lymphodepletion"):
            return self._ends["ckb:before-infusion"]
        return None

    def _is_open(self, event: str) -> bool:
        """Say whether some record leaves open when an event was, or whether it was."""
        return any(record.state == UNKNOWN for record in self._records.get(event, ()))

    def mentions(self, feature: str) -> bool:
        """Say whether anything at all is recorded of a feature, unknown included."""
        return bool(self._records.get(feature))

    def within(self, feature: str, window: str) -> list[Record]:
        """Return the records of a feature in a window of care.

        An unknown without a date says no more than silence does, so it counts only where nothing else is recorded.
        """
        key = feature, window
        if key not in self._windows:
            records = [record for record in self._records.get(feature, ()) if self._lies_within(record.day, window)]
            placed = [record for record in records if record.day is not None or record.state != UNKNOWN]
            self._windows[key] = placed or records
        return self._windows[key]

    def _lies_within(self, day: int | None, window: str) -> bool:
        if window == "ckb:any-time":
            return True
        if window == "ckb:after-infusion":
            return day is not None and self.infusion is not None and day > self.infusion
        end = self._ends[window]
        return day is not None and end is not None and day < end

    def not_until(self, feature: str, window: str) -> int | None:
        """Return the last day by which an event is stated not to have happened, as far as a window is concerned.

        A day after the end of a window that lies before something says so for the whole of it.
        """
        if feature not in self._features.events:
            return None
        records = self.within(feature, window)
        if self._ends.get(window) is not None:
            records = self._records.get(feature, [])
        return max((record.day for record in records if record.state == ABSENT and record.day), default=None)

    def latest(self, feature: str, window: str) -> list[Record]:
        """Return the records of the last day in a window; of a timeless feature every one."""
        records = self.within(feature, window)
        if feature in self._features.timeless:
            return records
        last = max((record.day for record in records if record.day is not None), default=None)
        return [record for record in records if record.day == last]


def completed_years(birth: date, on: date) -> int:
    """Return the age in completed years; whoever was born on 29 February has a birthday on 1 March in other years."""
    return on.year - birth.year - ((on.month, on.day) < (birth.month, birth.day))
