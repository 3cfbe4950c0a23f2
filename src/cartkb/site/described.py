"""What machines are told of a page: its part of the graph, JSON-LD in the words of schema.org, and typed links.

Which page is what, and which of our properties is which word, stands in ``site_templates/machines.toml``.
"""

import functools
import json
import tomllib
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path

import pyoxigraph as ox
from markupsafe import Markup

from cartkb.knowledge import Knowledge
from cartkb.loaded import Loaded
from cartkb.names import CKBG, short
from cartkb.site.data import Distribution
from cartkb.site.pages import Iri, Page, Pages
from cartkb.turtle import json_ld_document, json_ld_line, ordered, turtle_of

_DATASET = "published-dataset"
_NOT_SAID = ("dataset", "release")  # columns of that view that are names, and no words of schema.org
_OWN_QUERY = "page.rq"  # under which name a reader keeps the query of an item
FORMATS = ((".ttl", "text/turtle"), (".jsonld", "application/ld+json"))


class Said:
    """What is said of each subject: its triples, the same in order, and as a line of JSON-LD, each worked out once."""

    def __init__(self, loaded: Loaded):
        self.subjects = loaded.described
        self.about = functools.cache(loaded.about)
        self.ordered = functools.cache(lambda subject: ordered(self.about(subject)))
        self.line = functools.cache(lambda subject: json_ld_line(self.ordered(subject)))

    def prepare(self) -> None:
        """Work out now what most pages will want of the items of the guideline."""
        for subject in self.subjects:
            if subject.startswith(CKBG):
                self.line(subject)


class Described:
    """Everything that machines are told of the pages of one site."""

    def __init__(self, knowledge: Knowledge, said: Said, pages: Pages, dump: Callable[[], list[Distribution]]):
        table = tomllib.loads((pages.templates / "machines.toml").read_text(encoding="utf-8"))
        self.vocabulary = table["vocabulary"]
        self.address, self.files, self.findable = table["address"], table["file"], table["findable"]
        self.found_by_name, self.weights = table["found_by_name"], table["weights"]
        self._table, self._pages, self._dump = table, pages, dump
        self._home = knowledge.home
        self._said = said
        self._within: dict[str, list[str]] = defaultdict(list)
        for item, place in pages.places.items():
            address, hash_sign, _ = place.partition("#")
            if hash_sign:
                self._within[address].append(item)
        self.dataset = next(iter(pages.view(_DATASET)), {})

    def summary(self, item: str | None) -> list[str]:
        """Return the texts in which an item is told in one sentence or a few."""
        said = self._said.about(item) if item else ()
        return sorted(t.object.value for t in said if short(t.predicate) in self._table["summary"])

    def told_by(self, item: str) -> list[str]:
        """Return the things by whose names an item is looked for as well."""
        return [t.object.value for t in self._said.about(item) if short(t.predicate) in self._table["told_by"]]

    def name(self, item: str) -> str:
        """Return an item's label, or else its short name."""
        labels = [t.object.value for t in self._said.about(item) if short(t.predicate) == "rdfs:label"]
        return min(labels, default=short(ox.NamedNode(item)))

    def of(self, page: Page, title: str) -> dict:
        """Return what the templates of head and foot say of a page."""
        return {
            "dataset": self.dataset,
            "formats": FORMATS,
            "json_ld": self.json_ld(page, title),
            "links": self.links(page),
            "queries": self.queries(page),
            "stem": Path(page.address).stem,
        }

    def subjects(self, page: Page) -> list[str]:
        """Return what a page is about: its item and what has its place there, or else what its rows are about."""
        if own := [*([page.item] if page.item else []), *self._within[page.address]]:
            return own
        rows = [row for view in page.spec.get("lists", []) for row in self._pages.view(view)]
        rows += [row for view in page.spec.get("views", []) for row in self._pages.own(page, view)]
        known = self._said.subjects
        found = {row["item"] for row in rows if "item" in row} & known
        return sorted(found or {value for row in rows for value in row.values()} & known)

    def write_graph(self, page: Page, folder: Path) -> None:
        """Write a page's part of the graph beside it: all that is said of what it is about."""
        subjects, target = sorted(set(self.subjects(page)) & self._said.subjects), folder / page.address
        triples = [triple for subject in subjects for triple in self._said.ordered(subject)]
        target.with_suffix(".ttl").write_text(turtle_of(triples), encoding="utf-8")
        target.with_suffix(".jsonld").write_text(json_ld_document(map(self._said.line, subjects)), encoding="utf-8")

    def kind(self, page: Page) -> str:
        """Return what a page is, in a word of schema.org."""
        return self._table["types"].get(page.spec["output"], self._table["otherwise"])

    def links(self, page: Page) -> list[dict[str, str]]:
        """Return the links of FAIR Signposting, with relative addresses for files and canonical IRIs for the rest."""
        stem = Path(page.address).stem
        files = [(f"{stem}{ending}", kind) for ending, kind in FORMATS]
        found = [{"rel": "cite-as", "href": page.item or self.dataset.get("release")}]
        found += [{"rel": "describedby", "href": name, "type": kind} for name, kind in files]
        found += [{"rel": "license", "href": self.dataset.get("license")}]
        found += [{"rel": "type", "href": self.vocabulary + self.kind(page)}]
        creator = self.dataset.get("creator")
        found += [{"rel": "author", "href": creator}] if isinstance(creator, Iri) else []
        found += [{"rel": "collection", "href": self.dataset.get("dataset")}] if page.item else []
        if self.kind(page) == "Dataset":
            found += [{"rel": "item", "href": d.address, "type": d.media_type} for d in self._dump() if d.media_type]
        return [link for link in found if link["href"]]

    def json_ld(self, page: Page, title: str) -> Markup:
        """Return JSON-LD that may stand in a page: its context is inline, and nothing in it ends the script."""
        told = {"@context": {"@vocab": self.vocabulary}, "@type": self.kind(page)}
        told |= {"@id": page.item} if page.item else {}
        told |= self._words(page.item) if page.item else {}
        told = {"name": title} | told
        told |= {word: _node(self.dataset.get(word)) for word in ("license", "isBasedOn") if word in self.dataset}
        whole = {word: _node(v) for word, v in self.dataset.items() if v and word not in _NOT_SAID}
        if self.kind(page) == "Dataset":
            told |= whole | {"@id": self.dataset.get("release", "")}
            told["distribution"] = [_download(file) for file in self._dump()]
        elif self.dataset:
            told["isPartOf"] = {"@type": "Dataset", "@id": self.dataset["release"], "name": self.dataset["name"]}
        if members := self._table["members"].get(page.spec["output"]):
            told[members["property"]] = [
                {"@type": members["type"], "@id": item, **self._words(item)} for item in self._within[page.address]
            ]
        return Markup(json.dumps(told, ensure_ascii=False).replace("<", "\\u003c").replace("&", "\\u0026"))

    def _words(self, item: str) -> dict:
        found: dict[str, list] = {}
        for triple in self._said.about(item):
            word = self._table["words"].get(short(triple.predicate))
            if word:
                value = triple.object.value
                found.setdefault(word, []).append({"@id": value} if isinstance(triple.object, ox.NamedNode) else value)
        ordered = sorted((word, sorted(values, key=str)) for word, values in found.items())
        return {word: values[0] if len(values) == 1 else values for word, values in ordered}

    def queries(self, page: Page) -> list[dict[str, str]]:
        """Return the queries that give a page's facts, each with the command that asks it."""
        if page.item:
            text = f"SELECT ?property ?value WHERE {{ <{page.item}> ?property ?value }} ORDER BY ?property ?value\n"
            return [{"command": f"cartkb query {_OWN_QUERY}", "file": _OWN_QUERY, "text": text}]
        found = []
        for view in page.spec.get("lists", []) or page.spec.get("views", []):
            kind, _, name = view.rpartition(":")
            if kind != "queries":
                path = self._pages.path(view)
                given = name if kind == "question" else path.relative_to(self._home).as_posix()
                found.append({"command": f"cartkb query {given}", "file": "", "text": path.read_text(encoding="utf-8")})
        return found


def _node(value: str) -> str | dict:
    return {"@id": value} if isinstance(value, Iri) else value


def _download(file: Distribution) -> dict:
    return {
        "@type": "DataDownload",
        "name": file.name,
        "contentUrl": file.address,
        "encodingFormat": file.media_type or "text/plain",
        "contentSize": str(file.size),
        "sha256": file.sha256,
    }
