"""What would settle an answer: exact possible classes by brute force, settling facts, contrasts and proofs, as a
clinician reads them.
"""

import json
from collections import Counter
from pathlib import Path
from random import Random

import pytest

from cartkb.loaded import Loaded, patients_of
from cartkb.reasoning.reason import Reasoner
from cartkb.reasoning.settle import UNSETTLED, Settler
from conftest import HOME
from oracle.bench import real
from oracle.completions import Completions, TooManyError
from oracle.patients import triples, turtle

BY_BRUTE_FORCE = 24
_told: dict[tuple, dict] = {}


def told(run, case: str, *options: str) -> dict:
    """Return the answers of a case by question; asked once for the same options."""
    if (case, *options) not in _told:
        result = run("infer", *options, "--format", "json", HOME / f"guideline/cases/{case}.ttl")
        assert result.exit_code == 0, result.stderr
        _told[case, *options] = {answer["question"]: answer for answer in json.loads(result.stdout)[0]["answers"]}
    return _told[case, *options]


def outcomes(group: list[dict]) -> dict[tuple, str]:
    return {
        tuple(sorted((t["criterion"]["id"], t["truth"]) for s in outcome["if"] for t in s["truths"])): outcome["class"][
            "id"
        ]
        for outcome in group
    }


def test_the_classes_that_are_possible_are_those_of_every_completion():
    """Brute force with the second evaluator fills in every unknown in every way."""
    bench = real()
    completions, generator, compared = (
        Completions(bench.evaluator, bench.vocabulary),
        bench.generator(Random(11)),
        Counter(),
    )
    for _ in range(BY_BRUTE_FORCE):
        patient = generator.near_a_case()
        loaded = Loaded({Path("patient"): list(triples(patient, "somebody"))})
        settler = Settler(bench.knowledge, bench.reasoner, loaded, patients_of(loaded)[0])
        for question, answer in settler.base.classes.items():
            if answer != UNSETTLED:
                continue
            try:
                expected = {name.removeprefix("ckb:") for name in completions.classes(patient, f"ckb:{question}")}
            except TooManyError:
                compared["too many"] += 1
                continue
            settled = settler.settle(question)
            assert settled.complete, turtle(patient)
            assert set(settled.possible) == expected - {UNSETTLED}, turtle(patient)
            compared["equal"] += 1
    assert compared["equal"] >= 5


def test_one_missing_value_is_named_with_what_each_side_of_its_limit_would_mean(run):
    settled = told(run, "adult-ldh-unknown")["who"]["settled"]
    assert {c["id"] for c in settled["possible"]} == {"StronglyRecommended", "ConflictingStatements"}
    assert settled["complete"]
    assert len(settled["settling"]) == 1
    assert outcomes(settled["settling"][0]) == {
        (("high-ldh-present", "true"),): "StronglyRecommended",
        (("high-ldh-present", "false"),): "ConflictingStatements",
    }


def test_what_settles_an_answer_settles_it(knowledge):
    """Adding the records of any outcome gives the class that was told, and no other."""
    reasoner, checked = Reasoner(knowledge), 0
    for case in ("adult-ldh-unknown", "adult-domain-unknown", "donor-search-open", "prior-transplant-unknown"):
        path = HOME / f"guideline/cases/{case}.ttl"
        loaded = Loaded({path: knowledge.loaded.files[path]})
        settler = Settler(knowledge, reasoner, loaded, patients_of(loaded)[0])
        for group in settler.settle("who").settling:
            states = settler.states([(outcome.supplements, frozenset()) for outcome in group])
            for outcome, state in zip(group, states, strict=True):
                assert state.classes["who"] == outcome.answer != UNSETTLED, case
                checked += 1
    assert checked >= 8


def test_a_decided_answer_says_what_is_unknown_and_cannot_matter(run):
    answers = told(run, "adult-complex-karyotype-4-1bb")
    assert answers["who"]["class"]["id"] == "StronglyRecommended"
    assert answers["who"]["settled"] is None


def test_why_not_names_the_criteria_that_stand_between(run):
    who = told(run, "adult-complex-karyotype-4-1bb", "--why-not", "generally not advised")["who"]["whyNot"]
    assert who["wanted"]["id"] == "GenerallyNotAdvised"
    (statement,) = [s for s in who["statements"] if s["statement"]["id"] == "generally-not-after-prior-transplant"]
    assert [(o["criterion"], o["truth"]) for o in statement["between"]] == [("prior-allo-hsct", "false")]
    assert who["instead"]


def test_the_nearest_change_of_the_day_one_after_a_limit_is_the_limit(run):
    """One unit of LDH above the limit of the trial: lowering it by one moves the answer."""
    nearest = told(run, "adult-ldh-211", "--explain")["who"]["nearest"]
    changes = {(change["if"][0]["feature"]["id"], change["class"]["id"]) for change in nearest}
    assert ("ldh", "ConflictingStatements") in changes
    assert all(len(change["if"]) == 1 for change in nearest)


def test_a_proof_goes_down_to_facts_dates_passages_findings_and_cohorts(run):
    who = told(run, "adult-complex-karyotype-4-1bb", "--explain")["who"]
    (proof,) = [p for p in who["proofs"] if p["statement"] == "strong-for-adult-high-risk"]
    assert proof["passages"] == ["NEC.6.2"]

    def leaves(tree):
        return [leaf for operand in tree["operands"] for leaf in leaves(operand)] if tree["operands"] else [tree]

    facts = [f for leaf in leaves(proof["population"][0]) for f in leaf["facts"]]
    assert {"complex-karyotype", "ldh"} <= {fact["id"].rsplit("4-1bb-", 1)[-1] for fact in facts}
    assert any(fact["date"] == "2026-02-21" for fact in facts)
    assert any(f["passages"] == ["TR.9.7"] for line in proof["evidence"] for f in line["findings"])
    assert any("hay-2019-cohort" in line["cohortLabels"] for line in proof["evidence"])


@pytest.mark.parametrize(
    ("cohort", "respect", "like"),
    [
        ("hay-2019-cohort", "Age", "like this patient"),
        ("hay-2019-cohort", "Costimulatory domain", "like this patient"),
        ("park-2018-cohort", "Costimulatory domain", "not like this patient"),
        ("jiang-2019a-cohort", "Extramedullary disease", "not known"),
        ("pan-2017-cohort", "Transplant before the CAR T cells", "not known"),
    ],
)
def test_who_stood_in_the_cohorts_is_said_as_printed(run, cohort, respect, like):
    """Table 1: row 8 is of 4-1BB cells in patients of 20 to 76, row 5 of CD28; row 2 prints no earlier transplants."""
    cohorts = told(run, "adult-complex-karyotype-4-1bb", "--explain")["who"]["cohorts"]
    found = {(c["id"], r["respect"]): r["like"] for c in cohorts for r in c["respects"]}
    assert found[cohort, respect] == like


def test_an_answer_class_that_is_not_one_is_wrong_use(run):
    result = run("infer", "--why-not", "Perhaps", HOME / "guideline/cases/adult-ldh-211.ttl")
    assert result.exit_code == 2
    assert "StronglyRecommended" in result.stderr


def test_of_many_ways_that_end_alike_the_rest_is_told_once(run, tmp_path):
    """Of whom only LDH is known: what makes them nobody of the review's is told in one line, not in six."""
    path = tmp_path / "patient.ttl"
    path.write_text(
        "@prefix ckb: <https://w3id.org/cartkb/vocab/> .\n@prefix xsd: <http://www.w3.org/2001/XMLSchema#> .\n"
        '<urn:p> a ckb:Patient ; ckb:asOf "2026-04-10"^^xsd:date ; ckb:hasFact <urn:f> .\n'
        "<urn:f> a ckb:Fact ; ckb:feature ckb:ldh ; ckb:state ckb:known ; ckb:value 211 ;\n"
        '  ckb:unit "U/L" ; ckb:date "2026-02-20"^^xsd:date .\n',
        encoding="utf-8",
    )
    text = " ".join(run("infer", path).stdout.split())
    settling = text.partition("this settles it: CAR target and Diagnosis and Disease status")[2].partition("this may")[
        0
    ]
    assert settling.count("Not yet applicable") == 2
    assert settling.count("Out of scope") == settling.count("otherwise: Out of scope") == 1
    whole = {frozenset(o.items()) for o in [outcomes(group) for group in settled_of(run, path)]}
    assert any("OutOfScope" in dict(group).values() for group in whole)


def settled_of(run, path) -> list:
    (patient,) = json.loads(run("infer", "--format", "json", path).stdout)
    (who,) = (answer for answer in patient["answers"] if answer["question"] == "who")
    return who["settled"]["settling"]
