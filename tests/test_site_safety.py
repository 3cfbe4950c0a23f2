"""Whatever stands in the data, no label becomes markup, no IRI an address that is not one, and no name a path."""

import json
import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cartkb.problems import CartkbError
from cartkb.site.safety import refuse_unsafe
from copies import edit
from site_machines import Head

EVIL = "</script><script>alert(1)</script><img src=x onerror=alert(1)>\"'&amp;"
LABEL = '  rdfs:label "NCT01593696"@en ;'
TRIAL = "guideline/trials/nct01593696.ttl"
ARTICLE = "guideline/publications/jiang-2020.ttl"
SCHEMES = ["javascript", "data", "vbscript", "file", "ftp", "blob"]
SOURCE = "<https://doi.org/10.1186/s40364-020-00247-8>"


@pytest.fixture
def hostile(home, tmp_path, run) -> Path:
    """The site of a copy in which labels, descriptions and other names are as bad as they can be."""
    quoted = EVIL.replace("\\", "\\\\").replace('"', '\\"')
    others = f'skos:altLabel "{quoted}"@en, "javascript:alert(2)"@en ;'
    edit(home / TRIAL, LABEL, f'  rdfs:label "{quoted}"@en ;\n  {others}')
    text = (home / TRIAL).read_text(encoding="utf-8")
    described = re.search(r'dcterms:description "([^"]*)"', text)[1]
    (home / TRIAL).write_text(text.replace(described, f"{quoted} ../../../etc/passwd", 1), encoding="utf-8")
    result = run("build", tmp_path / "site", home=home)
    assert result.exit_code == 0, result.stderr
    return tmp_path / "site"


def test_labels_are_text_on_every_page_and_in_every_script(hostile):
    pages = sorted(hostile.rglob("*.html"))
    assert len(pages) > 200
    shown = 0
    for path in pages:
        head = Head(path)  # reads the embedded JSON-LD, so that it ended where it should
        assert "".join(head.inline).strip() == "", path
        assert not [name for name in head.attributes if name.startswith("on")], path
        assert not re.search(r"<(script|img)[^>]*(alert|onerror)", path.read_text(encoding="utf-8")), path
        shown += "&lt;script&gt;alert(1)" in path.read_text(encoding="utf-8")
    assert shown > 1
    assert Head(hostile / "trials/nct01593696.html").json_ld["name"] == EVIL
    for name in ("sitemap.xml", "changes.atom"):
        assert "<script" not in (hostile / name).read_text(encoding="utf-8")


def test_data_beside_the_page_still_says_the_label(hostile):
    told = (hostile / "trials/nct01593696.jsonld").read_text(encoding="utf-8")
    nodes = {node["@id"]: node for node in json.loads(told)["@graph"]}
    assert nodes["ckbg:nct01593696"]["rdfs:label"][0]["@value"] == EVIL


@pytest.mark.parametrize(
    "iri", ["javascript:alert(1)", "data:text/html,x", "file:///etc/passwd", "http://elsewhere.example/"]
)
def test_an_iri_that_is_no_safe_address_is_linked_nowhere(home, tmp_path, run, iri):
    edit(home / ARTICLE, SOURCE, f"<{iri}>")
    result = run("build", tmp_path / "site", home=home)
    assert result.exit_code == 1
    assert f"would link to {iri}" in result.stderr
    assert not (tmp_path / "site").exists()


@pytest.mark.parametrize("name", ["x%2F..%2Fy", "..", ".hidden", "a%00b", "con<script>", "a b"])
def test_a_name_that_is_no_plain_word_becomes_no_path(home, tmp_path, run, name):
    iri = f"https://w3id.org/cartkb/guideline/{name}".replace("<", "%3C").replace(">", "%3E").replace(" ", "%20")
    (home / "guideline/tensions/wicked.ttl").write_text(
        f"<{iri}> a <https://w3id.org/cartkb/vocab/Tension> ; <http://purl.org/dc/terms/description> "
        '"x"@en ; <http://www.w3.org/2000/01/rdf-schema#label> "x"@en ; '
        '<https://w3id.org/cartkb/vocab/leavesOpen> "y"@en .',
        encoding="utf-8",
    )
    result = run("build", tmp_path / "out/site", home=home)
    assert result.exit_code == 1
    assert "cannot be a page" in result.stderr
    assert not (tmp_path / "out/site").exists()


@pytest.mark.parametrize(
    "written",
    [
        'href="javascript:alert(1)"', "href='JavaScript:x'", "href=javascript:x", 'href=" java\nscript:x"',
        'href="&#106;avascript:x"', 'src="//elsewhere.example/x.js"', 'href="../../x.html"', 'action="/x"',
        'src="data:text/html,x"', 'href="http://elsewhere.example"', r'href="\\elsewhere\x"', 'href="vbscript:x"',
    ],
)  # fmt: skip
def test_what_leads_elsewhere_is_refused(written):
    with pytest.raises(CartkbError, match="would link to"):
        refuse_unsafe("trials/page.html", f"<p><a {written}>x</a></p>")


@pytest.mark.parametrize("written", ["../index.html", "#x", "page.html?q=1#x", "https://doi.org/10.1/x", "data:,", ""])
def test_what_leads_to_the_site_passes(written):
    refuse_unsafe("trials/page.html", f'<a href="{written}">javascript:alert(1)</a>')


@given(st.sampled_from(SCHEMES), st.text("\t\n\r \x0b\x01", max_size=4), st.integers(0, 9))
def test_a_scheme_is_seen_through_whatever_browsers_leave_out(scheme, junk, place):
    written = f"{scheme[:place]}{junk}{scheme[place:]}:x"
    with pytest.raises(CartkbError, match="would link to"):
        refuse_unsafe("page.html", f'<a href="{junk}{written}">x</a>')
