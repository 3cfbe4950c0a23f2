"""Every way in which what is unknown of a patient could come out, and the classes that the answers then have.

Brute force, as an oracle for whatever works out possible classes more cleverly. A completion fills in the records
that say unknown and adds records up to the as-of date, until every criterion is decided, and leaves every criterion
that was decided as it is. Records are tried on both sides of each cut-off and each window, and with each coded value.
Whether a question is closed is not filled in: a question is asked as long as nothing is known to close it.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from itertools import chain, combinations, product
from math import prod

from oracle.criteria import AFTER, BEFORE, BUILDERS
from oracle.evaluator import Evaluator, Verdict
from oracle.generator import Vocabulary
from oracle.graph import Graph
from oracle.history import ABSENT, KNOWN, UNKNOWN, History
from oracle.logic import Truth
from oracle.patients import INFUSION, LYMPHODEPLETION, STEPS, Fact, Patient, triples

_STEP = Decimal("0.0001")
Way = frozenset[tuple[str, Truth]]


class TooManyError(Exception):
    """There are more completions than somebody wants to wait for, or day 0 itself is open."""


class Completions:
    """Works out completions with the second evaluator. ``most`` bounds the combinations that are tried."""

    def __init__(self, evaluator: Evaluator, vocabulary: Vocabulary, most: int = 3000):
        self.evaluator, self.vocabulary, self.most = evaluator, vocabulary, most
        graph = evaluator.graph
        self._of_feature: dict[str, list[str]] = defaultdict(list)
        for criterion in evaluator.tests:
            for feature in graph.all(criterion, "ckb:feature"):
                self._of_feature[feature].append(criterion)
        self._windows = {c: self._windows_of(graph, c) for c in evaluator.tests}
        self._bonds = [{quantity, said[0]} for quantity, said in evaluator.features.read_from.items()]
        for name, feature in vocabulary.features.items():
            described = {told for value in feature.values for told in vocabulary.of_product.get(value, ())}
            self._bonds += [{name, *described}] if described else []
        self._after_lymphodepletion = {
            graph.one(criterion, "ckb:feature")
            for criterion in evaluator.tests
            if graph.one(criterion, "ckb:window") == "ckb:before-lymphodepletion"
        }

    def classes(self, patient: Patient, question: str) -> set[str]:
        """Return the classes that the answer to a question has over all completions. Raises TooManyError."""
        if any(fact.feature == INFUSION and fact.state == UNKNOWN for fact in patient.facts):
            raise TooManyError
        decided = self._truths(patient, self.evaluator.tests)
        to_settle = self._turns_on(question, self.evaluator.conclude(dict(decided)))
        ways = [self._ways(patient, group, decided, to_settle) for group in self._groups(patient, to_settle)]
        if prod(map(len, ways)) > self.most:
            raise TooManyError
        verdicts = (self.evaluator.conclude(decided | dict(chain.from_iterable(choice))) for choice in product(*ways))
        return {verdict.answers[question].answer_class for verdict in verdicts}

    def _turns_on(self, question: str, verdict: Verdict) -> set[str]:
        """Return the open data criteria that could bear on the class of an answer, also through open composites."""
        one = self.evaluator.graph.one
        lists = one(question, "ckb:aggregation") == "ckb:list-all"
        precondition = one(question, "ckb:precondition")
        can_open = not precondition or verdict.truth[precondition] is not False
        found, front = set(), {one(question, "ckb:scope"), precondition} - {None}
        for statement, (about, population, exceptions, _, stance, _) in self.evaluator.statements.items():
            bears = can_open and about == question and (lists or stance != "ckb:context")
            if bears and verdict.statements[statement] is None:
                front |= {population, *exceptions}
        while front:
            criterion = front.pop()
            if verdict.truth[criterion] is None and criterion not in found:
                found.add(criterion)
                front |= set(self.evaluator.operands.get(criterion, ((), ()))[1])
        return found & self.evaluator.tests.keys()

    def _truths(self, patient: Patient, criteria: Iterable[str]) -> dict[str, Truth]:
        graph = Graph(triples(patient, "p"))
        return self.evaluator.look(History(self.evaluator.features, graph, _NAME), criteria)

    def _groups(self, patient: Patient, to_settle: set[str]) -> list[list[str]]:
        """Return the open features, those together whose records bear on each other."""
        bonds = list(self._bonds)
        steps = {fact.feature for fact in patient.facts if fact.state != UNKNOWN}
        if INFUSION in steps and LYMPHODEPLETION not in steps:
            bonds.append({LYMPHODEPLETION, *self._after_lymphodepletion})
        groups = [{name} for name, criteria in self._of_feature.items() if to_settle.intersection(criteria)]
        for bond in bonds:
            touched = [group for group in groups if group & bond]
            if touched:
                groups = [group for group in groups if not group & bond] + [set().union(*touched, bond)]
        return [sorted(group) for group in groups]

    def _ways(self, patient: Patient, group: list[str], decided: dict[str, Truth], to_settle: set[str]) -> list[Way]:
        """Return the ways in which the open criteria of some features can be decided together."""
        mine = [criterion for name in group for criterion in self._of_feature[name]]
        settled = {criterion: decided[criterion] for criterion in mine if decided[criterion] is not None}
        wanted = to_settle.intersection(mine)
        options = [list(self._records(patient, name, wanted)) for name in group]
        if prod(map(len, options)) > 5 * self.most:
            raise TooManyError
        bearing = {*group, *STEPS}
        products = self.vocabulary.of_product
        patient = patient.with_facts(f for f in patient.facts if f.feature in bearing or f.value in products)
        found: set[Way] = set()
        for choice in product(*options):
            completed = self._filled(patient, group, choice)
            if completed is None:
                continue
            truths = self._truths(completed, mine)
            if settled.items() <= truths.items():
                found.add(frozenset((c, truths[c]) for c in wanted if truths[c] is not None))
        most = max(map(len, found))  # a criterion about days still to come stays open
        return sorted((way for way in found if len(way) == most), key=lambda way: repr(sorted(way)))

    def _filled(self, patient: Patient, group: list[str], choice: tuple[tuple[Fact, ...], ...]) -> Patient | None:
        """Return a patient whose records of some features are these, or None where they contradict others."""
        completed = patient.with_facts(fact for fact in patient.facts if fact.feature not in group)
        for fact in chain.from_iterable(choice):
            if not self.vocabulary.consistency.admits(completed, fact):
                return None
            completed = completed.with_facts([*completed.facts, fact])
        return completed

    def _records(self, patient: Patient, name: str, wanted: set[str]) -> Iterator[tuple[Fact, ...]]:
        """Yield sets of records of a feature: those known, the unknown filled in, and up to two more."""
        mine = [fact for fact in patient.facts if fact.feature == name]
        kept = [fact for fact in mine if fact.state != UNKNOWN]
        to_fill = [fact for fact in mine if fact.state == UNKNOWN and fact.day and fact.day <= patient.as_of]
        days = self._days(patient, name, wanted)
        pool = [fact for day in days for fact in self._variants(patient, Fact(name, KNOWN, day=day), wanted)]
        for filled in product(*(list(self._variants(patient, fact, wanted)) for fact in to_fill)):
            for count in (0, 1, 2):
                for added in combinations(pool, count):
                    if self._is_told_in_order(patient, name, [*kept, *filled, *added]):
                        yield (*kept, *filled, *added)

    def _is_told_in_order(self, patient: Patient, name: str, facts: list[Fact]) -> bool:
        """Say whether no event is recorded as not having happened on a later day than that on which it did.

        The infusion begins a new time: B cells that were there are lost, and a transplant may follow another. What
        is recorded later than the as-of date is not seen.
        """
        if self.vocabulary.features[name].kind != "ckb:event-kind":
            return True
        seen = [fact for fact in facts if fact.day and fact.day <= patient.as_of]
        day_0 = next(
            (f.day for f in patient.facts if f.feature == INFUSION and f.state == KNOWN and f.day), patient.as_of
        )
        happened = {
            fact.day > day_0: fact.day
            for fact in sorted(seen, key=lambda f: f.day, reverse=True)
            if fact.state == KNOWN
        }
        absent = [fact.day for fact in seen if fact.state == ABSENT]
        return all(day <= happened.get(day > day_0, day) for day in absent)

    @staticmethod
    def _windows_of(graph: Graph, criterion: str) -> set[str]:
        """Return the windows of care in which records bear on a criterion."""
        (kind,) = [kind for kind in BUILDERS if criterion in graph.members(kind)]
        implied = {AFTER, BEFORE} if kind == "ckb:NewFindingCriterion" else {AFTER}
        return {graph.one(criterion, "ckb:window")} if graph.one(criterion, "ckb:window") else implied

    def _days(self, patient: Patient, name: str, wanted: set[str]) -> list[date | None]:
        """Return the days on which a record of a feature could make a difference to some criteria."""
        if self.vocabulary.features[name].timeless:
            return [None]
        one, known = timedelta(days=1), {f.feature: f.day for f in patient.facts if f.state == KNOWN and f.day}
        day_0, start = known.get(INFUSION), known.get(LYMPHODEPLETION)
        windows = set().union(*(self._windows[criterion] for criterion in wanted))
        days = {fact.day + one for fact in patient.facts if fact.feature == name and fact.day} | {patient.as_of}
        days |= {start - one} if start else set()
        days |= {day_0 - one, day_0 + one} if day_0 else set()
        if name == LYMPHODEPLETION:
            days |= {f.day + one for f in patient.facts if f.feature in self._after_lymphodepletion and f.day}
        if day_0 and self.vocabulary.features[name].kind == "ckb:event-kind":
            days |= {day_0 + timedelta(days=limit + step) for limit in self.vocabulary.days for step in (-1, 0, 1)}
        if day_0 and windows == {AFTER}:
            days = {day for day in days if day > day_0}
        elif day_0 and AFTER not in windows and "ckb:any-time" not in windows:
            days = {day for day in days if day < day_0}
        return sorted(day for day in days if day <= patient.as_of)

    def _variants(self, patient: Patient, open_fact: Fact, wanted: set[str]) -> Iterator[Fact]:
        """Yield what a record that says nothing yet may turn out to say."""
        name, fact = open_fact.feature, replace(open_fact, state=KNOWN)
        feature = self.vocabulary.features[name]
        if feature.kind == "ckb:coded-kind":
            others = [value for value in feature.values if value not in feature.awaited]
            described = [value for value in others if value in self.vocabulary.of_product]
            for value in [*feature.awaited, *(described or others[:1])]:
                yield replace(fact, value=value)
        elif feature.kind == "ckb:quantity-kind":
            unit = min(feature.units, key=lambda code: (feature.units[code] != 1, code))
            compared = any(
                self.evaluator.graph.all(c, "ckb:threshold") for c in wanted.intersection(self._of_feature[name])
            )
            around = set(feature.cut_offs if compared else ())
            around |= {f.value for f in patient.facts if f.feature == name and f.unit == unit and f.value is not None}
            values = sorted({_decimal(value) + step for value in around or {Decimal(1)} for step in (-_STEP, 0, _STEP)})
            for value in (value for value in values if feature.limits[0] <= value <= feature.limits[1]):
                limits_of_detection = (value + _STEP, max(value, _STEP)) if feature.has_status else (None,)
                yield from (replace(fact, value=value, unit=unit, sensitivity=limit) for limit in limits_of_detection)
        else:
            yield fact
            yield replace(fact, state=ABSENT)


def _decimal(number: Fraction | Decimal) -> Decimal:
    return number if isinstance(number, Decimal) else Decimal(number.numerator) / number.denominator


_NAME = "https://example.org/p"
