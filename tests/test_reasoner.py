"""How the rules are run: once or until nothing is new, with proofs or without, alone or among others."""

import random
import re

import pyoxigraph as ox
import pytest

from cartkb.knowledge import case_patients
from cartkb.loaded import Loaded, patients_of
from cartkb.reasoning.reason import Reasoner
from oracle.other_engine import OtherEngine

ONCE = "\n# Once: "


@pytest.fixture(scope="module")
def reasoner(knowledge) -> Reasoner:
    return Reasoner(knowledge)


@pytest.fixture(scope="module")
def cases(knowledge) -> list[Loaded]:
    """Every fourth case, alone."""
    files = sorted(case_patients(knowledge).files.items())[::4]
    assert len(files) > 15
    return [Loaded({path: triples}) for path, triples in files]


def derived(reasoner: Reasoner, loaded: Loaded, **options) -> set[str]:
    return {str(triple) for inference in reasoner.infer(loaded, **options) for triple in inference.derived}


def together(cases: list[Loaded]) -> Loaded:
    return Loaded({path: triples for case in cases for path, triples in case.files.items()})


def test_a_rule_that_is_run_once_finds_nothing_when_run_again(knowledge, reasoner):
    once = [text for _, _, text in knowledge.rules if ONCE in text]
    assert len(once) > 3
    assert all(re.search(r"# Once: .{20,}", text) for text in once)
    for inference in reasoner.infer(case_patients(knowledge)):
        for text in once:
            again = [ox.Quad(*triple) for triple in inference.store.query(text)]
            assert again
            assert all(quad in inference.store for quad in again)


def test_without_proofs_the_answers_are_the_same(reasoner, cases):
    with_proofs, without = (derived(reasoner, together(cases), proofs=proofs) for proofs in (True, False))
    assert without < with_proofs
    proofs = re.compile(r"/criterion/|vocab/doesNotSatisfy>|vocab/doesNotApply>")
    assert {triple for triple in with_proofs if not proofs.search(triple)} == without
    assert with_proofs - without


def test_patients_alone_get_what_they_get_among_others(reasoner, cases):
    """Also one after the other: a store that held one patient before holds nothing of that one any more."""
    alone = [derived(reasoner, case) for case in cases]
    assert derived(reasoner, together(cases)) == set().union(*alone)
    assert [derived(reasoner, case) for case in reversed(cases)] == alone[::-1]


def test_one_run_within_another(reasoner, cases):
    expected = [derived(reasoner, case) for case in cases[:2]]
    for inference in reasoner.infer(cases[0]):
        assert derived(reasoner, cases[1]) == expected[1]
        assert {str(triple) for triple in inference.derived} == expected[0]


def test_a_run_given_up_leaves_nothing_behind(reasoner, cases):
    expected = derived(reasoner, cases[1])
    next(reasoner.infer(cases[0])).derived
    assert derived(reasoner, cases[1]) == expected


def test_the_rules_read_nothing_that_is_not_operative(knowledge, reasoner):
    """Shapes, passages, cases and whatever else is left out of the operative part would change no conclusion."""

    class Everything:
        rules = knowledge.rules
        operative = [
            triple
            for path, triples in knowledge.loaded.files.items()
            if not {"cases", "shapes", "complaints"} & set(path.parts)
            for triple in triples
        ]

    assert len(Everything.operative) > len(knowledge.operative)
    patients = case_patients(knowledge)
    chosen = together([Loaded({path: triples}) for path, triples in sorted(patients.files.items())[::10]])
    assert derived(Reasoner(Everything), chosen) == derived(reasoner, chosen)


def test_another_engine_derives_the_same_triples(knowledge, reasoner, cases):
    """Answers and inner steps, triple for triple; only numbers are written differently."""
    engine = OtherEngine(knowledge.operative, knowledge.rules)
    for case in random.Random(5).sample(cases, 3):
        (patient,) = patients_of(case)
        facts = {t.object for t in case.triples() if t.subject == patient}
        triples = [t for t in case.triples() if t.subject == patient or t.subject in facts]
        theirs = {plain(triple) for triple in engine.conclude(triples)}
        assert len(theirs) > 100
        ours = {plain(t) for i in reasoner.infer(case) for t in i.derived}
        assert {t for t in ours if not re.search(r"/criterion/", t)} == theirs


def plain(triple: ox.Triple) -> str:
    """Return a triple as text, with numbers without idle noughts."""
    return re.sub(r'"(-?\d+)(?:\.0+|(\.\d*?[1-9])0*)"', r'"\1\2"', str(triple))
