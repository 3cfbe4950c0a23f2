"""The criteria that bound a region in words: limits as one interval, the rest sorted by what holds of them."""

from collections.abc import Sequence

from cartkb.difference.literals import FALSE, NOT_FALSE, NOT_TRUE, TRUE, UNKNOWN, Literal
from cartkb.difference.shared import OLD, SharedSpace, unmarked
from cartkb.difference.versions import Version
from cartkb.names import CKB, CKBG, ckb

_CONTRARY = {"greater-than": "at-most", "at-most": "greater-than", "at-least": "less-than", "less-than": "at-least"}
_LIMITED = ("Quantity", "Elapsed")
_LOWER = ("greater-than", "at-least")
_SAID = {
    TRUE: "yes",
    FALSE: "no",
    UNKNOWN: "unknown",
    NOT_TRUE: "no or unknown",
    NOT_FALSE: "yes or unknown",
}
_ELAPSED = ckb("daysSinceInfusion").value


class Words:
    """Says in words what the labels of two versions have for it."""

    def __init__(self, old: Version, new: Version, space: SharedSpace):
        self.old, self.new, self.space = old, new, space

    def criteria(self, literals: Sequence[Literal]) -> list[str]:
        """Return one phrase for each limited value, then one for each sort of certainty, such as ``yes: Adult``."""
        within = {literal for some in self._limited(literals).values() for literal in some}
        phrases = self.limits(literals)
        for truth, word in _SAID.items():
            names = [self.criterion(one.criterion) for one in literals if one.truth == truth and one not in within]
            phrases += [f"{word}: {'; '.join(names)}"] if names else []
        return phrases

    def limits(self, literals: Sequence[Literal]) -> list[str]:
        """Return one phrase for each value whose limits the two versions draw apart."""
        return [self._interval(some) for some in self._limited(literals).values()]

    def _limited(self, literals: Sequence[Literal]) -> dict[tuple[str, str], list[Literal]]:
        limited: dict[tuple[str, str], list[Literal]] = {}
        for literal in literals:
            criterion = self.space.base.criteria[literal.criterion]
            if criterion.kind in _LIMITED and literal.truth in (TRUE, FALSE) and unmarked(literal.criterion)[0]:
                limited.setdefault((criterion.feature, criterion.window), []).append(literal)
        return limited

    def criterion(self, name: str) -> str:
        """Return a criterion by its label, with the version that means it so where the two differ."""
        side, plain = unmarked(name)
        version = self.old if side == OLD else self.new
        return version.label(CKBG + plain) + {"": "", OLD: " (as before)"}.get(side, " (as now)")

    def _interval(self, literals: list[Literal]) -> str:
        """Return in words between which limits a value lies; of several limits on one end the narrowest."""
        first = self.space.base.criteria[literals[0].criterion]
        ends = {}
        for literal in literals:
            criterion = self.space.base.criteria[literal.criterion]
            compared = criterion.comparator if literal.truth == TRUE else _CONTRARY[criterion.comparator]
            is_lower = compared in _LOWER
            narrow = (criterion.limit if is_lower else -criterion.limit, compared in ("greater-than", "less-than"))
            if is_lower not in ends or ends[is_lower][0] < narrow:
                ends[is_lower] = narrow, compared, literal.criterion
        told = [
            (self._term(compared), *self._limit(name)) for _, (_, compared, name) in sorted(ends.items(), reverse=True)
        ]
        units = {unit for _, _, unit in told}
        common = f" {units.pop()}" if len(units) == 1 else ""
        said = " and ".join(f"{word} {value}{'' if common else f' {unit}'}" for word, value, unit in told) + common
        subject = self.new.label(CKB + first.feature if first.feature else _ELAPSED)
        window = f", {self._term(first.window)}" if first.window else ""
        return f"{subject} {said}{window}"

    def _term(self, name: str) -> str:
        label = self.new.label(CKB + name)
        return label[:1].lower() + label[1:]

    def _limit(self, name: str) -> tuple[str, str]:
        """Return the threshold of a criterion and its unit as their author wrote them."""
        side, plain = unmarked(name)
        about = (self.old if side == OLD else self.new).knowledge.loaded.about(CKBG + plain)
        said = {t.predicate: t.object.value for t in about}
        return said[ckb("threshold")], said.get(ckb("unit"), "")
