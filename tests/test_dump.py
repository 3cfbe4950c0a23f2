"""The dump of a release: whole, the same every time, described, and nothing in it that may not be given on."""

import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pyoxigraph as ox
import pytest

from cartkb import publish as publishing
from cartkb.checking.check import Checked
from cartkb.folders import replaced
from cartkb.knowledge import Knowledge
from cartkb.names import PREFIXES, ckb
from cartkb.problems import CartkbError, Problem
from cartkb.publish import publish
from cartkb.releasing.exports import CHECKSUMS, write_dump
from cartkb.releasing.release import since
from cartkb.releasing.signoff import SignOff
from cartkb.turtle import canonical_lines
from conftest import HOME
from copies import edit, published_copy, release, write_releases

pytest.importorskip("pyhornedowl", reason="py-horned-owl is not installed: no dump was written")
RDF_TYPE = PREFIXES["rdf"] + "type"
VOID, SPDX = "http://rdfs.org/ns/void#", "http://spdx.org/rdf/terms#"


@pytest.fixture(scope="module")
def dump(knowledge, tmp_path_factory) -> tuple[Path, str]:
    """The dump of the real knowledge base, and the stem of its files."""
    newest, folder = since(knowledge).newest, tmp_path_factory.mktemp("dump")
    names = write_dump(knowledge, newest, folder)
    assert names == sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())
    return folder, f"cartkb-{newest.version}"


@pytest.fixture(scope="module")
def triples(dump) -> dict[str, list[ox.Triple]]:
    folder, stem = dump
    return {
        ending: [quad.triple for quad in ox.parse(path=str(folder / f"{stem}.{ending}"))]
        for ending in ("ttl", "nq", "jsonld")
    }


def values(path: Path, subject: str, predicate: str) -> set[str]:
    found = (quad.triple for quad in ox.parse(path=str(path)))
    return {t.object.value for t in found if t.subject.value == subject and t.predicate.value == predicate}


def test_three_syntaxes_hold_all_but_the_foreign_codes(knowledge, triples):
    files = knowledge.loaded.files.items()
    ours = [t for path, of_file in files if path.parent.name != "codes" for t in of_file]
    expected = canonical_lines(ours)
    assert len(expected) > 30000
    for ending in triples:
        assert canonical_lines(triples[ending]) == expected, ending


def test_n_quads_are_canonical(dump):
    """Sorted lines of four graphs, and other names for the blank nodes lead to the same bytes."""
    folder, stem = dump
    text = (folder / f"{stem}.nq").read_text(encoding="utf-8")
    lines = text.splitlines()
    assert lines == sorted(set(lines))
    graphs = Counter(line.split(" ")[-2] for line in lines)
    assert len(graphs) == 4
    assert min(graphs.values()) > 500
    assert "_:c14n0 " in text
    renamed = re.sub(r"_:c14n(\d+)\b", lambda m: f"_:b{hashlib.sha256(m[1].encode()).hexdigest()[:12]}", text)
    shuffled = sorted(renamed.splitlines(), key=lambda line: hashlib.sha256(line.encode()).digest())
    dataset = ox.Dataset(ox.parse("\n".join(shuffled), format=ox.RdfFormat.N_QUADS))
    dataset.canonicalize(ox.CanonicalizationAlgorithm.RDFC_1_0)
    assert sorted(f"{quad} ." for quad in dataset) == lines


def test_json_ld_needs_no_other_file(dump):
    folder, stem = dump
    document = json.loads((folder / f"{stem}.jsonld").read_text(encoding="utf-8"))
    assert all(isinstance(value, str) and value.startswith("http") for value in document["@context"].values())
    assert document.keys() == {"@context", "@graph"}


def test_foreign_codes_are_apart_each_with_its_notice(knowledge, dump, triples):
    folder, _ = dump
    tables = sorted(path.name for path in (HOME / "ontology/codes").glob("*.ttl"))
    assert len(tables) > 10
    assert sorted(path.name for path in (folder / "codes").iterdir()) == tables
    assert not [t for t in triples["nq"] if t.predicate == ckb("code")]
    for name in tables:
        found = [quad.triple for quad in ox.parse(path=str(folder / "codes" / name))]
        assert set(found) == set(knowledge.loaded.files[HOME / "ontology/codes" / name])
        node = f"{since(knowledge).newest.iri}#codes-{name}"
        notices = {t.object.value for t in found if t.predicate == ckb("notice")}
        assert notices
        assert notices <= values(folder / "void.ttl", node, f"{PREFIXES['dcterms']}rights")
        assert not values(folder / "void.ttl", node, f"{PREFIXES['dcterms']}license")


def test_checksums_and_sizes_are_those_of_the_files(knowledge, dump):
    folder, _ = dump
    listed = dict(reversed(line.split("  ")) for line in (folder / CHECKSUMS).read_text(encoding="utf-8").splitlines())
    files = {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    assert listed == {name: hashlib.sha256(data).hexdigest() for name, data in files.items() if name != CHECKSUMS}
    described = 0
    for name in files.keys() - {"void.ttl", "versions.ttl", "LICENSE.md", CHECKSUMS}:
        node = f"{since(knowledge).newest.iri}#{name.replace('/', '-')}"
        assert values(folder / "void.ttl", node, f"{PREFIXES['dcat']}byteSize") == {str(len(files[name]))}, name
        assert values(folder / "void.ttl", f"{node}-sha256", f"{SPDX}checksumValue") == {listed[name]}, name
        described += 1
    assert described > 15


def test_the_description_counts_what_is_there(knowledge, dump, triples):
    """Counted again over the lines of the N-Quads."""
    folder, _ = dump
    iri, void = since(knowledge).newest.iri, folder / "void.ttl"
    rows = {tuple(line.split(" ", 2)) for line in map(str, triples["nq"])}
    assert values(void, iri, f"{VOID}triples") == {str(len(set(triples["nq"])))}
    assert values(void, iri, f"{VOID}properties") == {str(len({predicate for _, predicate, _ in rows}))}
    kinds = Counter(t.object.value for t in set(triples["nq"]) if t.predicate.value == RDF_TYPE)
    assert values(void, iri, f"{VOID}classes") == {str(len(kinds))}
    for kind in ("Statement", "CountFinding", "Passage"):
        part = f"{iri}#class-w3id.org-cartkb-vocab-{kind}"
        assert values(void, part, f"{VOID}entities") == {str(kinds[ckb(kind).value])}, kind
    counts = SignOff(knowledge.loaded).counts()
    assert values(void, iri, ckb("itemsSigned").value) == {str(sum(count.signed for count in counts))}
    assert values(void, iri, ckb("itemsVoid").value) == {str(sum(count.void for count in counts))}
    assert values(void, iri, ckb("itemsToBeSigned").value) == {str(sum(count.items for count in counts))}


def test_the_description_says_whose_it_is_and_where_from(knowledge, dump):
    folder, _ = dump
    iri, void = since(knowledge).newest.iri, folder / "void.ttl"
    assert values(void, iri, f"{PREFIXES['dcterms']}license") == {"https://creativecommons.org/licenses/by/4.0/"}
    assert "https://doi.org/10.1186/s40364-020-00247-8" in values(void, iri, f"{PREFIXES['prov']}wasDerivedFrom")
    assert values(void, iri, f"{PREFIXES['dcat']}version") == {since(knowledge).newest.version}
    assert "CC BY 4.0" in (folder / "LICENSE.md").read_text(encoding="utf-8")


def test_the_index_of_versions_holds_every_release(knowledge, dump):
    listed = values(dump[0] / "versions.ttl", f"{PREFIXES['ckbg']}dataset", f"{PREFIXES['dcat']}hasVersion")
    rows = knowledge.select(f"SELECT ?release {{ ?release a {ckb('Release')} }}")
    assert listed == {row["release"].value for row in rows}
    assert len(listed) > 1


def test_nothing_tells_where_it_was_made(dump):
    for path in dump[0].rglob("*"):
        if path.is_file():
            assert str(HOME).encode() not in path.read_bytes(), path


@pytest.fixture
def unchecked(monkeypatch):
    """What these tests are about begins when the check has found nothing."""
    done = Checked()
    monkeypatch.setattr(publishing, "check", lambda knowledge, progress: done)
    return done


def contents(folder: Path) -> dict[Path, bytes]:
    return {path.relative_to(folder): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_the_same_bytes_in_another_process(unchecked, tmp_path):
    home = published_copy(tmp_path / "copy")
    publish(Knowledge(home), tmp_path / "one")
    program = (
        "import sys; from pathlib import Path; from cartkb import publish as p;"
        "from cartkb.checking.check import Checked;"
        "from cartkb.knowledge import Knowledge; p.check = lambda knowledge, progress: Checked();"
        "p.publish(Knowledge(Path(sys.argv[1])), Path(sys.argv[2]))"
    )
    environment = {**os.environ, "PYTHONHASHSEED": "77", "TZ": "Asia/Tokyo", "LC_ALL": "C"}
    arguments = [sys.executable, "-c", program, home, tmp_path / "two"]
    subprocess.run(arguments, check=True, env=environment, cwd=tmp_path)
    assert len(contents(tmp_path / "one")) > 8
    assert contents(tmp_path / "one") == contents(tmp_path / "two")


def test_a_version_in_preparation_is_told_what_to_write(unchecked, tmp_path, run):
    """Writing what the refusal prints is enough."""
    home = published_copy(tmp_path / "copy")
    text = (home / "guideline/releases.ttl").read_text(encoding="utf-8")
    first = text.partition("XMLSchema#> .")[2]
    write_releases(home, first, release("2.0.0", previous="1.0.0"))
    result = run("release", tmp_path / "out", home=home)
    assert result.exit_code == 1
    assert "nothing has changed since 1.0.0" in result.stderr
    edit(home / "guideline/factors/high-ldh.ttl", "ckb:threshold 210", "ckb:threshold 250")
    result = run("release", tmp_path / "out", home=home)
    assert result.exit_code == 1
    assert not (tmp_path / "out").exists()
    lines = re.findall(r"^  ckb:.* ;$", result.stderr, re.MULTILINE)
    assert len(lines) == 4
    published = "\n".join([*lines, '  ckb:releasedOn "2026-02-28"^^xsd:date ;'])
    write_releases(home, first, release("2.0.0", published, "1.0.0"))
    result = run("release", tmp_path / "out", home=home)
    assert result.exit_code == 0, result.stderr
    assert "cartkb-2.0.0.nq" in result.stdout


@pytest.mark.skipif(not shutil.which("git"), reason="git is not installed: naming what changed was not tried")
def test_what_changed_clinically_has_to_be_named_by_a_change(unchecked, tmp_path, run):
    def git(*arguments):
        person = ["-c", "user.name=Test", "-c", "user.email=test@example.org"]
        subprocess.run(["git", "-C", home, *person, *arguments], check=True, capture_output=True)

    home = published_copy(tmp_path / "copy")
    git("init", "--quiet"), git("add", "."), git("commit", "--quiet", "-m", "what was published")
    first = (home / "guideline/releases.ttl").read_text(encoding="utf-8").partition("XMLSchema#> .")[2]
    edit(home / "guideline/factors/high-ldh.ttl", "ckb:threshold 210", "ckb:threshold 250")
    edit(home / "guideline/factors/low-platelets.ttl", "ckb:less-than", "ckb:at-most")
    names = "ckbg:high-ldh-present, ckbg:low-platelets-present"

    def second(*affected: str) -> None:
        more = f"\n  ckb:affects {', '.join(affected)} ;" if affected else ""
        write_releases(home, first, release("2.0.0", previous="1.0.0", more=more))

    second()
    assert f": 2\n  {names.replace(', ', chr(10) + '  ')}\n" in run("changes", home=home).stdout
    assert f"names what has changed since 1.0.0: {names}\n" in run("release", tmp_path / "out", home=home).stderr
    second("ckbg:high-ldh")  # the factor, of which the criterion is a part
    told = run("release", tmp_path / "out", home=home).stderr
    assert "names what has changed since 1.0.0: ckbg:low-platelets-present\n" in told
    second("ckbg:high-ldh", "ckbg:low-platelets-present")
    told = run("release", tmp_path / "out", home=home).stderr
    assert "names what has changed" not in told
    assert "2.0.0 is in preparation" in told


def test_a_draft_says_that_it_is_one(unchecked, tmp_path):
    home = published_copy(tmp_path / "copy")
    text = (home / "guideline/releases.ttl").read_text(encoding="utf-8")
    write_releases(home, text.partition("XMLSchema#> .")[2], release("2.0.0", previous="1.0.0"))
    publish(Knowledge(home), tmp_path / "out", draft=True)
    iri = f"{PREFIXES['ckbg']}release-2-0-0"
    assert values(tmp_path / "out/void.ttl", iri, ckb("releaseState").value) == {ckb("in-preparation").value}


def test_what_was_published_and_has_changed_is_not_published_again(unchecked, tmp_path):
    home = published_copy(tmp_path / "copy")
    publish(Knowledge(home), tmp_path / "out")
    before = contents(tmp_path / "out")
    edit(home / "guideline/factors/high-ldh.ttl", "ckb:threshold 210", "ckb:threshold 250")
    with pytest.raises(CartkbError, match=r"1\.0\.0 is published, and has changed since: clinical"):
        publish(Knowledge(home), tmp_path / "out")
    assert contents(tmp_path / "out") == before


@pytest.mark.parametrize(
    ("done", "said"),
    [
        (Checked([Problem("a.ttl", 3, "something is wrong")]), "a.ttl:3: something is wrong"),
        (Checked(notes=["not checked here: this and that"]), "not checked here: this and that"),
    ],
)
def test_nothing_goes_out_that_is_wrong_or_was_not_checked(unchecked, tmp_path, done, said):
    unchecked.problems, unchecked.notes = done.problems, done.notes
    home = published_copy(tmp_path / "copy")
    with pytest.raises(CartkbError, match=re.escape(said)):
        publish(Knowledge(home), tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_a_failure_halfway_leaves_the_old_dump(unchecked, tmp_path):
    home = published_copy(tmp_path / "copy")
    publish(Knowledge(home), tmp_path / "out")
    before = contents(tmp_path / "out")
    (home / "ontology/description/void-size.rq").write_text("SELECT nonsense", encoding="utf-8")
    with pytest.raises(CartkbError, match=r"void-size\.rq"):
        publish(Knowledge(home), tmp_path / "out")
    assert contents(tmp_path / "out") == before
    assert sorted(path.name for path in tmp_path.iterdir()) == ["copy", "out"]


def test_a_folder_of_somebody_else_is_not_replaced(tmp_path):
    (tmp_path / "precious.txt").write_text("keep", encoding="utf-8")
    with pytest.raises(CartkbError, match="not replaced"), replaced(tmp_path, ".marker", "dump"):
        pass
    assert (tmp_path / "precious.txt").read_text(encoding="utf-8") == "keep"
