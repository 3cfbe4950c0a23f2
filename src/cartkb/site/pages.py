"""The table of pages, ``site_templates/pages.toml``: which there are, and which rows each is given.

A page with ``items`` is drawn once for every row of that view: a row whose ``?item`` is an IRI is a
page about it, with its RDF beside it; one whose ``?item`` is a word is a page of that name. Each of
its ``views`` is handed to the template with the rows of the page's own ``?item`` only, each of its
``lists`` whole. ``anchors`` names what has its place within the page.

A view is a query of ``site_templates/views/``, or one of the ontology: ``question:NAME``, ``check:NAME``.
``queries:FOLDER`` has a row for every query file of a folder of the ontology: see ``cartkb.site.query_files``.
"""

import re
import tomllib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Self

import pyoxigraph as ox

from cartkb.dependence import Words, may_differ
from cartkb.knowledge import Knowledge
from cartkb.names import local_name
from cartkb.problems import ANYTHING, CartkbError, Problem, shown
from cartkb.site.query_files import query_rows
from cartkb.site.reasoned import names_of_answers

_NAME = re.compile(r"ckb:[\w-]+")
_SAFE_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9.-]*")


class Iri(str):
    """An IRI in a template, so that templates can tell it from text."""


@dataclass(frozen=True)
class Page:
    """One page to draw: its address below the site, its row of the table, and the item or word it is about."""

    address: str
    spec: dict
    key: str
    row: dict

    @property
    def item(self) -> Iri | None:
        """The IRI that the page is about, or None."""
        return self.key if isinstance(self.key, Iri) else None


class Pages:
    """All pages of a knowledge base, the rows that their views select, and the place of every item."""

    def __init__(
        self,
        knowledge: Knowledge,
        store: ox.Store,
        answers: Callable[[], list[ox.Quad]] | None = None,
        before: Self | None = None,
        changed: Words = ANYTHING,
    ):
        """Ask every view of the table, if there are ``answers``, what the rules say of the cases; called once, late.

        Without them only the views are asked that say which pages there are, and others on demand. What views said
        ``before`` is kept where it cannot differ after what has changed.
        """
        self.templates = knowledge.home / "site_templates"
        self._ontology = knowledge.ontology_folder
        self._is_open, self._unfinished = knowledge.is_open, knowledge.unfinished
        self._store = store
        self._found: dict[str, list[dict]] = {}
        self._asked: dict[str, str] = {}  # the query of each view that was asked
        self._late: frozenset[str] = frozenset()  # names of answers, once they are to be had no more
        self._table = tomllib.loads((self.templates / "pages.toml").read_text(encoding="utf-8"))
        self.navigation = self._table["navigation"]
        if before is not None and before._unfinished == self._unfinished:
            self._keep(before, changed)
        if answers:
            self._ask_all(names_of_answers(knowledge), answers)
        self.all = [page for spec in self._table["page"] for page in self._pages(spec)]
        self.places = self._places(self._table["page"])

    def _ask_all(self, late: frozenset[str], answers: Callable[[], list[ox.Quad]]) -> None:
        """Ask the views that name something which only rules derive while the answers are in the store, no others."""
        names = list(dict.fromkeys(name for spec in self._table["page"] for name in _views(spec)))
        waiting = [name for name in names if not late.isdisjoint(re.findall(_NAME, self._text(name)))]
        for name in names:
            if name not in waiting:
                self.view(name)
        given = answers()
        self._store.extend(given)
        for name in waiting:
            self.view(name)
        for graph in {quad.graph_name for quad in given}:
            self._store.remove_graph(graph)
        self._late = late

    def _keep(self, before: Self, changed: Words) -> None:
        """Take over what views said before that still ask the same and are not concerned by a change."""
        for name, text in before._asked.items():
            if not may_differ(text, changed) and self._text(name) == text:
                self._asked[name] = text
                kept = (each for each in (name, _by_item(name)) if each in before._found)
                self._found |= {each: before._found[each] for each in kept}

    def view(self, name: str) -> list[dict]:
        """Return the rows of a view. Raises CartkbError where there is none, or it cannot be answered."""
        if name not in self._found:
            if self._late and not self._late.isdisjoint(re.findall(_NAME, self._text(name))):
                what, fix = "asks for answers once they are gone", "name the view in a row of pages.toml"
                raise CartkbError([Problem(shown(self.path(name)), 0, what, fix=fix)])
            self._found[name] = self._answer(name)
        return self._found[name]

    def own(self, page: Page, name: str) -> list[dict]:
        """Return the rows of a view that are about a page's item."""
        grouped = _by_item(name)
        if grouped not in self._found:
            by_item: dict[str, list[dict]] = {}
            for row in self.view(name):
                by_item.setdefault(row.get("item", ""), []).append(row)
            self._found[grouped] = by_item
        return self._found[grouped].get(page.key, [])

    def path(self, name: str) -> Path:
        """Return the file of a view. Raises CartkbError where its name is none."""
        kind, _, query = name.rpartition(":")
        folders = {
            "": self.templates / "views",
            "question": self._ontology / "questions",
            "check": self._ontology / "checks",
        }
        if kind not in folders:
            fix = "a view is NAME, question:NAME or check:NAME"
            raise CartkbError([Problem(shown(self.templates / "pages.toml"), 0, f"no such view: {name}", fix=fix)])
        return folders[kind] / f"{query}.rq"

    def _text(self, name: str) -> str:
        """Return the query of a view, or nothing where the view is a folder of queries."""
        if name.startswith("queries:"):
            return ""
        path = self.path(name)
        try:
            return path.read_text(encoding="utf-8")
        except OSError as error:
            raise CartkbError([Problem(shown(path), 0, f"the view cannot be answered: {error}")]) from None

    def _answer(self, name: str) -> list[dict]:
        kind, _, query = name.rpartition(":")
        if kind == "queries":
            return query_rows(self._ontology / query)
        text = self._asked[name] = self._text(name)
        try:
            solutions = self._store.query(text, use_default_graph_as_union=True)
            names = [variable.value for variable in solutions.variables]
            found = [tuple(solution) for solution in solutions]
        except (SyntaxError, ValueError, AttributeError) as error:
            problem = Problem(shown(self.path(name)), 0, f"the view cannot be answered: {error}")
            raise CartkbError([problem]) from None
        finished = (values for values in found if not any(map(self._is_open, values)))
        return [dict(zip(names, map(plain, values), strict=True)) for values in finished]

    def _pages(self, spec: dict) -> list[Page]:
        if "items" not in spec:
            return [Page(spec["output"], spec, "", {})]
        pages = []
        for row in self.view(spec["items"]):
            name = _name(row["item"])
            if not _SAFE_NAME.fullmatch(name):
                why = "its name would be an address and a path"
                fix = "use letters, digits, hyphens and full stops only"
                raise CartkbError([Problem(row["item"], 0, "this name cannot be a page", why, fix)])
            pages.append(Page(spec["output"].format(name=name), spec, row["item"], row))
        return pages

    def _places(self, specs: list[dict]) -> dict[str, str]:
        places = {}
        for spec in specs:
            for row in self.view(spec["anchors"]) if "anchors" in spec else []:
                address = spec["output"].format(name=_name(row["page"])) if "items" in spec else spec["output"]
                places.setdefault(row["item"], f"{address}#{_name(row['item'])}")
        return places | {page.item: page.address for page in self.all if page.item}


def _views(spec: dict) -> Iterator[str]:
    """Yield the names of all views that a row of the table speaks of."""
    for key in ("items", "anchors"):
        if key in spec:
            yield spec[key]
    for key in ("views", "lists"):
        yield from spec.get(key, ())


def _by_item(name: str) -> str:
    return f"{name} by item"


def plain(value: ox.NamedNode | ox.Literal | None) -> str:
    """Return a value as templates get it: the text, an ``Iri``, or nothing."""
    if value is None:
        return ""
    return Iri(value.value) if isinstance(value, ox.NamedNode) else value.value


def _name(key: str) -> str:
    return local_name(ox.NamedNode(key)) if isinstance(key, Iri) else key
