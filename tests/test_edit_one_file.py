"""An author edits one Turtle file; answers and pages follow, with no other edit."""

import json

CASE = "guideline/cases/adult-complex-karyotype-4-1bb.ttl"


def answer(run, home, path, question="who"):
    result = run("infer", path, "--format", "json", home=home)
    assert result.exit_code == 0, result.stderr
    (patient,) = json.loads(result.stdout)
    return next(a for a in patient["answers"] if a["question"] == question)


def edit(path, old, new):
    text = path.read_text(encoding="utf-8")
    assert text.count(old) == 1, f"{old!r} stands {text.count(old)} times in {path}"
    path.write_text(text.replace(old, new), encoding="utf-8")


def ids(items):
    return {item["id"] for item in items}


def test_a_moved_cut_off_moves_the_answer_and_the_page(run, home, tmp_path):
    high = home / "guideline/cases/adult-ldh-211.ttl"
    assert "strong-for-adult-high-risk" in ids(answer(run, home, high)["applies"])
    edit(home / "guideline/factors/high-ldh.ttl", "ckb:threshold 210", "ckb:threshold 250")
    moved = answer(run, home, high)
    assert "strong-for-adult-high-risk" in ids(moved["doesNotApply"])
    assert run("build", tmp_path / "site", home=home).exit_code == 0
    assert "250" in (tmp_path / "site/factors/high-ldh.html").read_text(encoding="utf-8")


def test_an_added_factor_counts(run, home, tmp_path):
    low = home / "guideline/cases/adult-no-risk-factor.ttl"
    assert "strong-for-adult-high-risk" in ids(answer(run, home, low)["doesNotApply"])
    (home / "guideline/factors/cold-hands.ttl").write_text(
        """
@prefix ckb: <https://w3id.org/cartkb/vocab/> .
@prefix ckbg: <https://w3id.org/cartkb/guideline/> .
@prefix dcterms: <http://purl.org/dc/terms/> .
@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .

ckbg:cold-hands
  a ckb:RiskFactor ;
  rdfs:label "Cold hands"@en ;
  dcterms:description "An invented factor."@en ;
  ckb:feature ckb:extramedullary-disease ;
  ckb:phaseOfCare ckb:screening ;
  ckb:criterion ckbg:cold-hands-present ;
  ckb:definingCriterion ckbg:cold-hands-present ;
  ckb:onOwnList false ;
  ckb:cutOffStatus ckb:categorical ;
  ckb:passage ckbg:FAC.1.2 .

ckbg:cold-hands-present
  a ckb:PresenceCriterion ;
  rdfs:label "cold hands"@en ;
  dcterms:description "Invented."@en ;
  ckb:feature ckb:extramedullary-disease ;
  ckb:window ckb:any-time ;
  ckb:pick ckb:latest ;
  ckb:passage ckbg:FAC.1.2 .

ckbg:high-risk ckb:operand ckbg:cold-hands-present .
""",
        encoding="utf-8",
    )
    edit(
        low,
        "ckb:feature ckb:extramedullary-disease ; ckb:state ckb:absent",
        "ckb:feature ckb:extramedullary-disease ; ckb:state ckb:known",
    )
    assert "strong-for-adult-high-risk" in ids(answer(run, home, low)["applies"])
    assert run("build", tmp_path / "site", home=home).exit_code == 0
    assert (tmp_path / "site/factors/cold-hands.html").is_file()


def test_an_added_statement_speaks(run, home, tmp_path):
    (home / "guideline/statements/invented.ttl").write_text(
        """
@prefix ckb: <https://w3id.org/cartkb/vocab/> .
@prefix ckbg: <https://w3id.org/cartkb/guideline/> .
@prefix dcterms: <http://purl.org/dc/terms/> .
@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .

ckbg:invented
  a ckb:Statement ;
  rdfs:label "Invented"@en ;
  dcterms:description "An invented statement."@en ;
  ckb:speaker ckb:review-authors ;
  ckb:formalGrade ckb:no-formal-grade ;
  ckb:certaintyRating ckb:not-rated ;
  ckb:question ckb:who ;
  ckb:directs ckb:GenerallyNotAdvised ;
  ckb:population ckbg:adult ;
  ckb:passage ckbg:NEC.6.2 .
""",
        encoding="utf-8",
    )
    now = answer(run, home, home / CASE)
    assert now["class"]["id"] == "ConflictingStatements"
    assert "invented" in ids(now["applies"])
    assert run("build", tmp_path / "site", home=home).exit_code == 0
    assert (tmp_path / "site/statements/invented.html").is_file()
