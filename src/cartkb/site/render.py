"""The website: the table of pages (output, query, template), filled by SPARQL, drawn by Jinja.

No page is written unless all can be drawn. With a copy of the review, its sentences stand on the
pages that name them; see ``cartkb.passages.quotations``.
"""

import contextlib
import functools
import json
import re
import shutil
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from os import path as paths
from pathlib import Path

import jinja2
import pyoxigraph as ox
from markupsafe import Markup, escape

from cartkb import __version__
from cartkb.folders import replaced
from cartkb.knowledge import Knowledge, rows
from cartkb.memory import nothing_swept
from cartkb.names import CKB, CKBG, local_name, short
from cartkb.passages.quotations import Quotations, Sentences
from cartkb.problems import CartkbError, Problem, shown
from cartkb.releasing.release import since
from cartkb.site.aside import Beside
from cartkb.site.audited import audited
from cartkb.site.contents import sections
from cartkb.site.data import FOLDER, write_data
from cartkb.site.described import Described, Said
from cartkb.site.library import minisearch
from cartkb.site.pages import Iri, Page, Pages
from cartkb.site.reasoned import Reasoned, reason_over_cases
from cartkb.site.reasons import reasons
from cartkb.site.safety import refuse_unsafe
from cartkb.site.searching import Search

_MARKER = ".cartkb-site"
_relpath = functools.lru_cache(maxsize=1 << 16)(paths.relpath)  # the same ways are asked for on page after page
_LABELS = """
PREFIX rdfs: <http://www.w3.org/2000/01/rdf-schema#>
SELECT ?item (MIN(?text) AS ?label) WHERE { ?item rdfs:label ?text } GROUP BY ?item
"""
_UNITS = """
PREFIX ckb: <https://w3id.org/cartkb/vocab/>
SELECT ?code ?shown WHERE { ?unit ckb:ucumCode ?code ; ckb:shownAs ?shown }
"""


@dataclass(frozen=True)
class Built:
    """How many pages were drawn, and the keys of the passages of a copy that are not shown because they differ."""

    pages: int
    withheld: list[str]


def build(
    knowledge: Knowledge,
    out: Path,
    progress: Callable[[str], None] = lambda step: None,
    source: Path | None = None,
    search: bool = False,
) -> Built:
    """Render the site into ``out``, with the sentences of a copy of the review if ``source`` is one.

    With ``search``, npm is asked for the library that the search page runs on; nothing else asks the network.
    Answers of cases and the dump are made by another process, which reads the home folder itself.
    Raises CartkbError, leaving ``out`` as it was, where a page cannot be drawn, ``source`` is not the
    review, npm cannot get the library, or ``out`` is something other than an earlier site.
    """
    library = minisearch(knowledge.home / "site_templates") if search else ""
    with nothing_swept(), replaced(out, _MARKER, "site") as folder, contextlib.closing(Beside()) as beside:
        site = Site(knowledge, folder, progress, source, beside, library)
        site.write()
    return Built(len(site.pages.all), [local_name(ox.NamedNode(iri)) for iri in site.sentences.withheld])


class _Environment(jinja2.Environment):
    """Looks into dictionaries first, as rows are what templates ask most; Jinja would fail first, and slowly."""

    def getattr(self, thing, attribute: str):
        if type(thing) is dict and attribute in thing:
            return thing[attribute]
        return super().getattr(thing, attribute)


class Site:
    """All pages of one knowledge base, with everything that they share."""

    def __init__(
        self,
        knowledge: Knowledge,
        folder: Path,
        progress: Callable[[str], None],
        source: Path | None,
        beside: Beside,
        library: str = "",
    ):
        self.folder = folder
        self.library = library
        self.progress = progress
        self.templates = knowledge.home / "site_templates"
        reasoned = beside.do(reason_over_cases, knowledge.home)
        of = since(knowledge)
        self.dump = functools.cache(beside.do(write_data, knowledge.home, of.newest if of else None, folder / FOLDER))
        self.sentences = Sentences(knowledge, source)
        store = knowledge.store
        labels = rows(store.query(_LABELS, use_default_graph_as_union=True))
        self.environment = self.environment_of()
        self.labels = {row["item"].value: row["label"].value for row in labels}
        units = {row["code"].value: row["shown"].value for row in knowledge.select(_UNITS)}
        self.environment.globals["units"] = units
        progress("asking the views")
        self.said = Said(knowledge.loaded)
        self.pages = self.pages_of(knowledge, reasoned)
        self.explanations = reasoned().explanations
        self.because = reasons(self.explanations)
        self.described = Described(knowledge, self.said, self.pages, self.dump)
        self.search = Search(self.described, self.pages)
        self._links: dict[tuple[str, str, str], Markup] = {}
        self.audited = functools.cache(lambda: audited(knowledge, self._label))

    def environment_of(self) -> jinja2.Environment:
        """Return what reads, compiles and fills templates."""
        environment = _Environment(
            loader=jinja2.FileSystemLoader(self.templates),
            autoescape=True,
            undefined=jinja2.StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
            keep_trailing_newline=True,
            auto_reload=False,
        )
        environment.filters["sections"] = sections
        return environment

    def pages_of(self, knowledge: Knowledge, reasoned: Callable[[], Reasoned]) -> Pages:
        """Return the pages, with every view asked while the answers are there."""

        def answers() -> list[ox.Quad]:
            self.said.prepare()  # while they are still being worked out, and compile the templates
            for name in self.environment.list_templates(extensions=["j2"]):
                with contextlib.suppress(jinja2.TemplateError):  # told of where a page is drawn with it
                    self.environment.get_template(name)
            return reasoned().quads()

        return Pages(knowledge, knowledge.store, answers)

    def write(self) -> None:
        """Draw every page, with its part of the graph beside it, and what is no page."""
        seen: set[str] = set()
        for number, page in enumerate(sorted(self.pages.all, key=lambda page: self.described.kind(page) == "Dataset")):
            if number % 50 == 0:
                self.progress(f"page {number} of {len(self.pages.all)}")
            if page.address.lower() in seen:
                raise CartkbError([Problem(page.address, 0, "two pages want this address", fix="rename one item")])
            seen.add(page.address.lower())
            target = self.folder / page.address
            target.parent.mkdir(parents=True, exist_ok=True)
            drawn = self._draw(page)
            refuse_unsafe(page.address, drawn)
            target.write_text(drawn, encoding="utf-8")
            self.search.note(page, self._title(page), drawn)
            self.described.write_graph(page, self.folder)
        for file in self.described.files:
            (self.folder / file["output"]).write_text(self._draw_file(file), encoding="utf-8")
        static = self.folder / "static"
        shutil.copytree(self.templates / "static", static)
        if self.library:
            (static / "minisearch.js").write_text(self.library, encoding="utf-8")
            (static / "search-data.js").write_text(self.search.script(), encoding="utf-8")
        self.dump()

    def _title(self, page: Page) -> str:
        return page.spec.get("title") or self.labels.get(page.key) or page.row.get("title", "")

    def _draw_file(self, file: dict) -> str:
        template = self.environment.get_template(file["template"])
        return template.render(
            pages=sorted(self.pages.all, key=lambda page: page.address),
            address=self.described.address,
            dataset=self.described.dataset,
            all={name.replace("-", "_"): self.pages.view(name) for name in file.get("lists", [])},
        )

    def _draw(self, page: Page) -> str:
        quotations, folder = Quotations(self.sentences), str(Path(page.address).parent)

        def link(target: str, text: str = "") -> Markup:
            quotations.name(target)
            return self._link(folder, target, text)

        own = {view: self.pages.own(page, view) for view in page.spec.get("views", [])}
        lists = {view: self.pages.view(view) for view in page.spec.get("lists", [])}
        title = self._title(page)
        try:
            return self.environment.get_template(page.spec["template"]).render(
                page=page,
                title=title,
                machines=self.described.of(page, title),
                dump=self.dump,
                searchable=bool(self.library),
                kind=page.spec.get("kind", ""),
                kind_url=page.spec.get("kind_url", ""),
                row=page.row,
                view={name.replace("-", "_"): found for name, found in own.items()},
                all={name.replace("-", "_"): found for name, found in lists.items()},
                questions={name: found for name, found in lists.items() if ":" in name},
                answer=self.pages.view,
                audits=self.audited,
                source=quotations,
                review=next(iter(self.pages.view("review")), {}),
                explanations=self.explanations,
                because=self.because,
                navigation=self.pages.navigation,
                name=lambda iri: local_name(ox.NamedNode(iri)),
                label=self._label,
                path=lambda address: _relpath(address, folder),
                url=lambda target: self._url(folder, target),
                link=link,
                dict=dict,
                guideline=lambda local: Iri(CKBG + local),
                term=lambda local: Iri(CKB + local),
                version=__version__,
                json=lambda value: Markup(json.dumps(value, ensure_ascii=False).replace("<", "\\u003c")),
            )
        except (jinja2.TemplateError, TypeError, KeyError, AttributeError, ValueError) as error:
            raise CartkbError([self._template_problem(page, error)]) from None

    def _url(self, folder: str, target: str) -> str:
        """Return where an item or address is found from a folder of the site; an address elsewhere stays as it is."""
        place = self.pages.places.get(target, target)
        return place if re.match(r"[a-z]+:", place) else _relpath(place, folder)

    def _link(self, folder: str, target: str, text: str) -> Markup:
        """Return a link to an item, or its bare name where it has no place. Kept, as pages repeat most of them."""
        key = (folder, target, text)
        if key not in self._links:
            told = escape(text or self._label(target))
            linked = f'<a href="{escape(self._url(folder, target))}">{told}</a>'
            self._links[key] = Markup(linked if target in self.pages.places else f"<span>{told}</span>")
        return self._links[key]

    def _label(self, iri: str) -> str:
        return self.labels.get(iri) or short(ox.NamedNode(iri))

    def _template_problem(self, page: Page, error: Exception) -> Problem:
        """Return a problem at the innermost line of a template that took part in the failure."""
        file, line = self.templates / page.spec["template"], getattr(error, "lineno", None) or 0
        for frame in traceback.extract_tb(error.__traceback__):
            if Path(frame.filename).is_relative_to(self.templates):
                file, line = Path(frame.filename), frame.lineno or 0
        what = f"{page.address} cannot be drawn: {error}"
        return Problem(shown(file), line, what, fix="mend the template or its view")
