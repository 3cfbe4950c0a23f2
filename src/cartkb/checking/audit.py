"""The arithmetic audit: every comparison of figures, and the discrepancies that explain those that do not agree.

A disagreement is explained by a ``ckb:Discrepancy`` of a kind that the audit names, that concerns both
items and says both values. What is explained and is no longer there is a problem as well.
"""

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import cached_property

import pyoxigraph as ox

from cartkb.checking.checks import Check, Row, passages_of, problem_of, read_checks, words_of
from cartkb.knowledge import Knowledge, rows
from cartkb.load import ckb, short
from cartkb.passages.source import numerals
from cartkb.problems import ANYTHING, Bearing, Problem, shown
from cartkb.queries import query_problem

_DISCREPANCIES = """
PREFIX ckb: <https://w3id.org/cartkb/vocab/>
SELECT ?item ?kind ?property ?value WHERE {
  VALUES ?property { ckb:concerns ckb:printedValue ckb:derivedValue ckb:foundByReading }
  ?item a ckb:Discrepancy ; ckb:discrepancyKind ?kind ; ?property ?value .
}
"""
_PRINTED = """
PREFIX ckb: <https://w3id.org/cartkb/vocab/>
SELECT ?item ?printed (GROUP_CONCAT(?key; SEPARATOR=" ") AS ?keys) WHERE {
  ?item a ckb:Discrepancy ; ckb:printedValue ?printed ; ckb:passage/ckb:key ?key .
} GROUP BY ?item ?printed
"""
_NUMERALS = """
PREFIX ckb: <https://w3id.org/cartkb/vocab/>
SELECT ?key ?numeral WHERE { ?passage a ckb:Passage ; ckb:key ?key OPTIONAL { ?passage ckb:numeral ?numeral } }
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
    return [_comparison(audit, row) for row in audit.select(store)]


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


def check_figures(knowledge: Knowledge, counts: dict[str, int]) -> list[Problem]:
    """Run every audit and return what is unexplained, explained in vain, or said to be printed and is not.

    ``counts`` is told how many comparisons were made, how many agreed and how many are explained.
    """
    return [problem for found in audit_figures(knowledge, counts) for problem in found]


def audit_figures(knowledge: Knowledge, counts: dict[str, int]) -> Iterator[list[Problem]]:
    """Yield the same in the order in which the one may follow from the other.

    ``counts`` is told how many comparisons were made, how many agreed and how many are explained.
    """
    audits = [check for check in read_checks(knowledge)[0] if check.kinds]
    if not audits:
        what, why, fix = "no audits", "no figure would be checked", "put at least one query with # Audit: there"
        yield [Problem(shown(knowledge.ontology_folder / "checks"), 0, what, why, fix, code="no-audits")]
        return
    known = [e for e in explanations(knowledge.store) if e.iri not in knowledge.unfinished]
    done, problems = Audited([], known), []
    for audit in audits:
        try:
            made = compare(knowledge.store, audit)
        except (SyntaxError, ValueError) as error:
            problems.append(query_problem(audit.path, error))
            continue
        if not made:
            why = "an audit that finds nothing to compare would pass whatever is printed"
            what, fix = f"{audit.name} compares nothing", "mend the query, or remove it"
            problems.append(Problem(shown(audit.path), 0, what, why, fix, code="audit-without-comparison"))
        done.comparisons += [c for c in made if c.items.isdisjoint(knowledge.unfinished)]
    counts["figures compared"] = len(done.comparisons)
    counts["agreed"] = len(done.comparisons) - len(done.disagreeing)
    counts[f"explained in {len(done.explaining)} discrepancies"] = len(done.disagreeing) - len(done.unexplained)
    yield problems + _open(knowledge, done) + _not_printed(knowledge)
    yield _told_wrongly(knowledge, done, audits)


def _open(knowledge: Knowledge, done: Audited) -> list[Problem]:
    """Return the problems of disagreements that nothing explains, or only something that says other values.

    One wrong figure disagrees with many. So those that share an item are told once, at the item that most share.
    """
    problems, left = [], list(done.unexplained)
    while left:
        often = Counter(item for comparison in left for item in comparison.items)
        shared = min(often, key=lambda item: (-often[item], item))
        first, *others = sorted(
            (comparison for comparison in left if shared in comparison.items),
            key=lambda comparison: comparison.row["item"].value != shared,
        )
        near = next((short(ox.NamedNode(e.iri)) for e in done.known if e.concerns_all(first)), "")
        fix = near and f"correct the figure, or name both values in ckb:printedValue or ckb:derivedValue of {near}"
        problem = problem_of(knowledge, first.audit, first.row, fix=fix)
        if others:
            what = f"{problem.what}; {short(ox.NamedNode(shared))} disagrees as well {_with(knowledge, shared, others)}"
            bearing = replace(problem.bearing, about=frozenset({shared}), doubts=ANYTHING)
            problem = replace(problem, what=what, bearing=bearing)
        problems.append(problem)
        left = [comparison for comparison in left if shared not in comparison.items]
    return problems


def _with(knowledge: Knowledge, shared: str, others: list[Comparison]) -> str:
    """Return with what else an item disagrees, where that is printed, and by which audits."""
    items = sorted({item for comparison in others for item in comparison.items} - {shared})
    names = ", ".join(f"{short(ox.NamedNode(item))} ({passages_of(knowledge, ox.NamedNode(item))})" for item in items)
    audits = ", ".join(sorted({comparison.audit.name for comparison in others}))
    return f"with {names} [{audits}]" if names else f"in other comparisons [{audits}]"


def _told_wrongly(knowledge: Knowledge, done: Audited, audits: list[Check]) -> list[Problem]:
    """Return the problems of discrepancies that explain nothing, or are found though they say that they cannot be."""
    problems = []
    for explanation in done.in_vain:
        what = f"{short(ox.NamedNode(explanation.iri))} explains in vain: no audit finds such a disagreement"
        why = "an explanation of something that is not there makes readers doubt what is right"
        fix = "remove it, correct what it concerns or says, or, if no query can find it, say why in ckb:foundByReading"
        reads = frozenset().union(*(words_of(audit.text) for audit in audits if explanation.kind in audit.kinds))
        bearing = Bearing(frozenset({explanation.iri}), names=ANYTHING, reads=reads)
        problems.append(
            knowledge.loaded.problem(explanation.iri, what, why, fix, code="discrepancy-in-vain", bearing=bearing)
        )
    for explanation in done.found_after_all:
        what = f"{short(ox.NamedNode(explanation.iri))} says that no query can find it, but an audit does"
        why = "what is said to rest on reading would not be missed if the audit broke"
        predicate, code, fix = ckb("foundByReading").value, "discrepancy-found-after-all", "remove ckb:foundByReading"
        problems.append(knowledge.loaded.problem(explanation.iri, what, why, fix, predicate, code=code))
    return problems


def _not_printed(knowledge: Knowledge) -> list[Problem]:
    """Return values said to be printed whose passage is not named, or does not hold their numbers."""
    printed: dict[str, set[Decimal]] = {}
    for row in knowledge.select(_NUMERALS):
        numbers = printed.setdefault(row["key"].value, set())
        if row["numeral"] is not None:
            numbers.add(Decimal(row["numeral"].value).normalize())
    problems = []
    for row in knowledge.select(_PRINTED):
        item, value = short(row["item"]), row["printed"].value
        found = re.fullmatch(r"(.*\S) \(([^()]+)\)", value)
        keys = found[2].split(", ") if found else []
        if not found or not set(keys) <= set(row["keys"].value.split()):
            what = f'"{value}" of {item} does not end with passages of the discrepancy'
            fix = "end it with their keys in brackets, for example (TR.9.5), and name them in ckb:passage too"
            why = "a value that nobody can look up proves nothing"
            problems.append(_at_value(knowledge, row, what, why, fix, "printed-value-without-passage"))
            continue
        missing = sorted(set(numerals(found[1])) - set().union(*(printed[key] for key in keys)))
        if missing:
            what = f"{item} says that {found[2]} prints {', '.join(f'{number:f}' for number in missing)}"
            why = "only what the review prints can prove that it disagrees with itself"
            fix = "copy the value from the passage; what follows from it belongs in ckb:derivedValue"
            problems.append(_at_value(knowledge, row, what, why, fix, "printed-value-not-printed"))
    return problems


def _at_value(knowledge: Knowledge, row: Row, what: str, why: str, fix: str, code: str) -> Problem:
    item, predicate = row["item"].value, ckb("printedValue").value
    return knowledge.loaded.problem(item, what, why, fix, predicate, value=row["printed"].value, code=code)
