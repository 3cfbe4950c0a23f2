"""The audit finds planted faults and the known disagreements by itself, and says what is explained in vain."""

import re
from decimal import Decimal
from fractions import Fraction

import pyoxigraph as ox
import pytest
from conftest import HOME
from figures import PASSAGE_CHECKS, Figures, figures
from hypothesis import given, settings
from hypothesis import strategies as st

from cartkb.audit import check_figures, compare, explanations
from cartkb.knowledge import Knowledge
from cartkb.load import CKBG, ckb, local_name

DECIMAL = "http://www.w3.org/2001/XMLSchema#decimal"

# audit: the finding whose property is changed from one value to another, and the item that must be named
PLANTED = {
    "percentage": ("lee-2015-transplanted", "printedPercentage", 83.3, 85.3, "lee-2015-transplanted"),
    "repeated-count": ("lee-2015-text-transplanted", "numerator", 10, 9, "lee-2015-text-transplanted"),
    "repeated-measure": ("lee-2015-text-days-to-hsct", "median", 51, 54, "lee-2015-text-days-to-hsct"),
    "repeated-endpoint": ("lee-2015-text-transplanted", "endpoint", "transplanted", "treated", "lee-2015-text-transplanted"),
    "repeated-group": ("lee-2015-text-transplanted", "group", "mrd-negative-patients", "all-treated", "lee-2015-transplanted"),
    "limit": ("finney-2019-persistence-remission", "qualifier", "more-than", "at-least-qualifier", "finney-2019-persistence-remission"),
    "limit-criterion": ("hay-2019-low-ldh-efs", "value", 210, 250, "hay-2019-low-ldh-efs"),
    "limit-or-median": ("gardner-2017-text-time-to-relapse", "median", 3.7, 3, "gardner-2017-text-time-to-relapse"),
    "group-size": ("lee-2015-relapse-with-hsct", "denominator", 10, 11, "lee-2015-relapse-with-hsct"),
    "remainder-size": ("lee-2015-relapse-without-hsct", "denominator", 2, 3, "lee-2015-relapse-without-hsct"),
    "both-groups": ("lee-2015-relapse", "numerator", 2, 3, "lee-2015-relapse"),
    "regimen": ("pan-2017-donor-haploidentical", "numerator", 17, 16, "pan-2017-regimen"),
    "breakdown": ("pan-2017-conditioning-tbi", "numerator", 24, 23, "pan-2017-conditioning-myeloablative"),
    "parts": ("summers-2018-text-phase-2-dose", "numerator", 18, 17, "summers-2018-text-phase-1-dose"),
    "within": ("park-2018-toxicity-deaths", "numerator", 6, 17, "park-2018-toxicity-deaths"),
    "narrower": ("lee-2015-mrd-negative", "numerator", 12, 15, "lee-2015-mrd-negative"),
    "range": ("lee-2015-days-to-hsct", "median", 51, 83, "lee-2015-days-to-hsct"),
    "pooled-relapse": ("pooled-relapse-with-hsct", "numerator", 27, 28, "pooled-relapse-with-hsct"),
    "pooled-known": ("pooled-relapse-without-hsct", "denominator", 226, 230, "pooled-relapse-without-hsct"),
    "pooled-count": ("lee-2015-remission", "numerator", 14, 15, "pooled-remission"),
    "pooled-range": ("jiang-2019a-days-to-hsct", "minimum", 33, 31, "pooled-days-to-hsct"),
    "response-denominator": ("lee-2015-remission", "denominator", 20, 19, "lee-2015-remission"),
    "survival-order": ("jacoby-2018-efs-12mo", "value", 73, 95, "jacoby-2018-efs-12mo"),
    "survival-median-order": ("park-2018-efs-median", "median", 6.1, 16.1, "park-2018-efs-median"),
    "survival-over-time": ("maude-2018-os-12mo", "value", 76, 96, "maude-2018-os-12mo"),
    "relapse-over-time": ("lee-2015-text-relapse-at-three-months", "value", 10, 17, "lee-2015-text-relapse-at-three-months"),
    "survival-and-remission": ("maude-2014-efs-6mo", "value", 67, 97, "maude-2014-efs-6mo"),
    "survival-and-relapse": ("pan-2017-lfs-6mo-after-hsct", "value", 81.3, 31.3, "pan-2017-lfs-6mo-after-hsct"),
    "survival-between": ("zhang-2020-os-12mo", "value", 63.9, 83.9, "zhang-2020-os-12mo"),
    "survival-endpoint": ("gardner-2017-text-efs-12mo", "endpoint", "event-free-survival", "leukaemia-free-survival", "gardner-2017-text-efs-12mo"),
    "claimed-endpoint": ("hay-2019-text-low-ldh-efs", "endpoint", "event-free-survival", "leukaemia-free-survival", "hay-2019-text-low-ldh-efs"),
    "contrary-results": ("finney-2019-persistence-remission", "result", "associated-with-better", "associated-with-worse", "finney-2019-text-persistence-remission"),
    "duration": ("park-2018-os-median", "median", 12.9, 129, "park-2018-os-median"),
    "words": ("park-2018-transplanted", "numerator", 16, 8, "park-2018-text-half-transplanted"),
    "counted-again": ("park-2018-treated", "numerator", 53, 13, "park-2018-treated"),
    "report-endpoint": ("lee-2016-text-mrd-negative", "endpoint", "mrd-negative-remission", "molecular-remission", "lee-2015-mrd-negative"),
    "remission-and-relapse": ("pan-2017-text-in-remission-after-hsct", "numerator", 23, 22, "pan-2017-text-in-remission-after-hsct"),
}  # fmt: skip
# audit: what is added beside what there is, as (item, property, value), and the item that must be named
ADDED = {
    "criterion-limit": (
        [("other", "threshold", 210), ("other", "unit", '"U/L"'), ("other", "comparator", "at-least"),
         ("other", "cutOffOf", "ckbg:hay-2019-cohort"), ("other", "a", "QuantityCriterion")], "high-ldh-present",
    ),
    "other-disease": (
        [("lee-2015-relapse", "partOf", "ckbg:lee-2015-treated"), ("lee-2015-relapse", "category", "t-all")], "lee-2015-treated",
    ),
    "not-mentioned": ([("maude-2018-cohort", "notReported", "b-cell-aplasia")], "maude-2018-text-b-cell-aplasia"),
    "deaths-told-once": (
        [("dead", "cohort", "ckbg:jacoby-2018-cohort"), ("dead", "endpoint", "transplant-related-death"), ("dead", "numerator", 1)], "dead",
    ),
}  # fmt: skip
# what the review gets wrong and the audit has to find by itself: discrepancy, audit, an item that must be named
LISTED = [
    ("gardner-18-1-per-cent", "percentage", "gardner-2017-relapse-with-hsct"),
    ("zhang-share-transplanted", "percentage", "zhang-2020-transplanted"),
    ("jiang-decimal-comma", "percentage", "jiang-2019a-transplanted"),
    ("pan-dose-range", "repeated-measure", "pan-2017-text-dose"),
    ("zhang-dose-range", "repeated-measure", "zhang-2020-text-dose"),
    ("hay-median-survival-of-200-months", "duration", "hay-2019-os-median"),
    ("jacoby-12-or-14-transplanted", "repeated-count", "jacoby-2018-text-transplanted"),
    ("hay-regimen-adds-up-to-19", "regimen", "hay-2019-regimen"),
    ("maude-unknown-status-counted", "pooled-known", "pooled-relapse-with-hsct"),
    ("pooled-429-mixes-denominators", "pooled-count", "pooled-remission"),
    ("only-a-quarter-transplanted", "words", "maude-2018-text-quarter-transplanted"),
    ("maude-leukaemia-free-or-relapse-free", "repeated-endpoint", "maude-2018-text-rfs-6mo"),
    ("zhang-event-free-or-leukaemia-free", "survival-endpoint", "zhang-2020-text-lfs-with-hsct"),
    ("day-80-included-or-not", "limit", "shadman-2019-text-late-death"),
]
# discrepancy: the figure that, once corrected, leaves nothing to explain
CORRECTED = {
    "gardner-18-1-per-cent": ("gardner-2017-relapse-with-hsct", "printedPercentage", 18.1, 18.2),
    "hay-median-survival-of-200-months": ("hay-2019-os-median", "median", 200, 20),
    "maude-unknown-status-counted": ("pooled-relapse-with-hsct", "denominator", 203, 199),
    "zhang-relapse-and-leukaemia-free-survival": ("zhang-2020-text-lfs-without-hsct", "value", 11.6, 41.6),
    "only-a-quarter-transplanted": ("maude-2018-transplanted", "numerator", 8, 16),
    "zhang-dose-range": ("zhang-2020-dose", "maximum", 100000000, 1000000),
    "lee-follow-up-adds-up-to-52": ("lee-2016-text-new", "numerator", 32, 33),
}


@pytest.fixture(scope="module")
def held(knowledge):
    return Figures(knowledge)


@pytest.fixture(scope="module")
def as_it_is(held):
    return held.audit()


def term(value):
    if isinstance(value, str):
        name, _, local = value.rpartition(":")
        return ox.Literal(value.strip('"')) if value[0] == '"' else ox.NamedNode(CKBG + local) if name else ckb(value)
    return ox.Literal(str(value), datatype=ox.NamedNode(DECIMAL if isinstance(value, float) else DECIMAL.replace("decimal", "integer")))


def triple(item, name, value):
    predicate = ox.NamedNode("http://www.w3.org/1999/02/22-rdf-syntax-ns#type") if name == "a" else ckb(name)
    return ox.Triple(ox.NamedNode(CKBG + item), predicate, term(value))


def as_written(held, item, name, value):
    """Return the triple that says a value, whatever its datatype."""
    quads = held.store.quads_for_pattern(ox.NamedNode(CKBG + item), ckb(name), None)
    wanted = ckb(value) if isinstance(value, str) else None
    found = [q.triple for q in quads if q.object == wanted or (not wanted and Decimal(q.object.value) == Decimal(str(value)))]
    assert len(found) == 1, (item, name, value)
    return found[0]


def changed(held, item, name, old, new):
    return held.changed([as_written(held, item, name, old)], [triple(item, name, new)])


def about(held, discrepancy):
    return [quad.triple for quad in held.store.quads_for_pattern(ox.NamedNode(CKBG + discrepancy), None, None)]


def test_every_audit_has_a_planted_fault():
    names = {path.stem.removeprefix("audit-") for path in (HOME / "ontology/checks").glob("audit-*.rq")}
    assert names == PLANTED.keys() | ADDED.keys()
    assert len(names) > 30


@pytest.mark.parametrize("name", PLANTED)
def test_an_audit_finds_a_changed_figure(held, as_it_is, name):
    item, predicate, old, new, named = PLANTED[name]
    with changed(held, item, predicate, old, new):
        found = held.audit(f"audit-{name}") - as_it_is
    assert any(CKBG + named in complaint for complaint in found), found


@pytest.mark.parametrize("name", ADDED)
def test_an_audit_finds_an_added_contradiction(held, as_it_is, name):
    added, named = ADDED[name]
    with held.changed(add=[triple(*one) for one in added]):
        found = held.audit(f"audit-{name}") - as_it_is
    assert any(CKBG + named in complaint for complaint in found), found


@pytest.mark.parametrize(("discrepancy", "audit", "item"), LISTED)
def test_the_audit_finds_a_known_disagreement_by_itself(held, as_it_is, discrepancy, audit, item):
    with held.changed(about(held, discrepancy)):
        found = held.audit(f"audit-{audit}") - as_it_is
    assert any(CKBG + item in complaint for complaint in found), found


def test_three_percentages_cannot_come_from_their_fractions(held):
    compared = compare(held.store, held.checks["audit-percentage"])
    items = {local_name(comparison.row["item"]) for comparison in compared if not comparison.agrees}
    assert items == {"gardner-2017-relapse-with-hsct", "jiang-2019a-transplanted", "zhang-2020-transplanted"}


@pytest.mark.parametrize("discrepancy", CORRECTED)
def test_what_is_no_longer_wrong_is_explained_in_vain(held, as_it_is, discrepancy):
    with changed(held, *CORRECTED[discrepancy]):
        found = held.audit() - as_it_is
    assert ("in vain", CKBG + discrepancy) in found


def test_an_explanation_has_to_say_the_values(held, as_it_is):
    with changed(held, "gardner-2017-relapse-with-hsct", "printedPercentage", 18.1, 19.1):
        found = held.audit() - as_it_is
    assert any(complaint[0] == "audit-percentage" for complaint in found)
    assert ("in vain", CKBG + "gardner-18-1-per-cent") in found


def test_what_was_read_says_so_and_what_is_found_does_not(held, as_it_is):
    by_reading = [e.iri for e in explanations(held.store) if e.by_reading]
    assert 3 < len(by_reading) < 15
    for iri in by_reading:
        reasons = [q.triple for q in held.store.quads_for_pattern(ox.NamedNode(iri), ckb("foundByReading"), None)]
        with held.changed(reasons):
            assert ("in vain", iri) in held.audit() - as_it_is
    claim = ox.Triple(ox.NamedNode(CKBG + "pan-dose-range"), ckb("foundByReading"), ox.Literal("No query can."))
    with held.changed(add=[claim]):
        assert ("in vain", CKBG + "pan-dose-range") in held.audit() - as_it_is


def test_nothing_is_open_and_all_is_counted(knowledge):
    counts = {}
    assert check_figures(knowledge, counts) == []
    compared, agreed, explained = counts.values()
    assert compared == agreed + explained
    assert compared > 900
    assert 50 < explained < 100
    assert re.fullmatch(r"explained in \d\d discrepancies", list(counts)[2])


def test_the_audits_can_be_queried(run):
    result = run("query", HOME / "ontology/checks/audit-pooled-known.rq", "--format", "csv")
    assert result.exit_code == 0
    assert re.search(r"^ckbg:pooled-relapse-with-hsct,ckb:denominator,203,199,false$", result.stdout, re.MULTILINE)


def test_a_disagreement_is_told_at_its_line_with_its_passage(home):
    path = home / "guideline/trials/nct01593696.ttl"
    text = path.read_text(encoding="utf-8")
    old = "ckb:numerator 10 ;\n  ckb:denominator 12 ;"
    assert text.count(old) == 1
    path.write_text(text.replace(old, old.replace("10", "9")), encoding="utf-8")
    line = text[: text.index(old)].count("\n") + 1
    found = [problem for problem in check_figures(Knowledge(home), {}) if problem.file.endswith(path.name)]
    assert found
    told = " ".join(problem.what for problem in found)
    assert "T1.1.hsct" in told
    assert "83.3" in told
    assert "75" in told
    assert all(problem.why and problem.fix for problem in found)
    assert any(abs(problem.line - line) <= 2 for problem in found)
    assert any("T1.1.relapse-with-hsct" in problem.what for problem in found)


def test_what_is_said_to_be_printed_has_to_be_there(home):
    folder = home / "guideline/discrepancies"
    edits = {
        "gardner-18-1-per-cent": ('"18.1% (2/11) (T1.6.', '"18.1% (3/11) (T1.6.', "prints 3"),
        "maude-t-all-among-thirty": (" (T1.3.population, T1.note.1)", "", "does not end with passages"),
        "pan-dose-range": ("(TR.3.1)", "(TR.3.99)", "does not end with passages"),
    }
    for name, (old, new, _) in edits.items():
        text = (folder / f"{name}.ttl").read_text(encoding="utf-8")
        assert old in text
        (folder / f"{name}.ttl").write_text(text.replace(old, new), encoding="utf-8")
    problems = check_figures(Knowledge(home), {})
    for name, (_, _, said) in edits.items():
        found = [p for p in problems if p.file.endswith(f"{name}.ttl") and said in p.what]
        assert found, name
        line = (folder / f"{name}.ttl").read_text(encoding="utf-8").splitlines()[found[0].line - 1]
        assert "ckb:printedValue" in line


def test_an_audit_that_compares_nothing_is_a_problem(home):
    head = "# Problem: {item}\n# Why: it matters\n# Fix: mend it\n# Audit: ckb:misprint\n"
    nothing = "PREFIX ckb: <https://w3id.org/cartkb/vocab/> SELECT ?item ?agrees WHERE { ?item ckb:never ?agrees }"
    (home / "ontology/checks/audit-nothing.rq").write_text(head + nothing, encoding="utf-8")
    (home / "ontology/checks/audit-torn.rq").write_text(head + nothing[:-1], encoding="utf-8")
    what = {problem.file.rsplit("/")[-1]: problem.what for problem in check_figures(Knowledge(home), {})}
    assert "compares nothing" in what["audit-nothing.rq"]
    assert "syntax error" in what["audit-torn.rq"]


def test_without_audits_nothing_passes(home):
    for path in (home / "ontology/checks").glob("audit-*.rq"):
        path.unlink()
    assert [problem.what for problem in check_figures(Knowledge(home), {})] == ["no audits"]


def test_one_thing_told_twice_has_to_be_linked(held):
    check = held.checks["figure-given-twice"]
    link = ox.Triple(ox.NamedNode(CKBG + "zhang-2020-text-dose"), ckb("repeats"), ox.NamedNode(CKBG + "zhang-2020-dose"))
    before = held.complaints(check)
    with held.changed([link]):
        found = held.complaints(check) - before
    assert {complaint[1] for complaint in found} == {CKBG + "zhang-2020-dose"}


finding = st.tuples(st.integers(0, 300), st.integers(1, 300), st.integers(0, 1000), st.booleans())


@given(finding)
@settings(max_examples=300, deadline=None)
def test_a_percentage_agrees_as_exact_arithmetic_says(held, drawn):
    numerator, denominator, tenths, whole = drawn
    near = round(Fraction(1000 * numerator, denominator)) + tenths % 3 - 1  # most draws are near the truth
    near = near // 10 * 10 if whole else near
    literal = ox.Literal(str(near // 10)) if whole else ox.Literal(f"{near / 10:.1f}")
    datatype = ox.NamedNode(DECIMAL.replace("decimal", "integer") if whole else DECIMAL)
    store, item = ox.Store(), ox.NamedNode(CKBG + "one")
    store.extend([
        ox.Quad(item, ckb("numerator"), term(numerator)),
        ox.Quad(item, ckb("denominator"), term(denominator)),
        ox.Quad(item, ckb("printedPercentage"), ox.Literal(literal.value, datatype=datatype)),
    ])  # fmt: skip
    (comparison,) = compare(store, held.checks["audit-percentage"])
    off = abs(Fraction(100 * numerator, denominator) - Fraction(near, 10))
    assert comparison.agrees == (off <= (Fraction(1, 2) if whole else Fraction(1, 20)))


@given(st.lists(st.integers(0, 50), min_size=2, max_size=6), st.integers(-1, 1))
@settings(max_examples=100, deadline=None)
def test_parts_agree_with_their_whole_only_if_they_add_up(held, parts, off):
    store = ox.Store()
    whole, *nodes = (ox.NamedNode(f"{CKBG}n{n}") for n in range(len(parts) + 1))
    store.add(ox.Quad(whole, ckb("numerator"), term(sum(parts) + off)))
    store.add(ox.Quad(nodes[0], ckb("partOf"), whole))
    store.extend(ox.Quad(node, ckb("numerator"), term(part)) for node, part in zip(nodes, parts, strict=True))
    store.extend(ox.Quad(nodes[0], ckb("otherPart"), node) for node in nodes[1:])
    (comparison,) = compare(store, held.checks["audit-parts"])
    assert comparison.agrees == (off == 0)


def test_a_changed_figure_does_not_go_unnoticed(knowledge, held, as_it_is):
    checks = [held.checks[name] for name in (*PASSAGE_CHECKS, "figure-claimed-twice")]
    before = {check: held.complaints(check) for check in checks}
    changes = [(figure, value) for figure in figures(knowledge) for value in figure.changes()]
    assert len(changes) > 1500
    unnoticed = []
    for figure, value in changes[::31]:
        with held.changed([figure.triple()], [figure.triple(value)]):
            noticed = any(held.complaints(check) - before[check] for check in checks) or held.audit() - as_it_is
        if not noticed:
            unnoticed.append(f"{figure} -> {value:f}")
    assert unnoticed == []
