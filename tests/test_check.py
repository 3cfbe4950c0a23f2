"""Planted mistakes are named at their line, with what to do."""

import re

import pytest
from conftest import HOME

from cartkb.check import Checked, _check_queries, _check_structure
from cartkb.knowledge import Knowledge
from cartkb.problems import CartkbError

LDH, TRIAL = "guideline/factors/high-ldh.ttl", "guideline/trials/nct01593696.ttl"
MISTAKES = {
    "misspelt property": (LDH, "ckb:threshold 210", "ckb:treshold 210", "ckb:treshold"),
    "dead reference": (LDH, "ckb:cutOffOf ckbg:hay-2019-cohort", "ckb:cutOffOf ckbg:hey-2019-cohort", "ckbg:hey-2019-cohort"),
    "number not in the passage": (LDH, "ckb:threshold 210", "ckb:threshold 250", "250"),
    "percentage that does not fit": (TRIAL, "ckb:printedPercentage 83.3", "ckb:printedPercentage 85.3", "85.3"),
    "typographic quotes": (LDH, '"High lactate dehydrogenase"@en', "“High lactate dehydrogenase”@en", "typographic"),
    "blank node": (LDH, "ckb:unit \"U/L\" ;", "ckb:unit \"U/L\" ; ckb:cutOffOf [ a ckb:Trial ] ;", "blank node"),
    "relative address": (LDH, "ckbg:hay-2019-cohort", "<hay-2019-cohort>", "prefixed name"),
}  # fmt: skip


def problems_of(home):
    knowledge = Knowledge(home)
    try:
        return _check_structure(knowledge, Checked()) + _check_queries(knowledge, Checked())
    except CartkbError as error:
        return error.problems


@pytest.mark.parametrize("name", MISTAKES)
def test_a_planted_mistake_is_named_at_its_line(home, name):
    file, old, new, said = MISTAKES[name]
    path = home / file
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    expected_line = text[: text.index(old)].count("\n") + 1
    found = [problem for problem in problems_of(home) if said in str(problem)]
    assert found
    for problem in found:
        assert problem.file.endswith(path.name)
        assert problem.fix
        assert problem.line in (0, expected_line)


def test_the_real_knowledge_base_has_none():
    assert problems_of(HOME) == []


def test_one_subject_in_two_files(home):
    (home / "guideline/factors/other.ttl").write_text((home / LDH).read_text(encoding="utf-8"), encoding="utf-8")
    assert any("two files" in problem.what for problem in problems_of(home))


def test_every_check_has_a_header_that_helps():
    files = sorted((HOME / "ontology/checks").glob("*.rq"))
    assert files
    for path in files:
        text = path.read_text(encoding="utf-8")
        assert all(re.search(rf"^# {key}: .{{10,}}", text, re.MULTILINE) for key in ("Problem", "Why", "Fix")), path


def test_check_reports_and_exits_with_1(run, home):
    path = home / LDH
    path.write_text(path.read_text(encoding="utf-8")[:-40], encoding="utf-8")
    result = run("check", home=home)
    assert result.exit_code == 1
    assert re.search(r"high-ldh\.ttl:\d+: syntax error", result.stderr)


def test_a_code_table_can_be_removed(run, home, tmp_path):
    for table in (home / "ontology/codes").iterdir():
        table.unlink()
    assert run("build", tmp_path / "site", home=home).exit_code == 0
