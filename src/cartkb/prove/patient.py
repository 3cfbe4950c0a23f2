"""A patient of whom nothing is fixed yet: every record that could bear on a criterion, as z3 variables.

Records are told apart only by what a criterion can tell apart: before all events, between the events and
the day of the origin (the event that days are counted from), on that day, and after it. One record in a place
is enough where only the last or any record counts, and two where the one before the last counts as well: more
would make no criterion come out in another way. Records that contradict each other are left out: two of one
feature on one day, or of one that never changes, which the shapes refuse unless they name two assays, and an
origin that is recorded as absent after it has happened.
"""

from collections import defaultdict
from dataclasses import dataclass, field
from itertools import pairwise

import z3

from cartkb.prove.base import Base, Feature

FIRST, EVENT, SECOND, ORIGIN, AFTER, ALWAYS = "first", "event", "second", "origin", "after", "always"
_ORDER = (FIRST, SECOND, ORIGIN, AFTER)
_SERIES = ("Trend", "Change", "EventDay")
_AFTER_KINDS = (*_SERIES, "NewFinding")


@dataclass
class Record:
    """One possible fact: present or not; if present, known, absent or, when neither, unknown."""

    name: str
    feature: Feature
    slot: str
    place: int
    places: int  # how many places the slot has
    present: z3.BoolRef
    known: z3.BoolRef
    absent: z3.BoolRef
    codes: dict[str, z3.BoolRef] = field(default_factory=dict)
    value: z3.ArithRef | None = None
    day: z3.ArithRef | None = None
    stated: z3.BoolRef | None = None  # whether the assay's sensitivity is stated
    sensitivity: z3.ArithRef | None = None
    same_assay: z3.BoolRef | None = None  # whether the assay is that of the record before


@dataclass
class View:
    """What is seen of a feature in one place: its record, or what follows from another record there."""

    slot: str
    present: z3.BoolRef
    known: z3.BoolRef
    absent: z3.BoolRef
    codes: dict[str, z3.BoolRef]
    record: Record


class Patient:
    """The variables of one patient and what any valid patient satisfies.

    ``deep`` gives every place two records, so that an earlier record can differ from the last one.
    """

    def __init__(self, base: Base, prefix: str = "", deep: bool = False):
        self.base, self.prefix, self.deep = base, prefix, deep
        self.rules: list[z3.BoolRef] = []
        self.records: list[Record] = []
        self.elapsed = z3.Int(f"{prefix}days since {base.origin}")
        self._uses = defaultdict(set)
        for criterion in base.leaves():
            if criterion.feature:
                self._uses[criterion.feature].add((criterion.kind, criterion.window, criterion.ever))
        for name in base.used_features:
            if source := base.features[name].derived_from:
                self._uses[source] |= self._uses[name]
                self._uses[name] = self._uses[source]
        self._of = {
            name: [self._record(base.features[name], *place) for place in self._places(name)]
            for name in base.used_features
        }
        self.happened = self._of[base.origin][0].known
        for records in self._of.values():
            self._constrain(records)
        self.rules += [self.elapsed >= 0, z3.Implies(z3.Not(self.happened), self.elapsed == 0)]
        self.views = {name: self._seen(name) for name in base.used_features}

    def _places(self, name: str) -> list[tuple[str, int, int]]:
        feature, base = self.base.features[name], self.base
        if name == base.origin:
            return [(ORIGIN, 0, 1)]
        if name in base.ends_before.values():
            return [(EVENT, 0, 1)]
        if feature.timeless:
            return [(ALWAYS, 0, 1)]
        kinds = {kind for kind, _, _ in self._uses[name]}
        windows = {window for _, window, _ in self._uses[name] if window}
        windows |= {base.after} if kinds & set(_AFTER_KINDS) else set()
        windows |= {base.before} if "NewFinding" in kinds else set()
        mixed = len({ever for kind, _, ever in self._uses[name] if kind == "Presence"}) > 1
        ever = {window for kind, window, ever in self._uses[name] if kind == "Presence" and ever}
        places, told_apart = [], []
        for slot in _ORDER:
            sign = {("in", window) for window in windows if self._can_be_in(slot, window)}
            if feature.kind == "event-kind":
                sign |= {("by", window) for window in ever if self._can_be_after(slot, window)}
            if not sign or sign in told_apart:
                continue
            told_apart.append(sign)
            two = slot != ORIGIN and (self.deep or mixed or (slot == AFTER and kinds & set(_SERIES)))
            places += [(slot, place, 2 if two else 1) for place in range(2 if two else 1)]
        return places

    def _can_be_in(self, slot: str, window: str) -> bool:
        if window in self.base.begins_after:
            return slot == AFTER
        if window in self.base.ends_before:
            return slot == FIRST or (slot == SECOND and self.base.ends_before[window] == self.base.origin)
        return True

    def _can_be_after(self, slot: str, window: str) -> bool:
        if window not in self.base.ends_before:
            return False
        return slot in (ORIGIN, AFTER) or (slot == SECOND and self.base.ends_before[window] != self.base.origin)

    def _record(self, feature: Feature, slot: str, place: int, places: int) -> Record:
        name = f"{self.prefix}{feature.name} {slot} {place}"
        states = (z3.Bool(f"{name} {word}") for word in ("present", "known", "absent"))
        record = Record(name, feature, slot, place, places, *states)
        if feature.kind == "coded-kind":
            record.codes = {code: z3.Bool(f"{name} is {code}") for code in feature.codes}
        if feature.kind == "quantity-kind":
            record.value = z3.Real(f"{name} value")
            if any(f.derived_from == feature.name for f in self.base.features.values()):
                record.stated, record.sensitivity = z3.Bool(f"{name} stated"), z3.Real(f"{name} sensitivity")
            if place and slot == AFTER:
                record.same_assay = z3.Bool(f"{name} same assay")
        if slot == AFTER and any(kind == "EventDay" for kind, _, _ in self._uses[feature.name]):
            record.day = z3.Int(f"{name} day")
        self.records.append(record)
        return record

    def _constrain(self, records: list[Record]) -> None:
        for record in records:
            feature = record.feature
            self.rules.append(z3.Implies(z3.Or(record.known, record.absent), record.present))
            self.rules.append(z3.Not(z3.And(record.known, record.absent)))
            codes = list(record.codes.values())
            if codes:
                self.rules += [z3.AtMost(*codes, 1), z3.Or(codes) == record.known]
            if feature.kind == "quantity-kind":
                self.rules.append(z3.Not(record.absent))
                self.rules += [record.value >= feature.lowest] * (feature.lowest is not None)
                self.rules += [record.value <= feature.highest] * (feature.highest is not None)
            if record.stated is not None:
                self.rules += [record.sensitivity > 0, z3.Implies(record.stated, record.known)]
            if record.slot in (ORIGIN, AFTER) and feature.name != self.base.origin:
                self.rules.append(z3.Implies(record.present, self.happened))
            if record.slot == SECOND:
                events = [self._of[e][0].known for e in self.base.ends_before.values() if e != self.base.origin]
                self.rules.append(z3.Implies(record.present, z3.And(events)))
            if record.slot == AFTER and record.day is None:
                # without a day of their own, the records of a place are taken as of the last days
                self.rules.append(z3.Implies(record.present, self.elapsed >= record.places - record.place))
            elif record.day is not None:
                self.rules += [record.day >= 1, z3.Implies(record.present, record.day <= self.elapsed)]
        days = [r.day for r in records if r.day is not None]
        self.rules += [one < other for one, other in pairwise(days)]

    def _seen(self, name: str) -> list[View]:
        feature, own = self.base.features[name], self._of[name]
        if feature.given_by:
            return [self._given(own[0])]
        if feature.derived_from:
            return [self._derived(one, other) for one, other in zip(own, self._of[feature.derived_from], strict=True)]
        return [View(r.slot, r.present, r.known, r.absent, r.codes, r) for r in own]

    def _given(self, own: Record) -> View:
        """Join a record with what the description of a given code says of its feature; they never contradict."""
        name, giver = own.feature.name, self._of[own.feature.given_by][0]
        says = {code: facts[name] for code, facts in self.base.given.items() if name in facts and code in giver.codes}
        known = [giver.codes[code] for code, (state, _) in says.items() if state == "known"]
        absent = [giver.codes[code] for code, (state, _) in says.items() if state == "absent"]
        codes = {
            value: z3.Or(
                own.codes[value], *(giver.codes[code] for code, said in says.items() if said == ("known", value))
            )
            for value in own.codes
        }
        view = View(
            ALWAYS,
            z3.Or(own.present, *known, *absent),
            z3.Or(own.known, *known),
            z3.Or(own.absent, *absent),
            codes,
            own,
        )
        self.rules += [z3.Not(z3.And(view.known, view.absent)), z3.AtMost(*codes.values(), 1)]
        return view

    def _derived(self, own: Record, number: Record) -> View:
        """A number says what the status is where no status of that day is stated, if its sensitivity is."""
        feature = own.feature
        follows = z3.And(z3.Not(own.present), number.stated)
        low = number.value < number.sensitivity
        codes = {
            code: z3.Or(sign, z3.And(follows, low)) if code == feature.below
            else z3.Or(sign, z3.And(follows, z3.Not(low))) if code == feature.above
            else sign
            for code, sign in own.codes.items()
        }  # fmt: skip
        return View(own.slot, z3.Or(own.present, number.present), z3.Or(own.known, follows), own.absent, codes, own)

    def in_window(self, view: View, window: str) -> z3.BoolRef:
        """Return when a record lies in a window; a day that bounds a window lies in none."""
        slot = view.slot
        if window in self.base.begins_after:
            return z3.BoolVal(slot == AFTER)
        if window not in self.base.ends_before:
            return z3.BoolVal(True)
        event, (before_all, fixed) = self.base.ends_before[window], self._end(window)
        if event == self.base.origin:
            return before_all if slot == ORIGIN else z3.And(slot in (FIRST, EVENT, SECOND), z3.Or(before_all, fixed))
        if slot == FIRST:
            return z3.Or(before_all, fixed, self._replaced(event))
        return z3.Or(before_all, self._replaced(event)) if slot == EVENT else z3.BoolVal(False)

    def not_by_then(self, view: View, window: str) -> z3.BoolRef:
        """Return when a record lies after the end of a window, so that what it says had not happened, had not in it."""
        if window not in self.base.ends_before:
            return z3.BoolVal(False)
        event, (_, fixed) = self.base.ends_before[window], self._end(window)
        if event == self.base.origin:
            return z3.And(fixed, view.slot in (ORIGIN, AFTER))
        late = z3.And(fixed, view.slot in (EVENT, SECOND, ORIGIN, AFTER))
        return z3.Or(late, z3.And(self._replaced(event), view.slot in (ORIGIN, AFTER)))

    def _end(self, window: str) -> tuple[z3.BoolRef, z3.BoolRef]:
        """Return when all records so far are before the end of a window, and when the day of its event ends it."""
        ending, origin = self._of[self.base.ends_before[window]][0], self._of[self.base.origin][0]
        not_yet = z3.Or(z3.Not(origin.present), origin.absent)
        return z3.And(not_yet, z3.Or(z3.Not(ending.present), ending.absent)), ending.known

    def _replaced(self, event: str) -> z3.BoolRef:
        """Return when the origin ends a window in the place of an event that is stated not to have happened."""
        return z3.And(self._of[event][0].absent, self.happened)
