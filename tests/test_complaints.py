"""Every complaint is explained, and its example provokes it at its line and provokes nothing else.

The examples are planted many at once: that no mistake hides another is tested with that each is told once. So are the
mistakes of tests/mistakes.py, one of each kind that authors make.
"""

import ast
import re
from pathlib import Path

import pytest

from cartkb.checking.complaints import complaints, explanation
from cartkb.knowledge import Knowledge
from cartkb.problems import Problem
from conftest import HOME
from mistakes import KINDS
from planting import Field, batches

KNOWN = complaints(Knowledge(HOME))
EXAMPLES = {complaint.code: complaint for complaint in KNOWN.values() if complaint.file}
PLANTED = EXAMPLES | {kind: mistake for kind, mistake in KINDS.items() if not isinstance(mistake, str)}
OF_ALL = {"Cases", "Stored answers", "Logic", "Decision space"}  # found only in a full check
BATCHES = [
    (group, everything)
    for everything in (False, True)
    for group in batches([example for example in PLANTED.values() if (example.step in OF_ALL) is everything])
]
ELSEWHERE = {  # told where the other end of it stands
    "audit-limit", "class-without-shape", "figure-given-twice", "inconsistent-vocabulary", "passage-claimed-in-vain",
    "passage-numeral-unclaimed", "passage-unclaimed", "tension", "values-at-odds",
}  # fmt: skip
OF_PROGRAMMERS = ("Traceback", "Exception", "Error", "NoneType", "parser", "regex", "null", "stdin")


def _codes_of(path: Path) -> set[str]:
    """Return the codes that a module gives to its complaints."""
    calls = (node for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))) if isinstance(node, ast.Call))
    values = (keyword.value for call in calls for keyword in call.keywords if keyword.arg == "code")
    return {value.value for value in values if isinstance(value, ast.Constant) and value.value}


def test_every_code_has_a_page():
    modules = sorted((HOME / "src/cartkb").rglob("*.py"))
    used = set().union(*map(_codes_of, modules))
    assert len(used) > 20
    assert sorted(used - {*KNOWN}) == []
    for code, complaint in KNOWN.items():
        assert explanation(complaint).startswith(f"{code}: {complaint.title}")
        assert complaint.meaning
        assert complaint.repair


@pytest.fixture(scope="module")
def field(tmp_path_factory) -> Field:
    return Field(tmp_path_factory.mktemp("field"))


@pytest.fixture(scope="module")
def outcomes(field) -> list:
    return [field.check_with(group, everything) for group, everything in BATCHES]


@pytest.mark.parametrize("number", range(len(BATCHES)))
def test_what_is_planted_is_told_and_nothing_else(outcomes, number):
    """An audit may lose to another complaint of the same figure, and is then named there, or follows from it."""
    (group, _), (checked, _) = BATCHES[number], outcomes[number]
    audits = {example.code for example in group if example.code.startswith("audit-") and example.item}
    told = sorted(problem.code for problem in checked.problems)
    assert sorted({example.code for example in group} - audits - {*told}) == []
    assert len(told) == len(group), told


def test_every_kind_of_mistake_is_planted():
    assert len(KINDS) >= 25
    assert [kind for kind, mistake in KINDS.items() if isinstance(mistake, str) and mistake not in EXAMPLES] == []


@pytest.mark.parametrize("name", PLANTED)
def test_an_example_is_told_at_its_place_with_what_to_do(outcomes, name):
    code, example = PLANTED[name].code, PLANTED[name]
    checked, place = next((done, place) for done, planted in outcomes for place in planted if place.example is example)
    here = [problem for problem in checked.problems if any(place.is_at(*at) for at in _places(problem))]
    if code in ELSEWHERE:
        here = [problem for problem in checked.problems if problem.code == code]
    assert len(here) == 1, [problem.place for problem in checked.problems]
    assert here[0].fix
    assert len(here[0].what) > 10
    assert not [word for word in OF_PROGRAMMERS if word in str(here[0])]
    if here[0].code != code:  # an audit to which another complaint of the same figure came first
        assert code.startswith("audit-")
        assert code in {problem.code for problem in checked.following} or code in str([*here, *checked.following])


def _places(problem: Problem) -> list[tuple[str, int]]:
    """Return every file with its line, or 0, at which a complaint is told: its own and those where else it may lie."""
    further = re.findall(r"([^\s:,]+):(\d+)", problem.what.partition("(also in ")[2])
    return [(problem.file, problem.line), *((file, int(line)) for file, line in further)]
