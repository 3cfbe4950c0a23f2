"""What must be there before anything can be proved: every name that the decision base uses is described."""

from collections.abc import Iterator

from cartkb.names import CKB, CKBG
from cartkb.problems import Problem
from cartkb.prove.answer import CONTEXT
from cartkb.prove.base import COMPOSITE_KINDS, Base, Criterion
from cartkb.prove.proof import Place
from cartkb.prove.truth import COMPARE

_LIMITED = ("Quantity", "Elapsed", "EventDay")


def unsound(base: Base, place: Place) -> list[Problem]:
    """Return what keeps the space from being built, at its line; cartkb check says the same in more detail."""
    why, fix = "nothing can be proved of what is not described", "run cartkb check and mend what it names"
    missing = [*_of_criteria(base), *_of_statements(base), *_of_the_rest(base)]
    return [place(iri, f"{iri.rsplit('/', 1)[-1]}: {what}", why, fix) for iri, what in missing]


def _of_criteria(base: Base) -> Iterator[tuple[str, str]]:
    windows = {c.window for c in base.criteria.values()} - {"", *base.ends_before, *base.begins_after}
    if not base.begins_after or base.origin not in base.features or len(windows) > 1:
        yield CKB + "Window", "the windows do not say with ckb:endsBefore and ckb:beginsAfter which events bound them"
        return
    for criterion in base.criteria.values():
        for operand in criterion.operands:
            if operand not in base.criteria:
                yield criterion.iri, f"its operand {operand} is no criterion"
        if criterion.kind in COMPOSITE_KINDS:
            if not criterion.operands:
                yield criterion.iri, "it has no operands"
            if criterion.name in _below(base, criterion):
                yield criterion.iri, "it is an operand of itself"
        elif criterion.kind != "Elapsed" and criterion.feature not in base.features:
            yield criterion.iri, f"its feature {criterion.feature or 'is missing and'} is no feature"
        if criterion.kind in _LIMITED and (criterion.limit is None or criterion.comparator not in COMPARE):
            yield criterion.iri, "it has no threshold or no comparator"


def _below(base: Base, criterion: Criterion) -> set[str]:
    """Return the operands of a criterion at any depth."""
    found, queue = set(), list(criterion.operands)
    while queue:
        if (name := queue.pop()) not in found:
            found.add(name)
            queue += base.criteria[name].operands if name in base.criteria else ()
    return found


def _of_statements(base: Base) -> Iterator[tuple[str, str]]:
    for statement in base.statements.values():
        if statement.question not in base.questions:
            yield statement.iri, "it answers no question"
        elif statement.rank is None and statement.stance != CONTEXT and not base.questions[statement.question].listed:
            yield statement.iri, "its directive has no rank, but its question has one headline"
        if not statement.stance:
            yield statement.iri, "its directive takes no stance"
        for name in (statement.population, *statement.exceptions):
            if name not in base.criteria:
                yield statement.iri, f"{name or 'its population'} is no criterion"
    for question in base.questions.values():
        for name in (question.scope, *filter(None, [question.precondition]), *question.closed_by):
            if name not in base.criteria:
                yield CKB + question.name, f"{name or 'its scope'} is no criterion"


def _of_the_rest(base: Base) -> Iterator[tuple[str, str]]:
    for tension in base.tensions.values():
        for name in {*tension.between, *tension.hinges} - set(base.statements):
            yield tension.iri, f"{name} is no statement"
    for silence in base.silences.values():
        if silence.question not in base.questions or silence.population not in base.criteria:
            yield silence.iri, "its question or its population is not described"
    for iri, criterion in base.factors.values():
        if criterion not in base.criteria:
            yield iri, f"{criterion or 'its defining criterion'} is no criterion"
    for boundary in base.boundaries.values():
        limited = base.criteria.get(boundary.criterion)
        if limited is None or limited.limit is None or boundary.value is None:
            yield boundary.iri, "it belongs to no criterion with a threshold, or has no value"
    for overshadowing in base.overshadowings.values():
        for name in {*overshadowing.weaker, *overshadowing.stronger} - set(base.statements):
            yield overshadowing.iri, f"{name} is no statement"
    if not (base.statements and base.questions and base.criteria):
        yield CKBG, "there are no statements, questions or criteria"
