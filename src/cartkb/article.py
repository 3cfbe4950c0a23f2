"""Holding anybody's copy of the article against the passages: does each stand there, and with these numbers?

A passage is looked for twice. First whole, by its digest. Where that fails, part by part: a page
break inside a sentence only opens a gap between parts, while a changed word or digit leaves parts
that stand nowhere, and the copy's own words at that place show what differs.
"""

import hashlib
from collections import defaultdict
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

from cartkb.knowledge import Knowledge
from cartkb.load import local_name
from cartkb.source import PART, digest, normalise, numerals, read_passages

SHORTEST = 16  # normalised characters below which a passage stands anywhere, so only a table of passages confirms it
_QUERY = """
PREFIX ckb: <https://w3id.org/cartkb/vocab/>
SELECT ?passage ?key ?sha256 ?length ?parts (GROUP_CONCAT(STR(?numeral)) AS ?numerals) WHERE {
  ?passage a ckb:Passage ; ckb:key ?key ; ckb:sha256 ?sha256 ; ckb:normalisedLength ?length ; ckb:partDigests ?parts .
  OPTIONAL { ?passage ckb:numeral ?numeral }
} GROUP BY ?passage ?key ?sha256 ?length ?parts ORDER BY ?key
"""
_USES = "SELECT ?item ?passage WHERE { ?item <https://w3id.org/cartkb/vocab/passage> ?passage } ORDER BY ?item"


@dataclass(frozen=True)
class Finding:
    """What became of one passage: confirmed, broken (confirmed across a break), short, or differs."""

    key: str
    outcome: str
    detail: str = ""
    depends: tuple[str, ...] = ()


def verify(knowledge: Knowledge, path: Path) -> list[Finding]:
    """Look for every passage in a copy of the article: plain text, or a table of passages (.tsv)."""
    uses = defaultdict(list)
    for row in knowledge.select(_USES):
        uses[local_name(row["passage"])].append(local_name(row["item"]))
    if path.suffix == ".tsv":
        texts = {passage.key: passage.text for passage in read_passages(path)}
        outcomes = [(row, _compare(row, texts.get(row["key"].value))) for row in knowledge.select(_QUERY)]
    else:
        article = _Article(path.read_text(encoding="utf-8", errors="replace"))
        outcomes = [(row, article.find(row)) for row in knowledge.select(_QUERY)]
    return [
        Finding(key := row["key"].value, outcome, detail, tuple(uses[key]) if outcome == "differs" else ())
        for row, (outcome, detail) in outcomes
    ]


def _expected(row: dict) -> set[Decimal]:
    return {Decimal(number) for number in (row["numerals"].value if row["numerals"] else "").split()}


def _compare(row: dict, text: str | None) -> tuple[str, str]:
    if text is None:
        return "differs", "the table has no such key"
    if digest(text) == row["sha256"].value:
        return "confirmed", ""
    return "differs", _numbers(_expected(row), set(numerals(text))) or "same numbers, other words"


def _numbers(expected: set[Decimal], found: set[Decimal]) -> str:
    lost, new = sorted(expected - found), sorted(found - expected)
    told = [f"without {', '.join(f'{n:f}' for n in lost)}"] * bool(lost)
    return "; ".join(told + [f"with {', '.join(f'{n:f}' for n in new)} instead"] * bool(new))


class _Article:
    """A text whose parts can be looked up by their digests."""

    def __init__(self, text: str):
        self.text = text
        self.whole = normalise(text)
        self.places = defaultdict(list)
        for start in range(len(self.whole) - PART + 1):
            self.places[self._hash(start, PART)].append(start)

    def _hash(self, start: int, length: int) -> str:
        return hashlib.sha256(self.whole[start : start + length].encode()).hexdigest()[:8]

    def find(self, row: dict) -> tuple[str, str]:
        """Return the outcome for one passage and what differs."""
        length, parts = int(row["length"].value), row["parts"].value.split()
        if length < SHORTEST:
            return "short", ""
        last = length - PART * (len(parts) - 1)
        starts = self.places[parts[0]] if len(parts) > 1 else range(len(self.whole) - length + 1)
        for start in starts:
            if hashlib.sha256(self.whole[start : start + length].encode()).hexdigest() == row["sha256"].value:
                return "confirmed", ""
        found = [self.places[part] for part in parts[:-1]]
        found.append([s for s in range(len(self.whole) - last + 1) if self._hash(s, last) == parts[-1]])
        missing = [number for number, places in enumerate(found) if not places]
        if not missing or (len(missing) == 1 and self._is_bridged(parts, found, missing[0], last)):
            return "broken", ""
        return "differs", self._difference(row, found, missing)

    def _is_bridged(self, parts: list[str], found: list[list[int]], at: int, last: int) -> bool:
        """Say whether the missing part stands in two pieces, with something else between them."""
        if at == 0:
            return False
        length = last if at == len(parts) - 1 else PART
        for before in found[at - 1]:
            start = before + PART
            for cut in range(1, length):
                rest = length - cut
                ends = found[at + 1] if at < len(parts) - 1 else range(start + length, len(self.whole) + 1)
                head = hashlib.sha256(self.whole[start : start + cut].encode())
                for end in ends:
                    whole = head.copy()
                    whole.update(self.whole[end - rest : end].encode())
                    if whole.hexdigest()[:8] == parts[at]:
                        return True
        return False

    def _difference(self, row: dict, found: list[list[int]], missing: list[int]) -> str:
        if len(missing) == len(found):
            return "stands nowhere in the text"
        anchor, places = next((n, p) for n, p in enumerate(found) if p)
        start = max(places[0] - anchor * PART, 0)
        words = self._words(start, int(row["length"].value))
        part = f"{len(missing)} of {len(found)} parts differ"
        numbers = _numbers(_expected(row), set(numerals(words)))
        return f'{part}; {numbers or "same numbers"}; the text reads: "{" ".join(words.split())}"'

    def _words(self, start: int, length: int) -> str:
        """Return the stretch of the text whose normalised form begins at ``start``."""
        low, high = 0, len(self.text)
        while low < high:  # the normalised length of a beginning only grows
            middle = (low + high) // 2
            low, high = (middle + 1, high) if len(normalise(self.text[:middle])) <= start else (low, middle)
        end = low
        while end < len(self.text) and len(normalise(self.text[low - 1 : end])) < length:
            end += 1
        return self.text[max(low - 1, 0) : end]
