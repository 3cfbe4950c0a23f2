"""Reading conclusions out of the store as plain data: what applies, what does not, what is unknown, why.

Nothing is concluded here; the rules have done that. Every value is text, a number or a list, ready
for JSON.
"""

import functools
from collections.abc import Iterable

import pyoxigraph as ox

from cartkb.names import RDF_TYPE, ckb, local_name
from cartkb.reasoning.reason import Inference

_RDFS_LABEL = ox.NamedNode("http://www.w3.org/2000/01/rdf-schema#label")
_PREF_LABEL = ox.NamedNode("http://www.w3.org/2004/02/skos/core#prefLabel")
_SOURCE = ox.NamedNode("http://purl.org/dc/terms/source")


class Explainer:
    """Explains the conclusions of one batch of patients."""

    def __init__(self, inference: Inference):
        self.store = inference.store
        self.reasoner = inference.reasoner
        self.about = inference.reasoner.about
        self.patients = inference.patients
        for name in ("evidence", "item", "label", "one", "reason", "values", "truth", "_said", "_values"):
            setattr(self, name, functools.cache(getattr(self, name)))  # the same things are asked for again and again

    def explain_all(self) -> list[dict]:
        """Return the explanation of every patient of the batch."""
        return [self.explain(patient) for patient in self.patients]

    def explain(self, patient: ox.NamedNode) -> dict:
        """Return the answers to all questions for one patient, with their reasons."""
        seen = set(self._all(patient, "sees"))
        answers = [q.subject for q in self.store.quads_for_pattern(None, ckb("aboutPatient"), patient)]
        answers.sort(key=lambda answer: self._number(self.one(answer, "answerTo"), "order"))
        return {
            "patient": patient.value,
            "label": self.label(patient),
            "asOf": self._text(patient, "asOf"),
            "daysSinceInfusion": self._number(patient, "daysSinceInfusion", None),
            "notSeen": sorted(local_name(f) for f in self._all(patient, "hasFact") if f not in seen),
            "answers": [self._answer(patient, answer) for answer in answers],
        }

    def _answer(self, patient, answer) -> dict:
        question = self.one(answer, "answerTo")
        return {
            "question": local_name(question),
            "title": min((v.value for v in self._values(question, _PREF_LABEL)), default=local_name(question)),
            "takesSides": self.one(question, "aggregation") == ckb("strongest-stance"),
            "class": self.item(self.one(answer, "answerClass")),
            "possible": [self.item(c) for c in self.by_rank(self._all(answer, "possibleClass"))],
            "applies": [self._statement(patient, s) for s in self._statements(answer, "applies")],
            "undetermined": [self._statement(patient, s) for s in self._statements(answer, "undetermined")],
            "doesNotApply": [self._statement(patient, s) for s in self._statements(answer, "doesNotApply")],
            "decisive": [local_name(s) for s in self.values(answer, "decisive")],
            "wouldSettle": [self.item(f) for f in self.values(answer, "openFeature")],
            "tensions": [self.item(t, "leavesOpen") for t in self.values(answer, "tensionMet")],
            "decisions": [self.item(d, "choice") for d in self.values(answer, "reliesOn")],
            "silences": [self.item(s, "leavesOpen") for s in self.values(answer, "silence")],
            "leftOpenBy": [local_name(p) for p in self.values(question, "leavesOpenPassage")],
        }

    def _statement(self, patient, statement) -> dict:
        return self._said(statement) | {
            "because": self._because(patient, statement),
            "evidence": [self.evidence(line) for line in self.values(statement, "evidenceLine")],
            "lastDone": [self._last_done(patient, f) for f in self.values(statement, "watches")],
        }

    def _said(self, statement) -> dict:
        directive = self.one(statement, "directs")
        authors = [self.label(p) for p in self.values(statement, "reportedFrom")]
        return {
            "id": local_name(statement),
            "label": self.label(statement),
            "directs": self.item(directive),
            "stance": local_name(self.one(directive, "stance")),
            "speaker": self.label(self.one(statement, "speaker")),
            "reportedFrom": authors or [local_name(p) for p in self.values(statement, "reportedFrom")],
            "wording": self._text(statement, "strengthWording"),
            "grade": self.label(self.one(statement, "formalGrade")),
            "certainty": self.label(self.one(statement, "certaintyRating")),
            "passages": [local_name(p) for p in self.values(statement, "passage")],
        }

    def evidence(self, line) -> dict:
        """Return a line of evidence with its direction, findings, limits, cohorts and trials."""
        findings = self.values(line, "finding")
        cohorts = sorted({c for f in findings for c in self._all(f, "cohort")}, key=local_name)
        return {
            "direction": local_name(self.one(line, "direction")),
            "findings": [self.finding(f) for f in findings],
            "limits": [self.label(limit) for limit in self.values(line, "designLimit")],
            "cohorts": [local_name(c) for c in cohorts],
            "trials": sorted({local_name(t) for c in cohorts for t in self._all(c, "trial")}),
        }

    def finding(self, finding) -> dict:
        """Return a finding with its figure, as n of N where both are printed, and its passages."""
        return {
            "id": local_name(finding),
            "label": self.label(finding),
            "figure": self._figure(finding),
            "passages": [local_name(p) for p in self.values(finding, "passage")],
        }

    def _figure(self, finding) -> str:
        n, of = self._text(finding, "numerator"), self._text(finding, "denominator")
        if n:
            return f"{n} of {of}" if of else n
        told = [self._text(finding, "value"), f"median {m}" if (m := self._text(finding, "median")) else ""]
        low, high = self._text(finding, "minimum"), self._text(finding, "maximum")
        told.append(f"{low} to {high}" if low and high else f"from {low}" if low else f"up to {high}" if high else "")
        figure = ", ".join(filter(None, told))
        return self.measure(figure, self._text(finding, "unit")) if figure else ""

    def _because(self, patient, statement) -> list[dict]:
        reasons: dict[str, dict] = {}

        def descend(criterion) -> None:
            truth = self.truth(patient, criterion)
            operands = self.values(criterion, "operand")
            if not operands:
                reasons[criterion.value] = self.reason(patient, criterion)
            negated = ckb("Not") in self.types(criterion)
            for operand in operands:
                if negated or self.truth(patient, operand) == truth:
                    descend(operand)

        population = self.one(statement, "population")
        exceptions = self.values(statement, "exceptWhen")
        if self.truth(patient, population) == "false":
            exceptions = []
        elif any(self.truth(patient, e) == "true" for e in exceptions):
            population, exceptions = None, [e for e in exceptions if self.truth(patient, e) == "true"]
        for criterion in [population, *exceptions]:
            if criterion is not None:
                descend(criterion)
        return list(reasons.values())

    def reason(self, patient, criterion) -> dict:
        """Return a criterion with its truth for a patient, its cut-off and whose it is, and the facts it rests on."""
        evaluation = ox.NamedNode(f"{patient.value}/criterion/{local_name(criterion)}")
        return {
            "criterion": local_name(criterion),
            "label": self.label(criterion),
            "truth": self.truth(patient, criterion),
            "cutOff": self._cut_off(criterion),
            "cutOffOf": [local_name(owner) for owner in self.values(criterion, "cutOffOf")],
            "facts": [self._fact(f) for f in self.values(evaluation, "basedOn")],
            "feature": [self.label(f) for f in self._all(criterion, "feature")],
        }

    def _cut_off(self, criterion) -> str:
        threshold = self._text(criterion, "threshold")
        comparator = self.label(self.one(criterion, "comparator")).lower() if threshold else ""
        return f"{comparator} {self.measure(threshold, self._text(criterion, 'unit'))}".strip()

    def measure(self, value: str, code: str) -> str:
        """Return a value with its unit as readers see it."""
        return f"{value} {self.reasoner.units.get(code, code)}".strip()

    def _fact(self, fact) -> dict:
        value, unit = self.one(fact, "value"), self._text(fact, "unit")
        told = (self.label(value) if isinstance(value, ox.NamedNode) else value.value) if value else ""
        return {
            "id": fact.value,
            "feature": self.label(self.one(fact, "feature")),
            "state": local_name(self.one(fact, "state")),
            "value": told,
            "unit": unit,
            "measure": self.measure(told, unit),
            "date": self._text(fact, "date"),
            "source": ", ".join(v.value for v in self._values(fact, _SOURCE)),
        }

    def _last_done(self, patient, feature) -> dict:
        facts = [f for f in self._all(patient, "sees") if feature in self._all(f, "feature")]
        known = [f for f in facts if local_name(self.one(f, "state")) != "unknown"]
        return self.item(feature) | {"date": max((self._text(f, "date") for f in known), default="")}

    def types(self, term) -> list:
        """Return the classes of a thing."""
        return self._values(term, RDF_TYPE)

    def truth(self, patient, criterion) -> str:
        """Return true, false or unknown."""
        for name, truth in (("meets", "true"), ("doesNotMeet", "false")):
            if ox.Quad(patient, ckb(name), criterion) in self.store:
                return truth
        return "unknown"

    def statements(self, patient, question: str, status: str) -> list:
        """Return the statements of a question that apply to a patient, do not, or are undetermined, strongest first."""
        for quad in self.store.quads_for_pattern(None, ckb("aboutPatient"), patient):
            if self.one(quad.subject, "answerTo") == ckb(question):
                return self._statements(quad.subject, status)
        return []

    def _statements(self, answer, name: str) -> list:
        return self.by_rank(self._all(answer, name), lambda s: self.one(s, "directs"))

    def by_rank(self, terms: Iterable, directive=lambda term: term) -> list:
        return sorted(terms, key=lambda t: (self._number(directive(t), "rank", 99), local_name(t)))

    def item(self, term, text: str = "") -> dict:
        """Return name and label of a thing, and one of its texts with the passages where asked for."""
        item = {"id": local_name(term), "label": self.label(term)}
        if text:
            item |= {"text": self._text(term, text), "passages": [local_name(p) for p in self.values(term, "passage")]}
        return item

    def _values(self, subject, predicate) -> list:
        concluded = (quad.object for quad in self.store.quads_for_pattern(subject, predicate, None))
        return list(dict.fromkeys((*concluded, *self.about.get((subject, predicate), ()))))

    def _all(self, subject, name: str) -> list:
        return self._values(subject, ckb(name)) if subject is not None else []

    def values(self, subject, name: str) -> list:
        """Return the values of one of our own properties, sorted."""
        return sorted(self._all(subject, name), key=lambda term: term.value)

    def one(self, subject, name: str):
        """Return the first value of a property, or None."""
        return min(self._all(subject, name), key=lambda term: term.value, default=None)

    def _text(self, subject, name: str) -> str:
        value = self.one(subject, name)
        return value.value if value is not None else ""

    def _number(self, subject, name: str, default=0):
        value = self.one(subject, name)
        return int(value.value) if value is not None else default

    def label(self, term) -> str:
        """Return the label of a thing, or its name."""
        return min((v.value for v in self._values(term, _RDFS_LABEL)), default=local_name(term)) if term else ""
