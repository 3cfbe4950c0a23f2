"""The rule files themselves: strata that respect negation, and nothing that a rule should not know."""

import re

from conftest import HOME

RULES = sorted((HOME / "ontology" / "rules").glob("*.rq"))
GUARDS = ("OPTIONAL", "MAX(", "MIN(", "COUNT(", "SAMPLE(")


def parts(path):
    text = re.sub(r"#[^\n]*", "", path.read_text(encoding="utf-8"))
    head, body = text.split("WHERE", 1)
    return int(path.stem.split("-")[0]), head, body


def optional_blocks(body: str) -> list[str]:
    found = []
    for match in re.finditer(r"OPTIONAL\s*\{", body):
        depth, end = 1, match.end()
        while depth:
            depth += {"{": 1, "}": -1}.get(body[end], 0)
            end += 1
        found.append(body[match.end() : end])
    return found


def test_there_are_rules():
    assert len(RULES) > 30


def test_what_is_negated_was_derived_in_a_lower_stratum():
    """A pattern that may be missing (OPTIONAL, tested by BOUND) must be complete before the rule runs."""
    derived: dict[str, set[int]] = {}
    for path in RULES:
        stratum, head, _ = parts(path)
        for name in re.findall(r"ckb:(\w+)", head):
            derived.setdefault(name, set()).add(stratum)
    checked = 0
    for path in RULES:
        stratum, _, body = parts(path)
        if "!BOUND" not in body and "MINUS" not in body and "COALESCE" not in body:
            continue
        for block in optional_blocks(body):
            for name in re.findall(r"ckb:(\w+)", block):
                if name in derived and name not in ("feature", "state", "value", "unit", "date", "lymphodepletion"):
                    checked += 1
                    assert max(derived[name]) < stratum, f"{path.name} negates ckb:{name} of its own stratum"
    assert checked > 10


def test_no_pattern_that_is_quadratic():
    for path in RULES:
        assert "FILTER NOT EXISTS" not in path.read_text(encoding="utf-8"), path


def test_every_rule_says_what_it_derives_and_is_short():
    for path in RULES:
        lines = path.read_text(encoding="utf-8").splitlines()
        assert lines[0].startswith("# "), path
        assert len(lines) <= 40, path


def test_no_rule_names_an_item_of_the_guideline(knowledge):
    """Rules are generic over criteria stored as data; only day 0, lymphodepletion, product and age are structural."""
    features = {
        row["item"].value.rsplit("/", 1)[1]
        for row in knowledge.select("SELECT ?item WHERE { ?item a <https://w3id.org/cartkb/vocab/Feature> }")
    }
    assert len(features) > 30
    structural = {"age", "car-t-infusion", "lymphodepletion", "car-t-product"}
    for path in RULES:
        _, head, body = parts(path)
        assert "ckbg:" not in head + body, path
        named = set(re.findall(r"ckb:([\w-]+)", head + body)) & features
        assert named <= structural, f"{path.name} knows {named - structural}"
