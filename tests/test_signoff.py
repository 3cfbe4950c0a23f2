"""Signing: a signature is for one item as it stands, of one person, and never counts once the item has changed."""

import json
import shutil
from pathlib import Path

import pyoxigraph as ox
import pyshacl
import pytest
import rdflib
from hypothesis import given
from hypothesis import strategies as st

from cartkb.checking.checks import read_checks
from cartkb.knowledge import Knowledge
from cartkb.loaded import Loaded
from cartkb.names import CKBG, ckb
from cartkb.problems import CartkbError
from cartkb.releasing.fingerprint import layers
from cartkb.releasing.signing import sign
from cartkb.releasing.signoff import SignOff, notes
from conftest import HOME
from copies import edit, small_copy

EXAMPLES = ("0000-0002-1825-0097", "0000-0001-5109-3700", "0000-0002-1694-233X")  # of ORCID's own pages
CHECKED = "Read beside its passages: number, unit and side agree."
LDH, DECISION = "guideline/factors/high-ldh.ttl", "guideline/decisions/adult-is-18.ttl"
ITEMS = ["high-ldh", "adult-is-18"]
BRIDGING = "ckb:finding ckbg:hay-2019-high-ldh-bridging"


def signed_text(home: Path, items=ITEMS, orcid=EXAMPLES[0], name="Josiah Carberry") -> tuple[str, str]:
    return sign(Knowledge(home), list(items), orcid, name, "2026-02-01", CHECKED)


@pytest.fixture(scope="module")
def signed(tmp_path_factory) -> Path:
    """A copy in which an invented signer has signed a factor and a decision."""
    home = small_copy(tmp_path_factory.mktemp("signed") / "copy")
    text, file = signed_text(home)
    assert file == "josiah-carberry.ttl"
    (home / "guideline/signatures").mkdir()
    (home / "guideline/signatures" / file).write_text(text, encoding="utf-8")
    edit(home / DECISION, "ckb:signOff ckb:unsigned", "ckb:signOff ckb:signed")
    return home


@pytest.fixture
def home(signed, tmp_path) -> Path:
    return Path(shutil.copytree(signed, tmp_path / "copy"))


def holding(home: Path) -> set[str]:
    signatures = SignOff(Knowledge(home).loaded).signatures()
    assert len(signatures) == 2
    return {signature.item.removeprefix(CKBG) for signature in signatures if signature.holds}


def found(home: Path, name: str) -> list[dict]:
    return checks(home)[name].select(Knowledge(home).store)


def checks(home: Path) -> dict:
    return {check.name: check for check in read_checks(Knowledge(home))[0]}


def test_where_nobody_has_signed_it_is_said(run, tmp_path):
    home = small_copy(tmp_path / "copy")
    kinds = json.loads(run("signatures", "--format", "json", home=home).stdout)["kinds"]
    items = sum(kind["items"] for kind in kinds)
    assert items > 500
    assert sum(kind["signed"] + kind["void"] for kind in kinds) == 0
    told = f"signed: 0 of {items} items; with void signatures only: 0; by nobody: {items}"
    assert notes(Knowledge(home).loaded) == [told]
    listed = run("signatures", "--list", "unsigned", home=home).stdout
    assert "\nstatement:\n" in listed
    assert "\n  strong-for-adult-high-risk\n" in listed


def test_everything_with_a_passage_is_to_be_signed_by_itself_or_with_its_whole(knowledge):
    """Whoever adds a class of claims has to say who signs them."""
    sign_off = SignOff(knowledge.loaded)
    to_sign = {item for items in sign_off.kinds().values() for item in items}
    parts = {t.object.value for t in knowledge.loaded.triples() if t.predicate == ckb("evidenceLine")}
    cases = {t.subject.value for t in knowledge.loaded.triples() if t.object == ckb("Case")}
    claims = {t.subject.value for t in knowledge.loaded.triples() if t.predicate == ckb("passage")}
    assert len(claims) > 1000
    assert claims - to_sign - parts - cases == set()


def test_what_is_signed_holds_and_is_counted(home, run):
    assert holding(home) == set(ITEMS)
    told = run("signatures", "--list", "signed", home=home).stdout
    assert "editorial decision:\n  adult-is-18\nrisk factor:\n  high-ldh\n" in told
    assert notes(Knowledge(home).loaded)[0].startswith("signed: 2 of ")
    asked = run("query", HOME / "ontology/questions/30-signed-by-kind.rq", "--format", "csv", home=home).stdout
    assert "ckb:RiskFactor,1,0,false\n" in asked
    for name in ("signature-orcid", "signature-twice", "signature-of-nothing", "signature-decision-state"):
        assert found(home, name) == [], name


VOIDING = {
    "a label": (LDH, '"High lactate dehydrogenase"@en', '"High LDH"@en', "high-ldh"),
    "a passage": (LDH, "ckbg:FAC.1.2, ckbg:PRE.3.1,", "ckbg:FAC.1.2,", "high-ldh"),
    "the cut-off of a part": (LDH, "ckb:threshold 210", "ckb:threshold 250", "high-ldh"),
    "the evidence of a part": (LDH, f"{BRIDGING} ;", f"{BRIDGING}, ckbg:hay-2019-cohort ;", "high-ldh"),
    "a choice": (DECISION, "ckb:choice \"Eighteen", "ckb:choice \"Nineteen", "adult-is-18"),
}  # fmt: skip
HARMLESS = {
    "a comment": (LDH, "# Risk factor", "# A risk factor"),
    "the order in a file": (LDH, "ckbg:FAC.1.2, ckbg:PRE.3.1,", "ckbg:PRE.3.1, ckbg:FAC.1.2,"),
    "another item": ("guideline/factors/low-platelets.ttl", "ckb:onOwnList true", "ckb:onOwnList false"),
    "that it is signed": (DECISION, "ckb:signOff ckb:signed", "ckb:signOff ckb:unsigned"),
}


@pytest.mark.parametrize("name", VOIDING)
def test_a_change_voids_the_signature_of_its_item_only(home, run, name):
    file, old, new, item = VOIDING[name]
    edit(home / file, old, new)
    assert holding(home) == set(ITEMS) - {item}
    void, counted = notes(Knowledge(home).loaded)
    assert "signatures/josiah-carberry.ttl:" in void
    assert f"the signature ckbg:josiah-carberry-signs-{item} is void" in void
    assert f"cartkb sign {item}" in void
    assert counted.startswith("signed: 1 of ")
    assert "with void signatures only: 1;" in counted
    told = run("signatures", "--list", "void", "--strict", home=home)
    assert told.exit_code == 1
    assert f"  {item}\n" in told.stdout


@pytest.mark.parametrize("name", HARMLESS)
def test_what_is_no_part_of_the_item_voids_nothing(home, name):
    edit(home / HARMLESS[name][0], *HARMLESS[name][1:])
    assert holding(home) == set(ITEMS)


@pytest.fixture(scope="module")
def kinds(knowledge) -> list[list[str]]:
    return [sorted(items) for items in SignOff(knowledge.loaded).kinds().values() if items]


@given(st.data())
def test_any_statement_of_an_item_or_its_parts_that_goes_changes_the_digest(knowledge, kinds, data):
    """The parts are found again by walking, not by the program's own way."""
    item = data.draw(st.sampled_from(kinds).flatmap(st.sampled_from))
    path = knowledge.loaded.files_of(item)[0]
    own = knowledge.loaded.files[path]
    parts = {item}
    for _ in range(3):
        links = [ckb(name) for name in ("evidenceLine", "criterion", "definingCriterion", "productFact")]
        parts |= {t.object.value for t in own if t.subject.value in parts and t.predicate in links}
    marks = HOME / "ontology/to-be-signed.ttl"
    triple = data.draw(st.sampled_from([t for t in own if t.subject.value in parts]) | st.sampled_from(own))
    left = [t for t in own if t != triple]
    of_marks = knowledge.loaded.files[marks]
    before, after = (SignOff(Loaded({marks: of_marks, path: triples})).digest(item) for triples in (own, left))
    counts = triple.subject.value in parts and triple.predicate != ckb("signOff")
    assert (before != after) == counts


def test_a_signature_is_none_of_what_a_release_tells(signed, home):
    shutil.rmtree(home / "guideline/signatures")
    assert layers(Knowledge(home)) == layers(Knowledge(signed))


def test_the_decision_and_its_signature_agree(home):
    edit(home / DECISION, "ckb:signOff ckb:signed", "ckb:signOff ckb:unsigned")
    (row,) = found(home, "signature-decision-state")
    assert (row["right"], row["truth"].value) == (ckb("signed"), "a signature for it holds")
    edit(home / DECISION, "ckb:signOff ckb:unsigned", "ckb:signOff ckb:signed")
    edit(home / DECISION, 'ckb:choice "Eighteen', 'ckb:choice "Nineteen')
    (row,) = found(home, "signature-decision-state")
    assert (row["right"], row["truth"].value) == (ckb("unsigned"), "no signature for it holds")


def test_one_word_each_and_only_for_claims(home):
    path = home / "guideline/signatures/josiah-carberry.ttl"
    text = path.read_text(encoding="utf-8")
    more = text[text.index("ckbg:josiah-carberry-signs-high-ldh") :].partition("\n\n")[0]
    again = more.replace("josiah-carberry-signs-high-ldh\n", "second-time\n", 1)
    path.write_text(f"{text}\n{again}\n", encoding="utf-8")
    assert len(found(home, "signature-twice")) == 1
    path.write_text(text.replace("ckb:signs ckbg:high-ldh ", "ckb:signs ckbg:dataset "), encoding="utf-8")
    assert [row["signed"].value for row in found(home, "signature-of-nothing")] == [f"{CKBG}dataset"]


def test_who_has_signed_before_is_not_described_again(home):
    text, file = signed_text(home, ["low-platelets"], name="")
    assert file == "josiah-carberry.ttl"
    assert text.startswith("ckbg:josiah-carberry-signs-low-platelets\n")
    assert "ckb:Signer" not in text
    other, file = signed_text(home, ["low-platelets"], orcid=EXAMPLES[1])
    assert file == "josiah-carberry-3700.ttl"  # another person of the same name
    assert "ckb:Signer" in other


@pytest.mark.parametrize(
    ("name", "file"),
    [("Zoë Müller-Ødegård", "zoe-muller-degard.ttl"), ("李 明", "signer.ttl"), ('O"Neil \\ <b>', "o-neil-b.ttl")],
)
def test_any_name_makes_turtle_that_can_be_read(home, name, file):
    text, where = signed_text(home, name=name, orcid=EXAMPLES[2])
    assert where == file
    assert name in {quad.object.value for quad in ox.parse(text, format=ox.RdfFormat.TURTLE)}


def test_all_that_is_wrong_is_told_at_once(run, home):
    options = ("--orcid", "0000-0002-1825-0098", "--on", "2026-02-01", "--checked", "ok")
    refused = run("sign", "high-ldhh", "dataset", *options, home=home)
    assert refused.exit_code == 1
    assert refused.stdout == ""
    assert refused.stderr.endswith("5 problems\n")
    for words in ("did you mean high-ldh", "says too little", "is no ORCID iD", "--name: nobody", "dataset: no item"):
        assert words in refused.stderr
    assert run("sign", "high-ldh", "--orcid", "x", "--on", "yesterday", "--checked", "y", home=home).exit_code == 2
    with pytest.raises(CartkbError, match="four groups of four"):
        signed_text(home, orcid="0000000218250097")


def test_sign_prints_and_writes_nothing(run, home):
    before = {path: path.read_bytes() for path in home.rglob("*") if path.is_file()}
    arguments = ("sign", "low-platelets", "--orcid", EXAMPLES[0], "--on", "2026-02-01", "--checked", CHECKED)
    printed = run(*arguments, home=home)
    assert printed.exit_code == 0
    assert "guideline/signatures/josiah-carberry.ttl" in printed.stderr
    assert printed.stdout == signed_text(home, ["low-platelets"])[0] == run(*arguments, home=home).stdout
    assert before == {path: path.read_bytes() for path in home.rglob("*") if path.is_file()}


ORCID_CHECK = checks(HOME)["signature-orcid"]


def fits(iD: str) -> bool:  # noqa: N803
    """Ask the check of ontology/checks/."""
    store = ox.Store()
    store.add(ox.Quad(ox.NamedNode(CKBG), ckb("orcid"), ox.NamedNode(f"https://orcid.org/{iD}")))
    return not ORCID_CHECK.select(store)


def grouped(signs: str) -> str:
    return "-".join(signs[n : n + 4] for n in range(0, 16, 4))


@pytest.mark.parametrize("example", EXAMPLES)
def test_the_examples_of_orcid_fit(example):
    assert fits(example)


@given(st.text("0123456789", min_size=15, max_size=15))
def test_the_last_sign_is_the_one_of_iso_7064(digits):
    """Summed up digit by digit, as ORCID describes it."""
    total = 0
    for digit in digits:
        total = (total + int(digit)) * 2
    right = "0123456789X"[(12 - total % 11) % 11]
    assert [sign for sign in "0123456789X" if fits(grouped(digits + sign))] == [right]


@given(st.sampled_from(EXAMPLES), st.integers(0, 14), st.integers(1, 9))
def test_every_slip_of_one_digit_is_caught(example, place, by):
    signs = example.replace("-", "")
    slipped = signs[:place] + str((int(signs[place]) + by) % 10) + signs[place + 1 :]
    assert not fits(grouped(slipped))


LACKING = {
    "one ORCID iD as an address": ("  ckb:orcid", "  # ckb:orcid"),
    "needs one ORCID iD": ("https://orcid.org/", "https://orcid.example.org/"),
    "for exactly one item": ("  ckb:signs ckbg:high-ldh", "  # ckb:signs"),
    "needs one calendar date": ('"2026-02-01"^^xsd:date', '"yesterday"'),
    "needs the digest of what was signed": ('ckb:signedDigest "', 'ckb:signedDigest "0'),
    "in one English sentence what was held": ("  ckb:checked", "  # ckb:checked"),
    "is computed and never written": ("  ckb:signedOn", "  ckb:signatureState ckb:signature-holds ;\n  ckb:signedOn"),
}


@pytest.mark.parametrize("message", LACKING)
def test_what_a_signature_lacks_is_named(signed, message):
    """By pyshacl, which reads the same shapes."""
    shapes = rdflib.Graph().parse(HOME / "ontology/shapes/signature.ttl")
    text = (signed / "guideline/signatures/josiah-carberry.ttl").read_text(encoding="utf-8")

    def messages(text: str) -> set[str]:
        _, report, _ = pyshacl.validate(rdflib.Graph().parse(data=text), shacl_graph=shapes)
        return set(map(str, report.objects(None, rdflib.SH.resultMessage)))

    old, new = LACKING[message]
    assert messages(text) == set()
    assert old in text
    lines = text.replace(old, new)
    if new.startswith("  # ckb:checked") or new.startswith("  # ckb:orcid"):
        lines = "\n".join(line + "\n  ." if line.lstrip().startswith("# ckb:") else line for line in lines.splitlines())
    (told,) = messages(lines)
    assert message in told
