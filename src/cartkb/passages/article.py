"""A copy of the article, read so that any stretch of it can be asked for by its digest.

A copy is plain text as a program takes it out of a PDF. Lines, columns and pages end anywhere in it,
so everything is compared in the normalised form, and each normalised sign remembers where it stood.
"""

import bisect
import functools
import hashlib
import re
from collections import defaultdict
from pathlib import Path

from cartkb.passages.source import DROPPED, PART, plain_signs
from cartkb.problems import CartkbError, Problem, shown

_TOKEN = re.compile(r"(?:\\text\{[^}]*\}|[^\s|])+")
_WIDE_GAP = re.compile(r"[\n\r\t\f|]|[^\S\n]{2}")  # a line, column or cell may end here and go on elsewhere
_LIGATURES = {"ﬀ": "ff", "ﬁ": "fi", "ﬂ": "fl", "ﬃ": "ffi", "ﬄ": "ffl", "ﬅ": "st", "ﬆ": "st"}
_PRINTED = [(r"\geq", "≥"), (r"\leq", "≤"), (r"\times", "×"), (r"\mu", "µ"), ("\\%", "%"), ("$", ""), ("*", "")]
_POWER = re.compile(r"[×x]\s*10\s?(?=\d)")  # what follows is an exponent, also where a copy prints it flat
_RAISED = str.maketrans("0123456789+-−–", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁻⁻")


def read_text(path: Path) -> str:
    """Return the text of a copy. Raises CartkbError where the file is empty or no text in UTF-8 or UTF-16."""
    data = path.read_bytes()
    problem = functools.partial(Problem, shown(path), 0)
    if data.startswith(b"%PDF"):
        raise CartkbError([problem("a PDF, not its text", fix="take the text out first, for example with pdftotext")])
    wide = data[:2] in (b"\xff\xfe", b"\xfe\xff")
    if b"\0" in data and not wide:
        raise CartkbError([problem("not a text but a binary file", fix="give the article as plain text")])
    try:
        text = data.decode("utf-16" if wide else "utf-8-sig")
    except UnicodeDecodeError as error:
        what = f"not text in UTF-8: byte {error.start + 1} cannot be read"
        raise CartkbError([problem(what, fix="save the copy as plain text in UTF-8")]) from None
    if not text.strip():
        raise CartkbError([problem("the file is empty", fix="give the article as plain text")])
    return text


@functools.cache
def _signs_of(text: str) -> str:
    """Return the normalised form of one sign, or of one word with LaTeX in it, punctuation still kept."""
    text = "".join(_LIGATURES.get(sign, sign) for sign in text)
    return re.sub(r"[\s-]+", "", plain_signs(text).lower())


class Article:
    """A text with its normalised form ``whole``, and the places of both.

    ``breaks`` are the places in ``whole`` where a line, a column or a cell begins, ascending; ``raised``
    those of signs that the copy prints flat though they are exponents.
    """

    def __init__(self, text: str):
        self.text = text
        signs: list[str] = []
        origins: list[tuple[int, int]] = []
        opened: list[int] = []
        flat = {match.end() for match in _POWER.finditer(text)}
        end = 0
        for token in _TOKEN.finditer(text):
            if _WIDE_GAP.search(text, end, token.start()) or not end:
                opened.append(len(signs))
            end = token.end()
            if "\\" in token[0]:
                found = [(sign, token.span()) for sign in _signs_of(token[0])]
            else:
                spans = [(n, n + 1) for n in range(token.start(), end)]
                found = [(sign, span) for span in spans for sign in "^" * (span[0] in flat) + _signs_of(text[span[0]])]
            signs += [sign for sign, _ in found]
            origins += [span for _, span in found]
        joined = "".join(signs)
        dropped = {match.start() for match in DROPPED.finditer(joined)}
        kept = [n for n in range(len(joined)) if n not in dropped]
        self.whole = "".join(joined[n] for n in kept)
        self.origins = [origins[n] for n in kept]
        self.breaks = sorted({bisect.bisect_left(kept, n) for n in opened})
        self.raised = {n for n, (start, _) in enumerate(self.origins) if start in flat and self.whole[n] == "^"}
        self.alphabet = sorted(set(self.whole) | set("0123456789^.%+"))

    @functools.cached_property
    def _scan(self) -> dict[str, list[int]]:
        found = defaultdict(list)
        for start in range(len(self.whole) - PART + 1):
            found[short_digest(self.whole[start : start + PART])].append(start)
        return found

    def places(self, part: str) -> list[int]:
        """Return the starts of all stretches of the length of a part that have its digest, ascending."""
        return self._scan.get(part, [])

    def stands(self, start: int, length: int, part: str) -> bool:
        """Say whether the stretch at a place has this short digest."""
        stretch = self.whole[start : start + length] if start >= 0 else ""
        return len(stretch) == length and short_digest(stretch) == part

    def breaks_between(self, start: int, end: int) -> list[int]:
        """Return the breaks from one place to another, both included."""
        return self.breaks[bisect.bisect_left(self.breaks, start) : bisect.bisect_right(self.breaks, end)]

    def words_from(self, start: int, end: int) -> list[int]:
        """Return the first place, and those up to the last one where a word begins."""
        places = range(max(start, 0), min(end, len(self.whole)) + 1)
        return [place for place in places if place in (start, end) or self._is_apart(place - 1)]

    def _is_apart(self, place: int) -> bool:
        """Say whether white space follows the sign at a place of the normalised text."""
        following = self.origins[place + 1][0] if place + 1 < len(self.origins) else len(self.text)
        return re.search(r"[\s|]", self.text[self.origins[place][1] : following]) is not None

    def line(self, place: int) -> int:
        """Return the line of the copy, from 1, in which a place of the normalised text stands."""
        at = self.origins[min(place, len(self.origins) - 1)][0] if self.origins else 0
        return self.text.count("\n", 0, at) + 1

    def span(self, start: int, end: int) -> tuple[int, int]:
        """Return where a stretch begins and ends in the text, with the punctuation and brackets that belong to it."""
        first, last = self.origins[start][0], self.origins[end - 1][1]
        floor = self.origins[start - 1][1] if start else 0
        ceiling = self.origins[end][0] if end < len(self.origins) else len(self.text)
        while first > floor and not (sign := self.text[first - 1]).isspace() and sign not in ".,;:|)]-":
            first -= 1
        while last < ceiling and not (sign := self.text[last]).isspace() and sign not in "([|":
            last += 1
        if self.text[last : last + 1] == "." and not self.text[last + 1 : last + 2].strip():
            last += 1  # a full stop before a number counts as part of the number
        return first, last

    def word(self, place: int) -> tuple[int, int]:
        """Return where, in the normalised text, the word begins and ends of which a sign stands at a place."""
        first = last = min(place, len(self.origins) - 1)
        while first and not self._is_apart(first - 1):
            first -= 1
        while last + 1 < len(self.origins) and not self._is_apart(last):
            last += 1
        return first, last + 1

    def words(self, pieces: list[tuple[int, int]], raised: frozenset[int] = frozenset()) -> str:
        """Return the words of some stretches as one line, with the signs raised that the copy has lost.

        ``raised`` are places of the normalised text before which a sign was raised. A hyphen at the
        end of a line stays only where the copy writes the word with a hyphen elsewhere too.
        """
        told = []
        for start, end in pieces:
            first, last = self.span(start, end)
            text = self.text[first:last]
            for place in sorted((n for n in raised if start <= n < end), reverse=True):
                text = self._raise(text, first, place)
            told.append(text)
        text = re.sub(r"(\w+)[-\u00ad]\s*\n\s*(\w+)", self._join, "\n".join(told))
        text = re.sub(r"\\text\{([^}]*)\}", r"\1", text)
        for sign, printed in _PRINTED:
            text = text.replace(sign, printed)
        text = re.sub(r"\^(\d+)", lambda match: match[1].translate(_RAISED), text)
        return " ".join("".join(_LIGATURES.get(sign, sign) for sign in text).split())

    def _raise(self, text: str, first: int, place: int) -> str:
        """Raise the sign before or at a place: a minus that normalising drops, or else the digit itself."""
        at = self.origins[place][0] - first
        gap = self.origins[place - 1][1] - first if place else 0
        for n in range(max(gap, 0), at):
            if text[n] in "-−–":
                return text[:n] + text[n].translate(_RAISED) + text[n + 1 :]
        raised = text[at].translate(_RAISED)
        return text[:at] + (raised if raised != text[at] else f"^{text[at]}") + text[at + 1 :]

    def _join(self, match: re.Match) -> str:
        joined, hyphened = match[1] + match[2], f"{match[1]}-{match[2]}"
        return joined if joined.lower() in self._known_words and hyphened not in self.text else hyphened

    @functools.cached_property
    def _known_words(self) -> set[str]:
        return set(re.findall(r"\w+", self.text.lower()))


def short_digest(text: str) -> str:
    """Return the digest of a part: 8 hexadecimal digits."""
    return hashlib.sha256(text.encode()).hexdigest()[:8]
