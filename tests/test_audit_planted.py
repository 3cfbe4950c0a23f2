"""Every audit finds the fault that is planted for it, and no changed figure goes unnoticed."""

from fractions import Fraction

import pyoxigraph as ox
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cartkb.checking.comparisons import compare
from cartkb.names import CKBG, ckb
from conftest import HOME
from figures import DECIMAL, INTEGER, PLAIN_CHECKS, Figures, figures, term, triple

# audit: item, property, value, what it is changed to, and the item that is named, where it is another
PLANTED = """
percentage: lee-2015-transplanted printedPercentage 83.3 85.3
repeated-count: lee-2015-text-transplanted numerator 10 9
repeated-measure: lee-2015-text-days-to-hsct median 51 54
repeated-endpoint: lee-2015-text-transplanted endpoint transplanted treated
repeated-group: lee-2015-text-transplanted group mrd-negative-patients all-treated
limit: finney-2019-persistence-remission qualifier more-than at-least-qualifier
limit-criterion: hay-2019-low-ldh-efs value 210 250
limit-or-median: gardner-2017-text-time-to-relapse median 3.7 3
group-size: lee-2015-relapse-with-hsct denominator 10 11
remainder-size: lee-2015-relapse-without-hsct denominator 2 3
both-groups: lee-2015-relapse numerator 2 3
regimen: pan-2017-donor-haploidentical numerator 17 16 pan-2017-regimen
breakdown: pan-2017-conditioning-tbi numerator 24 23 pan-2017-conditioning-myeloablative
parts: summers-2018-text-phase-2-dose numerator 18 17 summers-2018-text-phase-1-dose
shared-number: zhang-2020-text-lfs-with-hsct timePoint 1 32
all-of-group: maude-2018-text-alive-after-hsct numerator 8 4
within: park-2018-toxicity-deaths numerator 6 17
narrower: lee-2015-mrd-negative numerator 12 15
range: lee-2015-days-to-hsct median 51 83
pooled-relapse: pooled-relapse-with-hsct numerator 27 28
pooled-known: pooled-relapse-without-hsct denominator 226 230
pooled-count: lee-2015-remission numerator 14 15 pooled-remission
pooled-range: jiang-2019a-days-to-hsct minimum 33 31 pooled-days-to-hsct
response-denominator: lee-2015-remission denominator 20 19
survival-order: jacoby-2018-efs-12mo value 73 95
survival-median-order: park-2018-efs-median median 6.1 16.1
survival-over-time: maude-2018-os-12mo value 76 96
relapse-over-time: lee-2015-text-relapse-at-three-months value 10 17
survival-and-remission: maude-2014-efs-6mo value 67 97
survival-and-relapse: pan-2017-lfs-6mo-after-hsct value 81.3 31.3
survival-between: zhang-2020-os-12mo value 63.9 83.9
survival-endpoint: gardner-2017-text-efs-12mo endpoint event-free-survival leukaemia-free-survival
claimed-endpoint: hay-2019-text-low-ldh-efs endpoint event-free-survival leukaemia-free-survival
contrary-results: finney-2019-persistence-remission result associated-with-better associated-with-worse
duration: park-2018-os-median median 12.9 129
words: park-2018-transplanted numerator 16 8 park-2018-text-half-transplanted
counted-again: park-2018-treated numerator 53 13
report-endpoint: lee-2016-text-mrd-negative endpoint mrd-negative-remission molecular-remission lee-2015-mrd-negative
remission-and-relapse: pan-2017-text-in-remission-after-hsct numerator 23 22
"""
# audit: what is added beside what there is, and the item that is named
ADDED = """
criterion-limit: other a QuantityCriterion, other threshold 210, other unit "U/L", other comparator at-least,
  other cutOffOf ckbg:hay-2019-cohort; high-ldh-present
other-disease: lee-2015-relapse partOf ckbg:lee-2015-treated, lee-2015-relapse category t-all; lee-2015-treated
not-mentioned: maude-2018-cohort notReported b-cell-aplasia; maude-2018-text-b-cell-aplasia
deaths-told-once: dead cohort ckbg:jacoby-2018-cohort, dead endpoint transplant-related-death, dead numerator 1; dead
"""
CHANGES = {name: words.split() for name, words in (line.split(": ") for line in PLANTED.strip().splitlines())}
ADDITIONS = dict(line.split(": ") for line in ADDED.strip().replace(",\n", ",").splitlines())


@pytest.fixture(scope="module")
def held(knowledge):
    return Figures(knowledge)


@pytest.fixture(scope="module")
def as_it_is(held):
    return held.audit()


def test_every_audit_has_a_planted_fault():
    names = {path.stem.removeprefix("audit-") for path in (HOME / "ontology/checks").glob("audit-*.rq")}
    assert names == CHANGES.keys() | ADDITIONS.keys()
    assert len(names) > 30


@pytest.mark.parametrize("name", CHANGES)
def test_an_audit_finds_a_changed_figure(held, as_it_is, name):
    item, predicate, old, new, *named = CHANGES[name]
    with held.replaced(item, predicate, old, new):
        found = held.audit(f"audit-{name}") - as_it_is
    assert any(CKBG + (named or [item])[0] in complaint for complaint in found), found


@pytest.mark.parametrize("name", ADDITIONS)
def test_an_audit_finds_an_added_contradiction(held, as_it_is, name):
    added, named = ADDITIONS[name].split("; ")
    with held.changed(add=[triple(*one.split()) for one in added.split(",")]):
        found = held.audit(f"audit-{name}") - as_it_is
    assert any(CKBG + named in complaint for complaint in found), found


def test_one_thing_told_twice_has_to_be_linked(held):
    check = held.checks["figure-given-twice"]
    before = held.complaints(check)
    with held.changed(held.says("zhang-2020-text-dose", "repeats")):
        found = held.complaints(check) - before
    assert {complaint[1] for complaint in found} == {CKBG + "zhang-2020-dose"}


def test_a_number_printed_once_is_not_two_figures(held):
    check = held.checks["figure-claimed-twice"]
    before = held.complaints(check)
    with held.replaced("lee-2015-days-to-hsct", "minimum", "45", "82"):
        found = held.complaints(check) - before
    assert {complaint[1] for complaint in found} == {CKBG + "lee-2015-days-to-hsct"}


@given(st.integers(0, 300), st.integers(1, 300), st.integers(-1, 1), st.booleans())
@settings(max_examples=300)
def test_a_percentage_agrees_as_exact_arithmetic_says(held, numerator, denominator, off, whole):
    tenths = round(Fraction(1000 * numerator, denominator)) + off  # near the truth, on either side of it
    printed = str(tenths // 10) if whole else f"{tenths / 10:.1f}"
    item, literal = (
        ox.NamedNode(CKBG + "one"),
        ox.Literal(printed, datatype=ox.NamedNode(INTEGER if whole else DECIMAL)),
    )
    store = ox.Store()
    store.add(ox.Quad(item, ckb("numerator"), term(str(numerator))))
    store.add(ox.Quad(item, ckb("denominator"), term(str(denominator))))
    store.add(ox.Quad(item, ckb("printedPercentage"), literal))
    (comparison,) = compare(store, held.checks["audit-percentage"])
    distance = abs(Fraction(100 * numerator, denominator) - Fraction(printed))
    assert comparison.agrees == (distance <= (Fraction(1, 2) if whole else Fraction(1, 20)))


@given(st.lists(st.integers(0, 50), min_size=2, max_size=6), st.integers(-1, 1))
@settings(max_examples=100)
def test_parts_agree_with_their_whole_only_if_they_add_up(held, parts, off):
    store = ox.Store()
    whole, *nodes = (ox.NamedNode(f"{CKBG}n{n}") for n in range(len(parts) + 1))
    store.add(ox.Quad(whole, ckb("numerator"), term(str(sum(parts) + off))))
    store.add(ox.Quad(nodes[0], ckb("partOf"), whole))
    store.extend(ox.Quad(node, ckb("numerator"), term(str(part))) for node, part in zip(nodes, parts, strict=True))
    store.extend(ox.Quad(nodes[0], ckb("otherPart"), node) for node in nodes[1:])
    (comparison,) = compare(store, held.checks["audit-parts"])
    assert comparison.agrees == (off == 0)


def test_a_changed_figure_is_told_at_the_figure(knowledge, held, as_it_is):
    """One change in 31; tests/benchmarks/changed_figures.py tries them all."""
    checks = [held.checks[name] for name in PLAIN_CHECKS]
    before = {check: held.complaints(check) for check in checks}
    changes = [(figure, value) for figure in figures(knowledge) for value in figure.changes()]
    assert len(changes) > 1500
    assert held.unchanged
    unnoticed = []
    for figure, value in changes[::31]:
        with held.changed([figure.triple()], [figure.triple(value)]):
            found = set().union(*(held.complaints(check) - before[check] for check in checks))
            found = found or held.audit_again(figure.predicate) - as_it_is
        if not any(figure.item in complaint for complaint in found):
            unnoticed.append(f"{figure} -> {value:f}")
    assert unnoticed == []


def test_a_number_of_the_same_cell_is_told_with_what_is_left_over(held):
    check = held.checks["figure-out-of-place"]
    assert held.complaints(check) == set()
    with held.replaced("park-2018-relapse", "numerator", "16", "32"):
        found = {complaint[1:] for complaint in held.complaints(check)}
    assert {one[0] for one in found} == {CKBG + "park-2018-relapse"}
    assert all("T1.5.relapse" in " ".join(one) and "16" in " ".join(one) for one in found)
