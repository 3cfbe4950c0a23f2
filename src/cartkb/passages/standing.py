"""Where each passage stands in a copy of the article, and whether it stands there unchanged.

Long passages are looked for first: whole, then part by part, since a page may end within a sentence.
What is too short to be looked for alone, such as a table cell, is looked for beside its neighbours.
A place is given to one passage only, so that a changed cell is not taken for its twin elsewhere.
"""

from collections.abc import Callable, Iterator

from cartkb.passages.article import Article
from cartkb.passages.growing import grow
from cartkb.passages.known import SHORTEST, SLIPS, Known, Standing
from cartkb.passages.repair import repair
from cartkb.passages.source import PART

_JUNK = 6  # normalised signs, such as the number of a reference, that may stand between two passages
_NEAR = 3  # line or cell breaks over which a neighbour is still looked for


class Copy:
    """A copy of the article with the places that its passages take in it."""

    def __init__(self, article: Article, order: list[Known]):
        self.article = article
        self.order = order
        self.taken = bytearray(len(article.whole))
        self.standing: dict[str, Standing] = {}
        by_length = sorted(order, key=lambda k: -k.length)
        long = [known for known in by_length if len(known.parts) > 1]
        self._find(self._whole, long)
        self._settle(self._beside)
        self._find(self._in_parts, long)
        self._settle(self._beside)
        middling = [known for known in by_length if known.length >= SHORTEST]
        for find in (self._alone, self._anywhere):
            self._find(find, middling)
            self._settle(self._beside)
        self._settle(self._between, self._beside)
        self._settle(self._stretch, self._between, self._beside)

    def _free(self, start: int, end: int) -> bool:
        return 0 <= start < end <= len(self.taken) and self.taken.find(1, start, end) < 0

    def _take(self, known: Known, standing: Standing | None) -> bool:
        if standing is None:
            return False
        self.standing[known.key] = standing
        for start, end in standing.pieces:
            self.taken[start:end] = b"\1" * (end - start)
        return True

    def _find(self, way: Callable[[Known], Standing | None], passages: list[Known]) -> None:
        for known in passages:
            if known.key not in self.standing:
                self._take(known, way(known))

    def _settle(self, *ways) -> None:
        """Try the ways for every passage without a place until no more is found; back to the last way after each."""
        progress = True
        while progress:
            progress = False
            for way in reversed(ways):
                for number, known in enumerate(self.order):
                    if known.key not in self.standing:
                        progress |= self._take(known, way(number, known))
                if progress:
                    break

    def _stands(self, known: Known, start: int) -> bool:
        end = start + known.length
        return self._free(start, end) and known.fits(self.article.whole[start:end])

    def _whole(self, known: Known) -> Standing | None:
        exact = [start for start in self.article.places(known.parts[0]) if self._stands(known, start)]
        return Standing([(exact[0], exact[0] + known.length)]) if len(exact) == 1 else None

    def _places(self, known: Known) -> Iterator[int]:
        start = self.taken.find(0)
        while start >= 0:
            end = self.taken.find(1, start)
            end = end if end >= 0 else len(self.taken)
            yield from (place for place in range(start, end - known.length + 1) if self._stands(known, place))
            start = self.taken.find(0, end)

    def _alone(self, known: Known) -> Standing | None:
        """Return the first free place, unless there are fewer of them than passages that read alike."""
        alike = sum(other.sha256 == known.sha256 and other.key not in self.standing for other in self.order)
        places = list(self._places(known))
        return Standing([(places[0], places[0] + known.length)]) if len(places) >= alike else None

    def _anywhere(self, known: Known) -> Standing | None:
        place = next(self._places(known), None)
        return None if place is None else Standing([(place, place + known.length)])

    def _in_parts(self, known: Known) -> Standing | None:
        return grow(self.article, known, self._free, *self._neighbours(self.order.index(known)))

    def _neighbours(self, number: int) -> tuple[int | None, int | None]:
        """Return where the passage before ends and the one after begins, as far as they have a place."""
        before = self.standing.get(self.order[number - 1].key) if number else None
        after = self.standing.get(self.order[number + 1].key) if number + 1 < len(self.order) else None
        return before.pieces[-1][1] if before else None, after.pieces[0][0] if after else None

    def _beside(self, number: int, known: Known) -> Standing | None:
        end, start = self._neighbours(number)
        near = _NEAR if known.length >= SHORTEST // 2 else 0
        places = [end] if end is not None else []
        places += self.article.breaks_between(end + 1, len(self.article.whole))[:near] if end is not None else []
        ends = [start] if start is not None else []
        ends += self.article.breaks_between(0, start - 1)[-near:][::-1] if start is not None and near else []
        for place in [*places, *(e - known.length for e in ends)]:
            if self._stands(known, place):
                return Standing([(place, place + known.length)])
        return None

    def _between(self, number: int, known: Known) -> Standing | None:
        """Look beside the neighbours for a stretch that one small change turns into the passage."""
        end, start = self._neighbours(number)
        tried = []
        if end is not None and start is not None and 0 < start - end <= known.length + max(SLIPS):
            tried.append((end, start))
        if known.length >= SHORTEST // 4:  # one sign alone can always be turned into another
            firsts = self.article.words_from(end, end + _JUNK) if end is not None else []
            lasts = self.article.words_from(start - _JUNK, start)[::-1] if start is not None else []
            tried += [(first, first + known.length + slip) for first in firsts for slip in SLIPS]
            tried += [(last - known.length - slip, last) for last in lasts for slip in SLIPS]
        for first, last in tried:
            if self._free(first, last):
                stretch = self.article.whole[first:last]
                edits = repair(stretch, known.length, known.fits, self.article.alphabet)
                if edits is not None:
                    return Standing([(first, last)], [edit.moved(first) for edit in edits])
        return None

    def _stretch(self, number: int, known: Known) -> Standing | None:
        """Return the stretch between the neighbours, or beside one of them, that must be the passage, much changed."""
        end, start = self._neighbours(number)
        longest = 2 * known.length + PART
        between = [(end, start)] if end is not None and start is not None and end < start <= end + longest else []
        if end is not None and self.order[number - 1].group == known.group:
            between += [(end, later) for later in self.article.breaks_between(end + 1, end + longest)[:1]]
        if start is not None and self.order[number + 1].group == known.group:
            between += [(earlier, start) for earlier in self.article.breaks_between(start - longest, start - 1)[-1:]]
        long_enough = [piece for piece in between if piece[1] - piece[0] >= known.length // 3 and self._free(*piece)]
        return Standing(long_enough[:1], None) if long_enough else None
