"""What is said otherwise in two versions: items, figures and files, one change for each property of each item."""

from collections.abc import Iterator
from dataclasses import dataclass, field

import pyoxigraph as ox

from cartkb.difference.versions import Version
from cartkb.names import CKBG, PREFIXES, RDF_TYPE, local_name, short
from cartkb.releasing import fingerprint

ADDED, REMOVED, CHANGED = "added", "removed", "changed"
_OWL = PREFIXES["owl"]
_NUMBERS = {PREFIXES["xsd"] + name for name in ("integer", "decimal", "double")}
DEPRECATED = ox.NamedNode(f"{_OWL}deprecated")
_SAYS_LITTLE = (f"{_OWL}NamedIndividual", f"{PREFIXES['skos']}Concept")  # kinds beside which another says more

Term = ox.NamedNode | ox.Literal
Layers = dict[str, fingerprint.Layer]
Said = dict[ox.NamedNode, dict[ox.NamedNode, set[Term]]]  # subject -> predicate -> values


@dataclass(frozen=True)
class Change:
    """One thing that differs. ``how`` is added, removed or changed; a change of an item is of one property.

    ``values`` are those of the property that only the old and only the new version has. ``reach`` is how far the
    change reaches by the rules for releases, or empty where it is none of their concern. ``parts`` counts what was
    added or removed with an item and has no line of its own, by kind; ``figures`` are its numbers, by predicate.
    """

    item: str
    kind: str
    how: str
    predicate: str = ""
    values: tuple[tuple[Term, ...], tuple[Term, ...]] = ((), ())
    single: bool = False  # whether the property has one value before and after
    reach: str = ""
    places: tuple[str, str] = ("", "")
    parts: tuple[tuple[str, int], ...] = ()
    figures: tuple[tuple[str, Term], ...] = ()


@dataclass
class _Side:
    """What one version says in the files that differ."""

    version: Version
    said: Said = field(default_factory=dict)
    files: dict[str, str] = field(default_factory=dict)  # item -> its file, without folders and ending
    reach: dict[str, str] = field(default_factory=dict)  # a line of N-Triples -> how far a change of it reaches


def changes(old: Version, new: Version, layers: tuple[Layers, Layers]) -> list[Change]:
    """Return everything that differs, sorted by item; rules, queries and shapes as the files that they are.

    ``layers`` are those of both versions, sorted by how far a change reaches as the new one has it.
    """
    apart = {name for name in old.files.keys() | new.files.keys() if old.files.get(name) != new.files.get(name)}
    sides = [_side(version, new, apart) for version in (old, new)]
    return [*_items(*sides), *_files(old, new, apart, layers)]


def _side(version: Version, new: Version, apart: set[str]) -> _Side:
    side, home = _Side(version), version.knowledge.home
    sorter = fingerprint.Sorter(version.knowledge, new.knowledge)
    for path, triples in version.knowledge.loaded.files.items():
        if path.relative_to(home).as_posix() not in apart or path.parent == sorter.shapes:
            continue
        for reach, _, lines in sorter.sort(path, triples):
            side.reach |= dict.fromkeys(lines, reach)
        for triple in triples:
            if isinstance(triple.subject, ox.NamedNode) and not isinstance(triple.object, ox.BlankNode):
                properties = side.said.setdefault(triple.subject, {})
                properties.setdefault(triple.predicate, set()).add(triple.object)
                side.files.setdefault(triple.subject.value, path.stem)
    return side


def _items(old: _Side, new: _Side) -> Iterator[Change]:
    added, removed = _come(new, old), _come(old, new)
    for item in sorted(old.said.keys() | new.said.keys(), key=lambda node: node.value):
        for side, come, how in ((new, added, ADDED), (old, removed, REMOVED)):
            if item in come and not _is_part(side, item, come):
                yield _whole(side, item, how, come)
        if item in old.said and item in new.said:
            yield from _properties(old, new, item)


def _come(here: _Side, there: _Side) -> set[ox.NamedNode]:
    """Return the items that one side has alone."""
    return {item for item in here.said if not there.version.knowledge.loaded.files_of(item.value)}


def _whole(side: _Side, item: ox.NamedNode, how: str, come: set[ox.NamedNode]) -> Change:
    said = side.said[item]
    reaches = {side.reach.get(f"{ox.Triple(item, p, value)} .", "") for p, values in said.items() for value in values}
    place = side.version.place(item.value)
    counted: dict[str, int] = {}
    for other in come:
        if side.files[other.value] == local_name(item) and _is_part(side, other, come):
            kind = kind_of(side.version, side.said[other])
            counted[kind] = counted.get(kind, 0) + 1
    numbers = [(p.value, v) for p, values in said.items() for v in values if is_number(v)]
    return Change(
        item.value,
        kind_of(side.version, said),
        how,
        reach=_furthest(reaches),
        places=("", place) if how == ADDED else (place, ""),
        parts=tuple(sorted(counted.items())),
        figures=tuple(sorted(numbers, key=str)),
    )


def _is_part(side: _Side, item: ox.NamedNode, come: set[ox.NamedNode]) -> bool:
    """Say whether an item needs no line of its own: it comes with the one that its file is named after.

    What has a name for people and figures has a line all the same, as the findings of a trial.
    """
    main = ox.NamedNode(CKBG + side.files[item.value])
    figures = item.value in side.version.labels and any(is_number(v) for some in side.said[item].values() for v in some)
    return main in come and item != main and not figures


def is_number(term: Term) -> bool:
    """Say whether a value is a number."""
    return isinstance(term, ox.Literal) and term.datatype.value in _NUMBERS


def kind_of(version: Version, said: dict[ox.NamedNode, set[Term]]) -> str:
    """Return what people call the kind of an item, by the label of its class."""
    kinds = sorted(kind.value for kind in said.get(RDF_TYPE, ()))
    telling = [kind for kind in kinds if kind not in _SAYS_LITTLE] or kinds
    labels = [version.labels.get(kind) or short(ox.NamedNode(kind)) for kind in telling]
    return min(labels, default="item")


def _furthest(reaches: set[str]) -> str:
    return next((reach for reach in fingerprint.REACHES if reach in reaches), "")


def _properties(old: _Side, new: _Side, item: ox.NamedNode) -> Iterator[Change]:
    before, now = old.said[item], new.said[item]
    kind = kind_of(new.version, now)
    for predicate in sorted(before.keys() | now.keys(), key=lambda node: node.value):
        was, is_now = before.get(predicate, set()), now.get(predicate, set())
        if was == is_now:
            continue
        gone, come = (tuple(sorted(some, key=str)) for some in (was - is_now, is_now - was))
        reaches = {old.reach.get(f"{ox.Triple(item, predicate, value)} .", "") for value in gone}
        reaches |= {new.reach.get(f"{ox.Triple(item, predicate, value)} .", "") for value in come}
        yield Change(
            item.value,
            kind,
            CHANGED,
            predicate.value,
            (gone, come),
            len(was) == len(is_now) == 1,
            _furthest(reaches),
            (_place(old, item, predicate, gone), _place(new, item, predicate, come)),
        )


def _place(side: _Side, item: ox.NamedNode, predicate: ox.NamedNode, values: tuple[Term, ...]) -> str:
    return side.version.place(item.value, predicate.value, values[0].value if values else None)


def _files(old: Version, new: Version, apart: set[str], layers: tuple[Layers, Layers]) -> Iterator[Change]:
    """Yield the files that differ and are told as a whole, as their parts have no names: all but Turtle of items."""
    before, now = layers
    reach = {about: r for r in reversed(fingerprint.REACHES) for about in fingerprint.changed(before[r], now[r])}
    for name in sorted(apart):
        folder = name.rpartition("/")[0]
        if name.endswith(".ttl") and "/skeletons" not in folder and name not in reach:
            continue
        how = CHANGED if name in old.files and name in new.files else ADDED if name in new.files else REMOVED
        places = tuple(v.path(v.knowledge.home / name) if name in v.files else "" for v in (old, new))
        yield Change(name, f"file in {folder}", how, reach=reach.get(name, ""), places=places)
