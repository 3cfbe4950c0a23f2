"""Reading built pages in tests: their links, places, headings and text, piece by piece."""

from html.parser import HTMLParser
from pathlib import Path

ENDING = {"dt", "dd", "td", "th", "p", "li", "h1", "h2", "h3"}  # after these a reader pauses
VOID = {"meta", "link", "br", "img", "input", "path"}


class Page(HTMLParser):
    """One page, with the text and links inside every element that has an id."""

    def __init__(self, path: Path):
        super().__init__()
        self.links, self.ids, self.headings, self.quotes = [], [], [], []
        self.inside: dict[str, dict] = {}
        self._open: list[tuple[str, str]] = []
        self._words: list[str] = []
        self.source = path.read_text(encoding="utf-8")
        self.feed(self.source)
        self.text = " ".join("".join(self._words).split())

    def handle_starttag(self, tag, attributes):
        found = dict(attributes)
        if tag not in VOID:
            self._open.append((tag, found.get("id", "")))
        if "id" in found:
            self.ids.append(found["id"])
            self.inside[found["id"]] = {"text": "", "links": []}
        if tag in ("a", "link") and "href" in found:
            self.links.append(found["href"])
            for _, name in self._open:
                if name:
                    self.inside[name]["links"].append(found["href"])
        if tag == "blockquote":
            self.quotes.append("")
        if len(tag) == 2 and tag[0] == "h" and tag[1].isdigit():
            self.headings.append(int(tag[1]))

    def handle_startendtag(self, tag, attributes):
        if tag not in VOID:
            self.handle_starttag(tag, attributes)
            self.handle_endtag(tag)

    def handle_endtag(self, tag):
        if tag in ENDING:
            self.handle_data(" ")
        while self._open and self._open[-1][0] != tag:
            self._open.pop()
        if self._open:
            self._open.pop()

    def handle_data(self, data):
        self._words.append(data)
        for tag, name in self._open:
            if name:
                self.inside[name]["text"] += data
            if tag == "blockquote":
                self.quotes[-1] += data

    def within(self, name: str) -> str:
        """Return the text inside the element of this id, as one line."""
        return " ".join(self.inside[name]["text"].split())
