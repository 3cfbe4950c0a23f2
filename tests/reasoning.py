"""A small world for testing the rules alone: criteria and patients written as Turtle in a test."""

import functools

import pyoxigraph as ox

from cartkb.knowledge import Knowledge
from cartkb.loaded import Loaded
from cartkb.reasoning.reason import Reasoner
from conftest import HOME

PREFIXES = """
@prefix ckb: <https://w3id.org/cartkb/vocab/> .
@prefix ckbg: <https://w3id.org/cartkb/guideline/> .
@prefix xsd: <http://www.w3.org/2001/XMLSchema#> .
"""


class SmallKnowledge:
    """The real rules, units and features with criteria of a test's own."""

    def __init__(self, turtle: str):
        real = _real()
        self.rules = real.rules
        self.operative = [*_units_and_features(), *parse(turtle)]


@functools.cache
def _real() -> Knowledge:
    return Knowledge(HOME)


@functools.cache
def _units_and_features() -> tuple:
    files = _real().loaded.files
    return tuple(
        t for path, ts in files.items() if path.name == "units.ttl" or path.parent.name == "features" for t in ts
    )


def parse(turtle: str) -> list[ox.Triple]:
    return [quad.triple for quad in ox.parse(PREFIXES + turtle, format=ox.RdfFormat.TURTLE)]


def infer(criteria: str, patients: str) -> set[tuple[str, str, str]]:
    """Return what is derived, as local names of subject, predicate and object."""
    loaded = Loaded({HOME / "test.ttl": parse(patients)})
    return {
        tuple(str(getattr(term, "value", term)).rsplit("/", 1)[-1] for term in (t.subject, t.predicate, t.object))
        for inference in Reasoner(SmallKnowledge(criteria)).infer(loaded)
        for t in inference.derived
    }


def truth(derived: set, patient: str, criterion: str) -> str:
    """Return true, false or unknown; both at once is a contradiction and fails."""
    met, unmet = ((patient, name, criterion) in derived for name in ("meets", "doesNotMeet"))
    assert not (met and unmet), f"{criterion} is both true and false"
    return "true" if met else "false" if unmet else "unknown"
