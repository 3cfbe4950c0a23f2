"""The versions that are compared: a folder, or a revision that git remembers."""

import shutil
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path

import pyoxigraph as ox

from cartkb.knowledge import Knowledge
from cartkb.names import PREFIXES, local_name, short
from cartkb.problems import CartkbError, Problem, shown
from cartkb.releasing import history
from cartkb.shacl.validate import PatientShapes

_LABEL = ox.NamedNode(PREFIXES["rdfs"] + "label")
_PARTS = ("ontology", "guideline")


class NoGitError(Exception):
    """A revision is asked for, and git is not installed."""


@dataclass
class Version:
    """One version: its knowledge base, and the name that it was asked for by."""

    name: str
    knowledge: Knowledge
    is_revision: bool = False
    labels: dict[str, str] = field(init=False)

    def __post_init__(self) -> None:
        labels = (t for t in self.knowledge.loaded.triples() if t.predicate == _LABEL)
        self.labels = {t.subject.value: t.object.value for t in sorted(labels, key=str, reverse=True)}

    def label(self, iri: str) -> str:
        """Return what something is called, or its name where it has no label."""
        return self.labels.get(iri) or short(ox.NamedNode(iri))

    def named(self, iri: str) -> str:
        """Return the label in quotes with the name after it, or the name alone where the label says no more."""
        name, label = local_name(ox.NamedNode(iri)), self.labels.get(iri)
        return f"“{label}” ({name})" if label and label != name else name

    def path(self, path: Path) -> str:
        """Return how a file of this version is named: as people type it, or as git names it in a revision."""
        if not self.is_revision:
            return shown(path)
        return f"{self.name}:{path.resolve().relative_to(self.knowledge.home.resolve()).as_posix()}"

    def place(self, iri: str, predicate: str = "", value: str | None = None) -> str:
        """Return file and line of where a subject, or its predicate, is written; empty where it is not described."""
        if not self.knowledge.loaded.files_of(iri):
            return ""
        problem = self.knowledge.loaded.problem(iri, "", predicate=predicate, value=value)
        return f"{self.path(Path(problem.file))}:{problem.line}"

    def told(self, error: CartkbError) -> str:
        """Return what is wrong with this version in one line, with the places as they are named in it."""
        return "; ".join(f"{self._named(problem).place}: {problem.what}" for problem in error.problems)

    def _named(self, problem: Problem) -> Problem:
        return replace(problem, file=self.path(Path(problem.file))) if Path(problem.file).is_file() else problem

    def refuses(self, triples: Iterable[ox.Triple]) -> bool:
        """Say whether patients are invalid by the shapes of this version."""
        return bool(self._shapes.violations(triples))

    @cached_property
    def _shapes(self) -> PatientShapes:
        return PatientShapes(self.knowledge)

    @cached_property
    def files(self) -> dict[str, bytes]:
        """What every file of the two folders holds, by its path below the home folder."""
        home = self.knowledge.home
        paths = sorted(path for part in _PARTS for path in (home / part).rglob("*") if path.is_file())
        return {path.relative_to(home).as_posix(): path.read_bytes() for path in paths}


@contextmanager
def opened(name: str, home: Path) -> Iterator[Version]:
    """Give a version for as long as it is needed: a folder, or else a revision of the repository of ``home``.

    Raises NoGitError where a revision is asked for without git, and CartkbError where there is no such version or its
    files cannot be read.
    """
    folder = Path(name)
    if all((folder / part).is_dir() for part in _PARTS):
        yield Version(name, _read(name, Knowledge(folder), False))
        return
    if folder.is_dir():
        fix = "name a folder that holds ontology/ and guideline/, or a revision of git"
        raise CartkbError([Problem(name, 0, "no knowledge base in this folder", fix=fix)])
    if not shutil.which("git"):
        raise NoGitError(name)
    with history.revision(home, name) as knowledge:
        yield Version(name, _read(name, knowledge, True), True)


def _read(name: str, knowledge: Knowledge, is_revision: bool) -> Knowledge:
    """Return a knowledge base whose files are read; what is wrong with a revision is told by the names in it."""
    try:
        knowledge.loaded  # noqa: B018
    except CartkbError as error:
        folder = f"{shown(knowledge.home)}/"
        moved = [replace(p, file=f"{name}:{p.file.removeprefix(folder)}") for p in error.problems]
        raise CartkbError(moved if is_revision else error.problems) from None
    return knowledge
