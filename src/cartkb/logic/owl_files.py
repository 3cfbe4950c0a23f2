"""The vocabulary as OWL: RDF/XML by pyoxigraph, OWL/XML and functional syntax by py-horned-owl.

Whatever is written is read again and compared, so that no file leaves a statement out. Files of another editor are
read the same way: comments, order and prefixes are not kept by any of these syntaxes, and an editor may turn round
what reads the same both ways, or say of individuals that they are individuals.
"""

import re
from collections.abc import Iterable
from importlib.util import find_spec
from pathlib import Path

import pyoxigraph as ox

from cartkb.knowledge import Knowledge
from cartkb.names import PREFIXES
from cartkb.problems import CartkbError, Problem, shown
from cartkb.turtle import canonical_lines

_OWL = PREFIXES["owl"]
_INDIVIDUAL = ox.NamedNode(f"{_OWL}NamedIndividual")
_BOTH_WAYS = {
    ox.NamedNode(f"{_OWL}{name}")
    for name in (
        *("differentFrom", "disjointWith", "equivalentClass", "equivalentProperty", "inverseOf"),
        *("propertyDisjointWith", "sameAs"),
    )
}
_HORNED = {".owx": "owx", ".ofn": "ofn"}
_RDF_XML = (".rdf", ".owl")


def vocabulary(knowledge: Knowledge) -> set[ox.Triple]:
    """Return the ontology alone: the modules that lie in ``ontology/`` itself."""
    folder = knowledge.ontology_folder
    return {t for path, triples in knowledge.loaded.files.items() if path.parent == folder for t in triples}


def write(triples: Iterable[ox.Triple], stem: Path, whole: bool = True) -> list[Path]:
    """Write ``stem`` with the endings .rdf, .owx and .ofn, and return the files.

    Unless all are needed (``whole``), only .rdf is written where py-horned-owl is not installed.
    Raises CartkbError where py-horned-owl is not installed, or where a file read again says anything else.
    """
    endings = (".rdf", *_HORNED) if whole or find_spec("pyhornedowl") else (".rdf",)
    triples, files = set(triples), [stem.with_name(stem.name + ending) for ending in endings]
    ordered = sorted(triples, key=str)
    files[0].write_bytes(ox.serialize(ordered, format=ox.RdfFormat.RDF_XML, prefixes=PREFIXES))
    for file in files[1:]:
        ontology = _horned().open_ontology_from_file(str(files[0]), "rdf")
        file.write_text(ontology.save_to_string(_HORNED[file.suffix]), encoding="utf-8")
    for file in files:
        if lost := [line for lines in differences(triples, read(file)) for line in lines]:
            why = f"read again, it differs in {len(lost)} statements, the first of which is {lost[0]}"
            raise CartkbError([Problem(shown(file), 0, "the vocabulary cannot be written whole in this syntax", why)])
    return files


def read(path: Path) -> set[ox.Triple]:
    """Read RDF/XML (.rdf, .owl), OWL/XML (.owx) or functional syntax (.ofn).

    Raises CartkbError where the ending is another, py-horned-owl is not installed, or the file is malformed.
    """
    if path.suffix not in (*_RDF_XML, *_HORNED):
        known = ", ".join((*_RDF_XML, *_HORNED))
        raise CartkbError([Problem(shown(path), 0, f"cannot read '{path.suffix}' files", fix=f"use one of {known}")])
    try:
        text = path.read_text(encoding="utf-8")
        if path.suffix in _HORNED:
            ontology = _horned().open_ontology_from_string(_filled(text), _HORNED[path.suffix])
            text = ontology.save_to_string("rdf")
        return {quad.triple for quad in ox.parse(text, format=ox.RdfFormat.RDF_XML)}
    except OSError as error:
        raise CartkbError([Problem(shown(path), 0, f"cannot be read: {error.strerror}")]) from None
    except (SyntaxError, ValueError) as error:
        raise CartkbError([Problem(shown(path), 0, f"syntax error: {error}")]) from None


def differences(before: Iterable[ox.Triple], after: Iterable[ox.Triple]) -> tuple[list[str], list[str]]:
    """Return what only the one and only the other says, as lines of N-Triples."""
    old, new = (set(canonical_lines(_turned(triples))) for triples in (before, after))
    return sorted(old - new), sorted(new - old)


def _turned(triples: Iterable[ox.Triple]) -> Iterable[ox.Triple]:
    for triple in triples:
        if triple.predicate in _BOTH_WAYS and str(triple.object) < str(triple.subject):
            yield ox.Triple(triple.object, triple.predicate, triple.subject)
        elif triple.object != _INDIVIDUAL:
            yield triple


def _filled(text: str) -> str:
    """Write out the address of the ontology where the OWL API leaves it empty, since it equals the base."""
    base = re.search(r'xml:base="([^"]*)"', text)
    return text.replace("<IRI></IRI>", f"<IRI>{base[1]}</IRI>") if base else text


def _horned():
    try:
        import pyhornedowl
    except ImportError:
        fix = "pip install 'cartkb[owl]'"
        raise CartkbError([Problem("OWL/XML", 0, "needs the library py-horned-owl", fix=fix)]) from None
    return pyhornedowl
