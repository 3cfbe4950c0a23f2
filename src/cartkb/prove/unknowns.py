"""Unknowns: what is certain stays certain, whatever the unknown turns out to be."""

import z3

from cartkb.names import CKB
from cartkb.prove.answer import CONFLICT, CONTEXT, LISTED, NO_DATA, OUT, SILENT
from cartkb.prove.base import Base, Question
from cartkb.prove.patient import Patient
from cartkb.prove.proof import Finding, Place, Proof, several
from cartkb.prove.space import Space
from cartkb.prove.witness import witness


def unknowns(base: Base, place: Place) -> Proof:
    """Prove that no class that is certain changes once unknown criteria, and unknown records, are decided."""
    now = Space(base, "now ")
    later = Space(base, "later ", join=now)
    for leaf in base.leaves():
        now.solver.add(z3.Implies(now.true[leaf.name], later.true[leaf.name]))
        now.solver.add(z3.Implies(now.false[leaf.name], later.false[leaf.name]))
    proof, closing = Proof(), 0
    for question in base.questions.values():
        then = later.answers.is_class[question.name]
        closes = z3.And(then[OUT], z3.Or([now.unknown(criterion) for criterion in question.closed_by]))
        for name, certain in now.answers.is_class[question.name].items():
            stays = _expected(now, later, question) if name == NO_DATA else then[name]
            changed = [certain, z3.Not(stays), z3.Not(closes)]
            if name == NO_DATA:
                changed.append(now.answers.open[question.name])
            if now.some(*changed):
                proof.findings.append(_changes(now, place, question, name, changed))
            closing += name not in (NO_DATA, OUT) and bool(now.some(certain, closes))
    if not proof.findings:
        classes = sum(len(of) - 1 for of in now.answers.is_class.values())
        proof.said += [
            f"Certain: while criteria are unknown, none of {classes} classes of"
            f" {several(len(base.questions), 'question')} that is the answer changes however they are decided; where"
            " data are insufficient, what follows is among the classes told as possible.",
            f"Certain, but for one thing: {closing} of these classes become {OUT} if it turns out that what closes the"
            " question has happened already, which is not asked for first.",
        ]
    proof.add(_records(base, place))
    return proof


def _expected(now: Space, later: Space, question: Question) -> z3.BoolRef:
    """Return when the later class is one of those that an open answer with unknowns holds possible.

    These are what holds already, the class that each undetermined statement would give on the same side, and a
    conflict where sides differ; for a list, that something or nothing applies. Data may still be insufficient.
    """
    then, statements = later.answers.is_class[question.name], now.base.of_question(question.name)
    if question.listed:
        return z3.Or([then[name] for name in (LISTED, SILENT, NO_DATA)])
    sided = [s for s in statements if s.stance != CONTEXT]
    applies, pending = now.answers.applies, {s.name: now.answers.pending(s) for s in sided}
    taken = {x: z3.Or([applies[s.name] for s in sided if s.stance == x]) for x in sorted({s.stance for s in sided})}
    possible = [then[NO_DATA], z3.And(then[SILENT], z3.Not(z3.Or(list(taken.values()))))]
    for s in sided:
        better = [applies[o.name] for o in sided if o.rank < s.rank]
        other_side = [taken[stance] for stance in taken if stance != s.stance]
        gives = z3.Or(applies[s.name], z3.And(pending[s.name], z3.Not(z3.Or(other_side))))
        possible.append(z3.And(then[s.directive], gives, z3.Not(z3.Or(better))))
        possible.append(z3.And(then[CONFLICT], pending[s.name], z3.Or(other_side)))
    two_sides = [z3.And(pending[s.name], pending[o.name]) for s in sided for o in sided if s.stance < o.stance]
    return z3.Or(*possible, z3.And(then[CONFLICT], z3.Or(two_sides)))


def _changes(space: Space, place: Place, question: Question, name: str, conditions) -> Finding:
    what = f"the answer {name} to {question.name} is given while something is unknown that can change it"
    why, fix = (
        "a certain answer would turn out wrong",
        "look at the criteria of the witness that are neither true nor false",
    )
    found = witness(space, f"changes-{question.name}-{name}", what, conditions)
    return Finding("unknowns", place(CKB + question.name, what, why, fix), found)


def _records(base: Base, place: Place) -> Proof:
    """Prove the same of records: an unknown record that is replaced by what was found turns no criterion around."""
    now = Space(base, "now ", deep=True)
    later = Space(base, "later ", deep=True, join=now)
    now.solver.add(*_filled_in(now.patient, later.patient))
    proof = Proof()
    for leaf in base.leaves():
        turned = z3.Or(
            z3.And(now.true[leaf.name], z3.Not(later.true[leaf.name])),
            z3.And(now.false[leaf.name], z3.Not(later.false[leaf.name])),
        )
        if now.some(turned):
            what = f"{leaf.name} is decided while a record is unknown that can turn it around"
            why, fix = "a certain answer would turn out wrong", "look at the unknown records of the witness"
            found = witness(now, f"turns-{leaf.name}", what, [turned])
            proof.findings.append(Finding("unknowns", place(leaf.iri, what, why, fix), found))
    if not proof.findings:
        proof.said.append(
            "Certain of records as well: an unknown record can be replaced by anything that was found without changing"
            f" one of {several(len(base.leaves()), 'criterion', 'criteria')} on facts that is decided."
        )
    return proof


def _filled_in(now: Patient, later: Patient) -> list[z3.BoolRef]:
    """Return that the later patient has the same records, some of them no longer unknown.

    An event that a later record states not to have happened is not found to have happened before.
    """
    rules = [z3.Implies(now.happened, now.elapsed == later.elapsed)]
    for number, (one, other) in enumerate(zip(now.records, later.records, strict=True)):
        same = [one.known == other.known, one.absent == other.absent]
        same += [sign == other.codes[code] for code, sign in one.codes.items()]
        if one.value is not None:
            same.append(one.value == other.value)
        if one.stated is not None:
            same.append(one.stated == other.stated)
            rules.append(one.sensitivity == other.sensitivity)
        for name in ("day", "same_assay"):
            if getattr(one, name) is not None:
                rules.append(getattr(one, name) == getattr(other, name))
        rules += [one.present == other.present, z3.Implies(z3.Or(one.known, one.absent), z3.And(same))]
        if one.feature.kind == "event-kind":
            not_yet = z3.Or([r.absent for r in now.records[number + 1 :] if r.feature == one.feature])
            rules.append(z3.Implies(not_yet, one.known == other.known))
    return rules
