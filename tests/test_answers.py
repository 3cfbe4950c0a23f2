"""What invented patients must be told, written from the review's sentences (keys in brackets)."""

import json
import re
from datetime import date, timedelta
from pathlib import Path

import pyoxigraph as ox
import pytest

from cartkb.loaded import Loaded
from cartkb.reasoning.answers import Explainer
from cartkb.reasoning.reason import Reasoner

INFUSION = date(2026, 3, 1)
GENES = ["bcr-abl1", "kmt2a-aff1", "kmt2a-rearranged", "tcf3-pbx1", "tcf3-znf384", "tp53", "ikzf1"]
HEAD = """
@prefix ckb: <https://w3id.org/cartkb/vocab/> .
@prefix ckbg: <https://w3id.org/cartkb/guideline/> .
@prefix xsd: <http://www.w3.org/2001/XMLSchema#> .
@prefix e: <https://example.org/> .
"""


def adult(**changes) -> dict[str, tuple]:
    """An adult of 34 in MRD-negative CR, never transplanted, 4-1BB murine product, without any risk factor.

    Facts are feature -> (state, value, unit, day); day None for what needs no date. A change to None removes a fact.
    """
    facts = {
        "diagnosis": ("known", "ckb:b-all", "", None),
        "disease-status": ("known", "ckb:relapsed", "", -40),
        "age": ("known", "34", "a", -40),
        "allo-hsct": ("absent", "", "", -40),
        "complex-karyotype": ("absent", "", "", -40),
        **dict.fromkeys(GENES, ("absent", "", "", -40)),
        "marrow-mrd-flow": ("known", "1.2", "%", -10),
        "ldh": ("known", "180", "U/L", -8),
        "platelets": ("known", "150000", "/uL", -8),
        "car-t-product": ("known", "ckbg:hay-2019-product", "", None),
        "scfv-origin": ("known", "ckb:murine", "", None),
        "cell-source": ("known", "ckb:autologous", "", None),
        "treatment-strategy": ("known", "ckb:single-car-t", "", None),
        "fludarabine": ("known", "", "", -5),
        "lymphodepletion": ("known", "", "", -5),
        "car-t-infusion": ("known", "", "", 0),
        "response": ("known", "ckb:cr", "", 28),
        "marrow-mrd-flow-status": ("known", "ckb:mrd-negative", "", 28),
        "leukaemic-clone-hts": ("absent", "", "", 28),
        "b-cell-recovery": ("absent", "", "", 35),
        "car-t-copies": ("known", "4000", "{copies}/ug", 35),
        "donor-available": ("known", "", "", 20),
        "contraindication-to-hsct": ("absent", "", "", 20),
        "patient-consents": ("known", "", "", 20),
    }
    for name, fact in changes.items():
        feature = name.replace("_", "-")
        facts.pop(feature, None)
        if fact is not None:
            facts[feature] = fact
    return facts


def turtle(facts: dict[str, tuple], as_of: int) -> str:
    lines = []
    for feature, (state, value, unit, day) in facts.items():
        parts = [f"e:{feature} a ckb:Fact ; ckb:feature ckb:{feature} ; ckb:state ckb:{state}"]
        parts += [f"ckb:value {value}"] * bool(value) + [f'ckb:unit "{unit}"'] * bool(unit)
        if day is not None:
            parts.append(f'ckb:date "{INFUSION + timedelta(days=day)}"^^xsd:date')
        lines.append(" ; ".join(parts) + " .")
    names = ", ".join(f"e:{feature}" for feature in facts)
    lines.append(f'e:p a ckb:Patient ; ckb:asOf "{INFUSION + timedelta(days=as_of)}"^^xsd:date ; ckb:hasFact {names} .')
    return HEAD + "\n".join(lines)


@pytest.fixture(scope="module")
def reasoner(knowledge):
    return Reasoner(knowledge)


@pytest.fixture
def ask(reasoner):
    def ask(facts, as_of=40, question="who"):
        triples = [quad.triple for quad in ox.parse(turtle(facts, as_of), format=ox.RdfFormat.TURTLE)]
        (inference,) = (Explainer(i).explain_all() for i in reasoner.infer(Loaded({Path("p.ttl"): triples})))
        return next(answer for answer in inference[0]["answers"] if answer["question"] == question)

    return ask


def ids(items) -> set[str]:
    return {item["id"] for item in items}


KARYOTYPE = ("known", "", "", -40)


def test_high_risk_adult_is_strongly_recommended_within_the_window(ask):  # [NEC.6.2, WIN.1.5]
    who = ask(adult(complex_karyotype=KARYOTYPE))
    assert who["class"]["id"] == "StronglyRecommended"
    strong = next(s for s in who["applies"] if "NEC.6.2" in s["passages"])
    assert strong["directs"]["id"] == "StronglyRecommended"
    assert strong["speaker"] == "The authors of the review"
    assert any("complex" in reason["criterion"] and reason["facts"] for reason in strong["because"])
    when = ask(adult(complex_karyotype=KARYOTYPE), question="when")
    assert "WIN.1.5" in {key for s in when["applies"] for key in s["passages"]}


def test_after_a_cd28_product_both_sides_are_named(ask):  # [NEC.6.2] against [NEC.4.5]
    who = ask(adult(complex_karyotype=KARYOTYPE, car_t_product=("known", "ckbg:19-28z", "", None)))
    assert who["class"]["id"] == "ConflictingStatements"
    told = {key for s in who["applies"] for key in s["passages"] if s["stance"] in ("for", "neutral")}
    assert {"NEC.6.2", "NEC.4.5"} <= told
    assert {"for", "neutral"} <= {s["stance"] for s in who["applies"]}
    assert any({"NEC.6.2", "NEC.4.5"} <= set(tension["passages"]) for tension in who["tensions"])


def test_without_a_risk_factor_never_strongly_recommended(ask):  # [NEC.6.2] names high-risk patients only
    who = ask(adult())
    assert "NEC.6.2" in {key for s in who["doesNotApply"] for key in s["passages"]}
    assert who["class"]["id"] != "StronglyRecommended"
    assert "StronglyRecommended" not in ids(who["possible"])


def test_an_unknown_that_decides_is_asked_for(ask):
    who = ask(adult(ldh=("unknown", "", "", -8)))
    assert who["class"]["id"] == "InsufficientData"
    assert ids(who["wouldSettle"]) == {"ldh"}
    assert "StronglyRecommended" in ids(who["possible"])


def test_before_the_infusion_donor_search_is_answered(ask):  # [REC.1.2, WIN.1.5]
    facts = {f: v for f, v in adult(complex_karyotype=KARYOTYPE).items() if v[3] is None or v[3] <= -10}
    who = ask(facts, as_of=-10)
    assert who["class"]["id"] == "NotYetApplicable"
    before = ask(facts, as_of=-10, question="before")
    assert before["class"]["id"] == "Answered"
    assert {"REC.1.2", "WIN.1.5"} <= {key for s in before["applies"] for key in s["passages"]}
    watch = ask(facts, as_of=-10, question="watch")
    assert watch["class"]["id"] == "Answered"


@pytest.mark.parametrize(
    ("feature", "value", "unit", "day", "high_risk"),
    [
        ("ldh", "210", "U/L", -8, False),  # low is up to and including 210 [TR.9.4]; high is above [PRE.3.1]
        ("ldh", "211", "U/L", -8, True),
        ("platelets", "100000", "/uL", -8, False),  # high is from 100 000 [TR.9.4]; low is below [PRE.3.1]
        ("platelets", "99999", "/uL", -8, True),
        ("marrow-mrd-flow", "4.9", "%", -10, False),  # high is from 5 % [TR.10.9]
        ("marrow-mrd-flow", "5.0", "%", -10, True),
    ],
)
def test_cut_offs_are_on_the_side_that_the_passage_says(ask, feature, value, unit, day, high_risk):
    who = ask(adult(**{feature: ("known", value, unit, day)}))
    key = "applies" if high_risk else "doesNotApply"
    assert "NEC.6.2" in {passage for s in who[key] for passage in s["passages"]}


@pytest.mark.parametrize(("age", "adult_patient"), [("17", False), ("18", True)])
def test_adults_are_eighteen(ask, age, adult_patient):
    who = ask(adult(complex_karyotype=KARYOTYPE, age=("known", age, "a", -40)))
    key = "applies" if adult_patient else "doesNotApply"
    assert "NEC.6.2" in {passage for s in who[key] for passage in s["passages"]}


def test_every_question_always_has_a_typed_answer(ask):
    for facts in (adult(), {"diagnosis": adult()["diagnosis"]}, {}):
        for question in ("who", "when", "before", "how", "watch"):
            assert ask(facts or {"diagnosis": ("unknown", "", "", None)}, question=question)["class"]["id"]


def test_the_text_answer_says_who_speaks_and_what_it_is_not(run, tmp_path):
    path = tmp_path / "patient.ttl"
    path.write_text(turtle(adult(complex_karyotype=KARYOTYPE), 40), encoding="utf-8")
    text = re.sub(r"\s+", " ", run("infer", path).stdout)
    for words in (
        "Strongly recommended",
        "NEC.6.2",
        "day 40 after infusion",
        "No formal grade",
        "Not an order, not a probability",
    ):
        assert words in text
    turtle_out = run("infer", path, "--format", "turtle").stdout
    assert "ckb:answerClass ckb:StronglyRecommended" in turtle_out


def test_many_patients_in_one_file_get_what_each_gets_alone(run, tmp_path):
    one, other = (turtle(adult(complex_karyotype=KARYOTYPE), 40), turtle(adult(), 40).replace("e:", "f:"))
    other = other.replace("@prefix f:", "@prefix f:").replace("example.org/", "example.org/other/")
    paths = [tmp_path / name for name in ("one.ttl", "other.ttl")]
    for path, text in zip(paths, (one, other), strict=True):
        path.write_text(text, encoding="utf-8")
    alone = [json.loads(run("infer", path, "--format", "json").stdout)[0] for path in paths]
    both = json.loads(run("infer", *paths, "--format", "json").stdout)
    assert both == alone


def test_competency_question_gives_the_sums(run):
    pooled = run("query", "02", "--format", "csv").stdout.splitlines()
    assert pooled[1:] == ["with,27,203,27,203", "without,116,226,116,226"]
    rows = run("query", "01", "--format", "csv").stdout.splitlines()
    assert len(rows) == 11
