"""Contrast by arithmetic on the colours of the stylesheet, as WCAG 2.2 defines it, in light, dark and on paper."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conftest import HOME

STYLE = (HOME / "site_templates/static/style.css").read_text(encoding="utf-8")
MODES = {
    "light": r"^:root \{(.*?)\}",
    "dark": r"scheme: dark\) \{\s*:root \{(.*?)\}",
    "paper": r"print \{\s*:root \{(.*?)\}",
}
TEXT, SHAPE = 4.5, 3.0  # the least contrast of words, and of what is told by its shape
GROUNDS = ["paper", "card", "tint", "accent-tint"]
WORDS = [(ink, ground) for ink in ("ink", "quiet", "accent") for ground in GROUNDS]
WORDS += [("warn", "warn-tint"), ("bad", "paper"), ("bad", "card")]
SHAPES = [(ink, ground) for ink in ("with", "without", "bad", "accent", "ink") for ground in ("paper", "card", "tint")]
SHAPES += [("quiet", "card"), ("quiet", "paper")]  # the borders of fields


def tokens(mode: str) -> dict[str, tuple[int, ...]]:
    """Return the colours of a mode; what it does not set is that of the light one."""
    found = {} if mode == "light" else tokens("light")
    block = re.search(MODES[mode], STYLE, re.DOTALL | re.MULTILINE)[1]
    for name, digits in re.findall(r"--([a-z-]+): #([0-9a-f]{3}(?:[0-9a-f]{3})?);", block):
        whole = digits if len(digits) == 6 else "".join(d * 2 for d in digits)
        found[name] = tuple(bytes.fromhex(whole))
    assert len(found) >= 14, f"the colours of {mode} are no longer found"
    return found


def light(colour) -> float:
    """Return the relative luminance of a colour of the screen, from 0 to 1."""
    parts = [c / 255 for c in colour]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one, other) -> float:
    darker, lighter = sorted([light(one), light(other)])
    return (lighter + 0.05) / (darker + 0.05)


COLOUR = st.tuples(*[st.integers(0, 255)] * 3)


@given(COLOUR, COLOUR)
def test_contrast_is_what_it_is_defined_to_be(one, other):
    assert contrast((0, 0, 0), (255, 255, 255)) == pytest.approx(21)
    assert contrast((118, 118, 118), (255, 255, 255)) == pytest.approx(
        4.54, abs=0.01
    )  # the known grey that just passes
    assert contrast(one, one) == 1
    assert 1 <= contrast(one, other) == contrast(other, one) <= 21.001


@pytest.mark.parametrize("mode", MODES)
def test_words_and_shapes_stand_out(mode):
    colours = tokens(mode)
    faint = [
        f"{ink} on {ground}: {contrast(colours[ink], colours[ground]):.2f}"
        for pairs, least in ((WORDS, TEXT), (SHAPES, SHAPE))
        for ink, ground in pairs
        if contrast(colours[ink], colours[ground]) < least
    ]
    assert faint == []


def test_the_two_groups_of_a_plot_differ_in_grey_or_in_shape():
    """On paper colours are greys: a dashed line and a hollow mark tell the groups apart as well."""
    assert re.search(r"\.plot \.without \{[^}]*stroke-dasharray", STYLE)
    assert re.search(r"\.plot rect\.without \{[^}]*fill: var\(--paper\)", STYLE)


def test_no_colour_is_set_beside_the_tokens():
    """Whatever is coloured takes a token, so that the arithmetic above holds for all of it."""
    rules = re.sub(r":root \{.*?\}", "", STYLE, flags=re.DOTALL)
    assert re.findall(r"#[0-9a-f]{3,8}\b|\brgba?\(|\bhsla?\(", rules) == []
