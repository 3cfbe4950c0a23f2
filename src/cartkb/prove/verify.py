"""Proving everything there is to prove about a knowledge base, one subject after the other."""

from collections.abc import Callable, Iterable

from cartkb.knowledge import Knowledge, case_patients
from cartkb.problems import CartkbError
from cartkb.prove.base import Base
from cartkb.prove.boundaries import boundaries
from cartkb.prove.completeness import completeness
from cartkb.prove.conflicts import conflicts
from cartkb.prove.proof import Proof, several
from cartkb.prove.reach import reach
from cartkb.prove.read import read_base
from cartkb.prove.shadows import shadows
from cartkb.prove.sound import unsound
from cartkb.prove.space import Space
from cartkb.prove.unknowns import unknowns

SUBJECTS = {
    "reach": lambda space, place, knowledge: reach(space, place),
    "completeness": lambda space, place, knowledge: completeness(space, place),
    "conflicts": lambda space, place, knowledge: conflicts(space, place),
    "shadows": lambda space, place, knowledge: shadows(space, place),
    "boundaries": lambda space, place, knowledge: boundaries(space, place, case_patients(knowledge).triples()),
    "unknowns": lambda space, place, knowledge: unknowns(space.base, place),
}
QUICK = ("completeness", "conflicts")  # what a new statement breaks most easily, in a second or two


def verify(
    knowledge: Knowledge,
    progress: Callable[[str], None] = lambda step: None,
    subjects: Iterable[str] = tuple(SUBJECTS),
) -> Proof:
    """Prove the decision space of a knowledge base, or some subjects of it; ``progress`` is told of each step.

    Raises CartkbError where files cannot be read, where something used is not described, or where z3 finds
    neither a patient nor a proof.
    """
    base = read_base(knowledge.operative)
    if problems := unsound(base, knowledge.loaded.problem):
        raise CartkbError(problems)
    progress("building the space of patients")
    space = Space(base)
    proof = Proof([_extent(base)])
    for subject in subjects:
        progress(f"proving {subject}")
        proof.add(SUBJECTS[subject](space, knowledge.loaded.problem, knowledge))
    return proof


def _extent(base: Base) -> str:
    leaves = base.leaves()
    return (
        f"Covered: every valid patient, by {several(len(base.criteria), 'criterion', 'criteria')} ({len(leaves)} on"
        f" facts and {len(base.criteria) - len(leaves)} put together from others) over"
        f" {several(len(base.used_features), 'feature')}, with {several(len(base.statements), 'statement')} on"
        f" {several(len(base.questions), 'question')}. Left out are records that contradict each other: two of one day,"
        " or of what never changes, and one that denies later what days are counted from."
    )


def as_data(proof: Proof) -> dict:
    """Return what came out as plain data, ready for JSON."""
    return {
        "proved": proof.said,
        "apart": [{"statements": [one, other], "tensions": tensions} for one, other, tensions in proof.pairs],
        "problems": [
            {
                "kind": finding.kind,
                "file": finding.problem.file,
                "line": finding.problem.line,
                "what": finding.problem.what,
                "why": finding.problem.why,
                "fix": finding.problem.fix,
                "witness": {
                    "name": finding.witness.name,
                    "turtle": finding.witness.turtle,
                    "answers": finding.witness.classes,
                }
                if finding.witness
                else None,
            }
            for finding in proof.findings
        ],
    }
