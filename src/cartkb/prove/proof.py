"""What came out of proving: sentences that hold for every patient, and findings with the patient that shows them."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path

from cartkb.problems import Problem, shown
from cartkb.prove.witness import Witness

Place = Callable[..., Problem]  # IRI, what, why, fix, predicate -> the problem at the line where that is written


@dataclass(frozen=True)
class Finding:
    """One thing that does not hold, of a kind, with a patient that shows it where one can."""

    kind: str
    problem: Problem
    witness: Witness | None

    def located(self, folder: Path | None) -> Problem:
        """Return the problem with the command that shows it, where its witness lies in a folder."""
        if not (self.witness and folder):
            return self.problem
        path = folder / f"{self.witness.name}.ttl"
        return replace(self.problem, fix=f"{self.problem.fix}; to see it: cartkb infer {shown(path)}")


@dataclass
class Proof:
    """Sentences that were proved, what does not hold, and the pairs of statements that can direct one patient apart."""

    said: list[str] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)
    pairs: list[tuple[str, str, list[str]]] = field(default_factory=list)  # statements apart, tensions naming both

    def add(self, other: "Proof") -> None:
        self.said += other.said
        self.findings += other.findings
        self.pairs += other.pairs


def several(count: int, one: str, more: str = "") -> str:
    """Return a number with its noun.

    >>> several(1, "criterion", "criteria"), several(3, "criterion", "criteria"), several(2, "case")
    ('1 criterion', '3 criteria', '2 cases')
    """
    return f"{count} {one if count == 1 else more or one + 's'}"
