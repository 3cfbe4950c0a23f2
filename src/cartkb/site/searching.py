"""The index of the search page: each page by its words, other things by their names, and what means the same.

It is a script that sets data, since a page that was opened from a folder may load scripts and may not fetch.
"""

import json
import re
import textwrap
from collections.abc import Iterator

import markupsafe

from cartkb.site.described import Described
from cartkb.site.pages import Page, Pages

_TOLD = re.compile(r'<h2[^>]*>(.*?)</h2>|<p class="lead">(.*?)</p>|<th scope="col">(.*?)</th>', re.DOTALL)
_LONGEST = 110  # characters of an item's words, and of another page's three times as many: 40 KB in all, compressed
_SYNONYMS = "synonyms"
Document = tuple[str, str, str, list[int], str]


class Search:
    """What is found by which words. A document is address, kind, title, numbers of names, and words."""

    def __init__(self, described: Described, pages: Pages):
        self._described, self._pages = described, pages
        found: dict[str, list[str]] = {}
        for row in pages.view(_SYNONYMS):
            found.setdefault(row["item"], []).append(row["name"])
        named = {item: tuple(sorted(set(names), key=str.lower)) for item, names in found.items()}
        self._groups = sorted(set(named.values()))
        numbers = {names: number for number, names in enumerate(self._groups)}
        self._number = {item: numbers[names] for item, names in named.items()}
        self._documents: list[Document] = []

    def note(self, page: Page, title: str, drawn: str) -> None:
        """Take in a page as it was drawn: title, headings, leading sentences, and what the graph says of its item."""
        told = [] if page.item else [markupsafe.Markup("".join(found)).striptags() for found in _TOLD.findall(drawn)]
        kind = page.spec.get("kinds") or page.spec.get("kind") or page.spec.get("door") or "Pages"
        by_name = page.spec["output"] in self._described.found_by_name
        words = self._described.summary(page.item) if page.item else list(dict.fromkeys(told))
        cut = 0 if by_name else _LONGEST if page.item else 3 * _LONGEST
        self._documents.append((page.address, kind, title, self._names_of(page.key), _short(words, cut)))

    def script(self) -> str:
        """Return the script that sets the documents, in order, and the groups of names of one thing."""
        documents = sorted([*self._documents, *self._parts()], key=lambda d: (d[0].partition("#")[0], d))
        told = {"documents": documents, "names": self._groups, "weights": self._described.weights}
        return f"globalThis.cartkb = {json.dumps(told, ensure_ascii=False, separators=(',', ':'))};\n"

    def _names_of(self, item: str) -> list[int]:
        """Return the numbers of the names of an item, and of what it is told by."""
        found = (self._number.get(thing) for thing in (item, *self._described.told_by(item)))
        return sorted({number for number in found if number is not None})

    def _parts(self) -> Iterator[Document]:
        """Yield what has its place within a page and is to be found by its name."""
        for kind, views in self._described.findable.items():
            for view in views:
                for item in dict.fromkeys(row["item"] for row in self._pages.view(view)):
                    place = self._pages.places.get(item, "")
                    if "#" in place:
                        yield place, kind, self._described.name(item), self._names_of(item), ""


def _short(words: list[str], longest: int) -> str:
    """Return texts as one, cut between words."""
    return textwrap.shorten(" ".join(words), longest, placeholder=" …") if longest else ""
