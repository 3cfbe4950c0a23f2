"""What audits compare, and the discrepancies that explain what does not agree.

A disagreement is explained by a ``ckb:Discrepancy`` of a kind that the audit names, that concerns both
items and says both values.
"""

import re
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property

import pyoxigraph as ox

from cartkb.checking.checks import Check, Row
from cartkb.knowledge import rows
from cartkb.names import ckb, short
from cartkb.passages.source import numerals

_DISCREPANCIES = """
PREFIX ckb: <https://w3id.org/cartkb/vocab/>
SELECT ?item ?kind ?property ?value WHERE {
  VALUES ?property { ckb:concerns ckb:printedValue ckb:derivedValue ckb:foundByReading }
  ?item a ckb:Discrepancy ; ckb:discrepancyKind ?kind ; ?property ?value .
}
"""


@dataclass(frozen=True)
class Comparison:
    """One row of an audit: what was compared, the numbers of both sides, and whether they agree."""

    audit: Check
    row: Row
    items: frozenset[str]
    numbers: frozenset[Decimal]
    agrees: bool


@dataclass
class Explanation:
    """A discrepancy as the audit sees it: kind, what it concerns, the numbers it says, and whether it was read."""

    iri: str
    kind: str
    concerns: set[str]
    numbers: set[Decimal]
    by_reading: bool = False

    def concerns_all(self, comparison: Comparison) -> bool:
        """Say whether it is of a kind that the audit names and concerns every item of the comparison."""
        return self.kind in comparison.audit.kinds and comparison.items <= self.concerns

    def explains(self, comparison: Comparison) -> bool:
        """Say whether it concerns all items of the comparison and says its numbers."""
        return self.concerns_all(comparison) and comparison.numbers <= self.numbers


def compare(store: ox.Store, audit: Check) -> list[Comparison]:
    """Return the comparisons of one audit. Raises SyntaxError or ValueError where its query is malformed."""
    return comparisons(audit, audit.select(store))


def comparisons(audit: Check, selected: list[Row]) -> list[Comparison]:
    """Return what an audit compared, from the rows of its query."""
    return [_comparison(audit, row) for row in selected]


def _comparison(audit: Check, row: Row) -> Comparison:
    items = {row[name].value for name in ("item", "other") if row.get(name) is not None}
    sides = [row[name].value for name in ("here", "there") if isinstance(row.get(name), ox.Literal)]
    numbers = {Decimal(side).normalize() for side in sides if re.fullmatch(r"-?\d+(\.\d+)?", side)}
    agrees = row["agrees"] is not None and row["agrees"].value == "true"
    return Comparison(audit, row, frozenset(items), frozenset(numbers), agrees)


def explanations(store: ox.Store) -> list[Explanation]:
    """Return every discrepancy, by name."""
    found: dict[str, Explanation] = {}
    for row in rows(store.query(_DISCREPANCIES, use_default_graph_as_union=True)):
        iri, value = row["item"].value, row["value"].value
        explanation = found.setdefault(iri, Explanation(iri, short(row["kind"]), set(), set()))
        if row["property"] == ckb("concerns"):
            explanation.concerns.add(value)
        elif row["property"] == ckb("foundByReading"):
            explanation.by_reading = True
        else:
            explanation.numbers |= _numbers(value)
    return [found[iri] for iri in sorted(found)]


def _numbers(text: str) -> set[Decimal]:
    """Return the numbers of a text both as they are meant and, where a comma splits one, to the letter."""
    to_the_letter = re.findall(r"(?<![\w.])\d+(?:\.\d+)?", text)
    return set(numerals(text)) | {Decimal(number).normalize() for number in to_the_letter}


@dataclass
class Audited:
    """The comparisons that were made and the discrepancies that may explain them."""

    comparisons: list[Comparison]
    known: list[Explanation]

    @cached_property
    def disagreeing(self) -> list[Comparison]:
        """The comparisons that do not agree, explained or not."""
        return [comparison for comparison in self.comparisons if not comparison.agrees]

    @cached_property
    def unexplained(self) -> list[Comparison]:
        """Those among them that no discrepancy explains."""
        return [c for c in self.disagreeing if not any(e.explains(c) for e in self.known)]

    @cached_property
    def explaining(self) -> list[Explanation]:
        """The discrepancies that explain at least one disagreement."""
        return [e for e in self.known if any(e.explains(c) for c in self.disagreeing)]

    @property
    def in_vain(self) -> list[Explanation]:
        """The discrepancies that explain nothing and do not say that they were found by reading."""
        return [e for e in self.known if not e.by_reading and e not in self.explaining]

    @property
    def found_after_all(self) -> list[Explanation]:
        """The discrepancies that say that no query can find them, though an audit does."""
        return [e for e in self.explaining if e.by_reading]
