"""The audit finds planted faults and the known disagreements by itself, and says what is explained in vain."""

import re

import pyoxigraph as ox
import pytest

from cartkb.checking.audit import check_figures
from cartkb.checking.comparisons import compare, explanations
from cartkb.knowledge import Knowledge
from cartkb.names import CKBG, local_name
from conftest import HOME
from figures import Figures, triple

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
    "gardner-18-1-per-cent": ("gardner-2017-relapse-with-hsct", "printedPercentage", "18.1", "18.2"),
    "hay-median-survival-of-200-months": ("hay-2019-os-median", "median", "200", "20"),
    "maude-unknown-status-counted": ("pooled-relapse-with-hsct", "denominator", "203", "199"),
    "zhang-relapse-and-leukaemia-free-survival": ("zhang-2020-text-lfs-without-hsct", "value", "11.6", "41.6"),
    "only-a-quarter-transplanted": ("maude-2018-transplanted", "numerator", "8", "16"),
    "zhang-dose-range": ("zhang-2020-dose", "maximum", "100000000", "1000000"),
    "lee-follow-up-adds-up-to-52": ("lee-2016-text-new", "numerator", "32", "33"),
}


@pytest.fixture(scope="module")
def held(knowledge):
    return Figures(knowledge)


@pytest.fixture(scope="module")
def as_it_is(held):
    return held.audit()


def about(held, discrepancy):
    return [quad.triple for quad in held.store.quads_for_pattern(ox.NamedNode(CKBG + discrepancy), None, None)]


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
    with held.replaced(*CORRECTED[discrepancy]):
        found = held.audit() - as_it_is
    assert ("in vain", CKBG + discrepancy) in found


def test_an_explanation_has_to_say_the_values(held, as_it_is):
    with held.replaced("gardner-2017-relapse-with-hsct", "printedPercentage", "18.1", "19.1"):
        found = held.audit() - as_it_is
    assert any(complaint[0] == "audit-percentage" for complaint in found)
    assert ("in vain", CKBG + "gardner-18-1-per-cent") in found


def test_what_was_read_says_so_and_what_is_found_does_not(held, as_it_is):
    by_reading = [e.iri for e in explanations(held.store) if e.by_reading]
    assert 3 < len(by_reading) < 15
    for iri in by_reading:
        with held.changed(held.says(iri.removeprefix(CKBG), "foundByReading")):
            assert ("in vain", iri) in held.audit() - as_it_is
    with held.changed(add=[triple("pan-dose-range", "foundByReading", '"No query can."')]):
        assert ("found", CKBG + "pan-dose-range") in held.audit() - as_it_is


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
