"""What would have to be otherwise: what settles an answer, why it is not another class, and what is nearest to
moving it.
"""

from datetime import date
from functools import cached_property

import pyoxigraph as ox

from cartkb.knowledge import Knowledge
from cartkb.loaded import Loaded
from cartkb.names import ckb, local_name
from cartkb.reasoning.answers import Explainer
from cartkb.reasoning.proof import criterion_tree
from cartkb.reasoning.settle import Outcome, Settled, Settler
from cartkb.reasoning.supplements import Supplement


class Contrast:
    """Compares one patient with variants of the same patient."""

    def __init__(
        self,
        knowledge: Knowledge,
        explainer: Explainer,
        loaded: Loaded,
        patient: ox.NamedNode,
        as_of: date | None = None,
    ):
        self.explainer = explainer
        self.patient = patient
        self._make = lambda: Settler(knowledge, explainer.reasoner, loaded, patient, as_of)

    @cached_property
    def settler(self) -> Settler:
        """What runs variants of the patient: made when something is asked that needs them, for that takes a while."""
        return self._make()

    def settled(self, question: str) -> dict:
        """Say what would settle an answer for which data are missing, as plain data."""
        found = self.settler.settle(question)
        return {
            "possible": [self.explainer.item(ckb(name)) for name in found.possible],
            "perhaps": [self.explainer.item(ckb(name)) for name in self._perhaps(question, found)],
            "complete": found.complete,
            "settling": [[self._outcome(outcome) for outcome in outcomes] for outcomes in found.settling],
            "maySettle": [[self._outcome(outcome) for outcome in outcomes] for outcomes in found.sufficient],
            "open": [self.explainer.item(feature) for feature in found.needed],
            "allSets": found.all_sets,
        }

    def _perhaps(self, question: str, found: Settled) -> list[str]:
        """Return the classes that no rule excludes and that no completion was seen to reach."""
        return [] if found.complete else sorted(self.settler.base.possible[question] - {*found.possible})

    def nearest(self, question: str) -> list[dict]:
        """Return the smallest changes of known facts that move a decided answer, as plain data."""
        return [self._outcome(outcome) for outcome in self.settler.nearest(question)]

    def idle(self, question: str) -> list[dict]:
        """Return the features of undecided statements whose knowledge cannot change the class of a decided answer.

        What the rules have decided stays decided whatever else becomes known, so these are all of them.
        """
        return [self.explainer.item(feature) for feature in sorted(self._unknown(question), key=local_name)]

    def _unknown(self, question: str) -> set[ox.NamedNode]:
        found = set()
        for statement in self.explainer.statements(self.patient, question, "undetermined"):
            for criterion in [
                *self.explainer.values(statement, "population"),
                *self.explainer.values(statement, "exceptWhen"),
            ]:
                found |= self._unknown_leaves(criterion)
        return found

    def _unknown_leaves(self, criterion: ox.NamedNode) -> set[ox.NamedNode]:
        if self.explainer.truth(self.patient, criterion) != "unknown":
            return set()
        operands = self.explainer.values(criterion, "operand")
        return (
            set().union(*map(self._unknown_leaves, operands))
            if operands
            else set(self.explainer.values(criterion, "feature"))
        )

    def why_not(self, question: str, wanted: str) -> dict:
        """Say for each statement that would give a class what stands between it and this patient.

        Names also what the answer is instead, and the smallest change of facts that would give the class.
        """
        store = self.explainer.reasoner.store
        statements = sorted(
            (q.subject for q in store.quads_for_pattern(None, ckb("directs"), ckb(wanted))), key=local_name
        )
        taking_sides = ("for", "against", "neutral")
        applying = [
            statement
            for statement in self.explainer.statements(self.patient, question, "applies")
            if local_name(self.explainer.one(self.explainer.one(statement, "directs"), "stance")) in taking_sides
        ]
        return {
            "question": question,
            "instead": [self.explainer.item(statement) for statement in applying if statement not in statements],
            "wanted": self.explainer.item(ckb(wanted)),
            "answer": self.explainer.item(ckb(self.settler.base.classes[question])),
            "statements": [self._obstacles(statement) for statement in statements],
            "nearest": [change for change in self.nearest(question) if change["class"]["id"] == wanted],
        }

    def _obstacles(self, statement: ox.NamedNode) -> dict:
        obstacles = []
        for population in self.explainer.values(statement, "population"):
            obstacles += self._between(criterion_tree(self.explainer, self.patient, population), "true")
        for exception in self.explainer.values(statement, "exceptWhen"):
            obstacles += self._between(criterion_tree(self.explainer, self.patient, exception), "false")
        return {"statement": self.explainer.item(statement), "between": obstacles}

    def _between(self, tree: dict, wanted: str) -> list[dict]:
        """Return the criteria that keep a tree from the truth wanted: the leaves, or a whole any-of that is not met."""
        if tree["truth"] == wanted:
            return []
        if not tree["operands"]:
            return [tree]
        if tree["joins"] == "Not":
            return self._between(tree["operands"][0], "false" if wanted == "true" else "true")
        all_needed = (tree["joins"] == "AllOf") == (wanted == "true")
        return [o for operand in tree["operands"] for o in self._between(operand, wanted)] if all_needed else [tree]

    def _outcome(self, outcome: Outcome) -> dict:
        return {
            "if": [self._supplement(s) for s in outcome.supplements],
            "class": self.explainer.item(ckb(outcome.answer)),
        }

    def _supplement(self, supplement: Supplement) -> dict:
        return {
            "feature": self.explainer.item(supplement.feature),
            "truths": [
                {"criterion": self.explainer.item(ox.NamedNode(c)), "truth": truth} for c, truth in supplement.truths
            ],
            "records": [
                " ".join(filter(None, (self.explainer.measure(self._value(r), r.unit), f"on {r.day}" if r.day else "")))
                for r in supplement.records
            ],
        }

    def _value(self, record) -> str:
        if record.value is None:
            return record.state
        return self.explainer.label(record.value) if isinstance(record.value, ox.NamedNode) else record.value.value
