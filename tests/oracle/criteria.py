"""The data criteria of the second evaluator: one function for each way of looking at the records of a patient."""

from collections.abc import Callable
from fractions import Fraction

from oracle.graph import Graph
from oracle.history import ABSENT, KNOWN, UNKNOWN, Features, History, Record
from oracle.logic import Truth, agreed, all_of, any_of, opposite

Test = Callable[[History], Truth]
AFTER, BEFORE = "ckb:after-infusion", "ckb:before-infusion"
COMPARE: dict[str, Callable[[Fraction, Fraction], bool]] = {
    "ckb:greater-than": lambda value, threshold: value > threshold,
    "ckb:at-least": lambda value, threshold: value >= threshold,
    "ckb:less-than": lambda value, threshold: value < threshold,
    "ckb:at-most": lambda value, threshold: value <= threshold,
}
_STATES: dict[str, Truth] = {KNOWN: True, ABSENT: False, UNKNOWN: None}


def present(record: Record) -> Truth:
    """Return whether a finding or event was there at one record."""
    return _STATES[record.state]


def ever(records: list[Record]) -> Truth:
    """Return whether it was there at any of some records; without a record that is unknown."""
    return any_of(map(present, records)) if records else None


def presence(graph: Graph, features: Features, criterion: str) -> Test:
    """Present by the latest record, or by any. An event that had not happened by a later day had not happened."""
    feature, window = graph.one(criterion, "ckb:feature"), graph.one(criterion, "ckb:window")
    latest = graph.one(criterion, "ckb:pick") == "ckb:latest"
    silence = False if graph.one(criterion, "ckb:silenceMeansAbsent", False) else None

    def test(history: History) -> Truth:
        if not history.mentions(feature):
            return silence
        if latest:
            return agreed(map(present, history.latest(feature, window)))
        records, until = history.within(feature, window), history.not_until(feature, window)
        if until is not None:
            records = [record for record in records if record.state != UNKNOWN or (record.day or until) > until]
        return False if until is not None and not records else ever(records)

    return test


def coded(graph: Graph, features: Features, criterion: str) -> Test:
    feature, window = graph.one(criterion, "ckb:feature"), graph.one(criterion, "ckb:window")
    expected = set(graph.all(criterion, "ckb:expectedValue"))

    def holds(record: Record) -> Truth:
        return record.value in expected if record.state == KNOWN else present(record)

    return lambda history: agreed(map(holds, history.latest(feature, window)))


def quantity(graph: Graph, features: Features, criterion: str) -> Test:
    feature, window = graph.one(criterion, "ckb:feature"), graph.one(criterion, "ckb:window")
    compare = COMPARE[graph.one(criterion, "ckb:comparator")]
    threshold = features.canonical(feature, graph.one(criterion, "ckb:threshold"), graph.one(criterion, "ckb:unit"))

    def holds(record: Record) -> Truth:
        return compare(record.value, threshold) if record.state == KNOWN else None

    return lambda history: agreed(map(holds, history.latest(feature, window)))


def event_day(graph: Graph, features: Features, criterion: str) -> Test:
    feature, threshold = graph.one(criterion, "ckb:feature"), graph.one(criterion, "ckb:threshold")
    compare = COMPARE[graph.one(criterion, "ckb:comparator")]

    def test(history: History) -> Truth:
        records = history.within(feature, AFTER)
        days = sorted(record.day for record in records if record.state == KNOWN)
        if not days:
            return False if said_absent(history.latest(feature, AFTER)) else None
        possible = [record.day for record in records if record.state == UNKNOWN and record.day < days[0]]
        return agreed_by_all({compare(day - history.infusion, threshold) for day in [days[0], *possible]})

    return test


def said_absent(records: list[Record]) -> bool:
    """Say whether the records of the last day say that the event has not happened."""
    return agreed(map(present, records)) is False


def agreed_by_all(outcomes: set[bool]) -> Truth:
    """Return the outcome that holds however the unknown records turn out, if there is one."""
    return outcomes.pop() if len(outcomes) == 1 else None


def trend(graph: Graph, features: Features, criterion: str) -> Test:
    feature = graph.one(criterion, "ckb:feature")
    compare = COMPARE["ckb:greater-than" if graph.one(criterion, "ckb:direction") == "ckb:rising" else "ckb:less-than"]

    def test(history: History) -> Truth:
        records = history.within(feature, AFTER)
        return agreed(moves(last, records) for last in history.latest(feature, AFTER))

    def moves(last: Record, records: list[Record]) -> Truth:
        earlier = [r for r in records if r.assay == last.assay and r.day < last.day]
        day = max((record.day for record in earlier), default=None)
        before = {record.value for record in earlier if record.day == day}
        if last.value is None or None in before or len(before) != 1:
            return None
        return compare(last.value, *before)

    return test


def new_finding(graph: Graph, features: Features, criterion: str) -> Test:
    feature = graph.one(criterion, "ckb:feature")

    def test(history: History) -> Truth:
        return all_of([ever(history.within(feature, AFTER)), opposite(ever(history.within(feature, BEFORE)))])

    return test


def change(graph: Graph, features: Features, criterion: str) -> Test:
    feature = graph.one(criterion, "ckb:feature")
    start, end = graph.one(criterion, "ckb:fromValue"), graph.one(criterion, "ckb:toValue")

    def is_value(record: Record, value: str) -> Truth:
        return record.value == value if record.state == KNOWN else present(record)

    def test(history: History) -> Truth:
        last = history.latest(feature, AFTER)
        earlier = [r for r in history.within(feature, AFTER) if r.day < last[0].day] if last else []
        began = any_of(is_value(record, start) for record in earlier) if earlier else None
        return all_of([agreed(is_value(record, end) for record in last), began])

    return test


def elapsed(graph: Graph, features: Features, criterion: str) -> Test:
    threshold = graph.one(criterion, "ckb:threshold")
    compare = COMPARE[graph.one(criterion, "ckb:comparator")]
    return lambda history: None if history.infusion is None else compare(history.as_of - history.infusion, threshold)


BUILDERS: dict[str, Callable[[Graph, Features, str], Test]] = {
    "ckb:PresenceCriterion": presence,
    "ckb:CodedCriterion": coded,
    "ckb:QuantityCriterion": quantity,
    "ckb:EventDayCriterion": event_day,
    "ckb:TrendCriterion": trend,
    "ckb:NewFindingCriterion": new_finding,
    "ckb:ChangeCriterion": change,
    "ckb:ElapsedCriterion": elapsed,
}
