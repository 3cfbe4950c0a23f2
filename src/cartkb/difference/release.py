"""The kind of change between two versions as the rules for releases see it, and what the release has to say of it."""

from dataclasses import dataclass

from cartkb.difference.content import Layers
from cartkb.difference.versions import Version
from cartkb.names import ckb
from cartkb.releasing import fingerprint
from cartkb.releasing.release import since


@dataclass(frozen=True)
class Kind:
    """How far the change reaches, the furthest first in ``reaches``, and what changed by reach."""

    reaches: tuple[str, ...]
    changed: dict[str, list[str]]
    entry: str  # whether the release in preparation says so already, or what it has to say

    @property
    def furthest(self) -> str:
        """How far it reaches at most; empty where nothing changed."""
        return self.reaches[0] if self.reaches else ""


def kind_of(layers: tuple[Layers, Layers], new: Version) -> Kind:
    """Return the kind of change between the layers of two versions, and what the newest release lacks."""
    before, now = layers
    changed = {reach: fingerprint.changed(before[reach], now[reach]) for reach in fingerprint.REACHES}
    reaches = tuple(reach for reach in fingerprint.REACHES if changed[reach])
    return Kind(reaches, {reach: changed[reach] for reach in reaches}, _entry(new, reaches[0]) if reaches else "")


def _entry(new: Version, reach: str) -> str:
    of = since(new.knowledge)
    wanted = f"a ckb:Change with ckb:changeReach ckb:{reach}-change" + " and ckb:forPatients" * (reach == "clinical")
    if of is None:
        return f"guideline/releases.ttl describes no release yet; it needs one with {wanted}"
    place = new.place(of.newest.iri, ckb("change").value)
    if of.declared and of.declared.declares(reach):
        return f"{place}: {of.newest.name}, in preparation, has an entry that reaches so far; see that it tells of this"
    if of.declared:
        return f"{place}: {of.newest.name}, in preparation, needs {wanted}"
    return f"{place}: after {of.newest.name}, which is published, the next version has to be opened, with {wanted}"


def proposed(kind: Kind, cases: list[str], classes: list[str], patients: str) -> str:
    """Return lines of Turtle to begin the entry with, for its author to finish: what can be told from the
    comparison.
    """
    lines = ["  a ckb:Change", f"  ckb:changeReach ckb:{kind.furthest}-change"]
    lines += [f'  ckb:forPatients "{patients}"@en'] * bool(patients)
    lines += [f"  ckb:changesCase {', '.join(f'ckbg:{case}' for case in cases)}"] * bool(cases)
    lines += [f"  ckb:changesClass {', '.join(f'ckb:{name}' for name in classes)}"] * bool(classes)
    affected = [name for name in kind.changed[kind.furthest] if name.startswith("ckbg:")]
    lines += [f"  ckb:affects {', '.join(affected)}"] * bool(affected)
    return " ;\n".join(lines)
