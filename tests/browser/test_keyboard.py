"""Without a mouse: the way past the head, every link and tool in turn, always to be seen, and tables and search."""

import pytest

from browser.chromium import looking

WALKED = ["index.html", "evidence/relapse.html", "timing.html", "queries/11-discrepancies.html"]
FOCUSED = """() => {
  const e = document.activeElement;
  if (!e || e === document.body) return null;
  const r = e.getBoundingClientRect(), style = getComputedStyle(e);
  e.seen ??= ++globalThis.walked || (globalThis.walked = 1);
  return {number: e.seen, name: e.outerHTML.slice(0, 120), ring: parseFloat(style.outlineWidth),
    style: style.outlineStyle,
    shown: r.bottom > 0 && r.top < innerHeight && r.right > 0 && r.left < innerWidth && r.width > 0};
}"""
REACHABLE = """() => [...document.querySelectorAll('a[href], button, input, summary')]
  .filter(e => !e.disabled && e.checkVisibility({visibilityProperty: true})).length"""


def test_the_first_key_offers_the_way_past_the_head(chromium, unpacked):
    with looking(chromium, "light") as tab:
        tab.goto((unpacked / "timing.html").as_uri())
        tab.keyboard.press("Tab")
        assert tab.evaluate("document.activeElement.className") == "skip"
        assert tab.evaluate("document.activeElement.getBoundingClientRect().left") >= 0
        tab.keyboard.press("Enter")
        assert tab.url.endswith("#main")
        tab.keyboard.press("Tab")
        assert tab.evaluate("document.querySelector('main').contains(document.activeElement)")


@pytest.mark.parametrize("page", WALKED)
@pytest.mark.parametrize("mode", ["light", "narrow"])
def test_every_link_and_tool_is_reached_and_seen(chromium, unpacked, page, mode):
    with looking(chromium, mode) as tab:
        tab.goto((unpacked / page).as_uri())
        there, reached = tab.evaluate(REACHABLE), {}
        assert there > 20, page
        for _ in range(min(there + 40, 150)):
            tab.keyboard.press("Tab")
            found = tab.evaluate(FOCUSED)
            if found is None or found["number"] in reached:
                break
            reached[found["number"]] = found
        unseen = [f for f in reached.values() if not f["shown"] or f["ring"] < 2 or f["style"] == "none"]
        assert unseen == []
        assert len(reached) >= min(there, 140), f"{len(reached)} of {there} on {page}"


def test_a_table_is_filtered_and_sorted_by_keys(chromium, unpacked):
    with looking(chromium, "light") as tab:
        tab.goto((unpacked / "evidence/relapse.html").as_uri())
        table = tab.locator("table", has=tab.locator("button.sort")).first
        rows = table.locator("tbody tr:visible")
        all_of_them = rows.count()
        tab.locator("main .tools input").first.focus()
        tab.keyboard.type("Zhang")
        assert 1 <= rows.count() < all_of_them
        tab.keyboard.press("Control+A")
        tab.keyboard.press("Delete")
        assert rows.count() == all_of_them
        table.locator("button.sort").first.focus()
        tab.keyboard.press("Enter")
        assert table.locator("th[aria-sort=ascending]").count() == 1
        assert tab.told == []
