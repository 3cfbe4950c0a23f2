"""One SHACL shape, asked about whole sets of nodes at once."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from cartkb.constraints import FailingNodes, FailingValues
from cartkb.graph import Graph, Relation, Term, values_of
from cartkb.load import short

Violation = tuple[str, str, str]  # node in doubt, predicate or an empty text, message


@dataclass
class Shape:
    """One shape: what it is for, where its path leads, and what it demands of nodes and of their values."""

    path: Callable[[Graph], Relation] | None
    predicate: str
    message: str
    of_values: list[FailingValues]
    of_nodes: list[FailingNodes]
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
        inner = [shape.failing for shape in self.properties]
        return self._failing(graph, nodes, [*self.of_values, *inner]) | {node for node, _ in self._strange(graph, nodes)}

    def violations(self, graph: Graph, nodes: set[Term]) -> Iterator[Violation]:
        """Yield what is wrong with some nodes: node, predicate and message."""
        for node in self._failing(graph, nodes, self.of_values):
            yield node.value, self.predicate, self.message
        for node, predicate in self._strange(graph, nodes):
            yield node.value, predicate.value, f"{short(predicate)}: {self.message}"
        values = values_of(self.path(graph), nodes) if self.path else nodes
        for shape in self.properties:
            yield from shape.violations(graph, values)

    def _failing(self, graph: Graph, nodes: set[Term], of_values: list[FailingValues]) -> set[Term]:
        if not self.path:
            return set().union(*(fails(graph, nodes) for fails in of_values))
        relation = self.path(graph)
        found = set().union(*(fails(graph, nodes, relation) for fails in self.of_nodes))
        values = values_of(relation, nodes) if of_values else set()
        wrong = set().union(*(fails(graph, values) for fails in of_values))
        return found | {node for node in nodes if not wrong.isdisjoint(relation.get(node, ()))} if wrong else found

    def _strange(self, graph: Graph, nodes: set[Term]) -> Iterator[tuple[Term, Term]]:
        """Yield the nodes of a closed shape with each property that it does not allow."""
        if self.allowed is not None:
            for predicate in graph.predicates_of(nodes) - self.allowed:
                yield from ((node, predicate) for node in nodes & graph.relation(predicate).keys())
