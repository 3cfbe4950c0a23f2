"""What an unsettled answer turns on: which classes are really possible, which facts would settle it, what would move it.

Every question is answered by running the rules over variants of the patient; nothing is concluded here.
A variant is the patient with records that are not there yet, or with one that is there changed.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from itertools import combinations, product

import pyoxigraph as ox

from cartkb.knowledge import Knowledge
from cartkb.load import Loaded, ckb, local_name
from cartkb.reason import Reasoner
from cartkb.supplements import Dossier, Possibilities, Supplement, loaded_variants, variant_number
from cartkb.validate import refused_patients

NODES = 4000  # variants looked at for one answer before the search says that it did not look at all of them
LARGEST = 3  # facts in one settling set; beyond that a clinician is told how many are missing
UNSETTLED = "InsufficientData"


@dataclass
class State:
    """What the rules say of one variant: truths of criteria, and class, possible classes and open features by question."""

    truths: dict[str, str] = field(default_factory=dict)
    classes: dict[str, str] = field(default_factory=dict)
    possible: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    open: dict[str, set[ox.NamedNode]] = field(default_factory=lambda: defaultdict(set))


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


class Settler:
    """Runs variants of one patient through the rules; variants that the shapes refuse are none."""

    def __init__(self, knowledge: Knowledge, reasoner: Reasoner, loaded: Loaded, patient: ox.NamedNode, as_of: date | None = None):
        self.knowledge = knowledge
        self.reasoner = reasoner
        self.dossier = Dossier(loaded, patient, as_of)
        self.possibilities = Possibilities(reasoner)
        self.looked_at = 0
        self._options: dict[ox.NamedNode, list[Supplement]] = {}
        self.base = self.states([((), frozenset())])[0]

    def states(self, variants: Sequence[tuple[Iterable[Supplement], frozenset]]) -> list[State]:
        """Return what the rules say of each variant, in the order given."""
        self.looked_at += len(variants)
        loaded = loaded_variants(self.dossier.variant(n, added, without) for n, (added, without) in enumerate(variants))
        states = [State() for _ in variants]
        for inference in self.reasoner.infer(loaded, proofs=False):
            _read(inference.store, states)
        return states

    def options(self, feature: ox.NamedNode) -> list[Supplement]:
        """Return the ways in which a feature could become known, one for each set of criteria that it decides.

        Records that would turn round a criterion that is decided already are left out, and those that say that
        the question is closed: they would be news of later, not knowledge of what is. Where some records decide
        every criterion of the feature, only those are kept.
        """
        if feature not in self._options:
            self._find_options([feature])
        return self._options[feature]

    def _find_options(self, features: Iterable[ox.NamedNode]) -> None:
        """Find the options of several features, all in one run of the rules."""
        wanted = [feature for feature in features if feature not in self._options]
        tried = [
            Supplement(feature, records)
            for feature in wanted
            for records in sorted(self.possibilities.records(self.dossier, feature), key=len)
        ]
        tried, states = self._valid(tried, [((supplement,), frozenset()) for supplement in tried])
        for feature in wanted:
            names = [row["criterion"].value for row in self.possibilities.leaves.get(feature, [])]
            distinct: dict[tuple, Supplement] = {}
            for supplement, state in zip(tried, states, strict=True):
                if supplement.feature != feature or not self._is_knowledge(state):
                    continue
                truths = tuple((name, state.truths[name]) for name in names if name in state.truths)
                if any(name not in self.base.truths for name, _ in truths):
                    distinct.setdefault(truths, Supplement(feature, supplement.records, truths))
            most = max((len(truths) for truths in distinct), default=0)
            self._options[feature] = [s for truths, s in distinct.items() if len(truths) == most]

    def _valid(self, told: list, variants: list[tuple]) -> tuple[list, list[State]]:
        """Return those of some variants that the shapes accept, as they are told, and what the rules say of them."""
        loaded = loaded_variants(self.dossier.variant(n, added, without) for n, (added, without) in enumerate(variants))
        refused = set(map(variant_number, refused_patients(self.knowledge, loaded)))
        kept = [number for number in range(len(variants)) if number not in refused]
        return [told[number] for number in kept], self.states([variants[number] for number in kept])

    def _is_knowledge(self, state: State) -> bool:
        closed = any(state.truths.get(name) == "true" for name in self.possibilities.closing)
        return not closed and all(state.truths.get(name) == truth for name, truth in self.base.truths.items())

    def settle(self, question: str) -> Settled:
        """Say what would settle the answer to one question, by its local name."""
        settled = Settled()
        self._find_options(sorted(self.base.open[question], key=str))
        features = sorted((f for f in self.base.open[question] if self.options(f)), key=str)
        settled.possible, settled.complete = self._reachable(question)
        if len(settled.possible) == 1 and settled.complete:
            return settled
        for size in range(1, LARGEST + 1):
            for chosen in combinations(features, size):
                if self.looked_at > NODES or any({o.supplements[0].feature for o in g} <= set(chosen) for g in settled.settling if size > 1):
                    continue
                outcomes = self._outcomes(question, chosen)
                if all(o.answer != UNSETTLED for o in outcomes):
                    settled.settling.append(outcomes)
                elif size == 1 and any(o.answer != UNSETTLED for o in outcomes):
                    settled.sufficient.append([o for o in outcomes if o.answer != UNSETTLED])
            if settled.settling:
                break
        settled.settling.sort(key=lambda outcomes: (len({o.answer for o in outcomes}), len(outcomes), str(outcomes)))
        if not settled.settling:
            settled.needed = features
        return settled

    def _outcomes(self, question: str, features: Iterable[ox.NamedNode]) -> list[Outcome]:
        ways = list(product(*(self.options(feature) for feature in features)))
        states = self.states([(way, frozenset()) for way in ways])
        return [Outcome(way, state.classes[question]) for way, state in zip(ways, states, strict=True)]

    def _reachable(self, question: str) -> tuple[list[str], bool]:
        """Return the classes that some completion reaches, and whether every completion was looked at.

        Facts are filled in one after the other, most open first, and a branch ends where the answer is decided:
        what is decided stays decided, whatever else becomes known.
        """
        reached: set[str] = set()
        frontier: list[tuple[tuple[Supplement, ...], State]] = [((), self.base)]
        complete = True
        while frontier:
            self._find_options(sorted({feature for _, state in frontier for feature in state.open[question]}, key=str))
            children = []
            for way, state in frontier:
                if state.classes[question] != UNSETTLED:
                    reached.add(state.classes[question])
                elif not state.possible[question] or not state.possible[question] <= reached:
                    known = {supplement.feature for supplement in way}
                    left = sorted((f for f in state.open[question] - known if self.options(f)), key=lambda f: (len(self.options(f)), str(f)))
                    if left:
                        children += [(*way, option) for option in self.options(left[0])]
                    else:
                        complete = False
            if self.looked_at + len(children) > NODES:
                return sorted(reached), False
            frontier = list(zip(children, self.states([(way, frozenset()) for way in children]), strict=True)) if children else []
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
        tried, states = self._valid(tried, [((supplement,), gone) for supplement, gone in tried])
        distinct: dict[tuple, tuple[Supplement, frozenset]] = {}
        for (supplement, gone), state in zip(tried, states, strict=True):
            leaves = {row["criterion"].value for row in self.possibilities.leaves[supplement.feature]}
            changed = state.truths.items() - self.base.truths.items()
            truths = tuple(sorted((name, truth) for name, truth in changed if name in leaves))
            if truths:
                told = (supplement.feature, truths)
                distinct.setdefault(told, (Supplement(supplement.feature, supplement.records, truths), gone))
        return list(distinct.values())


def _read(store: ox.Store, states: list[State]) -> None:
    """Sort what the rules concluded to the variants that it is about."""
    told: dict[str, list[tuple]] = defaultdict(list)
    for name in ("meets", "doesNotMeet"):
        for quad in store.quads_for_pattern(None, ckb(name), None):
            number = variant_number(quad.subject)
            states[number].truths[quad.object.value] = "true" if name == "meets" else "false"
    for name in ("answerTo", "answerClass", "possibleClass", "openFeature"):
        for quad in store.quads_for_pattern(None, ckb(name), None):
            told[quad.subject].append((name, quad.object))
    for quad in store.quads_for_pattern(None, ckb("aboutPatient"), None):
        state = states[variant_number(quad.object)]
        by_name: dict[str, list] = defaultdict(list)
        for name, value in told[quad.subject]:
            by_name[name].append(value)
        question = local_name(by_name["answerTo"][0])
        state.classes[question] = local_name(by_name["answerClass"][0])
        state.possible[question] = {local_name(c) for c in by_name["possibleClass"]}
        state.open[question] = set(by_name["openFeature"])
