"""The website with the sentences of a copy of the review: where they stand, and where they never do."""

import html
import re
import shutil
from pathlib import Path

import pytest

from cartkb.knowledge import Knowledge
from cartkb.passages.quotations import Quotations, Sentences
from cartkb.passages.source import Passage, passages_turtle
from cartkb.site.render import build
from conftest import HOME, KEPT_CASES, PARTS
from site_reader import Page

PLACES = """
PREFIX ckb: <https://w3id.org/cartkb/vocab/>
SELECT ?key ?place WHERE { ?passage ckb:key ?key ; ckb:place ?place }
"""
DIFFERENT = "TR.9.3"


@pytest.fixture(scope="module")
def invented(knowledge) -> dict[str, str]:
    """An invented sentence for the key of every passage, in the order of the review."""
    places = {row["key"].value for row in knowledge.select(PLACES)}
    keys = [
        t.subject.value.rsplit("/", 1)[1] for t in knowledge.loaded.triples() if t.predicate.value.endswith("/sha256")
    ]
    assert set(keys) == places
    return {key: f"Nobody ever printed {key} <b>here</b> & said “{len(key)} kites” of it." for key in keys}


@pytest.fixture(scope="module")
def quoting(knowledge, invented, tmp_path_factory) -> Path:
    """A copy of the knowledge base, with few cases, whose passages are the invented sentences."""
    folder = tmp_path_factory.mktemp("quoting")
    for part in PARTS:
        shutil.copytree(HOME / part, folder / part)
    for case in (folder / "guideline/cases").iterdir():
        if case.stem not in KEPT_CASES:
            case.unlink()
    places = {row["key"].value: row["place"].value for row in knowledge.select(PLACES)}
    passages = [Passage(key, places[key], text) for key, text in invented.items()]
    (folder / "guideline/passages.ttl").write_text(passages_turtle(passages, []), encoding="utf-8")
    rows = [f"{key}\tx\t{text if key != DIFFERENT else 'Quite another one.'}\n" for key, text in invented.items()]
    (folder / "copy.tsv").write_text("key\tplace\ttext\n" + "".join(rows), encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def site(quoting) -> Path:
    built = build(Knowledge(quoting), quoting / "site", source=quoting / "copy.tsv")
    assert built.withheld == [DIFFERENT]
    return quoting / "site"


@pytest.fixture(scope="module")
def pages(site) -> dict[str, Page]:
    return {str(path.relative_to(site)): Page(path) for path in sorted(site.rglob("*.html"))}


def named(page: Page) -> set[str]:
    return {link.partition("#")[2] for link in page.links if re.search(r"(^|/)source/[a-z0-9]+\.html#", link)}


def test_every_page_that_names_a_passage_shows_its_sentence(pages, invented):
    seen = 0
    for address, page in pages.items():
        if address == "passages.html" or address.startswith("source/"):
            continue
        keys = {key for key in named(page) if not key.startswith("reading-")}
        wanted = {invented[key] for key in keys - {DIFFERENT}}
        assert {quote.strip() for quote in page.quotes} == wanted, address
        if wanted:
            assert "https://doi.org/10.1186/s40364-020-00247-8" in page.links, address
            assert "https://creativecommons.org/licenses/by/4.0/" in page.links, address
        seen += len(wanted)
    assert seen > 1000


def test_the_source_map_shows_every_sentence_beside_its_key(pages, invented):
    shown = 0
    for address, page in pages.items():
        if address.startswith("source/"):
            keys = [key for key in invented if key.split(".")[0].lower() == Path(address).stem]
            assert [quote.strip() for quote in page.quotes] == [invented[key] for key in keys if key != DIFFERENT]
            assert [name for name in page.ids if name in invented] == keys
            shown += len(keys)
    assert shown == len(invented) > 400
    assert set(invented) <= set(pages["passages.html"].ids)


def test_a_sentence_that_differs_is_not_shown_and_that_is_said(pages):
    page = pages["source/tr.html"]
    assert "Quite another one" not in page.source
    assert "The copy that was given differs from the review here" in page.text
    assert not [address for address, page in pages.items() if "Quite another one" in page.source]


def test_sentences_are_text_and_no_markup(pages, invented):
    assert not [address for address, page in pages.items() if "<b>here</b>" in page.source]
    some = invented["TR.9.4"]
    assert html.escape(some, quote=False).replace('"', "&#34;") in pages["source/tr.html"].source


def test_sentences_stand_in_no_data(site):
    files = [path for path in site.rglob("*") if path.suffix in (".ttl", ".jsonld")]
    assert len(files) > 500
    assert not [path for path in files if "Nobody ever printed" in path.read_text(encoding="utf-8")]


def test_without_a_copy_pages_name_passages_and_quote_nothing(run, quoting, tmp_path):
    assert run("build", tmp_path / "site", home=quoting).exit_code == 0
    page = Page(tmp_path / "site/trials/nct01865617.html")
    assert page.quotes == []
    assert "TR.9.4" in named(page)
    assert "Table 1 row 8, hsct" in page.text
    assert not [
        p for p in (tmp_path / "site").rglob("*.html") if "Nobody ever printed" in p.read_text(encoding="utf-8")
    ]


def test_two_builds_with_the_same_copy_are_the_same_bytes(run, quoting, site, tmp_path):
    result = run("build", "--source", quoting / "copy.tsv", tmp_path / "again", home=quoting)
    assert result.exit_code == 0
    assert f"not shown, as they differ from the review: {DIFFERENT}" in result.stdout
    first = {path.relative_to(site): path.read_bytes() for path in site.rglob("*") if path.is_file()}
    again = tmp_path / "again"
    assert first == {path.relative_to(again): path.read_bytes() for path in again.rglob("*") if path.is_file()}


def test_a_copy_that_is_not_the_review_builds_nothing(run, quoting, tmp_path):
    (tmp_path / "other.txt").write_text("Another article about kites. " * 100, encoding="utf-8")
    result = run("build", "--source", tmp_path / "other.txt", tmp_path / "site", home=quoting)
    assert result.exit_code == 1
    assert "not the article" in result.stderr
    assert not (tmp_path / "site").exists()
    assert run("build", "--source", tmp_path / "nowhere.txt", tmp_path / "site", home=quoting).exit_code == 2


def test_what_a_page_has_quoted_it_does_not_list_again(knowledge):
    page = Quotations(Sentences(knowledge))
    order = list(page.sentences.order)
    for item in (order[7], order[3], "https://w3id.org/cartkb/guideline/high-ldh"):
        page.name(item)
    assert page.show(order[3]) == ""
    assert page.rest() == [order[7]]
