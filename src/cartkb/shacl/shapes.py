"""SHACL shapes, read once and asked of many graphs, each constraint for all nodes at once.

The files are the ones that authors edit. They are evaluated here over dictionaries because patients
come by the thousand, and no library keeps the vocabulary in memory between them. What is not
evaluated is refused, never skipped, and pyshacl is the referee in the tests.
"""

import functools
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path

import pyoxigraph as ox

from cartkb.names import PREFIXES, short
from cartkb.positions import NOWHERE, Place, place_of, place_of_word
from cartkb.problems import Bearing, CartkbError, Problem, shown
from cartkb.shacl.constraints import OF_NODES, OF_VALUES, FailingValues, UnknownConstraintError
from cartkb.shacl.graph import RDF, Graph, Relation, Term, after, either
from cartkb.shacl.shape import CODES, Shape, Violation

_SH = "http://www.w3.org/ns/shacl#"
_TARGETS = ("targetClass", "targetNode", "targetObjectsOf", "targetSubjectsOf")
_WORDS = {
    *("NodeShape", "PropertyShape", "SPARQLConstraint", "PrefixDeclaration"),
    *("IRI", "Literal", "BlankNode", "BlankNodeOrIRI", "BlankNodeOrLiteral", "IRIOrLiteral"),
    *("alternativePath", "closed", "declare", "description", "group", "ignoredProperties", "inversePath", "message"),
    *(
        "name",
        "namespace",
        "order",
        "path",
        "prefix",
        "prefixes",
        "property",
        "qualifiedValueShape",
        "select",
        "sparql",
    ),
}
KNOWN = frozenset({*_WORDS, *_TARGETS, *OF_NODES, *OF_VALUES})  # all that is read here of SHACL's own words


class Shapes:
    """The shapes of some files.

    Raises CartkbError, with file and line, for what is not evaluated here; but where ``refused`` is given, it is told
    of that instead, and the other shapes are evaluated.
    """

    def __init__(self, files: Mapping[Path, Iterable[ox.Triple]], refused: Callable[[Problem], None] | None = None):
        self._said: dict[Term, dict[str, list[Term]]] = {}
        for triples in files.values():
            for subject, predicate, value in triples:
                self._said.setdefault(subject, {}).setdefault(predicate.value.removeprefix(_SH), []).append(value)
        self._read: dict[Term, Shape] = {}
        self._pending: set[Term] = set()
        self.shapes: list[Shape] = []
        problems = [problem for path, triples in files.items() for problem in _unknown_terms(path, triples)]
        for node, said in self._said.items() if refused or not problems else ():
            targets = [(kind, term) for kind in _TARGETS for term in said.get(kind, ())]
            try:
                if targets:
                    self.shapes.append(self._targeted_shape(node, targets))
            except UnknownConstraintError as error:
                problems.append(_unknown_constraint(files, node, error.term))
        if problems and not refused:
            raise CartkbError(problems)
        for problem in problems:
            refused(problem)

    def violations(self, graph: Graph, ask: Callable[[str], list[dict]]) -> set[Violation]:
        """Return what is wrong with the nodes that a graph is about.

        The node in doubt is the focus node, or what a query found wrong about it. ``ask`` answers the
        queries of the shapes over the same triples.
        """
        found: set[Violation] = set()
        for shape in self.shapes:
            nodes = shape.targeted(graph)
            found.update(shape.violations(graph, nodes))
            for message, query in shape.queries if nodes else ():
                for row in ask(query):
                    if row["this"] in nodes:
                        node = row.get("value") if isinstance(row.get("value"), ox.NamedNode) else row["this"]
                        texts = {name: value.value if value is not None else "" for name, value in row.items()}
                        found.add(Violation(node.value, "", message.format_map(texts), code=CODES["sparql"]))
        return found

    def elements(self, node: Term) -> list[Term]:
        """Return the elements of a list."""
        found = []
        while node.value != f"{RDF}nil":
            found.append(self.one(node, f"{RDF}first"))
            node = self.one(node, f"{RDF}rest")
        return found

    def one(self, shape: Term, name: str) -> Term:
        """Return the one thing that a shape says under a name."""
        said = self._said.get(shape, {}).get(name, ())
        if len(said) != 1:
            raise UnknownConstraintError(name)
        return said[0]

    def failing(self, shape: Term) -> FailingValues:
        """Return the function to the nodes that do not conform to a shape."""
        return self._shape(shape).failing

    def _targeted_shape(self, node: Term, targets: list[tuple[str, Term]]) -> Shape:
        shape = self._shape(node)
        shape.targets = targets
        shape.queries = [self._query(query) for query in self._said[node].get("sparql", ())]
        for part in (shape, *shape.properties):
            if not part.message and (part.of_values or part.of_nodes or part.allowed is not None):
                raise UnknownConstraintError("a constraint without sh:message")
        return shape

    def _shape(self, node: Term) -> Shape:
        if node not in self._read:
            if node in self._pending or node not in self._said:  # it rests on itself, or is described nowhere
                raise UnknownConstraintError(node.value)
            self._pending.add(node)
            self._read[node] = self._new_shape(node, self._said[node])
        return self._read[node]

    def _new_shape(self, node: Term, said: dict[str, list[Term]]) -> Shape:
        path = self.one(node, "path") if "path" in said else None
        allowed = None
        if "closed" in said and self.one(node, "closed").value == "true":
            ignored = self.elements(self.one(node, "ignoredProperties")) if "ignoredProperties" in said else ()
            allowed = frozenset({*ignored, *(self.one(inner, "path") for inner in said.get("property", ()))})
        of_nodes = [
            (CODES[name], make(term, node, self)) for name, make in OF_NODES.items() for term in said.get(name, ())
        ]
        if of_nodes and path is None:
            raise UnknownConstraintError("a count or comparison without sh:path")
        return Shape(
            self._path(path)[1] if path else None,
            path.value if isinstance(path, ox.NamedNode) else "",
            self.one(node, "message").value if "message" in said else "",
            [
                (self._code(name, term), make(term, node, self))
                for name, make in OF_VALUES.items()
                for term in said.get(name, ())
            ],
            of_nodes,
            [self._shape(inner) for inner in said.get("property", ())],
            allowed,
        )

    def _code(self, name: str, term: Term) -> str:
        """Return the code of a constraint; a choice between datatypes alone, or between classes, is one of that
        kind.
        """
        if name == "or":
            codes = {CODES.get(word, "") for member in self.elements(term) for word in self._said.get(member, ())}
            if len(codes) == 1:
                return codes.pop()
        return CODES[name]

    def _path(self, path: Term) -> tuple[str, Callable[[Graph], Relation]]:
        """Return a path as text and as a function to its relation in a graph, which is worked out once."""
        if isinstance(path, ox.NamedNode):
            return path.value, lambda graph: graph.relation(path)
        said = self._said[path]
        if "inversePath" in said:
            predicate = self.one(path, "inversePath")
            if not isinstance(predicate, ox.NamedNode):
                raise UnknownConstraintError("inversePath")
            return f"^{predicate.value}", lambda graph: graph.inverse(predicate)
        alternative = "alternativePath" in said
        steps = [self._path(step) for step in self.elements(self.one(path, "alternativePath") if alternative else path)]
        text = f"({('|' if alternative else '/').join(step for step, _ in steps)})"

        def relation(graph: Graph) -> Relation:
            if text not in graph.memory:
                relations = [step(graph) for _, step in steps]
                graph.memory[text] = either(relations) if alternative else functools.reduce(after, relations)
            return graph.memory[text]

        return text, relation

    def _query(self, node: Term) -> tuple[str, str]:
        prefixes = "".join(f"PREFIX {prefix}: <{namespace}>\n" for prefix, namespace in PREFIXES.items())
        message = re.sub(r"[{]\?(\w+)[}]", r"{\1}", self.one(node, "message").value)
        return message, prefixes + self.one(node, "select").value


def _unknown_terms(path: Path, triples: Iterable[ox.Triple]) -> Iterator[Problem]:
    nodes = {node.value for triple in triples for node in (triple.predicate, triple.object)}
    for term in sorted(node for node in nodes if node.startswith(_SH) and node.removeprefix(_SH) not in KNOWN):
        yield _not_evaluated(
            path,
            place_of_word(path, term),
            term,
            f"{short(ox.NamedNode(term))} is not a term of SHACL that is checked here",
            "correct the spelling, or say it with the terms that other shapes use",
        )


def _unknown_constraint(files: Mapping[Path, Iterable[ox.Triple]], node: Term, term: str) -> Problem:
    path = next(path for path, triples in files.items() if any(triple.subject == node for triple in triples))
    iri = term if "//" in term else _SH + term
    word = short(ox.NamedNode(iri)) if "//" in term else term
    place = place_of_word(path, iri) if place_of_word(path, iri) != NOWHERE else place_of(path, node.value)
    return _not_evaluated(path, place, iri, f"{short(node)} cannot be checked: {word}", "say it as other shapes do")


def _not_evaluated(path: Path, place: Place, iri: str, what: str, fix: str) -> Problem:
    why, bearing = "validators skip what they do not know, and say that all is well", Bearing(frozenset({iri}))
    code = "shape-not-evaluated"
    return Problem(shown(path), place.line, what, why, fix, column=place.column, code=code, bearing=bearing)
