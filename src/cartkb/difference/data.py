"""A comparison as plain data, ready for JSON."""

from dataclasses import asdict

import pyoxigraph as ox

from cartkb.difference.comparison import Difference
from cartkb.names import short


def as_data(found: Difference) -> dict:
    """Return everything that was found: text, numbers, lists and names."""
    return {
        "old": found.old.name,
        "new": found.new.name,
        "kind": {"reaches": list(found.kind.reaches), "changed": found.kind.changed, "release": found.kind.entry},
        "changes": [_change(change, sentence) for change, sentence in found.changes],
        "cases": {
            "asked": found.cases.asked,
            "moved": [asdict(moved) for moved in found.cases.moved],
            "unread": [{"case": case, "version": version} for case, version in found.cases.unread],
        },
        "patients": [
            {
                "question": moves.question,
                "regions": [_region(region, found.words) for region in moves.regions],
                "more": [{"before": before, "now": now} for before, now in moves.cut_off],
            }
            for moves in found.regions
        ],
        "pages": asdict(found.pages) if found.pages else None,
        "notes": found.notes,
    }


def _change(change, sentence: str) -> dict:
    was, now = change.values
    return {
        "item": short(ox.NamedNode(change.item)) if ":" in change.item else change.item,
        "kind": change.kind,
        "how": change.how,
        "property": short(ox.NamedNode(change.predicate)) if change.predicate else "",
        "before": [short(value) for value in was],
        "now": [short(value) for value in now],
        "with": dict(change.parts),
        "sentence": sentence,
        "reach": change.reach,
        "places": {"before": change.places[0], "now": change.places[1]},
    }


def _region(region, words) -> dict:
    return {
        "before": region.before,
        "now": region.now,
        "exact": region.exact,
        "criteria": [{"criterion": one.criterion, "truth": one.truth} for one in region.criteria],
        "words": words.criteria(region.criteria),
        "causes": [asdict(cause) for cause in region.causes],
        "parts": [{"kind": kind, "name": name, "how": how} for (kind, name), how in region.parts],
        "readByBoth": region.read_by_both,
        "witness": {
            "name": region.witness.name,
            "turtle": region.witness.turtle,
            "answers": region.witness.classes,
        },
    }
