"""The website: complete, linked, the same twice, and safe from what stands in a label."""

import re
from pathlib import Path

import pyoxigraph as ox
import pytest

from site_reader import Page

ELSEWHERE = r"https://(doi\.org|w3id\.org/cartkb|creativecommons\.org/licenses|schema\.org)/|data:,$"


@pytest.fixture(scope="module")
def site(built_site) -> Path:
    return built_site


@pytest.fixture(scope="module")
def pages(site) -> dict[Path, Page]:
    found = {path: Page(path) for path in sorted(site.rglob("*.html"))}
    assert len(found) > 200
    return found


def test_every_link_and_fragment_leads_somewhere(site, pages):
    checked = 0
    for path, page in pages.items():
        for link in page.links:
            if re.match(ELSEWHERE, link):
                continue
            assert not re.match(r"[a-z]+:", link), f"{path}: {link} leaves the site"
            address, _, fragment = link.partition("#")
            target = (path.parent / address).resolve() if address else path
            assert target.is_file(), f"{path}: {link} leads nowhere"
            assert not fragment or fragment in pages[target].ids, f"{path}: {link} has no such place"
            checked += 1
    assert checked > 5000


def test_ids_are_unique_and_headings_step_by_one(pages):
    for path, page in pages.items():
        assert len(page.ids) == len(set(page.ids)), path
        assert page.headings[0] == 1, path
        assert page.headings.count(1) == 1, path
        assert all(b - a <= 1 for a, b in zip(page.headings, page.headings[1:], strict=False)), path


def test_every_item_has_its_page_and_its_data_beside_it(knowledge, site):
    kinds = {
        "Statement": "statements", "RiskFactor": "factors", "Trial": "trials", "Publication": "references",
        "Tension": "tensions", "EditorialDecision": "decisions", "Case": "cases", "Discrepancy": "discrepancies",
    }  # fmt: skip
    for kind, folder in kinds.items():
        items = knowledge.select(f"SELECT ?item WHERE {{ ?item a <https://w3id.org/cartkb/vocab/{kind}> }}")
        assert items, kind
        for row in items:
            iri = row["item"].value
            page = site / folder / (iri.rsplit("/", 1)[1] + ".html")
            assert page.is_file(), page
            about = {t.triple for t in ox.parse(path=str(page.with_suffix(".ttl")))}
            ours = {t for t in knowledge.loaded.triples() if t.subject.value == iri}
            assert ours
            assert ours <= about
            assert about == {
                t.triple for t in ox.parse(path=str(page.with_suffix(".jsonld")), format=ox.RdfFormat.JSON_LD)
            }


def test_rules_link_their_trials_and_trials_their_rules(knowledge, site, pages):
    rows = knowledge.select(
        "PREFIX ckb: <https://w3id.org/cartkb/vocab/> SELECT DISTINCT ?statement ?trial WHERE {"
        " ?statement a ckb:Statement ; ckb:evidenceLine/ckb:finding/ckb:cohort/ckb:trial ?trial }"
    )
    assert len(rows) > 20
    for row in rows:
        statement, trial = (row[name].value.rsplit("/", 1)[1] for name in ("statement", "trial"))
        assert any(f"trials/{trial}.html" in link for link in pages[site / f"statements/{statement}.html"].links)
        assert any(f"statements/{statement}.html" in link for link in pages[site / f"trials/{trial}.html"].links)


def test_two_builds_are_the_same_bytes(run, home, tmp_path):
    built = []
    for name in ("one", "two"):
        folder = tmp_path / name
        assert run("build", folder, home=home).exit_code == 0
        built.append({p.relative_to(folder): p.read_bytes() for p in folder.rglob("*") if p.is_file()})
    assert len(built[0]) > 500
    assert built[0] == built[1]


def test_a_folder_of_somebody_else_is_not_replaced(run, tmp_path):
    (tmp_path / "precious.txt").write_text("keep", encoding="utf-8")
    result = run("build", tmp_path)
    assert result.exit_code == 1
    assert "not replaced" in result.stderr
    assert (tmp_path / "precious.txt").read_text(encoding="utf-8") == "keep"


def test_a_failed_build_leaves_the_old_site(run, home, tmp_path):
    out = tmp_path / "site"
    assert run("build", out, home=home).exit_code == 0
    before = (out / "index.html").read_bytes()
    (home / "site_templates/home.html.j2").write_text("{{ nonsense }}", encoding="utf-8")
    result = run("build", out, home=home)
    assert result.exit_code == 1
    assert "home.html.j2" in result.stderr
    assert (out / "index.html").read_bytes() == before
    assert [p.name for p in tmp_path.iterdir() if p.name.startswith(".cartkb")] == []


def test_nothing_in_a_label_becomes_markup(run, home, tmp_path):
    path = home / "guideline/trials/nct01593696.ttl"
    text = path.read_text(encoding="utf-8")
    path.write_text(
        text.replace('rdfs:label "NCT01593696"@en', 'rdfs:label "<script>alert(1)</script>"@en', 1), encoding="utf-8"
    )
    assert run("build", tmp_path / "site", home=home).exit_code == 0
    assert not [p for p in (tmp_path / "site").rglob("*.html") if "<script>alert" in p.read_text(encoding="utf-8")]


def test_a_name_that_is_a_path_is_refused(run, home, tmp_path):
    path = home / "guideline/tensions/wicked.ttl"
    path.write_text(
        "<https://w3id.org/cartkb/guideline/x%2F..%2Fy> a <https://w3id.org/cartkb/vocab/Tension> ;"
        ' <http://purl.org/dc/terms/description> "x"@en ; <https://w3id.org/cartkb/vocab/leavesOpen> "y"@en .',
        encoding="utf-8",
    )
    result = run("build", tmp_path / "site", home=home)
    assert result.exit_code == 1
    assert "cannot be a page" in result.stderr
    assert not (tmp_path / "site").exists()
