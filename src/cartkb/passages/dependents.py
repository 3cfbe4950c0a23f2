"""What rests on a passage: what names it directly, and what follows from that, step by step."""

from collections import defaultdict
from dataclasses import dataclass

from cartkb.knowledge import Knowledge
from cartkb.names import local_name

_PREFIXES = """
PREFIX ckb: <https://w3id.org/cartkb/vocab/>
PREFIX rdfs: <http://www.w3.org/2000/01/rdf-schema#>
"""
_DIRECT = """
SELECT ?passage ?item WHERE { ?item ckb:passage ?passage . FILTER NOT EXISTS { ?item a ckb:Reading } }
"""
_CARRIES = """
SELECT ?from ?to WHERE {
  { ?to ckb:finding|ckb:pools|ckb:evidenceLine ?from }
  UNION { ?to ckb:operand|ckb:population|ckb:exceptWhen|ckb:criterion|ckb:definingCriterion ?from }
  UNION { ?from ckb:factor ?to }
  UNION { ?from a ckb:EditorialDecision ; ckb:affects ?to }
  UNION { ?from a ckb:EditorialDecision . ?to ckb:cutOffOf ?from }
  UNION { ?from a ckb:Product . ?to ckb:expectedValue ?from }
}
"""
_ENDS = """
SELECT ?from ?to WHERE {
  { ?to ckb:between|ckb:hingesOn|ckb:concerns ?from }
  UNION { ?to a ckb:EditorialDecision ; ckb:affects ?from }
  UNION {
    ?to a ckb:Case ; ckb:expectation ?expectation .
    { ?expectation ckb:expectedApplies|ckb:expectedDoesNotApply|ckb:expectedUndetermined ?from }
    UNION { ?expectation ckb:expectedTension|ckb:expectedSilence ?from }
  }
}
"""
_KINDS = """
SELECT ?item (MIN(?label) AS ?kind) WHERE {
  ?item a ?class . ?class rdfs:label ?label .
  FILTER(STRSTARTS(STR(?item), "https://w3id.org/cartkb/guideline/"))
} GROUP BY ?item
"""


@dataclass(frozen=True)
class Dependent:
    """Something that rests on a passage, by the label of its class and its name."""

    kind: str
    item: str


class Dependents:
    """Everything that rests on each passage of a knowledge base."""

    def __init__(self, knowledge: Knowledge):
        self._direct = self._edges(knowledge, _DIRECT)
        self._carries = self._edges(knowledge, _CARRIES)
        self._ends = self._edges(knowledge, _ENDS)
        rows = knowledge.select(_PREFIXES + _KINDS)
        self._kinds = {local_name(row["item"]): row["kind"].value for row in rows}

    def _edges(self, knowledge: Knowledge, query: str) -> dict[str, set[str]]:
        edges = defaultdict(set)
        for row in knowledge.select(_PREFIXES + query):
            first, second = (local_name(node) for node in row.values())
            edges[first].add(second)
        return edges

    def of(self, passage: str) -> tuple[list[Dependent], list[Dependent]]:
        """Return what names a passage, and what rests on it through that; both by kind and name.

        A tension, discrepancy, decision or case that is reached this way is the end of its line.
        """
        direct = self._direct[passage]
        reached, ends, todo = set(direct), set(), list(direct)
        while todo:
            item = todo.pop()
            ends |= self._ends[item]
            new = self._carries[item] - reached
            reached |= new
            todo += new
        return self._told(direct), self._told((reached | ends) - direct)

    def _told(self, items: set[str]) -> list[Dependent]:
        found = [Dependent(self._kinds.get(item, "item"), item) for item in items]
        return sorted(found, key=lambda d: (d.kind, d.item))
