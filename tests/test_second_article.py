"""Passages of another article than the review: claimed from like the review's, and never mistaken for them."""

import pytest

from cartkb.checking.checks import check_queries
from cartkb.knowledge import Knowledge
from cartkb.names import local_name
from cartkb.passages.source import REVIEW
from cartkb.passages.verification import known_passages
from cartkb.shacl.validate import validate_all

HEADING = "key\tplace\ttext\n"
SENTENCES = "INV.1.1\tResults\tOf 24 treated patients, 20 reached remission.\nINV.1.2\tResults\tTwo of them died.\n"
PUBLICATION = [
    *("--label", "Invented 2026", "--description", "Invented for a test.", "--author-list", "Invented A"),
    *("--title", "Invented", "--journal-title", "Inventions", "--year", "2026", "--publication-role", "trial-report"),
]


@pytest.fixture
def add(home, run, tmp_path):
    """Add the passages of a table as those of an article, which is described if it is the invented one."""

    def add(table: str, article: str = "invented-2026"):
        path = tmp_path / "table.tsv"
        path.write_text(table, encoding="utf-8")
        if article == "invented-2026":
            assert run("new", "reference", article, *PUBLICATION, home=home).exit_code == 0
        printed = run("source", "passages", path, "--of", article, home=home)
        assert printed.exit_code == 0, printed.stderr
        (home / f"guideline/publications/{article}-passages.ttl").write_text(printed.stdout, encoding="utf-8")
        return Knowledge(home)

    return add


def told(knowledge, file: str) -> list[str]:
    problems = [*check_queries(knowledge, {}), *validate_all(knowledge)]
    return [problem.what for problem in problems if problem.file.endswith(file)]


def test_every_sentence_and_number_of_it_asks_to_be_claimed(add):
    found = told(add(HEADING + SENTENCES), "invented-2026-passages.ttl")
    assert any("nothing is claimed from INV.1.1" in what for what in found)
    assert any("INV.1.1 prints 24" in what for what in found)
    assert any("INV.1.2 prints 2 " in what for what in found)
    assert all("INV." in what for what in found)


def test_its_words_are_nowhere_in_the_project(add, home):
    add(HEADING + SENTENCES)
    files = [path for path in home.rglob("*") if path.suffix in (".ttl", ".rq", ".csv")]
    assert len(files) > 100
    for path in files:
        assert "24 treated patients" not in path.read_text(encoding="utf-8"), path


def test_its_keys_are_not_those_of_the_review(add):
    found = told(add(HEADING + SENTENCES.replace("INV.1.2", "TR.99.1")), "invented-2026-passages.ttl")
    assert any("begin with TR" in what and "jiang-2020" in what for what in found)
    assert not any("begin with INV" in what for what in found)


def test_an_article_that_is_not_described_is_told(add):
    found = told(add(HEADING + SENTENCES, "nobody-2026"), "nobody-2026-passages.ttl")
    assert any("belongs to no publication" in what or "nowhere described" in what for what in found)


def test_a_cohort_may_rest_on_the_article_that_reports_it_and_on_no_other(add, home):
    def about_cohort(publication: str) -> list[str]:
        path = home / "guideline/trials/invented-trial.ttl"
        path.write_text(
            f"""
@prefix ckb: <https://w3id.org/cartkb/vocab/> .
@prefix ckbg: <https://w3id.org/cartkb/guideline/> .

ckbg:invented-cohort a ckb:Cohort ; ckb:publication ckbg:{publication} .
ckbg:invented-remission a ckb:CountFinding ; ckb:cohort ckbg:invented-cohort ; ckb:passage ckbg:INV.1.1 .
""",
            encoding="utf-8",
        )
        return [what for what in told(Knowledge(home), path.name) if "none of its passages cites" in what]

    add(HEADING + SENTENCES)
    assert about_cohort("invented-2026") == []
    assert len(about_cohort("hay-2019")) == 1


def test_a_copy_of_the_review_is_held_against_the_passages_of_the_review_only(add, knowledge):
    both = add(HEADING + SENTENCES)
    review = [known.key for known in known_passages(both, REVIEW)]
    assert len(review) > 400
    assert review == [known.key for known in known_passages(knowledge)]
    assert [known.key for known in known_passages(both, "invented-2026")] == ["INV.1.1", "INV.1.2"]
    parts = {local_name(t.subject) for t in both.loaded.triples() if t.predicate.value.endswith("/sha256")}
    assert {known.key for known in known_passages(both)} == parts


def test_a_table_with_spaces_for_tabs_is_refused_at_its_line(run, tmp_path):
    path = tmp_path / "table.tsv"
    path.write_text(HEADING + SENTENCES + "INV.1.3 Results Nothing else.\n", encoding="utf-8")
    result = run("source", "passages", path, "--of", "invented-2026")
    assert result.exit_code == 1
    assert "table.tsv:4: not a row" in result.stderr
    assert "tabs" in result.stderr
