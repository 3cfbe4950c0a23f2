"""cartkb new: a file for each kind, whose gaps are named one by one until it is whole."""

import os
import pty
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pyoxigraph as ox
import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

import cartkb as cartkb_package
from cartkb.authoring.new import check_name, read_skeletons
from cartkb.authoring.terms import Terms, WrongAnswerError
from cartkb.checking.check import check
from cartkb.cli import main
from cartkb.knowledge import Knowledge
from cartkb.names import PREFIXES
from cartkb.problems import CartkbError
from cartkb.queries import as_csv, run_query
from conftest import HOME, PARTS

KINDS = {
    *("trial", "factor", "factor-without-cut-off", "statement", "case", "reference", "tension", "decision"),
    *("discrepancy", "question", "check"),
}
HEADS = {
    "question": ["--question", "Which trials are there?"],
    "check": ["--problem", "{item} has no status", "--why", "it may still be going on", "--fix", "add ckb:studyStatus"],
}
PATTERNS = {
    "question": "?item a ckb:Trial",
    "check": "?item a ckb:Trial . FILTER NOT EXISTS { ?item ckb:studyStatus ?status }",
}
TABLE = """key\tplace\ttext
INV.1.1\tResults, sentence 1\tIn this invented trial 24 of 26 enrolled adults were treated with CAR T cells.
INV.1.2\tResults, sentence 2\tOf the 24 treated patients, 20 reached complete remission.
INV.1.3\tResults, sentence 3\tEleven of the 20 patients in remission were transplanted.
INV.1.4\tResults, sentence 4\tRelapse was seen in 2 of the 11 transplanted patients and in 5 of the 9 others.
"""
LABEL = {"label": "Invented", "description": "Something invented for a test."}
ANSWERS = {
    "reference": {
        **LABEL, "author-list": "Invented A", "title": "Invented", "journal-title": "Inventions", "year": "2026",
        "publication-role": "trial-report",
    },
    "trial": {
        **LABEL, "registry-id": "NCT00000000", "study-design": "single-arm", "study-status": "reported",
        "passage": "INV.1.1", "cohort-label": "Invented cohort", "cohort-description": "Adults, all invented.",
        "publication": "my-reference",
        "treated-numerator": "24", "treated-denominator": "26", "treated-passage": "INV.1.1",
        "remission-numerator": "20", "remission-denominator": "24", "remission-passage": "INV.1.2",
        "transplanted-numerator": "11", "transplanted-denominator": "20", "transplanted-passage": "INV.1.3",
        "relapse-with-hsct-numerator": "2", "relapse-with-hsct-denominator": "11",
        "relapse-with-hsct-passage": "INV.1.4", "relapse-without-hsct-numerator": "5",
        "relapse-without-hsct-denominator": "9", "relapse-without-hsct-passage": "INV.1.4",
    },
    "factor": {
        **LABEL, "feature": "ldh", "phase-of-care": "screening", "passage": "PRE.3.1", "present-label": "LDH above 210",
        "present-description": "LDH is above the limit.", "window": "before-lymphodepletion",
        "comparator": "greater-than", "threshold": "210", "unit": "U/L", "cut-off-of": "hay-2019-cohort",
        "present-passage": "PRE.3.1",
    },
    "factor-without-cut-off": {
        **LABEL, "feature": "complex-karyotype", "phase-of-care": "screening", "passage": "FAC.1.2",
        "present-label": "Complex karyotype", "present-description": "It was found at any time.", "window": "any-time",
        "pick": "ever",
    },
    "statement": {
        **LABEL, "speaker": "review-authors", "strength-wording": "may", "question": "who", "directs": "Context",
        "population": "adult", "passage": "NEC.2.1",
    },
    "tension": {
        **LABEL, "between": "adults-may-benefit, surveillance-without-risk-factors", "leaves-open": "Which of the two.",
        "passage": "NEC.2.1 REC.1.3",
    },
    "decision": {
        **LABEL, "decision-question": "Which?", "choice": "This one.", "alternative": "That one.",
        "reason": "It is one.", "affects": "adult", "passage": "NEC.2.1",
    },
    "discrepancy": {
        **LABEL, "concerns": "jacoby-2018-text-transplanted", "discrepancy-kind": "misprint",
        "printed-value": "14 (TR.8.5)", "found-by-reading": "Only a word is in doubt.", "certainty": "probable",
        "consequence": "None for any figure.", "passage": "TR.8.5",
    },
    "case": {
        **LABEL, "story": "An invented adult in remission, of whom little else is known.", "passage": "NEC.2.1",
        "question": "before", "expected-answer": "Answered",
    },
    "question": {}, "check": {},
}  # fmt: skip


def file_of(home: Path, kind: str, name: str) -> Path:
    (path,) = (home / read_skeletons(Knowledge(home))[kind].folder).glob(f"*{name}.*")
    return path


def problems_of(home: Path) -> set:
    found = check(Knowledge(home)).problems
    return {(str((Path.cwd() / p.file).resolve()), p.line, p.what, p.fix) for p in found}


def stored_answer(problem: tuple) -> bool:
    """Say whether a problem is that a question has another answer than the stored one."""
    return problem[0].endswith(".csv")


@pytest.fixture(scope="module")
def copy(tmp_path_factory) -> Path:
    home = tmp_path_factory.mktemp("new") / "copy"
    for part in PARTS:
        shutil.copytree(HOME / part, home / part)
    for case in (home / "guideline/cases").iterdir():
        if case.stem != "adult-no-risk-factor":
            case.unlink()
    return home


@pytest.fixture(scope="module")
def before(copy) -> set:
    return problems_of(copy)


@pytest.fixture(scope="module")
def begun(copy, before) -> dict[str, Path]:
    """A file of every kind in which nothing is answered that can be left open."""
    for kind in sorted(KINDS):
        cartkb(copy, "new", kind, f"my-{kind}", *HEADS.get(kind, []))
    return {kind: file_of(copy, kind, f"my-{kind}") for kind in KINDS}


@pytest.fixture(scope="module")
def found(copy, begun, before) -> set:
    return problems_of(copy) - before


def cartkb(home: Path, *arguments) -> str:
    """Run the program and return what it prints."""
    result = CliRunner().invoke(main, ["--home", str(home), *map(str, arguments)])
    assert result.exit_code == 0, result.output
    return result.stdout


def gaps_of(text: str) -> list[tuple[int, str]]:
    """Return line and text of every gap, found by eye: the text in quotes on the line."""
    lines = enumerate(text.splitlines(), 1)
    return [(n, line.split('"FILL IN ')[1].split('"')[0]) for n, line in lines if "^^ckb:gap" in line]


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_check_names_exactly_the_gaps(begun, found, kind):
    path = begun[kind].resolve()
    told = sorted((line, what) for file, line, what, _ in found if file == str(path))
    if kind in PATTERNS:
        assert len(told) == 1
        return
    gaps = gaps_of(path.read_text(encoding="utf-8"))
    assert gaps
    assert [line for line, _ in told] == [line for line, _ in gaps]
    for (_, what), (_, asked) in zip(told, gaps, strict=True):
        assert asked in what


def test_nothing_else_is_told_of_a_file_with_gaps(begun, found):
    files = {str(path.resolve()) for path in begun.values()}
    assert {file for file, *_ in found} == files
    assert all(fix for *_, fix in found)


def test_what_is_unfinished_is_not_on_the_website(copy, begun, tmp_path):
    cartkb(copy, "build", tmp_path / "site")
    pages = sorted((tmp_path / "site").rglob("*.html"))
    assert len(pages) > 300
    explained = "complaints.html"  # shows what a gap looks like
    assert [page for page in pages if "FILL IN" in page.read_text(encoding="utf-8")] == [
        tmp_path / "site/quality" / explained
    ]
    assert not [page for page in pages if page.stem.startswith("my-")]


def test_without_its_gaps_every_file_is_clean(copy, begun, found, before):
    (copy / "invented.tsv").write_text(TABLE, encoding="utf-8")
    for kind, path in begun.items():
        skeleton = read_skeletons(Knowledge(copy))[kind]
        if skeleton.is_query:
            path.write_text(re.sub(r"FILL IN .*", PATTERNS[kind], path.read_text(encoding="utf-8")), encoding="utf-8")
            continue
        assert {gap.option for gap in skeleton.gaps} == set(ANSWERS[kind])
        if kind == "trial":
            passages = cartkb(copy, "source", "passages", copy / "invented.tsv", "--of", "my-reference")
            (copy / "guideline/publications/my-reference-passages.ttl").write_text(passages, encoding="utf-8")
        options = [f"--{option}={answer}" for option, answer in ANSWERS[kind].items()]
        path.unlink()
        cartkb(copy, "new", kind, path.stem, *options)
        assert not gaps_of(path.read_text(encoding="utf-8"))
    filled = Knowledge(copy)
    for question in filled.queries("questions"):
        question.with_suffix(".csv").write_text(as_csv(*run_query(filled, question)), encoding="utf-8")
    assert problems_of(copy) <= {problem for problem in before if not stored_answer(problem)}
    assert "my-trial" in begun["question"].with_suffix(".csv").read_text(encoding="utf-8")


def test_every_kind_has_a_skeleton_that_says_what_it_is(knowledge):
    skeletons = read_skeletons(knowledge)
    assert set(skeletons) == KINDS
    for skeleton in skeletons.values():
        assert skeleton.text.startswith("# ")
        assert len({gap.option for gap in skeleton.gaps}) == len({gap.asked for gap in skeleton.gaps}) > 0
        assert skeleton.text.count("^^ckb:gap") == len(gaps_of(skeleton.text))


REFUSED = {
    "name taken": (["factor", "high-ldh"], "taken"),
    "name of something else": (["trial", "adult"], "taken"),
    "question of that name": (["question", "tensions", *HEADS["question"]], "taken"),
    "name with capitals": (["trial", "My_Trial"], "my-trial"),
    "name with a path": (["trial", "../trial"], "is no name"),
    "no such passage": (["trial", "mine", "--passage", "TR.9.44"], "did you mean TR.9.4"),
    "one of two passages": (["trial", "mine", "--passage", "TR.9.4, TR.99.1"], "TR.99.1"),
    "no such publication": (["trial", "mine", "--publication", "hey-2019"], "did you mean hay-2019"),
    "a trial for a publication": (["trial", "mine", "--publication", "nct02772198"], "is no publication"),
    "no such feature": (["factor", "mine", "--feature", "platelet"], "did you mean platelets"),
    "speaker from a short list": (["statement", "mine", "--speaker", "me"], "choose from: review-authors, trial"),
    "words for a number": (["factor", "mine", "--threshold", "about 5"], "not a number"),
    "comma in a number": (["factor", "mine", "--threshold", "2,5"], "not a number"),
    "half a patient": (["trial", "mine", "--treated-numerator", "2.5"], "not a whole number"),
    "a check without its words": (["check", "mine", "--problem", "wrong"], "--why is needed"),
    "an unknown kind": (["recipe", "mine"], "recipe"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_wrong_is_refused_and_nothing_is_written(home, run, name):
    def files():
        return sorted(path for path in home.rglob("*") if path.is_file())

    arguments, said = REFUSED[name]
    there = files()
    result = run("new", *arguments, home=home)
    assert result.exit_code == 2
    assert said in result.stderr
    assert files() == there


def test_the_copy_that_was_installed_with_the_program_is_not_written_to(knowledge, terms):
    installed = Knowledge(Path(cartkb_package.__file__).parent / "data")
    skeleton = read_skeletons(knowledge)["trial"]
    with pytest.raises(CartkbError, match="not for editing"):
        check_name(skeleton, "mine", installed, terms)


def test_a_terminal_is_asked_and_may_leave_gaps(home):
    master, slave = pty.openpty()
    program = Path(sys.executable).parent / "cartkb"
    command = [program, "--home", home, "new", "tension", "mine", "--label", "Two sides"]
    asked = subprocess.Popen(command, stdin=slave, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    os.write(master, b"What each says.\nno-such\nadults-may-benefit low-risk-adults\nadults-may-benefit\n\n\n")
    out, err = asked.communicate(timeout=60)
    os.close(master)
    os.close(slave)
    assert asked.returncode == 0, err
    assert "no-such" in err
    assert "'low-risk-adults' is no statement" in err
    assert "label (" not in err
    text = (home / "guideline/tensions/mine.ttl").read_text(encoding="utf-8")
    assert 'rdfs:label "Two sides"@en' in text
    assert "ckb:between ckbg:adults-may-benefit" in text
    left = [n for n, line in enumerate(text.splitlines(), 1) if "ckb:leavesOpen" in line or "ckb:passage" in line]
    assert [line for line, _ in gaps_of(text)] == left
    assert "gaps in it: 2" in out


@pytest.fixture(scope="module")
def terms(knowledge) -> Terms:
    return Terms(knowledge)


PREAMBLE = "".join(f"@prefix {prefix}: <{namespace}> .\n" for prefix, namespace in PREFIXES.items())


@given(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), min_size=1).filter(str.strip))
def test_any_text_comes_back_from_the_file(terms, text):
    written = terms.written(PREFIXES["rdfs"] + "label", [text])
    (quad,) = ox.parse(f"{PREAMBLE} <https://example.org/x> rdfs:label {written} .", format=ox.RdfFormat.TURTLE)
    assert quad.object == ox.Literal(text.strip(), language="en")


@given(st.text(min_size=1).filter(str.strip))
def test_a_number_is_a_number_or_refused(terms, text):
    try:
        written = terms.written(PREFIXES["ckb"] + "threshold", [text])
    except WrongAnswerError:
        return
    (quad,) = ox.parse(f"{PREAMBLE} <https://example.org/x> ckb:threshold {written} .", format=ox.RdfFormat.TURTLE)
    assert quad.object.datatype.value.removeprefix(PREFIXES["xsd"]) in ("integer", "decimal")
    float(quad.object.value)
