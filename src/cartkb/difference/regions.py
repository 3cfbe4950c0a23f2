"""The regions of the decision space that move: which patients get another answer, and why."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

import z3

from cartkb.difference.literals import Literal, bounding
from cartkb.difference.outcome import TABLES, Part, Root, concerned, roots, unlike
from cartkb.difference.shared import NEW, OLD, SharedSpace
from cartkb.prove.space import decided
from cartkb.prove.witness import Witness, witness

STORY = "A patient whose answer to {} differs between two versions"


@dataclass(frozen=True)
class Cause:
    """How something that the versions define apart comes out for the patients of a region; what a statement directs."""

    kind: str
    name: str
    before: str
    now: str
    directs: tuple[str, str] = ("", "")


@dataclass
class Region:
    """Patients whose answer to a question moves from one class to another, or whose class stays and reasons change.

    Every patient of the region satisfies all its ``criteria``; if it is ``exact``, nobody else does. Those that the
    versions make out apart are told once more as ``cause_criteria``. ``parts`` are the
    statements, tensions and silences that come or go for some of its patients. ``read_by_both`` says that each version
    can read all facts of the witness.
    """

    question: str
    before: str
    now: str
    causes: tuple[Cause, ...]
    criteria: list[Literal]
    cause_criteria: list[Literal]
    exact: bool
    parts: list[tuple[Part, str]]
    witness: Witness
    read_by_both: bool


@dataclass
class Moves:
    """What was found for one question; ``cut_off`` lists the pairs of classes for which there is more than is told."""

    question: str
    regions: list[Region] = field(default_factory=list)
    cut_off: list[tuple[str, str]] = field(default_factory=list)


def moves(space: SharedSpace, at_most: int, progress: Callable[[str], None]) -> Iterator[Moves]:
    """Yield, for each question of both versions, the regions whose answers differ.

    At most so many are told for each pair of classes; a question that moves nobody is yielded without regions.
    """
    questions = [q for q in space.union.of[NEW].questions if q in space.union.of[OLD].questions]
    for question in sorted(questions):
        progress(f"looking for patients whose answer to {question} moves")
        yield _Question(space, question, at_most).moves()


class _Question:
    def __init__(self, space: SharedSpace, question: str, at_most: int):
        self.space, self.question, self.at_most = space, question, at_most
        self.before, self.now = (space.classes(side, question) for side in (OLD, NEW))
        self.unlike = unlike(space, question)
        self.roots = roots(space, question)
        self.concerned = concerned(space, question)

    def moves(self) -> Moves:
        found = Moves(self.question)
        for before, now in self._pairs():
            causes = self._causes(before, now)
            if len(causes) > self.at_most:
                found.cut_off.append((before, now))
            for cause, conditions in causes[: self.at_most]:
                found.regions.append(self._region(before, now, cause, conditions, len(found.regions) + 1))
        return found

    def _pairs(self) -> Iterator[tuple[str, str]]:
        """Yield the classes between which somebody moves, and last, as a class without a name, staying in one."""
        for before, was in self.before.items():
            for now, is_now in self.now.items():
                if before != now and not was.eq(is_now) and self.space.some(was, is_now):
                    yield before, now
        if self.space.some(*self._conditions("", "")):
            yield "", ""

    def _conditions(self, before: str, now: str) -> list[z3.BoolRef]:
        """Return when the class moves from one to the other, or stays while something else of the answer changes."""
        if before:
            return [self.before[before], self.now[now]]
        stays = [z3.And(was, self.now[name]) for name, was in self.before.items() if name in self.now]
        return [z3.Or(stays), z3.Or([was != is_now for was, is_now in self.unlike.values()])]

    def _causes(self, before: str, now: str) -> list[tuple[tuple[Cause, ...], list[z3.BoolRef]]]:
        """Return what comes out apart for some patients that move, as little as possible, until all are covered.

        One more than is told is enough to know that there is more.
        """
        solver, conditions, found = self.space.solver, self._conditions(before, now), []
        solver.push()
        solver.add(*conditions)
        for readable in ([self.space.both_read], []):  # first the patients whom both versions can answer
            while len(found) <= self.at_most and decided(solver.check(*readable)):
                model, equal = solver.model(), list(readable)
                for root in self.roots:
                    if decided(solver.check(*equal, z3.Not(root.apart))):
                        equal.append(z3.Not(root.apart))
                        model = solver.model()
                causes = [cause for root in self.roots for cause in self._cause(root, model)]
                held = [condition for _, condition in causes]
                found.append((tuple(cause for cause, _ in causes), [*conditions, *held]))
                solver.add(z3.Not(z3.And(held)))
        solver.pop()
        return found

    def _cause(self, root: Root, model: z3.ModelRef) -> Iterator[tuple[Cause, z3.BoolRef]]:
        both = [getattr(self.space.union.of[side], TABLES[root.kind]).get(root.name) for side in (OLD, NEW)]
        directs = tuple(getattr(thing, "directive", "") for thing in both)
        for before, now, condition in root.ways:
            if z3.is_true(model.eval(condition, model_completion=True)):
                yield Cause(root.kind, root.name, before, now, directs), condition

    def _region(self, before, now, causes: tuple[Cause, ...], conditions: Sequence[z3.BoolRef], number: int) -> Region:
        space, telling = self.space, set(_telling(self.space, causes))
        criteria = bounding(space, conditions, self.concerned, telling)
        caused = [one for one in criteria if one.criterion in telling]
        exact = space.some(*(one.condition(space) for one in criteria), z3.Not(z3.And(conditions))) is None
        both = space.some(*conditions, space.both_read) is not None
        readable = [*conditions, space.both_read] if both else conditions
        shown = witness(space, f"{self.question}-{number}", STORY.format(self.question), readable)
        parts = list(self._parts(conditions))
        return Region(self.question, before, now, causes, criteria, caused, exact, parts, shown, both)

    def _parts(self, conditions: Sequence[z3.BoolRef]) -> Iterator[tuple[Part, str]]:
        """Yield what comes into the answer of some patients of a region, or goes out of it."""
        for part, (was, is_now) in self.unlike.items():
            if self.space.some(*conditions, was, z3.Not(is_now)):
                yield part, "goes"
            if self.space.some(*conditions, is_now, z3.Not(was)):
                yield part, "comes"


def _telling(space: SharedSpace, causes: tuple[Cause, ...]) -> Iterator[str]:
    """Yield the criteria that come out apart, and those that only one side makes a criterion or statement turn on."""
    union = space.union
    for cause in causes:
        one, other = (getattr(union.of[side], TABLES[cause.kind]).get(cause.name) for side in (OLD, NEW))
        turns_on = [set(_turned_on(one)), set(_turned_on(other))]
        for side, names, others in ((OLD, *turns_on), (NEW, *reversed(turns_on))):
            yield from (union.name(side, name) for name in names - others)
        if cause.kind == "criterion":
            yield from (union.name(side, cause.name) for side in (OLD, NEW))


def _turned_on(thing) -> Iterator[str]:
    """Yield the criteria that a criterion, statement, question or silence names."""
    for name in ("population", "scope", "precondition"):
        yield from filter(None, [getattr(thing, name, "")])
    for name in ("operands", "exceptions", "closed_by"):
        yield from getattr(thing, name, ())
