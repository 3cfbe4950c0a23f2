"""The proofs against brute force: small invented guidelines, and every patient that they can tell apart."""

from itertools import combinations, product

import z3
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cartkb.problems import Problem
from cartkb.prove.base import Base, Criterion, Feature, Question, Silence, Statement
from cartkb.prove.completeness import completeness
from cartkb.prove.conflicts import conflicts
from cartkb.prove.reach import reach
from cartkb.prove.shadows import shadows
from cartkb.prove.space import Space
from cartkb.prove.truth import Truths
from cartkb.prove.unknowns import unknowns
from test_logic import LEAVES, VALUES, kleene, trees

SIDES = {"Recommended": ("for", 1), "Consider": ("for", 2), "CaseByCase": ("neutral", 3), "NotAdvised": ("against", 4)}
SCOPE = LEAVES[0]


def place(iri: str, what: str, why: str = "", fix: str = "", predicate: str = "") -> Problem:
    return Problem(iri, 0, what, why, fix)


def criterion(name: str, kind: str, **fields) -> Criterion:
    empty = {
        "feature": "", "window": "", "ever": False, "comparator": "", "limit": None, "expected": frozenset(),
        "rising": False, "change": ("", ""), "silence_is_absence": False, "operands": (), "minimum": 0,
    }  # fmt: skip
    return Criterion(name, name, kind, **empty | fields)


def feature(name: str, kind: str = "finding-kind") -> Feature:
    return Feature(name, kind, False, (), "", None, None, "", "", "", "", "")


def small_base(populations: list[tuple[str, tuple]], silences: list[tuple]) -> Base:
    """Return a guideline with one question for whoever has the first finding; populations are trees of findings."""
    base = Base(ends_before={"early": "start"}, begins_after={"late": "start"})
    base.features = {name: feature(name) for name in LEAVES} | {"start": feature("start", "event-kind")}
    for name in LEAVES:
        base.criteria[name] = criterion(name, "Presence", feature=name, window="whenever")
    for number, (directive, tree) in enumerate(populations):
        name, (stance, rank) = f"statement-{number}", SIDES[directive]
        base.statements[name] = Statement(name, name, "who", directive, stance, rank, written(tree, base), (), "")
    for number, tree in enumerate(silences):
        name = f"silence-{number}"
        base.silences[name] = Silence(name, name, "who", written(tree, base))
    base.questions["who"] = Question("who", SCOPE, "", (), False)
    return base


def written(tree: tuple, base: Base) -> str:
    """Write a tree down as criteria; return the name of its root."""
    if tree[0] == "Leaf":
        return tree[1]
    parts = [tree[1]] if tree[0] == "Not" else tree[1]
    operands = tuple(sorted({written(part, base) for part in parts}))
    minimum = {"AllOf": len(operands), "AtLeast": 2}.get(tree[0], 1)
    name = f"criterion-{len(base.criteria)}"
    base.criteria[name] = criterion(name, tree[0], operands=operands, minimum=min(minimum, len(operands)))
    return name


def kept(tree: tuple):
    """Return the tree without repeated operands, as it is written down: a criterion names an operand once."""
    if tree[0] == "Leaf":
        return tree
    if tree[0] == "Not":
        return ("Not", kept(tree[1]))
    parts = list(dict.fromkeys(kept(part) for part in tree[1]))
    return (tree[0], tuple(parts), *tree[2:])


def answer(populations, values) -> str:
    """The oracle: the class of the answer, read off the definitions."""
    truths = [(SIDES[directive], directive, kleene(tree, values)) for directive, tree in populations]
    applying = [(side, directive) for side, directive, truth in truths if truth == "true"]
    if len({stance for (stance, _), _ in applying}) > 1:
        return "ConflictingStatements"
    pending = [side for side, _, truth in truths if truth == "unknown"]
    best = min((rank for (_, rank), _ in applying), default=None)
    if any(best is None or stance != applying[0][0][0] or rank < best for stance, rank in pending):
        return "InsufficientData"
    return min(applying)[1] if applying else "GuidelineSilent"


POPULATIONS = st.lists(st.tuples(st.sampled_from(sorted(SIDES)), trees().map(kept)), min_size=1, max_size=4)
PATIENTS = [dict(zip(LEAVES, values, strict=True)) for values in product(VALUES, repeat=len(LEAVES))]
OPEN = [values for values in PATIENTS if values[SCOPE] == "true"]
SLOW = settings(max_examples=40, suppress_health_check=[HealthCheck.too_slow])


def distinct(populations) -> bool:
    """Say whether no at-least asks for more operands than it is left with."""

    def fine(tree) -> bool:
        if tree[0] == "Leaf":
            return True
        if tree[0] == "Not":
            return fine(tree[1])
        return all(map(fine, tree[1])) and (tree[0] != "AtLeast" or len(tree[1]) >= 2)

    return all(fine(tree) for _, tree in populations)


SILENCES = st.lists(trees().map(kept), max_size=2).filter(lambda some: distinct([("", tree) for tree in some]))


@SLOW
@given(POPULATIONS.filter(distinct), SILENCES)
def test_who_is_left_without_answer_and_silence(populations, silences):
    base = small_base(populations, silences)

    def left_out(values) -> bool:
        told, listed = ([kleene(tree, values) for tree in some] for some in ([t for _, t in populations], silences))
        nothing = set(told) == {"false"} and "unknown" not in listed
        return "true" not in listed and (nothing or answer(populations, values) == "GuidelineSilent")

    expected = [values for values in OPEN if left_out(values)]
    proof = completeness(Space(base), place)
    assert bool(proof.findings) == bool(expected)
    assert bool(proof.said) != bool(expected)
    for finding in proof.findings:
        shown = {leaf: str(finding.witness.truths.get(leaf, "unknown")).lower() for leaf in LEAVES}
        assert shown in expected


@SLOW
@given(POPULATIONS.filter(distinct))
def test_who_is_directed_apart_and_what_reaches_nobody(populations):
    base = small_base(populations, [])
    space = Space(base)
    apart = {
        (f"statement-{one}", f"statement-{other}")
        for (one, (first, tree)), (other, (second, other_tree)) in combinations(enumerate(populations), 2)
        if SIDES[first][0] != SIDES[second][0]
        and any(kleene(tree, values) == kleene(other_tree, values) == "true" for values in OPEN)
    }
    shown = {finding.witness.name for finding in conflicts(space, place).findings}
    assert shown == {f"apart-{one}-{other}" for one, other in apart}
    nobody = {
        f"statement-{n}" for n, (_, tree) in enumerate(populations) if all(kleene(tree, v) != "true" for v in OPEN)
    }
    is_open, applies = space.answers.open["who"], space.answers.applies
    assert {name for name in base.statements if not space.some(is_open, applies[name])} == nobody
    said = "".join(finding.problem.what + finding.problem.why for finding in reach(space, place).findings)
    named = {name for name in base.statements if name in said}
    assert nobody <= named


@SLOW
@given(POPULATIONS.filter(distinct))
def test_whose_absence_changes_no_answer(populations):
    found = {f.problem.file for f in shadows(Space(small_base(populations, [])), place).findings}
    expected = {
        f"statement-{n}"
        for n, (_, tree) in enumerate(populations)
        if all(
            answer(populations, v) == answer(populations[:n] + populations[n + 1 :], v)
            for v in OPEN
            if kleene(tree, v) == "true"
        )
    }
    assert found == expected


@SLOW
@given(POPULATIONS.filter(distinct), st.sampled_from(PATIENTS))
def test_the_class_of_an_answer_is_the_one_read_off_the_definitions(populations, values):
    space = Space(small_base(populations, []))
    truth = {"true": space.true, "false": space.false}
    facts = [truth[v][leaf] if v in truth else space.unknown(leaf) for leaf, v in values.items()]
    model = space.some(*facts)
    assert model
    is_class = space.answers.is_class["who"]
    classes = {name for name in is_class if model.eval(is_class[name], model_completion=True)}
    scope = {"true": answer(populations, values), "false": "OutOfScope", "unknown": "InsufficientData"}[values[SCOPE]]
    assert classes == {scope}


@SLOW
@given(POPULATIONS.filter(distinct))
def test_strong_kleene_never_takes_back_what_is_certain(populations):
    assert unknowns(small_base(populations, []), place).findings == []


def test_the_proof_on_unknowns_can_fail(monkeypatch):
    """Were what is not known to be true taken as false, a certain answer could turn out wrong."""
    honest = Truths._Presence

    def closed_world(self, criterion):
        true, _ = honest(self, criterion)
        return true, z3.Not(true)

    monkeypatch.setattr(Truths, "_Presence", closed_world)
    risk = ("Leaf", LEAVES[1])
    findings = unknowns(small_base([("Recommended", risk), ("NotAdvised", ("Not", risk))], []), place).findings
    assert {finding.kind for finding in findings} == {"unknowns"}
    assert all(finding.witness for finding in findings)
