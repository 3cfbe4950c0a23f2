"""Passages: what is digested and which numbers are read, on invented sentences."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cartkb.passages.source import Passage, digest, normalise, numerals, passages_turtle


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Thirty-one of 40 patients, of whom two died", ["2", "31", "40"]),
        ("doses of 0.5 × 10 ⁶ /kg to 20 × 10⁶/kg", ["500000", "20000000"]),
        (r"$1 \times 10^6/\text{kg}$ cells", ["1000000"]),
        (r"platelets ($\geq 150,000/\mu\text{L}$)", ["150000"]),
        ("as shown before [1, 3–5] and [27]", []),
        ("CD19, CD28, 4-1BB and NCT01234567 in phase 1/2", []),
        ("1.5–25.3 years, 36–120 days", ["1.5", "25.3", "36", "120"]),
        ("44, 7% (21/47)", ["21", "44.7", "47"]),
        ("80, 73, and 90% at six months", ["6", "73", "80", "90"]),
    ],
)
def test_numerals(text, expected):
    assert [f"{n:f}" for n in numerals(text)] == expected


@given(st.decimals(0, 99999, places=1))
def test_a_printed_decimal_is_found(number):
    assert Decimal(number).normalize() in numerals(f"a rate of {number} % was seen")


@given(st.text("abc é-", min_size=1, max_size=40), st.integers(0, 40))
def test_line_breaks_and_hyphenation_do_not_matter(text, at):
    at = min(at, len(text))
    assert digest(text[:at] + "-\n" + text[at:]) == digest(text)


def test_one_changed_digit_changes_the_digest():
    assert digest("12 of 20") != digest("13 of 20")
    assert normalise("Ten–Day  ≥ 5") == normalise("ten-day ≥5")


def test_no_text_is_written():
    text = "Seven secret words stand here, 8 of 9, and seven more [2, 4–5]."
    written = passages_turtle([Passage("XX.1.1", "Somewhere", text)], [("words", "ckb:word"), ("Sword", "ckb:sword")])
    assert "secret" not in written
    assert "ckb:numeral 7, 8, 9 ;" in written
    assert 'ckb:numeralSequence "|8||9||7||7|" ;' in written
    assert "ckb:citesReference 2, 4, 5 ;" in written
    assert "ckb:mentions ckb:word ;" in written


def test_a_cell_knows_its_row_and_column():
    written = passages_turtle([Passage("T1.3.response", "Table 1", "3/4")], [])
    assert "ckb:inColumn ckb:column-response ;" in written
    assert "ckb:inRow ckbg:T1.3.register ;" in written
