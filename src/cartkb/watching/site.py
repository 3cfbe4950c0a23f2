"""The site of a knowledge base that changes: each page is drawn when it is asked for, and no other."""

import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any, Self

import jinja2

from cartkb.dependence import Words
from cartkb.knowledge import Knowledge
from cartkb.problems import ANYTHING
from cartkb.site.data import write_data
from cartkb.site.pages import Page, Pages
from cartkb.site.reasoned import Reasoned
from cartkb.site.render import Site
from cartkb.site.safety import refuse_unsafe

_TYPES = {".ttl": "text/turtle", ".jsonld": "application/ld+json"}


class _AtHand:
    """Stands where a site has work done by another process: the answers are there, and no dump is written."""

    def __init__(self, reasoned: Reasoned):
        self._reasoned = reasoned

    def do(self, work: Callable, *_: Any) -> Callable[[], Any]:
        return list if work is write_data else lambda: self._reasoned


class LiveSite(Site):
    """The site as it is now, from a knowledge base whose store holds the answers of the cases as well."""

    def __init__(
        self,
        knowledge: Knowledge,
        reasoned: Reasoned,
        before: Self | None = None,
        changed: Words = ANYTHING,
        same_templates: bool = False,
    ):
        """Make the site.

        ``before`` is an earlier one, of which is kept what still holds: ``changed`` are the properties by which
        something else is said since then, or by which the answers differ; ``same_templates`` says that none of them
        has to be read again.
        """
        self._before, self._changed, self._same_templates = before, changed, same_templates
        super().__init__(
            knowledge=knowledge,
            folder=Path(),
            progress=lambda step: None,
            source=None,
            beside=_AtHand(reasoned),
        )
        self._before = None  # nor what came before it
        self._pages = {page.address: page for page in self.pages.all}

    def environment_of(self) -> jinja2.Environment:
        """Return the templates as they were read before, unless one of them has changed."""
        return self._before.environment if self._before and self._same_templates else super().environment_of()

    def pages_of(self, knowledge: Knowledge, reasoned: Callable[[], Reasoned]) -> Pages:
        """Return the pages, whose views are asked when a page first needs them."""
        before = self._before and self._before.pages
        return Pages(knowledge, knowledge.store, before=before, changed=self._changed)

    def page(self, address: str) -> str | None:
        """Return the HTML of the page at an address. Raises CartkbError where it cannot be drawn."""
        if address not in self._pages:
            return None
        drawn = self._draw(self._pages[address])
        refuse_unsafe(address, drawn)
        return drawn

    def beside(self, address: str) -> tuple[str, str] | None:
        """Return media type and text of a page's part of the graph, if an address is that of one."""
        path = Path(address)
        page: Page | None = self._pages.get(path.with_suffix(".html").as_posix())
        if page is None or path.suffix not in _TYPES:
            return None
        with tempfile.TemporaryDirectory() as folder:
            (Path(folder) / address).parent.mkdir(parents=True, exist_ok=True)
            self.described.write_graph(page, Path(folder))
            return _TYPES[path.suffix], (Path(folder) / address).read_text(encoding="utf-8")
