"""The source map and the pages of the evidence: nothing left out, and every number the graph's own."""

import csv
import re
import shutil
from pathlib import Path

import pytest

from cartkb.checking.checks import read_checks
from cartkb.checking.comparisons import Audited, compare, explanations
from cartkb.knowledge import Knowledge
from cartkb.site.render import build
from conftest import HOME, KEPT_CASES, PARTS
from site_reader import Page

PREFIX = "PREFIX ckb: <https://w3id.org/cartkb/vocab/> PREFIX rdfs: <http://www.w3.org/2000/01/rdf-schema#> "


@pytest.fixture(scope="module")
def site(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("map")
    for part in PARTS:
        shutil.copytree(HOME / part, folder / part)
    for case in (folder / "guideline/cases").iterdir():
        if case.stem not in KEPT_CASES:
            case.unlink()
    build(Knowledge(folder), folder / "site")
    return folder / "site"


@pytest.fixture(scope="module")
def page(site):
    read: dict[str, Page] = {}

    def page(address: str) -> Page:
        if address not in read:
            read[address] = Page(site / address)
        return read[address]

    return page


def names(knowledge, pattern: str) -> list[tuple[str, ...]]:
    """Return the rows of a pattern in order of its variables, IRIs by their last part."""
    rows = knowledge.select(f"{PREFIX} SELECT DISTINCT * WHERE {{ {pattern} }}")
    return [tuple(row[name].value.rsplit("/", 1)[-1] for name in sorted(row)) for row in rows]


def test_every_item_stands_beneath_each_of_its_passages(knowledge, page):
    rows = names(
        knowledge, "?b ckb:passage ?a ; a ?kind . ?b rdfs:label ?c FILTER(?kind NOT IN (ckb:Reading, ckb:Case))"
    )
    assert len(rows) > 1000
    for key, _item, label, _kind in rows:
        part = page(f"source/{key.split('.')[0].lower()}.html")
        assert label in part.within(f"entry-{key}"), (key, label)


def test_a_passage_without_items_says_why(knowledge, page):
    rows = names(knowledge, "?reading ckb:passage ?a ; ckb:noClaimBecause/rdfs:label ?b")
    assert rows
    for key, reason, _reading in rows:
        text = page(f"source/{key.split('.')[0].lower()}.html").within(f"entry-{key}")
        assert "Nothing is claimed" in text
        assert reason in text
    for address in {f"source/{key.split('.')[0].lower()}.html" for key, *_ in names(knowledge, "?a a ckb:Passage")}:
        assert "nothing yet" not in page(address).text


def test_the_source_map_counts_what_there_is(knowledge, page):
    keys = {key for (key,) in names(knowledge, "?a a ckb:Passage")}
    about = {"Reading", "Discrepancy", "EditorialDecision", "Tension", "Silence", "Case"}
    claimed = {key for key, _user, kind in names(knowledge, "?b ckb:passage ?a ; a ?c") if kind not in about}
    reasons = {key for key, *_ in names(knowledge, "?b ckb:passage ?a ; ckb:noClaimBecause ?c")} - claimed
    told = page("passages.html").text
    assert f"Passages {len(keys)} " in told
    assert f"Source of at least one item {len(claimed)} " in told
    assert f"for a stated reason {len(reasons)} " in told
    assert f"Not accounted for yet {len(keys - claimed - reasons)}" in told
    for key in keys:
        assert key in page("passages.html").ids
        assert key in page(f"source/{key.split('.')[0].lower()}.html").ids


def test_a_passage_shows_its_numbers_in_the_order_of_print(knowledge, page):
    text = page("source/t1.html").within("entry-T1.1.hsct")
    assert "Numbers 83.3, 10, 12, 45, 82, 51" in text


def test_a_figure_of_the_text_stands_beside_its_twin_in_the_table(knowledge, page):
    rows = names(knowledge, "?a ckb:repeats ?b ; ckb:cohort/ckb:trial ?c")
    assert len(rows) > 50
    printed = names(knowledge, "?a ckb:repeats ?b ; ckb:passage ?c")
    for again, first, trial in rows:
        source = page(f"trials/{trial}.html").source
        assert page(f"trials/{trial}.html").ids.count(again) == 1
        row = re.search(rf'<tr id="{re.escape(first)}">.*?</tr>', source, re.DOTALL)[0]
        keys = [key for twin, _first, key in printed if twin == again]
        assert keys
        assert all(f'#{key}"' in row for key in keys), (first, again)
        beside = [f for twin, f, _trial in rows if twin == again]
        assert f'id="{again}"' in row or len(beside) > 1, (first, again)


def test_a_percentage_always_follows_what_it_is_of(knowledge, page):
    trials = [trial for (trial,) in names(knowledge, "?a a ckb:Trial")]
    checked = 0
    for trial in trials:
        for found in re.finditer(
            r"(.{0,40})\((?:printed [\d.]+ %, )?recomputed [\d.]+ %\)", page(f"trials/{trial}.html").text
        ):
            assert re.search(r"\d+ of \d+(, \d+ more of unknown status)? $", found[1]), found[0]
            checked += 1
    assert checked > 100


@pytest.mark.parametrize(
    ("question", "address", "written"),
    [
        ("16-sensitivities-of-pooled-relapse", "evidence/relapse.html", "{relapsed} of {patients}"),
        ("17-leave-one-trial-out", "evidence/relapse.html", "{relapsedAfterTransplant} of {transplanted}"),
        ("17-leave-one-trial-out", "evidence/relapse.html", "{relapsedWithoutTransplant} of {notTransplanted}"),
        ("18-relapse-with-intervals", "evidence/relapse.html", "{relapsed} of {of} {percent} % ({from} to {to})"),
        ("19-risk-differences", "evidence/relapse.html", "{difference} points ({from} to {to})"),
    ],
)
def test_the_rows_of_the_evidence_are_the_answers_of_the_questions(page, question, address, written):
    with (HOME / f"ontology/questions/{question}.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) > 9
    for row in rows:
        assert written.format(**row) in page(address).text


def test_every_statement_says_on_how_much_it_rests(page):
    with (HOME / "ontology/questions/26-how-much-rests-on-how-little.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) > 50
    source = page("evidence/support.html").source
    for row in rows:
        name = row["statement"].removeprefix("ckbg:")
        found = re.search(rf"statements/{name}\.html.*?Support it\">(\d+)\D.*?Dispute it\">(\d+)<", source)
        assert found.groups() == (row["supporting"], row["disputing"]), name


def test_the_audit_page_counts_and_explains_every_disagreement(knowledge, page):
    audits = [check for check in read_checks(knowledge)[0] if check.kinds]
    comparisons = [comparison for check in audits for comparison in compare(knowledge.store, check)]
    done = Audited(comparisons, explanations(knowledge.store))
    audit = page("quality/audit.html")
    agreed = len(comparisons) - len(done.disagreeing)
    assert f"{len(comparisons)} figures were compared" in audit.text
    assert f"{agreed} agree." in audit.text
    assert done.explaining
    for explanation in done.explaining:
        assert any(f"discrepancies/{explanation.iri.rsplit('/', 1)[1]}.html" in link for link in audit.links)
    rows = re.findall(r'data-label="Disagreement">', audit.source)
    assert len(rows) == len(done.disagreeing)


def test_a_view_that_does_not_exist_is_a_problem(run, home, tmp_path):
    path = home / "site_templates/pages.toml"
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace("question:17-leave-one-trial-out", "question:17-no-such"), encoding="utf-8")
    result = run("build", tmp_path / "site", home=home)
    assert result.exit_code == 1
    assert "17-no-such.rq" in result.stderr
