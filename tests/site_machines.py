"""Reading in tests what a built page tells machines: its typed links, its JSON-LD, its policy, and what it loads."""

import gzip
import json
from html.parser import HTMLParser
from pathlib import Path


class Head(HTMLParser):
    """The links by relation, the JSON-LD, the policy, the scripts and the attributes of one page."""

    def __init__(self, path: Path):
        super().__init__()
        self.path = path
        self.links: dict[str, list[dict]] = {}
        self.scripts: list[str] = []
        self.inline: list[str] = []
        self.attributes: set[str] = set()
        self.data = ""
        self.policy = ""
        self._inside = ""
        self.feed(path.read_text(encoding="utf-8"))
        self.json_ld = json.loads(self.data)

    def handle_starttag(self, tag, attributes):
        found = dict(attributes)
        self.attributes |= found.keys()
        if tag == "link":
            self.links.setdefault(found["rel"], []).append(found)
        if tag == "meta" and found.get("http-equiv") == "Content-Security-Policy":
            self.policy = found["content"]
        if tag == "script":
            self._inside = found.get("type", "script")
            if "src" in found:
                self.scripts.append(found["src"])

    def handle_endtag(self, tag):
        if tag == "script":
            self._inside = ""

    def handle_data(self, data):
        if self._inside == "application/ld+json":
            self.data += data
        elif self._inside:
            self.inline.append(data)

    def loaded(self) -> list[Path]:
        """Return the files that a browser loads for the page, itself among them."""
        names = [link["href"] for link in self.links["stylesheet"]] + self.scripts
        return [self.path, *((self.path.parent / name).resolve() for name in names)]

    def weight(self) -> int:
        """Return the bytes of all that is loaded, compressed as web servers do."""
        return sum(len(gzip.compress(file.read_bytes(), 6)) for file in self.loaded())
