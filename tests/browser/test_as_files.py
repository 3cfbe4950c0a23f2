"""The site as a folder, in both browsers: all of it works, nothing is asked of anybody, and scripts are not needed."""

import re
from urllib.parse import unquote

import pytest

from browser import firefox as mozilla
from browser.chromium import OWN, looking, of_each_kind, pages

HERE = "() => document.querySelector('main').innerText"
STYLED = "getComputedStyle(document.body).maxWidth"
SCRIPTED = "String(document.querySelectorAll('main .tools').length)"
# What scripts add is taken out again: what is left must be what a reader without scripts has.
AS_WRITTEN = """() => {
  const main = document.querySelector('main').cloneNode(true);
  main.querySelectorAll('.tools, .copy, [hidden]').forEach(e => e.remove());
  return main.textContent.replace(/\\s+/g, ' ').trim();
}"""


def strangers(asked, folder) -> list[str]:
    inside = folder.as_uri()
    return [address for address in asked if not address.startswith((inside, *OWN))]


@pytest.fixture(scope="module")
def firefox():
    with mozilla.started() as browser:
        yield browser


def test_chromium_would_tell_of_a_script_in_a_page(chromium, unpacked, tmp_path):
    """The policy of the site's own pages refuses what stands in a page, and asks for nothing from elsewhere."""
    spoilt = (unpacked / "about.html").read_text(encoding="utf-8")
    spoilt = spoilt.replace("</main>", "<script>document.title = 'spoilt'</script><img src='http://127.0.0.1:9/a.png'>")
    (tmp_path / "spoilt.html").write_text(spoilt, encoding="utf-8")
    with looking(chromium, "light") as tab:
        tab.goto((tmp_path / "spoilt.html").as_uri())
        assert tab.title() != "spoilt"
    assert sum("Content Security Policy" in told for told in tab.told) >= 2


def test_firefox_shows_each_kind_of_page_from_the_folder(firefox, unpacked):
    tools = 0
    for page in of_each_kind(unpacked):
        firefox.goto(page.as_uri())
        assert firefox.evaluate(STYLED) == "1344px", page
        assert len(firefox.evaluate("document.querySelector('main').innerText")) > 100, page
        tools += int(firefox.evaluate(SCRIPTED))
    assert tools > 5, "the tools of tables did not come"
    assert strangers(firefox.asked, unpacked) == []
    assert firefox.told == []


def test_a_link_leads_on_in_firefox(firefox, unpacked):
    firefox.goto((unpacked / "index.html").as_uri())
    there = firefox.evaluate("document.querySelector('header nav a').href")
    firefox.goto(there)
    assert unquote(there).startswith("file://" + str(unpacked))
    assert firefox.evaluate("document.querySelector('h1').textContent") == "Recommendations"


def test_without_scripts_every_page_says_the_same(chromium, unpacked, every_mode):
    shown = pages(unpacked) if every_mode else of_each_kind(unpacked)
    with looking(chromium, "light") as scripted, looking(chromium, "light", java_script_enabled=False) as plain:
        for page in shown:
            if page.name == "search.html":
                continue  # it says itself that it needs them
            scripted.goto(page.as_uri())
            plain.goto(page.as_uri())
            assert plain.evaluate("() => document.querySelectorAll('.tools, .sort').length") == 0, page
            assert plain.evaluate(AS_WRITTEN) == scripted.evaluate(AS_WRITTEN), page


def test_paper_shows_what_is_folded_away(chromium, unpacked):
    """What stands behind a summary is printed with the rest, and what only a screen can use is not."""
    folded = [p for p in pages(unpacked) if "<details" in p.read_text(encoding="utf-8")]
    assert folded, "nothing is folded away any more"
    hidden = """() => [...document.querySelectorAll('details > :not(summary):not(.copy)')]
      .filter(e => e.textContent.trim() && !e.checkVisibility({contentVisibilityAuto: true})).length"""
    with looking(chromium, "paper") as tab:
        for page in folded[:: max(1, len(folded) // 12)]:
            tab.goto(page.as_uri())
            assert tab.evaluate(hidden) == 0, page
            assert tab.evaluate("() => document.querySelector('header nav').checkVisibility()") is False
            assert re.search(r"\w{3}", tab.evaluate(HERE))
