"""The twelve questions of readers: each answered in two clicks from home and by one search, as a reader would do it."""

import gzip

import pytest

from browser.chromium import looking

# The question as it is searched for; the links to press from home, by their words; the page that answers, and the
# words of the answer.
QUESTIONS = [
    ("who is strongly recommended", ["For whom exactly, and why"], "statements/strong-for-adult-high-risk",
     "Strongly recommended"),
    ("which trial gives the LDH cut-off", ["Does this finding matter?", "High lactate dehydrogenase"],
     "factors/high-ldh", "Greater than 210 U/L (Hay 2019"),
    ("is 80 days a limit", ["When? Is there a limit in days?"], "timing", "Later than day 80"),
    ("what after a CD28 product",
     ["Should my patient be offered a transplant?", "Insufficient evidence after CD28-based products"],
     "insufficient-evidence-cd28", "Insufficient evidence after CD28-based products"),
    ("what if transplanted before", ["Does this finding matter?", "Earlier allogeneic transplant"],
     "factors/prior-transplant", "generally precluded"),
    ("what to monitor", ["At which step is what decided?"], "pathway", "Watch marrow MRD"),
    ("how many relapsed without HSCT in NCT03173417", ["Can I trust the difference in relapse?"], "relapse",
     "13 of 27"),
    ("what is wrong in Table 1", ["What contradicts itself, what is wrong in print?"], "open",
     "Nineteen transplants in Table 2, eighteen in Table 1"),
    ("which conditioning was used", ["How was it done?"], "regimens", "Myeloablative conditioning"),
    ("what changed in this release", ["What changed?"], "changes", "Version 0.2.0"),
    ("how to cite", ["How do I cite it?"], "about", "How to cite it"),
    ("how to query", ["Can I ask my own question, or reuse the data?"], "queries", "cartkb query"),
]  # fmt: skip
NAMES = [question for question, *_ in QUESTIONS]
FIRST = 4  # results of each kind that a reader looks through
LISTED = """first => [...document.querySelectorAll('#results section')].flatMap(
  kind => [...kind.querySelectorAll('a')].slice(0, first).map(link => link.href))"""


def test_these_are_the_twelve():
    assert len(QUESTIONS) == len(set(NAMES)) == 12
    assert all(1 <= len(clicks) <= 2 for _, clicks, _, _ in QUESTIONS)


@pytest.mark.parametrize(("question", "clicks", "page", "answer"), QUESTIONS, ids=NAMES)
def test_a_question_is_answered_in_two_clicks(chromium, unpacked, question, clicks, page, answer):
    with looking(chromium, "light") as tab:
        tab.goto((unpacked / "index.html").as_uri())
        for words in clicks:
            tab.locator("main").get_by_role("link", name=words).first.click()
        assert page in tab.url
        assert answer in tab.inner_text("main")


@pytest.mark.parametrize(("question", "clicks", "page", "answer"), QUESTIONS, ids=NAMES)
def test_a_question_is_answered_by_one_search(chromium, searchable, question, clicks, page, answer):
    with looking(chromium, "narrow") as tab:
        tab.goto((searchable / "index.html").as_uri())
        tab.get_by_role("searchbox", name="Search").fill(question)
        tab.keyboard.press("Enter")
        tab.locator("#results a").first.wait_for()
        found = tab.evaluate(LISTED, FIRST)
        for address in found:
            tab.goto(address)
            if answer in tab.text_content("main"):
                break
        else:
            pytest.fail(f"none of the {len(found)} first results says {answer!r}: {found}")
    assert tab.told == []


def test_the_search_page_is_light(searchable):
    parts = ["search.html", "static/style.css", "static/copy.js", "static/minisearch.js", "static/search.js"]
    assert sum(len(gzip.compress((searchable / part).read_bytes())) for part in parts) < 60_000
    assert len(gzip.compress((searchable / "static/search-data.js").read_bytes())) < 100_000
