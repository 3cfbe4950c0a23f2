"""Running the cases: invented patients whose expected answers clinicians can read and correct."""

from collections import defaultdict

import pyoxigraph as ox

from cartkb.answers import Explainer
from cartkb.knowledge import Knowledge
from cartkb.load import Loaded, local_name
from cartkb.problems import Problem, shown
from cartkb.reason import Reasoner

_EXPECTED = {  # property of an expectation -> where an explanation holds it
    "expectedAnswer": "class",
    "expectedPossible": "possible",
    "expectedApplies": "applies",
    "expectedDoesNotApply": "doesNotApply",
    "expectedUndetermined": "undetermined",
    "expectedOpenFeature": "wouldSettle",
    "expectedTension": "tensions",
    "expectedSilence": "silences",
}
_QUERY = """
PREFIX ckb: <https://w3id.org/cartkb/vocab/>
SELECT ?case ?expectation ?patient ?question ?property ?value WHERE {
  ?case a ckb:Case ; ckb:casePatient ?patient ; ckb:expectation ?expectation .
  ?expectation ckb:question ?question ; ?property ?value .
} ORDER BY ?case ?question ?property ?value
"""


def case_patients(knowledge: Knowledge) -> Loaded:
    """Return the files of the cases."""
    folder = knowledge.guideline_folder / "cases"
    return Loaded({path: triples for path, triples in knowledge.loaded.files.items() if folder in path.parents})


def explain_cases(knowledge: Knowledge) -> dict[str, dict]:
    """Return the explanation of every case's patient, by the patient's IRI."""
    reasoner = Reasoner(knowledge)
    return {
        explanation["patient"]: explanation
        for inference in reasoner.infer(case_patients(knowledge))
        for explanation in Explainer(inference).explain_all()
    }


def check_cases(knowledge: Knowledge, explanations: dict[str, dict]) -> list[Problem]:
    """Return every expectation of a case that its patient's answers do not meet."""
    problems, checked = [], defaultdict(int)
    cases = case_patients(knowledge)
    if not cases.files:
        return [Problem(shown(knowledge.guideline_folder / "cases"), 0, "no cases", fix="write one")]
    for row in knowledge.select(_QUERY):
        name = local_name(row["property"])
        if name not in _EXPECTED:
            continue
        checked[row["case"].value] += 1
        answers = explanations[row["patient"].value]["answers"]
        answer = next((a for a in answers if a["question"] == local_name(row["question"])), None)
        if answer is None or not isinstance(row["value"], ox.NamedNode):
            continue  # a gap, or a name that is not there: both are told where they stand
        got = answer[_EXPECTED[name]]
        ids = [item["id"] for item in (got if isinstance(got, list) else [got])]
        expected = local_name(row["value"])
        if expected not in ids:
            problems.append(
                cases.problem(
                    row["expectation"].value,
                    f"{local_name(row['case'])}, {answer['question']}: {name} is {expected}, but the rules answer"
                    f" {', '.join(ids) or 'nothing'}",
                    "a case is written from the review's sentence: either the guideline or the case is wrong",
                    "read both against the passage, then correct the one that is wrong",
                    row["property"].value,
                )
            )
    for case in knowledge.select("SELECT ?case WHERE { ?case a <https://w3id.org/cartkb/vocab/Case> }"):
        if not checked[case["case"].value]:
            problems.append(cases.problem(case["case"].value, "the case expects nothing", fix="add a ckb:expectation"))
    return problems
