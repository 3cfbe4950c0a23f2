"""Shadows: a statement that no answer ever turns on is declared, with those that speak wherever it does."""

import z3

from cartkb.names import CKB
from cartkb.prove.answer import CONFLICT, CONTEXT, NO_DATA
from cartkb.prove.base import Overshadowing, Statement
from cartkb.prove.proof import Finding, Place, Proof, several
from cartkb.prove.space import Space
from cartkb.prove.witness import Witness, witness


def shadows(space: Space, place: Place) -> Proof:
    """Prove which statements decide some answer by themselves; the others have to be declared overshadowed."""
    proof, base = Proof(), space.base
    declared = {name: o for o in base.overshadowings.values() for name in o.weaker}
    sided = [s for s in base.statements.values() if s.stance != CONTEXT and not base.questions[s.question].listed]
    for statement in sided:
        conditions = _turned_by(space, statement)
        if statement.name in declared and space.some(*conditions):
            proof.findings.append(_decides_after_all(space, place, statement, declared[statement.name], conditions))
        elif statement.name not in declared and not space.some(*conditions):
            proof.findings.append(_undeclared(space, place, statement))
    for overshadowing in base.overshadowings.values():
        proof.findings += _unfounded(space, place, overshadowing)
    if not proof.findings:
        proof.said.append(
            f"Decisive: of {several(len(sided), 'statement')} that take a side on a question with one headline,"
            f" {len(sided) - len(declared)} decide some patient's answer alone. The other {len(declared)} are declared"
            " as overshadowed: wherever one of them applies and one class is the answer, a statement that is named"
            " there speaks at least as strongly."
        )
    return proof


def _turned_by(space: Space, statement: Statement) -> list[z3.BoolRef]:
    """Return when taking the statement away would change the class of an open answer."""
    question, answers = space.base.questions[statement.question], space.answers
    statements = space.base.of_question(question.name)
    full = answers.classes_among(question, statements)
    less = answers.classes_among(question, [s for s in statements if s is not statement])
    changed = z3.Or([is_class != less.get(name, z3.BoolVal(False)) for name, is_class in full.items()])
    return [answers.open[question.name], answers.applies[statement.name], changed]


def _undeclared(space: Space, place: Place, statement: Statement) -> Finding:
    what = f"{statement.name} never decides an answer: wherever it applies, others make the headline"
    why = "whoever reads or edits it should know that no answer turns on it"
    fix = "correct its ckb:population or ckb:directs, or declare it in a ckb:Overshadowing in guideline/overshadowings/"
    conditions = [space.answers.open[statement.question], space.answers.applies[statement.name]]
    shown = witness(space, f"overshadowed-{statement.name}", what, conditions) if space.some(*conditions) else None
    return Finding("overshadowed", place(statement.iri, what, why, fix), shown)


def _decides_after_all(space, place: Place, statement: Statement, declared: Overshadowing, conditions) -> Finding:
    what = f"{declared.name} says that {statement.name} never decides an answer, but it does"
    problem = place(declared.iri, what, "the remark misleads", "take it out of ckb:overshadows", CKB + "overshadows")
    return Finding("overshadowed", problem, witness(space, f"decides-{statement.name}", what, conditions))


def _unfounded(space: Space, place: Place, declared: Overshadowing) -> list[Finding]:
    """Find who gets one class as an answer, a declared statement applies to, and none of those named as stronger."""
    findings, base, answers = [], space.base, space.answers
    stronger = [base.statements[name] for name in declared.stronger]
    for statement in (base.statements[name] for name in declared.weaker):
        speak = [s for s in stronger if s.stance != statement.stance or s.rank <= statement.rank]
        classes = answers.is_class[statement.question]
        settled = z3.Not(z3.Or(classes[NO_DATA], classes[CONFLICT]))
        alone = [
            answers.open[statement.question],
            settled,
            answers.applies[statement.name],
            z3.Not(z3.Or([answers.applies[s.name] for s in speak])),
        ]
        if space.some(*alone):
            what = (
                f"{declared.name} names nobody who speaks for or against where {statement.name} applies to this patient"
            )
            fix = "name in ckb:overshadowedBy what makes the headline then"
            problem = place(declared.iri, what, "the remark is not true of everybody", fix, CKB + "overshadowedBy")
            findings.append(Finding("overshadowed", problem, _shown(space, statement, what, alone)))
    return findings


def _shown(space: Space, statement: Statement, what: str, conditions: list[z3.BoolRef]) -> Witness:
    return witness(space, f"alone-{statement.name}", what, conditions)
