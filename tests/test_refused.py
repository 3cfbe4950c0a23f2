"""Patients that cannot be read safely get a clear refusal at its line, and no answer."""

import re

import pytest

from cartkb.problems import CartkbError
from cartkb.shacl.validate import validate_patients
from conftest import HOME

REFUSED = sorted((HOME / "tests" / "refused").iterdir())
ACCEPTED = sorted((HOME / "tests" / "accepted").iterdir())


def test_there_are_files():
    assert len(REFUSED) >= 15
    assert len(ACCEPTED) >= 3


@pytest.mark.parametrize("path", REFUSED, ids=lambda path: path.stem)
def test_refused(knowledge, path):
    """One mistake, one problem, at a line, in words that name it."""
    expected = re.match(r"# expect: (.+)", path.read_text(encoding="utf-8"))[1].strip()
    try:
        problems = validate_patients(knowledge, knowledge.read_patients([path]))
    except CartkbError as error:
        problems = error.problems
    assert len(problems) == 1, problems
    assert problems[0].file.endswith(path.name)
    assert problems[0].line > 0
    assert expected in str(problems[0])


@pytest.mark.parametrize(
    "name",
    ["ldh-in-mg-per-dl", "negative-platelets", "infusion-before-lymphodepletion", "two-birth-dates", "truncated-file"],
)
def test_a_refused_patient_gets_no_answer(run, name):
    result = run("infer", HOME / "tests" / "refused" / f"{name}.ttl")
    assert result.exit_code == 1
    assert result.stdout == ""
    assert re.search(rf"{name}\.ttl:[1-9]\d*:[1-9]\d*: ", result.stderr), result.stderr
    assert result.stderr.strip().endswith("1 problem")


@pytest.mark.parametrize("path", ACCEPTED, ids=lambda path: path.stem)
def test_accepted(run, path):
    result = run("infer", path)
    assert result.exit_code == 0, result.stderr
    assert all(question in result.stdout for question in ("WHO", "WHEN", "BEFORE", "HOW", "WATCH"))


def test_misuse_is_exit_code_2(run):
    assert run("infer").exit_code == 2
    assert run("infer", ACCEPTED[0], "--as-of", "yesterday").exit_code == 2
    assert run("no-such-verb").exit_code == 2


@pytest.mark.parametrize(
    "text", ["", "{", '{"@context": "https://example.org/remote.jsonld"}', "<a> <b> .", "\ufeff\x00"]
)
@pytest.mark.parametrize("suffix", [".ttl", ".nq", ".jsonld"])
def test_whatever_is_in_a_file_there_is_no_traceback(run, tmp_path, text, suffix):
    path = tmp_path / f"patient{suffix}"
    path.write_text(text, encoding="utf-8")
    result = run("infer", path)
    assert result.exit_code == 1
    assert result.stdout == ""
    assert path.name in result.stderr
