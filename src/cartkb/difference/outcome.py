"""What an answer consists of on each side, and what in the two versions makes answers differ."""

from collections.abc import Iterator
from dataclasses import dataclass

import z3

from cartkb.difference.shared import NEW, OLD, SharedSpace, unmarked
from cartkb.prove.base import Statement

APPLIES, UNDETERMINED, TENSION, SILENCE = "applies", "undetermined", "tension", "silence"
TABLES = {  # where a base holds the things of a kind
    "criterion": "criteria", "statement": "statements", "question": "questions",
    TENSION: "tensions", SILENCE: "silences",
}  # fmt: skip
_EFFECT = ("question", "directive", "stance", "rank")
_ASKED = ("between", "hinges", "question", "population")  # what makes a tension or silence, whatever it means
_NEVER = z3.BoolVal(False)
Part = tuple[str, str]  # what it is, and the name of the statement, tension or silence


@dataclass(frozen=True)
class Root:
    """A criterion, statement, question, tension or silence that the versions define apart.

    ``ways`` are the ways in which it can come out apart for a patient: what it is before, what it is now, and when.
    """

    kind: str
    name: str
    ways: tuple[tuple[str, str, z3.BoolRef], ...]

    @property
    def apart(self) -> z3.BoolRef:
        """When it comes out apart."""
        return z3.Or([condition for _, _, condition in self.ways])


def parts(space: SharedSpace, side: str, question: str) -> dict[Part, z3.BoolRef]:
    """Return when each statement, tension and silence is part of one side's answer to a question."""
    base, answers = space.sides[side].base, space.sides[side].answers
    (marked,) = (name for name in base.questions if unmarked(name)[1] == question)
    is_open, found = answers.open[marked], {}
    own = {name for name, s in base.statements.items() if s.question == marked}
    for name in own:
        found[APPLIES, unmarked(name)[1]] = z3.And(is_open, answers.applies[name])
        found[UNDETERMINED, unmarked(name)[1]] = z3.And(is_open, answers.pending(base.statements[name]))
    for name, tension in base.tensions.items():
        if members := own.intersection(tension.between):
            takes_part = z3.Or([answers.applies[member] for member in sorted(members)])
            found[TENSION, name] = z3.And(is_open, answers.met[name], takes_part)
    for name, silence in base.silences.items():
        if silence.question == question:
            found[SILENCE, name] = z3.And(is_open, space.true[silence.population])
    return dict(sorted(found.items()))


def concerned(space: SharedSpace, question: str) -> list[str]:
    """Return the criteria that the answer to a question can turn on, on either side, at any depth."""
    found, todo = set(), []
    for side in (OLD, NEW):
        base = space.sides[side].base
        asked = {name for name in base.questions if unmarked(name)[1] == question}
        beside = {
            s
            for t in base.tensions.values()
            for s in t.between
            if asked & {base.statements[m].question for m in t.between}
        }
        for statement in base.statements.values():
            if statement.question in asked or statement.name in beside:
                todo += [statement.population, *statement.exceptions]
        todo += [silence.population for silence in base.silences.values() if silence.question == question]
        for name in asked:
            of = base.questions[name]
            todo += [of.scope, *filter(None, [of.precondition]), *of.closed_by]
    while todo:
        if (name := todo.pop()) not in found:
            found.add(name)
            todo += space.base.criteria[name].operands
    return [name for name in space.base.criteria if name in found]


def unlike(space: SharedSpace, question: str) -> dict[Part, tuple[z3.BoolRef, z3.BoolRef]]:
    """Return when each part of an answer is there on the old side and on the new, where the two are not one
    condition.
    """
    old, new = (parts(space, side, question) for side in (OLD, NEW))
    both = {part: (old.get(part, _NEVER), new.get(part, _NEVER)) for part in sorted(old.keys() | new.keys())}
    return {part: (before, now) for part, (before, now) in both.items() if not before.eq(now)}


def roots(space: SharedSpace, question: str) -> list[Root]:
    """Return what the versions define apart, those that a question cannot turn on included."""
    return [*_criteria(space), *_statements(space, question), *_rest(space, question)]


def truths(space: SharedSpace, name: str) -> dict[str, z3.BoolRef]:
    """Return when a criterion has each of its three truth values."""
    return {"true": space.true[name], "false": space.false[name], "unknown": space.unknown(name)}


def _ways(before: dict[str, z3.BoolRef], now: dict[str, z3.BoolRef]) -> tuple[tuple[str, str, z3.BoolRef], ...]:
    return tuple((a, b, z3.And(before[a], now[b])) for a in before for b in now if a != b)


def _criteria(space: SharedSpace) -> Iterator[Root]:
    union = space.union
    for name in union.of[NEW].criteria:
        if name in union.of[OLD].criteria and not union.own_alike(name):
            yield Root("criterion", name, _ways(*(truths(space, union.name(side, name)) for side in (OLD, NEW))))


def _statements(space: SharedSpace, question: str) -> Iterator[Root]:
    of = {side: space.union.of[side].statements for side in (OLD, NEW)}
    for name in sorted(of[OLD].keys() | of[NEW].keys()):
        one, other = (of[side].get(name) for side in (OLD, NEW))
        if question in {s.question for s in (one, other) if s} and _apart(
            one, other, "population", "exceptions", *_EFFECT
        ):
            before, now = (_states(space, side, s) for side, s in ((OLD, one), (NEW, other)))
            ways = list(_ways(before, now))
            if one and other and _apart(one, other, *_EFFECT):
                ways += [(state, state, z3.And(before[state], now[state])) for state in ("applies", "is undetermined")]
            yield Root("statement", name, tuple(ways))


def _apart(one, other, *names: str) -> bool:
    """Say whether two things differ in one of these fields, or one of them is not there."""
    return one is None or other is None or any(getattr(one, n, None) != getattr(other, n, None) for n in names)


def _states(space: SharedSpace, side: str, statement: Statement | None) -> dict[str, z3.BoolRef]:
    """Return when a statement of one side is in each state."""
    if statement is None:
        return {"is not there": z3.BoolVal(True)}
    statements, answers = space.sides[side].base.statements, space.sides[side].answers
    (name,) = (marked for marked in statements if unmarked(marked)[1] == statement.name)
    return {
        "applies": answers.applies[name],
        "is undetermined": answers.pending(statements[name]),
        "does not apply": answers.fails[name],
    }


def _rest(space: SharedSpace, question: str) -> Iterator[Root]:
    union = space.union
    one, other = (union.of[side].questions[question] for side in (OLD, NEW))
    if one != other:
        before, now = (space.classes(side, question) for side in (OLD, NEW))
        gates = ("OutOfScope", "NotYetApplicable")
        states = [
            {g: of[g] for g in gates} | {"open": _open(space, side, question)}
            for side, of in ((OLD, before), (NEW, now))
        ]
        yield Root("question", question, _ways(*states))
    old, new = (parts(space, side, question) for side in (OLD, NEW))
    for kind, name in sorted(old.keys() | new.keys()):
        before, now = (old.get((kind, name), _NEVER), new.get((kind, name), _NEVER))
        if kind in TABLES and _apart(
            *(getattr(union.of[side], TABLES[kind]).get(name) for side in (OLD, NEW)), *_ASKED
        ):
            gone, come = z3.And(before, z3.Not(now)), z3.And(now, z3.Not(before))
            yield Root(kind, name, (("told", "not told", gone), ("not told", "told", come)))


def _open(space: SharedSpace, side: str, question: str) -> z3.BoolRef:
    answers = space.sides[side].answers
    (marked,) = (name for name in answers.open if unmarked(name)[1] == question)
    return answers.open[marked]
