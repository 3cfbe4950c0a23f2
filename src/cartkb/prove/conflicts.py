"""Conflicts: no two statements direct one patient apart unless a tension between them is declared and met."""

from itertools import combinations

import z3

from cartkb.names import CKB
from cartkb.prove.answer import CONTEXT
from cartkb.prove.base import Statement, Tension
from cartkb.prove.proof import Finding, Place, Proof, several
from cartkb.prove.space import Space
from cartkb.prove.witness import witness


def conflicts(space: Space, place: Place) -> Proof:
    """Prove that whoever is directed apart meets a declared tension, and that every tension can be met."""
    proof, pairs = Proof(), directed_apart(space)
    for one, other in pairs:
        both = [space.answers.open[one.question], space.answers.applies[one.name], space.answers.applies[other.name]]
        if not space.some(*both):
            continue
        covering = [t.name for t in space.base.tensions.values() if {one.name, other.name} <= set(t.between)]
        proof.pairs.append((one.name, other.name, covering))
        unmet = z3.And(*both, *(z3.Not(space.answers.met[name]) for name in covering))
        if space.some(unmet):
            proof.findings.append(_undeclared(space, place, one, other, covering, unmet))
    if not proof.findings:
        proof.said.append(
            f"Declared: {len(proof.pairs)} of {several(len(pairs), 'pair')} of statements on different sides can apply"
            " to one patient, and whoever is directed apart meets one of"
            f" {several(len(space.base.tensions), 'tension')}."
        )
    proof.add(_tensions(space, place))
    return proof


def directed_apart(space: Space) -> list[tuple[Statement, Statement]]:
    """Return the pairs of statements that answer one question on different sides."""
    sided = [s for s in space.base.statements.values() if s.stance != CONTEXT]
    return [p for p in combinations(sided, 2) if p[0].question == p[1].question and p[0].stance != p[1].stance]


def _undeclared(space: Space, place: Place, one: Statement, other: Statement, covering: list[str], unmet) -> Finding:
    between = f"{', '.join(covering)} names both and is not met" if covering else "no tension lies between them"
    problem = place(
        one.iri,
        f"{one.name} ({one.stance}) and {other.name} ({other.stance}) can direct one patient apart, and {between}",
        "a reader would see two sides and not what the review leaves open between them",
        "add a ckb:Tension in guideline/tensions/, name both in one that says it, or narrow a ckb:population",
    )
    story = f"Directed apart by {one.name} and {other.name}"
    return Finding("tension", problem, witness(space, f"apart-{one.name}-{other.name}", story, [unmet]))


def _tensions(space: Space, place: Place) -> Proof:
    proof = Proof()
    for tension in space.base.tensions.values():
        met, members = space.answers.met[tension.name], [space.base.statements[s] for s in tension.between]
        meets = [met, z3.Or([space.answers.open[s.question] for s in members])]
        if bool(space.some(*meets)) == bool(tension.ruled_out_by):
            proof.findings.append(_met_or_not(space, place, tension, meets))
        if not space.some(*meets):
            continue
        for member in members:
            if not _takes_part(space, tension, member):
                why = "the statement is named among those in tension, and is not"
                what = f"{member.name} never takes part in the tension {tension.name}"
                fix = "take it out of ckb:between, or correct its population"
                problem = place(tension.iri, what, why, fix, CKB + "between")
                proof.findings.append(Finding("tension-idle", problem, None))
        for hinge in tension.hinges:
            if not space.some(space.answers.clash(members), z3.Not(space.answers.applies[hinge])):
                what = f"the tension {tension.name} hinges on {hinge}, without which it cannot arise anyhow"
                problem = place(tension.iri, what, "the hinge changes nothing", "take out ckb:hingesOn")
                proof.findings.append(Finding("tension-hinge", problem, None))
    if not proof.findings:
        tensions = list(space.base.tensions.values())
        hinged, apart = sum(bool(t.hinges) for t in tensions), sum(bool(t.ruled_out_by) for t in tensions)
        proof.said.append(
            f"Met: of {several(len(tensions), 'tension')}, {len(tensions) - apart} can be met and each of their"
            f" statements can take part, {hinged} with a hinge would be met by more patients without it, and {apart}"
            " ruled out by a decision cannot."
        )
    return proof


def _met_or_not(space: Space, place: Place, tension: Tension, meets: list[z3.BoolRef]) -> Finding:
    if tension.ruled_out_by:
        what = f"a patient can meet the tension {tension.name}, which {tension.ruled_out_by} is said to prevent"
        problem = place(tension.iri, what, "the remark misleads", "take out ckb:ruledOutBy", CKB + "ruledOutBy")
        return Finding("tension-met", problem, witness(space, f"meets-{tension.name}", what, meets))
    why = "a tension that no patient can meet says something that the populations contradict"
    fix = "correct ckb:between, ckb:hingesOn or the populations, or name what prevents it with ckb:ruledOutBy"
    problem = place(tension.iri, f"no patient can meet the tension {tension.name}", why, fix)
    return Finding("tension-never-met", problem, None)


def _takes_part(space: Space, tension: Tension, member: Statement) -> bool:
    """Say whether a patient meets the tension by this statement and one other that clashes with it."""
    others = [space.base.statements[s] for s in tension.between if s != member.name]
    one_stance = len({s.stance for s in (member, *others)}) == 1
    partners = [space.answers.applies[s.name] for s in others if one_stance or s.stance != member.stance]
    return bool(space.some(space.answers.met[tension.name], space.answers.applies[member.name], z3.Or(partners)))
