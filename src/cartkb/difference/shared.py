"""One space of patients for two versions: what both say alike is there once, what they say apart stands side by side.

A patient is the same set of records for both. A fact on a feature that only one version knows is seen by that
version alone, since the other would refuse it; a value that only one knows, or that lies outside the range of one,
is left out.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import cached_property

import z3

from cartkb.prove.answer import Answers
from cartkb.prove.base import Base, Criterion, Feature
from cartkb.prove.space import Space

OLD, NEW = "old", "new"
_FIXED = ("kind", "timeless", "code_prefix", "unit", "given_by", "derived_from", "below", "above")


class IncomparableError(Exception):
    """Two versions whose patients cannot be put into one space; its text says why."""


def mark(side: str, name: str) -> str:
    """Return the name of something as one side has it."""
    return f"{side}:{name}"


def unmarked(name: str) -> tuple[str, str]:
    """Return side and name of something; the side is empty where both have it alike.

    >>> unmarked("old:high-risk"), unmarked("adult")
    (('old', 'high-risk'), ('', 'adult'))
    """
    side, _, rest = name.rpartition(":")
    return side, rest


@dataclass
class Side:
    """One version within the shared space: its base in shared names, and its answers."""

    base: Base
    answers: Answers


class _Union:
    """The bases of two versions in one vocabulary of names."""

    def __init__(self, old: Base, new: Base):
        self.of = {OLD: old, NEW: new}
        if (old.ends_before, old.begins_after) != (new.ends_before, new.begins_after):
            raise IncomparableError("the windows of time are bounded by other events")
        self._alike: dict[str, bool] = {}
        self.twins: dict[str, str] = {}  # feature -> what it is called for the old side, which reads it off otherwise
        self.base = Base(ends_before=dict(new.ends_before), begins_after=dict(new.begins_after))
        self._features()
        for side in (OLD, NEW):
            for criterion in self.of[side].criteria.values():
                self.base.criteria[self.name(side, criterion.name)] = self.criterion(side, criterion)
        self.base.criteria = dict(sorted(self.base.criteria.items(), key=lambda item: unmarked(item[0])[::-1]))

    def _features(self) -> None:
        used = {side: set(base.used_features) for side, base in self.of.items()}
        old, new = (self.of[side].features for side in (OLD, NEW))
        for name in sorted(old.keys() | new.keys()):
            if name not in old or name not in new:
                self.base.features[name] = old.get(name) or new.get(name)
                continue
            apart = [part for part in _FIXED if getattr(old[name], part) != getattr(new[name], part)]
            if apart and (name in used[OLD] or name in used[NEW]):
                raise IncomparableError(f"the feature {name} is of another nature: {', '.join(apart)}")
            self.base.features[name] = _merged(old[name], new[name])
        for side in (OLD, NEW):
            for code, facts in self.of[side].given.items():
                self.base.given.setdefault(code, {}).update(facts)
        for name, feature in list(self.base.features.items()):
            if feature.given_by and name in old and name in new and self._given(OLD, name) != self._given(NEW, name):
                self.twins[name] = mark(OLD, name)
                self.base.features[self.twins[name]] = replace(feature, name=self.twins[name])
                for code, said in self._given(OLD, name).items():
                    self.base.given[code][self.twins[name]] = said

    def _given(self, side: str, feature: str) -> dict[str, tuple[str, str]]:
        """Return what the descriptions that both sides have say of a feature on one of them."""
        both = self.of[OLD].given.keys() & self.of[NEW].given.keys()
        given = self.of[side].given
        return {code: given[code][feature] for code in sorted(both) if feature in given[code]}

    def only(self, side: str) -> set[str]:
        """Return the features that only one side knows."""
        return self.of[side].features.keys() - self.of[OLD if side == NEW else NEW].features.keys()

    def alike(self, name: str) -> bool:
        """Say whether a criterion means the same on both sides."""
        if name not in self._alike:
            one, other = (self.of[side].criteria.get(name) for side in (OLD, NEW))
            self._alike[name] = (
                one is not None and other is not None and self.own_alike(name) and all(map(self.alike, one.operands))
            )
        return self._alike[name]

    def own_alike(self, name: str) -> bool:
        """Say whether a criterion of both sides is written alike, whatever its operands mean."""
        one, other = (self.of[side].criteria[name] for side in (OLD, NEW))
        return one == other and one.feature not in self.twins

    def name(self, side: str, criterion: str) -> str:
        """Return what a criterion of one side is called in the shared space."""
        return criterion if not criterion or self.alike(criterion) else mark(side, criterion)

    def names(self, side: str, criteria: Iterable[str]) -> tuple[str, ...]:
        return tuple(self.name(side, criterion) for criterion in criteria)

    def criterion(self, side: str, criterion: Criterion) -> Criterion:
        feature = self.twins.get(criterion.feature, criterion.feature) if side == OLD else criterion.feature
        operands = self.names(side, criterion.operands)
        return replace(criterion, name=self.name(side, criterion.name), feature=feature, operands=operands)

    def side(self, side: str) -> Base:
        """Return the questions and statements of one side in shared names."""
        of, base = self.of[side], Base(criteria=self.base.criteria)
        for question in of.questions.values():
            scope, condition = self.names(side, (question.scope, question.precondition))
            closed_by = self.names(side, question.closed_by)
            found = replace(question, scope=scope, precondition=condition, closed_by=closed_by)
            base.questions[question.name] = replace(found, name=self._question(side, question.name))
        renamed = {q: renamed.name for q, renamed in base.questions.items()}
        base.questions = {question.name: question for question in base.questions.values()}
        for name, statement in of.statements.items():
            population, exceptions = self.name(side, statement.population), self.names(side, statement.exceptions)
            marked = name if self._statement_alike(name) else mark(side, name)
            base.statements[marked] = replace(
                statement,
                name=marked,
                population=population,
                exceptions=exceptions,
                question=renamed[statement.question],
            )
        marks = {unmarked(name)[1]: name for name in base.statements}
        for name, tension in of.tensions.items():
            between, hinges = (tuple(marks[s] for s in members) for members in (tension.between, tension.hinges))
            base.tensions[name] = replace(tension, between=between, hinges=hinges)
        for name, silence in of.silences.items():
            base.silences[name] = replace(silence, population=self.name(side, silence.population))
        return base

    def _question(self, side: str, name: str) -> str:
        one, other = (self.of[each].questions.get(name) for each in (OLD, NEW))
        parts = [one.scope, one.precondition, *one.closed_by] if one else []
        return name if one == other and all(self.alike(part) for part in parts if part) else mark(side, name)

    def _statement_alike(self, name: str) -> bool:
        one, other = (self.of[side].statements.get(name) for side in (OLD, NEW))
        if one is None or other is None or self._question(NEW, one.question) != one.question:
            return False
        same = replace(one, ruled_out_by="") == replace(other, ruled_out_by="")
        return same and all(map(self.alike, (one.population, *one.exceptions)))


def _merged(old: Feature, new: Feature) -> Feature:
    """Return a feature with the values that one of two versions allows, and the range that both allow."""
    lowest = max((limit for limit in (old.lowest, new.lowest) if limit is not None), default=None)
    highest = min((limit for limit in (old.highest, new.highest) if limit is not None), default=None)
    codes = tuple(sorted({*old.codes, *new.codes}))
    return replace(new, codes=codes, lowest=lowest, highest=highest)


class SharedSpace(Space):
    """The decision spaces of two versions over the same patients."""

    def __init__(self, old: Base, new: Base):
        self.union = _Union(old, new)
        super().__init__(self.union.base)
        self._tie_twins()
        self.solver.add(*self._one_sided_values())
        self.sides = {side: self._side(side) for side in (OLD, NEW)}
        self.answers.is_class = {
            mark(side, question): self.classes(side, question)
            for side in (OLD, NEW)
            for question in self.union.of[side].questions
        }

    def _side(self, side: str) -> Side:
        base = self.union.side(side)
        answers = Answers(base, self.truths)
        self.solver.add(*answers.rules)
        return Side(base, answers)

    def classes(self, side: str, question: str) -> dict[str, z3.BoolRef]:
        """Return when each class is the answer of one side to a question."""
        answers = self.sides[side].answers
        return next(of for name, of in answers.is_class.items() if unmarked(name)[1] == question)

    def _tie_twins(self) -> None:
        """Let the records of a feature and of its twin be the same, and only the first be told."""
        twins = self.union.twins
        by_name = {record.feature.name: record for record in self.patient.records}
        for name, twin in twins.items():
            if name in by_name and twin in by_name:
                one, other = by_name[name], by_name[twin]
                self.solver.add(one.present == other.present, one.known == other.known, one.absent == other.absent)
                self.solver.add(*(sign == other.codes[code] for code, sign in one.codes.items()))
        self.patient.records = [r for r in self.patient.records if r.feature.name not in twins.values()]

    def _one_sided_values(self) -> list[z3.BoolRef]:
        """Return that no record has a value that only one side knows."""
        return [
            z3.Not(record.codes[code])
            for record in self.patient.records
            for code in self.one_sided.get(record.feature.name, ())
        ]

    @cached_property
    def one_sided(self) -> dict[str, list[str]]:
        """The values that only one side knows of a feature that both know, by the feature that criteria turn on."""
        old, new = (self.union.of[side].features for side in (OLD, NEW))
        apart = {f: sorted({*old[f].codes} ^ {*new[f].codes}) for f in self.base.used_features if f in old and f in new}
        return {feature: codes for feature, codes in apart.items() if codes}

    @cached_property
    def both_read(self) -> z3.BoolRef:
        """The patients without a fact that only one side can read."""
        one_sided = self.union.only(OLD) | self.union.only(NEW)
        return z3.And([z3.Not(r.present) for r in self.patient.records if r.feature.name in one_sided])
