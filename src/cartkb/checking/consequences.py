"""One mistake, one complaint: which complaints only follow from an earlier one.

A misspelt property is also a missing value, an answer that differs and a case that fails. What follows goes away by
itself when the mistake is mended; so it is counted, and shown only on demand. Two mistakes of one item are both told
wherever they do not bear on the same property.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field

from cartkb.problems import Bearing, Problem


def _meet(some: frozenset[str] | None, others: frozenset[str] | None) -> bool:
    """Say whether two sets have something in common; None is everything, and has something in common with all but
    nothing.
    """
    if some is None or others is None:
        return some != frozenset() and others != frozenset()
    return not some.isdisjoint(others)


def follows(later: Bearing, earlier: Bearing) -> bool:
    """Say whether a complaint may only be there because of an earlier one."""
    concerned = earlier.about | earlier.touches
    return (_meet(later.about, concerned) or _meet(later.names, concerned)) and _meet(later.reads, earlier.doubts)


@dataclass
class Complaints:
    """What is told, and what follows from it and is not."""

    told: list[Problem] = field(default_factory=list)
    following: list[Problem] = field(default_factory=list)

    def add(self, problems: Iterable[Problem]) -> None:
        """Add what one step found; none of it follows from the rest of the same step."""
        before = [problem.bearing for problem in (*self.told, *self.following)]
        for problem in dict.fromkeys(problems):
            consequence = any(follows(problem.bearing, earlier) for earlier in before)
            (self.following if consequence else self.told).append(problem)

    def unsettle(self, reads: frozenset[str], files: set[str]) -> bool:
        """Say whether something that was found leaves in doubt what some files say of some properties and classes."""
        found = (*self.told, *self.following)
        return any(problem.file in files and _meet(reads, problem.bearing.doubts) for problem in found)
