"""A long passage in a copy, grown part by part from one part that stands there.

Where the next part does not follow, a page may have ended within it: then it stands in two pieces,
each at a break of the copy. Or it was changed: then growing goes on from the next part that stands
unchanged, and what lies between is repaired where one small change explains it.
"""

from collections.abc import Callable, Iterator

from cartkb.passages.article import Article, short_digest
from cartkb.passages.known import SLIPS, Known, Standing
from cartkb.passages.repair import Edit, edited, repair
from cartkb.passages.source import PART

_FAR = 20_000  # normalised signs that a table between two pages may take

Stretch = tuple[int, int, list[Edit] | None]  # from, to, and the edits its text needs; None where unknown


def grow(
    article: Article,
    known: Known,
    free: Callable[[int, int], bool],
    before: int | None = None,
    after: int | None = None,
) -> Standing | None:
    """Return how a passage of several parts stands in a copy, or None where no part of it does.

    ``free`` says whether a stretch of the copy belongs to no other passage yet; ``before`` is where the
    passage before it ends, ``after`` where the next one begins, as far as that is known.
    """
    growing, best, seen = _Growing(article, known, free), None, set()
    growing.before, growing.after = before, after
    for number, part in enumerate(known.parts[:-1]):
        for place in article.places(part):
            if place in seen or not free(place, place + PART):
                continue
            stretches = growing.from_part(number, place)
            seen |= {n for start, end, _ in stretches for n in range(start, end)}
            matched = sum(end - start for start, end, edits in stretches if edits == [])
            if best is None or matched > best[0]:
                best = matched, stretches
        if best and best[0] == known.length:
            break
    return _standing(article, known, best[1]) if best else None


def _standing(article: Article, known: Known, stretches: list[Stretch]) -> Standing:
    pieces: list[tuple[int, int]] = []
    for start, end, _ in stretches:
        if pieces and pieces[-1][1] == start:
            pieces[-1] = (pieces[-1][0], end)
        else:
            pieces.append((start, end))
    if any(edits is None for _, _, edits in stretches):
        return Standing(pieces, None)
    right = "".join(edited(article.whole[a:b], [edit.moved(-a) for edit in edits]) for a, b, edits in stretches)
    return Standing(pieces, [edit for _, _, edits in stretches for edit in edits] if known.fits(right) else None)


class _Growing:
    def __init__(self, article: Article, known: Known, free: Callable[[int, int], bool]):
        self.article, self.known, self.free = article, known, free
        self.whole = article.whole
        self.count = len(known.parts)
        self.before: int | None = None
        self.after: int | None = None

    def from_part(self, number: int, place: int) -> list[Stretch]:
        """Return the stretches of the passage, in its order, if this part of it stands at this place."""
        return [*self._backward(number - 1, place), *self._forward(number, place)]

    def _stands(self, number: int, start: int) -> bool:
        size, part = self.known.sizes[number], self.known.parts[number]
        return self.free(start, start + size) and self.article.stands(start, size, part)

    def _forward(self, number: int, place: int) -> Iterator[Stretch]:
        while number < self.count:
            size = self.known.sizes[number]
            if self._stands(number, place):
                found: list[Stretch] = [(place, place + size, [])]
            elif found := self._across(number, place):
                pass
            elif resumed := self._resume(number, place):
                number, end = resumed[0] - 1, resumed[1]
                found = self._changed(resumed[2], number, place, end)
            else:
                yield from self._changed_end(number, place)
                return
            yield from found
            number, place = number + 1, found[-1][1]

    def _backward(self, number: int, place: int) -> list[Stretch]:
        stretches: list[Stretch] = []
        while number >= 0:
            if self._stands(number, place - PART):
                found: list[Stretch] = [(place - PART, place, [])]
            elif not (found := self._across_back(number, place)):
                return [*self._changed_beginning(number, place), *stretches]
            stretches = found + stretches
            number, place = number - 1, found[0][0]
        return stretches

    def _across(self, number: int, place: int) -> list[Stretch]:
        """Return the two pieces of a part within or before which the copy breaks off."""
        size, part = self.known.sizes[number], self.known.parts[number]
        for cut in self.article.breaks_between(place, place + size - 1):
            head, rest = self.whole[place:cut], size - (cut - place)
            for start in self._breaks_from(cut):
                if short_digest(head + self.whole[start : start + rest]) == part and self.free(start, start + rest):
                    return [*([(place, cut, [])] if head else []), (start, start + rest, [])]
        return []

    def _across_back(self, number: int, place: int) -> list[Stretch]:
        for cut in self.article.breaks_between(place - PART + 1, place):
            tail, rest = self.whole[cut:place], PART - (place - cut)
            for end in self._breaks_from(cut, forward=False):
                start = end - rest
                whole = self.whole[max(start, 0) : end] + tail
                if short_digest(whole) == self.known.parts[number] and self.free(start, end):
                    return [(start, end, []), *([(cut, place, [])] if tail else [])]
        return []

    def _breaks_from(self, place: int, forward: bool = True) -> list[int]:
        """Return the other breaks, the likelier first: the nearest of those in reading order, then the rest."""
        before = self.article.breaks_between(0, place - 1)[::-1]
        after = self.article.breaks_between(place + 1, len(self.whole))
        return after + before if forward else before + after

    def _resume(self, number: int, place: int) -> tuple[int, int, int] | None:
        """Return the next part that stands unchanged and its place, and the part from which on it is changed."""
        far = None
        for later in range(number + 1, self.count - 1):
            places = (p for p in self.article.places(self.known.parts[later]) if p >= place and self.free(p, p + PART))
            start = next(places, None)
            if start is not None and start - place <= PART * (later - number) + PART // 2:
                return later, start, number
            if start is not None and far is None and start - place < _FAR:
                far = later, start, number
        expected = place + PART * (self.count - 1 - number)
        if number < self.count - 1:
            for slip in SLIPS:
                if self._stands(self.count - 1, expected + slip):
                    return self.count - 1, expected + slip, number
        return far

    def _changed(self, first: int, last: int, place: int, end: int) -> list[Stretch]:
        """Return the stretches of changed parts, from ``first`` to ``last``, between two places."""
        stretches: list[Stretch] = []
        at = place
        for number in range(first, last + 1):
            ends = [end] if number == last else [at + PART + slip for slip in SLIPS]
            found = self._repaired(number, [(at, e) for e in ends]) or self._repaired_across(number, at, end)
            if not found:
                return [(place, end, None)] if end - place <= PART * (last - first + 2) else [(end - 1, end, None)]
            stretches += found
            at = found[-1][1]
        return stretches

    def _changed_end(self, first: int, place: int) -> list[Stretch]:
        stretches: list[Stretch] = []
        for number in range(first, self.count):
            found = self._repaired(number, [(place, place + self.known.sizes[number] + slip) for slip in SLIPS])
            if not found and number == self.count - 1 and self.after is not None:
                found = self._repaired_across(number, place, self.after)
            if not found:
                end = min(place + sum(self.known.sizes[number:]), len(self.whole))
                while place < end and not self.free(place, end):
                    end -= 1
                return stretches + ([(place, end, None)] if place < end else [])
            stretches += found
            place = found[-1][1]
        return stretches

    def _changed_beginning(self, last: int, place: int) -> list[Stretch]:
        stretches: list[Stretch] = []
        for number in range(last, -1, -1):
            found = self._repaired(number, [(place - PART - slip, place) for slip in SLIPS])
            if not found and number == 0 and self.before is not None:
                found = self._repaired_across(number, self.before, place)
            if not found:
                start = max(place - PART * (number + 1), 0)
                while start < place and not self.free(start, place):
                    start += 1
                return ([(start, place, None)] if start < place else []) + stretches
            stretches = found + stretches
            place = found[0][0]
        return stretches

    def _repaired(self, number: int, tried: list[tuple[int, int]]) -> list[Stretch]:
        size, part = self.known.sizes[number], self.known.parts[number]
        for start, end in tried:
            if abs(end - start - size) <= max(SLIPS) and self.free(start, end):
                stretch = self.whole[start:end]
                edits = repair(stretch, size, lambda text: short_digest(text) == part, self.article.alphabet)
                if edits is not None:
                    return [(start, end, [edit.moved(start) for edit in edits])]
        return []

    def _repaired_across(self, number: int, place: int, end: int) -> list[Stretch]:
        """Repair a part that stands in two pieces, of which the second ends at a known place."""
        size, part = self.known.sizes[number], self.known.parts[number]
        for cut in self.article.breaks_between(place + 1, place + size - 1):
            head = cut - place
            for start in self.article.breaks_between(end - size + head, end - size + head):
                stretch = self.whole[place:cut] + self.whole[start:end]
                edits = repair(stretch, size, lambda text: short_digest(text) == part, self.article.alphabet)
                if edits:
                    return [
                        (place, cut, [edit.moved(place) for edit in edits if edit.end <= head]),
                        (start, end, [edit.moved(start - head) for edit in edits if edit.end > head]),
                    ]
        return []
