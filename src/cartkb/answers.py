"""Reading conclusions out of the store as plain data: what applies, what does not, what is unknown, why.

Nothing is concluded here; the rules have done that. Every value is text, a number or a list, ready
for JSON.
"""

import functools
from collections.abc import Iterable

import pyoxigraph as ox

from cartkb.load import ckb, local_name
from cartkb.reason import RDF_TYPE, Inference

_RDFS_LABEL = ox.NamedNode("http://www.w3.org/2000/01/rdf-schema#label")
_PREF_LABEL = ox.NamedNode("http://www.w3.org/2004/02/skos/core#prefLabel")
_SOURCE = ox.NamedNode("http://purl.org/dc/terms/source")


class Explainer:
    """Explains the conclusions of one batch of patients."""

    def __init__(self, inference: Inference):
        self.store = inference.store
        self.about = inference.reasoner.about
        self.patients = inference.patients
        for name in ("_evidence", "_item", "_label", "_one", "_reason", "_sorted", "_truth", "_values"):
            setattr(self, name, functools.cache(getattr(self, name)))  # the same things are asked for again and again

    def explain_all(self) -> list[dict]:
        """Return the explanation of every patient of the batch."""
        return [self.explain(patient) for patient in self.patients]

    def explain(self, patient: ox.NamedNode) -> dict:
        """Return the answers to all questions for one patient, with their reasons."""
        seen = set(self._all(patient, "sees"))
        answers = [q.subject for q in self.store.quads_for_pattern(None, ckb("aboutPatient"), patient)]
        answers.sort(key=lambda answer: self._number(self._one(answer, "answerTo"), "order"))
        return {
            "patient": patient.value,
            "label": self._label(patient),
            "asOf": self._text(patient, "asOf"),
            "daysSinceInfusion": self._number(patient, "daysSinceInfusion", None),
            "notSeen": sorted(local_name(f) for f in self._all(patient, "hasFact") if f not in seen),
            "answers": [self._answer(patient, answer) for answer in answers],
        }

    def _answer(self, patient, answer) -> dict:
        question = self._one(answer, "answerTo")
        return {
            "question": local_name(question),
            "title": min((v.value for v in self._values(question, _PREF_LABEL)), default=local_name(question)),
            "class": self._item(self._one(answer, "answerClass")),
            "possible": [self._item(c) for c in self._by_rank(self._all(answer, "possibleClass"))],
            "applies": [self._statement(patient, s) for s in self._statements(answer, "applies")],
            "undetermined": [self._statement(patient, s) for s in self._statements(answer, "undetermined")],
            "doesNotApply": [self._statement(patient, s) for s in self._statements(answer, "doesNotApply")],
            "decisive": [local_name(s) for s in self._sorted(answer, "decisive")],
            "wouldSettle": [self._item(f) for f in self._sorted(answer, "openFeature")],
            "tensions": [self._item(t, "leavesOpen") for t in self._sorted(answer, "tensionMet")],
            "decisions": [self._item(d, "choice") for d in self._sorted(answer, "reliesOn")],
            "silences": [self._item(s, "leavesOpen") for s in self._sorted(answer, "silence")],
            "leftOpenBy": [local_name(p) for p in self._sorted(question, "leavesOpenPassage")],
        }

    def _statement(self, patient, statement) -> dict:
        directive = self._one(statement, "directs")
        authors = [self._label(p) for p in self._sorted(statement, "reportedFrom")]
        return {
            "id": local_name(statement),
            "label": self._label(statement),
            "directs": self._item(directive),
            "stance": local_name(self._one(directive, "stance")),
            "speaker": self._label(self._one(statement, "speaker")),
            "reportedFrom": authors or [local_name(p) for p in self._sorted(statement, "reportedFrom")],
            "wording": self._text(statement, "strengthWording"),
            "grade": self._label(self._one(statement, "formalGrade")),
            "certainty": self._label(self._one(statement, "certaintyRating")),
            "passages": [local_name(p) for p in self._sorted(statement, "passage")],
            "because": self._because(patient, statement),
            "evidence": [self._evidence(line) for line in self._sorted(statement, "evidenceLine")],
            "lastDone": [self._last_done(patient, f) for f in self._sorted(statement, "watches")],
        }

    def _evidence(self, line) -> dict:
        findings = self._sorted(line, "finding")
        cohorts = sorted({c for f in findings for c in self._all(f, "cohort")}, key=local_name)
        return {
            "direction": local_name(self._one(line, "direction")),
            "findings": [self._finding(f) for f in findings],
            "limits": [self._label(limit) for limit in self._sorted(line, "designLimit")],
            "cohorts": [local_name(c) for c in cohorts],
            "trials": sorted({local_name(t) for c in cohorts for t in self._all(c, "trial")}),
        }

    def _finding(self, finding) -> dict:
        n, of = self._text(finding, "numerator"), self._text(finding, "denominator")
        return {
            "id": local_name(finding),
            "label": self._label(finding),
            "figure": f"{n} of {of}" if n and of else n,
            "passages": [local_name(p) for p in self._sorted(finding, "passage")],
        }

    def _because(self, patient, statement) -> list[dict]:
        reasons: dict[str, dict] = {}

        def descend(criterion) -> None:
            truth = self._truth(patient, criterion)
            operands = self._sorted(criterion, "operand")
            if not operands:
                reasons[criterion.value] = self._reason(patient, criterion, truth)
            negated = any(kind == ckb("Not") for kind in self._values(criterion, RDF_TYPE))
            for operand in operands:
                if negated or self._truth(patient, operand) == truth:
                    descend(operand)

        population = self._one(statement, "population")
        exceptions = self._sorted(statement, "exceptWhen")
        if self._truth(patient, population) == "false":
            exceptions = []
        elif any(self._truth(patient, e) == "true" for e in exceptions):
            population, exceptions = None, [e for e in exceptions if self._truth(patient, e) == "true"]
        for criterion in [population, *exceptions]:
            if criterion is not None:
                descend(criterion)
        return list(reasons.values())

    def _reason(self, patient, criterion, truth: str) -> dict:
        evaluation = ox.NamedNode(f"{patient.value}/criterion/{local_name(criterion)}")
        return {
            "criterion": local_name(criterion),
            "label": self._label(criterion),
            "truth": truth,
            "cutOff": self._cut_off(criterion),
            "cutOffOf": [local_name(owner) for owner in self._sorted(criterion, "cutOffOf")],
            "facts": [self._fact(f) for f in self._sorted(evaluation, "basedOn")],
            "feature": [self._label(f) for f in self._all(criterion, "feature")],
        }

    def _cut_off(self, criterion) -> str:
        threshold = self._text(criterion, "threshold")
        comparator = self._label(self._one(criterion, "comparator")) if threshold else ""
        return f"{comparator} {threshold} {self._text(criterion, 'unit')}".strip()

    def _fact(self, fact) -> dict:
        value = self._one(fact, "value")
        return {
            "id": fact.value,
            "feature": self._label(self._one(fact, "feature")),
            "state": local_name(self._one(fact, "state")),
            "value": (self._label(value) if isinstance(value, ox.NamedNode) else value.value) if value else "",
            "unit": self._text(fact, "unit"),
            "date": self._text(fact, "date"),
            "source": ", ".join(v.value for v in self._values(fact, _SOURCE)),
        }

    def _last_done(self, patient, feature) -> dict:
        facts = [f for f in self._all(patient, "sees") if feature in self._all(f, "feature")]
        known = [f for f in facts if local_name(self._one(f, "state")) != "unknown"]
        return self._item(feature) | {"date": max((self._text(f, "date") for f in known), default="")}

    def _truth(self, patient, criterion) -> str:
        for name, truth in (("meets", "true"), ("doesNotMeet", "false")):
            if ox.Quad(patient, ckb(name), criterion) in self.store:
                return truth
        return "unknown"

    def _statements(self, answer, name: str) -> list:
        return self._by_rank(self._all(answer, name), lambda s: self._one(s, "directs"))

    def _by_rank(self, terms: Iterable, directive=lambda term: term) -> list:
        return sorted(terms, key=lambda t: (self._number(directive(t), "rank", 99), local_name(t)))

    def _item(self, term, text: str = "") -> dict:
        item = {"id": local_name(term), "label": self._label(term)}
        if text:
            item |= {"text": self._text(term, text), "passages": [local_name(p) for p in self._sorted(term, "passage")]}
        return item

    def _values(self, subject, predicate) -> list:
        concluded = (quad.object for quad in self.store.quads_for_pattern(subject, predicate, None))
        known = (triple.object for triple in self.about.get(subject, ()) if triple.predicate == predicate)
        return list(dict.fromkeys((*concluded, *known)))

    def _all(self, subject, name: str) -> list:
        return self._values(subject, ckb(name)) if subject is not None else []

    def _sorted(self, subject, name: str) -> list:
        return sorted(self._all(subject, name), key=lambda term: term.value)

    def _one(self, subject, name: str):
        return min(self._all(subject, name), key=lambda term: term.value, default=None)

    def _text(self, subject, name: str) -> str:
        value = self._one(subject, name)
        return value.value if value is not None else ""

    def _number(self, subject, name: str, default=0):
        value = self._one(subject, name)
        return int(value.value) if value is not None else default

    def _label(self, term) -> str:
        return min((v.value for v in self._values(term, _RDFS_LABEL)), default=local_name(term)) if term else ""
