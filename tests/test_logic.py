"""Three-valued logic: the rules against strong Kleene tables written from the textbook."""

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from reasoning import infer, truth

VALUES = ("true", "false", "unknown")
STATE = {"true": "ckb:known", "false": "ckb:absent", "unknown": "ckb:unknown"}
LEAVES = ("bcr-abl1", "tp53", "ikzf1", "kmt2a-aff1")


def trees():
    leaf = st.sampled_from(LEAVES).map(lambda name: ("Leaf", name))
    return st.recursive(
        leaf,
        lambda inner: st.one_of(
            inner.map(lambda tree: ("Not", tree)),
            st.tuples(st.sampled_from(["AllOf", "AnyOf"]), st.lists(inner, min_size=1, max_size=3)).map(tuple),
            st.tuples(st.just("AtLeast"), st.lists(inner, min_size=2, max_size=3), st.just(2)).map(tuple),
        ),
        max_leaves=6,
    )


def kleene(tree, values: dict[str, str]) -> str:
    """The oracle: Kleene's tables, with AtLeast as counting over all completions of the unknown."""
    if tree[0] == "Leaf":
        return values[tree[1]]
    if tree[0] == "Not":
        return {"true": "false", "false": "true", "unknown": "unknown"}[kleene(tree[1], values)]
    parts = [kleene(part, values) for part in tree[1]]
    needed = {"AllOf": len(parts), "AnyOf": 1, "AtLeast": 2}[tree[0]]
    certain, possible = parts.count("true"), len(parts) - parts.count("false")
    return "true" if certain >= needed else "false" if possible < needed else "unknown"


def as_turtle(tree, lines: list[str]) -> str:
    name = f"c{len(lines)}"
    lines.append("")
    at = len(lines) - 1
    if tree[0] == "Leaf":
        lines[at] = (
            f"ckbg:{name} a ckb:PresenceCriterion ; ckb:feature ckb:{tree[1]} ;"
            " ckb:window ckb:any-time ; ckb:pick ckb:latest ."
        )
        return name
    parts = [tree[1]] if tree[0] == "Not" else tree[1]
    operands = ", ".join("ckbg:" + as_turtle(part, lines) for part in parts)
    minimum = f" ; ckb:minimumTrue {tree[2]}" if tree[0] == "AtLeast" else ""
    lines[at] = f"ckbg:{name} a ckb:{tree[0]} ; ckb:operand {operands}{minimum} ."
    return name


@settings(max_examples=150, suppress_health_check=[HealthCheck.too_slow])
@given(trees(), st.fixed_dictionaries({leaf: st.sampled_from(VALUES) for leaf in LEAVES}))
def test_composition_is_strong_kleene(tree, values):
    lines: list[str] = []
    top = as_turtle(tree, lines)
    facts = "\n".join(
        f"ckbg:p-{leaf} a ckb:Fact ; ckb:feature ckb:{leaf} ; ckb:state {STATE[value]} ;"
        ' ckb:date "2026-01-05"^^xsd:date .'
        for leaf, value in values.items()
    )
    patient = (
        'ckbg:p a ckb:Patient ; ckb:asOf "2026-02-01"^^xsd:date ; ckb:hasFact '
        + ", ".join(f"ckbg:p-{leaf}" for leaf in values)
        + " ."
    )
    derived = infer("\n".join(lines), facts + patient)
    assert truth(derived, "p", top) == kleene(tree, values)
