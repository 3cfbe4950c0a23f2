"""Python and templates know no clinical fact: those live in Turtle and SPARQL."""

import re

from conftest import HOME

SOURCES = sorted([*(HOME / "src").rglob("*.py"), *(HOME / "site_templates").rglob("*.j2")])


def test_no_source_names_a_feature_a_criterion_or_a_cut_off(knowledge):
    names = {
        row["item"].value.rsplit("/", 1)[1]
        for kind in ("Feature", "RiskFactor", "Statement", "Trial", "EditorialDecision", "Tension")
        for row in knowledge.select(f"SELECT ?item WHERE {{ ?item a <https://w3id.org/cartkb/vocab/{kind}> }}")
    }
    names -= {"age", "response"}  # plain English as well
    assert len(names) > 150
    assert len(SOURCES) > 30
    for path in SOURCES:
        words = set(re.findall(r"[a-z0-9]+(?:-[a-z0-9]+)*", path.read_text(encoding="utf-8").lower()))
        assert not words & names, f"{path} knows {words & names}"
        figures = re.findall(r"\b(?:210|90 days|80 days|63 days|three months)\b", path.read_text(encoding="utf-8"))
        assert not figures, f"{path} knows {figures}"


def test_modules_are_small_rooms():
    modules = sorted((HOME / "src").rglob("*.py"))
    assert modules
    for path in modules:
        assert len(path.read_text(encoding="utf-8").splitlines()) <= 260, path


def test_only_the_command_line_prints_or_exits():
    for path in (HOME / "src").rglob("*.py"):
        text = path.read_text(encoding="utf-8")
        if path.name not in ("cli.py", "console.py") and path.parent.name != "commands":
            assert not re.search(r"\bprint\(|\bsys\.exit\(|click\.echo", text), path
