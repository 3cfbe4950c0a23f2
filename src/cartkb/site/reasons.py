"""Why a statement does not apply to the patient of a case, or stays open: told on the statement's page."""

from collections import defaultdict


def reasons(explanations: dict[str, dict]) -> dict[str, dict[str, list[dict]]]:
    """Return, by the name of a statement and the IRI of a patient, the criteria that keep the one from the other.

    Each is as in the explanation of the patient's answers: ``label`` and ``truth`` of a criterion, with its facts.
    """
    found: dict[str, dict[str, list[dict]]] = defaultdict(dict)
    for patient, explanation in explanations.items():
        for answer in explanation["answers"]:
            for statement in (*answer["undetermined"], *answer["doesNotApply"]):
                found[statement["id"]][patient] = statement["because"]
    return found
