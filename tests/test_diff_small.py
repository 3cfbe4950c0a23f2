"""The regions of two versions against brute force: small invented guidelines, and every patient they tell apart."""

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cartkb.difference.literals import FALSE, NOT_FALSE, NOT_TRUE, TRUE, UNKNOWN, Literal
from cartkb.difference.regions import Moves, Region, moves
from cartkb.difference.shared import OLD, SharedSpace, unmarked
from cartkb.prove.base import Base
from test_verify_small import OPEN, PATIENTS, POPULATIONS, SILENCES, answer, distinct, small_base

FEW = settings(max_examples=25, suppress_health_check=[HealthCheck.too_slow])
VERSIONS = st.tuples(POPULATIONS.filter(distinct), SILENCES)
ALL = 1000
MEANT = {
    TRUE: {"true"},
    FALSE: {"false"},
    UNKNOWN: {"unknown"},
    NOT_TRUE: {"false", "unknown"},
    NOT_FALSE: {"true", "unknown"},
}
MIRRORED = {"comes": "goes", "goes": "comes"}


def truth(base: Base, name: str, values: dict[str, str]) -> str:
    """Return the truth of a criterion by counting what its operands are, as strong Kleene logic has it."""
    criterion = base.criteria[name]
    if not criterion.operands:
        return values[name]
    parts = [truth(base, operand, values) for operand in criterion.operands]
    if criterion.kind == "Not":
        return {"true": "false", "false": "true", "unknown": "unknown"}[parts[0]]
    certain, possible = parts.count("true"), len(parts) - parts.count("false")
    return "true" if certain >= criterion.minimum else "false" if possible < criterion.minimum else "unknown"


def holds(literal: Literal, old: Base, new: Base, values) -> bool:
    side, name = unmarked(literal.criterion)
    return truth(old if side == OLD else new, name, values) in MEANT[literal.truth]


def within(region: Region, old: Base, new: Base, values) -> bool:
    return all(holds(literal, old, new, values) for literal in region.criteria)


def found(old: Base, new: Base, at_most: int = ALL) -> Moves:
    (of_who,) = moves(SharedSpace(old, new), at_most, lambda step: None)
    return of_who


@FEW
@given(VERSIONS, VERSIONS)
def test_who_moves_from_class_to_class(before, after):
    old, new = small_base(*before), small_base(*after)
    told = found(old, new)
    moving = [(values, (answer(before[0], values), answer(after[0], values))) for values in OPEN]
    pairs = {pair for _, pair in moving if len(set(pair)) == 2}
    assert {(region.before, region.now) for region in told.regions if region.before} == pairs
    assert told.cut_off == []
    for values, pair in moving:
        if pair in pairs:
            mine = [region for region in told.regions if (region.before, region.now) == pair]
            assert any(within(region, old, new, values) for region in mine)
    for region in told.regions:
        assert region.read_by_both
        shown = {"old:who": region.before, "new:who": region.now} if region.before else {}
        assert shown.items() <= region.witness.classes.items()
        if region.before and region.exact:
            assert {pair for values, pair in moving if within(region, old, new, values)} == {
                (region.before, region.now)
            }


@FEW
@given(VERSIONS, VERSIONS)
def test_none_of_the_criteria_of_a_region_is_idle(before, after):
    """Without one of them a patient is let in who was kept out, unless it is one that the versions define apart."""
    old, new = small_base(*before), small_base(*after)
    for region in found(old, new, 1).regions:
        for literal in region.criteria:
            if literal not in region.cause_criteria and literal.truth != UNKNOWN:
                rest = [one for one in region.criteria if one != literal]
                let_in = [values for values in PATIENTS if all(holds(one, old, new, values) for one in rest)]
                assert any(not holds(literal, old, new, values) for values in let_in)


@FEW
@given(VERSIONS, VERSIONS)
def test_the_other_way_round_everything_is_mirrored(before, after):
    old, new = small_base(*before), small_base(*after)
    there, back = found(old, new), found(new, old)

    def told(of: Moves, mirrored: bool) -> set:
        ways = MIRRORED if mirrored else dict(zip(MIRRORED, MIRRORED, strict=True))
        return {
            ((r.now, r.before) if mirrored else (r.before, r.now), part, ways[way])
            for r in of.regions
            for part, way in r.parts
        } | {((r.now, r.before) if mirrored else (r.before, r.now)) for r in of.regions}

    assert told(there, False) == told(back, True)


@FEW
@given(VERSIONS)
def test_a_version_moves_nobody_from_itself(version):
    assert found(small_base(*version), small_base(*version)).regions == []


@FEW
@given(VERSIONS, VERSIONS)
def test_what_is_not_told_is_said_to_be_cut_off(before, after):
    old, new = small_base(*before), small_base(*after)
    everything, little = found(old, new), found(old, new, 1)
    by_pair: dict[tuple[str, str], int] = {}
    for region in everything.regions:
        by_pair[region.before, region.now] = by_pair.get((region.before, region.now), 0) + 1
    assert set(little.cut_off) == {pair for pair, count in by_pair.items() if count > 1}
    assert {(region.before, region.now) for region in little.regions} == set(by_pair)
