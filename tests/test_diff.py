"""``cartkb diff``: what a guideline panel is told of two versions, and whether it is true of patients."""

import json
import random
import re
import shutil
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest

from cartkb.difference.comparison import Asked, Difference, compare
from cartkb.difference.lines import as_text
from cartkb.difference.literals import FALSE, NOT_FALSE, NOT_TRUE, TRUE, UNKNOWN
from cartkb.difference.regions import Region
from cartkb.difference.report import Report
from cartkb.difference.shared import OLD, unmarked
from cartkb.difference.versions import Version
from cartkb.knowledge import Knowledge
from conftest import HOME
from copies import edit, small_copy
from oracle.bench import real
from oracle.evaluator import Evaluator, Verdict
from oracle.graph import Graph
from oracle.patients import triples

LDH = "guideline/factors/high-ldh.ttl"
DAYS = "guideline/criteria/within-three-months.ttl"
STRONG = "guideline/statements/strong-for-adult-high-risk.ttl"
TENSION = "guideline/tensions/murine-versus-cd28.ttl"
TRIAL = "guideline/trials/nct01593696.ttl"
PRODUCT = "guideline/products/tisagenlecleucel.ttl"
CASES = (
    "adult-ldh-210", "adult-ldh-3-50-microkatal", "adult-ldh-after-lymphodepletion", "adult-ldh-unknown",
    "adult-no-risk-factor", "adult-complex-karyotype-4-1bb", "adult-complex-karyotype-cd28", "adult-day-81",
    "adult-day-90", "child-cd28", "everything-unknown",
)  # fmt: skip
WITHIN = "Lactate dehydrogenase greater than 210 and at most 250 U/L, before lymphodepletion"
WORD = {TRUE: {True}, FALSE: {False}, UNKNOWN: {None}, NOT_TRUE: {False, None}, NOT_FALSE: {True, None}}
INVENTED = """@prefix ckb: <https://w3id.org/cartkb/vocab/> .
@prefix ckbg: <https://w3id.org/cartkb/guideline/> .
@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .
"""


def new_statement(home: Path) -> None:
    """Add a statement that says of the same patients the contrary of what another one says."""
    text = (home / STRONG).read_text(encoding="utf-8").replace(Path(STRONG).stem, "never-for-adult-high-risk")
    text = text.replace("ckb:directs ckb:StronglyRecommended", "ckb:directs ckb:GenerallyNotAdvised")
    (home / "guideline/statements/never-for-adult-high-risk.ttl").write_text(text, encoding="utf-8")


def new_feature(home: Path) -> None:
    """Let a finding that nobody knew before count among what prompts a timely transplant."""
    feature = 'ckb:invented a ckb:Feature ; rdfs:label "Invented"@en ; ckb:featureKind ckb:finding-kind .\n'
    criterion = (
        'ckbg:invented-present a ckb:PresenceCriterion ; rdfs:label "Invented finding"@en ; ckb:feature ckb:invented ;'
        " ckb:window ckb:any-time ; ckb:pick ckb:latest .\n"
    )
    (home / "ontology/features/invented.ttl").write_text(INVENTED + feature, encoding="utf-8")
    (home / "guideline/criteria/invented.ttl").write_text(INVENTED + criterion, encoding="utf-8")
    edit(
        home / "guideline/statements/identify-donors-early.ttl",
        "ckb:population ckbg:high-risk ;",
        "ckb:population ckbg:invented-present ;",
    )


EDITS = {
    "nothing": lambda home: None,
    "cut-off": lambda home: edit(home / LDH, "ckb:threshold 210", "ckb:threshold 250"),
    "days": lambda home: edit(home / DAYS, "ckb:threshold 90", "ckb:threshold 84"),
    "directive": lambda home: edit(home / STRONG, "ckb:directs ckb:StronglyRecommended", "ckb:directs ckb:Consider"),
    "tension": lambda home: (home / TENSION).unlink(),
    "statement": new_statement,
    "figure": lambda home: edit(home / TRIAL, "ckb:numerator 20 ;", "ckb:numerator 21 ;"),
    "label": lambda home: edit(home / LDH, '"High lactate dehydrogenase"@en', '"High LDH"@en'),
    "passage": lambda home: edit(home / LDH, "ckbg:PRE.3.5, ckbg:TR.9.4, ckbg:ABS.1.5", "ckbg:PRE.3.5, ckbg:ABS.1.5"),
    "product": lambda home: edit(home / PRODUCT, "ckb:value ckb:four-1bb", "ckb:value ckb:cd28"),
    "feature": new_feature,
    "case": lambda home: edit(home / "guideline/cases/adult-ldh-211.ttl", "ckb:value 211", "ckb:value 210"),
    "rule": lambda home: edit(home / "ontology/rules/54-quantity.rq", "# The last value", "# The latest value"),
}  # fmt: skip
CLINICAL = ("cut-off", "days", "directive", "tension", "statement", "product", "feature")


class Compared:
    """Copies of the knowledge base with one change each, and what was found between them, each made once."""

    def __init__(self, folder: Path):
        self.folder = folder
        self.homes: dict[str, Path] = {}
        self.found: dict[tuple[str, str], Difference] = {}

    def home(self, name: str) -> Path:
        if name not in self.homes:
            home = self.homes[name] = small_copy(self.folder / name)
            for case in CASES:
                shutil.copy(HOME / f"guideline/cases/{case}.ttl", home / "guideline/cases")
            EDITS[name](home)
        return self.homes[name]

    def between(self, old: str, new: str) -> Difference:
        if (old, new) not in self.found:
            versions = (Version(name, Knowledge(self.home(name))) for name in (old, new))
            self.found[old, new] = compare(*versions, Asked(templates=HOME), lambda step: None)
        return self.found[old, new]

    def by(self, name: str) -> Difference:
        return self.between("nothing", name)


@pytest.fixture(scope="module")
def compared(tmp_path_factory) -> Compared:
    return Compared(tmp_path_factory.mktemp("versions"))


def sentences(found: Difference) -> list[str]:
    return [sentence for _, sentence in found.changes]


def text(found: Difference) -> str:
    """Return the report with each item on one line."""
    return re.sub(r"\n +(?![ -])", " ", as_text(Report(found).lines()))


def regions(found: Difference) -> dict[tuple[str, str, str], list[Region]]:
    by_pair: dict[tuple[str, str, str], list[Region]] = {}
    for region in found.regions_moved:
        by_pair.setdefault((region.question, region.before, region.now), []).append(region)
    return by_pair


def test_a_moved_cut_off_lists_exactly_the_cases_and_the_region_between_the_two(compared):
    found = compared.by("cut-off")
    assert found.cases.asked == len(CASES) + 1
    assert {moved.case for moved in found.cases.moved} == {"adult-ldh-211"}
    (who,) = (moved for moved in found.cases.moved if moved.question == "who")
    assert (who.before, who.now) == ("StronglyRecommended", "ConflictingStatements")
    assert who.lists["applies"][1] == ("surveillance-without-risk-factors",)
    assert "strong-for-adult-high-risk" in who.lists["applies"][0]
    assert not who.facts_differ
    moving = regions(found)
    assert ("who", "StronglyRecommended", "ConflictingStatements") in moving
    assert {question for question, _, _ in moving} == {"who", "when", "before"}
    for some in moving.values():
        for region in some:
            assert found.words.criteria(region.cause_criteria) == [WITHIN]
            assert found.words.criteria(region.criteria)[0] == WITHIN
    assert [moves.cut_off for moves in found.regions] == [[]] * 5
    assert found.notes == []


def test_a_moved_cut_off_is_told_as_a_panel_reads_it(compared):
    told = text(compared.by("cut-off"))
    assert "The change is clinical" in told
    cut_off = "“LDH above 210 U/L before lymphodepletion” (high-ldh-present), cut-off of Hay 2019"
    assert re.search(rf"The threshold of {re.escape(cut_off)}.* changed from 210 to 250 U/L\. \[clinical\]", told)
    assert re.search(
        r"cut-off/guideline/factors/high-ldh\.ttl:29, before .*nothing/guideline/factors/high-ldh\.ttl:29", told
    )
    assert f"- who: the answer differs only where this holds: {WITHIN}." in told
    assert "Nobody's answer to how, watch differs." in told
    assert "1 of 12 cases asked" in told
    assert "from Strongly recommended to Conflicting statements" in told
    assert "ckb:changeReach ckb:clinical-change" in told
    assert f'ckb:forPatients "Patients with: {WITHIN}."@en' in told
    assert "ckb:changesCase ckbg:adult-ldh-211 ;" in told
    assert "ckb:affects ckbg:high-ldh-present\n" in told
    assert "cases/adult-ldh-211.html, factors/high-ldh.html" in told


@pytest.mark.parametrize("name", CLINICAL)
def test_each_region_has_a_valid_patient_whom_the_rules_answer_as_told(compared, run, tmp_path, name):
    found = compared.by(name)
    witnesses = [region.witness for region in found.regions_moved]
    assert witnesses
    assert len({witness.name for witness in witnesses}) == len(witnesses)
    read_by_both = [r.witness.name for r in found.regions_moved if r.read_by_both]
    assert (len(read_by_both) < len(witnesses)) == (name == "feature")
    for side, version in (("old", "nothing"), ("new", name)):
        answered = [w for w in witnesses if w.name in read_by_both or side == "new"]
        for witness in answered:
            (tmp_path / f"{witness.name}.ttl").write_text(witness.turtle, encoding="utf-8")
        files = [tmp_path / f"{witness.name}.ttl" for witness in answered]
        result = run("infer", *files, "--no-settle", "--format", "json", home=compared.home(version))
        assert result.exit_code == 0, result.stderr
        explained = json.loads(result.stdout)
        assert len(explained) == len(answered)
        for patient, witness in zip(explained, answered, strict=True):
            answers = {f"{side}:{answer['question']}": answer["class"]["id"] for answer in patient["answers"]}
            assert answers == {q: c for q, c in witness.classes.items() if q.startswith(side)}
            assert patient["patient"].split("/")[-2] == witness.name
    assert not [note for note in found.notes if note.startswith("Not as proved")]


def verdicts(home: Path, patients: list) -> list[Verdict]:
    evaluator = Evaluator(Knowledge(home).operative)
    return [evaluator.evaluate(Graph(triples(patient, "p")), "https://example.org/p") for patient in patients]


def within(region: Region, before: Verdict, now: Verdict) -> bool:
    """Say by the second evaluator whether a patient satisfies all criteria of a region."""
    sides = ((unmarked(one.criterion), WORD[one.truth]) for one in region.criteria)
    return all((before if side == OLD else now).truth[f"ckbg:{name}"] in words for (side, name), words in sides)


def patients_around(value: str, feature: str, unit: str) -> list:
    """Return generated patients and cases, of whom many have a value near a limit."""
    chance, bench = random.Random(20260305), real()
    generator = bench.generator(chance)
    patients = [generator.patient() for _ in range(250)] + list(bench.cases.values())
    found = []
    for patient in patients:
        facts = tuple(
            replace(fact, value=Decimal(chance.choice(value.split())), unit=unit)
            if fact.feature == feature and fact.state == "ckb:known"
            else fact
            for fact in patient.facts
        )
        found.append(patient.with_facts(facts))
    return found


@pytest.mark.parametrize(
    ("name", "values"), [("cut-off", "200 210 211 249 250 251"), ("directive", "211"), ("days", "211")]
)
def test_the_second_evaluator_moves_the_same_patients(compared, name, values):
    """Patients made without the prover: whoever moves lies in a region that says so, and nobody else in an exact
    one.
    """
    found = compared.by(name)
    patients = patients_around(values, "ckb:ldh", "U/L")
    told, moved, in_exact = regions(found), 0, 0
    both = zip(patients, *(verdicts(compared.home(of), patients) for of in ("nothing", name)), strict=True)
    for _, before, now in both:
        for question in before.answers:
            pair = tuple(v.answers[question].answer_class.removeprefix("ckb:") for v in (before, now))
            name_of = question.removeprefix("ckb:")
            if pair[0] != pair[1]:
                moved += 1
                assert any(within(region, before, now) for region in told[(name_of, *pair)])
            for region in found.regions_moved:
                if region.question == name_of and region.exact and region.before and within(region, before, now):
                    in_exact += 1
                    assert (region.before, region.now) == pair
    assert (moved > 5) == (in_exact > 3) == (name != "days")


def test_days_of_a_decision_move_no_class_and_what_applies(compared):
    found = compared.by("days")
    told = text(found)
    assert "The threshold of “Within three months” (within-three-months)" in told
    assert "changed from 90 to 84 d." in told
    assert {(region.before, region.now) for region in found.regions_moved} == {("", "")}
    (region,) = (region for region in found.regions_moved if region.question == "when")
    assert found.words.criteria(region.criteria)[0] == "days since infusion greater than 84 and at most 90 d"
    assert (("applies", "transplant-within-three-months"), "goes") in region.parts
    assert {moved.case for moved in found.cases.moved} == {"adult-day-90"}
    assert all(moved.before == moved.now for moved in found.cases.moved)


def test_the_other_way_round_all_is_mirrored(compared):
    there, back = compared.by("days"), compared.between("days", "nothing")
    mirror = {"comes": "goes", "goes": "comes"}

    def told(found: Difference) -> set:
        return {(r.question, r.before, r.now, part, way) for r in found.regions_moved for part, way in r.parts}

    assert told(back) == {(q, now, was, part, mirror[way]) for q, was, now, part, way in told(there)}
    assert {(m.case, m.question, m.now, m.before) for m in back.cases.moved} == {
        (m.case, m.question, m.before, m.now) for m in there.cases.moved
    }
    assert "changed from 84 to 90 d." in text(back)
    assert "greater than 84 and at most 90 d" in text(back)


def test_a_directive_is_told_by_its_verb(compared):
    found = compared.by("directive")
    (sentence,) = sentences(found)
    assert sentence.endswith("now directs Consider and no longer directs “Strongly recommended” (StronglyRecommended).")
    assert ("who", "StronglyRecommended", "Consider") in regions(found)
    told = "before, it applies and directs Strongly recommended; now, it applies and directs Consider"
    assert told in text(found)


def test_a_tension_that_is_removed_is_no_longer_named(compared, run, tmp_path):
    found = compared.by("tension")
    assert [sentence.partition(") ")[2] for sentence in sentences(found)] == ["was removed."]
    assert {(region.before, region.now) for region in found.regions_moved} == {("", "")}
    (region,) = found.regions_moved
    assert region.exact
    assert region.parts == [(("tension", "murine-versus-cd28"), "goes")]
    (tmp_path / "witness.ttl").write_text(region.witness.turtle, encoding="utf-8")
    for name, is_named in (("nothing", True), ("tension", False)):
        result = run("infer", tmp_path / "witness.ttl", "--format", "json", home=compared.home(name))
        (who,) = (a for a in json.loads(result.stdout)[0]["answers"] if a["question"] == "who")
        assert ("murine-versus-cd28" in [tension["id"] for tension in who["tensions"]]) == is_named


def test_an_added_statement_is_one_sentence_and_moves_those_it_speaks_of(compared):
    found = compared.by("statement")
    (sentence,) = sentences(found)
    assert sentence.endswith("(never-for-adult-high-risk) was added, with 1 all of and 7 evidence lines.")
    assert ("who", "StronglyRecommended", "ConflictingStatements") in regions(found)
    moved = {m.case for m in found.cases.moved if m.before != m.now}
    assert moved == {"adult-ldh-211", "adult-complex-karyotype-4-1bb", "adult-day-81", "adult-day-90"}
    assert found.pages.added == ["statements/never-for-adult-high-risk.html"]


@pytest.mark.parametrize(
    ("name", "reach", "said"),
    [
        ("figure", "evidence", "changed from 20 to 21."),
        ("label", "editorial", "high-ldh is now called “High LDH”; it was called “High lactate dehydrogenase”."),
        ("passage", "evidence", "Passage TR.9.4 was taken out of “High lactate dehydrogenase” (high-ldh)."),
    ],
)
def test_what_reaches_no_answer_moves_nobody(compared, name, reach, said):
    found = compared.by(name)
    (sentence,) = sentences(found)
    assert sentence.endswith(said)
    assert found.kind.reaches == (reach,)
    assert (found.cases.moved, found.regions) == ([], [])
    told = text(found)
    assert f"The change is {reach}" in told
    assert "no patient gets another answer" in told
    assert found.pages.changed
    assert not found.is_empty


def test_a_case_that_describes_another_patient_is_told_apart(compared):
    found = compared.by("case")
    assert found.kind.reaches == ("editorial",)
    assert found.cases.asked == 1
    assert {moved.case for moved in found.cases.moved if moved.facts_differ} == {"adult-ldh-211"}
    assert "whose facts differ as well" in text(found)
    assert "ckb:changesCase" not in text(found)
    assert "The value of adult-ldh-211-ldh changed from 211 to 210 U/L." in text(found)


def test_a_comment_of_a_rule_is_told_as_no_change_of_a_rule(compared):
    found = compared.by("rule")
    assert sentences(found) == ["The file ontology/rules/54-quantity.rq was changed in comments or spaces only."]
    assert found.kind.reaches == ()
    assert "No release has to tell of this" in text(found)


def test_a_product_that_is_described_otherwise_moves_those_who_got_it(compared):
    found = compared.by("product")
    assert ("who", "SurveillanceInstead", "ConflictingStatements") in regions(found)
    for region in found.regions_moved:
        assert "ckb:car-t-product ; ckb:state ckb:known ; ckb:value ckbg:tisagenlecleucel" in region.witness.turtle


def test_what_only_one_version_can_read_is_said(compared):
    found = compared.by("feature")
    assert [note for note in found.notes if note.startswith("Facts on invented are read by feature only")]
    assert any(not region.read_by_both for region in found.regions_moved)
    assert "only with facts that one of the versions does not know" in text(found)


def test_nothing_has_changed(compared):
    copied = compared.folder / "same"
    shutil.copytree(compared.home("nothing"), copied)
    same = compare(
        Version("one", Knowledge(compared.home("nothing"))),
        Version("same", Knowledge(copied)),
        Asked(),
        lambda step: None,
    )
    assert same.is_empty
    assert as_text(Report(same).lines()) == "From one to same\n- Nothing has changed.\n"
