"""The queries of ontology/checks/. Most select what must not be; an audit selects comparisons of figures.

The head of each file is its manual: ``# Problem:``, ``# Why:`` and ``# Fix:``, with the query's variables in braces.
``# Audit:`` makes it an audit and names the kinds of discrepancy that may explain what does not agree. ``# Nearest:``
names the variable of a name that is not there, for which the nearest ones are offered. ``# Together:`` names variables:
rows that agree in them have one cause and are told once. ``# After:`` names a check, or the figures, that may find what
the complaints of this one only follow from.
"""

import os
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Self

import pyoxigraph as ox

from cartkb.dependence import Words, may_differ, words_of
from cartkb.knowledge import Knowledge, rows
from cartkb.names import CKB, CKBG, short
from cartkb.nearest import did_you_mean, nearest
from cartkb.problems import ANYTHING, Bearing, Problem, in_one, shown
from cartkb.queries import query_problem

Row = dict[str, ox.NamedNode | ox.Literal | None]
_HEAD = ("Problem", "Why", "Fix")
_MORE = ("Audit", "Nearest", "Together", "After")
_FIGURES = "figures"  # all audits
_AGGREGATE = re.compile(r"\b(?:AVG|COUNT|MAX|MIN|SUM)\(")
_KEYS = "SELECT ?key WHERE {{ {item} <{ckb}passage>/<{ckb}key> ?key }} ORDER BY ?key"


@dataclass(frozen=True)
class Check:
    """One query with its head. ``kinds`` are the kinds of discrepancy, as prefixed names; a plain check has none."""

    path: Path
    text: str
    problem: str
    why: str
    fix: str
    kinds: frozenset[str]
    nearest: str = ""
    together: tuple[str, ...] = ()
    after: str = ""

    @property
    def name(self) -> str:
        """The name of the file, without its ending: the code of its complaints."""
        return self.path.stem

    def select(self, store: ox.Store) -> list[Row]:
        """Return the rows of the query. Raises SyntaxError or ValueError where it is malformed."""
        return rows(store.query(self.text, use_default_graph_as_union=True))

    @property
    def after_figures(self) -> bool:
        """Whether it is asked only when the audits are done."""
        return self.after == _FIGURES

    @property
    def reads(self) -> frozenset[str] | None:
        """The classes and properties that the query names; None where it asks for any property."""
        body = re.sub(r"SELECT[^{]*|GROUP BY.*|#.*|VALUES *\([^)]*\)", "", self.text)
        if re.search(r"\?\w+\s+\?\w+\s+\?\w+", body):
            return ANYTHING
        return words_of(body)


def read_checks(knowledge: Knowledge) -> tuple[list[Check], list[Problem]]:
    """Return every check in order of the files' names, and a problem for each that has no whole head."""
    checks, problems = [], []
    for path in knowledge.queries("checks"):
        text = path.read_text(encoding="utf-8")
        head = {key: " ".join(re.findall(rf"^# {key}: (.*)$", text, re.MULTILINE)) for key in (*_HEAD, *_MORE)}
        if all(head[key] for key in _HEAD):
            kinds, together = frozenset(head["Audit"].split()), tuple(head["Together"].split())
            told = (head[key] for key in _HEAD)
            checks.append(Check(path, text, *told, kinds, head["Nearest"], together, head["After"]))
        else:
            missing = " and ".join(f"# {key}:" for key in _HEAD if not head[key])
            what, why = f"a check without {missing} in its head", "what it finds could be explained to nobody"
            fix = "begin the file with # Problem:, # Why: and # Fix:"
            problems.append(Problem(shown(path), 1, what, why, fix, code="check-without-head"))
    return checks, problems


class Asked:
    """The checks of a knowledge base and what they select. The store answers several at once, as many as there are
    cores.
    """

    def __init__(self, knowledge: Knowledge, before: Self | None = None, changed: Words = ANYTHING):
        """Keep what was selected ``before`` by the same queries, where it cannot differ after what has changed."""
        self.knowledge = knowledge
        self.checks, self.problems = read_checks(knowledge)
        self._selected: dict[Check, Future[list[Row]]] = {}
        self._kept = {} if before is None else before.unchanged(changed)

    def unchanged(self, changed: Words) -> dict[Check, "Future[list[Row]]"]:
        """Return what a change cannot alter of what was selected."""
        known = self._kept | self._selected
        return {check: rows for check, rows in known.items() if not may_differ(check.text, changed)}

    def select(self, check: Check) -> list[Row]:
        """Return the rows of a check. Raises SyntaxError or ValueError where its query is malformed."""
        if not self._selected:
            store = self.knowledge.store
            kept = self._kept
            with ThreadPoolExecutor(os.cpu_count()) as pool:
                self._selected = {each: kept.get(each) or pool.submit(each.select, store) for each in self.checks}
        return self._selected[check].result()


def check_queries(knowledge: Knowledge, counts: dict[str, int]) -> list[Problem]:
    """Return everything that the checks find that are no audits. ``counts`` is told how many checks there are."""
    asked = Asked(knowledge)
    if not asked.checks and not asked.problems:
        why, fix = "nothing would be checked", "put at least one query there"
        return [Problem(shown(knowledge.ontology_folder / "checks"), 0, "no checks", why, fix, code="no-checks")]
    counts["checks"] = len(asked.checks)
    return [*asked.problems, *(problem for found in ask(asked, asked.checks) for problem in found)]


def ask(asked: Asked, checks: Iterable[Check]) -> Iterator[list[Problem]]:
    """Yield for each of some checks that is no audit what it finds, in one problem all that miss the same name."""
    knowledge = asked.knowledge
    for check in sorted(checks, key=lambda check: (bool(check.after), check.name)):
        if check.kinds:
            continue
        try:
            found = asked.select(check)
        except (SyntaxError, ValueError) as error:
            yield [query_problem(check.path, error)]
            continue
        hints = _hints(knowledge, check, found) if check.nearest else {}
        alike: dict[object, list[Problem]] = defaultdict(list)
        for row in found:
            hint, near = hints.get(row.get(check.nearest), ("", ()))
            problem = problem_of(knowledge, check, row, hint)
            bearing = replace(problem.bearing, touches=problem.bearing.touches | {*near})
            shared = check.together or ((check.nearest,) if check.nearest else ())
            key = tuple(row[name] for name in shared) if shared else len(alike)
            alike[key].append(replace(problem, bearing=bearing))
        yield [in_one(problems) for problems in alike.values()]


def _hints(knowledge: Knowledge, check: Check, found: list[Row]) -> dict[object, tuple[str, list[str]]]:
    """Return for each name that is not there what may have been meant: as a question, and as IRIs."""
    known = {iri.removeprefix(CKBG) for iri in knowledge.loaded.described if iri.startswith(CKBG)} if found else ()
    hints = {}
    for missing in {row[check.nearest] for row in found}:
        near = [CKBG + name for name in nearest(short(missing).partition(":")[2], known)]
        hint = did_you_mean(short(ox.NamedNode(iri)) for iri in near)
        hints[missing] = (hint and f"{hint} Else ", near)
    return hints


def problem_of(knowledge: Knowledge, check: Check, row: Row, hint: str = "", fix: str = "") -> Problem:
    """Return the problem of one row, placed at the value of its ``?item`` and ``?predicate`` that the row names.

    ``hint`` is put before what the head says is to be done; ``fix`` takes its place. Beside the query's variables the
    head may use {passages} and {otherPassages}: where ?item and ?other are printed.
    """
    words = defaultdict(str, {name: short(value) for name, value in row.items() if value is not None})
    for name, of in (("passages", "item"), ("otherPassages", "other")):
        if name not in row and f"{{{name}}}" in check.problem + check.why + check.fix:
            words[name] = passages_of(knowledge, row.get(of))
    what, why, usual = (text.format_map(words) for text in (check.problem, check.why, check.fix))
    item, predicate = row["item"].value, row["predicate"].value if row.get("predicate") is not None else ""
    values = {value.value for name, value in row.items() if value is not None and name not in ("item", "predicate")}
    said = {t.object.value for t in knowledge.loaded.about(item) if t.predicate.value == predicate} & values
    value = min(said) if len(said) == 1 else None
    return knowledge.loaded.problem(
        item,
        what,
        why,
        fix or hint + usual,
        predicate,
        value=value,
        code=check.name,
        bearing=_bearing(knowledge, check, row),
    )


def _bearing(knowledge: Knowledge, check: Check, row: Row) -> Bearing:
    predicate = row["predicate"].value if row.get("predicate") is not None else ""
    generic = check.reads is ANYTHING  # it holds one figure against others, whatever their properties
    of_item = knowledge.loaded.bearing(
        row["item"].value, predicate, also=knowledge.figure_properties if generic else ()
    )
    named = {value.value for name, value in row.items() if isinstance(value, ox.NamedNode) and name != "predicate"}
    about = {row[name].value for name in ("item", "other", check.nearest) if isinstance(row.get(name), ox.NamedNode)}
    reads = check.reads if not predicate else (check.reads or words_of(check.text)) | {predicate}
    # what an audit adds up rests on items that its rows do not name, but on none without a figure
    names = knowledge.with_figures if check.kinds and _AGGREGATE.search(check.text) else frozenset(named)
    return replace(of_item, about=frozenset(about), names=names, reads=reads)


def passages_of(knowledge: Knowledge, item: ox.NamedNode | ox.Literal | None) -> str:
    """Return the keys of an item's passages in their order, or that it has none."""
    found = knowledge.select(_KEYS.format(item=item, ckb=CKB)) if isinstance(item, ox.NamedNode) else []
    return ", ".join(row["key"].value for row in found) or "no passage"
