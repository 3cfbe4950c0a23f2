"""What the tests and the benchmark of the audit share: the figures of all findings, changed one at a time in memory.

A store in memory holds what the checks of figures read. A figure is changed by replacing one triple,
so that thousands of changes can be tried without writing a file.
"""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property

import pyoxigraph as ox

from cartkb.checking.checks import Check, read_checks
from cartkb.checking.comparisons import Audited, Comparison, compare, explanations
from cartkb.knowledge import Knowledge, rows
from cartkb.names import CKB, CKBG, RDF_TYPE, ckb, short

FOLDERS = ("trials", "regimens")
LEFT_OUT = {"shapes", "codes", "cases", "statements", "tensions", "decisions", "silences", "products", "releases"}
PLAIN_CHECKS = ("number-not-in-passage", "figure-claimed-twice", "figure-out-of-place")
INTEGER, DECIMAL = (f"http://www.w3.org/2001/XMLSchema#{name}" for name in ("integer", "decimal"))


@dataclass(frozen=True, order=True)
class Figure:
    """One printed figure of a finding, with the numbers that its passages print."""

    item: str
    predicate: str
    value: Decimal
    datatype: str
    printed: tuple[Decimal, ...]

    def triple(self, value: Decimal | None = None) -> ox.Triple:
        literal = ox.Literal(f"{self.value if value is None else value:f}", datatype=ox.NamedNode(self.datatype))
        return ox.Triple(ox.NamedNode(self.item), ox.NamedNode(self.predicate), literal)

    def changes(self) -> list[Decimal]:
        """Return every other number of its passages that it could be taken for, and the next number."""
        whole = self.datatype == INTEGER
        others = [number for number in self.printed if not whole or number == int(number)]
        return sorted({*others, self.value + 1} - {self.value})

    def __str__(self) -> str:
        return f"{short(ox.NamedNode(self.item))} {short(ox.NamedNode(self.predicate))} {self.value:f}"


def term(text: str) -> ox.NamedNode | ox.Literal:
    """Return a number, a text in quotes, an item written ckbg:..., or else a term of the vocabulary."""
    if re.fullmatch(r"-?[\d.]+", text):
        return ox.Literal(text, datatype=ox.NamedNode(DECIMAL if "." in text else INTEGER))
    if text[0] == '"':
        return ox.Literal(text.strip('"'))
    return ox.NamedNode(CKBG + text.removeprefix("ckbg:")) if text.startswith("ckbg:") else ckb(text)


def triple(item: str, name: str, value: str) -> ox.Triple:
    """Return a triple of an item of the guideline; the name ``a`` stands for its class."""
    return ox.Triple(ox.NamedNode(CKBG + item), RDF_TYPE if name == "a" else ckb(name), term(value))


def figures(knowledge: Knowledge) -> list[Figure]:
    """Return every figure of the trials and regimens, in order of items and properties."""
    holds = {row["p"] for row in knowledge.select(f"SELECT ?p WHERE {{ ?p {ckb('holdsFigure')} true }}")}
    passages, found = {}, []
    for row in knowledge.select(f"SELECT ?item ?n WHERE {{ ?item {ckb('passage')}/{ckb('numeral')} ?n }}"):
        passages.setdefault(row["item"].value, set()).add(Decimal(row["n"].value))
    for path, triples in knowledge.loaded.files.items():
        if path.parent.name in FOLDERS:
            for t in triples:
                if t.predicate in holds:
                    printed = tuple(sorted(passages.get(t.subject.value, ())))
                    value = Decimal(t.object.value).normalize()
                    found.append(Figure(t.subject.value, t.predicate.value, value, t.object.datatype.value, printed))
    return sorted(found)


class Figures:
    """The knowledge base as the checks of figures see it, with what they complain of."""

    def __init__(self, knowledge: Knowledge):
        self.checks = {check.name: check for check in read_checks(knowledge)[0]}
        self.audits = [check for check in self.checks.values() if check.kinds]
        self.store = ox.Store()
        for path, triples in knowledge.loaded.files.items():
            if LEFT_OUT.isdisjoint(path.relative_to(knowledge.home).parts):
                self.store.extend(ox.Quad(t.subject, t.predicate, t.object) for t in triples)

    def says(self, item: str, name: str, value: str | None = None) -> list[ox.Triple]:
        """Return the triples in which an item says something, or says one value, whatever its datatype."""
        found = [quad.triple for quad in self.store.quads_for_pattern(ox.NamedNode(CKBG + item), ckb(name), None)]
        wanted = value and term(value)
        if isinstance(wanted, ox.Literal) and wanted.datatype.value in (DECIMAL, INTEGER):
            found = [t for t in found if Decimal(t.object.value) == Decimal(value)]
        elif wanted:
            found = [t for t in found if t.object == wanted]
        assert found, f"{item} {name} {value}"
        return found

    def replaced(self, item: str, name: str, old: str, new: str):
        """Let an item say another value, for as long as the context lasts."""
        return self.changed(self.says(item, name, old), [triple(item, name, new)])

    @contextmanager
    def changed(self, remove: list[ox.Triple] = (), add: list[ox.Triple] = ()) -> Iterator[None]:
        """Take triples out and put others in, for as long as the context lasts."""
        removed, added = ([ox.Quad(t.subject, t.predicate, t.object) for t in some] for some in (remove, add))
        assert all(quad in self.store for quad in removed)
        for quad in removed:
            self.store.remove(quad)
        self.store.extend(added)
        yield
        for quad in added:
            self.store.remove(quad)
        self.store.extend(removed)

    def complaints(self, check: Check) -> set[tuple[str, ...]]:
        """Return what a plain check finds: its name, the item and the values of the row."""
        return {
            (check.name, row["item"].value, *(str(value) for value in row.values()))
            for row in rows(self.store.query(check.text, use_default_graph_as_union=True))
        }

    def audit(self, *names: str) -> set[tuple[str, ...]]:
        """Return the disagreements that nothing explains and the explanations of nothing.

        With names of audits, only the disagreements that these find.
        """
        audits = [self.checks[name] for name in names] or self.audits
        done = self._complaints_of([c for audit in audits for c in compare(self.store, audit)])
        return {complaint for complaint in done if complaint[0] in names} if names else done

    def audit_again(self, predicate: str) -> set[tuple[str, ...]]:
        """Return the same after a change of one property: audits that do not name it answer as they did."""
        name = f"ckb:{predicate.removeprefix(CKB)}"
        made = ((a, compare(self.store, a) if name in a.text else self.unchanged[a]) for a in self.audits)
        return self._complaints_of([comparison for _, comparisons in made for comparison in comparisons])

    @cached_property
    def unchanged(self) -> dict[Check, list[Comparison]]:
        """What each audit compares before anything is changed; ask for it first."""
        return {audit: compare(self.store, audit) for audit in self.audits}

    def _complaints_of(self, comparisons: list[Comparison]) -> set[tuple[str, ...]]:
        done = Audited(comparisons, explanations(self.store))
        open_ones = {(c.audit.name, *sorted(c.items), *map(str, sorted(c.numbers))) for c in done.unexplained}
        return open_ones | {("in vain", e.iri) for e in done.in_vain} | {("found", e.iri) for e in done.found_after_all}
