"""Holding anybody's copy of the article against the passages: does each stand there, and with these numbers?"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from itertools import pairwise
from pathlib import Path

from cartkb.knowledge import Knowledge
from cartkb.names import ckb, local_name
from cartkb.passages.article import Article, read_text
from cartkb.passages.growing import grow
from cartkb.passages.known import SHORTEST, Known, Standing
from cartkb.passages.repair import Edit, repair
from cartkb.passages.source import REVIEW, numeral_sequence
from cartkb.passages.standing import Copy
from cartkb.problems import CartkbError, Problem, shown

OUTCOMES = ("confirmed", "tolerated", "differs", "missing", "untold")
_LEAST = 10  # one passage in so many has to stand in a text for it to be the article
_QUERY = """
PREFIX ckb: <https://w3id.org/cartkb/vocab/>
PREFIX dcterms: <http://purl.org/dc/terms/>
SELECT ?passage ?key ?article ?sha256 ?length ?parts ?sequence WHERE {
  ?passage a ckb:Passage ; ckb:key ?key ; ckb:sha256 ?sha256 ; ckb:normalisedLength ?length ; ckb:partDigests ?parts .
  ?passage dcterms:isPartOf ?article .
  OPTIONAL { ?passage ckb:numeralSequence ?sequence }
}
"""


@dataclass(frozen=True)
class Outcome:
    """What became of one passage in a copy.

    ``outcome`` is confirmed, tolerated (confirmed, but in pieces or with raised signs lost), differs,
    missing (nothing of it stands there) or untold (too short to be looked for, and not beside its
    neighbours). ``line`` counts from 1, 0 where there is none. ``text`` is the copy's, if it is the passage.
    """

    key: str
    outcome: str
    detail: str = ""
    line: int = 0
    lost: tuple[Decimal, ...] = ()
    new: tuple[Decimal, ...] = ()
    text: str = ""


def known_passages(knowledge: Knowledge, article: str | None = None) -> list[Known]:
    """Return what is known of every passage (of an article), in the order of the file that lists them."""
    order = {passage.value: number for number, passage in enumerate(knowledge.loaded.of_kind(ckb("Passage")))}
    rows = sorted(knowledge.select(_QUERY), key=lambda row: order[row["passage"].value])
    return [
        Known(
            row["key"].value,
            row["sha256"].value,
            int(row["length"].value),
            tuple(row["parts"].value.split()),
            Counter(Decimal(n) for n in (row["sequence"].value if row["sequence"] else "").split("|") if n),
        )
        for row in rows
        if article in (None, local_name(row["article"]))
    ]


def verify(knowledge: Knowledge, path: Path, article: str = REVIEW) -> list[Outcome]:
    """Return the outcome for every passage in a copy of an article: plain text, or a table of passages (.tsv).

    Raises CartkbError where the file cannot be read or is not the article.
    """
    order, text = known_passages(knowledge, article), read_text(path)
    outcomes = _of_table(order, text, path) if path.suffix.lower() == ".tsv" else _of_text(order, text)
    found = sum(outcome.outcome in ("confirmed", "tolerated") for outcome in outcomes)
    if found * _LEAST < len(order):
        what = f"not the article, or only a small part of it: {found} of {len(order)} passages stand in it"
        fix = "give the text of the whole review, as plain text or as a table of key, place and text"
        raise CartkbError([Problem(shown(path), 0, what, fix=fix)])
    return outcomes


def _of_text(order: list[Known], text: str) -> list[Outcome]:
    article = Article(text)
    copy = Copy(article, order)
    return [_outcome(article, known, copy.standing.get(known.key)) for known in order]


def _of_table(order: list[Known], text: str, path: Path) -> list[Outcome]:
    keys = {known.key for known in order}
    cells: dict[str, tuple[int, str]] = {}
    problems = []
    for number, line in enumerate(text.splitlines(), 1):
        parts = line.split("\t", 2)
        if not line.strip() or (number == 1 and parts[0] == "key"):
            continue
        if len(parts) < 3:
            what, fix = "not a row of key, place and text", "separate the three by tabs"
            problems.append(Problem(shown(path), number, what, fix=fix))
        elif parts[0] not in keys:
            problems.append(Problem(shown(path), number, f"no passage has the key {parts[0]}", fix="correct the key"))
        elif parts[0] in cells:
            what = f"{parts[0]} stands here a second time"
            problems.append(Problem(shown(path), number, what, fix="keep one row of it"))
        else:
            cells[parts[0]] = (number, parts[2])
    if problems and len(problems) < len(cells):
        raise CartkbError(problems)
    return [_of_cell(known, *cells[known.key]) if known.key in cells else _missing(known) for known in order]


def _of_cell(known: Known, line: int, text: str) -> Outcome:
    article = Article(text)
    length = len(article.whole)
    if known.fits(article.whole):
        standing = Standing([(0, length)])
    elif edits := repair(article.whole, known.length, known.fits, article.alphabet):
        standing = Standing([(0, length)], edits)
    else:
        grown = grow(article, known, lambda start, end: 0 <= start < end <= length)
        whole = grown is not None and sum(end - start for start, end in grown.pieces) == length
        standing = Standing([(0, length)] if length else [], grown.edits if whole else None)
    return _outcome(article, known, standing, line - 1)


def _missing(known: Known) -> Outcome:
    if known.length < SHORTEST:
        return Outcome(known.key, "untold", "too short to be looked for alone, and not found beside its neighbours")
    return Outcome(known.key, "missing", "does not stand in the copy")


def _outcome(article: Article, known: Known, standing: Standing | None, lines_before: int = 0) -> Outcome:
    if standing is None or not standing.pieces:
        return _missing(known)
    pieces, edits = standing.pieces, standing.edits
    line = lines_before + article.line(edits[0].start if edits else pieces[0][0])
    if edits is not None and all(edit.article == "^" and edit.start == edit.end for edit in edits):
        raised = frozenset(edit.start for edit in edits).union(*(article.raised & set(range(*p)) for p in pieces))
        reasons = list(_breaks(article, pieces, lines_before))
        reasons += [f"agrees once what the copy prints flat is raised again, {len(raised)} times"] * bool(raised)
        outcome = "tolerated" if reasons else "confirmed"
        return Outcome(known.key, outcome, "; ".join(reasons), line, text=article.words(pieces, raised))
    words = article.words(pieces)
    lost, new = _numbers(known, words)
    if edits:
        told = "; ".join(dict.fromkeys(_difference(article, edit) for edit in edits))
    else:
        numbers = f", without the number {_list(lost)}" * bool(lost) + f", with the number {_list(new)}" * bool(new)
        told = f'other words{numbers}; the copy reads "{words}"'
    return Outcome(known.key, "differs", told, line, lost, new)


def _breaks(article: Article, pieces: list[tuple[int, int]], lines_before: int) -> Iterator[str]:
    for before, after in pairwise(pieces):
        last = article.words([before]).split()[-3:]
        first = article.words([after]).split()[:3]
        ends, begins = (lines_before + article.line(place) for place in (before[1] - 1, after[0]))
        yield f'breaks off after "{" ".join(last)}" (line {ends}), goes on with "{" ".join(first)}" (line {begins})'


def _numbers(known: Known, words: str) -> tuple[tuple, tuple]:
    """Return the numbers that the passage has and the copy lacks, and the other way round."""
    found = Counter(numeral_sequence(words))
    lost, new = known.numbers - found, found - known.numbers
    return tuple(sorted(lost.elements())), tuple(sorted(new.elements()))


def _list(numbers: tuple[Decimal, ...]) -> str:
    return ", ".join(f"{number:f}" for number in numbers)


def _difference(article: Article, edit: Edit) -> str:
    """Return the word of the copy that an edit changes, and how the article has it, both normalised."""
    at, whole = edit.start, article.whole
    if edit.start == edit.end and at and whole[at - 1].isdigit() == edit.article.isdigit():
        at -= 1  # what is missing belongs to the word before
    first, last = article.word(at)
    right = whole[first : edit.start] + edit.article + whole[edit.end : last]
    return f'reads "{whole[first:last]}" where the article has "{right}"'
