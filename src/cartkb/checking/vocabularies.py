"""Words that no vocabulary has: misspelt terms of ours and of SKOS, SHACL, OWL and the others that we borrow from.

A word of ours is declared in ``ontology/``. One of another vocabulary is described there too (``external.ttl``,
``borrowed/words.ttl``), or stands in the closed list of its namespace that rdflib keeps.
"""

import functools
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pyoxigraph as ox

from cartkb.loaded import Loaded
from cartkb.names import CKB, PREFIXES, local_name, short
from cartkb.nearest import did_you_mean, nearest
from cartkb.positions import place_of_word
from cartkb.problems import ANYTHING, Bearing, Problem, in_one, shown
from cartkb.shacl.graph import TYPE

_NAMES = {"ckb": "our vocabulary", "dcterms": "Dublin Core", "rdfs": "RDF Schema", "xsd": "XML Schema"}
_OF_OURS = ("https://w3id.org/cartkb/", CKB, PREFIXES["ckbg"], "https://w3id.org/cartkb/complaint/")
_SHAPES = "https://w3id.org/cartkb/shapes"
_WHY = "everything that reads the file passes over a word that it does not know, and nobody hears of it"
_PROPERTY_KINDS = {PREFIXES["owl"] + f"{kind}Property" for kind in ("Object", "Datatype", "Annotation")}


@functools.cache
def closed_list(prefix: str) -> frozenset[str]:
    """Return the local names of a vocabulary that is not ours, as rdflib lists them; none where it has no list."""
    from rdflib import namespace  # takes a tenth of a second, so only where terms are checked

    listed = getattr(namespace, prefix.upper(), None)
    if listed is None:
        return frozenset()
    names = (str(term).removeprefix(PREFIXES[prefix]) for term in dir(listed))
    return frozenset({*names, *getattr(listed, "_extras", ())})  # the extras are names that Python keeps for itself


class Vocabularies:
    """Every word that there is, by vocabulary."""

    def __init__(self, loaded: Loaded):
        self._loaded = loaded
        self._kinds: dict[str, set[str]] = defaultdict(set)
        self._listed = {iri for iri in loaded.described if not iri.startswith(_OF_OURS)}
        for subject, predicate, kind in loaded.triples():
            if predicate == TYPE:
                self._kinds[subject.value].add(kind.value)

    def problems(self) -> list[Problem]:
        """Return a problem for each word that is used and is in no vocabulary, at the first place that uses it."""
        objects = self._loaded.objects
        used = {node for node in objects if isinstance(node, ox.NamedNode)} | self._loaded.predicates
        used |= {node.datatype for node in objects if isinstance(node, ox.Literal)}
        wrong = {iri for node in used if not self._is_known(iri := node.value)}
        uses: dict[str, list[tuple[Path, ox.Triple]]] = defaultdict(list)
        for path, triples in self._loaded.files.items() if wrong else ():
            for triple in triples:
                for name in _iris(triple):
                    if name in wrong:
                        uses[name].append((path, triple))
        return [self._problem(name, uses[name]) for name in sorted(wrong)]

    def _is_known(self, iri: str) -> bool:
        if iri.startswith("file:"):
            return False
        if iri.startswith(_OF_OURS[0]) and not iri.startswith(_OF_OURS[1:]):
            return iri.partition("#")[0] == _SHAPES
        if iri in self._kinds or iri.startswith(PREFIXES["ckbg"]):
            return True
        prefix = _prefix(iri)
        if prefix in ("", "ckb"):
            return prefix == "" or iri == CKB
        return iri in self._listed or iri == PREFIXES[prefix] or _local(iri, prefix) in closed_list(prefix)

    def _problem(self, iri: str, uses: list[tuple[Path, ox.Triple]]) -> Problem:
        near = self._near(iri, uses[0][1])
        return in_one(self._use(iri, near, path, triple) for path, triple in uses)

    def _use(self, iri: str, near: list[str], path: Path, triple: ox.Triple) -> Problem:
        """Return the problem of one triple that uses a word."""
        subject, predicate = triple.subject.value, triple.predicate.value
        is_predicate = iri == predicate
        code, what, why, fix = self._told(iri, near)
        unclear = predicate == TYPE.value or (is_predicate and not near)  # then nothing of the subject can be relied on
        bearing = Bearing(
            about=frozenset({iri, subject}),
            reads=frozenset({TYPE.value, predicate}),
            doubts=ANYTHING if unclear else frozenset({predicate, *(near if is_predicate else ())}),
            touches=frozenset({*near, *_iris(triple), *self._values(triple)}),
        )
        placed = self._loaded.problem(
            subject,
            what,
            why,
            fix,
            predicate,
            value=None if is_predicate else triple.object.value,
            code=code,
            bearing=bearing,
        )
        if isinstance(triple.subject, ox.BlankNode):  # it has no name to look for; the word itself has
            line, column = place_of_word(path, iri)
            placed = replace(placed, file=shown(path), line=line, column=column)
        return placed

    def _values(self, triple: ox.Triple) -> Iterator[str]:
        return (t.object.value for t in self._loaded.about(triple.subject.value) if isinstance(t.object, ox.NamedNode))

    def _told(self, iri: str, near: list[str]) -> tuple[str, str, str, str]:
        """Return code, what, why and fix."""
        if iri.startswith("file:"):
            why, fix = "on any other machine it leads nowhere", "write a prefixed name, or an address with https://"
            return "file-address", f"<{iri}> is an address on one machine", why, fix
        if iri.startswith(_OF_OURS[0]) and not iri.startswith(CKB):
            fix = f"write {PREFIXES['ckb']} for words of the vocabulary, {PREFIXES['ckbg']} for items: ckb: and ckbg:"
            return "strange-address", f"<{iri}> is an address of ours at which nothing is", _WHY, fix
        prefix = _prefix(iri)
        hint = did_you_mean(short(ox.NamedNode(name)) for name in near)
        if prefix == "ckb":
            otherwise = "declare it in ontology/ with a label and a definition"
        else:
            otherwise = "use another word of it, or declare it in ontology/external.ttl if it is a word after all"
        fix = f"{hint} Else {otherwise}" if hint else otherwise
        what = f"{short(ox.NamedNode(iri))} is no word of {_NAMES.get(prefix, prefix.upper())}"
        return "undeclared-term", what, _WHY, fix

    def _near(self, iri: str, triple: ox.Triple) -> list[str]:
        """Return the IRIs that may have been meant, of those that can stand where the word stands."""
        prefix = _prefix(iri)
        if not prefix:
            return []
        namespace = PREFIXES[prefix]
        known = {name for name in self._kinds if name.startswith(namespace)}
        if prefix != "ckb":
            known |= {namespace + name for name in closed_list(prefix)} | {
                n for n in self._listed if n.startswith(namespace)
            }
        is_property = iri == triple.predicate.value
        fitting = {name for name in known if self._is_property(name) == is_property}
        found = nearest(local_name(ox.NamedNode(iri)), {name.removeprefix(namespace) for name in fitting})
        return [namespace + name for name in found]

    def _is_property(self, iri: str) -> bool:
        if kinds := self._kinds.get(iri):
            return not kinds.isdisjoint(_PROPERTY_KINDS)
        return local_name(ox.NamedNode(iri))[:1].islower()


def _local(iri: str, prefix: str) -> str:
    return iri.removeprefix(PREFIXES[prefix])


def _iris(triple: ox.Triple) -> Iterator[str]:
    yield triple.predicate.value
    if isinstance(triple.object, ox.NamedNode):
        yield triple.object.value
    elif isinstance(triple.object, ox.Literal):
        yield triple.object.datatype.value


def _prefix(iri: str) -> str:
    return next((prefix for prefix, namespace in PREFIXES.items() if iri.startswith(namespace)), "")
