"""The rules against a second evaluator, another engine and brute force, on cases and on generated patients.

A disagreement prints a minimal patient as Turtle and what each side says of it. ``CARTKB_PATIENTS`` says how many
patients are generated: continuous integration asks for 20 000.
"""

import os
from collections import Counter
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from datetime import timedelta
from random import Random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cartkb.loaded import Loaded
from cartkb.shacl.validate import validate_patients
from oracle.bench import HOME, compare, real
from oracle.completions import Completions, TooManyError
from oracle.conclusions import differences, verdicts
from oracle.graph import Graph
from oracle.history import ABSENT, KNOWN, UNKNOWN
from oracle.other_engine import OtherEngine
from oracle.patients import Patient, triples, turtle

PATIENTS = int(os.environ.get("CARTKB_PATIENTS", "2000"))  # generated ones held against the second evaluator
EACH_FATE = PATIENTS // 500  # patients among them for whom each statement must apply, not apply, and stay open
BY_BRUTE_FORCE = PATIENTS // 50
UNDER_OTHER_ENGINE = max(2, PATIENTS // 1000)
FEW = settings(max_examples=40, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
RANDOM = st.randoms(use_true_random=False)


@pytest.fixture(scope="module")
def bench():
    return real()


def test_rules_and_second_evaluator_agree_on_every_case(bench):
    patients = list(bench.cases.values())
    assert len(patients) > 70
    both = zip(patients, bench.by_evaluator(patients), bench.by_rules(patients), strict=True)
    assert not [bench.reported(patient) for patient, ours, theirs in both if any(differences(ours, theirs))]


def outcomes(bench) -> list[tuple[str, bool | None]]:
    """Return what can come of statements for patients of whom their question is asked, as the cases show it."""
    shown = {(s, t) for verdict in bench.by_evaluator(bench.cases.values()) for s, t in verdict.statements.items()}
    assert len(shown) > 2 * len(bench.evaluator.statements)
    return sorted(shown, key=str)


def test_rules_and_second_evaluator_agree_on_generated_patients(bench):
    with ProcessPoolExecutor(2) as pool:
        results = list(pool.map(compare, (1, 2), (PATIENTS // 2, PATIENTS - PATIENTS // 2)))
    assert not "\n\n".join(patient for found, _ in results for patient in found)
    fates = sum((counted for _, counted in results), Counter())
    assert sum(fates.values()) == PATIENTS * len(bench.evaluator.statements)
    rare = {f"{s}: {t}" for s, t in outcomes(bench) if fates[s, t] < EACH_FATE}
    assert not rare, "generated too seldom"


def test_generated_patients_are_valid_and_differ(bench):
    generator = bench.generator(Random(3))
    patients = [generator.patient() for _ in range(200)]
    said = {HOME / "patients.ttl": [t for number, p in enumerate(patients) for t in triples(p, f"p{number}")]}
    assert [problem.what for problem in validate_patients(bench.knowledge, Loaded(said))] == []
    assert len(set(patients)) > 190
    units = {fact.unit for patient in patients for fact in patient.facts}
    assert units >= {unit for feature in bench.vocabulary.features.values() for unit in feature.units}


def test_rules_say_the_same_under_another_engine(bench):
    engine = OtherEngine(bench.knowledge.operative, bench.knowledge.rules)
    generator = bench.generator(Random(4))
    patients = [*list(bench.cases.values())[:: len(bench.cases) // UNDER_OTHER_ENGINE], generator.patient()]
    assert len(patients) > UNDER_OTHER_ENGINE
    for patient, by_rules in zip(patients, bench.by_rules(patients), strict=True):
        conclusions = engine.conclude(triples(patient, "p"))
        (other,) = verdicts(conclusions, ["https://example.org/p"], bench.evaluator).values()
        assert not list(differences(by_rules, other)), turtle(patient)


@FEW
@given(random=RANDOM)
def test_what_is_recorded_after_the_day_of_the_answer_changes_nothing(random):
    bench = real()
    generator = bench.generator(random)
    patient = generator.patient()
    later = generator.fact(random.choice(generator.features), patient, patient.as_of + timedelta(days=1))
    later = replace(later, day=patient.as_of + timedelta(days=random.randrange(1, 300)))
    with_later = patient.with_facts([*patient.facts, later])
    before, after = bench.by_rules([patient, with_later])
    assert not list(differences(before, after)), turtle(with_later)


def filled_in(bench, random, patient: Patient) -> Patient | None:
    """Return a patient one of whose unknown records turns out to say something, or None."""
    events = {name for name, feature in bench.vocabulary.features.items() if feature.kind == "ckb:event-kind"}
    unknown = [fact for fact in patient.facts if fact.state == UNKNOWN and fact.day]
    if not unknown:
        return None
    fact = random.choice(unknown)
    others = [other for other in patient.facts if other != fact]
    new = bench.generator(random).fact(fact.feature, patient.with_facts(others), fact.day)
    new = replace(new, day=fact.day, assay=fact.assay)
    same = [other for other in others if other.feature == fact.feature and fact.feature in events]
    denied = any(other.state == ABSENT and other.day > fact.day for other in same)
    if new.state == UNKNOWN or (new.state == KNOWN and denied):
        return None
    rest = patient.with_facts(others)
    return rest.with_facts([*others, new]) if bench.vocabulary.consistency.admits(rest, new) else None


def turned_around(bench, before, after) -> list[str]:
    """Return what was decided and is not so any more; that a question is closed meanwhile is no contradiction."""
    found = [name for name, truth in before.truth.items() if truth is not None and after.truth[name] is (not truth)]
    for question, answer in before.answers.items():
        closing = bench.evaluator.graph.one(question, "ckb:closedBy")
        closed = closing and before.truth[closing] is None and after.truth[closing]
        if answer.answer_class not in ("ckb:InsufficientData", after.answers[question].answer_class) and not closed:
            found.append(f"{question}: {answer.answer_class} and then {after.answers[question].answer_class}")
    return found


def test_filling_in_an_unknown_turns_nothing_around(bench):
    random, pairs = Random(5), []
    generator = bench.generator(random)
    while len(pairs) < 100:
        patient = generator.patient()
        filled = filled_in(bench, random, patient)
        pairs += [(patient, filled)] if filled else []
    for verdict in (bench.by_evaluator, bench.by_rules):
        before, after = (verdict([pair[side] for pair in pairs]) for side in (0, 1))
        for pair, one, other in zip(pairs, before, after, strict=True):
            assert not turned_around(bench, one, other), turtle(pair[0]) + turtle(pair[1])


def test_certain_and_possible_classes_hold_over_all_completions(bench):
    """A class that is certain is the only one over all completions; what can come true is among the possible ones.

    The rules may list more, where statements exclude each other: exact possible classes are held against this too.
    """
    completions, asked = Completions(bench.evaluator, bench.vocabulary), Counter()
    generator = bench.generator(Random(6))
    patients = [generator.near_a_case() for _ in range(BY_BRUTE_FORCE)]
    for patient, verdict in zip(patients, bench.by_rules(patients), strict=True):
        for question, answer in verdict.answers.items():
            if answer.answer_class == "ckb:OutOfScope":
                continue
            try:
                over_all = completions.classes(patient, question)
            except TooManyError:
                continue
            if answer.answer_class != "ckb:InsufficientData":
                assert over_all == {answer.answer_class}, f"{question}\n{turtle(patient)}"
            elif answer.possible:
                assert over_all - {"ckb:InsufficientData"} <= answer.possible, f"{question}\n{turtle(patient)}"
            asked[answer.answer_class] += 1
    assert asked["ckb:InsufficientData"] > 10
    assert len(asked) >= 4


@FEW
@given(random=RANDOM)
def test_order_and_names_do_not_matter(random):
    bench = real()
    patient = bench.generator(random).patient()
    facts = list(patient.facts)
    random.shuffle(facts)
    said = list(triples(patient.with_facts(facts), "q"))
    random.shuffle(said)
    renamed = bench.by_rules([patient, patient.with_facts(facts)])
    assert not list(differences(*renamed)), turtle(patient)
    assert not list(differences(renamed[0], bench.evaluator.evaluate(Graph(said), "https://example.org/q")))
