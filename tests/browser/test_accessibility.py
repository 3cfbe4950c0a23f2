"""axe finds nothing: by WCAG 2.2 A and AA and best practice, in light, dark, at 320 px and on paper.

On paper nothing can be pressed, so the size of targets is not asked there; all else is.
"""

from pathlib import Path

from browser.chromium import MODES, library, looking, of_each_kind, pages

TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22a", "wcag22aa", "best-practice"]
RUN = """async ([tags, off]) => {
  const rules = Object.fromEntries(off.map(rule => [rule, {enabled: false}]));
  const found = await axe.run(document, {runOnly: tags, rules, resultTypes: ['violations'], preload: false});
  return {passed: found.passes.length, faults: found.violations.flatMap(v => v.nodes.slice(0, 3).map(
    n => v.id + ': ' + n.html.slice(0, 160) + ' | ' + n.failureSummary.replace(/\\s+/g, ' ').slice(0, 200)))};
}"""
NO_IMAGE_TEXT = '<title>x</title><img src="a.png"><p style="color:#aaa;background:#fff">too faint to read</p>'


def axe() -> str:
    folder = Path(library("axe_playwright_python").__file__).parent
    return (folder / "axe.min.js").read_text(encoding="utf-8")


def faults(tab, page: Path, mode: str) -> list[str]:
    tab.goto(page.as_uri())
    found = tab.evaluate(RUN, [TAGS, ["target-size"] if mode == "paper" else []])
    assert found["passed"] > 5, f"axe looked at nothing on {page}"
    return [f"{page.parent.name}/{page.name} ({mode}) {fault}" for fault in found["faults"]]


def test_axe_finds_nothing_in_any_mode(chromium, unpacked, every_mode):
    """Continuous integration looks at each kind of page, in turn in one of the modes; --all-modes at all of all."""
    shown = pages(unpacked) if every_mode else of_each_kind(unpacked)
    found = []
    for number, mode in enumerate(MODES):
        with looking(chromium, mode, axe()) as tab:
            for page in shown if every_mode else shown[number :: len(MODES)]:
                found += faults(tab, page, mode)
    assert not found, "\n".join(found)


def test_axe_would_tell(chromium, tmp_path):
    (tmp_path / "bad.html").write_text(NO_IMAGE_TEXT + "<p>" * 20, encoding="utf-8")
    with looking(chromium, "light", axe()) as tab:
        told = " ".join(faults(tab, tmp_path / "bad.html", "light"))
    assert "image-alt" in told
    assert "color-contrast" in told
    assert "html-has-lang" in told
