"""The vocabulary goes out as OWL and comes back whole, through every library that is at hand."""

import io
import re
import shutil
import subprocess
from pathlib import Path

import owlready2
import pyoxigraph as ox
import pytest
import rdflib
from rdflib.compare import isomorphic

from cartkb.checking.check import check
from cartkb.knowledge import Knowledge
from cartkb.logic.owl_files import differences, read, vocabulary, write
from cartkb.names import PREFIXES
from cartkb.problems import CartkbError
from cartkb.turtle import turtle
from conftest import HOME

OWL, RDF = PREFIXES["owl"], PREFIXES["rdf"]
VOCABULARY = PREFIXES["ckb"]
OWLAPI = Path("/usr/share/java/owlapi-distribution.jar")  # Debian's libowlapi-java
pytest.importorskip("pyhornedowl", reason="py-horned-owl is not installed: no OWL/XML or functional syntax was tried")


@pytest.fixture(scope="module")
def triples(knowledge) -> set[ox.Triple]:
    found = vocabulary(knowledge)
    assert len(found) > 3000
    return found


@pytest.fixture(scope="module")
def files(triples, tmp_path_factory) -> dict[str, Path]:
    written = write(triples, tmp_path_factory.mktemp("owl") / "vocabulary")
    assert [path.suffix for path in written] == [".rdf", ".owx", ".ofn"]
    return {path.suffix: path for path in written}


def as_rdflib(triples) -> rdflib.Graph:
    """By way of N-Triples, with what RDF calls one and the same string written one way."""
    graph = rdflib.Graph()
    graph.parse(data=ox.serialize(triples, format=ox.RdfFormat.N_TRIPLES).decode(), format="nt")
    return graph


def test_rdf_xml_says_the_same_to_another_parser(triples, files):
    assert isomorphic(rdflib.Graph().parse(files[".rdf"], format="xml"), as_rdflib(triples))


@pytest.mark.parametrize("suffix", [".rdf", ".owx", ".ofn"])
def test_each_syntax_comes_back_whole(triples, files, suffix):
    assert read(files[suffix]) == triples


def test_rdf_xml_by_rdflib_comes_back_whole(triples, tmp_path):
    path = tmp_path / "by-rdflib.rdf"
    as_rdflib(triples).serialize(path, format="pretty-xml")
    assert differences(triples, read(path)) == ([], [])


def test_owlready2_opens_it_with_every_class_and_property(knowledge, triples, files):
    """Owlready2 drops the slash at the end of an address when it reads XML, and nothing else."""
    world = owlready2.World()
    ontology = world.get_ontology(files[".rdf"].as_uri()).load(only_local=True)

    def declared(kind: str) -> set[str]:
        return {
            t.subject.value for t in triples if t.predicate.value == f"{RDF}type" and t.object.value == f"{OWL}{kind}"
        }

    classes = {entity.iri for entity in ontology.classes()}
    assert len(classes) > 50
    assert classes == declared("Class")
    assert {entity.iri for entity in ontology.object_properties()} == declared("ObjectProperty")
    assert {entity.iri for entity in ontology.data_properties()} == declared("DatatypeProperty")
    subclass = rdflib.RDFS.subClassOf
    above = {(a.iri, b.iri) for a in ontology.classes() for b in a.is_a if isinstance(b, owlready2.ThingClass)}
    assert {pair for pair in above if pair[1] != f"{OWL}Thing"} == {
        (t.subject.value, t.object.value) for t in triples if t.predicate.value == str(subclass)
    }
    saved = io.BytesIO()
    ontology.save(saved, format="ntriples")
    again = (quad.triple for quad in ox.parse(saved.getvalue(), format=ox.RdfFormat.N_TRIPLES))
    assert {without_slashes(triple) for triple in again} == {without_slashes(triple) for triple in triples}


def without_slashes(triple: ox.Triple) -> tuple[str, ...]:
    return tuple(re.sub("/>$", ">", str(term)) for term in triple)


def test_owlready2_writes_rdf_xml_that_comes_back_whole(triples, tmp_path):
    path = tmp_path / "vocabulary.nt"
    path.write_bytes(ox.serialize(triples, format=ox.RdfFormat.N_TRIPLES))
    ontology = owlready2.World().get_ontology(path.as_uri()).load(only_local=True)
    ontology.save(str(tmp_path / "by-owlready2.rdf"), format="rdfxml")
    assert differences(triples, read(tmp_path / "by-owlready2.rdf")) == ([], [])


def complaints(home: Path) -> set[tuple[str, str]]:
    """What is wrong, apart from looks: what a library writes is not laid out as authors do."""
    problems = check(Knowledge(home)).problems
    return {(problem.code, problem.what) for problem in problems if not problem.code.startswith("format-")}


@pytest.fixture(scope="module")
def own_complaints() -> set[tuple[str, str]]:
    return complaints(HOME)


def with_vocabulary(folder: Path, triples) -> Path:
    """Return a copy in which every module of ontology/ is replaced by one file of these triples."""
    for part in ("ontology", "guideline", "site_templates"):
        shutil.copytree(HOME / part, folder / part)
    modules = sorted((folder / "ontology").glob("*.ttl"))
    assert len(modules) > 15
    for module in modules:
        module.unlink()
    (folder / "ontology/vocabulary.ttl").write_text(turtle(triples), encoding="utf-8")
    return folder


def test_check_passes_with_the_modules_read_back(own_complaints, files, tmp_path):
    assert complaints(with_vocabulary(tmp_path / "copy", read(files[".owx"]))) == own_complaints


@pytest.fixture(scope="module")
def resaved(files, tmp_path_factory) -> dict[str, Path]:
    """The vocabulary as the OWL API saves it, which is what Protégé is made of."""
    java = shutil.which("java")
    if not OWLAPI.is_file() or not java:
        pytest.skip(
            "the OWL API (Debian's libowlapi-java and a JDK) is not installed: what Protégé writes was not tried"
        )
    folder = tmp_path_factory.mktemp("owlapi")
    found = {suffix: folder / f"resaved{suffix}" for suffix in files}
    source = HOME / "tests/owlapi/Resave.java"
    command = [java, "-cp", f"{OWLAPI.parent}/*", source, files[".rdf"], *found.values()]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if "jdk.compiler" in done.stderr:
        pytest.skip("this Java has no compiler: what Protégé writes was not tried")
    assert done.returncode == 0, done.stderr
    return found


@pytest.mark.parametrize("suffix", [".rdf", ".owx", ".ofn"])
def test_what_the_owl_api_saves_loses_nothing(triples, resaved, suffix, run):
    """It may turn round what reads the same both ways, and says of individuals that they are individuals."""
    assert differences(triples, read(resaved[suffix])) == ([], [])
    told = run("ontology", resaved[suffix])
    assert told.stdout == "says the same as ontology/\n"


def test_check_passes_with_what_the_owl_api_saves(own_complaints, resaved, tmp_path):
    assert complaints(with_vocabulary(tmp_path / "copy", read(resaved[".owx"]))) == own_complaints


TERM = ox.NamedNode(f"{VOCABULARY}invented")
LABEL = ox.NamedNode(f"{PREFIXES['rdfs']}label")
CLASS = ox.Triple(TERM, ox.NamedNode(f"{RDF}type"), ox.NamedNode(f"{OWL}Class"))
ONTOLOGY = ox.Triple(ox.NamedNode(VOCABULARY), ox.NamedNode(f"{RDF}type"), ox.NamedNode(f"{OWL}Ontology"))


@pytest.mark.parametrize("text", ["<a> & \"b\" 'c'", "line\nbreak", "ä α 𝔘", "  spaces  ", "\\ back", "10*9/L", ""])
@pytest.mark.parametrize("language", ["en", None])
def test_any_text_comes_back_as_it_was(tmp_path, text, language):
    said = {ONTOLOGY, CLASS, ox.Triple(TERM, LABEL, ox.Literal(text, language=language))}
    for path in write(said, tmp_path / "small"):
        assert read(path) == said, path.suffix


def test_what_owl_cannot_say_is_refused_and_not_left_out(tmp_path):
    part_of_no_axiom = ox.Triple(ox.BlankNode("x"), ox.NamedNode(f"{OWL}onProperty"), TERM)
    with pytest.raises(CartkbError, match="cannot be written whole in this syntax"):
        write({ONTOLOGY, CLASS, part_of_no_axiom}, tmp_path / "small")


def test_a_lost_and_a_new_statement_are_named(run, files, tmp_path):
    text = files[".rdf"].read_text(encoding="utf-8")
    changed = text.replace("A class of therapy", "x").replace(">passage<", ">passages<", 1)
    assert changed != text
    (tmp_path / "edited.owl").write_text(changed, encoding="utf-8")
    told = run("ontology", tmp_path / "edited.owl").stdout
    assert "only in ontology/:\n" in told
    assert '"passages"@en' in told
    assert told.endswith("1 missing, 1 new\n")


@pytest.mark.parametrize("name", ["broken.owx", "broken.ofn", "broken.rdf", "broken.docx"])
def test_what_is_no_ontology_is_refused(run, tmp_path, name):
    (tmp_path / name).write_text("<Ontology", encoding="utf-8")
    result = run("ontology", tmp_path / name)
    assert result.exit_code == 1
    assert name in result.stderr
