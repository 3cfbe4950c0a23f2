"""The arithmetic audit: every comparison of figures, and the discrepancies that explain those that do not agree.

A disagreement is explained by a ``ckb:Discrepancy`` of a kind that the audit names, that concerns both
items and says both values. What is explained and is no longer there is a problem as well.
"""

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal

import pyoxigraph as ox

from cartkb.checking.checks import Asked, Check, Row, passages_of, problem_of
from cartkb.checking.comparisons import Audited, Comparison, comparisons, explanations
from cartkb.dependence import words_of
from cartkb.knowledge import Knowledge
from cartkb.names import ckb, short
from cartkb.passages.source import numerals
from cartkb.problems import ANYTHING, Bearing, Problem, shown
from cartkb.queries import query_problem

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


def check_figures(knowledge: Knowledge, counts: dict[str, int]) -> list[Problem]:
    """Run every audit and return what is unexplained, explained in vain, or said to be printed and is not.

    ``counts`` is told how many comparisons were made, how many agreed and how many are explained.
    """
    return [problem for found in audit_figures(Asked(knowledge), counts) for problem in found]


def audit_figures(asked: Asked, counts: dict[str, int]) -> Iterator[list[Problem]]:
    """Yield the same in the order in which the one may follow from the other.

    ``counts`` is told how many comparisons were made, how many agreed and how many are explained.
    """
    knowledge = asked.knowledge
    audits = [check for check in asked.checks if check.kinds]
    if not audits:
        what, why, fix = "no audits", "no figure would be checked", "put at least one query with # Audit: there"
        yield [Problem(shown(knowledge.ontology_folder / "checks"), 0, what, why, fix, code="no-audits")]
        return
    known = [e for e in explanations(knowledge.store) if e.iri not in knowledge.unfinished]
    done, problems = Audited([], known), []
    for audit in audits:
        try:
            made = comparisons(audit, asked.select(audit))
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
