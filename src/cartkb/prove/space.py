"""The decision space: all patients that could be, as one set of constraints that questions are put to."""

from collections.abc import Iterator

import z3

from cartkb.problems import CartkbError, Problem
from cartkb.prove.answer import Answers
from cartkb.prove.base import Base
from cartkb.prove.patient import Patient
from cartkb.prove.truth import Truths

_REMEMBERED = 30


class Space:
    """Every valid patient with the truth of every criterion and the class of every answer.

    ``deep`` gives every place of a feature two records, so that earlier records can differ from the last.
    """

    def __init__(self, base: Base, prefix: str = "", deep: bool = False, join: "Space | None" = None):
        self.base = base
        self.patient = Patient(base, prefix, deep)
        self.truths = Truths(base, self.patient)
        self.answers = Answers(base, self.truths)
        self.solver = join.solver if join else z3.Solver()
        self.solver.add(*self.patient.rules, *self.truths.rules, *self.answers.rules)
        self._seen: list[z3.ModelRef] = []  # patients met before, who may answer the next question as well
        self.true, self.false = self.truths.true, self.truths.false

    def unknown(self, criterion: str) -> z3.BoolRef:
        """Return when a criterion is neither true nor false."""
        return z3.Not(z3.Or(self.true[criterion], self.false[criterion]))

    def some(self, *conditions: z3.BoolRef) -> z3.ModelRef | None:
        """Return a patient that satisfies all conditions, or None where there is proof that none can."""
        for model in reversed(self._seen):
            if all(z3.is_true(model.eval(condition, model_completion=True)) for condition in conditions):
                return model
        self.solver.push()
        self.solver.add(*conditions)
        model = self.solver.model() if decided(self.solver.check()) else None
        self.solver.pop()
        self._seen = [*self._seen, model][-_REMEMBERED:] if model else self._seen
        return model

    def groups(self, condition: z3.BoolRef, given: z3.BoolRef) -> Iterator[list[z3.BoolRef]]:
        """Yield what decided criteria make a condition true, one small set after another until none is left.

        Together the sets cover every patient that satisfies the condition among those ``given``; the
        condition must turn on criteria only.
        """
        self.solver.push()
        self.solver.add(given)
        leaves = [truth[c.name] for c in self.base.leaves() for truth in (self.true, self.false)]
        self._seen = []
        while model := self.some(condition):
            self._seen = []
            literals = [leaf if z3.is_true(model.eval(leaf)) else z3.Not(leaf) for leaf in leaves]
            literals.sort(key=z3.is_not)  # what is decided tells more than what is not
            group = self._enough(condition, literals)
            yield group
            self.solver.add(z3.Not(z3.And(group)))
        self.solver.pop()

    def _enough(self, condition: z3.BoolRef, literals: list[z3.BoolRef]) -> list[z3.BoolRef]:
        """Return some of the literals that already imply the condition, none of which can be left out."""
        self.solver.push()
        self.solver.add(z3.Not(condition))
        names = {z3.Bool(f"literal {n}"): literal for n, literal in enumerate(literals)}
        self.solver.add(*(z3.Implies(name, literal) for name, literal in names.items()))
        kept = list(names)
        for name in reversed(list(names)):
            rest = [other for other in kept if other is not name]
            if not decided(self.solver.check(*rest)):
                kept = rest
        self.solver.pop()
        return [names[name] for name in kept]

    def told(self, literals: list[z3.BoolRef]) -> str:
        """Return a set of decided criteria in words."""
        words = {}
        for name in self.base.criteria:
            for truth, word in ((self.true[name], "true"), (self.false[name], "false")):
                if any(literal.eq(truth) for literal in literals):
                    words[name] = word
        return ", ".join(f"{name} {word}" for name, word in words.items()) or "anything"


def decided(result: z3.CheckSatResult) -> bool:
    """Say whether there is such a patient. Raises CartkbError where z3 could not tell."""
    if result == z3.unknown:
        why = "nothing is proved by a question without an answer"
        raise CartkbError(
            [Problem("verify", 0, "z3 found neither a patient nor a proof", why, "report it with the version of z3")]
        )
    return result == z3.sat
