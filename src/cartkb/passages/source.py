"""The reviewed article as addressable passages: normalisation, digests and numerals.

The project never holds the article's sentences. It holds, for each passage, a key, the place,
the SHA-256 digest of the normalised text, that text's length, the numerals in it, the works it
cites and the things it names. Anybody with a copy of the article can compute the same values
again with this module.
"""

import hashlib
import re
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

from cartkb.knowledge import Knowledge
from cartkb.names import short
from cartkb.problems import CartkbError, Problem, shown

REVIEW = "jiang-2020"  # the article whose passages these are, unless another one is named

_WORDINGS = """
PREFIX ckb: <https://w3id.org/cartkb/vocab/>
PREFIX skos: <http://www.w3.org/2004/02/skos/core#>
SELECT ?concept ?label WHERE {
  VALUES ?kind { ckb:Endpoint ckb:Feature }
  ?concept a ?kind ; skos:prefLabel|skos:altLabel|skos:hiddenLabel ?label .
}
"""
PART = 24  # characters of normalised text in one part of a passage
DROPPED = re.compile(r"[()\[\];:'\"]|[.,](?!\d)|(?<!\d)[.,]")  # punctuation that normalising leaves out

_SUPERSCRIPTS = str.maketrans({c: f"^{d}" for c, d in zip("⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻", "0123456789+-", strict=True)})
_SIGNS = str.maketrans({
    "–": "-", "—": "-", "−": "-", "‐": "-", "‑": "-", "’": "'", "‘": "'", "“": '"', "”": '"',
    "μ": "u", "µ": "u", "×": "x", "\u00a0": " ", "\u00ad": "", "∼": "~",
})  # fmt: skip
_LATEX = [(r"\geq", "≥"), (r"\leq", "≤"), (r"\times", "x"), (r"\mu", "u"), (r"\%", "%"), ("$", ""), ("*", "")]
_UNITS = [
    "zero",
    "one",
    "two",
    "three",
    "four",
    "five",
    "six",
    "seven",
    "eight",
    "nine",
    "ten",
    "eleven",
    "twelve",
    "thirteen",
    "fourteen",
    "fifteen",
    "sixteen",
    "seventeen",
    "eighteen",
    "nineteen",
]
_TENS = ["twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"]
_WORDS = {word: n for n, word in enumerate(_UNITS)}
_WORDS |= {word: 10 * n for n, word in enumerate(_TENS, start=2)}
_WORDS |= {f"{ten}-{_UNITS[n]}": _WORDS[ten] + n for ten in _TENS for n in range(1, 10)}
_NUMBER_WORD = re.compile(rf"\b(?:{'|'.join(sorted(_WORDS, key=len, reverse=True))})\b")


@dataclass(frozen=True)
class Passage:
    """One sentence, table cell, footnote or reference of the article."""

    key: str
    place: str
    text: str


def read_passages(path: Path) -> list[Passage]:
    """Read a table of passages: key, place and text separated by tabs, with a heading line.

    Raises CartkbError where a line is not of that form.
    """
    passages, problems = [], []
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines()[1:], 2):
        parts = line.split("\t", 2)
        if len(parts) == 3:
            passages.append(Passage(*parts))
        elif line.strip():
            what, fix = "not a row of key, place and text", "separate the three by tabs"
            problems.append(Problem(shown(path), number, what, fix=fix))
    if problems:
        raise CartkbError(problems)
    return passages


def plain_signs(text: str) -> str:
    """Replace typographic, LaTeX and superscript signs by plain ones (``10⁶`` becomes ``10^6``)."""
    text = re.sub(r"\\text\{([^}]*)\}", r"\1", text)
    for sign, plain in _LATEX:
        text = text.replace(sign, plain)
    return text.translate(_SUPERSCRIPTS).translate(_SIGNS)


def normalise(text: str) -> str:
    """Return the form that is digested: plain signs, lower case, no white space, hyphens or punctuation.

    White space and hyphens go because a printed page breaks lines and words anywhere; punctuation,
    except within a number, because copies of one article set it differently.

    >>> normalise("MRD-negative  CR  (≥ 5 × 10⁶; 12.5 %).")
    'mrdnegativecr≥5x10^612.5%'
    """
    text = re.sub(r"[\s-]+", "", plain_signs(text).lower())
    return DROPPED.sub("", text)


def digest(text: str) -> str:
    """Return the SHA-256 digest of the normalised text, in hexadecimal."""
    return hashlib.sha256(normalise(text).encode()).hexdigest()


def part_digests(text: str) -> list[str]:
    """Return short digests of the consecutive parts of the normalised text, so that a difference can be placed.

    Each part is ``PART`` characters long, the last one up to twice that; a digest is 8 hexadecimal digits.
    """
    whole = normalise(text)
    starts = range(0, max(len(whole) - PART + 1, 1), PART)
    ends = [*list(starts)[1:], len(whole)]
    return [hashlib.sha256(whole[a:b].encode()).hexdigest()[:8] for a, b in zip(starts, ends, strict=True)]


def numeral_sequence(text: str) -> list[Decimal]:
    """Return the numbers that occur in a text, each as often as it occurs: powers of ten, digits, then words.

    A power of ten counts as one number, and numbers that only name something are left out: citations,
    names such as CD19 or 4-1BB, registry numbers, tables, figures, phases and the numbers of a list.

    >>> [f"{n:f}" for n in numeral_sequence("Two of 51 got 0.5 × 10⁶/kg CD19 cells, two more 100,000 [1, 3–5]")]
    ['500000', '51', '100000', '2', '2']
    """
    text = plain_signs(text)
    text = re.sub(r"\[[\d,\s-]+\]|\(\d\)", " ", text)
    text = re.sub(r"\b(Table|Fig\.|Figure|[Pp]hase)\s*\d+[ab]?(/\d[ab]?)?", " ", text)
    text = re.sub(r"\b4-1BB|\b19-28z|\bt \(\d+;\d+\)", " ", text)
    text = re.sub(r"(\d),\s?(\d{3})(?!\d)", r"\1\2", text)
    text = re.sub(r"(\d), (\d)%", r"\1.\2%", text)  # a decimal comma of the printed table
    found = []

    def power(match: re.Match) -> str:
        found.append(Decimal(match[1]) * 10 ** int(match[2]))
        return " "

    text = re.sub(r"(\d+(?:\.\d+)?)\s*x\s*10\s*\^(\d+)", power, text)
    digits = re.findall(r"(?:(?<![A-Za-z\d.^-])|(?<=\d-))\d+(?:\.\d+)?(?![A-Za-z]*\d)", text)
    found += [Decimal(n) for n in digits]
    found += [Decimal(_WORDS[word]) for word in re.findall(_NUMBER_WORD, text.lower())]
    return [n.normalize() for n in found]


def numerals(text: str) -> list[Decimal]:
    """Return the distinct numbers that occur in a text, ascending.

    >>> [f"{n:f}" for n in numerals("Fifty-one patients got 0.5 × 10⁶/kg CD19 cells (100,000) [1, 3–5]")]
    ['51', '100000', '500000']
    """
    return sorted(set(numeral_sequence(text)))


def citations(text: str) -> list[int]:
    """Return the numbers of the references that a text cites in square brackets, ascending.

    >>> citations("as seen before [1, 18–21], and in a ratio [27]")
    [1, 18, 19, 20, 21, 27]
    """
    found: set[int] = set()
    for bracket in re.findall(r"\[([\d,\s-]+)\]", plain_signs(text)):
        for part in bracket.split(","):
            first, _, last = part.strip().partition("-")
            if first:
                found |= set(range(int(first), int(last or first) + 1))
    return sorted(found)


def _as_words(text: str) -> str:
    return re.sub(r"[\s-]+", " ", re.sub(r"[()*,;:]", "", plain_signs(text))).strip()


def mentions(text: str, wordings: Iterable[tuple[str, str]]) -> list[str]:
    """Return the names of the things that a text names, sorted. ``wordings`` are pairs of wording and name.

    A wording with two capitals, such as OS or MRD, has to stand there as a whole word with the same
    capitals; any other may be the beginning of a word, so that "relaps" finds relapse and relapsed.

    >>> mentions("EFS was longer; relapses occurred", [("EFS", "efs"), ("OS", "os"), ("relaps", "relapse")])
    ['efs', 'relapse']
    """
    found = set()
    words = _as_words(text)
    for wording, name in wordings:
        wanted = _as_words(wording)
        exact = sum(character.isupper() for character in wanted) > 1
        pattern = rf"(?<!\w){re.escape(wanted)}" + (r"(?!\w)" if exact else "")
        if re.search(pattern, words, 0 if exact else re.IGNORECASE):
            found.add(name)
    return sorted(found)


def wordings(knowledge: Knowledge) -> list[tuple[str, str]]:
    """Return each wording of an endpoint or feature, a label that SKOS gives it, with its prefixed name."""
    return [(row["label"].value, short(row["concept"])) for row in knowledge.select(_WORDINGS)]


def passages_turtle(passages: list[Passage], wordings: Iterable[tuple[str, str]], article: str = REVIEW) -> str:
    """Return the Turtle that describes passages of an article without their text; ``wordings`` as for ``mentions``."""
    every = "Every sentence, table cell, footnote and reference of the review"
    what = every if article == REVIEW else f"The passages of {article} that are claimed from"
    blocks = [
        f"# {what}, by key, digest, numerals and subject.\n"
        "# Written by `cartkb source passages`; the sentences themselves are not part of this project.\n"
        "@prefix ckb: <https://w3id.org/cartkb/vocab/> .\n"
        "@prefix ckbg: <https://w3id.org/cartkb/guideline/> .\n"
        "@prefix dcterms: <http://purl.org/dc/terms/> .\n"
        "@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .\n"
    ]
    for passage in passages:
        is_reference = passage.key.startswith("REF.")
        numbers = ", ".join(f"{n:f}" for n in numerals(passage.text))
        sequence = "".join(f"|{n:f}|" for n in numeral_sequence(passage.text))
        cited = ", ".join(map(str, citations(passage.text)))
        named = [] if is_reference else mentions(passage.text, wordings)
        lines = [
            f"ckbg:{passage.key}",
            "  a ckb:Passage ;",
            f'  rdfs:label "{passage.key}"@en ;',
            f'  ckb:key "{passage.key}" ;',
            f'  ckb:place "{passage.place}"@en ;',
            f'  ckb:sha256 "{digest(passage.text)}" ;',
            f"  ckb:normalisedLength {len(normalise(passage.text))} ;",
            f'  ckb:partDigests "{" ".join(part_digests(passage.text))}" ;',
            *([f"  ckb:numeral {numbers} ;", f'  ckb:numeralSequence "{sequence}" ;'] if numbers else []),
            *([f"  ckb:citesReference {cited} ;"] if cited else []),
            *([f"  ckb:mentions {', '.join(named)} ;"] if named else []),
            *(_column(passage.key) if article == REVIEW else []),
            f"  dcterms:isPartOf ckbg:{article} .\n",
        ]
        blocks.append("\n".join(lines))
    return "\n".join(blocks)


def _column(key: str) -> list[str]:
    """Return the line that names the column of a table cell, whose key is table, row and column."""
    match = re.fullmatch(r"(T\d+)\.\d+\.([a-z-]+)", key)
    return (
        [f"  ckb:inColumn ckb:column-{match[2]} ;", f"  ckb:inRow ckbg:{key.rpartition('.')[0]}.register ;"]
        if match
        else []
    )
