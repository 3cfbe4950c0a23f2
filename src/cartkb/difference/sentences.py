"""Changes in sentences that can be read aloud. The vocabulary says how its properties sound in a sentence."""

import pyoxigraph as ox

from cartkb.difference.content import ADDED, CHANGED, DEPRECATED, Change, Term, is_number
from cartkb.difference.versions import Version
from cartkb.names import PREFIXES, RDF_TYPE, ckb, local_name
from cartkb.prove.proof import several

_LABEL = PREFIXES["rdfs"] + "label"
_VERB = ckb("inSentence")
_UNIT = ckb("unit").value
_OWNER = ckb("cutOffOf")


class Speaker:
    """Says what changed between two versions."""

    def __init__(self, old: Version, new: Version):
        self.old, self.new = old, new
        self._verbs: dict[str, str] = {}
        for version in (old, new):
            said = (t for t in version.knowledge.loaded.triples() if t.predicate == _VERB)
            self._verbs |= {t.subject.value: t.object.value for t in said}

    def sentence(self, change: Change) -> str:
        """Return a change in one sentence."""
        if "/" in change.kind and not change.predicate:
            what = " in comments or spaces only" if change.how == CHANGED and self._only_layout(change) else ""
            return f"The file {change.item} was {change.how}{what}."
        if not change.predicate:
            return self._whole(change)
        if change.predicate == _LABEL and change.single:
            return self._relabelled(change)
        if change.predicate == DEPRECATED.value and change.values[1]:
            return f"{self._item(change)} is deprecated: nothing new is to use it."
        if change.predicate == RDF_TYPE.value and change.single:
            was, now = (v.label(terms[0].value) for v, terms in zip((self.old, self.new), change.values, strict=True))
            return f"{self._item(change)} is now of the kind {now}; it was of the kind {was}."
        return self._property(change)

    @staticmethod
    def _only_layout(change: Change) -> bool:
        return not change.reach and change.item.startswith("ontology/rules/")

    def _whole(self, change: Change) -> str:
        version = self.new if change.how == ADDED else self.old
        parts = [several(count, kind) for kind, count in change.parts]
        figures = [
            f"{self._property_label(p)} {self._value(version, change.item, p, value)}" for p, value in change.figures
        ]
        more = f", with {_listed(parts)}" if parts else ""
        return f"{version.named(change.item)} was {change.how}{more}{': ' if figures else ''}{', '.join(figures)}."

    def _relabelled(self, change: Change) -> str:
        (was,), (now,) = change.values
        return f"{local_name(ox.NamedNode(change.item))} is now called “{now.value}”; it was called “{was.value}”."

    def _item(self, change: Change) -> str:
        """Return an item by its label of now, with whose cut-off it is, if it is one."""
        named = self.new.named(change.item)
        owners = [t.object.value for t in self.new.knowledge.loaded.about(change.item) if t.predicate == _OWNER]
        if not owners or not any(is_number(value) for values in change.values for value in values):
            return named
        return f"{named}, {self._property_label(_OWNER.value)} {_listed([self.new.label(o) for o in owners])},"

    def _property(self, change: Change) -> str:
        item, verb, label = (
            self._item(change),
            self._verbs.get(change.predicate),
            self._property_label(change.predicate),
        )
        was, now = (
            [self._value(version, change.item, change.predicate, value) for value in values]
            for version, values in zip((self.old, self.new), change.values, strict=True)
        )
        if verb:
            clauses = [f"now {verb} {_listed(now)}"] * bool(now) + [f"no longer {verb} {_listed(was)}"] * bool(was)
            return f"{item} {' and '.join(clauses)}."
        if change.single:
            unit = self._unit(self.new, change.item, change.predicate)
            same = is_number(change.values[0][0]) and unit and was[0].endswith(unit) and now[0].endswith(unit)
            return f"The {label} of {item} changed from {was[0].removesuffix(unit) if same else was[0]} to {now[0]}."
        added = f"{label} {_listed(now)} {_were(now)} added to {item}"
        if not was:
            return f"{added[:1].upper()}{added[1:]}."
        taken = f"{label} {_listed(was)} {_were(was)} taken out of {'it' if now else item}"
        return f"{added[:1].upper()}{added[1:]}, and {taken}." if now else f"{taken[:1].upper()}{taken[1:]}."

    def _property_label(self, predicate: str) -> str:
        label = self.new.labels.get(predicate) or self.old.labels.get(predicate)
        return label or "".join(f" {c.lower()}" if c.isupper() else c for c in local_name(ox.NamedNode(predicate)))

    def _value(self, version: Version, item: str, predicate: str, term: Term) -> str:
        if isinstance(term, ox.NamedNode):
            return version.named(term.value)
        if is_number(term):
            return f"{term.value}{self._unit(version, item, predicate)}"
        return f"“{term.value}”" if term.language else term.value

    @staticmethod
    def _unit(version: Version, item: str, predicate: str) -> str:
        """Return the unit of a number: of its own property, else that of the item."""
        said = {t.predicate.value: t.object.value for t in version.knowledge.loaded.about(item)}
        unit = said.get(f"{predicate}Unit", said.get(_UNIT, ""))
        return f" {unit}" if unit else ""


def _listed(values: list[str]) -> str:
    """Return values as people list them.

    >>> _listed(["a"]), _listed(["a", "b", "c"])
    ('a', 'a, b and c')
    """
    return " and ".join([", ".join(values[:-1]), values[-1]] if len(values) > 1 else values)


def _were(values: list[str]) -> str:
    return "was" if len(values) == 1 else "were"
