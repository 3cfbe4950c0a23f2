"""What an unsettled answer turns on: which classes are really possible, which facts would settle it, what would
move it.

Every question is answered by running the rules over variants of the patient; nothing is concluded here.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from itertools import combinations, product

import pyoxigraph as ox

from cartkb.knowledge import Knowledge
from cartkb.loaded import Loaded
from cartkb.reasoning.reason import Reasoner
from cartkb.reasoning.supplements import Supplement
from cartkb.reasoning.variants import State, Variants

NODES = (
    400  # variants looked at for one patient before a search says that it did not look at all of them: a few seconds
)
AT_ONCE = 25  # of the ways that are open, whose next fact is filled in together
LARGEST = 3  # facts in one settling set; beyond that a clinician is told how many are missing
UNSETTLED = "InsufficientData"


@dataclass(frozen=True)
class Outcome:
    """One way in which some facts could come out, and the class that the answer then has."""

    supplements: tuple[Supplement, ...]
    answer: str


@dataclass
class Settled:
    """What is known about an unsettled answer.

    ``possible`` are the classes that some completion reaches; ``complete`` says that no other can be reached.
    ``settling`` are the smallest sets of features that decide the answer however they turn out, each with its
    outcomes; ``sufficient`` the smallest that may decide it. ``idle`` are unknown features that cannot matter.
    """

    possible: list[str] = field(default_factory=list)
    complete: bool = True
    settling: list[list[Outcome]] = field(default_factory=list)
    sufficient: list[list[Outcome]] = field(default_factory=list)
    needed: list[ox.NamedNode] = field(default_factory=list)
    all_sets: bool = True  # whether every set of up to three facts was looked at


class Settler(Variants):
    """Looks among the variants of one patient for what settles an answer, and for what would move it."""

    def __init__(
        self, knowledge: Knowledge, reasoner: Reasoner, loaded: Loaded, patient: ox.NamedNode, as_of: date | None = None
    ):
        super().__init__(knowledge, reasoner, loaded, patient, as_of)
        self._left_open: dict[str, list[frozenset[ox.NamedNode]]] = defaultdict(list)

    def settle(self, question: str) -> Settled:
        """Say what would settle the answer to one question, by its local name."""
        settled = Settled()
        self.find_options(sorted(self.base.open[question], key=str))
        features = sorted((f for f in self.base.open[question] if self.options(f)), key=str)
        settled.possible, settled.complete = self._reachable(question)
        if len(settled.possible) == 1 and settled.complete:
            return settled
        of_one = self._outcomes(question, features)
        settled.settling = [outcomes for outcomes in of_one if _decided(outcomes)]
        settled.sufficient = [
            [o for o in outcomes if o.answer != UNSETTLED]
            for outcomes in of_one
            if not _decided(outcomes) and any(o.answer != UNSETTLED for o in outcomes)
        ]
        for size in range(2, LARGEST + 1):
            if not settled.settling and self.looked_at <= NODES:
                settled.settling = self._deciding(question, combinations(features, size))
        settled.settling.sort(key=lambda outcomes: (len({o.answer for o in outcomes}), len(outcomes), str(outcomes)))
        if not settled.settling:
            settled.needed = features
            settled.all_sets = self.looked_at <= NODES
        return settled

    def _outcomes(self, question: str, features: Sequence[ox.NamedNode]) -> list[list[Outcome]]:
        """Return for each feature what the answer is for each of its options."""
        ways = [(option,) for feature in features for option in self.options(feature)]
        outcomes = self._of_ways(question, ways)
        return [[o for o in outcomes if o.supplements[0].feature == feature] for feature in features]

    def _of_ways(self, question: str, ways: Sequence[tuple[Supplement, ...]]) -> list[Outcome]:
        states = self.states([(way, frozenset()) for way in ways]) if ways else []
        return [Outcome(way, state.classes[question]) for way, state in zip(ways, states, strict=True)]

    def _deciding(self, question: str, candidates: Iterable[tuple[ox.NamedNode, ...]]) -> list[list[Outcome]]:
        """Return the outcomes of each set of features that decides the answer however they turn out.

        One open outcome rules a set out. Where more is known and the answer is open, it was open with less: so a
        part of
        what once left it open is out unseen. Of all sets that are left a few outcomes are looked at together, then
        twice as many: few runs of the rules serve them all.
        """
        seen = self._left_open[question]
        hopeful = [features for features in candidates if not any(known.issuperset(features) for known in seen)]
        left = {features: list(product(*map(self.options, features))) for features in hopeful}
        found: dict[tuple, list[Outcome]] = {features: [] for features in left}
        count = 1
        while any(left.values()) and self.looked_at <= NODES:
            chosen = [(features, way) for features, ways in left.items() for way in ways[:count]]
            outcomes = self._of_ways(question, [way for _, way in chosen])
            for (features, _), outcome in zip(chosen, outcomes, strict=True):
                found[features].append(outcome)
            left = {features: ways[count:] for features, ways in left.items() if _decided(found[features])}
            count *= 2
        return [found[features] for features, ways in left.items() if not ways]

    def _reachable(self, question: str) -> tuple[list[str], bool]:
        """Return the classes that some completion reaches, and whether every completion was looked at.

        Facts are filled in one after the other, and a branch ends where the answer is decided, since what is decided
        stays decided, or where no class is possible that was not reached: so the search goes deep before it goes wide.
        """
        reached: set[str] = set()
        waiting: list[tuple[tuple[Supplement, ...], State]] = [((), self.base)]
        complete = True
        while waiting:
            if self.looked_at > NODES:
                return sorted(reached), False
            taken, waiting = waiting[-AT_ONCE:], waiting[:-AT_ONCE]
            reached |= {state.classes[question] for _, state in taken} - {UNSETTLED}
            still_open = [(way, state) for way, state in taken if state.classes[question] == UNSETTLED]
            self.find_options(sorted({feature for _, state in still_open for feature in state.open[question]}, key=str))
            children = []
            for way, state in still_open:
                known = frozenset(supplement.feature for supplement in way)
                self._left_open[question].append(known)
                if not state.possible[question] or not state.possible[question] <= reached:
                    left = [feature for feature in state.open[question] - known if self.options(feature)]
                    complete = complete and bool(left)
                    first = min(left, key=lambda f: (len(self.options(f)), str(f)), default=None)
                    children += [(*way, option) for option in self.options(first)] if first else []
            if children:
                waiting += zip(children, self.states([(way, frozenset()) for way in children]), strict=True)
        return sorted(reached), complete

    def nearest(self, question: str) -> list[Outcome]:
        """Return the smallest changes, of one fact or else of two, that move a decided answer to another class.

        A change takes the known records of one feature away and puts others in their place.
        """
        changes = self._changes()
        for size in (1, 2):
            ways = [way for way in combinations(changes, size) if len({s.feature for s, _ in way}) == size][:NODES]
            states = self.states([([s for s, _ in way], frozenset().union(*(gone for _, gone in way))) for way in ways])
            moved = [
                Outcome(tuple(s for s, _ in way), state.classes[question])
                for way, state in zip(ways, states, strict=True)
                if state.classes.get(question) not in (self.base.classes[question], UNSETTLED, None)
            ]
            if moved:
                return moved
        return []

    def _changes(self) -> list[tuple[Supplement, frozenset]]:
        """Return every single change: other records of a feature in place of those that are there."""
        known = defaultdict(set)
        for fact in self.dossier.facts:
            if self.dossier.state(fact) != "unknown":
                known[self.dossier.feature(fact)].add(fact)
        tried = [
            (Supplement(feature, records), frozenset(known[feature]))
            for feature in self.possibilities.leaves
            if known[feature]
            for records in self.possibilities.records(self.dossier, feature)
        ]
        tried, states = self.valid(tried, [((supplement,), gone) for supplement, gone in tried])
        distinct: dict[tuple, tuple[Supplement, frozenset]] = {}
        for (supplement, gone), state in zip(tried, states, strict=True):
            leaves = {row["criterion"].value for row in self.possibilities.leaves[supplement.feature]}
            changed = state.truths.items() - self.base.truths.items()
            truths = tuple(sorted((name, truth) for name, truth in changed if name in leaves))
            if truths:
                told = (supplement.feature, truths)
                distinct.setdefault(told, (Supplement(supplement.feature, supplement.records, truths), gone))
        return list(distinct.values())


def _decided(outcomes: Iterable[Outcome]) -> bool:
    return all(outcome.answer != UNSETTLED for outcome in outcomes)
