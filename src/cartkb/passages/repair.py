"""The smallest change that turns a stretch of a copy back into what the article has, proved by its digest.

The article's words are not here, only digests of them. But where a copy differs by one sign or one
number, trying all of them finds the one whose digest is right, and so both what is there and what
should be.
"""

import itertools
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

MOST_RAISED = 3  # raised signs lost in one stretch that are still looked for
_NUMBER = re.compile(r"\d+(?:\.\d)?")


@dataclass(frozen=True)
class Edit:
    """In a stretch, from ``start`` to ``end``, the article has ``article`` instead."""

    start: int
    end: int
    article: str

    def moved(self, by: int) -> "Edit":
        """Return the same edit in a text that begins ``by`` signs earlier."""
        return Edit(self.start + by, self.end + by, self.article)


def edited(text: str, edits: list[Edit]) -> str:
    """Return a text with edits carried out.

    >>> edited("12 of 20", [Edit(0, 2, "13"), Edit(8, 8, "0")])
    '13 of 200'
    """
    for edit in sorted(edits, key=lambda e: e.start, reverse=True):
        text = text[: edit.start] + edit.article + text[edit.end :]
    return text


def repair(stretch: str, length: int, fits: Callable[[str], bool], alphabet: list[str]) -> list[Edit] | None:
    """Return the edits that make a stretch fit, or None. ``length`` is how long the right text is.

    Tried in turn: nothing, one sign of the alphabet, one number of up to three digits, raised signs lost.

    >>> repair("12of20", 6, lambda text: text == "13of20", list("0123456789"))
    [Edit(start=1, end=2, article='3')]
    """
    ways = (_nothing, _one_sign, _one_number, _raised)
    for edits in itertools.chain.from_iterable(way(stretch, length - len(stretch), alphabet) for way in ways):
        if fits(edited(stretch, edits)):
            return edits
    return None


def _nothing(stretch: str, longer: int, alphabet: list[str]) -> Iterator[list[Edit]]:
    if longer == 0:
        yield []


def _one_sign(stretch: str, longer: int, alphabet: list[str]) -> Iterator[list[Edit]]:
    alphabet = [sign for sign in alphabet if sign != "^"]  # a raised sign may be lost, but nothing becomes one
    if longer == 1:
        alphabet = ["^", *alphabet]
    for at in range(len(stretch) + (longer == 1)):
        if longer == -1:
            yield [Edit(at, at + 1, "")]
        elif longer in (0, 1):
            yield from ([Edit(at, at + 1 - longer, sign)] for sign in alphabet)


def _one_number(stretch: str, longer: int, alphabet: list[str]) -> Iterator[list[Edit]]:
    for match in _NUMBER.finditer(stretch):
        size = len(match[0]) + longer
        if 1 <= size <= 3 and "." not in match[0]:
            yield from ([Edit(*match.span(), f"{n:0{size}}")] for n in range(10**size))
        elif size in (3, 4) and "." in match[0]:
            tenths = range(0 if size == 3 else 100, 100 if size == 3 else 1000)
            yield from ([Edit(*match.span(), f"{n // 10}.{n % 10}")] for n in tenths)


def _raised(stretch: str, longer: int, alphabet: list[str]) -> Iterator[list[Edit]]:
    if 2 <= longer <= MOST_RAISED:
        for places in itertools.combinations(range(len(stretch) + 1), longer):
            yield [Edit(at, at, "^") for at in places]
