"""The queries of ontology/checks/. Most select what must not be; an audit selects comparisons of figures.

The head of each file is its manual: ``# Problem:``, ``# Why:`` and ``# Fix:``, with the query's variables in braces.
``# Audit:`` makes it an audit and names the kinds of discrepancy that may explain what does not agree.
"""

import re
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path

import pyoxigraph as ox

from cartkb.knowledge import Knowledge, rows
from cartkb.load import short
from cartkb.problems import Problem, shown

Row = dict[str, ox.NamedNode | ox.Literal | None]
_HEAD = ("Problem", "Why", "Fix")


@dataclass(frozen=True)
class Check:
    """One query with its head. ``kinds`` are the kinds of discrepancy, as prefixed names; a plain check has none."""

    path: Path
    text: str
    problem: str
    why: str
    fix: str
    kinds: frozenset[str]

    @property
    def name(self) -> str:
        """The name of the file, without its ending."""
        return self.path.stem

    def select(self, store: ox.Store) -> list[Row]:
        """Return the rows of the query. Raises SyntaxError or ValueError where it is malformed."""
        return rows(store.query(self.text, use_default_graph_as_union=True))


def read_checks(knowledge: Knowledge) -> tuple[list[Check], list[Problem]]:
    """Return every check in order of the files' names, and a problem for each that has no whole head."""
    checks, problems = [], []
    for path in knowledge.queries("checks"):
        text = path.read_text(encoding="utf-8")
        head = {key: " ".join(re.findall(rf"^# {key}: (.*)$", text, re.MULTILINE)) for key in (*_HEAD, "Audit")}
        if all(head[key] for key in _HEAD):
            checks.append(Check(path, text, *(head[key] for key in _HEAD), frozenset(head["Audit"].split())))
        else:
            fix = "begin the file with # Problem:, # Why: and # Fix:"
            problems.append(Problem(shown(path), 1, "a check without its header", fix=fix))
    return checks, problems


def check_queries(knowledge: Knowledge, counts: dict[str, int]) -> list[Problem]:
    """Return a problem for each row of each check that is no audit. ``counts`` is told how many checks there are."""
    checks, problems = read_checks(knowledge)
    if not checks and not problems:
        return [Problem(shown(knowledge.ontology_folder / "checks"), 0, "no checks", "nothing would be checked")]
    counts["checks"] = len(checks)
    for check in checks:
        if check.kinds:
            continue
        try:
            found = check.select(knowledge.store)
        except (SyntaxError, ValueError) as error:
            problems.append(malformed(check, error))
            continue
        problems += [problem_of(knowledge, check, row) for row in found]
    return problems


def malformed(check: Check, error: Exception) -> Problem:
    """Return the problem of a query that cannot be read."""
    return Problem(shown(check.path), 0, f"syntax error: {error}", fix="see the SPARQL 1.1 query language")


def problem_of(knowledge: Knowledge, check: Check, row: Row, fix: str = "") -> Problem:
    """Return the problem of one row, placed at its ``?item`` and ``?predicate``.

    Beside the query's variables the head may use {passages} and {otherPassages}: where ?item and ?other are printed.
    """
    words = defaultdict(str, {name: short(value) for name, value in row.items() if value is not None})
    for name, of in (("passages", "item"), ("otherPassages", "other")):
        if name not in row and f"{{{name}}}" in check.problem + check.why + check.fix:
            words[name] = _passages(knowledge, row.get(of))
    what, why, usual = (text.format_map(words) for text in (check.problem, check.why, check.fix))
    predicate = row["predicate"].value if row.get("predicate") is not None else ""
    return knowledge.loaded.problem(row["item"].value, what, why, fix or usual, predicate)


def _passages(knowledge: Knowledge, item: ox.NamedNode | ox.Literal | None) -> str:
    """Return the keys of an item's passages in their order, or that it has none."""
    query = f"SELECT ?key WHERE {{ {item} <{_PASSAGE}>/<{_KEY}> ?key }} ORDER BY ?key"
    found = knowledge.select(query) if isinstance(item, ox.NamedNode) else []
    return ", ".join(row["key"].value for row in found) or "no passage"


_PASSAGE, _KEY = "https://w3id.org/cartkb/vocab/passage", "https://w3id.org/cartkb/vocab/key"
