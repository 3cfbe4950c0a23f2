"""A second evaluator: three-valued truth and answers in plain Python, to be held against the rules.

Written from the definitions in ``ontology/*.ttl`` and the decisions in ``guideline/decisions/``, never from the
rules, and like them without a clinical fact: criteria, statements and questions are data. Truth is ``True``,
``False`` or ``None`` for unknown. A record whose state is unknown settles nothing and takes the place of whatever
it may turn out to be, so that no criterion that is decided turns around once the record is filled in.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field

import pyoxigraph as ox

from oracle.criteria import BUILDERS, Test
from oracle.graph import Graph
from oracle.history import Features, History
from oracle.logic import Truth, all_of, any_of, opposite

_COMPOSITES = ("ckb:AllOf", "ckb:AnyOf", "ckb:Not", "ckb:AtLeast")


@dataclass
class Answer:
    """What follows for one question."""

    answer_class: str
    is_open: bool = False
    possible: frozenset[str] | None = None
    decisive: frozenset[str] = frozenset()
    tensions: frozenset[str] = frozenset()
    silences: frozenset[str] = frozenset()


@dataclass
class Verdict:
    """Everything that follows for one patient, by the short names of the items."""

    truth: dict[str, Truth] = field(default_factory=dict)
    statements: dict[str, Truth] = field(default_factory=dict)
    tensions: frozenset[str] = frozenset()
    answers: dict[str, Answer] = field(default_factory=dict)


class Evaluator:
    """Evaluates patients by the criteria, statements and questions of one knowledge base."""

    def __init__(self, knowledge: Iterable[ox.Triple]):
        self.graph = graph = Graph(knowledge)
        self.features = Features(graph)
        self.tests: dict[str, Test] = {}
        self.operands = {}
        for kind in _COMPOSITES:
            for criterion in graph.members(kind):
                parts = graph.all(criterion, "ckb:operand")
                needed = {"ckb:AllOf": len(parts), "ckb:AnyOf": 1, "ckb:Not": 1}.get(kind)
                self.operands[criterion] = kind, parts, int(needed or graph.one(criterion, "ckb:minimumTrue"))
        for kind, build in BUILDERS.items():
            for criterion in graph.members(kind):
                self.tests[criterion] = build(graph, self.features, criterion)
        self.statements = {
            name: (
                graph.one(name, "ckb:question"),
                graph.one(name, "ckb:population"),
                graph.all(name, "ckb:exceptWhen"),
                directive := graph.one(name, "ckb:directs"),
                graph.one(directive, "ckb:stance"),
                graph.one(directive, "ckb:rank"),
            )
            for name in graph.members("ckb:Statement")
        }
        self.tensions = {
            name: (frozenset(graph.all(name, "ckb:between")), frozenset(graph.all(name, "ckb:hingesOn")))
            for name in graph.members("ckb:Tension")
        }
        self.silences = {
            name: (graph.one(name, "ckb:question"), graph.one(name, "ckb:population"))
            for name in graph.members("ckb:Silence")
        }
        self.questions = graph.members("ckb:Question")

    def evaluate(self, patient: Graph, name: str) -> Verdict:
        """Return everything that follows for one patient."""
        return self.conclude(self.look(History(self.features, patient, name), self.tests))

    def look(self, history: History, criteria: Iterable[str]) -> dict[str, Truth]:
        """Return the truth of some data criteria."""
        return {criterion: self.tests[criterion](history) for criterion in criteria}

    def conclude(self, truth: dict[str, Truth]) -> Verdict:
        """Return everything that follows from the truth of every data criterion."""
        verdict = Verdict(truth)
        for criterion in self.operands:
            self._compose(criterion, truth)
        for statement, (_, population, exceptions, *_) in self.statements.items():
            parts = [truth[population], *(opposite(truth[exception]) for exception in exceptions)]
            verdict.statements[statement] = all_of(parts)
        holding = {statement for statement, holds in verdict.statements.items() if holds}
        verdict.tensions = frozenset(t for t, parts in self.tensions.items() if self._is_met(*parts, holding))
        verdict.answers = {question: self._answer(question, verdict) for question in self.questions}
        return verdict

    def _compose(self, criterion: str, truth: dict[str, Truth]) -> Truth:
        if criterion not in truth:
            kind, parts, needed = self.operands[criterion]
            value = any_of([self._compose(part, truth) for part in parts], needed)
            truth[criterion] = opposite(value) if kind == "ckb:Not" else value
        return truth[criterion]

    def _is_met(self, between: frozenset[str], hinges: frozenset[str], holding: set[str]) -> bool:
        """Say whether statements of different stances hold; of a tension within one stance any two."""
        held = between & holding
        stances, all_stances = ({self.statements[s][4] for s in some} for some in (held, between))
        return hinges <= holding and (len(stances) > 1 or (len(all_stances) == 1 and len(held) > 1))

    def _answer(self, question: str, verdict: Verdict) -> Answer:
        one, truth = self.graph.one, verdict.truth
        scope = truth[one(question, "ckb:scope")]
        closed, ready = (
            truth[criterion] if criterion else otherwise
            for criterion, otherwise in (
                (one(question, "ckb:closedBy"), False),
                (one(question, "ckb:precondition"), True),
            )
        )
        if scope is False or closed:
            return Answer("ckb:OutOfScope")
        if scope and ready is False:
            return Answer("ckb:NotYetApplicable")
        answer = self._open(question, verdict)
        if scope and ready:
            return answer
        possible = {"ckb:OutOfScope"} if scope is None else set()
        possible |= {"ckb:NotYetApplicable"} if not ready else set()
        possible |= (answer.possible or {answer.answer_class}) if ready is not False else set()
        return Answer("ckb:InsufficientData", possible=frozenset(possible))

    def _open(self, question: str, verdict: Verdict) -> Answer:
        """Return the answer to a question that is open to the patient."""
        mine = {s: said for s, said in self.statements.items() if said[0] == question}
        held = [said for s, said in mine.items() if verdict.statements[s]]
        waiting = {s: mine[s] for s in mine if verdict.statements[s] is None}
        lists = self.graph.one(question, "ckb:aggregation") == "ckb:list-all"
        now = (self._listed if lists else self._strongest)(held)
        then = {s: (self._listed if lists else self._strongest)([*held, said]) for s, said in waiting.items()}
        decisive = frozenset(s for s, answer_class in then.items() if answer_class != now)
        possible = {now, *then.values()}
        stances = {said[4] for said in (*held, *waiting.values())} - {"ckb:context"}
        if not lists and len(stances) > 1:
            possible.add("ckb:ConflictingStatements")
        applying = {s for s in mine if verdict.statements[s]}
        tensions = {t for t in verdict.tensions if not self.tensions[t][0].isdisjoint(applying)}
        silences = {s for s, (about, of) in self.silences.items() if about == question and verdict.truth[of]}
        return Answer(
            "ckb:InsufficientData" if decisive else now,
            True,
            frozenset(possible) if decisive else None,
            decisive,
            frozenset(tensions),
            frozenset(silences),
        )

    @staticmethod
    def _listed(held: list[tuple]) -> str:
        return "ckb:Answered" if held else "ckb:GuidelineSilent"

    @staticmethod
    def _strongest(held: list[tuple]) -> str:
        sides = [said for said in held if said[4] != "ckb:context"]
        if not sides:
            return "ckb:GuidelineSilent"
        if len({said[4] for said in sides}) > 1:
            return "ckb:ConflictingStatements"
        return min(sides, key=lambda said: said[5])[3]
