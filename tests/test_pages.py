"""What a reader looks for is on a page, two steps from home, and is what the graph says when asked in another way."""

import csv
import html
import re
from collections import defaultdict
from pathlib import Path

import pytest

from cartkb.knowledge import Knowledge
from cartkb.names import CKB, CKBG
from cartkb.releasing.signing import sign
from cartkb.site.render import build
from conftest import HOME
from site_reader import Page

TYPE = "http://www.w3.org/1999/02/22-rdf-syntax-ns#type"
LABEL = "http://www.w3.org/2000/01/rdf-schema#label"
TABLE = [  # the pages that the design asks for
    "index.html", "pathway.html", "statements/index.html", "factors/index.html", "trials/index.html", "timing.html",
    "evidence/relapse.html", "evidence/matrix.html", "regimens/index.html", "open.html", "gaps.html",
    "cases/index.html", "decision-space.html", "passages.html", "references/index.html", "queries/index.html",
    "data.html", "model.html",
    "vocabulary.html", "quality/index.html", "quality/complaints.html", "changes.html", "about.html", "a-z.html",
    "404.html",
]  # fmt: skip


class Graph:
    """The knowledge base by subject and property, without any query."""

    def __init__(self, knowledge: Knowledge):
        self.values: dict[tuple[str, str], list[str]] = defaultdict(list)
        self.kinds: dict[str, set[str]] = defaultdict(set)
        for t in knowledge.loaded.triples():
            self.values[str(t.subject.value), t.predicate.value].append(getattr(t.object, "value", ""))
            if t.predicate.value == TYPE:
                self.kinds[t.object.value].add(t.subject.value)

    def all(self, kind: str) -> list[str]:
        found = sorted(self.kinds[CKB + kind])
        assert found, kind
        return found

    def get(self, item: str, name: str) -> list[str]:
        return self.values[item, name if ":" in name else CKB + name]

    def one(self, item: str, name: str) -> str:
        return (self.get(item, name) or [""])[0]

    def label(self, item: str) -> str:
        return self.one(item, LABEL)


def local(iri: str) -> str:
    return iri.rsplit("/", 1)[1]


@pytest.fixture(scope="module")
def graph(knowledge) -> Graph:
    return Graph(knowledge)


@pytest.fixture(scope="module")
def site(built_site) -> Path:
    return built_site


@pytest.fixture(scope="module")
def page(site):
    read: dict[str, Page] = {}
    return lambda address: read[address] if address in read else read.setdefault(address, Page(site / address))


def test_every_page_of_the_table_is_there_and_two_steps_from_home(site, page):
    def steps(address: str) -> set[str]:
        found = (link.partition("#")[0] for link in page(address).links if ":" not in link)
        paths = (((site / address).parent / link).resolve() for link in found if link.endswith(".html"))
        return {str(path.relative_to(site.resolve())) for path in paths}

    first = steps("index.html")
    second = first.union(*(steps(address) for address in first))
    assert set(TABLE) - {"index.html", "404.html"} <= second
    assert (site / "404.html").is_file()


def test_there_are_at_most_eight_doors_and_the_open_one_is_marked(page):
    for address in TABLE[1:-1]:
        doors = re.search(r'<nav aria-label="Main">(.*?)</nav>', page(address).source, re.DOTALL)[1]
        assert 1 < doors.count("<li") <= 8, address
        assert doors.count('class="here"') == 1, address
        assert page(address).source.count('aria-current="page"') >= 1, address


def test_the_matrix_has_a_row_for_each_factor_and_counts_what_each_cohort_says(graph, page):
    source = page("evidence/matrix.html").source
    body = source[source.index("<tbody>") : source.index("</tbody>")]
    rows = {re.search(r"factors/([\w-]+)\.html", row)[1]: row for row in body.split("<tr>")[1:]}
    assert set(rows) == {local(factor) for factor in graph.all("RiskFactor")}
    told = 0
    for factor in graph.all("RiskFactor"):
        said: dict[tuple[str, str], set[str]] = defaultdict(set)
        for line in graph.get(factor, "evidenceLine"):
            for finding in graph.get(line, "finding"):
                for cohort in graph.get(finding, "cohort"):
                    direction = graph.label(graph.one(line, "direction")).lower()
                    said[graph.label(cohort).split(":")[0], direction].add(finding)
        row = html.unescape(rows[local(factor)])
        for (cohort, direction), findings in said.items():
            cell = re.search(rf'<td data-label="{cohort}">(.*?)</td>', row)[1]
            assert f">{direction} {len(findings)}<" in cell, (factor, cohort)
            told += 1
        cells = row.count("<td")
        assert row.count("not reported") == cells - row.count("<td data-label="), factor
    assert told > 30


def test_a_statement_shows_its_criteria_as_a_rule_and_as_a_query_that_finds_them(knowledge, graph, page):
    for statement in graph.all("Statement"):
        shown = page(f"statements/{local(statement)}.html")
        reached, waiting = set(), [*graph.get(statement, "population"), *graph.get(statement, "exceptWhen")]
        while waiting:
            reached.add(waiting.pop())
            waiting += [part for above in reached for part in graph.get(above, "operand") if part not in reached]
        rule = shown.source[shown.source.index('class="rule">') : shown.source.index("The same as SPARQL")]
        for part in ("IF", "EXCEPT WHEN", "THEN"):
            assert f'<span class="if">{part}</span>' in rule
        for criterion in reached:
            assert graph.label(criterion) in html.unescape(rule), (statement, criterion)
        excluded = html.unescape(rule[rule.index("EXCEPT WHEN") : rule.index("THEN</span>")])
        for part in (p for above in graph.get(statement, "population") for p in graph.get(above, "operand")):
            if CKB + "Not" in graph.get(part, TYPE):
                assert all(graph.label(c) in excluded for c in graph.get(part, "operand")), (statement, part)
        query = html.unescape(re.search(r"<pre><code>(PREFIX.*?)</code>", shown.source, re.DOTALL)[1])
        found = knowledge.store.query(query, use_default_graph_as_union=True)
        assert {solution["criterion"].value for solution in found} == reached


def test_a_statement_names_the_cases_that_expect_it_and_why_it_does_not_apply_to_others(graph, page):
    expected = 0
    for case in graph.all("Case"):
        for expectation in graph.get(case, "expectation"):
            for name, heading in (("expectedApplies", "applies"), ("expectedDoesNotApply", "does not apply")):
                for statement in graph.get(expectation, name):
                    source = page(f"statements/{local(statement)}.html").source
                    part = source[source.index(f"<summary>It {heading} in") :]
                    part = part[: part.index("</details>")]
                    assert f"cases/{local(case)}.html" in part, (case, statement)
                    item = part[part.index(f"cases/{local(case)}.html") :].split("</li>")[0]
                    assert ("because" in item) == (name == "expectedDoesNotApply"), (case, statement)
                    expected += 1
    assert expected > 50


def test_every_question_shows_its_query_and_as_many_rows_as_are_stored(page):
    questions = sorted((HOME / "ontology/questions").glob("*.rq"))
    assert questions
    for path in questions:
        shown = page(f"queries/{path.stem}.html")
        stored = list(csv.DictReader(path.with_suffix(".csv").open(encoding="utf-8")))
        body = shown.source[shown.source.index("<tbody>") : shown.source.index("</tbody>")]
        assert body.count("<tr>") == len(stored) > 0, path.stem
        assert html.escape(path.read_text(encoding="utf-8").splitlines()[-1]).replace("&quot;", "&#34;") in shown.source
        for row in stored:
            for value in row.values():
                assert value.startswith(("ckb", "http")) or value in shown.text, (path.stem, value)


def test_complaints_changes_boundaries_and_terms_are_all_told(graph, page):
    for kind, address, properties in [
        ("Complaint", "quality/complaints.html", ["http://purl.org/dc/terms/description", "repair"]),
        ("Change", "changes.html", ["text", "forPatients"]),
        ("Boundary", "decision-space.html", ["http://purl.org/dc/terms/description"]),
        ("Overshadowing", "decision-space.html", ["http://purl.org/dc/terms/description"]),
        ("Silence", "gaps.html", ["leavesOpen"]),
    ]:
        for item in graph.all(kind):
            assert kind == "Silence" or local(item) in page(address).ids, item
            for name in properties:
                for value in graph.get(item, name):
                    assert " ".join(value.split()) in page(address).text, (item, name)
    defined = "http://www.w3.org/2004/02/skos/core#definition"
    terms = [s for s, name in list(graph.values) if name == defined and s.startswith(CKB)]
    parts = ("classes", "properties", "features", "concepts")
    glossary = " ".join(page(f"vocabulary/{name}.html").text for name in parts)
    assert len(terms) > 500
    assert [term for term in terms if " ".join(graph.one(term, defined).split()) not in glossary] == []


def test_the_index_names_everything_with_a_page(graph, page):
    kinds = "Statement RiskFactor Trial Tension EditorialDecision Discrepancy Silence Case Publication Product"
    for kind in kinds.split():
        for item in graph.all(kind):
            assert graph.label(item) in page("a-z.html").text, item


def test_the_gaps_and_weaknesses_are_counted(graph, page):
    context = CKB + "Context"
    bare = [s for s in graph.all("Statement") if not graph.get(s, "evidenceLine")]
    bare = [s for s in bare if graph.one(s, "directs") != context]
    assert bare
    for statement in bare:
        assert any(f"statements/{local(statement)}.html" in link for link in page("gaps.html").links), statement
    told = page("quality/index.html").text
    for number, words in [
        (len(bare), "statements that direct something have no trial figure"),
        (len(graph.all("Tension")), "times statements direct one patient apart"),
        (len(graph.all("Discrepancy")), "figures or sentences in print"),
        (len(graph.all("EditorialDecision")), "choices are ours"),
        (len(graph.all("Boundary")), "limits say what holds"),
        (len(list((HOME / "ontology/checks").glob("*.rq"))), "checks are queries"),
    ]:
        assert f"{number} {words}" in told, words
    holders = [item for kind in ("Cohort", "TransplantRegimen") for item in graph.all(kind)]
    missing = {item for item in holders if graph.get(item, "notReported")}
    assert missing
    for item in missing:
        assert graph.label(item) in page("gaps.html").text


def test_who_signed_is_counted_and_never_written(home, tmp_path):
    items = [CKBG + "high-ldh", CKBG + "strong-for-adult-high-risk"]
    orcid = "https://orcid.org/0000-0002-1825-0097"
    text, file = sign(Knowledge(home), items, orcid, "Josiah Carberry", "2026-02-01", "The passage.")
    for signed, wanted in ((False, "0 of "), (True, "2 of ")):
        if signed:
            (home / "guideline/signatures").mkdir()
            (home / "guideline/signatures" / file).write_text(text, encoding="utf-8")
        build(Knowledge(home), tmp_path / "site")
        about = (tmp_path / "site/about.html").read_text(encoding="utf-8")
        strip = re.search(r'<section class="status".*?</section>', about, re.DOTALL)[0]
        assert wanted in strip
        assert wanted in Page(tmp_path / "site/quality/index.html").text


def test_no_template_knows_what_the_review_says(graph):
    templates = sorted((HOME / "site_templates").rglob("*.j2"))
    assert len(templates) > 30
    kinds = ("Statement", "RiskFactor", "Trial", "Product", "Tension")
    names = {graph.label(item) for kind in kinds for item in graph.all(kind)} | {"LDH", "CD28", "4-1BB", "fludarabine"}
    names |= {graph.label(cohort).split(":")[0] for cohort in graph.all("Cohort")}
    for criterion in [s for s, name in list(graph.values) if name == CKB + "threshold"]:
        names.add(f"{graph.one(criterion, 'threshold')} {graph.one(criterion, 'unit')}")
    names |= {"80 days", "three months"}
    for path in templates:
        text = path.read_text(encoding="utf-8")
        assert [name for name in names if re.search(rf"(?<![\w.]){re.escape(name)}(?![\w}}])", text)] == [], path
        assert len(text.splitlines()) <= 80, path
    views = sorted((HOME / "site_templates/views").glob("*.rq"))
    assert views
    assert [path for path in views if len(path.read_text(encoding="utf-8").splitlines()) > 40] == []
