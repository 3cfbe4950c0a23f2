"""``cartkb verify``: the knowledge base is proved, and each planted fault is named with a patient that shows it."""

import json
import random
import re
import shutil
from pathlib import Path

import pyoxigraph as ox
import pytest
import z3

from cartkb.knowledge import Knowledge
from cartkb.loaded import Loaded
from cartkb.names import local_name
from cartkb.prove.base import Base
from cartkb.prove.read import read_base
from cartkb.prove.space import Space, decided
from cartkb.prove.truth import number
from cartkb.prove.verify import SUBJECTS, as_data, verify
from cartkb.prove.witness import Witness, shown
from cartkb.reasoning.answers import Explainer
from cartkb.reasoning.reason import Reasoner
from cartkb.shacl.validate import validate_patients
from conftest import HOME
from oracle.bench import real
from oracle.patients import Patient, turtle
from proof_faults import FAULTS, SHOWN_BY_NOBODY, TENSION

COUNT = """
PREFIX rdfs: <http://www.w3.org/2000/01/rdf-schema#>
SELECT DISTINCT ?item WHERE {{ ?item a/rdfs:subClassOf* <https://w3id.org/cartkb/vocab/{}> }}
"""


@pytest.fixture
def copied(tmp_path: Path) -> Path:
    """A copy of the whole knowledge base, cases included, that a test may spoil."""
    for part in ("ontology", "guideline"):
        shutil.copytree(HOME / part, tmp_path / "copy" / part)
    return tmp_path / "copy"


def spoil(home: Path, edits: list[tuple]) -> None:
    for file, old, new in edits:
        path = home / file
        if old is None and new is None:
            path.unlink()
        elif old is None:  # the statement of another file, turned into its opposite
            text = (home / new).read_text(encoding="utf-8").replace(Path(new).stem, path.stem)
            path.write_text(re.sub(r"ckb:directs \S+", "ckb:directs ckb:GenerallyNotAdvised", text), encoding="utf-8")
        else:
            text = path.read_text(encoding="utf-8")
            assert old in text
            path.write_text(text.replace(old, new, 1), encoding="utf-8")


def classes_inferred(knowledge: Knowledge, witnesses: list[Witness]) -> dict[str, dict[str, str]]:
    """Return what the rules answer to valid patients, by witness and question."""
    files = {
        Path(f"{w.name}.ttl"): [q.triple for q in ox.parse(w.turtle, format=ox.RdfFormat.TURTLE)] for w in witnesses
    }
    patients = Loaded(files)
    assert validate_patients(knowledge, patients) == []
    explained = [e for inference in Reasoner(knowledge).infer(patients) for e in Explainer(inference).explain_all()]
    return {e["patient"].split("/")[-2]: {a["question"]: a["class"]["id"] for a in e["answers"]} for e in explained}


def test_the_knowledge_base_is_proved_and_says_over_how_much(run, knowledge):
    result = run("verify", "--format", "json")
    assert result.exit_code == 0, result.stderr
    told = json.loads(result.stdout)
    assert told["problems"] == []
    proved = "\n".join(told["proved"])
    kinds = {"Criterion": "criteria", "Statement": "statements", "Question": "questions", "Tension": "tensions"}
    for kind, words in kinds.items():
        counted = len(knowledge.select(COUNT.format(kind)))
        assert counted > 4
        assert f"{counted} {words}" in proved
    for sentence in ("Covered", "Reached", "Complete", "Declared", "Met", "Decisive", "Bounded", "Certain"):
        assert sentence in proved


@pytest.mark.parametrize("name", FAULTS)
def test_a_planted_fault_is_named_at_its_line_with_a_patient_that_shows_it(copied, name):
    subject, edits, kind, said, file, at = FAULTS[name]
    spoil(copied, edits)
    knowledge = Knowledge(copied)
    proof = verify(knowledge, subjects=[subject])
    found = [finding for finding in proof.findings if finding.kind == kind and said in finding.problem.what]
    assert found, [finding.problem.what for finding in proof.findings]
    problem, witness = found[0].problem, found[0].witness
    assert (copied / file).samefile(problem.file)
    assert at in (copied / file).read_text(encoding="utf-8").splitlines()[problem.line - 1]
    assert problem.why
    assert problem.fix
    assert (witness is None) == (name in SHOWN_BY_NOBODY)
    witnesses = [finding.witness for finding in proof.findings if finding.witness][:5]
    if witnesses:
        assert classes_inferred(knowledge, witnesses) == {one.name: one.classes for one in witnesses}


def test_the_command_writes_witnesses_that_infer_reads(run, copied, tmp_path):
    spoil(copied, [("guideline/silences/when-without-remission.ttl", None, None)])
    result = run("verify", "--witnesses", tmp_path / "witnesses", home=copied)
    assert result.exit_code == 1
    told = r"answer\.ttl:\d+(:\d+)?: the question when .*\n.*why.*\n.*fix: .*cartkb infer .*\.ttl\n1 problem\n"
    assert re.search(told, result.stderr)
    assert "Complete" not in result.stdout
    (file,) = (tmp_path / "witnesses").iterdir()
    (problem,) = as_data(verify(Knowledge(copied), subjects=["completeness"]))["problems"]
    assert file.read_text(encoding="utf-8") == problem["witness"]["turtle"]
    inferred = run("infer", file, "--format", "json", home=copied)
    (patient,) = json.loads(inferred.stdout)
    answers = {answer["question"]: answer["class"]["id"] for answer in patient["answers"]}
    assert answers == problem["witness"]["answers"]
    assert answers["when"] == "GuidelineSilent"


def test_a_witness_is_minimal_and_always_the_same(copied):
    spoil(copied, [(f"{TENSION}/murine-versus-cd28.ttl", None, None)])
    one, other = (verify(Knowledge(copied), subjects=["conflicts"]).findings for _ in range(2))
    assert one == other
    (witness,) = (finding.witness for finding in one)
    space = Space(read_base(Knowledge(copied).operative))
    facts = {
        record.name: f"w:{record.feature.name}-{record.slot}-{record.place + 1} a" for record in space.patient.records
    }
    present = [record for record in space.patient.records if facts[record.name] in witness.turtle]
    assert len(present) > 5
    assert len(present) == witness.turtle.count("a ckb:Fact")
    both = [space.answers.open["who"], space.answers.applies["strong-for-adult-high-risk"]]
    both.append(space.answers.applies["insufficient-evidence-cd28"])
    nothing_else = [z3.Not(r.present) for r in space.patient.records if r not in present]
    assert space.some(*both, *nothing_else)
    for record in present:
        assert not space.some(*both, *nothing_else, z3.Not(record.present)), f"{record.name} is not needed"


def test_without_the_prover_it_says_how_to_get_it(run, monkeypatch):
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    result = run("verify")
    assert result.exit_code == 2
    assert "pip install 'cartkb[proofs]'" in result.output


def test_what_is_not_described_is_a_problem_and_no_traceback(run, copied):
    spoil(copied, [("guideline/criteria/high-risk.ttl", "ckbg:high-ldh-present", "ckbg:high-lhd-present")])
    result = run("verify", home=copied)
    assert result.exit_code == 1
    assert re.search(
        r"high-risk\.ttl:\d+(:\d+)?: high-risk: its operand high-lhd-present is no criterion", result.stderr
    )


def test_every_subject_is_proved():
    assert set(SUBJECTS) == {"reach", "completeness", "conflicts", "shadows", "boundaries", "unknowns"}


def any_patient(space: Space, chance: random.Random, name: str):
    """Return a patient with random records, as far as they go together, and what the proofs say of it."""
    solver, days = space.solver, [1, 2, 30, 62, 63, 64, 79, 80, 81, 89, 90, 91, 179, 180, 181]

    def take(*options) -> None:
        option = chance.choice(options)
        if decided(solver.check(option)):
            solver.add(option)

    solver.push()
    if chance.random() < 0.8:
        solver.add(space.answers.open["who"])
    records = chance.sample(space.patient.records, len(space.patient.records))
    for r in records:
        unknown = z3.And(r.present, z3.Not(r.known), z3.Not(r.absent))
        take(z3.Not(r.present), z3.Not(r.present), unknown, r.absent, *(r.codes.values() or [r.known, r.known]))
    take(*(space.patient.elapsed == day for day in days))
    for r in records:
        if r.day is not None:
            take(*(r.day == day for day in days))
        if r.value is not None:
            limits = [c.limit for c in space.base.criteria.values() if c.feature == r.feature.name and c.limit]
            take(*(r.value == number(limit + step) for limit in [*limits, 2] for step in (-1, 0, 1)))
        if r.same_assay is not None:
            take(r.same_assay, r.same_assay, z3.Not(r.same_assay))
        if r.stated is not None:
            take(r.stated, z3.Not(r.stated))
            take(*(r.sensitivity == value for value in (1, 2, 5)))
    assert decided(solver.check())
    patient = shown(space, solver.model(), name, "Records as chance has them")
    solver.pop()
    return patient


@pytest.mark.parametrize("deep", [False, True])
def test_proofs_and_rules_agree_on_random_patients(knowledge, deep):
    """The proofs know nothing of the rules: every criterion and every class must come out alike."""
    space, chance = Space(read_base(knowledge.operative), deep=deep), random.Random(20260301)
    patients = [any_patient(space, chance, f"random-{n}") for n in range(15)]
    files = {
        Path(f"{p.name}.ttl"): [q.triple for q in ox.parse(p.turtle, format=ox.RdfFormat.TURTLE)] for p in patients
    }
    derived = [t for inference in Reasoner(knowledge).infer(Loaded(files)) for t in inference.derived]
    said = {}
    for t in derived:
        said.setdefault((local_name(t.predicate), t.subject.value), set()).add(local_name(t.object))
    assert len({p.classes["who"] for p in patients}) > 3
    for p in patients:
        iri = f"https://example.org/witness/{p.name}/patient"
        truths = dict.fromkeys(said.get(("meets", iri), ()), True)
        truths |= dict.fromkeys(said.get(("doesNotMeet", iri), ()), False)
        classes = {q: "".join(said["answerClass", f"{iri}/answer/{q}"]) for q in p.classes}
        assert (truths, classes) == (p.truths, p.classes), p.turtle


def contradicts_itself(patient: Patient, base: Base) -> bool:
    """Say whether two records are of one feature and day, or of one that never changes, or of the origin."""
    names = [fact.feature.removeprefix("ckb:") for fact in patient.facts]
    fixed = [
        n if base.features[n].timeless or n == base.origin else (n, f.day)
        for n, f in zip(names, patient.facts, strict=True)
    ]
    return len(set(fixed)) < len(fixed)


def test_every_generated_patient_lies_in_the_space_with_its_answers(knowledge):
    """Patients with as many records as you like, evaluated from the definitions alone: the space leaves none out."""
    bench, base = real(), read_base(knowledge.operative)
    space, generator = Space(base), bench.generator(random.Random(20260302))
    patients = [
        patient for patient in (generator.patient() for _ in range(200)) if not contradicts_itself(patient, base)
    ]
    assert len(patients) > 100
    for patient, verdict in zip(patients, bench.by_evaluator(patients), strict=True):
        truths = {criterion.removeprefix("ckbg:"): truth for criterion, truth in verdict.truth.items()}
        assert set(truths) == set(base.criteria)
        conditions = [true if truths[name] else z3.Not(true) for name, true in space.true.items()]
        conditions += [false if truths[name] is False else z3.Not(false) for name, false in space.false.items()]
        model = space.some(*conditions)
        assert model, turtle(patient)
        for question, answer in verdict.answers.items():
            is_class = space.answers.is_class[question.removeprefix("ckb:")]
            held = {name for name, holds in is_class.items() if z3.is_true(model.eval(holds, model_completion=True))}
            assert held == {answer.answer_class.removeprefix("ckb:")}, turtle(patient)
        met = {
            name for name, holds in space.answers.met.items() if z3.is_true(model.eval(holds, model_completion=True))
        }
        assert met == {tension.removeprefix("ckbg:") for tension in verdict.tensions}
