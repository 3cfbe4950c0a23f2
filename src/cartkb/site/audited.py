"""The arithmetic audit as a page shows it: what each audit compared, and what explains what does not agree."""

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass

from cartkb.checking.checks import read_checks
from cartkb.checking.comparisons import Comparison, compare, explanations
from cartkb.knowledge import Knowledge
from cartkb.site.pages import Iri, plain

_PASSAGES = """
PREFIX ckb: <https://w3id.org/cartkb/vocab/>
SELECT ?item (GROUP_CONCAT(?key; SEPARATOR=", ") AS ?keys) WHERE {
  { SELECT DISTINCT ?item ?key WHERE { ?item ckb:passage/ckb:key ?key } ORDER BY ?item ?key }
} GROUP BY ?item
"""


@dataclass(frozen=True)
class Disagreement:
    """Figures that do not agree: said in words, the items they belong to, and the discrepancies that explain it."""

    told: str
    about: list[Iri]
    explained: list[Iri]


@dataclass(frozen=True)
class Audit:
    """One audit: the name of its query, why it is made, how much it compared, and what did not agree."""

    name: str
    why: str
    compared: int
    agreed: int
    disagreements: list[Disagreement]


def audited(knowledge: Knowledge, label: Callable[[str], str]) -> list[Audit]:
    """Return every audit in order of the names of its queries. ``label`` gives an IRI's name for readers."""
    keys = {row["item"].value: row["keys"].value for row in knowledge.select(_PASSAGES)}
    known, found = explanations(knowledge.store), []
    for check in read_checks(knowledge)[0]:
        if not check.kinds:
            continue
        made = [c for c in compare(knowledge.store, check) if c.items.isdisjoint(knowledge.unfinished)]
        disagreements = []
        for comparison in made:
            if not comparison.agrees:
                about, told = _in_words(comparison, label, keys)
                explained = [Iri(e.iri) for e in known if e.explains(comparison)]
                disagreements.append(Disagreement(told, about, explained))
        disagreements.sort(key=lambda d: (d.told, d.about))
        found.append(Audit(check.name, check.why, len(made), len(made) - len(disagreements), disagreements))
    return found


def _in_words(comparison: Comparison, label: Callable[[str], str], keys: dict[str, str]) -> tuple[list[Iri], str]:
    """Return the items of a comparison, and the audit's own sentence about them."""
    values = {name: plain(value) for name, value in comparison.row.items() if value is not None}
    words = defaultdict(str, {name: label(v) if isinstance(v, Iri) else v for name, v in values.items()})
    words.setdefault("passages", keys.get(values["item"], "no passage"))
    words.setdefault("otherPassages", keys.get(values.get("other", ""), "no passage"))
    about = [Iri(values[name]) for name in ("item", "other") if isinstance(values.get(name), Iri)]
    return about, comparison.audit.problem.format_map(words)
