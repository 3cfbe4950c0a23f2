"""What the rules answer for the patients of the cases, for pages that show it and views that ask for it."""

from dataclasses import dataclass
from pathlib import Path

import pyoxigraph as ox

from cartkb.knowledge import Knowledge
from cartkb.load import read_all
from cartkb.loaded import Loaded
from cartkb.names import CKB, short
from cartkb.reasoning.answers import Explainer
from cartkb.reasoning.reason import OF_PATIENTS, Reasoner, Stratum

_ANSWERS = f"CONSTRUCT {{ ?answer ?property ?value }} WHERE {{ ?answer a <{CKB}Answer> ; ?property ?value }}"
_GRAPH = ox.NamedNode("urn:cartkb:inferred")


@dataclass(frozen=True)
class Reasoned:
    """The answers as lines of N-Triples, and the explanation of every patient by the patient's IRI."""

    lines: bytes
    explanations: dict[str, dict]

    def quads(self) -> list[ox.Quad]:
        """Return the answers, in a graph of their own."""
        return [ox.Quad(*quad.triple, _GRAPH) for quad in ox.parse(self.lines, format=ox.RdfFormat.N_TRIPLES)]


def reason_over_cases(home: Path) -> Reasoned:
    """Answer all questions for the patients of the cases of a home folder. Only what the rules read is read."""
    knowledge = Knowledge(home)
    lines, explanations = [], {}
    folder = knowledge.guideline_folder / "cases"
    cases = read_all([folder]) if any(folder.glob("*.ttl")) else Loaded()
    for inference in Reasoner(knowledge).infer(cases):
        lines.append(ox.serialize(inference.store.query(_ANSWERS), format=ox.RdfFormat.N_TRIPLES))
        explanations |= {told["patient"]: told for told in Explainer(inference).explain_all()}
    return Reasoned(b"".join(lines), explanations)


def names_of_answers(knowledge: Knowledge) -> frozenset[str]:
    """Return the names, such as ``ckb:applies``, of what the rules derive for patients and nobody writes."""
    of_patients = [Stratum(number, [text]) for number, _, text in knowledge.rules if number >= OF_PATIENTS]
    derived = frozenset().union(*(rule.derives for rule in of_patients))
    return derived - {short(predicate) for predicate in knowledge.loaded.predicates}
