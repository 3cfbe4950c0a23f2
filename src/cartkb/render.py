"""The website: a table of pages (output, query, template), filled by SPARQL, drawn by Jinja.

``site_templates/pages.toml`` is the table. A page with ``items`` is drawn once for every row of
that query; each of its ``views`` is a query whose rows are handed to the template, those of the
page's own ``?item`` only. ``anchors`` names what has its place within the page. No page is written
unless all can be drawn.
"""

import json
import re
import shutil
import tempfile
import tomllib
import traceback
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from os.path import relpath
from pathlib import Path

import jinja2
import pyoxigraph as ox
from markupsafe import Markup

from cartkb import __version__
from cartkb.answers import Explainer
from cartkb.cases import case_patients
from cartkb.knowledge import Knowledge, rows
from cartkb.load import CKB, CKBG, local_name, short
from cartkb.problems import CartkbError, Problem, shown
from cartkb.reason import Reasoner
from cartkb.turtle import json_ld, published, turtle

_SAFE_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9.-]*")
_MARKER = ".cartkb-site"
_LABELS = """
PREFIX rdfs: <http://www.w3.org/2000/01/rdf-schema#>
SELECT ?item (MIN(?text) AS ?label) WHERE { ?item rdfs:label ?text } GROUP BY ?item
"""


class Iri(str):
    """An IRI in a template, so that templates can tell it from text."""


@dataclass(frozen=True)
class Page:
    """One page to draw: its address below the site, its row of the table and what it is about."""

    address: str
    spec: dict
    item: Iri | None
    row: dict


def build(knowledge: Knowledge, out: Path, progress: Callable[[str], None] = lambda step: None) -> int:
    """Render the site into ``out`` and return the number of pages.

    Raises CartkbError, leaving ``out`` as it was, where a page cannot be drawn or ``out`` is
    something other than an earlier site.
    """
    if out.exists() and any(out.iterdir()) and not (out / _MARKER).exists():
        fix = "name another folder, or empty this one"
        raise CartkbError([Problem(shown(out), 0, "not a site built by this program, so not replaced", fix=fix)])
    out.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=out.parent, prefix=".cartkb-") as folder:
        draft = Path(folder) / "site"
        site = Site(knowledge, progress)
        site.write(draft)
        (draft / _MARKER).touch()
        if out.exists():
            shutil.rmtree(out)
        draft.rename(out)
        out.chmod(0o755)
    return len(site.pages)


class Site:
    """All pages of one knowledge base, with everything that they share."""

    def __init__(self, knowledge: Knowledge, progress: Callable[[str], None]):
        self.progress = progress
        self.templates = knowledge.home / "site_templates"
        progress("reasoning over the cases")
        self.store, self.explanations = self._with_cases(knowledge)
        self.about: dict[str, list[ox.Triple]] = defaultdict(list)
        for triple in knowledge.loaded.triples():
            self.about[triple.subject.value].append(triple)
        self.labels = {row["item"].value: row["label"].value for row in self._query(_LABELS)}
        table = tomllib.loads((self.templates / "pages.toml").read_text(encoding="utf-8"))
        self.navigation = table["navigation"]
        self.views = {
            view: self._view(view) for spec in table["page"] for view in (*spec.get("views", []), *spec.get("lists", []))
        }
        self.pages = [page for spec in table["page"] for page in self._pages(spec)]
        self.places = self._places(table["page"])
        self.environment = jinja2.Environment(
            loader=jinja2.FileSystemLoader(self.templates),
            autoescape=True,
            undefined=jinja2.StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
            keep_trailing_newline=True,
        )

    def write(self, folder: Path) -> None:
        """Draw every page, with the RDF of what it is about beside it."""
        seen: set[str] = set()
        for number, page in enumerate(self.pages):
            if number % 50 == 0:
                self.progress(f"page {number} of {len(self.pages)}")
            if page.address.lower() in seen:
                raise CartkbError([Problem(page.address, 0, "two pages want this address", fix="rename one item")])
            seen.add(page.address.lower())
            target = folder / page.address
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(self._draw(page), encoding="utf-8")
            if page.item:
                triples = self._triples(page)
                target.with_suffix(".ttl").write_text(turtle(triples), encoding="utf-8")
                target.with_suffix(".jsonld").write_text(json_ld(triples), encoding="utf-8")
        shutil.copytree(self.templates / "static", folder / "static")

    def _with_cases(self, knowledge: Knowledge) -> tuple[ox.Store, dict[str, dict]]:
        store, explanations = knowledge.loaded.store(), {}
        for inference in Reasoner(knowledge).infer(case_patients(knowledge)):
            graph = ox.NamedNode("urn:cartkb:inferred")
            store.extend(ox.Quad(*triple, graph) for triple in published(inference.derived))
            explanations |= {e["patient"]: e for e in Explainer(inference).explain_all()}
        return store, explanations

    def _query(self, text: str) -> list[dict]:
        return rows(self.store.query(text, use_default_graph_as_union=True))

    def _view(self, name: str) -> list[dict]:
        path = self.templates / "views" / f"{name}.rq"
        try:
            found = self._query(path.read_text(encoding="utf-8"))
        except (OSError, SyntaxError, ValueError) as error:
            raise CartkbError([Problem(shown(path), 0, f"the view cannot be answered: {error}")]) from None
        return [{key: _plain(value) for key, value in row.items()} for row in found]

    def _pages(self, spec: dict) -> list[Page]:
        if "items" not in spec:
            return [Page(spec["output"], spec, None, {})]
        pages = []
        for row in self._view(spec["items"]):
            name = local_name(ox.NamedNode(row["item"]))
            if not _SAFE_NAME.fullmatch(name):
                why = "its name would be an address and a path"
                fix = "use letters, digits, hyphens and full stops only"
                raise CartkbError([Problem(row["item"], 0, "this name cannot be a page", why, fix)])
            pages.append(Page(spec["output"].format(name=name), spec, row["item"], row))
        return pages

    def _places(self, specs: list[dict]) -> dict[str, str]:
        places = {}
        for spec in specs:
            for row in self._view(spec["anchors"]) if "anchors" in spec else []:
                address = spec["output"].format(name=local_name(ox.NamedNode(row["page"]))) if "items" in spec else spec["output"]
                places.setdefault(row["item"], f"{address}#{local_name(ox.NamedNode(row['item']))}")
        return places | {page.item: page.address for page in self.pages if page.item}

    def _draw(self, page: Page) -> str:
        def url(target: str) -> str:
            place = self.places.get(target, target)
            return place if re.match(r"[a-z]+:", place) else relpath(place, Path(page.address).parent or ".")

        def link(target: str, text: str = "") -> Markup:
            shown_text = text or self.labels.get(target, short(ox.NamedNode(target)))
            if target not in self.places:
                return Markup("<span>{}</span>").format(shown_text)
            return Markup('<a href="{}">{}</a>').format(url(target), shown_text)

        own = {view: [r for r in self.views[view] if r.get("item") == page.item] for view in page.spec.get("views", [])}
        try:
            return self.environment.get_template(page.spec["template"]).render(
                page=page,
                title=page.spec.get("title") or self.labels.get(page.item or "", ""),
                kind=page.spec.get("kind", ""),
                kind_url=page.spec.get("kind_url", ""),
                row=page.row,
                view={name.replace("-", "_"): found for name, found in own.items()},
                all={name.replace("-", "_"): self.views[name] for name in page.spec.get("lists", [])},
                explanations=self.explanations,
                navigation=self.navigation,
                name=lambda iri: local_name(ox.NamedNode(iri)),
                label=lambda iri: self.labels.get(iri, short(ox.NamedNode(iri))),
                path=lambda address: relpath(address, Path(page.address).parent or "."),
                url=url,
                link=link,
                dict=dict,
                guideline=lambda local: Iri(CKBG + local),
                term=lambda local: Iri(CKB + local),
                version=__version__,
                json=lambda value: Markup(json.dumps(value, ensure_ascii=False).replace("<", "\\u003c")),
            )
        except (jinja2.TemplateError, TypeError, KeyError, AttributeError, ValueError) as error:
            raise CartkbError([self._template_problem(page, error)]) from None

    def _template_problem(self, page: Page, error: Exception) -> Problem:
        """Return a problem at the innermost line of a template that took part in the failure."""
        file, line = self.templates / page.spec["template"], getattr(error, "lineno", None) or 0
        for frame in traceback.extract_tb(error.__traceback__):
            if Path(frame.filename).is_relative_to(self.templates):
                file, line = Path(frame.filename), frame.lineno or 0
        return Problem(shown(file), line, f"{page.address} cannot be drawn: {error}", fix="mend the template or its view")

    def _triples(self, page: Page) -> list[ox.Triple]:
        within = [item for item, place in self.places.items() if place.startswith(f"{page.address}#")]
        return [triple for subject in [page.item, *within] for triple in self.about[subject]]


def _plain(value) -> str:
    if value is None:
        return ""
    return Iri(value.value) if isinstance(value, ox.NamedNode) else value.value
