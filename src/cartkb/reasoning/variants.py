"""Variants of one patient, and what the rules say of them: the patient with records that are not there yet, or
without some.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date

import pyoxigraph as ox

from cartkb.knowledge import Knowledge
from cartkb.loaded import Loaded
from cartkb.names import ckb, local_name
from cartkb.reasoning.reason import Reasoner
from cartkb.reasoning.supplements import Dossier, Possibilities, Supplement, loaded_variants, variant_number
from cartkb.shacl.validate import refused_patients


@dataclass
class State:
    """What the rules say of one variant: truths of criteria, and class, possible classes and open features by
    question.
    """

    truths: dict[str, str] = field(default_factory=dict)
    classes: dict[str, str] = field(default_factory=dict)
    possible: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    open: dict[str, set[ox.NamedNode]] = field(default_factory=lambda: defaultdict(set))


class Variants:
    """Runs variants of one patient through the rules; variants that the shapes refuse are none."""

    def __init__(
        self, knowledge: Knowledge, reasoner: Reasoner, loaded: Loaded, patient: ox.NamedNode, as_of: date | None = None
    ):
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
            self.find_options([feature])
        return self._options[feature]

    def find_options(self, features: Iterable[ox.NamedNode]) -> None:
        """Find the options of several features, all in one run of the rules."""
        wanted = [feature for feature in features if feature not in self._options]
        tried = [
            Supplement(feature, records)
            for feature in wanted
            for records in sorted(self.possibilities.records(self.dossier, feature), key=len)
        ]
        tried, states = self.valid(tried, [((supplement,), frozenset()) for supplement in tried])
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

    def valid(self, told: list, variants: list[tuple]) -> tuple[list, list[State]]:
        """Return those of some variants that the shapes accept, as they are told, and what the rules say of them."""
        loaded = loaded_variants(self.dossier.variant(n, added, without) for n, (added, without) in enumerate(variants))
        refused = set(map(variant_number, refused_patients(self.knowledge, loaded)))
        kept = [number for number in range(len(variants)) if number not in refused]
        return [told[number] for number in kept], self.states([variants[number] for number in kept])

    def _is_knowledge(self, state: State) -> bool:
        closed = any(state.truths.get(name) == "true" for name in self.possibilities.closing)
        return not closed and all(state.truths.get(name) == truth for name, truth in self.base.truths.items())


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
