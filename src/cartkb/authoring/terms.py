"""What an author answers for a property, as a Turtle term: the vocabulary says of which kind the answer has to be."""

import difflib
import json
import re
from collections import defaultdict

import pyoxigraph as ox

from cartkb.knowledge import Knowledge
from cartkb.names import CKB, CKBG, RDF_TYPE, local_name, short
from cartkb.shacl.literals import WRITTEN, XSD

_RDFS = "http://www.w3.org/2000/01/rdf-schema#"
_OBJECT_PROPERTY = ox.NamedNode("http://www.w3.org/2002/07/owl#ObjectProperty")
_BARE = {"boolean", "decimal", "integer"}  # datatypes whose values Turtle writes without quotes
_EXAMPLES = {"boolean": "true or false", "date": "a day such as 2026-04-10", "decimal": "a number such as 12.5"}
_FEW = 12  # names that a message lists instead of guessing


class WrongAnswerError(ValueError):
    """An answer that cannot stand where it was given; the message says why and what can."""


class Terms:
    """The names and properties of a knowledge base."""

    def __init__(self, knowledge: Knowledge):
        self._kinds: dict[str, set[str]] = defaultdict(set)
        self._above: dict[str, set[str]] = defaultdict(set)
        self._range: dict[str, str] = {}
        self._label: dict[str, str] = {}
        self._linking: set[str] = set()
        for subject, predicate, value in knowledge.loaded.triples():
            if predicate == RDF_TYPE:
                self._kinds[subject.value].add(value.value)
                if value == _OBJECT_PROPERTY:
                    self._linking.add(subject.value)
            elif predicate.value == f"{_RDFS}subClassOf":
                self._above[subject.value].add(value.value)
            elif predicate.value == f"{_RDFS}range":
                self._range[subject.value] = value.value
            elif predicate.value == f"{_RDFS}label" and subject.value.startswith(CKB):
                self._label[subject.value] = value.value

    def items(self) -> set[str]:
        """Return the local name of everything that the guideline describes."""
        return {iri.removeprefix(CKBG) for iri in self._kinds if iri.startswith(CKBG)}

    def written(self, predicate: str, answers: list[str]) -> str:
        """Return the Turtle of the answers for a property.

        Raises WrongAnswerError where an answer is not of the kind that the property takes, or names what is not there.
        """
        return ", ".join(dict.fromkeys(term for answer in answers for term in self._terms(predicate, answer.strip())))

    def _terms(self, predicate: str, answer: str) -> list[str]:
        if predicate in self._linking:
            return [short(ox.NamedNode(self._found(name, self._range.get(predicate)))) for name in _names(answer)]
        datatype = self._range.get(predicate, "")
        if not datatype.startswith(XSD):
            return [f"{json.dumps(answer, ensure_ascii=False)}@en"]
        kind = datatype.removeprefix(XSD)
        if not WRITTEN[datatype](answer):
            raise WrongAnswerError(f"'{answer}' is not {_EXAMPLES.get(kind, 'a whole number such as 12')}")
        if kind in _BARE:
            return [answer]
        return [json.dumps(answer, ensure_ascii=False) + (f"^^xsd:{kind}" if kind != "string" else "")]

    def _found(self, name: str, kind: str | None) -> str:
        """Return the IRI that a name means where something of a kind (any kind, if None) is asked for."""
        prefix, _, rest = name.rpartition(":")
        spaces = {"ckb": [CKB], "ckbg": [CKBG], "": [CKBG, CKB]}.get(prefix, [])
        known = [space + rest for space in spaces if space + rest in self._kinds]
        fitting = [iri for iri in known if kind is None or self._is(iri, kind)]
        if fitting:
            return fitting[0]
        wanted = sorted(local_name(ox.NamedNode(iri)) for iri in self._kinds if kind and self._is(iri, kind))
        wanted = wanted or sorted(self.items())
        label = self._label.get(kind or "", "item")
        if len(wanted) <= _FEW:
            hint = f"choose from: {', '.join(wanted)}"
        else:
            near = difflib.get_close_matches(rest, wanted, n=3, cutoff=0.5) or [n for n in wanted if rest in n][:3]
            hint = f"did you mean {' or '.join(near)}?" if near else "look it up on the website, or in its folder"
        raise WrongAnswerError(f"'{name}' is {'no ' + label if known else 'the name of nothing'}: {hint}")

    def _is(self, iri: str, kind: str) -> bool:
        todo, seen = list(self._kinds[iri]), set()
        while todo:
            one = todo.pop()
            if one == kind:
                return True
            if one not in seen:
                seen.add(one)
                todo += self._above[one]
        return False


def _names(answer: str) -> list[str]:
    names = [name for name in re.split(r"[,\s]+", answer) if name]
    if not names:
        raise WrongAnswerError("a name is needed")
    return names
