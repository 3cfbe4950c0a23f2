"""Running the cases: invented patients whose expected answers clinicians can read and correct."""

import pyoxigraph as ox

from cartkb.knowledge import Knowledge, case_patients
from cartkb.loaded import Loaded
from cartkb.names import ckb, local_name
from cartkb.problems import Bearing, Problem, shown
from cartkb.reasoning.answers import Explainer
from cartkb.reasoning.reason import Reasoner

_EXPECTED = {  # property of an expectation -> where an explanation holds it
    "expectedAnswer": "class",
    "expectedPossible": "possible",
    "expectedApplies": "applies",
    "expectedDoesNotApply": "doesNotApply",
    "expectedUndetermined": "undetermined",
    "expectedOpenFeature": "wouldSettle",
    "expectedTension": "tensions",
    "expectedSilence": "silences",
    "expectedNoTension": "tensions",
    "expectedNoSilence": "silences",
}
_WHY = "a case is written from the review's sentence: either the guideline or the case is wrong"
_FIX = "read both against the passage, then correct the one that is wrong"
_UNWANTED = {"expectedNoTension", "expectedNoSilence"}
_TRUTHS = {"expectedMeets": "true", "expectedDoesNotMeet": "false", "expectedUndecided": "undecided"}
_QUERY = """
PREFIX ckb: <https://w3id.org/cartkb/vocab/>
SELECT ?case ?expectation ?patient ?question ?property ?value WHERE {
  ?case a ckb:Case ; ckb:casePatient ?patient ; ckb:expectation ?expectation .
  ?expectation ckb:question ?question ; ?property ?value .
} ORDER BY ?case ?question ?property ?value
"""
_CRITERIA = """
PREFIX ckb: <https://w3id.org/cartkb/vocab/>
SELECT ?case ?patient ?property ?criterion WHERE {
  VALUES ?property { ckb:expectedMeets ckb:expectedDoesNotMeet ckb:expectedUndecided }
  ?case ckb:casePatient ?patient ; ?property ?criterion .
} ORDER BY ?case ?property ?criterion
"""


def explain_cases(knowledge: Knowledge) -> dict[str, dict]:
    """Return the explanation of every case's patient, by the patient's IRI, with the criteria that came out."""
    reasoner, explanations = Reasoner(knowledge), {}
    for inference in reasoner.infer(case_patients(knowledge)):
        for explanation in Explainer(inference).explain_all():
            patient = ox.NamedNode(explanation["patient"])
            decided = {
                local_name(quad.object): truth
                for predicate, truth in (("meets", "true"), ("doesNotMeet", "false"))
                for quad in inference.store.quads_for_pattern(patient, ckb(predicate), None)
            }
            explanations[patient.value] = explanation | {"criteria": decided}
    return explanations


def check_cases(knowledge: Knowledge, explanations: dict[str, dict]) -> list[Problem]:
    """Return every expectation of a case that its patient's answers do not meet."""
    problems = []
    cases = case_patients(knowledge)
    if not cases.files:
        why, fix = "nobody would notice when an answer changes", "begin one with cartkb new case"
        return [Problem(shown(knowledge.guideline_folder / "cases"), 0, "no cases", why, fix, code="no-cases")]
    for row in knowledge.select(_QUERY):
        name = local_name(row["property"])
        if name not in _EXPECTED:
            continue
        answers = explanations[row["patient"].value]["answers"]
        answer = next((a for a in answers if a["question"] == local_name(row["question"])), None)
        if answer is None or not isinstance(row["value"], ox.NamedNode):
            continue  # a gap, or a name that is not there: both are told where they stand
        got = answer[_EXPECTED[name]]
        ids = [item["id"] for item in (got if isinstance(got, list) else [got])]
        expected = local_name(row["value"])
        if (expected in ids) is (name in _UNWANTED):
            what = f"{local_name(row['case'])}, {answer['question']}: {name} is {expected}"
            what += f", but the rules answer {', '.join(ids) or 'nothing'}"
            problems.append(_otherwise(cases, what, row["expectation"], row["property"], row["value"]))
    problems += _check_criteria(knowledge, explanations, cases)
    return problems


def _otherwise(cases: Loaded, what: str, said_of, predicate, value) -> Problem:
    """Return the problem of an expectation that is not met; that it is not met puts nothing else in doubt."""
    bearing = Bearing(frozenset({said_of.value}), doubts=frozenset())
    place = {"predicate": predicate.value, "value": value.value}
    return cases.problem(said_of.value, what, _WHY, _FIX, **place, code="case-answer", bearing=bearing)


def _check_criteria(knowledge: Knowledge, explanations: dict[str, dict], cases: Loaded) -> list[Problem]:
    """Return every criterion that a case says is met, not met or undecided, and that comes out otherwise."""
    problems = []
    for row in knowledge.select(_CRITERIA):
        case, name, criterion = (local_name(row[key]) for key in ("case", "property", "criterion"))
        got = explanations[row["patient"].value]["criteria"].get(criterion, "undecided")
        if isinstance(row["criterion"], ox.NamedNode) and got != _TRUTHS[name]:
            what = f"{case}: {name} is {criterion}, but by the rules it is {got}"
            problems.append(_otherwise(cases, what, row["case"], row["property"], row["criterion"]))
    return problems
