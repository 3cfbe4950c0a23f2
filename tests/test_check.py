"""The check as a whole: the knowledge base passes, checks explain themselves, and the command says what it found."""

import json
import re
import shutil

import pytest

from cartkb.checking import problem_formats as formats
from cartkb.checking.check import check
from cartkb.checking.checks import read_checks
from cartkb.checking.complaints import complaints
from cartkb.knowledge import Knowledge
from conftest import HOME, PARTS

LDH = "guideline/factors/high-ldh.ttl"


@pytest.fixture
def home(tmp_path):
    """A whole copy of the knowledge base, in which nothing is wrong."""
    return copied(tmp_path)


def copied(folder):
    for part in PARTS:
        shutil.copytree(HOME / part, folder / "copy" / part)
    return folder / "copy"


@pytest.fixture(scope="module")
def spoiled(tmp_path_factory):
    """A copy with one mistake, the line on which it stands, and what the fast check finds."""
    home = copied(tmp_path_factory.mktemp("spoiled"))
    path, text = home / LDH, (home / LDH).read_text(encoding="utf-8")
    path.write_text(text.replace("ckb:threshold 210", "ckb:treshold 210"), encoding="utf-8")
    return home, text[: text.index("ckb:threshold 210")].count("\n") + 1, check(Knowledge(home), fast=True)


def test_the_real_knowledge_base_has_none():
    assert check(Knowledge(HOME), fast=True).problems == []


def test_every_check_has_a_header_that_helps():
    checks, problems = read_checks(Knowledge(HOME))
    assert len(checks) > 20
    assert problems == []
    assert [c.name for c in checks if min(len(c.problem), len(c.why), len(c.fix)) < 10] == []


def test_a_file_that_was_cut_off_is_one_problem_and_no_traceback(run, home):
    path = home / LDH
    path.write_text(path.read_text(encoding="utf-8")[:-40], encoding="utf-8")
    result = run("check", "--fast", home=home)
    assert result.exit_code == 1
    assert re.search(r"high-ldh\.ttl:\d+:\d+: the text ends in the middle of a statement", result.stderr)
    assert re.search("^1 problem(;|$)", result.stderr, re.MULTILINE)


def test_a_copy_of_a_file_is_told_once(home):
    (home / "guideline/factors/other.ttl").write_text((home / LDH).read_text(encoding="utf-8"), encoding="utf-8")
    (told,) = check(Knowledge(home), fast=True).problems
    assert told.code == "misnamed-file"
    assert "name the file high-ldh.ttl" in told.fix


def test_a_file_alone_is_checked_and_others_are_only_counted(run, spoiled):
    home, line, _ = spoiled
    result = run("check", home / LDH, "--format", "github", home=home)
    assert result.exit_code == 1
    assert f"line={line},col=3,title=undeclared-term::ckb:treshold is no word of our vocabulary" in result.stdout
    other = run("check", "--fast", home / "guideline/factors/ikzf1.ttl", home=home)
    assert other.exit_code == 0
    assert "in other files: 1 (cartkb check shows all)" in other.stdout


def test_json_says_everything_that_text_says(spoiled):
    _, line, done = spoiled
    told = json.loads(formats.as_json(done.problems, done.counts, done.notes, len(done.following)))
    (problem,) = told["problems"]
    assert (problem["code"], problem["line"], problem["column"]) == ("undeclared-term", line, 3)
    assert "did you mean ckb:threshold?" in problem["fix"]
    for name in ("file", "what", "why", "fix", "code"):
        assert problem[name] in formats.as_text(done.problems)
    assert told["counts"]["files"] > 100


def test_github_shows_an_annotation_at_the_line(spoiled):
    _, line, done = spoiled
    (annotation,) = formats.as_github(done.problems).splitlines()
    properties, message = re.fullmatch(r"::error ([^:]*)::(.*)", annotation).groups()
    assert f"line={line},col=3,title=undeclared-term" in properties
    assert "%0A" in message


def test_sarif_has_what_its_standard_requires(spoiled):
    """Sections 3.13 to 3.52 of SARIF 2.1.0: what must be there, and that what points elsewhere finds it."""
    _, line, done = spoiled
    log = json.loads(formats.as_sarif(done.problems, complaints(Knowledge(HOME))))
    assert (log["version"], log["$schema"].endswith("sarif-2.1.0.json")) == ("2.1.0", True)
    (run,) = log["runs"]
    driver = run["tool"]["driver"]
    assert driver["name"] == "cartkb"
    ids = [rule["id"] for rule in driver["rules"]]
    assert ids == ["undeclared-term"]
    for rule in driver["rules"]:
        assert all(rule[part]["text"] for part in ("shortDescription", "fullDescription", "help"))
    assert len(run["results"]) == 1
    for result in run["results"]:
        assert ids[result["ruleIndex"]] == result["ruleId"]
        assert result["message"]["text"].endswith(".")
        assert result["level"] in ("none", "note", "warning", "error")
        place = result["locations"][0]["physicalLocation"]
        assert place["artifactLocation"]["uri"].endswith(LDH)
        assert place["region"] == {"startLine": line, "startColumn": 3}
    assert json.loads(formats.as_sarif([], {}))["runs"][0]["results"] == []


def test_explain_says_what_a_code_means(run):
    told = run("explain", "undeclared-term").stdout
    assert told.startswith("undeclared-term: ")
    assert "What to do: " in told
    assert "ckb:windw" in told
    assert run("explain").stdout.count("undeclared-term") == 1
    wrong = run("explain", "undeclared-tern")
    assert wrong.exit_code == 1
    assert "did you mean undeclared-term" in wrong.stderr


def test_a_code_table_can_be_removed(run, home, tmp_path):
    for table in (home / "ontology/codes").iterdir():
        table.unlink()
    assert run("build", tmp_path / "site", home=home).exit_code == 0
