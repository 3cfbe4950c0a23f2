"""What the website tells machines: each page's part of the graph, links, JSON-LD, dumps, sitemap and feed."""

import hashlib
import html
import json
import re
import xml.etree.ElementTree as ET
from collections import defaultdict
from pathlib import Path

import pyoxigraph as ox
import pytest
import rdflib

from cartkb.queries import find_query, run_query
from cartkb.site.pages import Pages
from conftest import HOME
from site_machines import Head

SCHEMA = "https://schema.org/"
BUDGET, AIM, REQUESTS = 60_000, 20_000, 6  # bytes a page, compressed; files a page
ATOM = "{http://www.w3.org/2005/Atom}"
SITEMAP = "{http://www.sitemaps.org/schemas/sitemap/0.9}"


@pytest.fixture(scope="module")
def heads(built_site) -> dict[str, Head]:
    found = {p.relative_to(built_site).as_posix(): Head(p) for p in sorted(built_site.rglob("*.html"))}
    assert len(found) > 400
    return found


@pytest.fixture(scope="module")
def said(knowledge) -> dict[str, set[ox.Triple]]:
    found = defaultdict(set)
    for triple in knowledge.loaded.triples():
        found[triple.subject.value].add(triple)
    return found


@pytest.fixture(scope="module")
def items(knowledge) -> dict[str, str]:
    """The item that each page is about, by the page's address."""
    return {page.address: page.item for page in Pages(knowledge, knowledge.store).all if page.item}


def test_each_page_has_its_part_of_the_graph_beside_it(built_site, heads, said, items):
    filled = 0
    for address in heads:
        turtle = {q.triple for q in ox.parse(path=built_site / Path(address).with_suffix(".ttl"))}
        file = built_site / Path(address).with_suffix(".jsonld")
        assert {q.triple for q in ox.parse(path=file, format=ox.RdfFormat.JSON_LD)} == turtle, address
        subjects = {triple.subject.value for triple in turtle}
        assert turtle == set().union(*(said[subject] for subject in subjects)), f"{address}: not all of it"
        assert address not in items or items[address] in subjects, address
        filled += bool(turtle)
    assert filled > max(400, len(items))  # a page of words only, such as the one on limits, has no part


def test_another_library_reads_the_same_graph(built_site):
    for name in ("trials/nct01593696", "factors/high-ldh", "statements/index"):
        turtle = rdflib.Graph().parse(built_site / f"{name}.ttl")
        linked = rdflib.Graph().parse(built_site / f"{name}.jsonld", format="json-ld")
        assert len(turtle) > 5
        assert set(turtle) == set(linked), name


def test_the_head_holds_typed_links(built_site, heads, items):
    for address, head in heads.items():
        (cited,), (licence,), (kind,) = (head.links[relation] for relation in ("cite-as", "license", "type"))
        assert cited["href"] == items.get(address, cited["href"]), address
        assert cited["href"].startswith("https://w3id.org/cartkb/guideline/"), address
        assert licence["href"] == "https://creativecommons.org/licenses/by/4.0/"
        assert kind["href"] == SCHEMA + head.json_ld["@type"]
        described = {link["type"]: head.path.parent / link["href"] for link in head.links["describedby"]}
        assert sorted(described) == ["application/ld+json", "text/turtle"], address
        assert all(file.is_file() and file.stem == head.path.stem for file in described.values()), address
        assert ("collection" in head.links) == (address in items), address


def test_the_embedded_json_ld_is_of_schema_org_and_fetches_nothing(heads, items):
    for address, head in heads.items():
        triples = list(ox.parse(head.data, format=ox.RdfFormat.JSON_LD, base_iri="https://example.org/site/page.html"))
        assert triples, address
        assert all(t.predicate.value.startswith((SCHEMA, str(rdflib.RDF))) for t in triples), address
        about = {t.subject.value for t in triples if t.predicate.value == f"{SCHEMA}isPartOf"}
        assert address not in items or about == {items[address]}, address


def test_kinds_of_pages_are_told_by_kind(heads):
    kinds = defaultdict(set)
    for address, head in heads.items():
        kinds[head.json_ld["@type"]].add(address.partition("/")[0])
    assert kinds["MedicalGuidelineRecommendation"] == {"statements"}
    assert kinds["ScholarlyArticle"] == {"references"}
    assert kinds["MedicalTrial"] == {"trials"}
    assert kinds["WebSite"] == {"index.html"}
    article = heads["references/balduzzi-2008.html"].json_ld
    assert article["datePublished"] == "2008"
    assert article["headline"].startswith("Eligibility for allogeneic transplantation")
    strength = heads["statements/adults-should-undergo.html"].json_ld["recommendationStrength"]
    assert strength == "should undergo allo-HSCT"


def test_the_query_of_a_page_gives_its_facts(built_site, heads, items, knowledge, tmp_path):
    asked = 0
    for address in sorted(items)[::25]:
        text = (built_site / address).read_text(encoding="utf-8")
        query = re.search(r"<pre data-copy=\"Copy query\"[^>]*><code>(.*?)</code>", text, re.DOTALL)[1]
        file = tmp_path / "page.rq"
        file.write_text(query.replace("&lt;", "<").replace("&gt;", ">"), encoding="utf-8")
        names, rows = run_query(knowledge, file)
        assert names == ["property", "value"]
        beside = {q.triple for q in ox.parse(path=(built_site / address).with_suffix(".ttl"))}
        assert len(rows) >= len([t for t in beside if t.subject.value == items[address]]) > 0, address
        asked += 1
    assert asked > 10


def test_the_queries_of_a_list_are_those_it_was_filled_by(built_site, knowledge):
    asked = 0
    for address in ("trials/index.html", "evidence/relapse.html", "products.html"):
        text = (built_site / address).read_text(encoding="utf-8")
        pattern = r"Run <code>cartkb query (.*?)</code></p>\n<pre[^>]*><code>(.*?)</code></pre>"
        shown = re.findall(pattern, text, re.DOTALL)
        assert shown, address
        for name, query in shown:
            file = find_query(knowledge, str(HOME / name) if name.endswith(".rq") else name)
            assert html.unescape(query) == file.read_text(encoding="utf-8")
            assert run_query(knowledge, file)[1], name
            asked += 1
    assert asked > 5


def test_the_dumps_are_what_their_checksums_say_and_all_that_there_is(built_site, heads, knowledge):
    folder = built_site / "data"
    lines = (folder / "SHA256SUMS").read_text(encoding="utf-8").splitlines()
    listed = {line.partition("  ")[2]: line.partition("  ")[0] for line in lines}
    there = {p.relative_to(folder).as_posix() for p in folder.rglob("*") if p.is_file()} - {"SHA256SUMS"}
    assert listed.keys() == there
    assert all(hashlib.sha256((folder / name).read_bytes()).hexdigest() == digest for name, digest in listed.items())
    (whole,) = folder.glob("cartkb-*.nq")
    codes = knowledge.ontology_folder / "codes"
    ours = {t for path, triples in knowledge.loaded.files.items() if codes not in path.parents for t in triples}
    named = {t for t in ours if not any(isinstance(n, ox.BlankNode) for n in (t.subject, t.object))}
    assert len(named) > 40_000
    assert named <= {q.triple for q in ox.parse(path=whole)}


def test_the_page_of_data_offers_every_dump(built_site, heads):
    page = heads["data.html"]
    assert page.json_ld["@type"] == "Dataset"
    offered = {d["contentUrl"]: d for d in page.json_ld["distribution"]}
    assert {p.relative_to(built_site).as_posix() for p in (built_site / "data").rglob("*.*")} <= offered.keys()
    for address, told in offered.items():
        file = built_site / address
        assert int(told["contentSize"]) == file.stat().st_size
        assert told["sha256"] == hashlib.sha256(file.read_bytes()).hexdigest()
    assert {link["href"] for link in page.links["item"]} <= offered.keys()


def test_the_sitemap_names_every_page_once(built_site, heads):
    places = [node.text for node in ET.parse(built_site / "sitemap.xml").iter(f"{SITEMAP}loc")]
    assert len(places) == len(set(places))
    assert {place.removeprefix("https://w3id.org/cartkb/site/") for place in places} == heads.keys()


def test_the_feed_holds_every_published_change_with_the_date_of_its_release(built_site, knowledge):
    rows = knowledge.select(
        "PREFIX ckb: <https://w3id.org/cartkb/vocab/> SELECT ?change ?date ?text WHERE {"
        " ?release a ckb:Release ; ckb:releasedOn ?date ; ckb:change ?change . ?change ckb:text ?text }"
    )
    assert rows
    feed = ET.parse(built_site / "changes.atom").getroot()
    told = {e.find(f"{ATOM}id").text: e for e in feed.iter(f"{ATOM}entry")}
    assert told.keys() == {row["change"].value for row in rows}
    for row in rows:
        entry = told[row["change"].value]
        assert entry.find(f"{ATOM}updated").text == f"{row['date'].value}T00:00:00Z"
        assert row["text"].value in entry.find(f"{ATOM}content").text
    assert feed.find(f"{ATOM}updated").text == max(f"{row['date'].value}T00:00:00Z" for row in rows)


def test_no_page_is_heavy_or_loads_many_files(heads, record_property):
    weights = {address: head.weight() for address, head in heads.items()}
    heaviest = max(weights, key=weights.get)
    record_property("heaviest", f"{heaviest}: {weights[heaviest]} bytes")
    print(f"heaviest page: {heaviest}, {weights[heaviest]} bytes compressed with all that it loads")
    print(f"{sum(weight <= AIM for weight in weights.values())} of {len(weights)} pages within {AIM} bytes")
    assert weights[heaviest] <= BUDGET, heaviest
    assert all(len(head.loaded()) <= REQUESTS for head in heads.values())


def test_every_page_allows_its_own_files_and_nothing_else(heads):
    for address, head in heads.items():
        policy = dict(part.strip().split(" ", 1) for part in head.policy.split(";"))
        assert policy["default-src"] == "'none'", address
        assert policy["script-src"] == policy["style-src"] == "'self'", address
        assert "".join(head.inline).strip() == "", f"{address}: inline script"
        assert "style" not in head.attributes, f"{address}: inline style"
        assert not [name for name in head.attributes if name.startswith("on")], address
        assert all(head.path.parent in file.parents or file.is_file() for file in head.loaded()), address


def test_links_in_the_head_are_relative_or_canonical(heads):
    checked = 0
    for address, head in heads.items():
        for links in head.links.values():
            for link in links:
                whole = ("https://w3id.org/cartkb/", "https://creativecommons.org/", SCHEMA, "data:,")
                checked += link["href"].startswith(whole) or (head.path.parent / link["href"]).exists()
                assert link["href"].startswith(whole) or (head.path.parent / link["href"]).exists(), (address, link)
    assert checked > 3000


def test_what_machines_read_is_json(built_site):
    for path in sorted(built_site.rglob("*.jsonld"))[::40]:
        assert json.loads(path.read_text(encoding="utf-8"))["@context"]["ckb"] == "https://w3id.org/cartkb/vocab/"
