"""What each code of a complaint means: from ontology/complaints/, or else from the head of its query."""

import textwrap
from dataclasses import dataclass
from pathlib import Path

from cartkb.checking.checks import read_checks
from cartkb.knowledge import Knowledge
from cartkb.names import CKBG, PREFIXES, local_name
from cartkb.nearest import did_you_mean, nearest
from cartkb.problems import CartkbError, Problem, shown

_WIDTH = 96
_QUERY = f"""
PREFIX ckb: <{PREFIXES["ckb"]}>
PREFIX dcterms: <{PREFIXES["dcterms"]}>
PREFIX rdfs: <{PREFIXES["rdfs"]}>
SELECT ?item ?title ?meaning ?repair ?step ?order ?file ?of ?right ?wrong WHERE {{
  ?item a ckb:Complaint ; rdfs:label ?title ; dcterms:description ?meaning ; ckb:repair ?repair ; ckb:foundBy ?by .
  ?by rdfs:label ?step ; ckb:order ?order .
  OPTIONAL {{
    ?item ckb:exampleWrong ?wrong ; ckb:exampleFile ?file .
    OPTIONAL {{ ?item ckb:exampleRight ?right }} OPTIONAL {{ ?item ckb:exampleOf ?of }}
  }}
}} ORDER BY ?order ?item
"""


@dataclass(frozen=True)
class Complaint:
    """One code: its title, meaning and repair, the step that finds it, and an example that provokes it, if it has one.

    In ``file`` the text ``wrong`` stands in the place of ``right``, or at the end where that is empty; where ``wrong``
    is empty, ``right`` is left out. ``item`` is the local name of the item that it is about, where the file describes
    several.
    """

    code: str
    title: str
    meaning: str
    repair: str
    step: str
    file: str = ""
    item: str = ""
    right: str = ""
    wrong: str = ""
    query: Path | None = None


def complaints(knowledge: Knowledge) -> dict[str, Complaint]:
    """Return every complaint by its code, in the order of the steps of the check."""
    checks = {check.name: check for check in read_checks(knowledge)[0]}
    found = {}
    for row in knowledge.select(_QUERY):
        code = local_name(row["item"])
        names = ("title", "meaning", "repair", "step", "file", "of", "right", "wrong")
        texts = (row[name].value.removeprefix(CKBG) if row[name] is not None else "" for name in names)
        found[code] = Complaint(code, *texts, checks[code].path if code in checks else None)
    for name, check in checks.items():
        if name not in found:
            found[name] = Complaint(name, check.problem, check.why, check.fix, "Queries", query=check.path)
    return found


def find(known: dict[str, Complaint], code: str) -> Complaint:
    """Return the complaint of a code. Raises CartkbError, naming the nearest codes, where there is none."""
    if code not in known:
        fix = did_you_mean(nearest(code, known)) or "cartkb explain without a code lists them all"
        raise CartkbError([Problem(code, 0, "no complaint has this code", fix=fix, code="no-such-complaint")])
    return known[code]


def explanation(complaint: Complaint) -> str:
    """Return the page of a complaint as text for a terminal."""
    parts = [f"{complaint.code}: {complaint.title}", _wrap(complaint.meaning)]
    if complaint.file:
        of = f", of ckbg:{complaint.item}" if complaint.item else ""
        told = [("", complaint.wrong), ("in the place of:" if complaint.wrong else "left out is:", complaint.right)]
        parts.append(f"For example, in {complaint.file}{of}:")
        for words, text in told:
            parts += [part for part in (words, textwrap.indent(text.strip("\n"), "    ")) if text and part]
    parts.append(_wrap(f"What to do: {complaint.repair}"))
    if complaint.query:
        parts.append(f"Found by {shown(complaint.query)}")
    return "\n\n".join(parts)


def listing(known: dict[str, Complaint]) -> str:
    """Return all codes with their titles, by step of the check."""
    steps: dict[str, list[Complaint]] = {}
    for complaint in known.values():
        steps.setdefault(complaint.step, []).append(complaint)
    width = max(map(len, known))
    lines = []
    for step, members in steps.items():
        lines += ["", f"{step}:", *(f"  {each.code:{width}}  {each.title}" for each in members)]
    return "\n".join(lines[1:])


def _wrap(text: str) -> str:
    return textwrap.fill(text, _WIDTH)
