"""What the cases show is measured: leave one of them out, and what only it showed is missed by name."""

import pytest

from cartkb.checking.cases import explain_cases
from cartkb.checking.coverage import check_coverage
from cartkb.names import CKB, CKBG
from conftest import HOME


@pytest.fixture(scope="module")
def explanations(knowledge) -> dict:
    return explain_cases(knowledge)


def missed(knowledge, explanations, *left_out) -> dict[str, set[str]]:
    some = {patient: told for patient, told in explanations.items() if patient not in left_out}
    assert len(some) == len(explanations) - len(left_out)
    found: dict[str, set[str]] = {}
    for problem in check_coverage(knowledge, some, {}):
        assert problem.fix
        assert problem.line
        found.setdefault(problem.code, set()).add(problem.what)
    return found


def test_every_outcome_of_statements_and_criteria_is_shown(knowledge, explanations):
    counts = {}
    assert check_coverage(knowledge, explanations, counts) == []
    statements = {
        row["s"] for row in knowledge.select("SELECT ?s WHERE { ?s a <https://w3id.org/cartkb/vocab/Statement> }")
    }
    assert len(statements) > 80
    assert counts["outcomes that cases show"] > 3 * 140 + len(statements)


def test_what_only_one_case_shows_is_missed_without_it(knowledge, explanations):
    found = missed(knowledge, explanations, f"{CKBG}response-not-known-day-95-patient")
    assert found == {
        "outcome-without-case": {
            "no case shows ckbg:late-transplant-after-day-80 when it stays undetermined",
            "no case shows ckbg:late-transplant-from-day-80 when it stays undetermined",
        }
    }


def test_a_statement_that_is_told_to_nobody_is_missed_once(knowledge, explanations):
    """Without all who are told it, it is missed as a whole, and not again for each of its outcomes."""
    name = "late-transplant-after-day-80"
    told = [
        patient
        for patient, explanation in explanations.items()
        if any(statement["id"] == name for answer in explanation["answers"] for statement in answer["applies"])
    ]
    assert told
    found = missed(knowledge, explanations, *told)
    assert f"no case shows ckbg:{name}" in found["statement-without-case"]
    assert not [what for what in found.get("outcome-without-case", ()) if f"ckbg:{name} " in what]


def test_every_limit_has_a_case_that_lies_exactly_on_it(knowledge):
    limits = {row["b"] for row in knowledge.select(f"SELECT ?b WHERE {{ ?b a <{CKB}Boundary> }}")}
    assert len(limits) > 10
    on = (HOME / "site_templates/views/boundary-cases.rq").read_text(encoding="utf-8")
    assert {row["boundary"] for row in knowledge.select(on)} == limits
