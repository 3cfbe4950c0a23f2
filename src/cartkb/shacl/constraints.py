"""The constraints of SHACL core, each as a function from a set of nodes to those that fail it.

Some look at single values, some at a node with all values of a path. Each is made from what a shape
says. Where SHACL says that terms which cannot be compared do not pass, they do not pass here either.
"""

import re
from collections.abc import Callable
from typing import Protocol

import pyoxigraph as ox

from cartkb.shacl.graph import Graph, Relation, Term
from cartkb.shacl.literals import WRITTEN, is_ordered

FailingValues = Callable[[Graph, set[Term]], set[Term]]
FailingNodes = Callable[[Graph, set[Term], Relation], set[Term]]
_EMPTY: frozenset[Term] = frozenset()


class Shapes(Protocol):
    """What a constraint may ask about the shapes that it stands in."""

    def elements(self, node: Term) -> list[Term]:
        """Return the elements of a list."""

    def one(self, shape: Term, name: str) -> Term:
        """Return the one thing that a shape says under a name."""

    def failing(self, shape: Term) -> FailingValues:
        """Return the function to the nodes that do not conform to a shape."""


class UnknownConstraintError(ValueError):
    """A shape says what is not evaluated here. ``term`` is the word to look for in its file."""

    def __init__(self, term: str):
        self.term = term
        super().__init__(term)


def _unless(passes: Callable[[Term], object]) -> FailingValues:
    return lambda graph, values: {value for value in values if not passes(value)}


def _class(kind: Term, *_) -> FailingValues:
    return lambda graph, values: values - graph.members(kind)


def _datatype(datatype: Term, *_) -> FailingValues:
    if datatype.value not in WRITTEN:
        raise UnknownConstraintError(datatype.value)
    written = WRITTEN[datatype.value]
    return _unless(lambda v: isinstance(v, ox.Literal) and v.datatype == datatype and written(v.value))


def _node_kind(kind: Term, *_) -> FailingValues:
    kinds = {"IRI": ox.NamedNode, "Literal": ox.Literal, "BlankNode": ox.BlankNode}
    allowed = tuple(kinds[word] for word in kind.value.rpartition("#")[2].split("Or"))
    return _unless(lambda value: isinstance(value, allowed))


def _in(options: Term, shape: Term, shapes: Shapes) -> FailingValues:
    allowed = set(shapes.elements(options))
    return lambda graph, values: values - allowed


def _pattern(pattern: Term, *_) -> FailingValues:
    found = re.compile(pattern.value).search
    return _unless(lambda value: not isinstance(value, ox.BlankNode) and found(value.value))


def _length(passes: Callable[[int, int], bool]):
    def make(limit: Term, *_) -> FailingValues:
        number = int(limit.value)
        return _unless(lambda value: not isinstance(value, ox.BlankNode) and passes(len(value.value), number))

    return make


def _limit(passes: Callable[[Term, Term], bool]):
    return lambda limit, *_: _unless(lambda value: passes(limit, value))


def _language_in(languages: Term, shape: Term, shapes: Shapes) -> FailingValues:
    ranges = [language.value.lower() for language in shapes.elements(languages)]

    def passes(value: Term) -> bool:
        spoken = (getattr(value, "language", None) or "").lower()
        return any(spoken == language or spoken.startswith(f"{language}-") for language in ranges)

    return _unless(passes)


def _and(members: Term, shape: Term, shapes: Shapes) -> FailingValues:
    failing = [shapes.failing(member) for member in shapes.elements(members)]
    return lambda graph, values: set().union(*(fails(graph, values) for fails in failing))


def _or(members: Term, shape: Term, shapes: Shapes) -> FailingValues:
    failing = [shapes.failing(member) for member in shapes.elements(members)]

    def fail_all(graph: Graph, values: set[Term]) -> set[Term]:
        for fails in failing:
            values = fails(graph, values)
        return values

    return fail_all


def _xone(members: Term, shape: Term, shapes: Shapes) -> FailingValues:
    failing = [shapes.failing(member) for member in shapes.elements(members)]

    def fail(graph: Graph, values: set[Term]) -> set[Term]:
        sets = [fails(graph, values) for fails in failing]
        return {value for value in values if sum(value in fails for fails in sets) != len(sets) - 1}

    return fail


def _not(member: Term, shape: Term, shapes: Shapes) -> FailingValues:
    fails = shapes.failing(member)
    return lambda graph, values: values - fails(graph, values)


def _minimum(limit: Term, *_) -> FailingNodes:
    number = int(limit.value)
    if number == 1:  # by far the most frequent
        return lambda graph, nodes, values: nodes.difference(values)
    return lambda graph, nodes, values: {node for node in nodes if len(values.get(node, _EMPTY)) < number}


def _maximum(limit: Term, *_) -> FailingNodes:
    number = int(limit.value)
    return lambda graph, nodes, values: {node for node in nodes if len(values.get(node, _EMPTY)) > number}


def _qualified(count: Callable[[Term], FailingNodes]):
    """Count only the values that conform to the qualified value shape."""

    def make(limit: Term, shape: Term, shapes: Shapes) -> FailingNodes:
        counted, fails = count(limit), shapes.failing(shapes.one(shape, "qualifiedValueShape"))

        def fail(graph: Graph, nodes: set[Term], relation: Relation) -> set[Term]:
            values = {node: relation[node] for node in nodes if node in relation}
            failing = fails(graph, set().union(*values.values()))
            return counted(graph, nodes, {node: all_values - failing for node, all_values in values.items()})

        return fail

    return make


def _has_value(wanted: Term, *_) -> FailingNodes:
    return lambda graph, nodes, values: {node for node in nodes if wanted not in values.get(node, _EMPTY)}


def _unique_language(wanted: Term, *_) -> FailingNodes:
    if wanted.value != "true":
        raise UnknownConstraintError("uniqueLang")

    def unique(values: set[Term]) -> bool:
        spoken = [value.language.lower() for value in values if getattr(value, "language", None)]
        return len(spoken) == len(set(spoken))

    return lambda graph, nodes, values: {node for node in nodes if not unique(values.get(node, _EMPTY))}


def _beside(passes: Callable[[set[Term], set[Term]], bool]):
    """Compare the values with those of another property of the same node."""

    def make(predicate: Term, *_) -> FailingNodes:
        def fail(graph: Graph, nodes: set[Term], values: Relation) -> set[Term]:
            others = graph.relation(predicate)
            return {node for node in nodes if not passes(values.get(node, _EMPTY), others.get(node, _EMPTY))}

        return fail

    return make


def _all_ordered(allow_equal: bool):
    return _beside(lambda values, others: all(is_ordered(v, o, allow_equal) for v in values for o in others))


OF_VALUES: dict[str, Callable[..., FailingValues]] = {
    "and": _and,
    "class": _class,
    "datatype": _datatype,
    "in": _in,
    "languageIn": _language_in,
    "maxExclusive": _limit(lambda limit, value: is_ordered(value, limit, allow_equal=False)),
    "maxInclusive": _limit(lambda limit, value: is_ordered(value, limit, allow_equal=True)),
    "maxLength": _length(lambda length, limit: length <= limit),
    "minExclusive": _limit(lambda limit, value: is_ordered(limit, value, allow_equal=False)),
    "minInclusive": _limit(lambda limit, value: is_ordered(limit, value, allow_equal=True)),
    "minLength": _length(lambda length, limit: length >= limit),
    "node": lambda member, shape, shapes: shapes.failing(member),
    "nodeKind": _node_kind,
    "not": _not,
    "or": _or,
    "pattern": _pattern,
    "xone": _xone,
}
OF_NODES: dict[str, Callable[..., FailingNodes]] = {
    "disjoint": _beside(lambda values, others: values.isdisjoint(others)),
    "equals": _beside(lambda values, others: values == others),
    "hasValue": _has_value,
    "lessThan": _all_ordered(allow_equal=False),
    "lessThanOrEquals": _all_ordered(allow_equal=True),
    "maxCount": _maximum,
    "minCount": _minimum,
    "qualifiedMaxCount": _qualified(_maximum),
    "qualifiedMinCount": _qualified(_minimum),
    "uniqueLang": _unique_language,
}
