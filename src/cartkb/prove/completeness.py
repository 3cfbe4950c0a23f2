"""Completeness: whoever is in scope and known gets an answer, or a listed silence says what is left open."""

import z3

from cartkb.names import CKB
from cartkb.prove.answer import CONTEXT, SILENT
from cartkb.prove.proof import Finding, Place, Proof, several
from cartkb.prove.space import Space
from cartkb.prove.witness import witness


def completeness(space: Space, place: Place) -> Proof:
    """Prove that every open question is answered or listed as open; every group left out is a finding."""
    proof = Proof()
    for question in space.base.questions:
        for number, group in enumerate(space.groups(unanswered(space, question), space.answers.open[question]), 1):
            name = f"no-silence-{question}-{number}"
            told = space.told(group)
            problem = place(
                CKB + question,
                f"the question {question} is left without answer or silence for patients with {told}",
                "a patient would be told that nothing applies, and not what the review leaves open",
                f"add the missing statement, or a ckb:Silence on ckb:{question} with this population",
            )
            story = f"Nobody says anything on {question}: {told}"
            shown = witness(space, name, story, [unanswered(space, question), *group])
            proof.findings.append(Finding("silence", problem, shown))
    if not proof.findings:
        base = space.base
        proof.said += [
            f"Complete: each of {several(len(base.questions), 'question')} that is open to a patient of whom all is"
            f" known has a statement that directs, or one of {several(len(base.silences), 'listed silence')} says what"
            " is left open.",
            "Complete, whatever is unknown: where the answer is that the guideline is silent, a listed silence is"
            f" named. {sum(_alone(space, name) for name in base.silences)} of them can be all that an answer says; the"
            " others stand beside statements.",
        ]
    return proof


def _alone(space: Space, name: str) -> bool:
    """Say whether a silence can be all there is to say: it holds and no statement directs."""
    silence = space.base.silences[name]
    directs = [space.answers.applies[s.name] for s in space.base.of_question(silence.question) if s.stance != CONTEXT]
    is_open = space.answers.open[silence.question]
    return bool(space.some(is_open, space.true[silence.population], z3.Not(z3.Or(directs))))


def unanswered(space: Space, question: str) -> z3.BoolRef:
    """Return when an open question gets neither a directing statement nor a listed silence.

    Either all that its statements and silences ask for is decided and none of them directs or holds, or
    the class of the answer already is that the guideline is silent.
    """
    answers, statements = space.answers, space.base.of_question(question)
    silences = [s.population for s in space.base.silences.values() if s.question == question]
    decided = [z3.Not(answers.pending(s)) for s in statements] + [z3.Not(space.unknown(name)) for name in silences]
    directs = [answers.applies[s.name] for s in statements if s.stance != CONTEXT]
    listed = z3.Or([space.true[name] for name in silences])
    nothing = z3.And(*decided, z3.Not(z3.Or(directs)))
    return z3.And(answers.open[question], z3.Not(listed), z3.Or(nothing, answers.is_class[question][SILENT]))
