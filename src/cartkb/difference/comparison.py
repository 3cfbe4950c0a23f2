"""Comparing two versions: what is said otherwise, what it does to patients, which pages change, what a release
needs.
"""

import importlib.util
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from cartkb.difference.content import Change, changes
from cartkb.difference.pages import PagesChanged, pages_about, pages_compared
from cartkb.difference.patients import CasesMoved, cases_moved, contradicted
from cartkb.difference.release import Kind, kind_of
from cartkb.difference.sentences import Speaker
from cartkb.difference.versions import Version
from cartkb.names import CKBG
from cartkb.problems import CartkbError
from cartkb.releasing import fingerprint

NO_PROVER = (
    "The prover z3 is not installed, so only the cases were compared, and patients unlike them may move as well: to"
    " have all of them, pip install 'cartkb[proofs]'."
)
PROVED_ALIKE = "What the rules read is the same in both versions, so no patient gets another answer."


@dataclass
class Asked:
    """What a comparison is to do: how many regions are told for two classes, and whether both sites are drawn."""

    regions: int = 3
    pages: bool = False
    templates: Path | None = None  # the home folder with the templates of the site


@dataclass
class Difference:
    """Everything that was found between two versions. ``notes`` say what could not be looked at, and why."""

    old: Version
    new: Version
    changes: list[tuple[Change, str]]  # each with its sentence
    kind: Kind
    cases: CasesMoved
    regions: list = field(default_factory=list)  # of Moves, where the spaces could be compared
    words: object = None  # Words of the regions
    pages: PagesChanged | None = None
    notes: list[str] = field(default_factory=list)

    @property
    def is_empty(self) -> bool:
        """Whether the versions say the same."""
        return not (self.changes or self.cases.moved or self.regions_moved)

    @property
    def regions_moved(self) -> list:
        """The regions of all questions."""
        return [region for moves in self.regions for region in moves.regions]


def compare(old: Version, new: Version, asked: Asked, progress: Callable[[str], None]) -> Difference:
    """Compare two versions. Raises CartkbError where one of them cannot be reasoned with."""
    progress("comparing what both say")
    layers = (fingerprint.layers(old.knowledge, new.knowledge), fingerprint.layers(new.knowledge))
    speaker = Speaker(old, new)
    found = [(change, speaker.sentence(change)) for change in changes(old, new, layers)]
    kind = kind_of(layers, new)
    answers_may_differ = "clinical" in kind.reaches
    difference = Difference(old, new, found, kind, cases_moved(old, new, answers_may_differ, progress))
    if answers_may_differ:
        _compare_spaces(difference, asked.regions, progress)
    elif found:
        difference.notes.append(PROVED_ALIKE)
    if found:
        _compare_pages(difference, asked, progress)
    return difference


def _compare_spaces(difference: Difference, at_most: int, progress: Callable[[str], None]) -> None:
    if importlib.util.find_spec("z3") is None:
        difference.notes.append(NO_PROVER)
        return
    from cartkb.difference.regions import moves
    from cartkb.difference.shared import IncomparableError, SharedSpace
    from cartkb.difference.words import Words

    old, new = difference.old, difference.new
    try:
        space = SharedSpace(_base(old), _base(new))
        difference.regions = list(moves(space, at_most, progress))
    except IncomparableError as error:
        difference.notes.append(f"Only the cases were compared, and patients unlike them may move as well: {error}.")
        return
    difference.words = Words(old, new, space)
    difference.notes += _left_out(space, old, new)
    witnesses = [region.witness for region in difference.regions_moved]
    progress("answering the witnesses by the rules of both")
    for version, side in ((old, "old"), (new, "new")):
        classes = {w.name: _of_side(w.classes, side) for w in witnesses}
        difference.notes += [f"Not as proved: {said}." for said in contradicted(version, classes, witnesses)]


def _of_side(classes: dict[str, str], side: str) -> dict[str, str]:
    return {name.removeprefix(f"{side}:"): of for name, of in classes.items() if name.startswith(f"{side}:")}


def _base(version: Version):
    """Return the decision base of a version. Raises IncomparableError where it cannot be proved anything of."""
    from cartkb.difference.shared import IncomparableError
    from cartkb.prove.read import read_base
    from cartkb.prove.sound import unsound

    base = read_base(version.knowledge.operative)
    if problems := unsound(base, version.knowledge.loaded.problem):
        raise IncomparableError(version.told(CartkbError(problems)))
    return base


def _left_out(space, old: Version, new: Version) -> list[str]:
    """Return in sentences which patients the regions leave out, since one version cannot read them."""
    notes = []
    for name, values in space.one_sided.items():
        notes.append(
            f"Left out of the regions: patients whose {name} is {', '.join(values)}, which one version refuses."
        )
    for side, version, other in (("old", old, new), ("new", new, old)):
        if features := sorted(space.union.only(side)):
            notes.append(
                f"Facts on {', '.join(features)} are read by {version.name} only: {other.name} is asked without them."
            )
    one, other = (set(space.union.of[side].questions) for side in ("old", "new"))
    notes += [f"The question {name} is there in one version only." for name in sorted(one ^ other)]
    return notes


def _compare_pages(difference: Difference, asked: Asked, progress: Callable[[str], None]) -> None:
    old, new = difference.old, difference.new
    items = {change.item for change, _ in difference.changes} | {CKBG + moved.case for moved in difference.cases.moved}
    if asked.templates is None:
        difference.notes.append("The pages were not looked at, for want of site_templates/ in the knowledge base here.")
        return
    try:
        if asked.pages:
            difference.pages = pages_compared(old, new, asked.templates, progress)
        else:
            progress("looking up pages")
            difference.pages = pages_about(old, new, items, asked.templates)
    except CartkbError as error:
        difference.notes.append(f"The pages could not be compared: {new.told(error)}.")
