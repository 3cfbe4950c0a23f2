"""Small faults of a knowledge base, made by rule: every place of a kind is found by what stands there, not by name."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from fractions import Fraction

import pyoxigraph as ox

from oracle.criteria import BUILDERS
from oracle.graph import Graph, expanded

_TYPE = "http://www.w3.org/1999/02/22-rdf-syntax-ns#type"
_INTEGER = "http://www.w3.org/2001/XMLSchema#integer"
_DECIMAL = "http://www.w3.org/2001/XMLSchema#decimal"
_COMPARATORS = {  # comparator -> the same side with the limit on the other, and the other side
    "ckb:greater-than": ("ckb:at-least", "ckb:at-most"),
    "ckb:at-least": ("ckb:greater-than", "ckb:less-than"),
    "ckb:less-than": ("ckb:at-most", "ckb:at-least"),
    "ckb:at-most": ("ckb:less-than", "ckb:greater-than"),
}
_SWAPPED = {
    "ckb:AllOf": "ckb:AnyOf",
    "ckb:AnyOf": "ckb:AllOf",
    "ckb:latest": "ckb:ever",
    "ckb:ever": "ckb:latest",
    "ckb:rising": "ckb:falling",
    "ckb:falling": "ckb:rising",
    "ckb:strongest-stance": "ckb:list-all",
    "ckb:list-all": "ckb:strongest-stance",
}
_WINDOWS = {
    "ckb:before-lymphodepletion": ("ckb:before-infusion", "ckb:any-time"),
    "ckb:before-infusion": ("ckb:before-lymphodepletion", "ckb:any-time"),
    "ckb:after-infusion": ("ckb:any-time", "ckb:before-infusion"),
    "ckb:any-time": ("ckb:before-infusion", "ckb:after-infusion"),
}


@dataclass(frozen=True)
class Mutation:
    """One fault: what is no longer said, and what is said instead. ``kind`` and ``where`` are for readers."""

    kind: str
    where: str
    removed: frozenset[ox.Triple]
    added: frozenset[ox.Triple]

    def of(self, triples: Iterable[ox.Triple]) -> list[ox.Triple]:
        """Return some triples with the fault."""
        return [triple for triple in triples if triple not in self.removed] + sorted(self.added, key=str)


class Mutator:
    """Finds every fault of the kinds below in the triples of a knowledge base."""

    def __init__(self, triples: Iterable[ox.Triple]):
        self._triples = list(triples)
        self.graph = Graph(self._triples)
        self._of: dict[str, list[ox.Triple]] = {}
        for triple in self._triples:
            self._of.setdefault(triple.subject.value, []).append(triple)

    def all(self) -> list[Mutation]:
        """Return every mutation, in a fixed order."""
        kinds = (
            *(self._comparators, self._cut_offs, self._operands, self._swaps, self._negations, self._windows),
            *(self._values, self._features, self._classes, self._duplicates, self._populations, self._removals),
            *(self._partners, self._gates, self._readings),
        )
        return [mutation for kind in kinds for mutation in kind()]

    def beyond(self) -> list[Mutation]:
        """Return changes towards what the guideline does not use so far: an exception, and a count of operands."""
        statement = next(s for s, d in self._statements() if self.graph.one(d, "ckb:rank"))
        factor = max(self.graph.members("ckb:AnyOf"), key=lambda name: len(self.graph.all(name, "ckb:operand")))
        exception = ox.Triple(_node(statement), _node("ckb:exceptWhen"), _node(factor))
        count = ox.Literal("2", datatype=ox.NamedNode(_INTEGER))
        counted = self._say("all of as a count", factor, _TYPE, "ckb:AnyOf", "ckb:AtLeast")
        added = counted.added | {ox.Triple(_node(factor), _node("ckb:minimumTrue"), count)}
        return [
            Mutation("exception added", statement, frozenset(), frozenset([exception])),
            Mutation("count instead of any", factor, counted.removed, added),
        ]

    def _say(self, kind: str, subject: str, predicate: str, old: str, new: str | None) -> Mutation:
        """Return the fault of saying something else of a subject, or of not saying it at all."""
        told = lambda value: ox.Triple(_node(subject), _node(predicate), _node(value))  # noqa: E731
        where = f"{subject} {predicate} {old}" + (f", now {new}" if new else "")
        return Mutation(kind, where, frozenset([told(old)]), frozenset([told(new)] if new else []))

    def _data_criteria(self) -> list[str]:
        return [criterion for kind in BUILDERS for criterion in self.graph.members(kind)]

    def _statements(self) -> list[tuple[str, str]]:
        """Return each statement with its directive."""
        return [(s, self.graph.one(s, "ckb:directs")) for s in self.graph.members("ckb:Statement")]

    def _comparators(self) -> Iterator[Mutation]:
        for criterion in self._data_criteria():
            for old in self.graph.all(criterion, "ckb:comparator"):
                boundary, other_side = _COMPARATORS[old]
                yield self._say("limit on the other side", criterion, "ckb:comparator", old, boundary)
                yield self._say("comparator reversed", criterion, "ckb:comparator", old, other_side)

    def _cut_offs(self) -> Iterator[Mutation]:
        for criterion in self._data_criteria():
            for triple in self._of[expanded(criterion)]:
                if triple.predicate == _node("ckb:threshold"):
                    for step in (1, -1):
                        number = Fraction(triple.object.value) + step
                        new = ox.Literal(str(number), datatype=ox.NamedNode(_INTEGER))
                        where = f"{criterion} {triple.object.value}, now {number}"
                        changed = ox.Triple(triple.subject, triple.predicate, new)
                        yield Mutation("cut-off shifted by one", where, frozenset([triple]), frozenset([changed]))

    def _operands(self) -> Iterator[Mutation]:
        for kind in ("ckb:AllOf", "ckb:AnyOf"):
            for composite in self.graph.members(kind):
                operands = self.graph.all(composite, "ckb:operand")
                for operand in operands if len(operands) > 1 else ():
                    yield self._say(f"operand dropped from {kind}", composite, "ckb:operand", operand, None)

    def _swaps(self) -> Iterator[Mutation]:
        for kind in ("ckb:AllOf", "ckb:AnyOf"):
            for composite in self.graph.members(kind):
                if len(self.graph.all(composite, "ckb:operand")) > 1:
                    yield self._say("all of and any of swapped", composite, _TYPE, kind, _SWAPPED[kind])
        for criterion in self._data_criteria():
            for predicate in ("ckb:pick", "ckb:direction"):
                for old in self.graph.all(criterion, predicate):
                    yield self._say(f"{predicate} swapped", criterion, predicate, old, _SWAPPED[old])

    def _negations(self) -> Iterator[Mutation]:
        for negation in self.graph.members("ckb:Not"):
            yield self._say("negation lost", negation, _TYPE, "ckb:Not", "ckb:AllOf")

    def _windows(self) -> Iterator[Mutation]:
        for criterion in self._data_criteria():
            for old in self.graph.all(criterion, "ckb:window"):
                for new in _WINDOWS[old]:
                    yield self._say("window changed", criterion, "ckb:window", old, new)

    def _values(self) -> Iterator[Mutation]:
        for criterion in self._data_criteria():
            expected = self.graph.all(criterion, "ckb:expectedValue")
            feature = self.graph.one(criterion, "ckb:feature")
            others = [v for v in self.graph.all(feature, "ckb:allowedValue") if v not in expected] if feature else []
            for old in expected:
                if len(expected) > 1:
                    yield self._say("expected value dropped", criterion, "ckb:expectedValue", old, None)
                for new in others[:1]:
                    yield self._say("expected value replaced", criterion, "ckb:expectedValue", old, new)
            for old in self.graph.all(criterion, "ckb:fromValue"):
                new = self.graph.one(criterion, "ckb:toValue")
                yield self._say("change from the new value", criterion, "ckb:fromValue", old, new)

    def _features(self) -> Iterator[Mutation]:
        """Look at the next feature of the same kind."""
        of_kind: dict[str, list[str]] = {}
        for feature in self.graph.members("ckb:Feature"):
            of_kind.setdefault(self.graph.one(feature, "ckb:featureKind"), []).append(feature)
        for criterion in self._data_criteria():
            for old in self.graph.all(criterion, "ckb:feature"):
                alike = of_kind[self.graph.one(old, "ckb:featureKind")]
                if self.graph.one(old, "ckb:featureKind") in ("ckb:finding-kind", "ckb:event-kind"):
                    new = alike[(alike.index(old) + 1) % len(alike)]
                    yield self._say("another feature", criterion, "ckb:feature", old, new)

    def _classes(self) -> Iterator[Mutation]:
        """Give a statement the next class of its question, and take its side away or give it one."""
        for statement, old in self._statements():
            others = self._directives_of(self.graph.one(statement, "ckb:question"))
            following = others[(others.index(old) + 1) % len(others)]
            context = self.graph.one(old, "ckb:stance") == "ckb:context"
            aside = next(d for d in others if (self.graph.one(d, "ckb:stance") == "ckb:context") is not context)
            for new in dict.fromkeys((following, aside)):
                yield self._say("another class", statement, "ckb:directs", old, new)

    def _directives_of(self, question: str) -> list[str]:
        return [d for d in self.graph.members("ckb:Directive") if question in self.graph.all(d, "ckb:forQuestion")]

    def _duplicates(self) -> Iterator[Mutation]:
        """Say a statement twice, the second time with the class that is farthest from its own."""
        for statement, directive in self._statements():
            rank = self.graph.one(directive, "ckb:rank")
            if rank is None:
                continue
            others = self._directives_of(self.graph.one(statement, "ckb:question"))
            new = max(others, key=lambda other: abs((self.graph.one(other, "ckb:rank") or rank) - rank))
            twin = ox.NamedNode(expanded(statement) + "-again")
            added = {ox.Triple(twin, t.predicate, t.object) for t in self._of[expanded(statement)]}
            added -= {ox.Triple(twin, _node("ckb:directs"), _node(directive))}
            added |= {ox.Triple(twin, _node("ckb:directs"), _node(new))}
            yield Mutation("said again with another class", f"{statement} as {new}", frozenset(), frozenset(added))

    def _populations(self) -> Iterator[Mutation]:
        """Let a statement or a silence hold for everybody in scope."""
        for item in (*self.graph.members("ckb:Statement"), *self.graph.members("ckb:Silence")):
            old, scope = self.graph.one(item, "ckb:population"), self._scope(item)
            if old != scope:
                yield self._say("for everybody in scope", item, "ckb:population", old, scope)

    def _scope(self, item: str) -> str:
        return self.graph.one(self.graph.one(item, "ckb:question"), "ckb:scope")

    def _removals(self) -> Iterator[Mutation]:
        for kind in ("ckb:Statement", "ckb:Tension", "ckb:Silence"):
            for item in self.graph.members(kind):
                mentions = [t for t in self._triples if t.object == _node(item)]
                gone = frozenset([*self._of[expanded(item)], *mentions])
                yield Mutation(f"{kind} removed", item, gone, frozenset())
        for statement in self.graph.members("ckb:Statement"):
            for exception in self.graph.all(statement, "ckb:exceptWhen"):
                yield self._say("exception removed", statement, "ckb:exceptWhen", exception, None)

    def _partners(self) -> Iterator[Mutation]:
        """Take the first of its statements from a tension, and the one that it hinges on."""
        for tension in self.graph.members("ckb:Tension"):
            for predicate in ("ckb:between", "ckb:hingesOn"):
                for statement in self.graph.all(tension, predicate)[:1]:
                    yield self._say(f"{predicate} removed", tension, predicate, statement, None)

    def _gates(self) -> Iterator[Mutation]:
        for question in self.graph.members("ckb:Question"):
            for predicate in ("ckb:precondition", "ckb:closedBy"):
                for old in self.graph.all(question, predicate):
                    yield self._say("gate removed", question, predicate, old, None)
            old = self.graph.one(question, "ckb:aggregation")
            yield self._say("aggregation swapped", question, "ckb:aggregation", old, _SWAPPED[old])
        for directive in self.graph.members("ckb:Directive"):
            old = self.graph.one(directive, "ckb:stance")
            new = "ckb:neutral" if old != "ckb:neutral" else "ckb:for"
            yield self._say("stance changed", directive, "ckb:stance", old, new)

    def _readings(self) -> Iterator[Mutation]:
        """Read a status the wrong way round, a unit by another factor, less of a product, and silence as silence."""
        for feature in self.graph.members("ckb:Feature"):
            below, above = (self.graph.one(feature, f"ckb:{side}SensitivityValue") for side in ("below", "atOrAbove"))
            if below:
                yield self._say("status the wrong way round", feature, "ckb:belowSensitivityValue", below, above)
        for triple in self._triples:
            if triple.predicate == _node("ckb:factorToCanonical") and triple.object.value != "1.0":
                new = ox.Literal(str(float(triple.object.value) * 10), datatype=ox.NamedNode(_DECIMAL))
                changed = ox.Triple(triple.subject, triple.predicate, new)
                yield Mutation("factor of a unit", str(triple.subject), frozenset([triple]), frozenset([changed]))
            if triple.predicate == _node("ckb:silenceMeansAbsent"):
                yield Mutation("silence no longer absence", str(triple.subject), frozenset([triple]), frozenset())
        for product in self.graph.members("ckb:Product"):
            for fact in self.graph.all(product, "ckb:productFact"):
                yield self._say("fact of a product removed", product, "ckb:productFact", fact, None)


def _node(name: str) -> ox.NamedNode:
    return ox.NamedNode(name if name.startswith("http") else expanded(name))
