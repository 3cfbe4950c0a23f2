"""Put a question of the ontology to made-up triples, or to the real ones, with either of two engines."""

import functools
from decimal import Decimal, InvalidOperation

import pyoxigraph as ox
import rdflib

from cartkb.knowledge import Knowledge
from cartkb.loaded import Loaded
from cartkb.names import short
from conftest import HOME
from reasoning import parse

ENGINES = ("pyoxigraph", "rdflib")


def text_of(number: str) -> str:
    """Return the text of a question, by its number."""
    (path,) = (HOME / "ontology/questions").glob(f"{number}-*.rq")
    return path.read_text(encoding="utf-8")


def ask(number: str, turtle: str, engine: str = "pyoxigraph") -> list[dict[str, str]]:
    """Return the rows that a question has over a few triples written as Turtle."""
    triples = parse(turtle)
    if engine == "rdflib":
        return ask_rdflib(number, as_graph(triples))
    store = Loaded({HOME / "test.ttl": triples}).store()
    return _rows(store.query(text_of(number), use_default_graph_as_union=True))


@functools.cache
def ask_real(number: str) -> list[dict[str, str]]:
    """Return the rows that a question has over the real knowledge base."""
    return _rows(real().store.query(text_of(number), use_default_graph_as_union=True))


def ask_rdflib(number: str, graph: rdflib.Graph) -> list[dict[str, str]]:
    """Return the rows that rdflib finds."""
    found = graph.query(text_of(number))
    names = [str(name) for name in found.vars]
    return [dict(zip(names, map(_plain, row), strict=True)) for row in found]


def as_graph(triples: list[ox.Triple]) -> rdflib.Graph:
    """Return triples as a graph of rdflib."""
    data = ox.serialize(triples, format=ox.RdfFormat.N_TRIPLES).decode()
    return rdflib.Graph().parse(data=data, format="nt")


@functools.cache
def real() -> Knowledge:
    return Knowledge(HOME)


def _rows(solutions: ox.QuerySolutions) -> list[dict[str, str]]:
    names = [variable.value for variable in solutions.variables]
    return [{name: _plain(solution[name]) for name in names} for solution in solutions]


def _plain(term) -> str:
    """Return a term as short text; numbers without needless zeros, since engines write those differently."""
    if term is None:
        return ""
    if isinstance(term, rdflib.URIRef):
        term = ox.NamedNode(str(term))
    text = str(term) if isinstance(term, rdflib.Literal) else short(term)
    try:
        return f"{Decimal(text).normalize() + 0:f}"
    except InvalidOperation:
        return text
