"""What a knowledge base says, sorted by how far a change of it would reach: answers, evidence, or wording.

Clinical is what the rules and the shapes of patients read, with the rules themselves: a change may give some
patient another answer. Evidence is every other figure, link and definition. Editorial is wording, the cases and the
shapes for authors. ``ontology/change-reach.ttl`` holds back classes that only seem to be read. Releases and
signatures are left out, since they tell of the others; so are checks, questions and pages. The program itself is
left out too: that it answers alike is for the tests to prove.
"""

import functools
import hashlib
import json
import re
from collections import defaultdict
from collections.abc import Iterable
from pathlib import Path

import pyoxigraph as ox

from cartkb.knowledge import Knowledge
from cartkb.names import RDF_TYPE, ckb, short
from cartkb.problems import CartkbError, Problem, shown
from cartkb.shacl.graph import Graph
from cartkb.shacl.validate import PATIENT_SHAPES
from cartkb.turtle import canonical_lines

REACHES = ("clinical", "evidence", "editorial")  # the furthest first
_CLINICAL, _EVIDENCE, _EDITORIAL = REACHES
_TERM = re.compile(r"\bckb:([A-Za-z][\w-]*)")
_OWL = "http://www.w3.org/2002/07/owl#"
_OF_VERSIONS = {ox.NamedNode(f"{_OWL}versionInfo"), ox.NamedNode(f"{_OWL}versionIRI")}

Layer = dict[str, str]  # the mark of what a reach holds, by what it is about: an item, a rule or a file
_MARK = 32  # signs of SHA-256 that tell two states of one thing apart


def layers(knowledge: Knowledge, limits_of: Knowledge | None = None) -> dict[str, Layer]:
    """Return what there is to change, by reach: a mark for each item, rule and file that has something of it.

    ``limits_of`` is another version whose ``ckb:reachOfChange`` is to be used.
    """
    sorter = Sorter(knowledge, limits_of or knowledge)
    found: dict[str, dict[str, list[str]]] = {reach: defaultdict(list) for reach in REACHES}
    for path, triples in knowledge.loaded.files.items():
        for reach, about, lines in sorter.sort(path, triples):
            found[reach][about] += lines
    for _, name, text in knowledge.rules:
        found[_CLINICAL][f"ontology/rules/{name}.rq"] = _code(text)
    context = json.dumps(json.loads(knowledge.context), sort_keys=True)
    found[_CLINICAL]["ontology/context.jsonld"] = [context]
    return {reach: {about: _sha256(lines)[:_MARK] for about, lines in of.items()} for reach, of in found.items()}


def digest(layer: Layer) -> str:
    """Return the SHA-256 of a layer in hexadecimal: of what it is about and its mark, a line each, sorted."""
    return _sha256(f"{about}\t{mark}" for about, mark in layer.items())


def changed(before: Layer, now: Layer) -> list[str]:
    """Return what differs between two versions of a layer, sorted."""
    return sorted(about for about in before.keys() | now.keys() if before.get(about) != now.get(about))


def as_table(found: dict[str, Layer]) -> str:
    """Return layers as lines of reach, mark and what it is about, separated by tabs."""
    lines = [f"{reach}\t{mark}\t{about}\n" for reach in REACHES for about, mark in sorted(found[reach].items())]
    return "".join(lines)


def read_table(path: Path) -> dict[str, Layer]:
    """Return the layers that ``as_table`` wrote. Raises CartkbError where the file is not such a table."""
    found: dict[str, Layer] = {reach: {} for reach in REACHES}
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        reach, _, rest = line.partition("\t")
        mark, _, about = rest.partition("\t")
        if reach not in found or len(mark) != _MARK or not about:
            fix = "name a table of marks that cartkb release wrote"
            raise CartkbError([Problem(shown(path), number, "not a line of reach, mark and name", fix=fix)])
        found[reach][about] = mark
    return found


def _sha256(lines: Iterable[str]) -> str:
    return hashlib.sha256("".join(f"{line}\n" for line in sorted(lines)).encode()).hexdigest()


def _code(text: str) -> list[str]:
    """Return a query without its comments, white space and empty lines."""
    lines = (" ".join(re.sub(r"(?:^|\s)#.*", "", line).split()) for line in text.splitlines())
    return [line for line in lines if line]


def _is_text(triple: ox.Triple) -> bool:
    return isinstance(triple.object, ox.Literal) and triple.object.language is not None


class Sorter:
    """Sorts the triples of one knowledge base by how far a change of them reaches."""

    def __init__(self, knowledge: Knowledge, limits_of: Knowledge):
        self.name = functools.cache(short)
        self.home, self.shapes = knowledge.home, knowledge.ontology_folder / "shapes"
        self.operative = set(knowledge.operative)
        texts = [" ".join(_code(text)) for _, _, text in knowledge.rules]
        texts += [(self.shapes / name).read_text(encoding="utf-8") for name in PATIENT_SHAPES]
        self.read = {ckb(name) for text in texts for name in _TERM.findall(text)}
        graph = Graph(knowledge.loaded.triples())
        declared = [t for t in limits_of.loaded.triples() if t.predicate == ckb("reachOfChange")]
        reach = {ckb(f"{reach}-change"): reach for reach in REACHES}
        self.of_subject = {node: reach[t.object] for t in declared for node in graph.members(t.subject)}
        self.of_predicate = {t.subject: reach[t.object] for t in declared}
        kinds = ("Release", "Change", "Signature", "Signer")
        self.left_out = set().union(*(graph.members(ckb(kind)) for kind in kinds))

    def sort(self, path: Path, triples: list[ox.Triple]) -> Iterable[tuple[str, str, list[str]]]:
        """Yield reach, what it is about, and lines."""
        parts = path.relative_to(self.home).parts
        name = "/".join(parts)
        if path.parent == self.shapes:
            if path.name in PATIENT_SHAPES:
                yield _CLINICAL, name, canonical_lines(t for t in triples if not _is_text(t))
            yield _EDITORIAL, name, canonical_lines(triples)
            return
        unnamed = [t for t in triples if any(isinstance(node, ox.BlankNode) for node in (t.subject, t.object))]
        for triple in set(triples).difference(unnamed):
            if triple.subject not in self.left_out and triple.predicate not in _OF_VERSIONS:
                reach = _EDITORIAL if "cases" in parts else self.reach(triple)
                yield reach, self.name(triple.subject), [f"{triple} ."]
        if unnamed:
            yield _EVIDENCE, name, canonical_lines(unnamed)

    def reach(self, triple: ox.Triple) -> str:
        """Return how far a change of a triple reaches that is neither of a case nor of a shape."""
        if triple.predicate in self.of_predicate:
            return self.of_predicate[triple.predicate]
        if _is_text(triple):
            return _EDITORIAL
        limit = self.of_subject.get(triple.subject)
        if limit == _EDITORIAL:
            return limit
        term = triple.object if triple.predicate == RDF_TYPE else triple.predicate
        return _CLINICAL if not limit and term in self.read and triple in self.operative else _EVIDENCE
