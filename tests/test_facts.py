"""Which fact counts: dates, windows, units and series."""

from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reasoning import infer, truth

CRITERIA = """
ckbg:high a ckb:QuantityCriterion ; ckb:feature ckb:ldh ; ckb:window ckb:before-lymphodepletion ;
  ckb:comparator ckb:greater-than ; ckb:threshold 210 ; ckb:unit "U/L" .
ckbg:few a ckb:QuantityCriterion ; ckb:feature ckb:platelets ; ckb:window ckb:before-lymphodepletion ;
  ckb:comparator ckb:less-than ; ckb:threshold 100000 ; ckb:unit "/uL" .
ckbg:grown a ckb:QuantityCriterion ; ckb:feature ckb:age ; ckb:window ckb:any-time ;
  ckb:comparator ckb:at-least ; ckb:threshold 18 ; ckb:unit "a" .
ckbg:earlier a ckb:PresenceCriterion ; ckb:feature ckb:allo-hsct ; ckb:window ckb:before-infusion ; ckb:pick ckb:ever .
ckbg:lost-early a ckb:EventDayCriterion ; ckb:feature ckb:b-cell-recovery ; ckb:comparator ckb:less-than ;
  ckb:threshold 63 ; ckb:unit "d" .
ckbg:rising a ckb:TrendCriterion ; ckb:feature ckb:marrow-mrd-flow ; ckb:direction ckb:rising .
ckbg:negative a ckb:CodedCriterion ; ckb:feature ckb:marrow-mrd-flow-status ; ckb:window ckb:after-infusion ;
  ckb:expectedValue ckb:mrd-negative .
ckbg:late a ckb:ElapsedCriterion ; ckb:comparator ckb:greater-than ; ckb:threshold 80 ; ckb:unit "d" .
ckbg:new a ckb:NewFindingCriterion ; ckb:feature ckb:tp53 .
"""
INFUSION = date(2026, 3, 1)


def day(offset: int) -> str:
    return f'"{(INFUSION + timedelta(days=offset)).isoformat()}"^^xsd:date'


def patient(as_of: int, *facts: str, infused: bool = True, lymphodepleted: bool = True, more: str = "") -> str:
    """Facts as 'feature state [value unit] @day', days counted from the infusion."""
    lines, names = [], []
    events = [f"lymphodepletion known @{-5}"] * lymphodepleted + ["car-t-infusion known @0"] * infused
    for number, fact in enumerate([*events, *facts]):
        words, when = fact.split("@")
        feature, state, *value = words.split()
        name = f"f{number}"
        names.append(f"ckbg:{name}")
        quantity = ""
        if value:
            quantity = f" ; ckb:value {value[0]}" + (f' ; ckb:unit "{value[1]}"' if len(value) > 1 else "")
            quantity += f" ; ckb:assaySensitivity {value[2]}" if len(value) > 2 else ""
        lines.append(
            f"ckbg:{name} a ckb:Fact ; ckb:feature ckb:{feature} ; ckb:state ckb:{state}{quantity} ;"
            f" ckb:date {day(int(when))} ."
        )
    facts_of = f" ; ckb:hasFact {', '.join(names)}" if names else ""
    return "\n".join([*lines, f"ckbg:p a ckb:Patient ; ckb:asOf {day(as_of)}{facts_of}{more} ."])


def holds(criterion: str, *arguments, **options) -> str:
    return truth(infer(CRITERIA, patient(*arguments, **options)), "p", criterion)


@pytest.mark.parametrize(
    ("criterion", "fact", "expected"),
    [
        ("high", "ldh known 210 U/L @-9", "false"),
        ("high", "ldh known 210.0001 U/L @-9", "true"),
        ("high", "ldh known 211 U/L @-9", "true"),
        ("high", "ldh known 3.5 ukat/L @-9", "false"),  # 3.5 µkat/L is 210 U/L exactly
        ("high", "ldh known 3.51 ukat/L @-9", "true"),
        ("high", "ldh unknown @-9", "unknown"),
        ("few", "platelets known 100000 /uL @-9", "false"),
        ("few", "platelets known 99999 /uL @-9", "true"),
        ("few", "platelets known 99.9 10*9/L @-9", "true"),
        ("few", "platelets known 100 10*3/uL @-9", "false"),
        ("grown", "age known 17 a @-9", "false"),
        ("grown", "age known 18 a @-9", "true"),
        ("lost-early", "b-cell-recovery known @62", "true"),
        ("lost-early", "b-cell-recovery known @63", "false"),
        ("lost-early", "b-cell-recovery absent @50", "false"),
        ("earlier", "allo-hsct known @-200", "true"),
        ("earlier", "allo-hsct absent @-20", "false"),
        ("earlier", "allo-hsct absent @30", "false"),  # not by day 30, so not before day 0
        ("earlier", "allo-hsct known @30", "unknown"),  # a later transplant says nothing about earlier ones
        ("negative", "marrow-mrd-flow known 0.005 % 0.01 @28", "true"),
        ("negative", "marrow-mrd-flow known 0.01 % 0.01 @28", "false"),
        ("negative", "marrow-mrd-flow known 0.005 % @28", "unknown"),  # no sensitivity stated
    ],
)
def test_boundaries(criterion, fact, expected):
    assert holds(criterion, 70, fact) == expected


def test_only_what_lies_strictly_before_lymphodepletion_counts():
    assert holds("high", 10, "ldh known 100 U/L @-6", "ldh known 400 U/L @-5") == "false"
    assert holds("high", 10, "ldh known 400 U/L @-8", "ldh known 100 U/L @-6") == "false"
    assert holds("high", 10, "ldh known 400 U/L @-5") == "unknown"


def test_without_a_date_of_lymphodepletion_nothing_is_known_to_be_before_it():
    assert holds("high", 10, "ldh known 400 U/L @-20", lymphodepleted=False) == "unknown"
    assert holds("high", 10, "ldh known 400 U/L @-20", lymphodepleted=False, infused=False) == "true"


def test_a_last_record_that_says_unknown_is_not_overruled_by_an_older_one():
    assert holds("high", 10, "ldh known 400 U/L @-9", "ldh unknown @-6") == "unknown"


def test_a_series_needs_two_values():
    assert holds("rising", 70, "marrow-mrd-flow known 0.5 % @60") == "unknown"
    assert holds("rising", 70, "marrow-mrd-flow known 0 % @28", "marrow-mrd-flow known 0.5 % @60") == "true"
    assert holds("rising", 70, "marrow-mrd-flow known 0.5 % @28", "marrow-mrd-flow known 0.5 % @60") == "false"


def test_a_new_finding_was_absent_before():
    assert holds("new", 70, "tp53 absent @-9", "tp53 known @40") == "true"
    assert holds("new", 70, "tp53 known @-9", "tp53 known @40") == "false"
    assert holds("new", 70, "tp53 known @40") == "unknown"
    assert holds("new", 70, "tp53 absent @-9") == "unknown"
    assert holds("new", 70, "tp53 absent @-9", "tp53 absent @40") == "false"


@settings(max_examples=60)
@given(st.dates(date(1900, 1, 1), date(2200, 12, 31)), st.integers(0, 40000))
def test_days_are_counted_as_the_calendar_counts_them(start, days):
    end = start + timedelta(days=days) if days < (date(2300, 1, 1) - start).days else start
    data = (
        f'ckbg:i a ckb:Fact ; ckb:feature ckb:car-t-infusion ; ckb:state ckb:known ; ckb:date "{start}"^^xsd:date .'
        f'ckbg:p a ckb:Patient ; ckb:asOf "{end}"^^xsd:date ; ckb:hasFact ckbg:i .'
    )
    derived = infer(CRITERIA, data)
    assert ("p", "daysSinceInfusion", str((end - start).days)) in derived


@settings(max_examples=60)
@given(st.dates(date(1920, 1, 1), date(2020, 12, 31)), st.dates(date(2021, 1, 1), date(2030, 12, 31)))
def test_age_is_in_completed_years(born, as_of):
    data = f'ckbg:p a ckb:Patient ; ckb:birthDate "{born}"^^xsd:date ; ckb:asOf "{as_of}"^^xsd:date .'
    had_birthday = (as_of.month, as_of.day) >= (born.month, born.day)
    expected = as_of.year - born.year - (not had_birthday)
    assert ("age", "value", str(expected)) in infer(CRITERIA, data)


@settings(max_examples=40)
@given(
    st.lists(
        st.sampled_from(["ldh known 400 U/L", "b-cell-recovery known", "tp53 known"]),
        min_size=1,
        max_size=3,
        unique=True,
    ),
    st.integers(1, 300),
)
def test_what_is_dated_after_the_day_of_the_answer_changes_nothing(later, days):
    now = [f for f in infer(CRITERIA, patient(30, "ldh known 150 U/L @-9", "tp53 absent @-9")) if f[0] == "p"]
    more = [f"{fact} @{30 + days}" for fact in later]
    with_later = infer(CRITERIA, patient(30, "ldh known 150 U/L @-9", "tp53 absent @-9", *more))
    assert sorted(now) == sorted(f for f in with_later if f[0] == "p")
