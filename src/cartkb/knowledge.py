"""The knowledge base in memory: the files of ontology/ and guideline/, read strictly."""

from collections.abc import Iterable
from functools import cached_property
from pathlib import Path

import pyoxigraph as ox

from cartkb.load import CKB, Loaded, read_all



class Knowledge:
    """Ontology, guideline and rules of one home folder, each read when it is first needed."""

    def __init__(self, home: Path):
        self.home = home
        self.ontology_folder = home / "ontology"
        self.guideline_folder = home / "guideline"

    @cached_property
    def context(self) -> str:
        """The project's own JSON-LD context, so that nobody has to fetch it."""
        return (self.ontology_folder / "context.jsonld").read_text(encoding="utf-8")

    @cached_property
    def loaded(self) -> Loaded:
        """Everything: vocabulary, shapes, codes, guideline and cases."""
        skeletons = self.ontology_folder / "skeletons"  # what new files begin as: nothing that is said of anything
        ontology = sorted(p for p in self.ontology_folder.rglob("*.ttl") if skeletons not in p.parents)
        return read_all([*ontology, self.guideline_folder])

    @cached_property
    def store(self) -> ox.Store:
        """Everything, one graph a file; ask it with the union of its graphs as the default graph.

        A graph of its own says of each signature whether it still holds.
        """
        from cartkb.signoff import states

        store, computed = self.loaded.store(), ox.NamedNode("urn:cartkb:computed")
        store.extend(ox.Quad(*triple, computed) for triple in states(self.loaded))
        return store

    @cached_property
    def unfinished(self) -> frozenset[str]:
        """The IRIs of what has a gap, for which an author still has to write something."""
        return frozenset(t.subject.value for t in self.loaded.triples() if is_gap(t.object))

    def is_open(self, term: ox.NamedNode | ox.Literal | None) -> bool:
        """Say whether a term is a gap, or the name of something that has one."""
        return term is not None and (is_gap(term) or term.value in self.unfinished)

    @cached_property
    def operative(self) -> list[ox.Triple]:
        """What the rules reason with: no cases, shapes, passages or codes."""
        left_out = {"shapes", "codes", "cases", "publications"}
        triples = []
        for path, of_file in self.loaded.files.items():
            if left_out.isdisjoint(path.relative_to(self.home).parts) and path.name != "passages.ttl":
                triples += of_file
        return triples

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


