"""Proofs as trees: from a statement down to the facts of the patient, and down to the findings and cohorts behind
it.
"""

from collections.abc import Iterator

import pyoxigraph as ox

from cartkb.knowledge import Knowledge, rows
from cartkb.names import ckb, local_name
from cartkb.reasoning.answers import Explainer

_LIKE = {"true": "like this patient", "false": "not like this patient"}


def proof(explainer: Explainer, patient: ox.NamedNode, statement: ox.NamedNode) -> dict:
    """Return why a statement does, does not or may hold for a patient: criteria as a tree, and what stands behind
    it.
    """
    exceptions = explainer.values(statement, "exceptWhen")
    return {
        "statement": local_name(statement),
        "label": explainer.label(statement),
        "passages": [local_name(p) for p in explainer.values(statement, "passage")],
        "population": [criterion_tree(explainer, patient, c) for c in explainer.values(statement, "population")],
        "exceptions": [criterion_tree(explainer, patient, c) for c in exceptions],
        "evidence": [_line(explainer, line) for line in explainer.values(statement, "evidenceLine")],
    }


def criterion_tree(explainer: Explainer, patient: ox.NamedNode, criterion: ox.NamedNode) -> dict:
    """Return a criterion with its truth, its operands and the facts that it rests on."""
    reason = explainer.reason(patient, criterion)
    kinds = [local_name(kind) for kind in explainer.types(criterion)]
    operands = explainer.values(criterion, "operand")
    return reason | {
        "joins": next((kind for kind in kinds if operands), ""),
        "passages": [local_name(p) for p in explainer.values(criterion, "passage")],
        "operands": [criterion_tree(explainer, patient, operand) for operand in operands],
    }


def _line(explainer: Explainer, line: ox.NamedNode) -> dict:
    told = explainer.evidence(line)
    cohorts = {}
    for finding in explainer.values(line, "finding"):
        for cohort in explainer.values(finding, "cohort"):
            cohorts.setdefault(local_name(cohort), explainer.label(cohort))
    return told | {"label": explainer.label(line), "cohortLabels": cohorts}


class Likeness:
    """Whether the cohorts behind an answer enrolled somebody like a patient: one query of ontology/likeness/ for
    each respect.

    A query finds cohorts that are like, and such as are not; where it finds nothing the review does not say, or the
    patient's own record does not.
    """

    def __init__(self, knowledge: Knowledge, explainer: Explainer, patient: ox.NamedNode):
        self.explainer = explainer
        self.respects = {}
        store = ox.Store()
        store.extend({*explainer.store, *explainer.reasoner.store})
        for path in knowledge.queries("likeness"):
            text = path.read_text(encoding="utf-8")
            name = text.partition(":")[0].removeprefix("#").strip()
            found = rows(store.query(text, substitutions={ox.Variable("patient"): patient}))
            self.respects[name] = {row["cohort"]: row for row in found}

    def of(self, cohort: ox.NamedNode) -> list[dict]:
        """Return for each respect whether a cohort is like the patient, and by which finding."""
        return list(self._of(cohort))

    def _of(self, cohort: ox.NamedNode) -> Iterator[dict]:
        for name, found in self.respects.items():
            row = found.get(cohort)
            finding = row.get("finding") if row else None
            yield {
                "respect": name,
                "like": _LIKE[row["like"].value] if row else "not known",
                "finding": local_name(finding) if finding else "",
                "figure": self.explainer.finding(finding)["figure"] if finding else "",
            }


def cohorts_behind(explainer: Explainer, statements: list[ox.NamedNode]) -> list[ox.NamedNode]:
    """Return the cohorts whose findings stand behind some statements, for or against, in the order of their names."""
    return sorted(
        {
            cohort
            for statement in statements
            for line in explainer.values(statement, "evidenceLine")
            for finding in explainer.values(line, "finding")
            for cohort in explainer.values(finding, "cohort")
            if ckb("Cohort") in explainer.types(cohort)
        },
        key=local_name,
    )
