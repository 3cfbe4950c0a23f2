"""Every page visited once, at 320 px: nothing is cut off or lies on anything else, it is light, and asks nobody.

Plots are looked at at 1280 px as well.
"""

import gzip
from pathlib import Path
from urllib.parse import unquote, urlparse

import pytest

from browser.chromium import OWN, looking, pages

LOOK = """() => {
  const box = e => { const r = e.getBoundingClientRect(); return [r.left, r.top, r.right, r.bottom]; };
  const named = e => (e.textContent || e.outerHTML).trim().replace(/\\s+/g, ' ').slice(0, 60);
  const alone = 'button, input, summary, header a, .contents a, .keys a, .letters a, .cards a, .breadcrumb a';
  return {
    width: document.documentElement.scrollWidth,
    plots: [...document.querySelectorAll('svg.plot')].map(plot => ({
      box: box(plot), texts: [...plot.querySelectorAll('text')].filter(t => named(t)).map(t => [named(t), box(t)])})),
    targets: [...document.querySelectorAll(alone)].filter(e => e.checkVisibility({visibilityProperty: true}))
      .map(e => [named(e), e.getBoundingClientRect().width, e.getBoundingClientRect().height]),
  };
}"""
HAIR = 1.0  # px that boxes may share: a box of text is a little larger than its ink
SMALLEST = 24  # px
MOST_REQUESTS = 6
MOST_BYTES = 60_000  # of a page with all that it loads, compressed


def seen_in(chromium, folder, mode, shown) -> dict[str, dict]:
    with looking(chromium, mode) as tab:
        found = {}
        for page in shown:
            tab.asked.clear()
            tab.goto(page.as_uri())
            asked = [address for address in tab.asked if not address.startswith(OWN)]
            found[page.relative_to(folder).as_posix()] = {"asked": asked, **tab.evaluate(LOOK)}
    assert tab.told == [], "the browser complained"
    return found


@pytest.fixture(scope="module")
def narrow(chromium, unpacked):
    """Return what each page shows at 320 px."""
    return seen_in(chromium, unpacked, "narrow", pages(unpacked))


@pytest.fixture(scope="module")
def wide(chromium, unpacked):
    """Return what each page with a plot shows at 1280 px."""
    with_plot = [p for p in pages(unpacked) if 'class="plot"' in p.read_text(encoding="utf-8")]
    return seen_in(chromium, unpacked, "light", with_plot)


def test_no_page_scrolls_sideways_at_320_px(narrow):
    assert {page: seen["width"] for page, seen in narrow.items() if seen["width"] > 320} == {}


def apart(one, other) -> bool:
    return (
        one[2] <= other[0] + HAIR or other[2] <= one[0] + HAIR or one[3] <= other[1] + HAIR or other[3] <= one[1] + HAIR
    )


def test_the_test_of_boxes_tells_what_touches_from_what_lies_apart():
    assert apart([0, 0, 10, 10], [10, 0, 20, 10])
    assert apart([0, 0, 10, 10], [0, 9.5, 10, 20])
    assert not apart([0, 0, 10, 10], [8, 0, 20, 10])
    assert not apart([0, 0, 10, 10], [2, 2, 3, 3])


@pytest.mark.parametrize("size", ["narrow", "wide"])
def test_no_words_of_a_plot_overlap_or_are_cut_off(size, request):
    seen = request.getfixturevalue(size)
    right = {"narrow": 320, "wide": 1280}[size]
    read, found = 0, []
    for page, looked in seen.items():
        for plot in looked["plots"]:
            texts = plot["texts"]
            read += len(texts)
            assert texts, f"a plot without words on {page}"
            for number, (name, box) in enumerate(texts):
                within = (
                    box[0] >= 0 and box[2] <= right and box[1] >= plot["box"][1] - 2 and box[3] <= plot["box"][3] + 2
                )
                if not within:
                    found.append(f"{page}: {name} is cut off: {box} in {plot['box']}")
                found += [f"{page}: {name} / {other}" for other, its in texts[number + 1 :] if not apart(box, its)]
    assert read > 100, "no plot has words"
    assert not found, "\n".join(found[:40])


def test_what_stands_alone_is_large_enough_to_hit(narrow):
    found, measured = [], 0
    for page, seen in narrow.items():
        measured += len(seen["targets"])
        found += [f"{page}: {t}" for t in seen["targets"] if min(t[1:]) < SMALLEST - 0.01]
    assert measured > 5000
    assert not found, f"{len(found)}\n" + "\n".join(found[:30])


def test_a_page_asks_for_a_few_files_of_the_site_and_for_nothing_else(narrow, unpacked):
    inside = unpacked.as_uri() + "/"
    for page, seen in narrow.items():
        assert 2 <= len(seen["asked"]) <= MOST_REQUESTS, (page, seen["asked"])
        assert [address for address in seen["asked"] if not address.startswith(inside)] == [], page


def test_no_page_is_heavy(narrow):
    def weight(addresses):
        files = [Path(unquote(urlparse(address).path)) for address in addresses]
        return sum(len(gzip.compress(file.read_bytes())) for file in files)

    weights = {page: weight(seen["asked"]) for page, seen in narrow.items()}
    heaviest = max(weights, key=weights.get)
    print(f"the heaviest page is {heaviest} with {weights[heaviest]} bytes")
    assert 1_000 < weights[heaviest] <= MOST_BYTES, heaviest
