"""Search: what its index holds, that its library is locked, and, where browser and npm are there, what is found."""

import html
import json
import re
import shutil
import subprocess
import urllib.parse
from pathlib import Path

import pytest

from cartkb.problems import CartkbError
from cartkb.site import render
from cartkb.site.library import minisearch
from conftest import HOME
from site_machines import Head

LOCK = HOME / "site_templates/package-lock.json"
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")


@pytest.fixture(scope="module")
def library() -> str | None:
    """The library as npm gives it, or None where npm or the network is missing."""
    try:
        return minisearch(HOME / "site_templates")
    except CartkbError:
        return None


@pytest.fixture(scope="module")
def searchable(knowledge, library, tmp_path_factory) -> Path:
    """A site with a search page, in a folder whose path has a blank and an umlaut; the library may be a stand-in."""
    out = tmp_path_factory.mktemp("with search ü") / "site"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(render, "minisearch", lambda templates: library or "/* stand-in */")
        render.build(knowledge, out, search=True)
    return out


@pytest.fixture(scope="module")
def index(searchable) -> dict:
    text = (searchable / "static/search-data.js").read_text(encoding="utf-8")
    return json.loads(text.removeprefix("globalThis.cartkb = ").rstrip().removesuffix(";"))


def test_every_page_is_in_the_index_and_every_address_is_there(searchable, index):
    pages = {p.relative_to(searchable).as_posix() for p in searchable.rglob("*.html")}
    addresses = [address for address, *_ in index["documents"]]
    assert len(pages) > 400
    assert pages <= set(addresses)
    assert {address.partition("#")[0] for address in addresses} == pages
    ids = {page: set(re.findall(r'\sid="([^"]*)"', (searchable / page).read_text(encoding="utf-8"))) for page in pages}
    places = [address for address in addresses if "#" in address]
    assert len(places) > 100
    assert not [place for place in places if place.partition("#")[2] not in ids[place.partition("#")[0]]]


def test_names_of_one_thing_stand_together_and_come_from_the_graph(index, knowledge):
    def together(*names):
        return any({name.lower() for name in names} <= {name.lower() for name in group} for group in index["names"])

    assert together("HSCT", "transplant")
    assert together("BCR::ABL1", "BCR-ABL1", "Ph+")
    ours = {t.object.value for t in knowledge.loaded.triples() if t.predicate.value.endswith(("abel", "altLabel"))}
    assert {name for group in index["names"] for name in group} <= ours
    scripts = "".join(p.read_text(encoding="utf-8") for p in (HOME / "site_templates/static").glob("*.js")).lower()
    assert not [name for name in ("hsct", "transplant", "bcr", "leuk", "relapse") if name in scripts]


def test_the_index_is_small(searchable):
    assert Head(searchable / "search.html").weight() <= 60_000
    assert len(Head(searchable / "search.html").loaded()) <= 6


def test_every_page_asks_the_search_page_from_its_head(searchable):
    for name in ("index.html", "trials/nct01593696.html"):
        form = re.search(r'<form role="search"[^>]*action="([^"]*)"', (searchable / name).read_text(encoding="utf-8"))
        assert ((searchable / name).parent / form[1]).resolve() == searchable / "search.html"


def test_scripts_of_one_page_share_no_name():
    names = []
    for path in (HOME / "site_templates/static").glob("*.js"):
        text = path.read_text(encoding="utf-8")
        names += re.findall(r"^(?:const|let|class|function) (\w+)", text, re.MULTILINE)
    assert len(names) > 10
    assert len(names) == len(set(names)), "two scripts of one page that declare one name both fail"


def test_without_the_library_a_page_says_so_and_leads_to_all_names(built_site):
    text = (built_site / "search.html").read_text(encoding="utf-8")
    assert "built without search" in text
    assert 'href="a-z.html"' in text
    assert (built_site / "a-z.html").is_file()
    assert not (built_site / "static/minisearch.js").exists()
    assert Head(built_site / "search.html").scripts == ["static/copy.js"]


def test_the_library_is_locked_and_nothing_of_it_is_committed():
    lock = json.loads(LOCK.read_text(encoding="utf-8"))
    wanted = json.loads(LOCK.with_name("package.json").read_text(encoding="utf-8"))["dependencies"]
    packages = {name.removeprefix("node_modules/"): told for name, told in lock["packages"].items() if name}
    assert {name: told["version"] for name, told in packages.items()} == wanted
    for told in packages.values():
        assert told["integrity"].startswith("sha512-")
        assert told.get("resolved", "https://registry.npmjs.org/").startswith("https://registry.npmjs.org/")
    kept = subprocess.run(["git", "-C", HOME, "ls-files"], capture_output=True, text=True, check=False).stdout
    assert "node_modules" not in kept
    assert "minisearch.js" not in kept


def test_without_npm_only_search_is_refused(run, tmp_path, monkeypatch):
    monkeypatch.setattr(shutil, "which", lambda *arguments, **named: None)
    result = run("build", "--search", tmp_path / "site")
    assert result.exit_code == 1
    assert "search needs npm" in result.stderr
    assert "cartkb[search]" in result.stderr
    assert not (tmp_path / "site").exists()


FOUND = [
    ("who is strongly recommended", "Strongly recommended for high-risk adults"),
    ("which trial gives the LDH cut-off", "High lactate dehydrogenase"),
    ("is 80 days a limit", "Later than day 80"),
    ("what after a CD28 product", "High-risk patient with a CD28-based product"),
    ("what if transplanted before", "After a prior allogeneic transplant"),
    ("what to monitor", "Surveillance instead"),
    ("how many relapsed without HSCT in NCT03173417", "NCT03173417"),
    ("what is wrong in Table 1", "Nineteen transplants in Table 2"),
    ("which conditioning was used", "Which conditioning"),
    ("what changed in this release", "Changes"),
    ("how to cite", "how to cite"),
    ("how to query", "Query"),
    ("tisagenleclucel", "Tisagenlecleucel"),
    ("cytogenetcs", "Watch high-risk cytogenetics"),
    ("Ph+", "BCR::ABL1"),
    ("stem cell transplant", "Allogeneic HSCT"),
    ("<img src=x onerror=alert(1)>", None),
    ("qqqqq", None),
]


@pytest.mark.parametrize(("query", "wanted"), FOUND)
def test_a_browser_finds_it_in_a_folder(searchable, library, query, wanted):
    if not CHROMIUM or library is None:
        pytest.skip("not tried: search in a browser needs chromium, npm and what npm gets")
    address = f"{(searchable / 'search.html').as_uri()}?{urllib.parse.urlencode({'q': query})}"
    switches = ["--headless", "--no-sandbox", "--disable-background-networking", "--virtual-time-budget=4000"]
    done = subprocess.run([CHROMIUM, *switches, "--dump-dom", address], capture_output=True, text=True, check=True)
    results = re.search(r'<div id="results">(.*?)</div>', done.stdout, re.DOTALL)[1]
    titles = [html.unescape(title) for title in re.findall(r"<a href=\"[^\"]*\">(.*?)</a>", results)]
    said = re.search(r'<p id="found" role="status">(.*?)</p>', done.stdout, re.DOTALL)[1]
    assert "<img" not in results
    if wanted is None:
        assert said
    else:
        assert [title for title in titles if wanted in title], titles[:10]
        assert "found, in" in said
        links = re.findall(r'<a href="([^"]*)"', results)
        assert all((searchable / link.partition("#")[0]).is_file() for link in links)
