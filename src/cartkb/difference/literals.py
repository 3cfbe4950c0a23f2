"""What is the same for every patient of a region: the criteria that bound it, none of which can be left out."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import z3

from cartkb.difference.shared import SharedSpace, unmarked
from cartkb.prove.base import COMPOSITE_KINDS, Base
from cartkb.prove.space import decided

TRUE, FALSE, NOT_TRUE, NOT_FALSE, UNKNOWN = "true", "false", "not true", "not false", "unknown"
_AT_RANDOM, _CACHING = 5, 3  # how z3 guesses, with a fixed seed; the second is its own choice


@dataclass(frozen=True)
class Literal:
    """That a criterion, by its name in the shared space, is true, false, not true, not false or unknown."""

    criterion: str
    truth: str

    def condition(self, space: SharedSpace) -> z3.BoolRef:
        """Return when it holds."""
        if self.truth == UNKNOWN:
            return space.unknown(self.criterion)
        holds = space.true[self.criterion] if self.truth in (TRUE, NOT_TRUE) else space.false[self.criterion]
        return z3.Not(holds) if self.truth in (NOT_TRUE, NOT_FALSE) else holds


def bounding(
    space: SharedSpace, conditions: Sequence[z3.BoolRef], among: Iterable[str], telling: Iterable[str]
) -> list[Literal]:
    """Return what holds of some criteria for every patient that satisfies the conditions, and follows from nothing
    else.

    What holds of the ``telling`` ones is told in any case. There must be such a patient.
    """
    telling, common = set(telling), _common(space, conditions, among)
    kept = [one for one in common if one.criterion in telling]
    return _joined([*kept, *_irredundant(space, [one for one in common if one not in kept], kept)])


def _common(space: SharedSpace, conditions: Sequence[z3.BoolRef], among: Iterable[str]) -> list[Literal]:
    """Return every literal that all patients of a region share: each patient met takes away what it does not share."""
    left = {name: {TRUE, FALSE, NOT_TRUE, NOT_FALSE} for name in among}
    broken = {
        (name, truth): z3.Not(Literal(name, truth).condition(space))
        for name, truths in left.items()
        for truth in truths
    }
    solver = space.solver
    solver.push()
    solver.add(*conditions)
    solver.set("phase_selection", _AT_RANDOM)  # patients that are less alike take away more; what is left is the same
    while decided(solver.check(z3.Or([broken[name, truth] for name, truths in left.items() for truth in truths]))):
        model = solver.model()
        for name, truths in left.items():
            if truths:
                truths &= _shared_by(model, space, name)
    solver.set("phase_selection", _CACHING)
    solver.pop()
    weaker = {TRUE: NOT_FALSE, FALSE: NOT_TRUE}
    return [
        Literal(name, truth)
        for name, truths in left.items()
        for truth in sorted(truths - {weaker[strong] for strong in truths & weaker.keys()})
    ]


def _shared_by(model: z3.ModelRef, space: SharedSpace, name: str) -> set[str]:
    """Return what can be said of a criterion for the patient of a model."""
    if z3.is_true(model.eval(space.true[name])):
        return {TRUE, NOT_FALSE}
    return {FALSE, NOT_TRUE} if z3.is_true(model.eval(space.false[name])) else {NOT_TRUE, NOT_FALSE}


def _irredundant(space: SharedSpace, literals: list[Literal], kept: Sequence[Literal]) -> list[Literal]:
    """Leave out, one by one, what follows from the others."""
    solver, worth = space.solver, _Worth(space.base)
    left = {z3.Bool(f"bound {n}"): one for n, one in enumerate(sorted(literals, key=worth.of))}
    broken = {name: z3.Not(one.condition(space)) for name, one in left.items()}
    solver.push()
    solver.add(*(one.condition(space) for one in kept))
    solver.add(*(z3.Implies(name, one.condition(space)) for name, one in left.items()))
    for name in list(left):
        rest = [other for other in left if other is not name]
        if not decided(solver.check(*rest, broken[name])):
            del left[name]
    solver.pop()
    return sorted(left.values(), key=lambda one: unmarked(one.criterion)[::-1])


class _Worth:
    """How much literals tell a reader."""

    def __init__(self, base: Base):
        self.base = base
        self.telling = {operand for criterion in base.criteria.values() for operand in criterion.operands}
        factors = {criterion for _, criterion in base.factors.values()}
        self.telling |= {
            n for n, c in base.criteria.items() if c.kind not in COMPOSITE_KINDS or unmarked(n)[1] in factors
        }

    def of(self, literal: Literal) -> tuple:
        """Return how much one tells, for sorting, the least first.

        Least is told by the contrary of another criterion, then by what is only the population of a statement, by what
        is only known not to be so, and by what another criterion is put together from.
        """
        name = literal.criterion
        is_contrary, is_sure = self.base.criteria[name].kind == "Not", literal.truth in (TRUE, FALSE)
        return not is_contrary, name in self.telling, is_sure, self._depth(name), name, literal.truth

    def _depth(self, name: str) -> int:
        return 1 + max((self._depth(operand) for operand in self.base.criteria[name].operands), default=0)


def _joined(literals: list[Literal]) -> list[Literal]:
    """Return the same, where neither true nor false is unknown."""
    found = {}
    for one in literals:
        other = found.get(one.criterion)
        apart = other is not None and {other.truth, one.truth} == {NOT_TRUE, NOT_FALSE}
        found[one.criterion] = Literal(one.criterion, UNKNOWN) if apart else one
    return list(found.values())
