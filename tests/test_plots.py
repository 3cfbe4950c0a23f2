"""The plots: every mark where the figure puts it, every figure in words beside it, nothing that only eyes can read."""

import math
import re
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest

from site_reader import Page
from test_pages import Graph, local

Z = 1.959963984540054
VOCABULARY = "https://w3id.org/cartkb/vocab/"


@pytest.fixture(scope="module")
def graph(knowledge) -> Graph:
    return Graph(knowledge)


@pytest.fixture(scope="module")
def site(built_site) -> Path:
    return built_site


def plots(path: Path) -> list[tuple[ET.Element, str]]:
    """Return the plots of a page, and after each what the page says from there on."""
    source, found = path.read_text(encoding="utf-8"), []
    for start in re.finditer(r'<svg class="plot"', source):
        depth = 0
        for tag in re.finditer(r"<svg\b[^>]*?(/?)>|</svg>", source[start.start() :]):
            depth += -1 if tag[0] == "</svg>" else 0 if tag[1] else 1
            if depth == 0:
                end = start.start() + tag.end()
                break
        found.append((ET.fromstring(source[start.start() : end]), source[end:]))
    return found


def wilson(n: int, of: int) -> tuple[float, float]:
    """Return the ends of the 95 % interval in per cent, to one decimal, by the formula with a square root."""
    share, around = n / of, Z * Z / of
    middle, half = share + around / 2, Z * math.sqrt(share * (1 - share) / of + around / of / 4)
    return tuple(math.floor(1000 * (middle + side * half) / (1 + around) + 0.5) / 10 for side in (-1, 1))


def per_cent(text: str) -> float:
    return float(text.removesuffix("%"))


def own(graph: Graph, endpoint: str) -> list[str]:
    """Return the figures of an endpoint that cohorts report, without those that only say another again."""
    kinds = [item for kind in ("CountFinding", "ValueFinding") for item in graph.all(kind)]
    ours = [f for f in kinds if graph.one(f, "endpoint") == VOCABULARY + endpoint and not graph.get(f, "repeats")]
    return [f for f in ours if graph.one(f, "cohort") in graph.kinds[VOCABULARY + "Cohort"]]


def test_every_plot_is_named_told_and_followed_by_its_table(site):
    seen = 0
    for path in sorted(site.rglob("*.html")):
        for plot, after in plots(path):
            assert plot.get("role") == "img"
            names = plot.get("aria-labelledby").split()
            told = {child.get("id"): child.text for child in plot if child.tag in ("title", "desc")}
            assert set(names) == set(told), path
            assert all(len(text) > 20 for text in told.values()), path
            tags = {element.tag for element in plot.iter()}
            assert tags <= {"svg", "title", "desc", "text", "line", "circle", "rect", "path"}, path
            assert [e for e in plot.iter() if e.get("fill") or e.get("stroke") or e.get("style")] == [], path
            figures = [t.text for t in plot.iter("text") if t.text and re.match(r"\d+ of \d+$", t.text)]
            assert all(figure in after for figure in figures), path
            assert "<table" in after or "<h2" in after, path
            seen += 1
    assert seen == 4  # relapse on two pages, times, steps


@pytest.mark.parametrize("address", ["index.html", "evidence/relapse.html"])
def test_the_forest_puts_every_share_and_interval_where_it_is(graph, site, address):
    plot = next(p for p, _ in plots(site / address) if p.get("aria-labelledby").startswith("forest"))
    fields = [svg for svg in plot.findall("svg") if svg.get("y")]
    texts = [t.text for t in plot.findall("text")]
    drawn = {}
    for name, figure, field in zip(
        [t for t in texts if re.search(r"\d{4}$", t) for _ in (0, 1)],
        [t for t in texts if re.fullmatch(r"\d+ of \d+", t)],
        fields,
        strict=True,
    ):
        line = field.find("line")
        point = field.find("circle").get("cx") if line.get("class") == "with" else field.find("svg").get("x")
        drawn[name, line.get("class")] = figure, *(per_cent(v) for v in (point, line.get("x1"), line.get("x2")))
    wanted = {}
    for finding in own(graph, "relapse"):
        cohort, group = graph.one(finding, "cohort"), local(graph.one(finding, "group"))
        arm = {"transplanted-patients": "with", "not-transplanted-patients": "without"}.get(group)
        if arm and graph.get(cohort, "tableRow"):
            n, of = int(graph.one(finding, "numerator")), int(graph.one(finding, "denominator"))
            share = math.floor(1000 * n / of + 0.5) / 10
            wanted[graph.label(cohort).split(":")[0], arm] = f"{n} of {of}", share, *wilson(n, of)
    assert len(wanted) == 20
    assert drawn == wanted


def test_times_stand_on_their_axis_with_every_limit(graph, site):
    ((plot, after),) = plots(site / "timing.html")
    days = [f for f in own(graph, "days-to-transplant") if graph.one(f, "unit") == "d"]
    printed = [float(v) for f in days for name in ("median", "maximum") for v in graph.get(f, name)]
    end = 50 * math.ceil(max(printed) / 50)
    assert str(end) in [t.text for t in plot.iter("text")]
    circles = sorted(per_cent(c.get("cx")) for c in plot.iter("circle"))
    medians = sorted(float(graph.one(f, "median")) for f in days if graph.get(f, "median"))
    assert circles == pytest.approx([100 * median / end for median in medians], abs=0.06)
    assert len(circles) > 5
    elapsed = graph.all("ElapsedCriterion")
    limits = sorted({float(graph.one(c, "threshold")) for c in elapsed})
    drawn = sorted(per_cent(line.get("x1")) for line in plot.iter("line") if line.get("class") == "limit")
    assert drawn == pytest.approx([100 * limit / end for limit in limits], abs=0.06)
    for criterion in elapsed:
        assert graph.label(criterion) in after
        assert graph.label(graph.one(criterion, "cutOffOf")).replace("'", "&#39;") in after
    for finding in own(graph, "days-to-transplant"):
        for name in ("median", "minimum", "maximum"):
            assert all(f">{value}</td>" in after for value in graph.get(finding, name)), finding


def test_the_steps_stand_in_their_order_and_are_not_said_to_be_the_review_s(site):
    ((plot, after),) = plots(site / "pathway.html")
    steps = [t.text for t in plot.findall("text") if t.get("class") == "strong"]
    assert len(steps) == 6
    assert [step.split(".")[0] for step in steps] == [str(n) for n in range(1, 7)]
    assert all(f">{step}</h2>" in after for step in steps)
    told = Page(site / "pathway.html").text
    assert "inferred from the text" in told
    assert "Figure 1" not in told


def test_every_count_of_a_trial_is_a_share_with_its_interval(graph, site):
    seen = 0
    for finding in graph.all("CountFinding"):
        cohort = graph.one(finding, "cohort")
        n, of = (graph.one(finding, name) for name in ("numerator", "denominator"))
        trial = graph.one(cohort, "trial")
        if not (n and of and trial) or graph.get(finding, "repeats"):
            continue
        low, high = (f"{end:g}" for end in wilson(int(n), int(of)))
        share = f"{math.floor(1000 * int(n) / int(of) + 0.5) / 10:g}"
        source = (site / f"trials/{local(trial)}.html").read_text(encoding="utf-8")
        shares = source[source.index("Counts as shares") :]
        told = f'{n} of {of}</td><td data-label="Share">{share} % <span class="quiet">({low} to {high})</span>'
        assert told in shares, finding
        assert f'd="M{low} 6H{high}"' in shares, finding
        seen += 1
    assert seen > 80
