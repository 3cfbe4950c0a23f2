"""What changed since a release is found by how far it reaches, and no clinical change goes out untold."""

import re
import shutil
import subprocess
from pathlib import Path

import pyoxigraph as ox
import pyshacl
import pytest
import rdflib
from hypothesis import given
from hypothesis import strategies as st

from cartkb.checking.checks import read_checks
from cartkb.knowledge import Knowledge
from cartkb.loaded import patients_of
from cartkb.names import ckb
from cartkb.problems import CartkbError
from cartkb.reasoning.reason import Reasoner
from cartkb.releasing.fingerprint import REACHES, Sorter, as_table, changed, layers, read_table
from cartkb.releasing.release import check_releases, since
from conftest import HOME
from copies import PREFIXES, edit, published_copy, release, small_copy, write_releases

LDH, TRIAL = "guideline/factors/high-ldh.ttl", "guideline/trials/nct01593696.ttl"
QUANTITY, FACT = "ontology/rules/54-quantity.rq", "ontology/shapes/fact.ttl"
BRIDGING, WORDING = "hay-2019-high-ldh-bridging ;\n  ckb:direction ckb:", "ckb:strengthWording "
STRONG = "guideline/statements/strong-for-adult-high-risk.ttl"
EDITS = {  # what an author changes, and how far it reaches
    "cut-off": (LDH, "ckb:threshold 210", "ckb:threshold 250", {"clinical"}),
    "unit of a cut-off": (LDH, 'ckb:unit "U/L"', 'ckb:unit "ukat/L"', {"clinical"}),
    "comparator": (LDH, "ckb:greater-than", "ckb:at-least", {"clinical"}),
    "one condition less": ("guideline/criteria/high-risk.ttl", "ckbg:high-ldh-present, ", "", {"clinical"}),
    "what is directed": (STRONG, "ckb:directs ckb:StronglyRecommended", "ckb:directs ckb:Consider", {"clinical"}),
    "a rule": (QUANTITY, "MIN(?reached)", "MAX(?reached)", {"clinical"}),
    "what a patient may say": (FACT, "sh:closed true", "sh:closed false", {"clinical", "editorial"}),
    "how a patient is read": ("ontology/context.jsonld", '"asOf": {', '"asof": {', {"clinical"}),
    "count": (TRIAL, "ckb:numerator 20 ;", "ckb:numerator 21 ;", {"evidence"}),
    "direction of evidence": (LDH, f"{BRIDGING}supports", f"{BRIDGING}disputes", {"evidence"}),
    "passage": (LDH, "ckbg:PRE.3.1, ckbg:PRE.3.3, ckbg:TR.9.4", "ckbg:PRE.3.1, ckbg:TR.9.4", {"evidence"}),
    "wording of strength": (STRONG, WORDING + '"strongly', WORDING + '"very strongly', {"evidence"}),
    "label": (LDH, '"High lactate dehydrogenase"@en', '"High LDH"@en', {"editorial"}),
    "message of a shape of patients": (FACT, "The fact must say one state", "Say one state", {"editorial"}),
    "case": ("guideline/cases/adult-ldh-211.ttl", "ckb:value 211", "ckb:value 212", {"editorial"}),
    "comment": (LDH, "# Risk factor", "# A risk factor", set()),
    "comment of a rule": (QUANTITY, "# The last value", "# The latest value", set()),
    "space in a rule": (QUANTITY, "    GROUP BY ?patient", "  GROUP  BY ?patient", set()),
    "order in a file": (LDH, "ckbg:FAC.1.2, ckbg:PRE.3.1,", "ckbg:PRE.3.1, ckbg:FAC.1.2,", set()),
    "version": ("ontology/cartkb.ttl", "owl:versionInfo", "# ;\n  owl:versionInfo", set()),
}  # fmt: skip


@pytest.fixture(scope="module")
def shared(tmp_path_factory) -> tuple[Path, dict]:
    """A published copy that no test changes, and its layers."""
    home = published_copy(tmp_path_factory.mktemp("published"))
    return home, layers(Knowledge(home))


@pytest.fixture
def home(shared, tmp_path) -> Path:
    return Path(shutil.copytree(shared[0], tmp_path / "copy"))


def said(home: Path) -> tuple[list[str], list[str]]:
    problems, notes = check_releases(Knowledge(home))
    return [str(problem) for problem in problems], notes


@pytest.mark.parametrize("name", EDITS)
def test_how_far_a_change_reaches(shared, home, name):
    file, old, new, reaches = EDITS[name]
    edit(home / file, old, new)
    now = layers(Knowledge(home))
    assert {reach for reach in REACHES if shared[1][reach] != now[reach]} == reaches


def test_what_answers_rest_on_is_all_clinical(knowledge):
    """With nothing but the clinical triples the rules conclude the same of every case, triple for triple."""
    sorter = Sorter(knowledge, knowledge)
    clinical = [triple for triple in knowledge.operative if sorter.reach(triple) == "clinical"]
    assert 1000 < len(clinical) < len(knowledge.operative) / 5
    alone = Knowledge(HOME)
    alone.operative = clinical
    cases = knowledge.read_patients(sorted((HOME / "guideline/cases").glob("*.ttl"))[::4])
    assert len(patients_of(cases)) > 15
    both = [
        [sorted(map(str, inference.derived)) for inference in Reasoner(which).infer(cases)]
        for which in (knowledge, alone)
    ]
    assert both[0] == both[1]


def test_a_clinical_change_needs_an_entry(home):
    edit(home / LDH, "ckb:threshold 210", "ckb:threshold 250")
    (problem,), notes = said(home)
    assert not notes
    assert re.search(r"guideline/releases\.ttl:[\d:]+ what the rules read has changed since 1\.0\.0", problem)
    assert "ckb:in-preparation" in problem
    assert "ckb:forPatients" in problem


@pytest.mark.parametrize(("entry", "is_enough"), [("editorial", False), ("evidence", False), ("clinical", True)])
def test_the_entry_has_to_reach_as_far_as_the_change(home, entry, is_enough):
    text = (home / "guideline/releases.ttl").read_text(encoding="utf-8")
    write_releases(home, text.partition("XMLSchema#> .")[2], release("2.0.0", previous="1.0.0", reach=entry))
    assert said(home) == ([], [])
    edit(home / LDH, "ckb:greater-than", "ckb:at-least")
    problems, _ = said(home)
    assert (problems == []) == is_enough
    if not is_enough:
        assert "add to ckbg:release-2-0-0 a ckb:Change with ckb:changeReach ckb:clinical-change" in problems[0]


def test_a_change_that_reaches_no_answer_is_noted(home):
    assert said(home) == ([], [])
    edit(home / TRIAL, "ckb:numerator 20 ;", "ckb:numerator 21 ;")
    assert said(home) == ([], ["changed since 1.0.0 without an entry in guideline/releases.ttl: evidence"])
    edit(home / LDH, '"High lactate dehydrogenase"@en', '"High LDH"@en')
    assert [note.rpartition(" ")[2] for note in said(home)[1]] == ["evidence", "editorial"]


@pytest.mark.skipif(not shutil.which("git"), reason="git is not installed: naming what changed was not tried")
@pytest.mark.parametrize("how", ["revision", "tag", "log"])
def test_what_changed_is_named_where_git_remembers_it(home, how):
    def git(*arguments):
        person = ["-c", "user.name=Test", "-c", "user.email=test@example.org"]
        return subprocess.run(
            ["git", "-C", home, *person, *arguments], check=True, capture_output=True, text=True
        ).stdout

    releases = (home / "guideline/releases.ttl").read_text(encoding="utf-8")
    git("init", "--quiet")
    if how != "log":  # the release is described in a later revision than the one that was published
        (home / "guideline/releases.ttl").unlink()
    git("add", "."), git("commit", "--quiet", "-m", "what was published")
    if how == "revision":
        named = f'ckb:version "1.0.0" ;\n  ckb:revision "{git("rev-parse", "HEAD").strip()}" ;'
        releases = releases.replace('ckb:version "1.0.0" ;', named)
    elif how == "tag":
        git("tag", "v1.0.0")
    (home / "guideline/releases.ttl").write_text(releases, encoding="utf-8")
    edit(home / LDH, "ckb:threshold 210", "ckb:threshold 250")
    (problem,), _ = said(home)
    assert re.search(r"no clinical change says so: ckbg:high-ldh-present(?: \[.*)?\n", problem)
    if how == "tag":  # a revision that is not what was published is not believed
        git("add", "."), git("commit", "--quiet", "-m", "what was not"), git("tag", "--force", "v1.0.0")
        assert re.search(r"no clinical change says so(?: \[.*)?\n", said(home)[0][0])


def test_the_table_of_marks_names_what_changed(shared, home, tmp_path, run):
    table = tmp_path / "marks.tsv"
    table.write_text(as_table(shared[1]), encoding="utf-8")
    assert read_table(table) == shared[1]
    edit(home / LDH, "ckb:threshold 210", "ckb:threshold 250")
    edit(home / TRIAL, "ckb:numerator 20 ;", "ckb:numerator 21 ;")
    now = layers(Knowledge(home))
    assert changed(shared[1]["clinical"], now["clinical"]) == ["ckbg:high-ldh-present"]
    told = run("changes", "--since", table, home=home)
    assert told.exit_code == 0
    assert f"since {table}: clinical, evidence\nclinical: 1\n  ckbg:high-ldh-present\nevidence: 1\n" in told.stdout
    table.write_text("clinical\tshort\tx\n", encoding="utf-8")
    with pytest.raises(CartkbError, match=r"marks\.tsv:1: not a line"):
        read_table(table)


def test_a_version_elsewhere_that_differs_is_named_at_its_line(home):
    (home / "src/cartkb").mkdir(parents=True)
    (home / "src/cartkb/__init__.py").write_text('"""Text."""\n\n__version__ = "0.9.0"\n', encoding="utf-8")
    (home / "CITATION.cff").write_text("cff-version: 1.2.0\nversion: 1.0.0\n", encoding="utf-8")
    (problem,), _ = said(home)
    assert "src/cartkb/__init__.py:3: version 0.9.0, and the newest release is 1.0.0" in problem
    (home / "CITATION.cff").write_text("cff-version: 1.2.0\n", encoding="utf-8")
    assert "CITATION.cff: version missing" in said(home)[0][1]


def test_program_vocabulary_and_citation_have_the_version_of_the_newest_release(knowledge):
    assert check_releases(knowledge)[0] == []
    newest = since(knowledge).newest
    for file in ("src/cartkb/__init__.py", "CITATION.cff", "ontology/cartkb.ttl"):
        assert newest.version in (HOME / file).read_text(encoding="utf-8"), file


CHECKS = {check.name: check for check in read_checks(Knowledge(HOME))[0]}
VOCABULARY = [
    quad for name in ("concepts/releases.ttl", "cartkb.ttl") for quad in ox.parse(path=str(HOME / "ontology" / name))
]


def asked(name: str, *texts: str) -> list[dict]:
    """Return what one check finds in these releases."""
    store = ox.Store()
    store.extend(VOCABULARY)
    store.load((PREFIXES + "".join(texts)).encode(), format=ox.RdfFormat.TURTLE)
    return CHECKS[name].select(store)


VERSIONS = st.tuples(*[st.integers(0, 11)] * 3)


@given(VERSIONS, VERSIONS, st.sampled_from(REACHES))
def test_the_number_says_how_far_the_changes_reach(before, after, reach):
    """Semantic versioning, said another way: the least next version, and that the new one is not below it."""
    place = {"clinical": 0 if before[0] else 1, "evidence": 1, "editorial": 2}[reach]
    least = (*before[:place], before[place] + 1, *[0] * (2 - place))
    old, new = (".".join(map(str, version)) for version in (before, after))
    if old == new:
        return
    found = asked("release-number", release(old), release(new, previous=old, reach=reach))
    assert bool(found) == (after < least)
    assert all(row["least"].value == ".".join(map(str, least)) for row in found)


PUBLISHED = '  ckb:releaseState ckb:published ;\n  ckb:releasedOn "2026-0{}-01"^^xsd:date ;'
FIRST, SECOND = (PUBLISHED.format(month) for month in (1, 2))
CHAINS = {
    "it names none, and is not the only one": (release("1.0.0"), release("1.1.0")),
    "another follows the same one": (
        *(release("1.0.0", FIRST), release("1.1.0", SECOND, "1.0.0")),
        release("1.2.0", previous="1.0.0"),
    ),
    "it comes before itself": (release("1.0.0", FIRST, previous="1.0.0"),),
    "its date is the earlier one": (release("1.0.0", SECOND), release("1.1.0", FIRST, "1.0.0")),
    "that one is not published": (release("1.0.0"), release("1.1.0", previous="1.0.0")),
}


@pytest.mark.parametrize("wrong", CHAINS)
def test_a_broken_chain_of_versions_is_named(wrong):
    assert wrong in {row["wrong"].value for row in asked("release-chain", *CHAINS[wrong])}


def test_a_whole_chain_is_not_complained_of():
    chain = [release("0.9.0", PUBLISHED.format(1)), release("1.0.0", PUBLISHED.format(2), "0.9.0")]
    chain.append(release("2.0.0", previous="1.0.0"))
    assert [asked(name, *chain) for name in ("release-chain", "release-number", "release-name")] == [[], [], []]


def test_name_and_vocabulary_say_the_version():
    (row,) = asked("release-name", release("1.0.0").replace('"1.0.0"', '"1.0.1"'))
    assert row["name"].value == "release-1-0-1"
    (row,) = asked("release-vocabulary", release("77.0.0"))
    assert row["version"].value == "77.0.0"


SHAPES = {
    "needs its date and its three digests": ("  ckb:releasedOn", "  # ckb:releasedOn"),
    "cannot have a date or digests yet": ("ckb:releaseState ckb:published", "ckb:releaseState ckb:in-preparation"),
    "must say whether it is out": ("  ckb:releaseState", "  # ckb:releaseState"),
    "must say which patients may get another answer": ("  ckb:forPatients", "  # ckb:forPatients"),
    "must say how far it reaches": ("  ckb:changeReach", "  # ckb:changeReach"),
}


@pytest.mark.parametrize("message", SHAPES)
def test_what_a_release_lacks_is_named(shared, message):
    """By pyshacl, which reads the same shapes."""
    folder = HOME / "ontology"
    shapes, lists = rdflib.Graph(), rdflib.Graph()
    for name in ("release", "change"):
        shapes.parse(folder / f"shapes/{name}.ttl")
    for name in ("releases", "editorial"):
        lists.parse(folder / f"concepts/{name}.ttl")

    def messages(text: str) -> list[str]:
        _, report, _ = pyshacl.validate(lists + rdflib.Graph().parse(data=text), shacl_graph=shapes)
        return list(map(str, report.objects(None, rdflib.SH.resultMessage)))

    whole, (old, new) = (shared[0] / "guideline/releases.ttl").read_text(encoding="utf-8"), SHAPES[message]
    assert messages(whole) == []
    assert old in whole
    assert [message in told for told in messages(whole.replace(old, new))] == [True]


def test_no_release_at_all_is_a_problem(tmp_path):
    home = small_copy(tmp_path / "copy")
    write_releases(home)
    assert said(home)[0][0].startswith(str(home / "guideline/releases.ttl"))


def test_the_reaches_are_those_of_the_vocabulary(knowledge):
    rows = knowledge.select(
        f"SELECT ?reach {{ ?reach a {ckb('ChangeReach')} ; {ckb('order')} ?order }} ORDER BY DESC(?order)"
    )
    assert [row["reach"].value.rpartition("/")[2] for row in rows] == [f"{reach}-change" for reach in REACHES]
