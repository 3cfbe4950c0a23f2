"""Every complaint is explained, and its example provokes it at its line and provokes nothing else.

The examples are planted many at once: that no mistake hides another is tested with that each is told once.
"""

import ast
import re

import pytest
from conftest import HOME
from planting import Field, batches

from cartkb.complaints import complaints, explanation
from cartkb.knowledge import Knowledge

KNOWN = complaints(Knowledge(HOME))
EXAMPLES = [complaint for complaint in KNOWN.values() if complaint.wrong]
OF_ALL = {"Cases", "Stored answers", "Logic", "Decision space", "Releases"}  # found only in a full check
BATCHES = [
    (group, everything)
    for everything in (False, True)
    for group in batches([example for example in EXAMPLES if (example.step in OF_ALL) is everything])
]
ELSEWHERE = {  # told where the other end of it stands
    "class-without-shape", "figure-given-twice", "passage-claimed-in-vain", "passage-numeral-unclaimed",
    "passage-unclaimed", "values-at-odds",
}  # fmt: skip


@pytest.fixture(scope="module")
def field(tmp_path_factory) -> Field:
    return Field(tmp_path_factory.mktemp("field"))


@pytest.fixture(scope="module")
def outcomes(field) -> list:
    return [field.check_with(group, everything) for group, everything in BATCHES]


@pytest.mark.parametrize("number", range(len(BATCHES)))
def test_what_is_planted_is_told_and_nothing_else(outcomes, number):
    """An audit may lose to another complaint of the same figure, and is then named there, or follows from it."""
    (group, _), (checked, planted) = BATCHES[number], outcomes[number]
    audits = {example.code for example in group if example.code.startswith("audit-") and example.item}
    told = sorted(problem.code for problem in checked.problems)
    assert sorted({example.code for example in group} - audits - {*told}) == []
    assert len(told) == len(group), told


@pytest.mark.parametrize("code", [example.code for example in EXAMPLES])
def test_an_example_is_told_at_its_place_with_what_to_do(outcomes, code):
    checked, place = next((done, place) for done, planted in outcomes for place in planted if place.code == code)
    here = [problem for problem in checked.problems if problem.file.endswith(place.file) and place.is_at(problem.line)]
    if code in ELSEWHERE:
        here = [problem for problem in checked.problems if problem.code == code]
    assert len(here) == 1, [problem.place for problem in checked.problems]
    assert here[0].fix
    assert len(here[0].what) > 10
    if here[0].code != code:  # an audit to which another complaint of the same figure came first
        assert code.startswith("audit-")
        assert code in {problem.code for problem in checked.following} or code in str([*here, *checked.following])
