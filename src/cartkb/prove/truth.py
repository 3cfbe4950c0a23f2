"""When a criterion is true and when it is false of a patient; it is unknown where it is neither.

One method for each kind of criterion, written from what the vocabulary says that the kind means.
"""

import operator

import z3

from cartkb.prove.base import LEAF_KINDS, Base, Criterion
from cartkb.prove.patient import Patient, View

_NEVER = z3.BoolVal(False)
COMPARE = {"greater-than": operator.gt, "at-least": operator.ge, "less-than": operator.lt, "at-most": operator.le}


def number(value) -> z3.RatNumRef:
    """Return an exact rational as z3 writes it."""
    return z3.Q(value.numerator, value.denominator)


class Truths:
    """The truth of every criterion: ``true[name]`` and ``false[name]``, defined by ``rules``.

    ``counted`` holds, for each criterion with a limit, the values it may compare, each with when it counts.
    """

    def __init__(self, base: Base, patient: Patient):
        self.base, self.patient = base, patient
        self.true = {name: z3.Bool(f"{patient.prefix}true {name}") for name in base.criteria}
        self.false = {name: z3.Bool(f"{patient.prefix}false {name}") for name in base.criteria}
        self.counted: dict[str, list[tuple[z3.BoolRef, z3.ArithRef]]] = {}
        self.rules: list[z3.BoolRef] = []
        for name, criterion in base.criteria.items():
            method = getattr(self, f"_{criterion.kind}" if criterion.kind in LEAF_KINDS else "_Composite")
            true, false = method(criterion)
            self.rules += [self.true[name] == true, self.false[name] == false]

    def _records(self, criterion: Criterion, window: str) -> list[tuple[View, z3.BoolRef]]:
        """Return the records of the feature in order, each with when it lies in the window."""
        views = self.patient.views[criterion.feature]
        placed = [(view, z3.simplify(self.patient.in_window(view, window))) for view in views]
        return [(view, z3.And(view.present, inside)) for view, inside in placed if not z3.is_false(inside)]

    @staticmethod
    def _last(records: list[tuple[View, z3.BoolRef]]) -> list[tuple[View, z3.BoolRef]]:
        """Return each record with when it is the last of the window."""
        later = [z3.Or([inside for _, inside in records[n + 1 :]]) for n in range(len(records))]
        return [(v, z3.And(inside, z3.Not(after))) for (v, inside), after in zip(records, later, strict=True)]

    @staticmethod
    def _any(records: list[tuple[View, z3.BoolRef]], state: str) -> z3.BoolRef:
        return z3.Or([z3.And(inside, getattr(view, state)) for view, inside in records])

    def _Presence(self, criterion: Criterion):  # noqa: N802
        records = self._records(criterion, criterion.window)
        if criterion.ever:
            true, false = self._any(records, "known"), self._never(criterion, records)
        else:
            last = self._last(records)
            true, false = self._any(last, "known"), self._any(last, "absent")
        if criterion.silence_is_absence:
            false = z3.Or(false, z3.Not(z3.Or([view.present for view in self.patient.views[criterion.feature]])))
        return true, false

    def _never(self, criterion: Criterion, records: list[tuple[View, z3.BoolRef]]) -> z3.BoolRef:
        """Return when some record states absence and none of the window says otherwise or is open.

        What is open before the last statement that an event has not happened does not matter.
        """
        is_event = self.base.features[criterion.feature].kind != "finding-kind"
        inside = {id(view): where for view, where in records}
        states, open_since, cases = self.patient.views[criterion.feature], _NEVER, []
        for view in reversed(states):
            here = inside.get(id(view), _NEVER)
            counts = z3.And(view.absent, z3.Or(here, self.patient.not_by_then(view, criterion.window)))
            cases.append(z3.And(counts, z3.Not(open_since)))
            open_since = z3.Or(open_since, z3.And(here, z3.Not(view.known), z3.Not(view.absent)))
        absent = z3.Or(cases) if is_event else z3.And(z3.Or(cases), z3.Not(open_since))
        return z3.And(absent, z3.Not(self._any(records, "known")))

    def _Coded(self, criterion: Criterion):  # noqa: N802
        last = self._last(self._records(criterion, criterion.window))
        expected = [z3.And(is_last, z3.Or([v.codes[c] for c in criterion.expected])) for v, is_last in last]
        other = [
            z3.And(is_last, z3.Or([v.codes[c] for c in v.codes if c not in criterion.expected])) for v, is_last in last
        ]
        return z3.Or(expected), z3.Or(self._any(last, "absent"), *other)

    def _compared(self, criterion: Criterion, counted: list[tuple[z3.BoolRef, z3.ArithRef]]):
        """Return when a value that counts is on the stated side of the limit, and when on the other."""
        self.counted[criterion.name] = counted
        compare, limit = COMPARE[criterion.comparator], number(criterion.limit)
        true = [z3.And(counts, compare(value, limit)) for counts, value in counted]
        return z3.Or(true), z3.Or([z3.And(counts, z3.Not(compare(value, limit))) for counts, value in counted])

    def _Quantity(self, criterion: Criterion):  # noqa: N802
        last = self._last(self._records(criterion, criterion.window))
        return self._compared(criterion, [(z3.And(is_last, v.known), v.record.value) for v, is_last in last])

    def _Elapsed(self, criterion: Criterion):  # noqa: N802
        return self._compared(criterion, [(self.patient.happened, self.patient.elapsed)])

    def _EventDay(self, criterion: Criterion):  # noqa: N802
        records = self._records(criterion, self.base.after)
        found = self._any(records, "known")
        counted, earlier = [], _NEVER
        for view, inside in records:
            # what is unknown before the first record that it happened may have been the first
            counted.append((z3.And(inside, z3.Not(view.absent), z3.Not(earlier), found), view.record.day))
            earlier = z3.Or(earlier, z3.And(inside, view.known))
        never = z3.And(self._any(self._last(records), "absent"), z3.Not(found))
        true, false = self._compared(criterion, counted)
        return z3.And(true, z3.Not(false)), z3.Or(never, z3.And(false, z3.Not(true)))

    def _Trend(self, criterion: Criterion):  # noqa: N802
        records = self._records(criterion, self.base.after)
        true, false = [], []
        for (before, inside), (view, is_last) in zip(records, self._last(records)[1:], strict=False):
            pair = z3.And(is_last, view.known, inside, before.known, view.record.same_assay)
            holds = (operator.gt if criterion.rising else operator.lt)(view.record.value, before.record.value)
            true.append(z3.And(pair, holds))
            false.append(z3.And(pair, z3.Not(holds)))
        return z3.Or(true), z3.Or(false)

    def _NewFinding(self, criterion: Criterion):  # noqa: N802
        before, after = self._records(criterion, self.base.before), self._records(criterion, self.base.after)
        new = z3.And(self._any(after, "known"), self._all_absent(before))
        return new, z3.Or(self._any(before, "known"), self._all_absent(after))

    def _all_absent(self, records: list[tuple[View, z3.BoolRef]]) -> z3.BoolRef:
        """Return when there are records and every one states absence."""
        return z3.And(self._any(records, "absent"), *(z3.Implies(inside, view.absent) for view, inside in records))

    def _Change(self, criterion: Criterion):  # noqa: N802
        records = self._records(criterion, self.base.after)
        was, now = criterion.change
        true, false = [], []
        for n, (view, is_last) in enumerate(self._last(records)):
            earlier = records[:n]
            true.append(
                z3.And(is_last, view.codes[now], z3.Or([z3.And(inside, v.codes[was]) for v, inside in earlier]))
            )
            other = z3.And(z3.Or(view.known, view.absent), z3.Not(view.codes[now]))
            none_was = [
                z3.Implies(inside, z3.And(z3.Or(v.known, v.absent), z3.Not(v.codes[was]))) for v, inside in earlier
            ]
            none_was.append(z3.Or([inside for _, inside in earlier]))
            false.append(z3.And(is_last, z3.Or(other, z3.And(none_was))))
        return z3.Or(true), z3.Or(false)

    def _Composite(self, criterion: Criterion):  # noqa: N802
        true = [self.true[operand] for operand in criterion.operands]
        false = [self.false[operand] for operand in criterion.operands]
        if criterion.kind == "Not":
            return false[0], true[0]
        return at_least(true, criterion.minimum), at_least(false, len(true) - criterion.minimum + 1)


def at_least(conditions: list[z3.BoolRef], minimum: int) -> z3.BoolRef:
    """Return when at least so many conditions hold."""
    if minimum == 1:
        return z3.Or(conditions)
    return z3.And(conditions) if minimum == len(conditions) else z3.AtLeast(*conditions, minimum)
