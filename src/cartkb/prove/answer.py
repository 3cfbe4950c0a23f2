"""What applies to a patient, which tensions are met, and of which class each answer is."""

import z3

from cartkb.prove.base import Base, Question, Statement
from cartkb.prove.truth import Truths

CONTEXT = "context"
OUT, NOT_YET, NO_DATA, CONFLICT, SILENT, LISTED = (
    "OutOfScope", "NotYetApplicable", "InsufficientData", "ConflictingStatements", "GuidelineSilent", "Answered",
)  # fmt: skip


class Answers:
    """When statements apply or fail, tensions are met, questions are open, and each class is the answer."""

    def __init__(self, base: Base, truths: Truths):
        self.base, self.truths, prefix = base, truths, truths.patient.prefix
        true, false = truths.true, truths.false
        self.rules: list[z3.BoolRef] = []
        self.applies = {name: z3.Bool(f"{prefix}applies {name}") for name in base.statements}
        self.fails = {name: z3.Bool(f"{prefix}fails {name}") for name in base.statements}
        for s in base.statements.values():
            self.rules.append(self.applies[s.name] == z3.And(true[s.population], *(false[e] for e in s.exceptions)))
            self.rules.append(self.fails[s.name] == z3.Or(false[s.population], *(true[e] for e in s.exceptions)))
        self.open = {name: z3.Bool(f"{prefix}open {name}") for name in base.questions}
        self.is_class = {
            q.name: self._classes(q, self._gate(q), base.of_question(q.name)) for q in base.questions.values()
        }
        self.met = {name: self._met(name) for name in base.tensions}

    def _gate(self, question: Question) -> dict[str, z3.BoolRef]:
        true, false = self.truths.true, self.truths.false
        out = z3.Or(false[question.scope], *(true[c] for c in question.closed_by))
        early = false[question.precondition] if question.precondition else z3.BoolVal(False)
        ready = true[question.precondition] if question.precondition else z3.BoolVal(True)
        is_open = z3.And(true[question.scope], ready, z3.Not(out))
        self.rules.append(self.open[question.name] == is_open)
        return {
            OUT: out,
            NOT_YET: z3.And(z3.Not(out), true[question.scope], early),
            NO_DATA: z3.And(z3.Not(out), z3.Not(is_open), z3.Not(z3.And(true[question.scope], early))),
        }

    def _classes(self, question: Question, gate: dict, statements: list[Statement]) -> dict[str, z3.BoolRef]:
        is_open = self.open[question.name]
        inside = self.classes_among(question, statements)
        classes = {name: z3.And(is_open, condition) for name, condition in inside.items()}
        return {**classes, **gate, NO_DATA: z3.Or(gate[NO_DATA], classes[NO_DATA])}

    def classes_among(self, question: Question, statements: list[Statement]) -> dict[str, z3.BoolRef]:
        """Return when each class is the answer to an open question that has these statements only."""
        applies, pending = self.applies, {s.name: self.pending(s) for s in statements}
        if question.listed:
            some = z3.Or([applies[s.name] for s in statements])
            waits = z3.And(z3.Not(some), z3.Or(list(pending.values())))
            return {NO_DATA: waits, LISTED: some, SILENT: z3.Not(z3.Or(some, waits))}
        sided = [s for s in statements if s.stance != CONTEXT]
        stances = sorted({s.stance for s in sided})
        taken = {stance: z3.Or([applies[s.name] for s in sided if s.stance == stance]) for stance in stances}
        conflict = z3.Or([z3.And(taken[one], taken[two]) for one in stances for two in stances if one < two])
        any_taken = z3.Or(list(taken.values()))
        ranks = sorted({s.rank for s in sided})
        reached = {rank: z3.Or([applies[s.name] for s in sided if s.rank <= rank]) for rank in ranks}

        def would_decide(s: Statement) -> z3.BoolRef:
            changes = z3.Or(z3.Not(taken[s.stance]), z3.Not(reached[s.rank]))
            return z3.And(pending[s.name], z3.Or(z3.Not(any_taken), changes))

        waits = z3.And(z3.Not(conflict), z3.Or([would_decide(s) for s in sided]))
        settled = z3.And(z3.Not(conflict), z3.Not(waits))
        classes = {CONFLICT: conflict, NO_DATA: waits, SILENT: z3.And(settled, z3.Not(any_taken))}
        for number, rank in enumerate(ranks):
            better = reached[ranks[number - 1]] if number else z3.BoolVal(False)
            (directive,) = {s.directive for s in sided if s.rank == rank}
            classes[directive] = z3.And(settled, reached[rank], z3.Not(better))
        return classes

    def pending(self, statement: Statement) -> z3.BoolRef:
        """Return when a statement neither applies nor fails."""
        return z3.Not(z3.Or(self.applies[statement.name], self.fails[statement.name]))

    def _met(self, name: str) -> z3.BoolRef:
        tension = self.base.tensions[name]
        members = [self.base.statements[s] for s in tension.between]
        return z3.And(self.clash(members), *(self.applies[hinge] for hinge in tension.hinges))

    def clash(self, members: list[Statement]) -> z3.BoolRef:
        """Return when two members hold that take different stances, or any two where all take one stance."""
        stances = sorted({s.stance for s in members})
        if len(stances) == 1:
            return z3.AtLeast(*(self.applies[s.name] for s in members), 2) if len(members) > 1 else z3.BoolVal(False)
        sides = [z3.Or([self.applies[s.name] for s in members if s.stance == stance]) for stance in stances]
        return z3.AtLeast(*sides, 2)
