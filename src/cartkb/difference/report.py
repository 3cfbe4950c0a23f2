"""A comparison as a report to be read aloud: the kind of change first, then what changed, and whom it moves."""

from collections.abc import Iterator

from cartkb.difference.comparison import Difference
from cartkb.difference.lines import Line
from cartkb.difference.release import proposed
from cartkb.names import CKB, CKBG
from cartkb.prove.proof import several

_REACH = {  # what each kind of change means to a reader
    "clinical": "what the rules read has changed, so that some patient may get another answer",
    "evidence": "what answers rest on has changed, and no answer",
    "editorial": "wording or cases have changed, and neither an answer nor what it rests on",
}
_STATES = {"applies": "applies", "undetermined": "undetermined", "doesNotApply": "does not apply"}
_LISTS = {  # other parts of an answer, in words
    "possible": "possible",
    "tensions": "in tension",
    "tension": "in tension",
    "silences": "left open",
    "silence": "left open",
    "decisions": "relying on",
    "wouldSettle": "settled by",
    "applies": "applying",
    "undetermined": "undetermined",
}
_DIRECTING = {"applies": " and directs {}", "is undetermined": " and would direct {}"}
_ORDER = ("clinical", "evidence", "editorial", "")


class Report:
    """Tells what was found between two versions."""

    def __init__(self, difference: Difference):
        self.found, self.old, self.new = difference, difference.old, difference.new

    def lines(self) -> Iterator[Line]:
        """Yield the report: the kind of change first, then what changed, whom it moves, pages, and what is not
        known.
        """
        yield Line(0, f"From {self.old.name} to {self.new.name}")
        if self.found.is_empty:
            yield Line(1, "Nothing has changed.")
            return
        yield from self._kind()
        yield from self._changes()
        yield from self._cases()
        yield from self._regions()
        yield from self._pages()
        if self.found.notes:
            yield Line(0, "To be known")
            yield from (Line(1, note) for note in self.found.notes)

    def _kind(self) -> Iterator[Line]:
        kind = self.found.kind
        if not kind.reaches:
            yield Line(1, "No release has to tell of this: it is none of what makes a release.")
            return
        yield Line(1, f"The change is {kind.furthest}: {_REACH[kind.furthest]}.")
        for reach in kind.reaches[1:]:
            yield Line(1, f"Some of it is {reach}: {_REACH[reach]}.")
        yield Line(1, f"The release: {kind.entry}. An entry could begin with:")
        yield Line(1, self._proposed(), verbatim=True)

    def _proposed(self) -> str:
        moved = self.found.cases.moved
        cases = sorted({one.case for one in moved if one.before != one.now and not one.facts_differ})
        regions = self.found.regions_moved
        classes = {one.now for one in (*moved, *regions) if one.now and one.before != one.now}
        within = {limit for region in regions for limit in self.found.words.limits(region.cause_criteria)}
        patients = f"Patients with: {'; or '.join(sorted(within))}." if within else ""
        return proposed(self.found.kind, cases, sorted(classes), patients)

    def _changes(self) -> Iterator[Line]:
        if not self.found.changes:
            return
        yield Line(0, "What is said otherwise")
        by_kind: dict[str, list] = {}
        for change, sentence in self.found.changes:
            by_kind.setdefault(change.kind, []).append((change, sentence))
        for kind, some in sorted(by_kind.items(), key=lambda item: (self._furthest(item[1]), item[0])):
            yield Line(1, f"{kind}:")
            for change, sentence in some:
                reach = f" [{change.reach}]" if change.reach else ""
                was, now = change.places
                place = f"{now}, before {was}" if was and now else now or f"before {was}"
                yield Line(2, f"{sentence}{reach} ({place})")

    @staticmethod
    def _furthest(some: list) -> int:
        return min(_ORDER.index(change.reach) for change, _ in some)

    def _cases(self) -> Iterator[Line]:
        cases = self.found.cases
        if not cases.asked:
            return
        yield Line(0, "Cases that are answered otherwise")
        names = sorted({one.case for one in cases.moved})
        yield Line(1, f"{len(names) or 'None'} of {several(cases.asked, 'case')} asked.")
        for name in names:
            mine = [one for one in cases.moved if one.case == name]
            version = self.new if CKBG + name in self.new.labels else self.old
            other = ", whose facts differ as well" if mine[0].facts_differ else ""
            yield Line(1, f"{version.named(CKBG + name)}{other}:")
            for one in mine:
                moves = f"from {self._class(one.before)} to {self._class(one.now)}"
                yield Line(
                    2, f"{one.question}: {moves if one.before != one.now else self._class(one.now) + ' as before'}"
                )
                yield from (Line(3, text) for text in _transitions(one.lists))
        for name, version in cases.unread:
            yield Line(1, f"{name} cannot be asked of {version}, whose shapes refuse it.")

    def _class(self, name: str) -> str:
        return self.new.labels.get(CKB + name) or self.old.label(CKB + name)

    def _regions(self) -> Iterator[Line]:
        if not self.found.regions:
            return
        yield Line(0, "Patients who are answered otherwise, of all that there could be")
        still = [moves.question for moves in self.found.regions if not moves.regions]
        if still:
            yield Line(1, f"Nobody's answer to {', '.join(still)} differs.")
        for moves in self.found.regions:
            if moves.regions:
                yield from self._question(moves)

    def _question(self, moves) -> Iterator[Line]:
        whom = self._whoever(moves)
        if whom and not moves.cut_off:
            yield Line(1, f"{moves.question}: the answer differs only where this holds: {'; or: '.join(whom)}.")
        else:
            yield Line(1, f"{moves.question}:")
        for region in moves.regions:
            yield from self._region(region)
        for before, now in moves.cut_off:
            what = f"from {self._class(before)} to {self._class(now)}" if before else "within one class"
            yield Line(2, f"There are more patients {what}; --regions tells of more.")

    def _whoever(self, moves) -> list[str]:
        """Return what the patients of a question's regions have in common by what causes them to move, one or the
        other.
        """
        words = [self.found.words.criteria(region.cause_criteria) for region in moves.regions]
        return list(dict.fromkeys("; ".join(phrases) for phrases in words)) if all(words) else []

    def _region(self, region) -> Iterator[Line]:
        moves = f"from {self._class(region.before)} to {self._class(region.now)}"
        what = moves if region.before else "the class stays, and reasons change"
        whom = (
            "exactly the patients of whom this holds" if region.exact else "this holds of them all, and of some others"
        )
        yield Line(2, f"{what} ({region.witness.name}): {whom}")
        for phrase in self.found.words.criteria(region.criteria):
            yield Line(3, phrase)
        for cause in region.causes:
            if cause.kind != "criterion":
                yield Line(3, f"because {self._cause(cause)}")
        if not region.read_by_both:
            yield Line(3, "only with facts that one of the versions does not know")
        if not region.before:
            for way, word in (("goes", "no longer"), ("comes", "now")):
                names: dict[str, list[str]] = {}
                for (kind, name), how in region.parts:
                    if how == way:
                        names.setdefault(_LISTS[kind], []).append(name)
                for kind, some in names.items():
                    yield Line(3, f"{word} {kind}, for some or all: {', '.join(some)}")

    def _cause(self, cause) -> str:
        if cause.kind == "question":
            return f"the question {cause.name} was {cause.before} and is {cause.now}"
        named = (
            self.new.named(CKBG + cause.name)
            if CKBG + cause.name in self.new.labels
            else self.old.named(CKBG + cause.name)
        )
        if cause.kind == "statement":
            was, now = (
                state + (_DIRECTING[state].format(self._class(directs)) if state in _DIRECTING else "")
                for state, directs in ((cause.before, cause.directs[0]), (cause.now, cause.directs[1]))
            )
            return f"{named}: before, it {was}; now, it {now}"
        return f"{named} was {cause.before} and is {cause.now}"

    def _pages(self) -> Iterator[Line]:
        pages = self.found.pages
        if pages is None:
            return
        yield Line(0, "Pages that change")
        if not pages.compared:
            yield Line(
                1, "These are about what changed; --pages draws both sites and finds those that speak of it as well."
            )
        for word, some in (("added", pages.added), ("gone", pages.removed), ("changed", pages.changed)):
            yield from (Line(1, f"{word}: {', '.join(some)}") for _ in some[:1])
        if not (pages.added or pages.removed or pages.changed):
            yield Line(1, "none")


def _transitions(lists: dict[str, tuple[tuple[str, ...], tuple[str, ...]]]) -> Iterator[str]:
    """Yield in words how the lists of an answer changed: statements from one state to another, the rest as gone or
    new.
    """
    was = {name: state for key, state in _STATES.items() for name in lists.get(key, ((), ()))[0]}
    now = {name: state for key, state in _STATES.items() for name in lists.get(key, ((), ()))[1]}
    moved: dict[tuple[str, str], list[str]] = {}
    for name in sorted(was.keys() | now.keys()):
        moved.setdefault((was.get(name, "not there"), now.get(name, "not there")), []).append(name)
    for (before, after), names in moved.items():
        yield f"from {before} to {after}: {', '.join(names)}"
    for key, (gone, come) in lists.items():
        if key not in _STATES:
            yield from (f"no longer {_LISTS[key]}: {', '.join(gone)}" for _ in gone[:1])
            yield from (f"now {_LISTS[key]}: {', '.join(come)}" for _ in come[:1])
