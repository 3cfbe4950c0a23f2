"""The review's sentences on the website: only those of a copy that was given, and only where they verify.

The text is drawn into pages and nowhere else: it is part of no RDF and of no file of this project.
"""

from dataclasses import dataclass, field
from pathlib import Path

from cartkb.knowledge import Knowledge
from cartkb.names import CKBG
from cartkb.passages.verification import known_passages, verify

_PLACES = """
PREFIX ckb: <https://w3id.org/cartkb/vocab/>
SELECT ?passage ?place WHERE { ?passage a ckb:Passage ; ckb:place ?place }
"""


class Sentences:
    """The passages in their order, and of each the sentence of the copy, or why it is not shown."""

    def __init__(self, knowledge: Knowledge, copy: Path | None = None):
        self.given = copy is not None
        self.order = {CKBG + known.key: number for number, known in enumerate(known_passages(knowledge))}
        self.places = {row["passage"].value: row["place"].value for row in knowledge.select(_PLACES)}
        self.texts: dict[str, str] = {}
        self.withheld: dict[str, str] = {}
        for outcome in verify(knowledge, copy) if copy else []:
            if outcome.text:
                self.texts[CKBG + outcome.key] = outcome.text
            else:
                self.withheld[CKBG + outcome.key] = outcome.outcome


@dataclass
class Quotations:
    """What one page says of passages: those it names, and those whose sentence it has shown already."""

    sentences: Sentences
    named: set[str] = field(default_factory=set)
    shown: set[str] = field(default_factory=set)

    @property
    def given(self) -> bool:
        """Whether a copy of the review was given."""
        return self.sentences.given

    def name(self, item: str) -> None:
        """Note that the page names an item, if that is a passage."""
        if item in self.sentences.order:
            self.named.add(item)

    def show(self, passage: str) -> str:
        """Return the sentence of a passage, or nothing, and note that the page has shown it."""
        self.shown.add(passage)
        return self.sentences.texts.get(passage, "")

    def withheld(self, passage: str) -> bool:
        """Say whether the copy that was given differs in this passage, so that it is not shown."""
        return passage in self.sentences.withheld

    def rest(self) -> list[str]:
        """Return the passages that the page names and has not shown, in the order of the review."""
        return sorted(self.named - self.shown, key=self.sentences.order.__getitem__)

    def place(self, passage: str) -> str:
        """Return where in the review a passage stands."""
        return self.sentences.places.get(passage, "")

    def in_order(self, rows: list[dict], name: str = "passage") -> list[dict]:
        """Return rows in which this name is bound to a passage, in the order of the review."""
        return sorted(rows, key=lambda row: self.sentences.order[row[name]])
