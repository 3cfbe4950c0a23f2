"""What the pooled figures are worth: the real questions against textbook examples and a count by hand."""

import re
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from math import sqrt

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from asking import ENGINES, as_graph, ask, ask_rdflib, ask_real, real
from conftest import HOME

# The two relapse columns of Table 1, row by row, and the rows whose column on transplants counts MRD-negative patients.
CELLS = [
    ("0.0% (0/10)", "100.0% (2/2)"),
    ("7.4% (2/27)", "50.0% (9/18)"),
    ("0.0% (0/3)", "29.2% (7/24)"),
    ("0.0% (0/4), 4 others", "41.5% (22/53)"),
    ("37.5% (6/16)", "62.5% (10/16)"),
    ("18.1% (2/11)", "55.2% (16/29)"),
    ("14.3% (2/14)", "50.0% (2/4)"),
    ("16.7% (3/18)", "70.4% (19/27)"),
    ("9.5% (2/21)", "61.5% (16/26)"),
    ("13.3% (10/75)", "48.1% (13/27)"),
]
MRD_NEGATIVE = {1, 5, 6, 8, 9}
TABLE = {
    row: tuple(int(figure) for cell in cells for figure in re.search(r"\((\d+)/(\d+)\)", cell).groups())
    for row, cells in enumerate(CELLS, 1)
}
UNKNOWN = {row: int(match[1]) for row, (cell, _) in enumerate(CELLS, 1) if (match := re.search(r"(\d+) others", cell))}
# Newcombe, Stat Med 1998;17:857-872 (one proportion) and 873-890 (table II, method 10): no continuity correction
PROPORTIONS = [(81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605), (0, 20, 0, 0.1611), (1, 29, 0.0061, 0.1718)]
DIFFERENCES = [
    (56, 70, 48, 80, 0.0524, 0.3339),
    (9, 10, 3, 10, 0.1705, 0.8090),
    (6, 7, 2, 7, 0.0582, 0.8062),
    (5, 56, 0, 29, -0.0381, 0.1926),
    (0, 10, 0, 20, -0.1611, 0.2775),
    (0, 10, 0, 10, -0.2775, 0.2775),
    (10, 10, 0, 20, 0.6791, 1.0),
    (10, 10, 0, 10, 0.6075, 1.0),
]


def relapse_counts(pairs) -> str:
    """Return cohorts with relapses: (of those not transplanted, how many, of the transplanted, how many)."""
    return "\n".join(
        f"""ckbg:c{row} a ckb:Cohort ; ckb:tableRow {row} .
        ckbg:c{row}-without ckb:cohort ckbg:c{row} ; ckb:endpoint ckb:relapse ;
          ckb:group ckb:not-transplanted-patients ; ckb:numerator {without} ; ckb:denominator {of_without} .
        ckbg:c{row}-with ckb:cohort ckbg:c{row} ; ckb:endpoint ckb:relapse ; ckb:group ckb:transplanted-patients ;
          ckb:numerator {with_transplant} ; ckb:denominator {of_with} ."""
        for row, (without, of_without, with_transplant, of_with) in enumerate(pairs, 1)
    )


def wilson(count: int, of: int) -> tuple[float, float]:
    z, share = 1.959963984540054, count / of
    half = z * sqrt(share * (1 - share) / of + z * z / (4 * of * of))
    return tuple((share + z * z / (2 * of) + sign * half) / (1 + z * z / of) for sign in (-1, 1))


def newcombe(count, of, other, of_other) -> tuple[float, float]:
    (low, high), (other_low, other_high) = wilson(count, of), wilson(other, of_other)
    share, other_share = count / of, other / of_other
    apart = share - other_share
    return (
        apart - sqrt((share - low) ** 2 + (other_high - other_share) ** 2),
        apart + sqrt((high - share) ** 2 + (other_share - other_low) ** 2),
    )


def rounded(exact: float, shown: str, printed: float = 0.0) -> bool:
    """Whether per cents shown with one decimal are a proportion rounded; ``printed``: its own last digit's half."""
    return abs(float(shown) - 100 * exact) <= 0.05 + 100 * printed + 1e-6 and len(shown.partition(".")[2]) <= 1


@pytest.mark.parametrize("engine", ENGINES)
def test_intervals_of_proportions_are_the_published_ones(engine):
    rows = ask("18", relapse_counts([(n, of, 1, 2) for n, of, _, _ in PROPORTIONS]), engine)
    rows = [row for row in rows if row["transplant"] == "without"]
    assert len(rows) == len(PROPORTIONS)
    for row, (count, of, low, high) in zip(rows, PROPORTIONS, strict=True):
        assert (row["relapsed"], row["of"]) == (str(count), str(of))
        assert rounded(low, row["from"], 0.00005), row
        assert rounded(high, row["to"], 0.00005), row


@pytest.mark.parametrize("engine", ENGINES)
def test_intervals_of_differences_are_the_published_ones(engine):
    rows = ask("19", relapse_counts([pair[:4] for pair in DIFFERENCES]), engine)
    assert len(rows) == len(DIFFERENCES)
    for row, (count, of, other, of_other, low, high) in zip(rows, DIFFERENCES, strict=True):
        assert rounded(count / of - other / of_other, row["difference"])
        assert rounded(low, row["from"], 0.00005), row
        assert rounded(high, row["to"], 0.00005), row


counts = st.integers(1, 1000).flatmap(lambda of: st.tuples(st.integers(0, of), st.just(of)))
pairs = st.lists(st.tuples(counts, counts).map(lambda two: (*two[0], *two[1])), min_size=1, max_size=25)


@settings(max_examples=40)
@given(pairs)
def test_intervals_of_any_counts_are_those_of_the_formula(made_up):
    turtle = relapse_counts(made_up)
    for row in ask("18", turtle):
        low, high = wilson(int(row["relapsed"]), int(row["of"]))
        assert rounded(low, row["from"]), row
        assert rounded(high, row["to"]), row
        assert rounded(int(row["relapsed"]) / int(row["of"]), row["percent"]), row
    rows = ask("19", turtle)
    assert len(rows) == len(made_up)
    for row, (count, of, other, of_other) in zip(rows, made_up, strict=True):
        low, high = newcombe(count, of, other, of_other)
        assert rounded(count / of - other / of_other, row["difference"]), row
        assert rounded(low, row["from"]), row
        assert rounded(high, row["to"]), row


@settings(max_examples=3)
@given(st.lists(st.tuples(counts, counts).map(lambda two: (*two[0], *two[1])), min_size=1, max_size=5))
def test_two_engines_agree_on_any_counts(made_up):
    turtle = relapse_counts(made_up)
    for number in ("17", "18", "19"):
        assert ask(number, turtle) == ask(number, turtle, "rdflib")


def test_every_trial_is_shown_with_its_numbers_and_unknown_status_is_left_out_and_said():
    rows, names = ask_real("19"), ("relapsedWith", "ofWith", "relapsedWithout", "ofWithout")
    assert {int(row["row"]): tuple(int(row[name]) for name in names) for row in rows} == TABLE
    unknown = {int(row["row"]): int(row["unknownStatus"]) for row in rows if row["unknownStatus"] != "0"}
    assert unknown == UNKNOWN == {4: 4}
    for row in rows:
        with_transplant, of_with, without, of_without = TABLE[int(row["row"])]
        low, high = newcombe(without, of_without, with_transplant, of_with)
        assert rounded(low, row["from"])
        assert rounded(high, row["to"])


def sums(rows) -> tuple[int, int, int, int]:
    return tuple(sum(TABLE[row][column] for row in rows) for column in range(4))


def test_the_printed_totals_are_the_sums_of_the_table():
    printed = {(row["figure"], row["property"]): row["derived"] for row in ask_real("15")}
    relapsed, known, without, of_without = sums(TABLE)
    transplanted = known + sum(UNKNOWN.values())
    of = "ckbg:pooled-relapse-with-hsct"
    other = "ckbg:pooled-relapse-without-hsct"
    assert printed["ckbg:pooled-remission", "ckb:numerator"] == str(transplanted + of_without) == "429"
    assert printed["ckbg:pooled-transplanted", "ckb:numerator"] == printed[of, "ckb:denominator"] == str(transplanted)
    assert printed[of, "ckb:numerator"] == str(relapsed) == "27"
    assert printed[other, "ckb:numerator"] == str(without) == "116"
    assert printed[other, "ckb:denominator"] == str(of_without) == "226"
    assert printed[of, "ckb:printedPercentage"] == f"{100 * relapsed / transplanted:.1f}"
    assert printed[other, "ckb:printedPercentage"] == f"{100 * without / of_without:.1f}"
    for name, first, last in (("days", "33", "312"), ("median-days", "44", "84")):
        ends = [printed[f"ckbg:pooled-{name}-to-hsct", f"ckb:{end}"] for end in ("minimum", "maximum")]
        assert ends == [first, last]
    assert {row["agrees"] for row in ask_real("15")} == {"true"}


def test_a_total_that_is_not_the_sum_is_seen():
    pool = "ckbg:pooled-relapse-with-hsct ckb:numerator 3 ; ckb:denominator 12 ."
    rows = ask("15", relapse_counts([(1, 5, 2, 12)]) + pool)
    assert [(r["property"], r["printed"], r["derived"], r["agrees"]) for r in rows] == [
        ("ckb:denominator", "12", "12", "true"),
        ("ckb:numerator", "3", "2", "false"),
    ]


def test_days_and_months_are_not_mixed():
    turtle = """ckbg:pooled-days-to-hsct ckb:minimum 30 ; ckb:maximum 99 . ckbg:c a ckb:Cohort ; ckb:tableRow 1 .
    ckbg:days ckb:cohort ckbg:c ; ckb:endpoint ckb:days-to-transplant ; ckb:unit "d" ; ckb:minimum 30 ; ckb:maximum 99 .
    ckbg:months ckb:cohort ckbg:c ; ckb:endpoint ckb:days-to-transplant ; ckb:unit "mo" ; ckb:minimum 1 ."""
    assert [(row["derived"], row["agrees"]) for row in ask("15", turtle)] == [("99", "true"), ("30", "true")]


def test_the_sums_counted_in_other_ways():
    relapsed, known, without, of_without = sums(TABLE)
    four = sum(UNKNOWN.values())
    marrow, others = sums(MRD_NEGATIVE), sums(set(TABLE) - MRD_NEGATIVE)
    expected = {
        1: (relapsed, known + four, without, of_without),
        2: (relapsed, known, without, of_without),
        3: (relapsed + four, known + four, without, of_without),
        4: marrow,
        5: (others[0], others[1] + four, *others[2:]),
        6: (relapsed, known + four - (14 - 12), without, of_without + (14 - 12)),
    }
    found: dict[int, dict] = {}
    for row in ask_real("16"):
        found.setdefault(int(row["number"]), {})[row["transplant"]] = (int(row["relapsed"]), int(row["patients"]))
    assert {number: (*arms["with"], *arms["without"]) for number, arms in found.items()} == expected


def test_each_trial_left_out():
    names = ("relapsedAfterTransplant", "transplanted", "relapsedWithoutTransplant", "notTransplanted")
    rows = {int(row["row"]): tuple(int(row[name]) for name in names) for row in ask_real("17")}
    assert set(rows) == set(TABLE)
    for row, found in rows.items():
        rest = set(TABLE) - {row}
        relapsed, known, without, of_without = sums(rest)
        assert found == (relapsed, known + sum(UNKNOWN.get(other, 0) for other in rest), without, of_without)


def nearest(count: int, of: int, places: int) -> Decimal:
    exact = Fraction(100 * count, of)
    step = Decimal(1).scaleb(-places)
    return (Decimal(exact.numerator) / Decimal(exact.denominator)).quantize(step, ROUND_HALF_UP)


@settings(max_examples=60)
@given(counts, st.sampled_from([0, 1]), st.sampled_from([0, -1, 1]))
def test_a_percentage_agrees_to_the_place_that_it_is_printed_to(count_of, places, off):
    count, of = count_of
    printed = nearest(count, of, places) + off * Decimal(1).scaleb(-places)
    turtle = f"ckbg:f ckb:printedPercentage {printed} ; ckb:numerator {count} ; ckb:denominator {of} ."
    (row,) = ask("22", turtle)
    assert row["agrees"] == ("true" if off == 0 else "false")
    assert Decimal(row["recomputed"]) == nearest(count, of, places)


def test_the_cells_that_do_not_fit_are_found_and_each_is_explained():
    rows = ask_real("22")
    assert len(rows) > 60
    assert {row["finding"] for row in rows if row["agrees"] == "false"} == {
        "ckbg:gardner-2017-relapse-with-hsct",
        "ckbg:zhang-2020-transplanted",
    }
    tally = {row["outcome"]: (int(row["percentages"]), int(row["withDiscrepancy"])) for row in ask_real("23")}
    assert tally["differs"] == (2, 2)
    assert tally["agrees"] == (len(rows) - 2, 0)


@pytest.fixture(scope="module")
def graph():
    return as_graph(real().operative)


@pytest.mark.parametrize("number", ["17", "18", "19", "20", "21", "22", "23", "24"])
def test_rdflib_answers_as_pyoxigraph_does(graph, number):
    assert ask_real(number)
    assert ask_rdflib(number, graph) == ask_real(number)


def test_the_questions_are_short_and_ordered():
    files = sorted((HOME / "ontology/questions").glob("*.rq"))
    assert len(files) >= 29
    for path in files:
        lines = path.read_text(encoding="utf-8").splitlines()
        assert len(lines) <= 40, path
        assert lines[0].startswith("# "), path
        assert "ORDER BY" in lines[-1], path
