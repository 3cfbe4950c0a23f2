"""One SHACL shape, asked about whole sets of nodes at once."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

from cartkb.names import short
from cartkb.shacl.constraints import FailingNodes, FailingValues
from cartkb.shacl.graph import Graph, Relation, Term, values_of

CODES = {  # constraint -> the name of the complaint about what fails it
    **dict.fromkeys(("and", "node", "not", "or", "xone"), "shape-not-met"),
    **dict.fromkeys(("disjoint", "equals", "lessThan", "lessThanOrEquals"), "values-at-odds"),
    **dict.fromkeys(("hasValue", "minCount", "qualifiedMinCount"), "value-missing"),
    **dict.fromkeys(("maxCount", "qualifiedMaxCount", "uniqueLang"), "too-many-values"),
    **dict.fromkeys(("maxExclusive", "maxInclusive", "minExclusive", "minInclusive"), "out-of-range"),
    **dict.fromkeys(("maxLength", "minLength"), "wrong-length"),
    **dict.fromkeys(("datatype", "nodeKind"), "wrong-kind-of-value"),
    "class": "wrong-class",
    "closed": "property-not-allowed",
    "in": "not-on-the-list",
    "languageIn": "language-missing",
    "pattern": "wrong-form",
    "sparql": "shape-not-met",
}


class Violation(NamedTuple):
    """What is wrong: node in doubt, predicate or an empty text, message, the wrong value or an empty text, and code."""

    node: str
    predicate: str
    message: str
    value: str = ""
    code: str = ""


@dataclass
class Shape:
    """One shape: what it is for, where its path leads, and what it demands of nodes and of their values."""

    path: Callable[[Graph], Relation] | None
    predicate: str
    message: str
    of_values: list[tuple[str, FailingValues]]  # with their codes
    of_nodes: list[tuple[str, FailingNodes]]
    properties: list["Shape"]
    allowed: frozenset[Term] | None  # the properties of a closed shape
    targets: list[tuple[str, Term]] = field(default_factory=list)
    queries: list[tuple[str, str]] = field(default_factory=list)  # message with {places}, SELECT

    def targeted(self, graph: Graph) -> set[Term]:
        """Return the nodes that this shape is for, of those that the graph itself is about."""
        found: set[Term] = set()
        for kind, term in self.targets:
            if kind == "targetClass":
                found |= graph.members(term)
            elif kind == "targetNode":
                found.add(term)
            elif kind == "targetSubjectsOf":
                found |= graph.relation(term).keys()
            else:
                found |= graph.inverse(term).keys()
        return found & graph.own if graph.below else found

    def failing(self, graph: Graph, nodes: set[Term]) -> set[Term]:
        """Return the nodes that do not conform."""
        inner = [("", shape.failing) for shape in self.properties]
        failing = {node for node, _, _ in self._failing(graph, nodes, [*self.of_values, *inner])}
        return failing | {node for node, _ in self._strange(graph, nodes)}

    def violations(self, graph: Graph, nodes: set[Term]) -> Iterator[Violation]:
        """Yield what is wrong with some nodes."""
        for node, code, value in self._failing(graph, nodes, self.of_values):
            yield Violation(node.value, self.predicate, self.message, value.value if value else "", code)
        for node, predicate in self._strange(graph, nodes):
            message = f"{short(predicate)}: {self.message}"
            yield Violation(node.value, predicate.value, message, code=CODES["closed"])
        values = values_of(self.path(graph), nodes) if self.path else nodes
        for shape in self.properties:
            yield from shape.violations(graph, values)

    def _failing(
        self, graph: Graph, nodes: set[Term], of_values: list[tuple[str, FailingValues]]
    ) -> Iterator[tuple[Term, str, Term | None]]:
        """Yield the nodes that do not conform, each with a code and the wrong value, if it is one that is wrong."""
        if not self.path:
            for code, fails in of_values:
                yield from ((node, code, None) for node in fails(graph, nodes))
            return
        relation = self.path(graph)
        for code, fails in self.of_nodes:
            yield from ((node, code, None) for node in fails(graph, nodes, relation))
        values = values_of(relation, nodes) if of_values else set()
        for code, fails in of_values:
            if wrong := fails(graph, values):
                for node in nodes:
                    yield from ((node, code, value) for value in wrong.intersection(relation.get(node, ())))

    def _strange(self, graph: Graph, nodes: set[Term]) -> Iterator[tuple[Term, Term]]:
        """Yield the nodes of a closed shape with each property that it does not allow."""
        if self.allowed is not None:
            for predicate in graph.predicates_of(nodes) - self.allowed:
                yield from ((node, predicate) for node in nodes & graph.relation(predicate).keys())
