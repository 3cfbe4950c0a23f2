"""The knowledge base in memory: the files of ontology/ and guideline/, read strictly."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import cached_property
from pathlib import Path
from typing import Self

import pyoxigraph as ox

from cartkb.load import files_in, read_all
from cartkb.loaded import Loaded, graph_of
from cartkb.names import CKB

GAP = "FILL IN "  # how the text begins that stands where an author still has to write something
_COMPUTED = ox.NamedNode("urn:cartkb:computed")
_NOT_OPERATIVE = {"shapes", "codes", "cases", "publications", "complaints"}


class Knowledge:
    """Ontology, guideline and rules of one home folder, each read when it is first needed."""

    def __init__(self, home: Path):
        self.home = home
        self.ontology_folder = home / "ontology"
        self.guideline_folder = home / "guideline"
        self._parts: dict[Path, list[ox.Triple]] = {}

    @cached_property
    def context(self) -> str:
        """The project's own JSON-LD context, so that nobody has to fetch it."""
        return (self.ontology_folder / "context.jsonld").read_text(encoding="utf-8")

    @cached_property
    def loaded(self) -> Loaded:
        """Everything: vocabulary, shapes, codes, guideline and cases."""
        return read_all([*self._ontology_files(), self.guideline_folder])

    def files(self) -> list[Path]:
        """Return every file of ``loaded``, as they are there now."""
        return [*self._ontology_files(), *files_in(self.guideline_folder)]

    def _ontology_files(self) -> list[Path]:
        skeletons = self.ontology_folder / "skeletons"  # what new files begin as: nothing that is said of anything
        return sorted(p for p in self.ontology_folder.rglob("*.ttl") if skeletons not in p.parents)

    def with_files(self, changed: Mapping[Path, list[ox.Triple] | None]) -> Self:
        """Return the knowledge base with some files read anew, or taken out where None stands for what they say.

        The store goes over to the new one, where it has been made, so this one is not to be asked any more.
        """
        new = type(self)(self.home)
        files = {path: t for path, t in (self.loaded.files | changed).items() if t is not None}
        if files.keys() != self.loaded.files.keys():
            files = {path: files[path] for path in sorted(files, key=self._order)}
        new.loaded = self.loaded.with_files(files)
        if "store" in self.__dict__:
            new.store = self.__dict__.pop("store")
            for path, triples in changed.items():
                graph = graph_of(path)
                new.store.remove_graph(graph)
                new.store.extend(ox.Quad(*triple, graph) for triple in triples or ())
            new.store.remove_graph(_COMPUTED)
            new.store.extend(new._computed())
        return new

    def _order(self, path: Path) -> tuple[bool, Path]:
        return self.ontology_folder not in path.parents, path

    @cached_property
    def store(self) -> ox.Store:
        """Everything, one graph a file; ask it with the union of its graphs as the default graph.

        A graph of its own says of each signature whether it still holds.
        """
        store = self.loaded.store()
        store.extend(self._computed())
        return store

    def _computed(self) -> Iterator[ox.Quad]:
        from cartkb.releasing.signoff import states

        return (ox.Quad(*triple, _COMPUTED) for triple in states(self.loaded))

    @cached_property
    def figure_properties(self) -> frozenset[str]:
        """The properties whose values are figures that passages print."""
        holds = ox.NamedNode(f"{CKB}holdsFigure")
        return frozenset(t.subject.value for t in self.loaded.triples() if t.predicate == holds)

    @cached_property
    def with_figures(self) -> frozenset[str]:
        """The IRIs of what has a figure that passages print."""
        return frozenset(t.subject.value for t in self.loaded.triples() if t.predicate.value in self.figure_properties)

    @cached_property
    def unfinished(self) -> frozenset[str]:
        """The IRIs of what has a gap, for which an author still has to write something."""
        files = [path for path, terms in self.loaded.terms.items() if any(map(is_gap, terms.objects))]
        return frozenset(t.subject.value for path in files for t in self.loaded.files[path] if is_gap(t.object))

    def is_open(self, term: ox.NamedNode | ox.Literal | None) -> bool:
        """Say whether a term is a gap, or the name of something that has one."""
        return term is not None and (is_gap(term) or term.value in self.unfinished)

    @cached_property
    def operative(self) -> list[ox.Triple]:
        """What the rules reason with: no cases, shapes, passages, codes or complaints."""
        return [triple for triples in self.part(self.is_operative).values() for triple in triples]

    def part(self, wanted: Callable[[Path], bool]) -> dict[Path, list[ox.Triple]]:
        """Return what some files say. Unless everything has been read already, only these are read, each once."""
        if "loaded" in self.__dict__:
            return {path: triples for path, triples in self.loaded.files.items() if wanted(path)}
        paths = [path for path in self.files() if wanted(path)]
        self._parts |= read_all(path for path in paths if path not in self._parts).files
        return {path: self._parts[path] for path in paths}

    def is_operative(self, path: Path) -> bool:
        """Say whether the rules reason with what a file says."""
        return _NOT_OPERATIVE.isdisjoint(path.relative_to(self.home).parts) and path.name != "passages.ttl"

    @cached_property
    def rules(self) -> list[tuple[int, str, str]]:
        """Stratum, name and text of every rule, in order."""
        files = sorted((self.ontology_folder / "rules").glob("*.rq"))
        return [(int(f.stem.split("-")[0]), f.stem, f.read_text(encoding="utf-8")) for f in files]

    def queries(self, folder: str) -> list[Path]:
        """Return the query files of a folder of the ontology, in order of their names."""
        return sorted((self.ontology_folder / folder).glob("*.rq"))

    def select(self, query: str) -> list[dict[str, ox.NamedNode | ox.Literal | None]]:
        """Return the rows of a SELECT over everything, as dictionaries by variable name."""
        return rows(self.store.query(query, use_default_graph_as_union=True))

    def read_patients(self, paths: Iterable[Path]) -> Loaded:
        """Read files of patients. Raises CartkbError where one cannot be read."""
        return read_all(paths, self.context)


def is_gap(term) -> bool:
    """Say whether a term stands where something is still to be written."""
    return isinstance(term, ox.Literal) and term.datatype.value == f"{CKB}gap"


def rows(solutions: ox.QuerySolutions) -> list[dict[str, ox.NamedNode | ox.Literal | None]]:
    """Return query solutions as dictionaries by variable name."""
    names = [variable.value for variable in solutions.variables]
    return [{name: solution[name] for name in names} for solution in solutions]


def case_patients(knowledge: Knowledge) -> Loaded:
    """Return the files of the cases."""
    folder = knowledge.guideline_folder / "cases"
    return Loaded({path: triples for path, triples in knowledge.loaded.files.items() if folder in path.parents})
