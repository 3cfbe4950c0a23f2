"""The dump of one version: the data in three syntaxes, the vocabulary as OWL, its description and its checksums.

The triples of ``ontology/`` and ``guideline/`` are one dataset of four graphs. Foreign codes are not in it: each
table is a file of its own, with its own notice, since not all of them may be given on under the licence of the rest.
"""

import hashlib
import shutil
from collections.abc import Callable
from pathlib import Path

import pyoxigraph as ox

from cartkb.knowledge import Knowledge
from cartkb.logic import owl_files
from cartkb.names import CKB, CKBG, PREFIXES, RDF_TYPE
from cartkb.problems import CartkbError, Problem, shown
from cartkb.releasing import fingerprint
from cartkb.releasing.release import Release
from cartkb.releasing.signoff import states
from cartkb.turtle import json_ld_of, ordered, turtle, turtle_of

_CODES = "codes"
_NOTICE = ("http://purl.org/dc/terms/license", f"{CKB}notice")
_DCAT, _DCTERMS, _SPDX = PREFIXES["dcat"], PREFIXES["dcterms"], "http://spdx.org/rdf/terms#"
_MEDIA = "https://www.iana.org/assignments/media-types/"
MEDIA_TYPES = {  # by ending; a file of another ending is not a distribution of the data
    ".ttl": "text/turtle",
    ".nq": "application/n-quads",
    ".jsonld": "application/ld+json",
    ".rdf": "application/rdf+xml",
    ".owx": "application/owl+xml",
    ".ofn": "text/owl-functional",
    ".tsv": "text/tab-separated-values",
}
CHECKSUMS = "SHA256SUMS"


def write_dump(
    knowledge: Knowledge,
    release: Release,
    folder: Path,
    progress: Callable[[str], None] = lambda step: None,
    whole: bool = True,
) -> list[str]:
    """Write the dump of a version into an empty folder and return the names of the files, sorted.

    Unless it has to be ``whole``, the syntaxes of OWL that a library writes are left out where that is not installed.
    Raises CartkbError where the vocabulary cannot be written whole as OWL, or a description is malformed.
    """
    stem = f"cartkb-{release.version}"
    progress("naming blank nodes")
    dataset = _dataset(knowledge)
    triples = ordered({quad.triple for quad in dataset})
    progress("writing the data")
    lines = sorted({f"{quad} .\n" for quad in dataset})
    (folder / f"{stem}.nq").write_text("".join(lines), encoding="utf-8")
    (folder / f"{stem}.ttl").write_text(turtle_of(triples), encoding="utf-8")
    (folder / f"{stem}.jsonld").write_text(json_ld_of(triples), encoding="utf-8")
    marks = fingerprint.as_table(fingerprint.layers(knowledge))
    (folder / f"{stem}-marks.tsv").write_text(marks, encoding="utf-8")
    progress("writing the vocabulary as OWL")
    owl_files.write(owl_files.vocabulary(knowledge), folder / f"{stem}-vocabulary", whole)
    notices = _write_codes(knowledge, folder / _CODES)
    licence = knowledge.guideline_folder / "LICENSE.md"
    if licence.is_file():
        shutil.copyfile(licence, folder / licence.name)
    progress("describing")
    _describe(knowledge, dataset, release, folder, notices)
    return _write_checksums(folder)


def _dataset(knowledge: Knowledge) -> ox.Dataset:
    """Return the triples by graph, with the names for blank nodes that RDFC-1.0 with SHA-256 gives them."""
    quads = []
    for path, triples in knowledge.loaded.files.items():
        parts = path.relative_to(knowledge.home).parts
        if parts[:2] != ("ontology", _CODES):
            own = parts[1] if parts[1] in ("shapes", "cases") else parts[0]
            name = {"ontology": CKB, "guideline": CKBG}.get(own, f"https://w3id.org/cartkb/{own}/")
            graph = ox.NamedNode(name)
            quads += (ox.Quad(*triple, graph) for triple in triples)
    dataset = ox.Dataset(quads)
    dataset.canonicalize(ox.CanonicalizationAlgorithm.RDFC_1_0)
    return dataset


def _write_codes(knowledge: Knowledge, folder: Path) -> dict[str, list[ox.Literal]]:
    """Write one file for each table of foreign codes, and return licence and notice of each by its file's name."""
    notices = {}
    for path, triples in knowledge.loaded.files.items():
        if path.parent == knowledge.ontology_folder / _CODES:
            folder.mkdir(exist_ok=True)
            (folder / path.name).write_text(turtle(triples), encoding="utf-8")
            tables = {t.subject for t in triples if t.predicate == RDF_TYPE and t.object.value == f"{CKB}CodeTable"}
            said = {t.object for t in triples if t.subject in tables and t.predicate.value in _NOTICE}
            notices[f"{_CODES}/{path.name}"] = sorted(said, key=str)
    return notices


def _describe(knowledge: Knowledge, dataset: ox.Dataset, release: Release, folder: Path, notices: dict) -> None:
    """Write the files that the queries of ``ontology/description/`` build: the first word of a name is its file."""
    store = ox.Store()
    store.extend(dataset)
    store.extend(ox.Quad(*triple, ox.NamedNode("urn:cartkb:computed")) for triple in states(knowledge.loaded))
    files: dict[str, list[ox.Triple]] = {}
    for path in knowledge.queries("description"):
        try:
            found = store.query(path.read_text(encoding="utf-8"), use_default_graph_as_union=True)
            built = [ox.Triple(t.subject, t.predicate, t.object) for t in found]
        except (SyntaxError, ValueError, AttributeError, TypeError) as error:
            fix = "write a CONSTRUCT query"
            raise CartkbError([Problem(shown(path), 0, f"cannot be answered: {error}", fix=fix)]) from None
        if not built:
            raise CartkbError([Problem(shown(path), 0, "describes nothing", "silence would pass unseen", "mend it")])
        files.setdefault(path.stem.partition("-")[0], []).extend(built)
    licences = [t.object for t in files.get("void", []) if t.predicate.value == f"{_DCTERMS}license"]
    for name, triples in sorted(files.items(), reverse=True):
        if name == "void":
            triples += _distributions(release, folder, licences, notices)
        (folder / f"{name}.ttl").write_text(turtle(triples), encoding="utf-8")


def _distributions(release: Release, folder: Path, licences: list, notices: dict) -> list[ox.Triple]:
    """Return each file so far as a DCAT distribution with size, checksum, and licence or notice."""
    triples = []

    def say(subject: str, predicate: str, value: str | ox.NamedNode | ox.Literal) -> None:
        triples.append(ox.Triple(ox.NamedNode(subject), ox.NamedNode(predicate), value))

    for name in _files(folder):
        ending = Path(name).suffix
        if ending not in MEDIA_TYPES:
            continue
        data, node = (folder / name).read_bytes(), f"{release.iri}#{name.replace('/', '-')}"
        say(release.iri, f"{_DCAT}distribution", ox.NamedNode(node))
        say(node, RDF_TYPE.value, ox.NamedNode(f"{_DCAT}Distribution"))
        say(node, f"{_DCTERMS}title", ox.Literal(name))
        say(node, f"{_DCAT}mediaType", ox.NamedNode(_MEDIA + MEDIA_TYPES[ending]))
        say(node, f"{_DCAT}byteSize", ox.Literal(len(data)))
        say(node, f"{_SPDX}checksum", ox.NamedNode(f"{node}-sha256"))
        say(f"{node}-sha256", RDF_TYPE.value, ox.NamedNode(f"{_SPDX}Checksum"))
        say(f"{node}-sha256", f"{_SPDX}algorithm", ox.NamedNode(f"{_SPDX}checksumAlgorithm_sha256"))
        say(f"{node}-sha256", f"{_SPDX}checksumValue", ox.Literal(hashlib.sha256(data).hexdigest()))
        if ending == ".nq":
            say(node, f"{_DCTERMS}conformsTo", ox.NamedNode("https://www.w3.org/TR/rdf-canon/#dfn-rdfc-1-0"))
        for notice in notices.get(name, ()):
            say(node, f"{_DCTERMS}rights", notice)
        for licence in licences if name not in notices else ():
            say(node, f"{_DCTERMS}license", licence)
    return triples


def _files(folder: Path) -> list[str]:
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())


def _write_checksums(folder: Path) -> list[str]:
    """Write the checksums of all files so far, as ``sha256sum --check`` reads them, and return their names."""
    names = _files(folder)
    lines = [f"{hashlib.sha256((folder / name).read_bytes()).hexdigest()}  {name}\n" for name in names]
    (folder / CHECKSUMS).write_text("".join(lines), encoding="utf-8")
    return sorted([*names, CHECKSUMS])
