"""Reading as much of a knowledge base as can be read, for those who want to hear of all mistakes at once."""

from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

import pyoxigraph as ox

from cartkb.knowledge import Knowledge
from cartkb.load import FORMATS, read, text_of
from cartkb.loaded import Loaded
from cartkb.names import PREFIXES
from cartkb.positions import written
from cartkb.problems import CartkbError, Problem
from cartkb.syntax import broken, other_namespaces, read_around


def readable(knowledge: Knowledge) -> tuple[Knowledge, list[Problem]]:
    """Return the knowledge base without what cannot be read, and a problem for each statement that cannot."""
    try:
        knowledge.loaded
    except CartkbError:
        loaded, problems = Loaded(), []
        for path in knowledge.files():
            loaded.files[path], found = read_as_far_as_possible(path)
            problems += found
        part = Knowledge(knowledge.home)
        part.loaded = loaded
        return part, problems
    return knowledge, []


def read_as_far_as_possible(path: Path) -> tuple[list[ox.Triple], list[Problem]]:
    """Return what can be read of a file, and a problem for each statement that cannot."""
    try:
        return read(path), []
    except CartkbError as error:
        if path.suffix != ".ttl":
            return [], error.problems
        problems = error.problems
    try:
        text = text_of(path)
    except CartkbError:  # it is no text, but names may still be made out, and are not to be missed elsewhere
        text = path.read_text(encoding="utf-8", errors="replace") if path.is_file() else ""
        return [], [replace(problem, bearing=broken(written(text, tuple(PREFIXES.items())))) for problem in problems]
    try:
        return [quad.triple for quad in ox.parse(text, format=FORMATS[".ttl"])], []
    except (SyntaxError, ValueError) as error:
        return read_around(path, text, error)


def strange_prefixes(paths: Iterable[Path]) -> list[Problem]:
    """Return a problem for each usual prefix that a file declares for something else."""
    return [problem for path in paths if path.suffix == ".ttl" for problem in other_namespaces(path, _text(path))]


def _text(path: Path) -> str:
    return path.read_text(encoding="utf-8", errors="replace")
